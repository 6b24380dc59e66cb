"""A small company whose curves are read, and how they are shown."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from events.cycle import ActivateCycle
from projections.curve import Step
from projections.curve_points import known_steps
from tests.support.reading import Company, company_in

Shown = list[tuple[str, float | None]]
BEGIN = "01 08:10"
"""When the objective of every test was activated."""


@asynccontextmanager
async def growing_company(database_url: str) -> AsyncIterator[Company]:
    """Objective `growth` with key result `replies` (0 to 10), active since the beginning of July in a running cycle."""
    async with company_in(database_url) as company:
        await company.do(ActivateCycle(cycle_id="q3"))
        await company.objective("growth", ["replies"])
        yield company


def day(number: int, hour: int = 12) -> datetime:
    """A day of July."""
    return datetime(2024, 7, number, hour, tzinfo=UTC)


def shown(steps: list[Step] | tuple[Step, ...] | object) -> Shown:
    """Answer days and progress."""
    known = known_steps(list(steps))  # type: ignore[call-overload]
    return [(f"{step.at:%d %H:%M}", None if (at := step.reading.progress) is None else float(at)) for step in known]


async def checked_in(company: Company, check_in_id: str, value: int, at: datetime, **more: object) -> None:
    """Check in at an instant, a minute later than the act says."""
    company.at = at - timedelta(minutes=1)
    await company.check_in(check_in_id, str(more.pop("key_result_id", "replies")), value, **more)
