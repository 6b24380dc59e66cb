"""Rebuilding read models: the same rows as written with each command, beside those in use, while writes go on."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from events.identifier import derive_uuid
from events.store import read_generation
from projections.fold import TABLES
from projections.generation import (
    GenerationInUseError,
    OutdatedReadModelsError,
    create_generation,
    drop_generation,
    ensure_generation,
    existing_generations,
    generations_in_use,
    newest_generation,
    require_current_layout,
)
from projections.generation_difference import columns_of, differences
from projections.rebuild import (
    RebuildProgress,
    RebuildRunningError,
    Rebuilt,
    UnknownGenerationError,
    rebuild,
)
from tests.support.acting import Office, running_ledger
from tests.support.chronicle import Chronicle, write_chapters
from tests.support.scenario import Scenario


@pytest_asyncio.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection with the owner's rights."""
    connection = await asyncpg.connect(database_url)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def chronicle() -> Chronicle:
    """Two quarters of a company."""
    chronicle = Chronicle()
    Scenario(chronicle, seed=3, objectives=6, weeks=8).run(2)
    return chronicle


def nobody_asks(progress: RebuildProgress) -> None:
    """Take no notice."""


async def counts(connection: asyncpg.Connection, generation: int, organization_id: UUID) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table: await connection.fetchval(
            f"select count(*) from projection_{generation}.{table} where organization_id = $1", organization_id
        )
        for table in TABLES
    }


def only(rebuilt: Rebuilt) -> tuple[int, bool, int]:
    """Of the one organization: position, whether it was switched, and in how many tables it differed."""
    [organization] = rebuilt.organizations
    return organization.position, organization.is_switched, len(organization.differences)


async def test_rebuilt_rows_equal_those_written_with_each_command(owner: asyncpg.Connection, chronicle: Chronicle):
    await write_chapters(owner, chronicle.chapters, batch=7)
    reported: list[RebuildProgress] = []
    rebuilt = await rebuild(owner, reported.append)
    assert rebuilt.generation == 2
    assert only(rebuilt) == (chronicle.head.position, True, 0)
    assert await read_generation(owner, chronicle.organization_id) == 2
    inline = await counts(owner, 1, chronicle.organization_id)
    assert inline == await counts(owner, 2, chronicle.organization_id)
    assert min(inline.values()) > 0
    assert reported[-1].position == reported[-1].head_position == chronicle.head.position


async def test_every_column_is_filled_and_every_value_has_a_column(owner: asyncpg.Connection, chronicle: Chronicle):
    await write_chapters(owner, chronicle.chapters)
    columns = await columns_of(owner, 1)
    assert sorted(columns) == sorted(TABLES)
    for chapter in chronicle.chapters:
        rows = [(change.table, change.values or {}) for change in chapter.rows.changes]
        rows += [(table, row) for table, added in chapter.rows.additions.items() for row in added]
        for table, row in rows:
            assert row.keys() <= set(columns[table]), (table, row)
    empty = {
        f"{table}.{column}"
        for table, names in columns.items()
        for column in names
        if not await owner.fetchval(f"select exists (select from projection_1.{table} where {column} is not null)")
    }
    assert empty == set()


async def test_every_column_is_compared(owner: asyncpg.Connection, chronicle: Chronicle):
    await write_chapters(owner, chronicle.chapters)
    await rebuild(owner, nobody_asks)
    position = chronicle.head.position
    assert await differences(owner, chronicle.organization_id, 1, 2, after=0, upto=position) == []
    await owner.execute("update projection_2.event_subject set changes = '[]' where position = 1")
    await owner.execute("delete from projection_2.check_in where position = (select min(position) from projection_2.check_in)")
    found = await differences(owner, chronicle.organization_id, 1, 2, after=0, upto=position)
    assert [each.table for each in found] == ["check_in", "event_subject"]
    assert found[0].unexpected_count == 0
    assert (found[1].missing_count, found[1].unexpected_count, found[1].examples) == (1, 1, ("position 1", "position 1"))
    assert await differences(owner, chronicle.organization_id, 1, 2, after=position, upto=position) == []


async def test_a_result_that_differs_is_not_switched_to_unless_accepted(owner: asyncpg.Connection, chronicle: Chronicle):
    await write_chapters(owner, chronicle.chapters)
    await owner.execute("update projection_1.objective set title = 'Painted over' where from_position > 20")
    rebuilt = await rebuild(owner, nobody_asks)
    [organization] = rebuilt.organizations
    assert not organization.is_switched
    assert [each.table for each in organization.differences] == ["objective"]
    assert await read_generation(owner, chronicle.organization_id) == 1
    assert set((await counts(owner, 2, chronicle.organization_id)).values()) == {0}
    accepted = await rebuild(owner, nobody_asks, generation=2, accept_differences=True)
    assert only(accepted) == (chronicle.head.position, True, 1)
    assert await read_generation(owner, chronicle.organization_id) == 2


