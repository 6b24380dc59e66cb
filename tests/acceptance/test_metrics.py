"""The figures for Prometheus: what they count, that nobody can make up series, and that the page names every one."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from events.verify_database import verify_log
from service.app import create_app
from service.settings import Settings
from tests.support.acting import owner
from tests.support.client import Client
from tests.support.organization import ExampleOrganization

_PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
_CREATE = "mutation ($i: TeamCreateInput!) { teamCreate(input: $i) { userErrors { code } } }"
_NOBODY = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def settings() -> Settings:
    return Settings(introspection="AUTHENTICATED", figures_seconds=0.1)


async def test_operations_and_errors_are_counted_by_kind_and_code(client: Client, connect: Callable[[str | None], Client]):
    await client.run("{ organization { name } }")
    await client.run(_CREATE, {"i": {"name": "Sales"}})
    assert await client.codes("{ nothing alsoNothing }") == ["VALIDATION_FAILED"] * 2
    assert await connect("wrong").codes("{ organization { name } }") == ["UNAUTHENTICATED"]
    series = await _scrape(client.http)
    assert series['okr_ledger_operation_seconds_count{"kind": "query"}'] == 1
    assert series['okr_ledger_operation_seconds_count{"kind": "mutation"}'] == 1
    errors = {name: value for name, value in series.items() if name.startswith("okr_ledger_graphql_errors_total")}
    assert errors == {
        'okr_ledger_graphql_errors_total{"code": "VALIDATION_FAILED"}': 1,
        'okr_ledger_graphql_errors_total{"code": "UNAUTHENTICATED"}': 1,
    }


async def test_callers_make_up_no_series(client: Client):
    await _scrape(client.http)
    before = set(await _scrape(client.http))
    for number in range(20):
        await client.http.get(f"/made-up-{number}")
        await client.send(f"query Made{number} {{ madeUp{number} }}", headers={"X-Request-Id": f"made-{number}"})
    new = set(await _scrape(client.http)) - before
    assert not [name for name in new if "made" in name.lower()]
    assert {name for name in new if name.startswith("okr_ledger_requests_total")} == {
        'okr_ledger_requests_total{"path": "other", "status": "404"}',
        'okr_ledger_requests_total{"path": "/graphql", "status": "400"}',
    }


async def test_a_scrape_needs_no_database():
    # Not started: there is no pool, and nobody listens where it would connect to.
    application = create_app(Settings(), _NOBODY)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://okr") as http:
        series = await _scrape(http)
    assert series["okr_ledger_database_connections"] == 0
    assert any(name.startswith("okr_ledger_build_info") for name in series)
    assert series["process_resident_memory_bytes"] > 0


async def test_the_page_names_every_figure(app: Starlette):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://okr") as http:
        text = (await http.get("/metrics")).text
    declared = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE okr_ledger_")}
    rows = [line.split("|")[1] for line in _PAGE.read_text().splitlines() if line.startswith("| `okr_ledger_")]
    assert {name for row in rows for name in re.findall(r"`(okr_ledger_\w+)", row)} == {
        name for name in declared if not name.endswith("_created")
    }


async def test_commands_exports_and_the_state_of_logs_are_told(client: Client, organization: ExampleOrganization):
    made = int((await client.run("{ auditLog { totalCount } }"))["auditLog"]["totalCount"])
    await client.run(_CREATE, {"i": {"name": "Sales"}})
    await client.run(_CREATE, {"i": {"name": "Dry", "dryRun": True}})
    export = "mutation ($i: ExportCreateInput!) { exportCreate(input: $i) { export { id } userErrors { code } } }"
    await client.run(export, {"i": {"content": "OBJECTIVES", "format": "CSV"}})
    series: dict[str, float] = {}
    for _ in range(100):
        series = await _scrape(client.http)
        is_measured = series["okr_ledger_event_loop_lag_seconds_count"] > 0 and series["okr_ledger_logged_events"] > made
        if series.get('okr_ledger_exports_total{"outcome": "READY"}') == 1 and is_measured:
            break
        await asyncio.sleep(0.05)
    assert series['okr_ledger_commands_total{"type": "CreateTeam"}'] == 1
    assert series['okr_ledger_exports_total{"outcome": "READY"}'] == 1
    assert series["okr_ledger_export_bytes_total"] > 0
    assert (series["okr_ledger_organizations"], series["okr_ledger_logs_with_problems"]) == (1, 0)
    assert series["okr_ledger_unverified_events"] == series["okr_ledger_logged_events"] > made
    assert series["okr_ledger_unverified_seconds"] > 0
    assert series["okr_ledger_event_loop_lag_seconds_count"] > 0


async def test_a_verification_is_seen(client: Client, organization: ExampleOrganization, database_url: str):
    async with owner(database_url) as connection:
        await verify_log(connection, organization.organization_id)
        await connection.execute("update okr_ledger.verification set problem_position = 1")
    for _ in range(100):
        series = await _scrape(client.http)
        if series["okr_ledger_unverified_events"] == 0 and series["okr_ledger_logs_with_problems"] == 1:
            break
        await asyncio.sleep(0.05)
    assert (series["okr_ledger_unverified_events"], series["okr_ledger_unverified_seconds"]) == (0, 0)
    assert series["okr_ledger_logs_with_problems"] == 1


@pytest.mark.parametrize(
    ("secret", "address", "authorization", "status"),
    [
        (None, "127.0.0.1", None, 200),
        (None, "::1", None, 200),
        (None, "192.0.2.1", None, 404),
        (None, "testclient", None, 404),
        ("s" * 16, "192.0.2.1", "Bearer " + "s" * 16, 200),
        ("s" * 16, "127.0.0.1", None, 404),
        ("s" * 16, "127.0.0.1", "Bearer " + "t" * 16, 404),
    ],
)
async def test_figures_are_told_to_the_own_machine_or_for_a_token(
    secret: str | None, address: str, authorization: str | None, status: int
):
    application = create_app(Settings.model_validate({"metrics_token": secret}), _NOBODY)
    transport = httpx.ASGITransport(application, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://okr") as http:
        response = await http.get("/metrics", headers={} if authorization is None else {"Authorization": authorization})
    assert response.status_code == status
    assert ("okr_ledger_acts" in response.text) is (status == 200)


async def _scrape(http: httpx.AsyncClient) -> dict[str, float]:
    response = await http.get("/metrics")
    assert response.status_code == 200
    samples = [sample for family in text_string_to_metric_families(response.text) for sample in family.samples]
    return {
        each.name + (str(each.labels).replace("'", '"') if each.labels else ""): each.value
        for each in samples
        if not each.name.endswith("_created")
    }
