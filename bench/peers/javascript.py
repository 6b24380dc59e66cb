"""Peers in JavaScript: their programs and packages stand in bench/javascript.

`python -m bench.peers.javascript ci` installs the packages; what follows the module's name goes to npm.
"""

import sys
from pathlib import Path

from tests.support.javascript import NODE, npm

FOLDER = Path(__file__).parents[1] / "javascript"


def command(script: str, *arguments: str) -> list[str]:
    """Answer the command that runs a script of bench/javascript."""
    return [NODE, str(FOLDER / script), *arguments]


if __name__ == "__main__":
    sys.exit(npm(FOLDER, *sys.argv[1:]))
