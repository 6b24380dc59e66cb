"""Punctuality: what is counted in the database is what the calendar of the domain says, on every day of every zone."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import uuid4

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.calendar import CheckInCalendar, end_of_day, is_overdue, start_of_day
from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn, RetractCheckIn
from events.command import Command
from events.cycle import ActivateCycle, CreateCycle
from events.facts import Facts
from events.identifier import Noun, format_identifier
from events.key_result import DropKeyResult
from events.metric import Metric, MetricKind
from events.objective import ActivateObjective, CreateObjective, ObjectiveState
from events.organization import CreateOrganization, UpdateOrganization
from events.rejection import Rejected
from events.review import CloseObjective, ReviewDecision
from projections import punctuality
from projections.lens import Lens
from projections.punctuality import Punctuality
from service.database import Database
from tests.support.acting import owner
from tests.support.chronicle import Chronicle, write_chapters
from tests.support.reading import Company, added, company_in, reader_of

MICROSECOND, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
FIRST_DAY = date(2026, 2, 20)
"""Clocks change on 8 March in America, on the 29th in Europe and on 5 April in Australia."""


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    """A company in Prague with the cycle `july`, whose check-ins fall due on 5, 12, 19 and 26 July, and a key result."""
    async with company_in(database_url) as company:
        july = CreateCycle(cycle_id="july", name="July", starts_on=date(2024, 7, 1), ends_on=date(2024, 7, 28))
        await company.do(july, ActivateCycle(cycle_id="july"))
        await company.objective("growth", ["replies"], cycle_id="july")
        yield company


async def due(company: Company, at: datetime, calendar: CheckInCalendar) -> Punctuality:
    lens = Lens(position=(await company.head()).position, instant=at, is_past=False)
    found = await punctuality.of_cycles(await company.reader(), lens, ["july"], calendar)
    return punctuality.total(found["july"].values())


async def checked_in(company: Company, at: datetime, **more: object) -> None:
    company.at = at - MINUTE
    await company.check_in(f"{at}", "replies", 1, **more)


FRIDAYS = CheckInCalendar(cadence_days=7, grace_days=3, weekday=5, zone="Europe/Prague")
FIRST_ENDED = datetime(2024, 7, 5, 21, 59, 59, 999_999, tzinfo=UTC)


async def test_a_due_day_counts_when_it_has_ended_and_is_answered_or_the_grace_is_over(company: Company) -> None:
    async def counted(at: datetime) -> tuple[int, int, int]:
        tally = await due(company, at, FRIDAYS)
        return tally.on_time, tally.late, tally.missed

    assert await counted(FIRST_ENDED) == (0, 0, 0)
    assert await counted(FIRST_ENDED + timedelta(days=3)) == (0, 0, 0)
    assert await counted(FIRST_ENDED + timedelta(days=3, microseconds=1)) == (0, 0, 1)
    await checked_in(company, datetime(2024, 7, 10, 12, tzinfo=UTC))
    assert await counted(FIRST_ENDED + timedelta(days=7, microseconds=-1)) == (0, 0, 1)
    assert await counted(FIRST_ENDED + timedelta(days=7)) == (1, 0, 1)
    # After the last day of the cycle nothing falls due.
    assert await counted(FIRST_ENDED + timedelta(days=90)) == (1, 0, 3)


async def test_a_check_in_is_on_time_until_the_last_microsecond_and_late_after_it(company: Company) -> None:
    await checked_in(company, FIRST_ENDED)
    await checked_in(company, FIRST_ENDED + timedelta(days=7, microseconds=1))
    assert await due(company, FIRST_ENDED + timedelta(days=7, hours=1), FRIDAYS) == Punctuality(recorded=2, on_time=1, late=1)


async def test_a_check_in_behind_the_time_to_be_late_answers_the_next_due_day(company: Company) -> None:
    calendar = CheckInCalendar(cadence_days=7, grace_days=6, weekday=5, zone="Europe/Prague")
    # Five days behind the 5th: it answers the 12th, while the grace of the 5th lasts until the 11th.
    await checked_in(company, datetime(2024, 7, 10, 12, tzinfo=UTC))
    assert await due(company, datetime(2024, 7, 11, 12, tzinfo=UTC), calendar) == Punctuality(recorded=1)
    missed = Punctuality(recorded=1, on_time=1, missed=1)
    assert await due(company, datetime(2024, 7, 13, 12, tzinfo=UTC), calendar) == missed


async def test_several_check_ins_for_one_due_day_answer_it_once_and_by_the_first(company: Company) -> None:
    for hour in (1, 2, 3):
        await checked_in(company, FIRST_ENDED + timedelta(hours=hour))
    await checked_in(company, FIRST_ENDED + timedelta(days=4))
    await company.do(RetractCheckIn(check_in_id=f"{FIRST_ENDED + timedelta(hours=1)}"))
    await company.do(CorrectCheckIn(check_in_id=f"{FIRST_ENDED + timedelta(hours=2)}", comment="Twice"))
    await company.do(CorrectCheckIn(check_in_id=f"{FIRST_ENDED + timedelta(hours=2)}", comment="Thrice"))
    found = await due(company, FIRST_ENDED + timedelta(days=8), FRIDAYS)
    assert found == Punctuality(recorded=4, corrected=1, on_time=1, late=1)
    assert found.correction_rate == 0.25


async def test_nothing_is_expected_of_what_has_no_metric_or_was_dropped(company: Company) -> None:
    await company.do(
        added("vague", "growth", metric=Metric(kind=MetricKind.UNDECIDED)),
        added("gone", "growth"),
        DropKeyResult(key_result_id="gone"),
    )
    assert await due(company, FIRST_ENDED + timedelta(days=4), FRIDAYS) == Punctuality(missed=1)


async def test_a_closed_objective_waits_for_no_answer(company: Company) -> None:
    company.at = FIRST_ENDED + timedelta(days=1)
    await company.do(
        CloseObjective(
            objective_id="growth", decision=ReviewDecision.KEEP, root_cause="A late start", explanation="Nobody began"
        )
    )
    assert await due(company, FIRST_ENDED + timedelta(days=90), FRIDAYS) == Punctuality()


# --- the rule in SQL and the one of the domain


@dataclass(slots=True)
class Cast:
    """Chance, as an act after the other in time."""

    random: Random
    chronicle: Chronicle
    calendar: CheckInCalendar
    ends_on: date | None

    def run(self) -> None:
        """Let key results go live, be checked in, and end, in the order of time."""
        identifier = format_identifier(Noun.ORGANIZATION, self.chronicle.organization_id)
        calendar = self.calendar
        self.chronicle.at = start_of_day(FIRST_DAY, "UTC") - timedelta(days=2)
        self.chronicle.do(
            CreateOrganization(organization_id=identifier, name="Company", time_zone=calendar.zone),
            UpdateOrganization(
                check_in_cadence_days=calendar.cadence_days,
                check_in_grace_days=calendar.grace_days,
                check_in_weekday=calendar.weekday,
            ),
            CreateCycle(cycle_id="cycle", name="Q1", starts_on=FIRST_DAY, ends_on=self.ends_on),
            ActivateCycle(cycle_id="cycle"),
        )
        begin = self.chronicle.at + timedelta(hours=1)
        acts = sorted((max(at, begin), number, act) for number, (at, act) in enumerate(self._acts()))
        for at, _, act in acts:
            self.chronicle.at = max(at, self.chronicle.at + MICROSECOND) - MINUTE
            try:
                self.chronicle.do(*act)
            except Rejected:
                self.chronicle.at += MINUTE

    def _acts(self) -> Iterator[tuple[datetime, tuple[Command, ...]]]:
        for number in range(6):
            objective_id, key_result_id = f"objective {number}", f"key result {number}"
            yield (
                self._instant(30),
                (
                    CreateObjective(objective_id=objective_id, cycle_id="cycle", title="Growth"),
                    added(key_result_id, objective_id),
                    ActivateObjective(objective_id=objective_id),
                ),
            )
            for each in range(10):
                check_in_id = f"check-in {number} {each}"
                yield self._instant(90), (recorded(check_in_id, key_result_id),)
                if each == 0:
                    yield self._instant(90), (RetractCheckIn(check_in_id=check_in_id),)
            if number % 2:
                closing = CloseObjective(
                    objective_id=objective_id, decision=ReviewDecision.KEEP, root_cause="Late", explanation="Why not"
                )
                yield self._instant(90), (closing,)

    def _instant(self, days: int) -> datetime:
        """Answer any instant, mostly around the beginning of a day where the organization is."""
        midnight = start_of_day(FIRST_DAY + timedelta(days=self.random.randint(0, days)), self.calendar.zone)
        return midnight + self.random.choice(
            [timedelta(), -MICROSECOND, MICROSECOND, timedelta(hours=self.random.randint(1, 23))]
        )


def recorded(check_in_id: str, key_result_id: str) -> RecordCheckIn:
    return RecordCheckIn(check_in_id=check_in_id, key_result_id=key_result_id, value=Decimal(1), status=CheckInStatus.ON_TRACK)


calendars = st.builds(
    CheckInCalendar,
    cadence_days=st.sampled_from([1, 2, 3, 5, 7, 14, 92]),
    grace_days=st.sampled_from([0, 1, 3, 8, 31]),
    weekday=st.integers(1, 7),
    zone=st.sampled_from(["Europe/Prague", "America/St_Johns", "Australia/Lord_Howe", "America/Havana", "UTC"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calendar=calendars,
    seed=st.integers(0, 2**32),
    ends_on=st.none() | st.dates(FIRST_DAY, FIRST_DAY + timedelta(days=100)),
    days=st.integers(0, 60),
)
async def test_the_database_counts_as_the_calendar_says(
    database_url: str, calendar: CheckInCalendar, seed: int, ends_on: date | None, days: int
) -> None:
    cast = Cast(Random(seed), Chronicle(uuid4()), calendar, ends_on)  # noqa: S311 - it must be the same each time
    cast.run()
    async with owner(database_url) as connection:
        await write_chapters(connection, cast.chronicle.chapters)
    facts, organization_id = cast.chronicle.facts, cast.chronicle.organization_id
    lens = Lens(position=facts.position, instant=cast.chronicle.at + timedelta(days=days), is_past=False)
    async with Database(database_url) as database:
        reader = reader_of(database, organization_id, facts.position)
        found = await punctuality.of_cycles(reader, lens, ["cycle"], calendar)
    assert found == {"cycle": {None: expected(facts, calendar, lens.instant, ends_on)}}


def expected(facts: Facts, calendar: CheckInCalendar, instant: datetime, ends_on: date | None) -> Punctuality:
    """Answer what the domain's calendar says, due day by due day."""
    on_time = late = missed = count = 0
    for key_result in facts.key_results.values():
        known, live_at = facts.objectives[key_result.objective_id], key_result.live_at
        assert live_at is not None
        until = min(instant, known.updated_at) if known.state is ObjectiveState.CLOSED else instant
        check_ins = facts.measurements_of(key_result.key_result_id)
        count += len(check_ins.check_ins)
        day = calendar.first_due_day(live_at)
        while end_of_day(day, calendar.zone) <= until and (ends_on is None or day <= ends_on):
            answers = [
                each.recorded_at for each in check_ins.counted if calendar.answered_day(live_at, each.recorded_at) == day
            ]
            if answers:
                on_time += min(answers) <= end_of_day(day, calendar.zone)
                late += min(answers) > end_of_day(day, calendar.zone)
            else:
                missed += is_overdue(calendar, end_of_day(day, calendar.zone), until)
            day += timedelta(days=calendar.cadence_days)
    return Punctuality(recorded=count, on_time=on_time, late=late, missed=missed)
