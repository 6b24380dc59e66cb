"""What a read of a cycle's mean takes does not grow with what happened: counted are the rows that it takes from the table."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from projections import curve_ends, curves, cycles
from projections.curve import CurveBasis, CurveResolution, CurveTarget
from projections.curve_points import Grid, Thinning
from projections.curve_rollup import Rollup
from projections.lens import Lens
from projections.reader import Grants
from service.database import Database
from tests.support.reading import reader_on

CYCLES, VERSIONS, DAYS = 4, 5_000, 10
HEAD = CYCLES * VERSIONS
NOW = datetime(2024, 8, 1, tzinfo=UTC)
BY_DAY = Thinning(resolution=CurveResolution.DAY, grid=Grid(begin=None, end=NOW, zone="UTC", first_day_of_week=1))

_EVENTS = f"""
insert into okr_ledger.event
select $1, p, gen_random_uuid(), 'stream', p, gen_random_uuid(), 'objective.retitled', 1, 'person', '{{}}',
    substring(sha256('salt') for 16),
    sha256('data'), '{{}}', '2024-07-01', '2024-07-01'::timestamptz + p * interval '{DAYS} days' / {HEAD}, sha256('hash')
from generate_series(1, {HEAD}) as p
"""

_NUMBERS = f"""
insert into projection_1.cycle_number
select $1, 'cycle_' || n, v * {CYCLES} + n,
    case when v = {VERSIONS - 1} then 9223372036854775807 else (v + 1) * {CYCLES} + n end, v / {VERSIONS}.0, v / {VERSIONS}.0
from generate_series(1, {CYCLES}) as n, generate_series(0, {VERSIONS - 1}) as v
"""

_TAKEN = """
select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint from pg_stat_xact_all_tables
where schemaname = 'projection_1' and relname = 'cycle_number'
"""


@pytest.mark.parametrize("against", CurveTarget)
@pytest.mark.parametrize("is_analyzed", [True, False])
async def test_a_mean_takes_one_row_and_a_curve_three_for_each_day(
    database_url: str, against: CurveTarget, *, is_analyzed: bool
) -> None:
    recorded: Any = {"basis": CurveBasis.RECORDED, "against": against}
    organization_id = uuid4()
    connection = await asyncpg.connect(database_url)
    for statement in (_EVENTS, _NUMBERS):
        await connection.execute(statement, organization_id)
    if is_analyzed:
        await connection.execute("analyze")
    await connection.close()
    ids = [f"cycle_{number}" for number in range(1, CYCLES + 1)]
    rollups = [Rollup(cycle_id=each) for each in ids]
    async with Database(database_url) as database, database.connection(organization_id) as connection:
        reader = reader_on(connection, organization_id, HEAD, Grants(person_id="person", sees_everything=False))
        async with connection.transaction():
            for position in (HEAD, HEAD // 2) * 4:  # the plan that a connection settles on comes after five
                lens = Lens(position=position, instant=NOW, is_past=position != HEAD)
                begun: int = await connection.fetchval(_TAKEN)
                progress = await cycles.rollups(reader, lens, ids)
                of_means: int = await connection.fetchval(_TAKEN)
                steps = await curves.of_rollups(reader, lens, rollups, **recorded, thinning=BY_DAY)
                of_curves: int = await connection.fetchval(_TAKEN)
                ends = await curve_ends.of_rollups(reader, lens, rollups, NOW, **recorded)
                of_ends: int = await connection.fetchval(_TAKEN)
                assert of_means - begun == of_ends - of_curves == CYCLES
                days = DAYS if position == HEAD else DAYS // 2
                # The version that held, its step, and what was before; beside those of the days the last one and the first one.
                assert of_curves - of_means <= CYCLES * (3 * (days + 1) + 1)
                assert ends == {each: several[-1].reading.progress for each, several in steps.items()}
                assert {each: float(steps[Rollup(cycle_id=each)][-1].reading.progress or 0) for each in ids} == progress
                assert all(days < len(several) <= days + 2 for several in steps.values())
            by_step = replace(BY_DAY, resolution=CurveResolution.STEP, most=50)
            begun = await connection.fetchval(_TAKEN)
            await curves.of_rollups(reader, lens, rollups, **recorded, thinning=by_step)
            assert await connection.fetchval(_TAKEN) - begun <= CYCLES * (3 * (DAYS + 1) + 1 + 2 * 51)
