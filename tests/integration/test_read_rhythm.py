"""The rhythm as of a lens: which check-ins are due, overdue and missed, and what everybody has to do."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest_asyncio

from events.acknowledgement import AcknowledgeCheckIn
from events.calendar import CheckInCalendar, CheckInDueState, due_at, due_state, missed_due_days
from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn, RetractCheckIn
from events.comment import AddReaction, EditComment, ReactionKind, WithdrawComment, WriteComment
from events.cycle import ActivateCycle, ReviewCycle
from events.key_result import UpdateKeyResult
from events.objective import UpdateObjective, Visibility
from events.organization import UpdateOrganization
from events.person import DeactivatePerson, Role
from events.team import AddTeamMember, CreateTeam, UpdateTeam
from projections import inbox, key_results
from projections.condition import Compare, Operator
from projections.inbox import InboxItemKind, InboxReason, InboxRow
from projections.key_results import KeyResultsOf
from projections.page import Window
from tests.support.reading import Company, company_in

EVERYTHING = Window(first=100)


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_in(database_url) as company:
        yield company


async def test_what_the_database_calls_due_is_what_the_calendar_says(company: Company):
    """For every rhythm and at every hour around its boundaries, whatever was checked in."""
    await company.do(ActivateCycle(cycle_id="q3"))
    await company.objective("growth", ["never", "early", "late", "retracted"], owner_id="max")
    company.at += timedelta(days=3)
    await company.check_in("one", "early", 1)
    await company.check_in("two", "retracted", 1)
    await company.do(RetractCheckIn(check_in_id="two"))
    company.at += timedelta(days=4, hours=13, minutes=57)
    await company.check_in("three", "late", 1)
    seen: set[CheckInDueState | None] = set()
    rhythms = ((1, 0, 5, "Europe/Prague"), (7, 3, 5, "Pacific/Apia"), (7, 10, 1, "UTC"), (14, 3, 7, "America/St_Johns"))
    for cadence, grace, weekday, zone in rhythms:
        values = {"check_in_cadence_days": cadence, "check_in_grace_days": grace, "check_in_weekday": weekday}
        await company.do(UpdateOrganization(time_zone=zone, **values))
        reader, now = await company.reader(), await company.now()
        calendar = CheckInCalendar(cadence_days=cadence, grace_days=grace, weekday=weekday, zone=zone)
        for days, hours in product((*range(0, 22, 2), 11, 85, 89, 95), (0, 13)):
            lens = replace(now, instant=now.instant + timedelta(days=days, hours=hours, microseconds=days))
            rows = await key_results.page(reader, lens, EVERYTHING)
            shown = {row.id: row for row in rows.rows}
            states: dict[str, CheckInDueState | None] = {}
            for row in rows.rows:
                assert row.live_at is not None
                ends_on = company.at.date().replace(month=9, day=30)
                due = due_at(calendar, row.live_at, row.checked_in_at, ends_on)
                states[row.id] = None if due is None else due_state(calendar, row.live_at, due, lens.instant, ends_on)
                missed = missed_due_days(calendar, due, lens.instant, ends_on)
                assert (missed > 0) == (states[row.id] in {CheckInDueState.OVERDUE, CheckInDueState.MISSED})
            for state in CheckInDueState:
                found = await key_results.page(reader, lens, EVERYTHING, Compare("check_in_state", Operator.EQUAL, state))
                assert {row.id for row in found.rows} == {each for each, known in states.items() if known is state}, (
                    lens,
                    state,
                )
            wanting = await key_results.due_page(reader, lens, EVERYTHING)
            dues = [due_at(calendar, shown[row.id].live_at, row.checked_in_at, None) for row in wanting.rows]
            assert dues == sorted(dues, key=str)
            seen |= set(states.values())
    assert seen == {None, *CheckInDueState}


async def test_a_team_owes_what_the_teams_below_owe(company: Company):
    await company.do(CreateTeam(team_id="calls", name="Calls", parent_id="sales"))
    await company.do(CreateTeam(team_id="other", name="Other"))
    for objective_id, team_id in (("above", "sales"), ("below", "calls"), ("beside", "other"), ("hidden", "calls")):
        visibility = Visibility.PRIVATE if objective_id == "hidden" else Visibility.ORGANIZATION
        await company.objective(objective_id, [f"of {objective_id}"], team_id=team_id, owner_id="max", visibility=visibility)
    lens = await company.now()
    for person_id, below in (("max", {"of below", "of hidden"}), ("eva", {"of below"})):
        reader = await company.reader(person_id)
        company.statements.clear()
        ids = ["sales", "calls", "nothing"]
        found = await key_results.due_pages_of(reader, lens, KeyResultsOf.TEAM, ids, window=EVERYTHING)
        # The second one reads rows that are not kept.
        assert len(company.statements) <= 2
        expected = {"sales": {"of above", *below}, "calls": below, "nothing": set[str]()}
        assert {key: {row.id for row in page.rows} for key, page in found.items()} == expected
        counts = await key_results.due_counts_of(reader, lens, KeyResultsOf.TEAM, ids)
        assert counts == {key: len(several) for key, several in expected.items()}


# --- the inbox


async def items(company: Company, person_id: str) -> list[InboxRow]:
    """A person's inbox now, as they see it."""
    reader, lens = await company.reader(person_id), await company.now()
    found = await inbox.page(reader, lens, person_id, EVERYTHING)
    assert await inbox.count(reader, lens, person_id) == len(found.rows)
    return list(found.rows)


async def told(company: Company, person_id: str) -> list[tuple[str, str, str]]:
    return [(each.kind.value, each.subject_id, each.reason.value) for each in await items(company, person_id)]


