"""Statements that every screen runs use their indexes, under row-level security, in a long history.

Plans are tested and not times: a thousand objectives with a hundred versions each, as the application's role,
both with plans for the very parameters and with the generic ones that a connection may settle on.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from events.calendar import CheckInCalendar
from events.organization import DEFAULT_SCORE_BANDS
from projections import (
    agenda,
    alignment,
    alignment_coverage,
    audit,
    breakdown,
    calibration,
    check_ins,
    comparison,
    curve_ends,
    curves,
    custom_fields,
    cycles,
    dependencies,
    explanation,
    focus,
    heat_map,
    inbox,
    initiatives,
    key_results,
    moments,
    objectives,
    progress_jumps,
    punctuality,
    recorded,
    retargeting,
    retrospective,
    summaries,
    teams,
    templates,
    workload,
)
from projections.alignment import GraphScope
from projections.condition import ALWAYS, Compare, Every, Operator, Related
from projections.curve import CurveBasis, CurveResolution, CurveTarget
from projections.curve_points import Grid, Thinning
from projections.curve_rollup import Rollup
from projections.initiatives import InitiativesOf
from projections.key_results import KeyResultsOf
from projections.lens import Lens
from projections.moments import Head
from projections.objectives import ObjectivesOf
from projections.page import Order, Window
from projections.reader import Grants, Reader
from service.database import Database

OBJECTIVES, VERSIONS = 1000, 100
HEAD = OBJECTIVES * VERSIONS
NOW = datetime(2024, 8, 1, tzinfo=UTC)
PAGE = Window(first=50)
RECORDED: Any = {"basis": CurveBasis.RECORDED, "against": CurveTarget.CURRENT_TARGET}
MEASURED: Any = {"basis": CurveBasis.MEASURED, "against": CurveTarget.ORIGINAL_TARGET}
BY_DAY = Thinning(resolution=CurveResolution.DAY, grid=Grid(begin=None, end=NOW, zone="Europe/Prague", first_day_of_week=1))
BY_STEP = replace(BY_DAY, resolution=CurveResolution.STEP)
BIG = (
    "cycle_number",
    "objective",
    "objective_number",
    "key_result",
    "key_result_number",
    "check_in",
    "check_in_revision",
    "initiative",
    "initiative_support",
    "dependency",
    "custom_value",
    "event",
    "event_subject",
    "event_thing",
)

# Version v of thing n is valid from position v * 1000 + n; the last one is valid now.
_VERSIONS = """
select n, v, v * 1000 + n as begins,
    case when v = 99 then 9223372036854775807 else (v + 1) * 1000 + n end as ends
from generate_series(1, 1000) as n, generate_series(0, 99) as v
"""

_FILL = f"""
with versions as ({_VERSIONS}) insert into projection_1.objective
select $1, 'objective_' || n, begins, ends, 'cycle_' || n % 20, 'team_' || n % 50, 'person_' || n % 100, 'Title ' || n,
    'title ' || n, null, null, 'COMMITTED', 'ORGANIZATION', 'KEY_RESULTS', n % 5, '{{}}', '{{}}', '{{}}', '{{}}', null,
    case when n % 10 = 0 then 'template_' || n end,
    'ACTIVE', '2024-07-01', null, null, null, null, null, null, null, '2024-07-01', 'person_1', '2024-07-01', 'person_1', v
from versions;
with versions as ({_VERSIONS}) insert into projection_1.objective_number
select $1, 'objective_' || n, begins, ends, v / 100.0, v / 100.0, 0.5, 'ON_TRACK', '2024-07-01', '2024-07-01' from versions;
insert into projection_1.cycle_number
select $1, 'cycle_' || n, v * 20 + n + 1, case when v = 4999 then 9223372036854775807 else (v + 1) * 20 + n + 1 end, v / 5000.0
from generate_series(0, 19) as n, generate_series(0, 4999) as v;
with versions as ({_VERSIONS}) insert into projection_1.key_result
select $1, 'key_result_' || n, begins, ends, 'objective_' || n, 'ACTIVE', 'cycle_' || n % 20, 'Title ' || n, 'title ' || n,
    'BINARY', '{{"kind": "BINARY"}}', '{{"kind": "BINARY"}}', 1, 'person_' || n % 100, null, null, '{{}}', null, null, n,
    '2024-07-01', null, '2024-07-01', 'person_1', '2024-07-01', 'person_1', v
