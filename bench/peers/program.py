"""Runs the program of a peer, which prints what it measured as one line of JSON."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import orjson

from bench.clients import Pace
from tests.support.javascript import environment

FOLDER = Path(__file__).parent
Content = dict[str, Any]


def python(script: str, *arguments: str) -> list[str]:
    """Answer the command that runs a script of this folder."""
    return [sys.executable, str(FOLDER / script), *arguments]


async def pace_of(command: list[str]) -> Pace:
    """Run a program that repeats some work.

    Raises:
        RuntimeError: it failed; the message is what it wrote.
    """
    content = await answer_of(command)
    return Pace.of(content["latencies"], content["seconds"])


async def answer_of(command: list[str]) -> Content:
    """Run a program and answer what it printed.

    Raises:
        RuntimeError: it failed; the message is what it wrote.
    """
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=environment())
    out, failure = await process.communicate()
    if process.returncode:
        raise RuntimeError(failure.decode())
    content: Content = orjson.loads(out.splitlines()[-1])
    return content