async def test_a_check_in_waits_for_the_owner_or_for_the_lead_of_who_owns(company: Company):
    await company.do(UpdateTeam(team_id="sales", lead_id="ada"), ActivateCycle(cycle_id="q3"))
    await company.objective("growth", ["theirs", "own"], owner_id="max", team_id="sales")
    await company.do(UpdateKeyResult(key_result_id="theirs", owner_id="eva"))
    assert await told(company, "max") == [("CHECK_IN", "own", "OWNS_OBJECTIVE")]
    live = (await items(company, "eva"))[0]
    assert (live.kind, live.reason, live.since) == (InboxItemKind.CHECK_IN, InboxReason.OWNS_KEY_RESULT, live.since)

    await company.do(record("of eva", "theirs", 2), by="eva")
    assert await told(company, "eva") == []
    waiting = (await items(company, "max"))[-1]
    assert (waiting.kind, waiting.subject_id, waiting.since) == (InboxItemKind.ACKNOWLEDGE, "of eva", company.at)
    assert waiting.made_by == (await company.head()).position
    await company.do(record("of max", "own", 2), by="max")
    assert await told(company, "max") == [("ACKNOWLEDGE", "of eva", "OWNS_OBJECTIVE")]
    assert await told(company, "ada") == [("ACKNOWLEDGE", "of max", "LEADS_TEAM")]

    # The latest stands for those before; a correction asks anew; what is retracted waits no more.
    await company.do(record("again", "theirs", 3), by="eva")
    assert await told(company, "max") == [("ACKNOWLEDGE", "again", "OWNS_OBJECTIVE")]
    await company.do(AcknowledgeCheckIn(check_in_id="again", note="Seen"), by="max")
    assert await told(company, "max") == []
    read = await company.now()
    await company.do(CorrectCheckIn(check_in_id="again", comment="A word"), by="eva")
    assert await told(company, "max") == [("ACKNOWLEDGE", "again", "OWNS_OBJECTIVE")]
    await company.do(RetractCheckIn(check_in_id="again"), by="eva")
    assert await told(company, "max") == [("ACKNOWLEDGE", "of eva", "OWNS_OBJECTIVE")]
    assert (await inbox.page(await company.reader("max"), read, "max", EVERYTHING)).rows == ()

    await company.do(UpdateObjective(objective_id="growth", owner_id="eva"))
    assert await told(company, "max") == []
    await company.do(DeactivatePerson(person_id="max"))
    await company.do(UpdateTeam(team_id="sales", lead_id="max"))
    assert (await inbox.page(await company.reader(), await company.now(), "max", EVERYTHING)).rows == ()


def record(check_in_id: str, key_result_id: str, value: int) -> RecordCheckIn:
    status = CheckInStatus.ON_TRACK
    return RecordCheckIn(check_in_id=check_in_id, key_result_id=key_result_id, value=Decimal(value), status=status)


async def test_reviews_and_mentions_wait_until_they_are_answered(company: Company):
    await company.invite("vic", "Vic", Role.VIEWER)
    await company.do(ActivateCycle(cycle_id="q3"), AddTeamMember(team_id="sales", person_id="max"))
    await company.objective("growth", owner_id="max")
    assert await told(company, "max") == []
    said = WriteComment(comment_id="said", subject_id="growth", text="Max?", mention_ids=("max", "vic"))
    await company.do(said, by="eva")
    asked = (await items(company, "max"))[0]
    assert (asked.kind, asked.since, asked.due_at) == (InboxItemKind.ANSWER, company.at, None)
    assert await told(company, "vic") == []
    await company.do(AddReaction(comment_id="said", reaction=ReactionKind.EYES), by="max")
    assert await told(company, "max") == []

    await company.do(WriteComment(comment_id="more", subject_id="growth", text="And?"), by="eva")
    await company.do(EditComment(comment_id="more", mention_ids=("max",)), by="eva")
    asked = (await items(company, "max"))[0]
    assert (asked.subject_id, asked.since, asked.made_by) == ("more", company.at, (await company.head()).position)
    await company.do(WithdrawComment(comment_id="more"), by="eva")

    reader, now = await company.reader("max"), await company.now()
    over = replace(now, instant=now.instant.replace(month=10, day=2))
    (review,) = (await inbox.page(reader, over, "max", EVERYTHING)).rows
    assert (review.kind, f"{review.since}", f"{review.due_at}") == (
        InboxItemKind.REVIEW,
        "2024-09-30 22:00:00+00:00",
        "2024-09-30 21:59:59.999999+00:00",
    )
    await company.do(ReviewCycle(cycle_id="q3"))
    review = (await items(company, "max"))[0]
    assert (review.subject_id, review.since, review.made_by) == ("growth", company.at, (await company.head()).position)


async def test_an_inbox_is_paged_and_filtered_in_the_database(company: Company):
    await company.do(ActivateCycle(cycle_id="q3"))
    await company.objective("growth", [f"k{number}" for number in range(5)], owner_id="max")
    for number in range(3):
        said = WriteComment(comment_id=f"c{number}", subject_id="growth", text="Max?", mention_ids=("max",))
        await company.do(said, by="eva")
    reader, lens = await company.reader("max"), await company.now()
    first = await inbox.page(reader, lens, "max", Window(first=6))
    rest = await inbox.page(reader, lens, "max", Window(first=6, after=first.keys[-1]))
    assert [row.subject_id for row in (*first.rows, *rest.rows)] == ["k0", "k1", "k2", "k3", "k4", "c0", "c1", "c2"]
    assert (first.has_next, rest.has_next, rest.has_previous) == (True, False, True)
    answers = Compare("kind", Operator.EQUAL, InboxItemKind.ANSWER)
    assert await inbox.count(reader, lens, "max", answers) == 3
