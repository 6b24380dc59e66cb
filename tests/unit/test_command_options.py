"""What the commands of the program share."""

import asyncio
import inspect
from typing import Any

import pytest

from service.command_options import run


def test_work_that_a_signal_kept_from_beginning_is_closed(monkeypatch: pytest.MonkeyPatch):
    async def work() -> None:
        raise AssertionError

    def interrupted(main: Any) -> None:
        given.append(main)
        raise SystemExit(143)

    given: list[Any] = []
    monkeypatch.setattr(asyncio, "run", interrupted)
    begun = work()
    with pytest.raises(SystemExit):
        run(begun)
    assert [inspect.getcoroutinestate(each) for each in (begun, *given)] == [inspect.CORO_CLOSED] * 2
