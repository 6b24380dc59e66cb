"""A company's history in a database: imported, with tokens of people in it and what there is to ask for."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from bench.company import ELAPSED, Company
from bench.operations import Things, middle_cursors
from bench.server import Server
from service.assembly import database_of, ledger_of
from service.database import owner_connection
from service.history_import import Imported, import_history
from service.progress_bar import progress_bar
from service.running_database import prepare_database
from service.settings import Settings
from service.statistics import growing_statistics
from service.tokens import create_token

# Answers the ADMIN, and the MEMBER who answers for most objectives now.
_PEOPLE = """
select p.role, p.id from projection_1.person p
where p.organization_id = $1 and p.to_position = 9223372036854775807
order by (
    select count(*) from projection_1.objective o
    where o.organization_id = $1 and o.to_position = 9223372036854775807 and o.owner_id = p.id
)
"""

_KNOWN = """{
    organization { id }
    cycles { nodes { id name startsOn objectives(first: 1, orderBy: [{ field: PRIORITY }]) { nodes { id team { id } } } } }
}"""
_CYCLE_THEN = "query ($id: ID!, $asOf: MomentInput!) { cycle(id: $id, asOf: $asOf) { id } }"


async def import_company(database_url: str, events: int) -> UUID:
    """Import a company's history and answer its organization."""
    company = Company(events, datetime.now(UTC))
    settings = Settings()
    await prepare_database(database_url)
    with progress_bar(f"Importing {events} events") as advance:
        async with database_of(settings, database_url) as database, growing_statistics(database_url) as follow:
            ledger = ledger_of(settings, database)

            def on_progress(imported: Imported) -> None:
                advance(imported.events, events)
                follow(imported.events)

            imported = await import_history(company.lines(), database, ledger, on_progress)
            await ledger.drain()
    assert imported.events == events
    return imported.organization_id


async def tokens_of(database_url: str, organization_id: UUID) -> dict[str, str]:
    """Answer tokens of the ADMIN, and of the MEMBER who answers for most objectives now, by their roles."""
    async with owner_connection(database_url) as connection:
        await connection.execute("select set_config('okr.organization', $1, false)", str(organization_id))
        people = {row["role"]: row["id"] for row in await connection.fetch(_PEOPLE, organization_id)}
        return {
            role: (await create_token(connection, organization_id, person_id, "bench")).secret
            for role, person_id in people.items()
        }


async def things_of(server: Server, token: str, head_position: int) -> Things:
    """Find out what there is to ask for."""
    known = await server.run(_KNOWN, {}, token)
    cycles = {each["name"]: each for each in known["cycles"]["nodes"]}
    running_id, (objective,) = cycles["running"]["id"], cycles["running"]["objectives"]["nodes"]
    began_at = datetime.combine(date.fromisoformat(cycles["running"]["startsOn"]), time(hour=18), UTC)
    moments = {
        name: (began_at + timedelta(days=days)).isoformat()
        for name, days in (("kick-off", 1), ("mid-quarter", ELAPSED.days // 2), ("last week", ELAPSED.days - 7))
    }
    past_cycle_ids: dict[str, str] = {}
    for name, instant in moments.items():
        past = await server.run(_CYCLE_THEN, {"id": running_id, "asOf": {"time": instant}}, token)
        past_cycle_ids[name] = past["cycle"]["id"]
    log, of_cycle = [await server.run(*each, token) for each in middle_cursors(running_id, head_position)]
    return Things(
        running_id=running_id,
        closed_id=cycles["closed"]["id"],
        objective_id=objective["id"],
        team_id=objective["team"]["id"],
        organization_id=known["organization"]["id"],
        head_position=head_position,
        moments=moments,
        past_cycle_ids=past_cycle_ids,
        middle_of_log=log["auditLog"]["pageInfo"]["endCursor"],
        middle_of_cycle=of_cycle["cycle"]["history"]["pageInfo"]["endCursor"],
    )
