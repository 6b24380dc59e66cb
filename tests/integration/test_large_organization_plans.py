"""What a large organization among many small ones reads does not grow with it: counted are the rows that a read takes.

Plans are made once for all organizations, as for one of average size, which here has a row or two of each table.
"""

import re
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from projections import heat_map, news, objectives, paging, versions
from projections.kept_rows import KeptRows
from projections.lens import Lens
from projections.objectives import ObjectivesOf
from projections.page import Order, Window
from projections.reader import Grants, Reader
from projections.way import Way
from service.database import Database
from tests.integration.test_read_plans import HEAD, NOW, filled
from tests.support.reading import ROWS_TAKEN, reader_on

SMALL_ORGANIZATIONS = 30_000
ASKED = 20
TABLES = ("objective", "objective_number", "key_result", "key_result_number", "check_in")

_SURROUND = f"""
insert into projection_1.{{table}}
select made.* from (select to_jsonb(t) as content from projection_1.{{table}} t limit 1) as one
cross join generate_series(1, {SMALL_ORGANIZATIONS}) as number
cross join lateral jsonb_populate_record(
    null::projection_1.{{table}}, one.content || jsonb_build_object('organization_id', md5(number::text))
) as made
"""


class Noting(Reader):
    """A reader that notes what it is asked: statements with their arguments."""

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        NOTED.append((statement.replace("{projection}", "projection_1"), arguments))
        return await super().fetch(statement, *arguments)


NOTED: list[tuple[str, tuple[Any, ...]]] = []