from versions;
with versions as ({_VERSIONS}) insert into projection_1.key_result_number
select $1, 'key_result_' || n, begins, ends, v / 100.0, v / 100.0, v, '{{}}', null, 0.5, 'ON_TRACK', null, v, '2024-07-01'
from versions;
with versions as ({_VERSIONS}) insert into projection_1.check_in
select $1, 'check_in_' || n || '_' || v, begins, 9223372036854775807, 'key_result_' || n, 'objective_' || n, v, '{{}}', 0.5,
    'ON_TRACK', null, null, null, 'said ' || v, '2024-07-01', '2024-07-01', null, null, 'person_1', begins,
    null, null, null, null, 0, 0
from versions where v < 20;
with versions as ({_VERSIONS}) insert into projection_1.check_in_revision
select $1, 'check_in_' || n || '_' || v, begins, 'key_result_' || n, v, '{{}}', 0.5, 'ON_TRACK', null, null, null,
    '2024-07-01', '2024-07-01', 'person_1'
from versions where v < 20;
insert into projection_1.alignment
select $1, 'objective_' || n / 3 || ' objective_' || n, 5000 + n, 9223372036854775807, 'objective_' || n / 3, 'objective_' || n
from generate_series(3, 1000) as n;
with versions as ({_VERSIONS}) insert into projection_1.initiative
select $1, 'initiative_' || n, begins, case when v = 19 then 9223372036854775807 else ends end, 'Title ' || n,
    'title ' || n, null, null, 'PLANNED', 'person_' || n % 100, null, '2024-08-01', '{{}}', null, '[]',
    array['objective_' || n], array['objective_' || n], null, null, '2024-07-01', 'person_1', '2024-07-01', 'person_1', v
from versions where v < 20;
insert into projection_1.initiative_support
select $1, 'objective_' || n || ' initiative_' || n, 5000 + n, 9223372036854775807, 'objective_' || n, 'objective_' || n,
    'initiative_' || n
from generate_series(1, 1000) as n;
insert into projection_1.dependency
select $1, noun || n + 1 || ' ' || noun || n, 5000 + n, 9223372036854775807, noun || n + 1, noun || n, null
from generate_series(1, 999) as n, unnest(array['initiative_', 'key_result_']) as noun;
with versions as ({_VERSIONS}) insert into projection_1.custom_value
select $1, 'objective_' || n || ' custom_field_' || f, begins, case when v = 19 then 9223372036854775807 else ends end,
    'objective_' || n, 'custom_field_' || f, null, null, v + n, v + n, null, null, null, null
from versions, generate_series(1, 5) as f where v < 20;
insert into projection_1.custom_field
select $1, 'custom_field_' || f, 1, 9223372036854775807, 'OBJECTIVE', 'NUMBER', 'Field', 'field', null, false, '[]', '{{}}',
    null, '2024-07-01', 'person_1', '2024-07-01', 'person_1', 1
from generate_series(1, 5) as f;
insert into projection_1.event_subject
select $1, p, 'objective_' || p % 1000, 'objective_' || p % 1000, p / 1000, '[]',
    case when p % 500 = 0 then 'CORRECTION' end
from generate_series(1, 100000) as p;
insert into projection_1.event_thing
select $1, thing_id, p from generate_series(1, 100000) as p,
    unnest(array['objective_' || p % 1000, 'key_result_' || p % 1000, 'cycle_' || p % 20]) as thing_id;
insert into okr_ledger.event
select $1, p, gen_random_uuid(), 'objective_' || p % 1000, 1 + p / 1000, gen_random_uuid(),
    (array['objective.retitled', 'objective.moved', 'key_result.retargeted'])[1 + p % 3], 1, 'person_' || p % 100,
    '{{}}', substring(decode(md5(p::text), 'hex') for 16), sha256(p::text::bytea),
    '{{"origin": "API", "request_id": "r"}}', '2024-07-01',
    '2024-07-01'::timestamptz + p * interval '1 second', sha256(p::text::bytea)
