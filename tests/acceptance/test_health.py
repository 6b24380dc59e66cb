"""The service says whether it lives and whether it can work, and what it is: its schema, its headers."""

import asyncio
from collections.abc import Callable

import asyncpg
from graphql import build_schema

from tests.acceptance.conftest import RunningServer
from tests.support.client import Client
from tests.support.operations import Company


async def test_a_live_and_ready_service_says_so_without_a_token(connect: Callable[[str | None], Client]):
    http = connect(None).http
    for path, status in (("/livez", "live"), ("/readyz", "ready")):
        response = await http.get(path)
        assert (response.status_code, response.json()) == (200, {"status": status})
        assert response.headers["cache-control"] == "no-store"


async def test_a_database_of_another_version_makes_the_service_unready(
    connect: Callable[[str | None], Client], database_url: str
):
    owner = await asyncpg.connect(database_url)
    try:
        await owner.execute("update okr_ledger.schema_migration set checksum = 'another' where name like '0001%'")
    finally:
        await owner.close()
    response = await connect(None).http.get("/readyz")
    assert (response.status_code, response.json()["reason"]) == (503, "the database is not migrated")
    assert (await connect(None).http.get("/livez")).status_code == 200


async def test_the_schema_is_served_as_text_to_who_may_read_it(connect: Callable[[str | None], Client], client: Client):
    assert (await connect(None).http.get("/schema.graphql")).status_code == 401
    assert (await connect("wrong").http.get("/schema.graphql")).status_code == 401
    response = await client.http.get("/schema.graphql")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    query = build_schema(response.text).query_type
    assert query is not None
    assert "objective" in query.fields


async def test_requests_are_counted_for_prometheus(connect: Callable[[str | None], Client]):
    http = connect(None).http
    for path in ("/livez", "/livez", "/made-up-1", "/made-up-2", "/graphql"):
        await http.get(path)
    response = await http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    counted = [line for line in response.text.splitlines() if line.startswith("okr_ledger_requests_total")]
    assert sorted(counted) == [
        'okr_ledger_requests_total{path="/graphql",status="401"} 1.0',
        'okr_ledger_requests_total{path="/livez",status="200"} 2.0',
        'okr_ledger_requests_total{path="other",status="404"} 2.0',
    ]
    assert 'okr_ledger_request_seconds_count{path="/livez"} 2.0' in response.text


async def test_batches_and_what_the_process_holds_are_told(client: Client):
    company = Company(client)
    await asyncio.gather(*(company.do("team_create", name=f"Team {number}") for number in range(5)))
    assert await company.refused("person_deactivate", personId="person_" + "0" * 26) == [("NOT_FOUND", ["personId"])]
    told = (await client.http.get("/metrics")).text
    figures = dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))
    assert float(figures['okr_ledger_acts_total{outcome="accepted"}']) == 5
    assert float(figures["okr_ledger_events_total"]) == 5
    assert float(figures["okr_ledger_batch_acts_sum"]) >= 5
    assert float(figures["okr_ledger_lock_hold_seconds_count"]) == float(figures["okr_ledger_batch_acts_count"]) <= 5
    assert float(figures["okr_ledger_writers"]) == 1
    assert float(figures["okr_ledger_queued_acts"]) == 0
    assert float(figures["okr_ledger_database_connections"]) >= 1
    assert "process_resident_memory_bytes" in told
    assert "organization_" not in told


async def test_an_unknown_path_is_not_found(connect: Callable[[str | None], Client]):
    response = await connect(None).http.get("/nothing")
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (404, "NOT_FOUND")


async def test_every_response_is_closed_to_frames_and_guessed_types(connect: Callable[[str | None], Client]):
    http = connect(None).http
    for path in ("/livez", "/schema.graphql", "/nothing", "/graphql"):
        headers = (await http.get(path)).headers
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


async def test_a_browser_gets_an_editor_that_loads_from_nowhere_else(connect: Callable[[str | None], Client]):
    http = connect(None).http
    page = await http.get("/graphql", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "http" not in page.headers["content-security-policy"]
    assert (await http.get("/graphiql/graphiql.min.js")).status_code == 200


async def test_a_lost_database_makes_the_service_unready_until_it_is_back(server: RunningServer, database_url: str):
    admin = await asyncpg.connect(database_url.rsplit("/", 1)[0] + "/postgres")
    name = database_url.rsplit("/", 1)[1]
    async with server.client(None) as client:
        assert (await client.http.get("/readyz")).status_code == 200
        try:
            await admin.execute(f"alter database {name} with allow_connections false")
            await admin.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1", name)
            response = await client.http.get("/readyz")
            assert (response.status_code, response.json()["reason"]) == (503, "the database does not answer")
            assert (await client.http.get("/livez")).status_code == 200
        finally:
            await admin.execute(f"alter database {name} with allow_connections true")
            await admin.close()
        assert (await client.http.get("/readyz")).status_code == 200
