"""A project as frontends have it: the client kit and the schema in it, and the packages of tests/javascript."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

from schema.export import KIT_FOLDER, SDL_FILE
from tests.support.javascript import FOLDER, NODE, command, environment
from tests.support.operations import Content


def make_project(folder: Path) -> Path:
    """Make the project in a folder that does not exist yet."""
    shutil.copytree(KIT_FOLDER, folder)
    shutil.copy(SDL_FILE, folder)
    (folder / "src").mkdir()
    (folder / "package.json").write_text('{"type": "module", "private": true}')
    (folder / "node_modules").symlink_to(FOLDER / "node_modules", target_is_directory=True)
    return folder


async def report_of(script: str, project: Path, given: Content) -> Content:
    """Run a script of tests/javascript on a project and answer the report that it writes."""
    path = project / "report.json"
    arguments = json.dumps({**given, "project": str(project), "schema": str(SDL_FILE), "report": str(path)})
    process = await asyncio.create_subprocess_exec(
        *command(script, arguments), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    report: Content = json.loads(path.read_text())
    return report


def run_tool(project: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of a package in a project."""
    script = str(project / "node_modules" / program)
    return subprocess.run(
        [NODE, script, *arguments], cwd=project, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
