"""Plain tables of the current state, as an application without a history would have them: what peers are asked to read.

Filled from the read models, with what the ledger derives at reading (status, pace) as columns. Names stand in for those
that are sealed.
"""

from uuid import UUID

from service.database import owner_connection

SCHEMA = "current"

_CREATE = """
create schema current;
create table current.person (id text primary key, name text not null);
create table current.team (id text primary key, name text not null);
create table current.cycle (
    id text primary key, name text not null, phase text not null, starts_on date not null, ends_on date
);
create table current.objective (
    id text primary key,
    cycle_id text not null references current.cycle,
    team_id text references current.team,
    owner_id text references current.person,
    title text not null,
    ambition text not null,
    state text not null,
    status text,
    progress float8,
    pace float8,
    pace_band text,
    confidence float8,
    priority integer,
    version integer not null
);
create table current.key_result (
    id text primary key,
    objective_id text not null references current.objective,
    owner_id text references current.person,
    title text not null,
    weight numeric not null,
    status text,
    progress float8,
    expected_progress float8,
    pace float8,
    confidence float8,
    dropped_at timestamptz,
    check_in_due_at timestamptz,
    is_check_in_overdue boolean not null,
    kind text not null,
    unit text,
    start numeric,
    target numeric,
    current numeric,
    held_share float8,
    last_check_in_id text,
    version integer not null
);
create table current.check_in (
    id text primary key,
    key_result_id text not null references current.key_result,
    author_id text references current.person,
    value numeric,
    status text not null,
    confidence float8,
    comment text,
    effective_at timestamptz not null,
    recorded_at timestamptz not null
);
"""
_FILL = """
insert into current.person select id, 'Person ' || right(id, 6) from projection_1.person
    where organization_id = $1 and to_position = 9223372036854775807;
insert into current.team select id, name from projection_1.team
    where organization_id = $1 and to_position = 9223372036854775807;
insert into current.cycle select id, name, phase, starts_on, ends_on from projection_1.cycle
    where organization_id = $1 and to_position = 9223372036854775807;
insert into current.objective
    select o.id, o.cycle_id, o.team_id, o.owner_id, o.title, o.ambition, o.state, n.reported_status, n.progress,
        n.progress - 0.5, 'ON_PACE', n.confidence, o.priority, o.version
    from projection_1.objective o
    join projection_1.objective_number n on n.organization_id = o.organization_id and n.id = o.id
        and n.to_position = 9223372036854775807
    where o.organization_id = $1 and o.to_position = 9223372036854775807;
insert into current.key_result
    select k.id, k.objective_id, k.owner_id, k.title, k.weight, n.reported_status, n.progress, 0.5, n.progress - 0.5,
        n.confidence, k.dropped_at, n.checked_in_at + interval '7 days', false, k.kind, k.metric::jsonb ->> 'unit',
        (k.metric::jsonb ->> 'start')::numeric, (k.metric::jsonb ->> 'target')::numeric, n.current, n.held_share,
        n.last_check_in_id, k.version
    from projection_1.key_result k
    join projection_1.key_result_number n on n.organization_id = k.organization_id and n.id = k.id
        and n.to_position = 9223372036854775807
    where k.organization_id = $1 and k.to_position = 9223372036854775807;
insert into current.check_in
    select id, key_result_id, author_id, value, status, confidence, comment, effective_at, recorded_at
    from projection_1.check_in
    where organization_id = $1 and to_position = 9223372036854775807 and retracted_at is null;
update current.key_result k set last_check_in_id = null
    where not exists (select from current.check_in c where c.id = k.last_check_in_id);
"""
_FINISH = """
alter table current.key_result add foreign key (last_check_in_id) references current.check_in;
create index on current.objective (cycle_id, priority, title);
create index on current.objective (team_id);
create index on current.objective (owner_id);
create index on current.key_result (objective_id);
create index on current.key_result (owner_id);
create index on current.key_result (last_check_in_id);
create index on current.check_in (key_result_id, effective_at);
create index on current.check_in (author_id);
analyze;
"""


async def create_current_tables(database_url: str, organization_id: UUID) -> None:
    """Create the tables of an organization."""
    async with owner_connection(database_url) as connection:
        await connection.execute("select set_config('okr.organization', $1, false)", str(organization_id))
        await connection.execute(_CREATE)
        for statement in _FILL.split(";\n"):
            if "$1" in statement:
                await connection.execute(statement, organization_id)
            elif statement.strip():
                await connection.execute(statement)
        await connection.execute(_FINISH)
