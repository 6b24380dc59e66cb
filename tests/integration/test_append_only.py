"""Nobody changes the past: not the application, for want of rights; not the owner, for the triggers."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from events.redaction import REDACTED, EventNotFoundError, redact_event
from events.verify_database import verify_log
from service.folded_log import decoded
from tests.support.acting import Office, owner, running_ledger

CHANGES = [
    "update okr_ledger.event set actor_id = 'somebody'",
    "update okr_ledger.event set data = null, salt = null",
    "update okr_ledger.event set data = '{}' where position = 2",
    "delete from okr_ledger.event",
    "truncate okr_ledger.event",
    "truncate okr_ledger.organization_head cascade",
    "delete from okr_ledger.organization_head",
    "update okr_ledger.organization_head set position = position - 1",
    "update okr_ledger.organization_head set hash = sha256('x')",
    "update okr_ledger.organization_head set recorded_at = now() - interval '1 day'",
]
REFUSED_TO_THE_APPLICATION = [
    *CHANGES,
    "insert into okr_ledger.event select * from okr_ledger.event",
    "insert into okr_ledger.organization_head select * from okr_ledger.organization_head",
    "delete from okr_ledger.command",
    "insert into okr_ledger.person_key select * from okr_ledger.person_key",
    "delete from okr_ledger.person_key",
    "update okr_ledger.verification set position = 1",
    "delete from okr_ledger.administration_record",
    "select okr_ledger.remove_organization(okr_ledger.current_organization(), 'x')",
    "select okr_ledger.redact_event(okr_ledger.current_organization(), 1, 'x', null, '{}')",
    "alter table okr_ledger.event disable trigger all",
    "drop table okr_ledger.event",
    "create table okr_ledger.mine (id integer)",
    "update okr_ledger.schema_migration set checksum = 'x'",
]


@pytest_asyncio.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with running_ledger(database_url) as ledger:
        yield await Office.opened(ledger)


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    async with owner(database_url) as connection:
        yield connection


async def everything(connection: Any) -> list[Any]:
    events = await connection.fetch("select * from okr_ledger.event order by position")
    return [*events, *await connection.fetch("select * from okr_ledger.organization_head")]


@pytest.mark.parametrize("statement", CHANGES)
async def test_the_owner_is_refused(office: Office, connection: Any, statement: str):
    before = await everything(connection)
    with pytest.raises(asyncpg.RestrictViolationError, match=r"append-only|cannot"):
        await connection.execute(statement)
    assert await everything(connection) == before


@pytest.mark.parametrize("statement", REFUSED_TO_THE_APPLICATION)
async def test_the_application_has_no_right(office: Office, connection: Any, statement: str):
    before = await everything(connection)
    await connection.execute("set role okr_ledger_application")
    await connection.execute("select set_config('okr.organization', $1, false)", str(office.organization_id))
    # Announcing what only the owner's procedures may do opens no door either.
    await connection.execute(f"set okr.administration = 'remove {office.organization_id}'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
    await connection.execute("reset role; reset okr.administration")
    assert await everything(connection) == before


async def test_a_redaction_blanks_one_payload_for_good_and_is_recorded(office: Office, connection: Any):
    outcome = await office.accepted(office.check_in(3, comment="Jane Roe was ill"))
    position = outcome.head_position
    before = await everything(connection)
    assert await redact_event(connection, office.organization_id, position, "asked by Jane") is True
    after = await everything(connection)
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [old["position"] for old, _ in changed] == [position]
    old, new = changed[0]
    assert {key for key in old.keys() if old[key] != new[key]} == {"data", "salt"}  # noqa: SIM118 - a Record is no dict
    assert "Jane" not in new["data"]
    assert REDACTED in new["data"]
    report = await verify_log(connection, office.organization_id, full=True)
    assert report is not None
    assert report.is_valid
    assert report.redacted_positions == (position,)
    record = await connection.fetchrow("select * from okr_ledger.administration_record")
    assert (record["action"], record["position"], record["reason"]) == ("REDACT_EVENT", position, "asked by Jane")
    assert await redact_event(connection, office.organization_id, position, "again") is False
    assert await connection.fetchval("select count(*) from okr_ledger.administration_record") == 1


async def test_a_redacted_log_still_folds_and_takes_what_comes(office: Office, database_url: str, connection: Any):
    check_in = office.check_in(3, comment="Jane Roe was ill")
    outcome = await office.accepted(check_in)
    for position in range(1, outcome.head_position + 1):
        await redact_event(connection, office.organization_id, position, "everything")
    async with running_ledger(database_url) as restarted:
        again = await office.at(restarted).accepted(office.check_in(4))
        assert again.head_position == outcome.head_position + 1
        event, record = again.events[0]
        assert decoded(record) == event
    report = await verify_log(connection, office.organization_id)
    assert report is not None
    assert report.is_valid


async def test_an_event_that_is_not_there_is_not_redacted(office: Office, connection: Any):
    with pytest.raises(EventNotFoundError):
        await redact_event(connection, office.organization_id, 10_000, "nothing")


async def test_records_of_administration_stay(office: Office, connection: Any):
    await redact_event(connection, office.organization_id, 1, "a test")
    for statement in ("update okr_ledger.administration_record set reason = 'y'", "truncate okr_ledger.administration_record"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(statement)


async def test_removing_an_organization_leaves_nothing_of_it_and_all_of_the_others(
    office: Office, connection: Any, database_url: str
):
    async with running_ledger(database_url) as ledger:
        other = await Office.opened(ledger)
    await office.accepted(office.check_in(1), idempotency_key="k")
    removed = await connection.fetchval(
        "select okr_ledger.remove_organization($1, $2)", office.organization_id, "contract ended"
    )
    assert removed > 0
    tables = await connection.fetch(
        "select table_schema as schema, table_name as name from information_schema.columns"
        " where column_name = 'organization_id' and table_schema ~ '^(okr_ledger|projection_.*)$'"
    )
    left = {
        row["name"]
        for row in tables
        if await connection.fetchval(
            f"select count(*) from {row['schema']}.{row['name']} where organization_id = $1", office.organization_id
        )
    }
    assert left == {"administration_record"}
    report = await verify_log(connection, other.organization_id, full=True)
    assert report is not None
    assert report.is_valid
    assert report.position > 0
