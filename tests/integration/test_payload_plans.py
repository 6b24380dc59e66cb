"""What the payload of a check-in reads does not grow with its organization, not even of a large one among many small ones.

Plans are made for an organization of average size. Of a large one they must not read all there is, either.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg

from projections import affected, flat_values, versions
from projections.lens import Lens
from projections.reader import Grants, Reader
from projections.way import Way
from service.database import Database
from tests.integration.test_read_plans import HEAD, filled
from tests.support.reading import ROWS_TAKEN, reader_on

NOW = datetime(2024, 8, 1, tzinfo=UTC)
SMALL = 2_000
FEW = 30
"""So many rows may be taken for what is about one check-in; there are hundreds of thousands."""

# Gives each of many organizations what the large one has now of one thing.
_SMALL_ONES = f"""
insert into projection_1.{{table}}
select (jsonb_populate_record(r, jsonb_build_object('organization_id', small.id))).*
from projection_1.{{table}} r, (select gen_random_uuid() as id from generate_series(1, {SMALL}) offset 0) small
where r.id = '{{id}}' and r.to_position = 9223372036854775807
"""
_OF_EACH = {
    "objective": "objective_3",
    "objective_number": "objective_3",
    "key_result": "key_result_3",
    "key_result_number": "key_result_3",
    "check_in": "check_in_3_19",
    "alignment": "objective_1 objective_3",
    "dependency": "key_result_4 key_result_3",
}


async def test_a_payload_takes_the_rows_that_it_is_about(database_url: str):
    organization_id = await filled(database_url, is_analyzed=False)
    owner = await asyncpg.connect(database_url)
    for table, identifier in _OF_EACH.items():
        await owner.execute(_SMALL_ONES.format(table=table, id=identifier))
    await owner.execute("analyze")
    await owner.close()
    async with Database(database_url) as database, database.connection(organization_id) as connection:
        for sees_everything in (True, False):
            reader = reader_on(connection, organization_id, HEAD, Grants(person_id="person_1", sees_everything=sees_everything))
            async with connection.transaction():
                for name, read in reads_of(reader).items():
                    assert await read(), name  # rows that are kept from here on are not read again
                    before: int = await connection.fetchval(ROWS_TAKEN)
                    assert await read(), name
                    assert await connection.fetchval(ROWS_TAKEN) - before <= FEW, (name, sees_everything)


def reads_of(reader: Reader) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Answer what the payload of a check-in reads."""
    lens = Lens(position=HEAD, instant=NOW, is_past=False)
    part = "key_result_500"
    wanted = {
        Way.OBJECTIVES: ["objective_500"],
        Way.KEY_RESULTS: [part],
        Way.CHECK_INS: ["check_in_500_19"],
        Way.PARTS: ["objective_500"],
    }
    return {
        "versions": lambda: versions.find(reader, lens, wanted),
        "what changed besides": lambda: affected.also_changed(reader, lens, ["objective_500"], [part], first=HEAD, last=1),
        "the coach's question": lambda: flat_values.of_key_results(reader, lens, [part]),
    }
