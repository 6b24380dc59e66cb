"""Counts that are remembered are those that would be counted: for everybody, at every moment, whatever has happened."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest_asyncio

from events.alignment import AlignObjective
from events.command import Command
from events.cycle import CreateCycle
from events.objective import ActivateObjective, CancelObjective, CreateObjective, UpdateObjective, Visibility
from events.person import Role
from events.team import AddTeamMember, RemoveTeamMember, UpdateTeam
from projections import objectives
from projections.condition import ALWAYS, Compare, Condition, Either, Negated, Operator, Related
from projections.kept_rows import KeptCounts, KeptRows
from projections.lens import Lens
from projections.objectives import ObjectivesOf
from projections.reader import Reader
from tests.support.reading import Company, company_in

EQUAL = Operator.EQUAL

ON_DEFINITIONS: tuple[Condition, ...] = (
    ALWAYS,
    Compare("cycle_id", EQUAL, "q3"),
    Compare("state", EQUAL, "DRAFT"),
    Compare("visibility", Operator.IN, ("TEAM", "PRIVATE")),
    Negated(Compare("title", Operator.CONTAINS_IGNORE_CASE, "grow")),
    Either((Compare("priority", Operator.LESS, 3), Compare("owner_id", Operator.IS_NULL, value=True))),
    Compare("label", EQUAL, "x"),
    Compare("is_draft_of_viewer", EQUAL, value=True),
    Compare("created_at", Operator.IS_NULL, value=False),
)
ON_MORE: tuple[Condition, ...] = (
    Compare("status", EQUAL, "OUTDATED"),
    Compare("progress", Operator.GREATER, 0.2),
    Compare("is_review_of_viewer", EQUAL, value=True),
    Compare("parent_id", EQUAL, "growth"),
    Related("owner", Related("team", Compare("id", EQUAL, "sales"))),
    Related("team", Compare("name", EQUAL, "Sales")),
    Related("key_result_some", Compare("progress", Operator.GREATER, 0.2)),
)
RELATIONS = {
    ObjectivesOf.CYCLE: ["q3", "q4"],
    ObjectivesOf.TEAM: ["sales"],
    ObjectivesOf.OWNER: ["ada", "max", "eva"],
    ObjectivesOf.PARENT: ["growth", "replies"],
}
PEOPLE = ("ada", "max", "eva", "aud")


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_in(database_url, [("tom", "Tom", Role.MEMBER)]) as company:
        await company.do(CreateCycle(cycle_id="q4", name="Q4", starts_on=date(2024, 10, 1), ends_on=date(2024, 12, 31)))
        yield company


def changed(objective_id: str, **fields: Any) -> UpdateObjective:
    return UpdateObjective(objective_id=objective_id, **fields)


# One after the other; `tom` answers for nothing, so that what he sees follows from visibility and his teams alone.
CHANGES: tuple[Command, ...] = (
    changed("growth", title="Shrink", priority=1),
    CreateObjective(objective_id="more", cycle_id="q3", title="Grow more"),
    changed("calls", cycle_id="q4"),
    changed("calls", cycle_id="q3"),
    ActivateObjective(objective_id="idea"),
    changed("growth", visibility=Visibility.PRIVATE),
    changed("growth", visibility=Visibility.TEAM, team_id="sales"),
    AddTeamMember(team_id="sales", person_id="tom"),
    RemoveTeamMember(team_id="sales", person_id="tom"),
    UpdateTeam(team_id="sales", lead_id="tom"),
    changed("hidden", visibility=Visibility.ORGANIZATION),
    changed("hidden", owner_id="tom", visibility=Visibility.PRIVATE, contributor_ids=("eva",)),
    changed("hidden", contributor_ids=(), labels=("x", "y")),
    AlignObjective(objective_id="calls", parent_id="growth"),
    CancelObjective(objective_id="calls"),
    UpdateTeam(team_id="sales", name="Selling"),
)


async def counts(reader: Reader, lens: Lens) -> list[object]:
    """Answer all that is counted of objectives."""
    found: list[object] = [await objectives.count(reader, lens, condition) for condition in (*ON_DEFINITIONS, *ON_MORE)]
    for relation, keys in RELATIONS.items():
        found += [
            await objectives.counts_of(reader, lens, relation, keys, condition) for condition in (ALWAYS, ON_DEFINITIONS[2])
        ]
    return found


async def test_what_is_remembered_is_what_would_be_counted(company: Company):
    # Two processes, of which one answers after every change and the other after every third.
    processes = (KeptRows(1_000), KeptRows(1_000))
    lenses = [await company.now()]
    remembered = 0

    async def check(round_number: int) -> None:
        nonlocal remembered
        lenses.append(await company.now())
        for person_id in (*PEOPLE, "tom"):
            reader = await company.reader(person_id)
            for lens in (lenses[-1], lenses[len(lenses) // 2], lenses[1]):
                seen = replace(lens, is_past=lens.position != reader.head_position)
                counted = await counts(reader, seen)
                for kept in processes[: 2 if round_number % 3 == 0 else 1]:
                    company.statements.clear()
                    assert await counts(replace(reader, kept=kept), seen) == counted, (person_id, lens.position)
                    remembered += not any("row_count" in statement for statement, _ in company.statements[:1])

    await company.objective("growth", ["replies"], owner_id="ada", title="Growth")
    await company.objective("calls", ["number"], owner_id="eva", labels=("x",), priority=2)
    await company.objective("idea", owner_id="max", is_draft=True, by="max")
    await company.objective("hidden", visibility=Visibility.PRIVATE, owner_id="max", by="max")
    await check(0)
    for number, command in enumerate(CHANGES, start=1):
        await company.do(command)
        await company.check_in(f"check-in-{number}", "replies", number)
        await check(number)
    assert remembered > len(CHANGES), "nothing was remembered"


async def test_what_happens_to_numbers_leaves_counts_of_definitions_alone(company: Company):
    await company.objective("growth", ["replies"])
    kept = KeptRows(1_000)

    async def statements_of(condition: Condition, by: str, lens: Lens | None = None) -> list[str]:
        reader = replace(await company.reader(by), kept=kept)
        asked = lens or await company.now()
        company.statements.clear()
        assert await objectives.count(reader, asked, condition) == 1
        return [statement for statement, _ in company.statements]

    then = await company.now()
    for by in ("ada", "max"):
        counted = (await statements_of(ALWAYS, by))[-1]
        assert "row_count" in counted
        assert await statements_of(ALWAYS, by) == []
        await company.check_in(f"by-{by}", "replies", 1)
        (newest,) = await statements_of(ALWAYS, by)
        assert "row_count" not in newest, "it was counted again"
        assert await statements_of(ALWAYS, by) == []
        # In the past who sees it is decided at the head: another statement for whoever does not see everything.
        past = replace(then, is_past=True)
        assert len(await statements_of(ALWAYS, by, past)) == (0 if by == "ada" else 1)
        assert await statements_of(ALWAYS, by, past) == []
        pending = Compare("status", EQUAL, "ON_TRACK")
        assert len(await statements_of(pending, by)) == len(await statements_of(pending, by)) == 1
    await company.do(UpdateObjective(objective_id="growth", title="Shrink"))
    assert len(await statements_of(ALWAYS, "ada")) == 2


async def test_the_clock_is_asked_every_time(company: Company):
    await company.objective("growth", ["replies"])
    kept = KeptRows(1_000)
    reader, lens = replace(await company.reader(), kept=kept), await company.now()
    outdated = Compare("status", EQUAL, "OUTDATED")
    assert await objectives.count(reader, lens, outdated) == 0
    assert await objectives.count(reader, replace(lens, instant=lens.instant + timedelta(days=20)), outdated) == 1


async def test_another_generation_is_counted_anew(company: Company):
    await company.objective("growth")
    reader, lens = replace(await company.reader(), kept=KeptRows(1_000)), await company.now()
    assert await objectives.count(reader, lens) == 1
    async with company.database.connection(None) as connection:
        await connection.execute("reset role")
        await connection.execute(
            "create schema projection_2; create table projection_2.objective as table projection_1.objective"
        )
        await connection.execute("delete from projection_2.objective; grant usage on schema projection_2 to public")
        await connection.execute("grant select on projection_2.objective to public; set role okr_ledger_application")
    assert await objectives.count(replace(reader, generation=2), lens) == 0


def test_only_so_many_are_kept():
    kept = KeptCounts(2)
    kept.keep(b"one", {"": 1})
    kept.keep(b"two", {"": 2})
    assert kept.find(b"one") == {"": 1}
    kept.keep(b"three", {"": 3})
    assert [kept.find(each) for each in (b"one", b"two", b"three")] == [{"": 1}, None, {"": 3}]
    none = KeptCounts(0)
    none.keep(b"one", {"": 1})
    assert none.find(b"one") is None