async def test_an_aborted_rebuild_leaves_nothing_and_can_go_on(owner: asyncpg.Connection, chronicle: Chronicle):
    await write_chapters(owner, chronicle.chapters)

    def abort(progress: RebuildProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rebuild(owner, abort)
    assert await read_generation(owner, chronicle.organization_id) == 1
    assert set((await counts(owner, 2, chronicle.organization_id)).values()) == {0}
    assert only(await rebuild(owner, nobody_asks, generation=2)) == (chronicle.head.position, True, 0)


async def test_the_old_generation_can_be_brought_up_to_date_and_back(owner: asyncpg.Connection, chronicle: Chronicle):
    middle = len(chronicle.chapters) // 2
    await write_chapters(owner, chronicle.chapters[:middle])
    await rebuild(owner, nobody_asks)
    await write_chapters(owner, chronicle.chapters[middle:])
    assert (await counts(owner, 1, chronicle.organization_id))["event_subject"] < chronicle.head.position
    assert only(await rebuild(owner, nobody_asks, generation=1)) == (chronicle.head.position, True, 0)
    assert await read_generation(owner, chronicle.organization_id) == 1
    assert (await rebuild(owner, nobody_asks, generation=1)).organizations == ()
    assert only(await rebuild(owner, nobody_asks, generation=2)) == (chronicle.head.position, True, 0)


async def test_only_the_organizations_asked_for_are_rebuilt(owner: asyncpg.Connection, chronicle: Chronicle):
    other = Chronicle(derive_uuid(1_767_600_000_000, "another"))
    Scenario(other, seed=4, objectives=2, weeks=1).run(1)
    await write_chapters(owner, chronicle.chapters[:50])
    await write_chapters(owner, other.chapters)
    rebuilt = await rebuild(owner, nobody_asks, organization_ids=[other.organization_id])
    assert only(rebuilt) == (other.head.position, True, 0)
    assert await generations_in_use(owner) == [1, 2]
    assert set((await counts(owner, 2, chronicle.organization_id)).values()) == {0}
    rest = await rebuild(owner, nobody_asks, generation=2)
    assert [each.organization_id for each in rest.organizations] == [chronicle.organization_id]
    assert await generations_in_use(owner) == [2]


async def test_writes_go_on_while_a_rebuild_runs(owner: asyncpg.Connection, database_url: str):
    async with running_ledger(database_url) as ledger:
        office = await Office.opened(ledger)
        is_rebuilt = False

        async def write() -> int:
            written = 0
            while not is_rebuilt or written < 40:
                await office.accepted(office.check_in(written % 100))
                written += 1
            return written

        writing = asyncio.create_task(write())
        await asyncio.sleep(0.2)
        first = await rebuild(owner, nobody_asks)
        second = await rebuild(owner, nobody_asks)
        is_rebuilt = True
        written = await writing
        outcome = await office.accepted(office.check_in(50))
    assert [each.is_switched for each in (*first.organizations, *second.organizations)] == [True, True]
    assert (first.generation, second.generation) == (2, 3)
    assert await read_generation(owner, office.organization_id) == 3
    rows = await counts(owner, 3, office.organization_id)
    assert (rows["check_in"], rows["event_subject"]) == (written + 1, outcome.head_position)
    # Whatever was written at whatever moment, a rebuild of everything finds the same.
    assert only(await rebuild(owner, nobody_asks)) == (outcome.head_position, True, 0)


async def test_layouts_may_differ_in_columns(owner: asyncpg.Connection, chronicle: Chronicle):
    await write_chapters(owner, chronicle.chapters[:50])
    await create_generation(owner, 2)
    await owner.execute("alter table projection_2.team add column motto text")
    await owner.execute("alter table projection_1.team add column anthem text")
    rebuilt = await rebuild(owner, nobody_asks, generation=2)
    [organization] = rebuilt.organizations
    assert (organization.is_switched, organization.differences) == (True, ())


async def test_one_rebuild_at_a_time(owner: asyncpg.Connection, database_url: str, chronicle: Chronicle):
    await write_chapters(owner, chronicle.chapters[:50])
    other = await asyncpg.connect(database_url)
    try:
        await owner.execute("select pg_advisory_lock(7208945611073393)")
        with pytest.raises(RebuildRunningError):
            await rebuild(other, nobody_asks)
        await owner.execute("select pg_advisory_unlock(7208945611073393)")
        assert await existing_generations(other) == [1]
        with pytest.raises(UnknownGenerationError):
            await rebuild(other, nobody_asks, generation=9)
        assert (await rebuild(other, nobody_asks)).generation == 2
    finally:
        await other.close()


async def test_generations_are_created_once_and_dropped_when_nobody_reads_them(owner: asyncpg.Connection, chronicle: Chronicle):
    assert await ensure_generation(owner) is False
    await write_chapters(owner, chronicle.chapters[:50])
    with pytest.raises(GenerationInUseError):
        await drop_generation(owner, 1)
    await rebuild(owner, nobody_asks)
    assert await existing_generations(owner) == [1, 2]
    await drop_generation(owner, 1)
    assert await existing_generations(owner) == [2]
    assert await newest_generation(owner) == 2


async def test_the_application_reads_its_own_organization_and_can_neither_delete_nor_rewrite(
    owner: asyncpg.Connection, chronicle: Chronicle
):
    await write_chapters(owner, chronicle.chapters[:50])
    await owner.execute("set role okr_ledger_application")
    await owner.execute("select set_config('okr.organization', $1, false)", str(chronicle.organization_id))
    for table in TABLES:
        rows = await owner.fetchval(f"select count(*) from projection_1.{table}")
        assert isinstance(rows, int)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute(f"delete from projection_1.{table}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute(f"update projection_1.{table} set organization_id = organization_id")
    assert await owner.fetchval("select count(*) from projection_1.person") > 0
    await owner.execute("select set_config('okr.organization', $1, false)", str(derive_uuid(1, "another")))
    assert await owner.fetchval("select count(*) from projection_1.person") == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await owner.fetchval("select count(*) from projection_1.reached")


async def test_read_models_of_another_version_are_refused_until_they_are_rebuilt(owner: asyncpg.Connection):
    await require_current_layout(owner)
    await owner.execute("comment on schema projection_1 is 'layout of another version'")
    with pytest.raises(OutdatedReadModelsError, match="okr-ledger rebuild"):
        await require_current_layout(owner)
    await rebuild(owner, lambda _: None)
    await require_current_layout(owner)