from generate_series(1, 100000) as p;
insert into projection_1.organization
values ($1, 'organization', 1, 9223372036854775807, 'O', 'UTC', 1, 1, 7, 3, 5, '{{}}', '[]', '{{}}', 1);
insert into projection_1.cycle
select $1, 'cycle_' || n, 1, 9223372036854775807, 'Cycle ' || n, 'cycle ' || n, 'ACTIVE', '2024-07-01', '2024-09-30', null,
    null, null, null, '2024-07-01', 'person_1', '2024-07-01', 'person_1', 1
from generate_series(0, 19) as n;
insert into projection_1.team
select $1, 'team_' || n, 1, 9223372036854775807, 'Team ' || n, 'team ' || n, null, null, null, 1
from generate_series(0, 49) as n
"""


class Explaining(Reader):
    """A reader whose answers are empty and whose statements are explained instead."""

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        text = statement.replace("{projection}", "projection_1")
        async with self.acquire() as connection:
            # One organization owns the whole table here, so reading a quarter of it by a scan can look good.
            # With scans made dear, a plan has one only where no index fits.
            await connection.execute("set enable_seqscan = off")
            rows = await connection.fetch(f"explain (costs off) {text}", *arguments)
            # With parameters EXPLAIN knows their values, whatever the mode; what is prepared by name it does not.
            await connection.execute(f"set plan_cache_mode = force_generic_plan; prepare explained as {text}")
            given = f"({', '.join(map(_literal, arguments))})" if arguments else ""
            generic = await connection.fetch(f"explain (costs off) execute explained{given}")
            await connection.execute("deallocate explained")
            PLANS.extend("\n".join(row[0] for row in each) for each in (rows, generic))
            return await connection.fetch(text, *arguments)


PLANS: list[str] = []


def _literal(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool() | int() | float():
            return str(value)
        case list() | tuple():
            return f"'{{{','.join(map(str, value))}}}'"
        case datetime():
            return f"'{value.isoformat()}'"
        case _:
            return f"'{value}'"


async def filled(database_url: str, *, is_analyzed: bool = True) -> UUID:
    """Write a long history straight into the tables."""
    organization_id = uuid4()
    connection = await asyncpg.connect(database_url)
    for statement in _FILL.split(";\n"):
        await connection.execute(statement.replace("$1", f"'{organization_id}'::uuid"))
    if is_analyzed:
        await connection.execute("analyze")
    await connection.close()
    return organization_id


async def test_every_screen_reads_by_index_now_and_in_the_past(database_url: str):
    organization_id = await filled(database_url)
    grants = Grants(person_id="person_1", member_team_ids=frozenset({"team_1", "team_2"}), sees_everything=False)
    async with Database(database_url) as database:
        reader = Explaining(
            organization_id=organization_id,
            generation=1,
            head_position=HEAD,
            grants=grants,
            acquire=lambda: database.connection(organization_id),
            open_name=lambda *_: None,
        )
        for position in (HEAD, HEAD // 2):
            lens = Lens(position=position, instant=NOW, is_past=position != HEAD)
            for name, load in screens(reader, lens).items():
                PLANS.clear()
                assert await load(), name
                for plan in PLANS:
                    scanned = set(re.findall(r"Seq Scan on (\w+)", plan))
                    assert scanned.isdisjoint(BIG), f"{name} at {position} scans {scanned}:\n{plan}"


async def counted(count: Awaitable[int]) -> tuple[int]:
    """A count that is true also when it is 0."""
    return (await count,)


def screens(reader: Reader, lens: Lens) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Answer what the screens load."""
    ids = [f"objective_{number}" for number in range(1, 51)]
    parts = [f"key_result_{number}" for number in range(1, 51)]
    works = [f"initiative_{number}" for number in range(1, 51)]
    ones = ["check_in_1_1", "check_in_2_1"]
    pinned = Head(position=HEAD, hash=b"", recorded_at=NOW, generation=1)
    by_title = [Order(field="title")]
    outdated = Compare("status", Operator.EQUAL, "OUTDATED")
    fridays = CheckInCalendar(cadence_days=7, grace_days=3, weekday=5, zone="UTC")
    of_cycle = Compare("cycle_id", Operator.EQUAL, "cycle_1")
    of_field = Compare("field_id", Operator.EQUAL, "custom_field_1")
    of_value = Related("custom_fields", Every((of_field, Compare("number", Operator.LESS, 30.0))))
    by_field = [Order(field="custom_field", custom_field_id="custom_field_1")]
    earlier = replace(lens, position=lens.position - 1_000, is_past=True)
    return {
        "objectives by id": lambda: objectives.by_ids(reader, lens, ids),
        "objectives of a cycle": lambda: objectives.pages_of(reader, lens, ObjectivesOf.CYCLE, ["cycle_1"], window=PAGE),
        "objectives of an owner": lambda: objectives.pages_of(reader, lens, ObjectivesOf.OWNER, ["person_1"], window=PAGE),
        "objectives of a team": lambda: objectives.pages_of(reader, lens, ObjectivesOf.TEAM, ["team_1"], window=PAGE),
        "objectives made from a template": lambda: templates.pages_of_objectives(reader, lens, ["template_10"], window=PAGE),
        "children": lambda: objectives.pages_of(reader, lens, ObjectivesOf.PARENT, ids[:10], window=PAGE),
        "all objectives": lambda: objectives.page(reader, lens, PAGE, ALWAYS, by_title),
        "all objectives counted": lambda: objectives.count(reader, lens),
        "objectives of a status": lambda: objectives.page(reader, lens, PAGE, outdated),
        "objectives filtered by cycle": lambda: objectives.page(reader, lens, PAGE, of_cycle),
        "expected lines": lambda: objectives.expected(reader, lens, ids),
        "key results by id": lambda: key_results.by_ids(reader, lens, parts),
        "key results of objectives": lambda: key_results.of_objectives(reader, lens, ids),
        "all key results": lambda: key_results.page(reader, lens, PAGE),
        "check-ins that are due": lambda: key_results.due_page(reader, lens, PAGE),
        "due check-ins of teams": lambda: key_results.due_pages_of(reader, lens, KeyResultsOf.TEAM, ["team_1"], window=PAGE),
        "due check-ins counted": lambda: key_results.due_counts_of(reader, lens, KeyResultsOf.ANSWERABLE, ["person_1"]),
        "inbox": lambda: inbox.page(reader, lens, "person_1", PAGE),
        "inbox counted": lambda: counted(inbox.count(reader, lens, "person_1")),
        "agenda": lambda: agenda.entries(reader, lens, 100),
        "initiatives by id": lambda: initiatives.by_ids(reader, lens, works),
        "initiatives of objectives": lambda: initiatives.pages_of(reader, lens, InitiativesOf.OBJECTIVE, ids, window=PAGE),
        "initiatives of an owner": lambda: initiatives.pages_of(reader, lens, InitiativesOf.OWNER, ["person_1"], window=PAGE),
        "all initiatives": lambda: initiatives.page(reader, lens, PAGE),
        "initiatives that wait": lambda: initiatives.page(
            reader, lens, PAGE, Compare("is_blocked", Operator.EQUAL, value=True)
        ),
        "blockers": lambda: dependencies.of_dependents(reader, lens, [*works, *parts]),
        "what waits": lambda: dependencies.of_blockers(reader, lens, [*works, *parts]),
        "blocked initiatives": lambda: dependencies.blocked_initiatives(reader, lens, works),
        "blocked key results": lambda: dependencies.blocked_key_results(reader, lens, parts),
        "values of custom fields": lambda: custom_fields.values_of(reader, lens, ids),
        "objectives by a custom field": lambda: objectives.page(reader, lens, PAGE, of_value),
        "objectives in its order": lambda: objectives.pages_of(
            reader, lens, ObjectivesOf.CYCLE, ["cycle_1"], window=PAGE, orders=by_field
        ),
        "check-ins by id": lambda: check_ins.by_ids(reader, lens, ones),
        "check-ins of key results": lambda: check_ins.pages_of_key_results(reader, lens, parts[:10], window=PAGE),
        "check-ins counted": lambda: check_ins.counts_of_key_results(reader, lens, parts[:10]),
        "wordings": lambda: check_ins.revisions(reader, lens, ones),
        "cycle roll-up": lambda: cycles.rollups(reader, lens, ["cycle_1", "cycle_2"]),
        "team roll-up": lambda: teams.rollups(reader, lens, [("team_1", "cycle_1"), ("team_2", "cycle_1")]),
        "retrospective": lambda: retrospective.of_cycles(reader, lens, ["cycle_1", "cycle_2"], DEFAULT_SCORE_BANDS),
        "carry-overs": lambda: retrospective.carry_overs(reader, lens, ["cycle_1"]),
        "punctuality": lambda: punctuality.of_cycles(reader, lens, ["cycle_1"], fridays),
        "calibration": lambda: calibration.of_cycles(reader, lens, ["cycle_1"]),
        "retargeting": lambda: retargeting.of_cycles(reader, lens, ["cycle_1"]),
        "progress jumps": lambda: progress_jumps.of_cycles(reader, lens, {"cycle_1": datetime(2024, 7, 1, 12, tzinfo=UTC)}),
        "heat map": lambda: heat_map.of_cycles(reader, lens, {"cycle_1": [datetime(2024, 7, 1, 6, tzinfo=UTC), NOW]}),
        "focus": lambda: focus.of_cycles(reader, lens, ["cycle_1", "cycle_2"], size=500),
        "alignment coverage": lambda: alignment_coverage.of_cycles(reader, lens, ["cycle_1", "cycle_2"]),
        "open key results of a cycle": lambda: summaries.open_key_results(reader, lens, GraphScope.CYCLE, "cycle_1", fridays),
        "open key results of a person": lambda: summaries.open_key_results(
            reader, lens, GraphScope.PERSON, "person_1", fridays
        ),
        "moving events": lambda: summaries.events_between(reader, earlier, lens, parts, ["key_result.retargeted"], size=20),
        "workload": lambda: workload.of_cycles(reader, lens, ["cycle_1", "cycle_2"], fridays),
        "curve of a cycle": lambda: curves.of_rollups(reader, lens, [Rollup(cycle_id="cycle_1")], **RECORDED, thinning=BY_DAY),
        "steps of a cycle": lambda: curves.of_rollups(reader, lens, [Rollup(cycle_id="cycle_1")], **RECORDED, thinning=BY_STEP),
        "curve of a team": lambda: curves.of_rollups(reader, lens, [Rollup(team_id="team_1", is_running=True)], **RECORDED),
        "end of a cycle's curve": lambda: curve_ends.of_rollups(reader, lens, [Rollup(cycle_id="cycle_1")], NOW, **RECORDED),
        "end of a measured curve": lambda: curve_ends.of_rollups(reader, lens, [Rollup(cycle_id="cycle_1")], NOW, **MEASURED),
        "breakdown": lambda: breakdown.of_objectives(reader, lens, ids[:10]),
        "breakdown of cycles": lambda: breakdown.of_cycles(reader, lens, ["cycle_1", "cycle_2"]),
        "breakdown of teams": lambda: breakdown.of_teams(reader, lens, [("team_1", "cycle_1"), ("team_2", "cycle_1")]),
        "breakdown of everything": lambda: breakdown.of_organization(reader, lens),
        "explanation": lambda: explanation.of_key_results(reader, lens, parts),
        "movers": lambda: recorded.movers(reader, [(5, "objective_5", False), (90_000, "key_result_7", True)]),
        "candidates": lambda: alignment.candidates(reader, lens, "objective_500", "title 1", PAGE),
        "events": lambda: recorded.events(reader, [5, 6, 7]),
        "comparison": lambda: comparison.compare(reader, earlier, lens, GraphScope.CYCLE, "cycle_1", objective_limit=5_000),
        "changes between": lambda: comparison.changes_of(reader, earlier, lens, [*ids[:10], *parts[:10]]),
        "events between": lambda: audit.count_between(reader, earlier, lens, ["cycle_1"]),
        "events since": lambda: recorded.events_since(reader, "objective_5", 98, 10),
        "moment at a time": lambda: moments.lens_at_time(reader, pinned, NOW, NOW),
        "moment at a position": lambda: moments.lens_at_position(reader, pinned, 70_000),
    }
