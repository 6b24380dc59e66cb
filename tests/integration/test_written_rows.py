"""What an act wrote is known before it is read: rows as they will be read, and settings as far as they hold."""

from collections import Counter
from dataclasses import astuple, replace
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any

from events.check_in import CheckInStatus, RecordCheckIn
from events.identifier import Noun, derive_identifier
from events.objective import UpdateObjective, Visibility
from events.organization import UpdateOrganization
from projections import recorded, versions, written_rows
from projections.generation import ensure_generation
from projections.kept_rows import KeptRows, version_of
from projections.lens import Lens
from projections.rows import CheckInRow, KeyResultRow, ObjectiveRow
from projections.way import Way
from service.database import Database
from tests.support.acting import owner
from tests.support.chronicle import Chronicle, write_chapters
from tests.support.reading import Company, company_in, reader_of
from tests.support.scenario import Scenario

WAYS = {
    "objective_number": Way.OBJECTIVES,
    "key_result_number": Way.KEY_RESULTS,
    "check_in": Way.CHECK_INS,
}


def shown(row: Any) -> list[str]:
    """All of a row, with the types, scales and time zones of its values."""
    return [repr(sorted(value) if isinstance(value, frozenset) else value) for value in row]


async def test_rows_that_were_written_are_those_that_are_read(database_url: str):
    chronicle = Chronicle()
    Scenario(chronicle, seed=3, weeks=5).run(2)
    open_part = next(
        part.key_result_id
        for part in chronicle.facts.key_results.values()
        if part.dropped_at is None and part.metric.kind in {"INCREASE", "DECREASE"} and is_open(chronicle, part.objective_id)
    )
    elsewhere = timezone(timedelta(hours=2))
    for number, value in enumerate((Decimal("1E+1"), Decimal("2.50"), Decimal(0))):
        chronicle.do(
            RecordCheckIn(
                check_in_id=derive_identifier(Noun.CHECK_IN, open_part, str(number)),
                key_result_id=open_part,
                value=value,
                status=CheckInStatus.AT_RISK,
                confidence=1.0,
                effective_at=chronicle.at.astimezone(elsewhere),
            )
        )
    async with owner(database_url) as connection:
        await ensure_generation(connection, 1)
        await write_chapters(connection, chronicle.chapters)
    found: Counter[type] = Counter()
    missed: Counter[type] = Counter()
    async with Database(database_url) as database:
        keeping, plain = (
            reader_of(database, chronicle.organization_id, chronicle.head.position, kept=KeptRows(most))
            for most in (1_000_000, 0)
        )
        for chapter in chronicle.chapters:
            lens = Lens(position=chapter.rows.position, instant=chapter.command.recorded_at, is_past=True)
            written_rows.keep(keeping, chapter.rows)
            wanted: dict[Way, list[str]] = {}
            for change in chapter.rows.changes:
                if change.table in WAYS:
                    wanted.setdefault(WAYS[change.table], []).append(change.id)
            for rows in (await versions.find(plain, lens, wanted)).values():
                for row in rows.values():
                    (kept,) = keeping.kept.find(keeping.organization_id, 1, [version_of(row)])
                    (found if kept else missed)[type(row)] += 1
                    assert kept is None or shown(kept) == shown(row)
            # As whoever sees the payload does.
            await versions.find(keeping, lens, wanted)
            logged = [each for _, each in chapter.logged]
            written = {position: each.row for position, each in written_rows.events(chapter.rows, logged).items()}
            read = await recorded.events(plain, [each.position for each in logged])
            assert [shown(astuple(written[each])) for each in sorted(written)] == [
                shown(astuple(read[each])) for each in sorted(read)
            ]
    assert missed[CheckInRow] == 0
    assert found[CheckInRow] > 50
    # What was never read, or has just been defined anew, is read.
    assert found[KeyResultRow] > 50
    assert found[ObjectiveRow] > 50
    assert missed[KeyResultRow] < found[KeyResultRow]


def is_open(chronicle: Chronicle, objective_id: str) -> bool:
    return chronicle.facts.objectives[objective_id].state.value == "ACTIVE"


async def test_settings_are_read_again_only_when_they_changed(database_url: str):
    async with company_in(database_url) as company:
        await company.objective("growth", ["replies"])
        context = await company.context()
        assert (await context.present()).settings.name == "Company"
        company.statements.clear()
        await context.renew(await company.check_in("one", "replies", 5))
        # Acts of others come in between.
        await company.check_in("two", "replies", 6)
        await context.renew(await company.check_in("three", "replies", 7))
        assert (await context.present()).settings.name == "Company"
        assert settings_read(company) == 0
        await context.renew(await company.do(UpdateOrganization(name="Renamed")))
        assert (await context.present()).settings.name == "Renamed"
        assert settings_read(company) == 1
        await context.renew(await company.check_in("four", "replies", 8))
        assert (await context.present()).settings.name == "Renamed"
        assert settings_read(company) == 1


async def test_settings_that_others_changed_meanwhile_are_read(database_url: str):
    async with company_in(database_url) as company:
        await company.objective("growth", ["replies"])
        context = await company.context()
        assert (await context.present()).settings.name == "Company"
        await company.do(UpdateOrganization(name="Renamed"))
        await context.renew(await company.check_in("one", "replies", 5))
        assert (await context.present()).settings.name == "Renamed"


def settings_read(company: Company) -> int:
    return sum(".organization s where" in statement for statement, _ in company.statements)


async def test_what_an_act_changed_is_asked_for_with_what_its_values_are_made_with(database_url: str):
    async with company_in(database_url) as company:
        await company.objective("growth", ["replies", "calls"])
        reader = replace(await company.reader(), kept=KeptRows(1_000))
        await versions.find(reader, await company.now(), {Way.OBJECTIVES: ["growth"], Way.PARTS: ["growth"]})
        act = await company.check_in("one", "replies", 5)
        expected = written_rows.expected(reader, act.rows, "ada")  # type: ignore[arg-type] - the ledger of a company folds
        assert expected == {
            Way.CHECK_INS: {"one"},
            Way.KEY_RESULTS: {"replies"},
            Way.OBJECTIVES: {"growth"},
            Way.PARTS: {"growth"},
            Way.CYCLES: {"q3"},
            Way.PEOPLE: {"ada"},
        }


async def test_an_event_that_was_just_written_is_seen_by_who_would_read_it(database_url: str):
    async with company_in(database_url) as company:
        await company.objective("growth", ["replies"], owner_id="max")
        seen = await company.do(UpdateObjective(objective_id="growth", title="Grow"), by="max")
        # From then on Max neither owns it nor made it.
        given_away = await company.do(
            UpdateObjective(objective_id="growth", owner_id="eva", visibility=Visibility.PRIVATE), by="max"
        )
        for act, is_seen in ((seen, True), (given_away, False)):
            for person_id in ("max", "ada"):
                context = await company.context(person_id)
                await context.renew(act)
                positions = [each.position for _, each in act.events]
                company.statements.clear()
                told = await (await context.present()).events.load_many(positions)
                assert not any("okr_ledger.event e" in statement for statement, _ in company.statements)
                read = await recorded.events(context.reader, positions)
                assert [row is not None for row in told] == [each in read for each in positions]
                assert all(row is not None for row in told) == (is_seen or person_id == "ada")