async def test_a_large_organization_among_small_ones_reads_what_it_asks_for(database_url: str) -> None:
    organization_id = await filled(database_url, is_analyzed=False)
    owner = await asyncpg.connect(database_url)
    for table in TABLES:
        await owner.execute(_SURROUND.replace("{table}", table))
    await owner.execute("vacuum analyze")
    await owner.close()
    grants = Grants(person_id="person_1", member_team_ids=frozenset({"team_1"}), sees_everything=False)
    async with Database(database_url) as database, database.connection(organization_id) as connection:
        reader = reader_on(connection, organization_id, HEAD, grants)
        numbers = range(1, ASKED + 1)
        wanted = {
            Way.OBJECTIVES: [f"objective_{number}" for number in numbers],
            Way.PARTS: [f"objective_{number}" for number in numbers],
            Way.KEY_RESULTS: [f"key_result_{number}" for number in numbers],
            Way.CHECK_INS: [f"check_in_{number}_1" for number in numbers],
        }
        async with connection.transaction():
            for position in (HEAD, HEAD // 2):
                lens = Lens(position=position, instant=NOW, is_past=position != HEAD)
                for way, ids in wanted.items():
                    begun: int = await connection.fetchval(ROWS_TAKEN)
                    assert len(await versions.by_ids(reader, lens, way, ids)) == ASKED, way
                    # Of each its version, its number, and on what it is decided who sees it; then its rows by their versions.
                    assert await connection.fetchval(ROWS_TAKEN) - begun <= 12 * ASKED, (way, position)


@pytest.mark.parametrize("small_ones", [0, SMALL_ORGANIZATIONS])
async def test_what_others_have_written_is_found_by_its_positions(database_url: str, small_ones: int) -> None:
    organization_id = await filled(database_url, is_analyzed=False)
    owner = await asyncpg.connect(database_url)
    if small_ones:
        for table in TABLES:
            await owner.execute(_SURROUND.replace("{table}", table))
    await owner.execute("vacuum analyze")
    await owner.close()
    grants = Grants(person_id="person_1", sees_everything=True)
    async with Database(database_url) as database, database.connection(organization_id) as connection:
        kept = KeptRows(1_000)
        lens = Lens(position=HEAD - 5, instant=NOW, is_past=False)
        before = replace(reader_on(connection, organization_id, HEAD - 5, grants), kept=kept)
        async with connection.transaction():
            await versions.by_ids(before, lens, Way.OBJECTIVES, ["objective_1"])
            begun: int = await connection.fetchval(ROWS_TAKEN)
            await news.catch_up(replace(before, head_position=HEAD))
            assert kept.versions.position(organization_id, 1) == HEAD
            # Small tables are read as a whole.
            assert await connection.fetchval(ROWS_TAKEN) - begun <= 100


async def test_where_an_average_organization_has_a_row_or_two_a_large_one_is_not_read_as_a_whole(database_url: str) -> None:
    organization_id = await filled(database_url, is_analyzed=False)
    owner = await asyncpg.connect(database_url)
    # As many versions as there are others, so that indexes which tell more or less apart look alike for an average one.
    await owner.execute("delete from projection_1.objective where version > 1 or id > 'objective_200'")
    await owner.execute(_SURROUND.replace("{table}", "objective").replace(str(SMALL_ORGANIZATIONS), "300"))
    await owner.execute("vacuum full analyze projection_1.objective")
    await owner.close()
    grants = Grants(person_id="person_1", member_team_ids=frozenset({"team_1"}), sees_everything=False)
    ids = [f"objective_1{number}" for number in range(10, 10 + ASKED)]
    async with Database(database_url) as database, database.connection(organization_id) as connection:
        reader = reader_on(connection, organization_id, HEAD, grants)
        async with connection.transaction():
            lens = Lens(position=1_200, instant=NOW, is_past=True)
            begun: int = await connection.fetchval(ROWS_TAKEN)
            found = await versions.by_ids(replace(reader, head_position=1_200), lens, Way.OBJECTIVES, ids)
            assert len(found) == ASKED
            assert await connection.fetchval(ROWS_TAKEN) - begun <= 12 * ASKED


@pytest.mark.parametrize("small", [0, 480, 5_000])
async def test_a_page_of_a_cycle_takes_what_it_shows_and_a_count_nothing(database_url: str, small: int) -> None:
    organization_id = await filled(database_url, is_analyzed=False)
    owner = await asyncpg.connect(database_url)
    for table in TABLES:
        await owner.execute(_SURROUND.replace("{table}", table).replace(str(SMALL_ORGANIZATIONS), str(small)))
    # Each has cycles of its own.
    await owner.execute(
        "update projection_1.objective set cycle_id = organization_id::text where organization_id <> $1", organization_id
    )
    await owner.execute("update projection_1.objective set priority = nullif(split_part(id, '_', 2), '1')::integer")
    # Without a vacuum every row that is looked at is taken from its table, and so is counted.
    await owner.execute("alter table projection_1.objective set (autovacuum_enabled = false)")
    await owner.execute("analyze")
    await owner.close()
    member = Grants(person_id="person_1", member_team_ids=frozenset({"team_1"}), sees_everything=False)
    admin = Grants(person_id="person_1", sees_everything=True)
    by_title = (Order(field="priority"), Order(field="title"))
    shown, all_of_them = 10, 50
    async with Database(database_url) as database, database.connection(organization_id) as connection, connection.transaction():
        for grants in (admin, member):
            reader = replace(reader_on(connection, organization_id, HEAD, grants), kept=KeptRows(1_000))

            async def taken(reading: Awaitable[Any]) -> tuple[int, Any]:
                begun: int = await connection.fetchval(ROWS_TAKEN)
                found = await reading
                return await connection.fetchval(ROWS_TAKEN) - begun, found

            for position in (HEAD, HEAD // 2, HEAD // 50):
                lens = Lens(position=position, instant=NOW, is_past=position != HEAD)
                for orders in ((), by_title):
                    for is_forward in (True, False):
                        window = Window(first=shown) if is_forward else Window(last=shown)
                        for number in range(all_of_them // shown):
                            count, found = await taken(
                                paging.pages(reader, lens, ObjectivesOf.CYCLE.value, ["cycle_1"], window=window, orders=orders)
                            )
                            page = found["cycle_1"]
                            assert len(page.rows) == shown
                            # Of each its version, its number, and on what it is decided who sees it; one more for what follows.
                            # Behind another page the one before is looked at, and what has no priority.
                            most = (3 if number == 0 else 4) * (shown + 1)
                            assert count <= most, (grants, position, orders, window)
                            after, before = page.keys[-1], page.keys[0]
                            window = Window(first=shown, after=after) if is_forward else Window(last=shown, before=before)
                in_cycle = {"cycle_1": all_of_them}
                first, found = await taken(objectives.counts_of(reader, lens, ObjectivesOf.CYCLE, ["cycle_1"]))
                assert found == in_cycle
                assert first >= all_of_them
                # Later nobody has changed an objective, so that where it is asked for the changes around, four rows say so.
                later = replace(reader, head_position=HEAD + 500)
                if position == HEAD:
                    lens = replace(lens, position=HEAD + 500)
                again, found = await taken(objectives.counts_of(later, lens, ObjectivesOf.CYCLE, ["cycle_1"]))
                assert found == in_cycle
                assert again <= 4, (grants, position)


async def test_what_is_seen_of_a_heat_map_is_looked_up_in_a_hash_table(database_url: str) -> None:
    organization_id = await filled(database_url)
    async with Database(database_url) as database:
        reader = Noting(
            organization_id=organization_id,
            generation=1,
            head_position=HEAD,
            grants=Grants(person_id="person_1", sees_everything=False),
            acquire=lambda: database.connection(organization_id),
            open_name=lambda *_: None,
        )
        NOTED.clear()
        lens = Lens(position=HEAD, instant=NOW, is_past=False)
        assert await heat_map.of_cycles(reader, lens, {"cycle_1": [NOW - timedelta(days=1), NOW]})
        ((statement, arguments),) = NOTED
        async with database.connection(organization_id) as connection:
            plan = "\n".join(row[0] for row in await connection.fetch(f"explain (costs off) {statement}", *arguments))
        assert len(set(re.findall(r"hashed SubPlan \d+", plan))) == 3, plan
