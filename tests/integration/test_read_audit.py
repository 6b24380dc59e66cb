"""The audit log, histories and the time line are what a plain fold of the events says, for every viewer, page by page."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn
from events.cycle import ActivateCycle, CreateCycle
from events.envelope import Reason, ReasonCode
from events.facts import Facts
from events.identifier import Noun, derive_identifier
from events.key_result import AddKeyResult, UpdateKeyResult
from events.metric import Metric, MetricKind, Unit
from events.objective import ActivateObjective, CreateObjective, UpdateObjective, Visibility
from events.organization import CreateOrganization
from events.person import InvitePerson, Person, Role
from events.rejection import Rejected
from events.relation import leads
from projections import audit, recorded, time_line
from projections.condition import ALWAYS, Compare, Condition, Either, Every, Negated, Operator
from projections.curve import CurveResolution
from projections.event_listing import Source
from projections.generation import ensure_generation
from projections.lens import Lens
from projections.page import Page, Window
from projections.reader import Grants, Reader
from projections.rows import EventRow
from service.database import Database
from tests.support.acting import owner
from tests.support.chronicle import Chronicle, write_chapters
from tests.support.plain_fold import Told, holds, is_seen, told_of
from tests.support.random_commands import REASONS, commands
from tests.support.random_identifiers import SEED
from tests.support.reading import reader_of

ZONE = "America/New_York"
CORRECTION = Reason(code=ReasonCode.CORRECTION)
SIGN_UPS = Metric(kind=MetricKind.INCREASE, unit=Unit.NUMBER, start=Decimal(0), target=Decimal(10))
EVERYTHING = Window(first=10_000)
TEXT_FIELDS = ("type", "actor_id", "subject_id", "subject_id_or_part", "cycle_id", "reason_code")
ORDERED_FIELDS = ("position", "recorded_at", "effective_at")
TEXTS = [Operator.EQUAL, Operator.NOT_EQUAL]
SEVERAL = [Operator.IN, Operator.NOT_IN]
ORDERED = [*TEXTS, Operator.LESS, Operator.LESS_OR_EQUAL, Operator.GREATER, Operator.GREATER_OR_EQUAL]


def written(data: st.DataObject) -> Chronicle:
    """A random history of some weeks that begins with a key result and an objective that move."""
    # One database for all examples: each history is an organization of its own.
    chronicle = Chronicle(uuid4())
    chronicle.at = datetime(2026, 7, 2, 22, 0, tzinfo=UTC)
    ada, cycle_id = derive_identifier(Noun.PERSON, SEED, "ada"), derive_identifier(Noun.CYCLE, SEED, "cycle")
    organization_id = derive_identifier(Noun.ORGANIZATION, SEED, "office")
    chronicle.do(
        CreateOrganization(organization_id=organization_id, name="Office", time_zone=ZONE),
        InvitePerson(person_id=ada, sealed="c2VhbGVk", role=Role.ADMIN),
    )
    starts_on = chronicle.at.date()
    chronicle.do(CreateCycle(cycle_id=cycle_id, name="2026", starts_on=starts_on, ends_on=starts_on + timedelta(days=90)))
    chronicle.do(ActivateCycle(cycle_id=cycle_id))
    later_id = derive_identifier(Noun.CYCLE, SEED, "later")
    chronicle.do(CreateCycle(cycle_id=later_id, name="2027", starts_on=starts_on, ends_on=None))
    one, other = (derive_identifier(Noun.OBJECTIVE, SEED, name) for name in ("one", "other"))
    part = derive_identifier(Noun.KEY_RESULT, SEED, "part")
    for objective_id, visibility in ((one, Visibility.ORGANIZATION), (other, data.draw(st.sampled_from(Visibility)))):
        chronicle.do(CreateObjective(objective_id=objective_id, cycle_id=cycle_id, title="Grow", visibility=visibility))
        chronicle.do(ActivateObjective(objective_id=objective_id))
    chronicle.do(AddKeyResult(key_result_id=part, objective_id=one, title="Sign-ups", metric=SIGN_UPS), reason=CORRECTION)
    check_in_id = derive_identifier(Noun.CHECK_IN, SEED, "check-in")
    chronicle.do(RecordCheckIn(check_in_id=check_in_id, key_result_id=part, value=Decimal(3), status=CheckInStatus.ON_TRACK))
    chronicle.do(UpdateKeyResult(key_result_id=part, objective_id=other), reason=CORRECTION)
    chronicle.do(CorrectCheckIn(check_in_id=check_in_id, value=Decimal(4)), reason=CORRECTION)
    chronicle.do(UpdateObjective(objective_id=one, cycle_id=later_id), reason=CORRECTION)
    for _ in range(data.draw(st.integers(min_value=5, max_value=60))):
        chronicle.at += timedelta(hours=data.draw(st.sampled_from([0, 0, 1, 30])))
        several = [data.draw(commands(chronicle.facts)) for _ in range(data.draw(st.sampled_from([1, 1, 2])))]
        actor_id = data.draw(st.sampled_from(["system", *sorted(chronicle.facts.people)]))
        try:
            chronicle.do(*several, actor_id=actor_id, reason=data.draw(REASONS))
        except Rejected:
            continue
    return chronicle


@st.composite
def conditions(draw: st.DrawFn, told: list[Told], depth: int = 2) -> Condition:
    """A filter that some of the events satisfy."""
    kind = draw(st.sampled_from(["leaf", "leaf", "every", "either", "not"] if depth else ["leaf"]))
    if kind == "not":
        return Negated(draw(conditions(told, depth - 1)))
    if kind in ("every", "either"):
        parts = tuple(draw(st.lists(conditions(told, depth - 1), min_size=1, max_size=3)))
        return Every(parts) if kind == "every" else Either(parts)
    examples = [draw(st.sampled_from(told)) for _ in range(3)]
    field = draw(st.sampled_from([*TEXT_FIELDS, *ORDERED_FIELDS]))
    if field in ("reason_code", "cycle_id") and draw(st.booleans()):
        return Compare(field, Operator.IS_NULL, draw(st.booleans()))
    if field in ORDERED_FIELDS:
        return Compare(field, draw(st.sampled_from(ORDERED)), getattr(examples[0].recorded, field))
    values = tuple(_value(draw, field, each) for each in examples)
    if draw(st.booleans()):
        return Compare(field, draw(st.sampled_from(SEVERAL)), values)
    return Compare(field, draw(st.sampled_from(TEXTS)), values[0])


def _value(draw: st.DrawFn, field: str, told: Told) -> str:
    if field in ("subject_id_or_part", "cycle_id"):
        # A thing that is no cycle has nothing in it.
        return draw(st.sampled_from(sorted(told.things)))
    value = getattr(told, field) if field in ("subject_id", "reason_code") else getattr(told.recorded, field)
    return str(value or "OTHER")


def reader_for(viewer: Person, facts: Facts, chronicle: Chronicle, database: Database) -> Reader:
    """A reader with the rights that the facts give."""
    return reader_of(
        database,
        chronicle.organization_id,
        chronicle.head.position,
        Grants(
            person_id=viewer.person_id,
            member_team_ids=frozenset(team.team_id for team in facts.teams.values() if viewer.person_id in team.member_ids),
            led_team_ids=frozenset(team_id for team_id in facts.teams if leads(viewer.person_id, team_id, facts)),
            sees_everything=viewer.role in (Role.ADMIN, Role.AUDITOR),
        ),
    )


async def walked(load: Callable[[Window], Awaitable[Page[EventRow]]], size: int) -> tuple[list[int], list[int]]:
    """The positions met on the way from the newest to the oldest event in pages, and on the way back."""
    there: list[int] = []
    page = await load(Window(first=size))
    assert not page.has_previous
    while True:
        there += [row.position for row in page.rows]
        if not page.has_next:
            break
        page = await load(Window(first=size, after=page.keys[-1]))
        assert page.has_previous
    back: list[int] = []
    page = await load(Window(last=size))
    while page.rows:
        back = [row.position for row in page.rows] + back
        assert page.has_previous == (len(back) < len(there))
        page = await load(Window(last=size, before=page.keys[0]))
    return there, back


async def check_log(data: st.DataObject, reader: Reader, lens: Lens, told: list[Told], seen: list[Told]) -> None:
    """The audit log under a random filter."""
    condition = data.draw(conditions(told))
    expected = [each.position for each in reversed(seen) if holds(condition, each)]
    size = data.draw(st.integers(min_value=1, max_value=40))
    there, back = await walked(lambda window: audit.page(reader, lens, window, condition), size)
    assert there == back == expected, condition
    assert await audit.count(reader, lens, condition) == len(expected)


async def check_histories(data: st.DataObject, reader: Reader, lens: Lens, told: list[Told], seen: list[Told]) -> None:
    """The histories of all things at once, with and without their parts."""
    things = sorted({thing for each in told for thing in each.things})
    condition = data.draw(st.sampled_from([ALWAYS, Compare("actor_id", Operator.EQUAL, "system")]))
    for source in (Source.THING, Source.SUBJECT):
        pages = await audit.pages_of(reader, lens, source, things, window=EVERYTHING, condition=condition)
        counts = await audit.counts_of(reader, lens, source, things, condition)
        for thing in things:
            expected = [
                each.position
                for each in reversed(seen)
                if (thing in each.things if source is Source.THING else thing == each.subject_id) and holds(condition, each)
            ]
            assert [row.position for row in pages[thing].rows] == expected, (thing, source)
            assert counts[thing] == len(expected)


async def check_contents(reader: Reader, lens: Lens, seen: list[Told]) -> None:
    """What each event says, and what it changed."""
    page = await audit.page(reader, lens, EVERYTHING)
    assert [row.position for row in page.rows] == [each.position for each in reversed(seen)]
    for row, each in zip(page.rows, reversed(seen), strict=True):
        known = each.recorded
        assert (row.type, row.actor_id, row.hash) == (known.type, known.actor_id, known.hash)
        assert (row.recorded_at, row.effective_at) == (known.recorded_at, known.effective_at)
        assert (row.subject_id, row.reason_code) == (each.subject_id, each.reason_code)
        assert tuple((change.field, change.before, change.after) for change in recorded.changes_in(row)) == each.changes


async def check_time_line(data: st.DataObject, reader: Reader, lens: Lens, told: list[Told], seen: list[Told]) -> None:
    """The stops of the slider, of the whole log or of one thing, in a random span."""
    thing = data.draw(st.none() | st.sampled_from(sorted({thing for each in told for thing in each.things})))
    begin, end = data.draw(
        st.lists(st.sampled_from([None, *(each.recorded.recorded_at for each in told)]), min_size=2, max_size=2)
    )
    resolution = data.draw(st.sampled_from(CurveResolution))
    things = None if thing is None else [thing]
    found = await time_line.stretches(
        reader, lens, resolution, zone=ZONE, first_weekday=3, thing_ids=things, begins_at=begin, ends_at=end
    )
    tallies = await time_line.tallies(reader, lens, found, things)
    groups: dict[Any, list[Told]] = {}
    for each in seen:
        at = each.recorded.recorded_at
        if (thing is None or thing in each.things) and (begin is None or at >= begin) and (end is None or at <= end):
            groups.setdefault(stretch_of(at, resolution), []).append(each)
    told_stretches = [
        (each.begins_at, each.ends_at, each.last_position, *tally_of(tallies[each.last_position])) for each in found
    ]
    assert told_stretches == [
        (
            start if begin is None else max(start, begin),
            min(stop, lens.instant, *([] if end is None else [end])),
            several[-1].position,
            len(several),
            sorted({each.recorded.type for each in several}),
        )
        for (start, stop), several in groups.items()
    ]


def tally_of(tally: time_line.Tally) -> tuple[int, list[str]]:
    return tally.event_count, list(tally.types)


def stretch_of(at: datetime, resolution: CurveResolution) -> tuple[datetime, datetime]:
    """Where the stretch of an instant begins and ends; weeks begin on Wednesday."""
    if resolution is CurveResolution.STEP:
        return at, at
    day = at.astimezone(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    if resolution is CurveResolution.WEEK:
        day -= timedelta(days=(day.isoweekday() - 3) % 7)
    behind = day + timedelta(days=7 if resolution is CurveResolution.WEEK else 1)
    return day.astimezone(UTC), behind.astimezone(UTC) - timedelta(microseconds=1)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
async def test_the_audit_is_what_a_plain_fold_says(database_url: str, data: st.DataObject) -> None:
    chronicle = written(data)
    facts = Facts(chronicle.organization_id)
    told = told_of([logged for chapter in chronicle.chapters for logged in chapter.logged], facts)
    async with owner(database_url) as connection:
        await ensure_generation(connection)
        await write_chapters(connection, chronicle.chapters)
    async with Database(database_url) as database:
        viewer = data.draw(st.sampled_from([facts.people[person_id] for person_id in sorted(facts.people)]))
        reader = reader_for(viewer, facts, chronicle, database)
        position = chronicle.head.position
        lens = Lens(position=position, instant=chronicle.head.recorded_at + timedelta(hours=1), is_past=False)
        seen = [each for each in told if is_seen(each, viewer, facts)]
        await check_contents(reader, lens, seen)
        await check_log(data, reader, lens, told, seen)
        await check_histories(data, reader, lens, told, seen)
        await check_time_line(data, reader, lens, told, seen)
