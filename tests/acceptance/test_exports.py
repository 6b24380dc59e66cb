"""Files for analysts, asked for by the API and fetched over HTTP."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from events.person import Role
from events.verify_export import verify_export
from projections.export_table import ExportContent
from projections.export_tables import TABLES
from service.settings import Settings
from tests.support.acting import owner
from tests.support.client import Client
from tests.support.operations import Company, Content, contract_variables, operation
from tests.support.organization import ExampleOrganization
from tests.support.spreadsheet import read_sheet

AsRole = Callable[[Role], Client]

NOT_ABOUT_OBJECTIVES = {
    ExportContent.EDITABLE_PEOPLE,
    ExportContent.CUSTOM_FIELDS,
    # No thing has a value in any.
    ExportContent.CUSTOM_FIELD_VALUES,
}
CREATE = """
mutation ($input: ExportCreateInput!) {
  exportCreate(input: $input) {
    export { id state content format position url expiresAt byteSize createdAt failure { code message } }
    events { id } affected { id } findings { code } clientMutationId
    userErrors { __typename code message path ... on LimitError { limit actual } }
  }
}
"""
STATUS = "query ($id: ID!) { export(id: $id) { id state url expiresAt byteSize position failure { code message } } }"
NODES = "query ($id: ID!) { node(id: $id) { __typename id ... on Export { state } } nodes(ids: [$id]) { id } }"
OBJECTIVES = """
query ($asOf: MomentInput) {
  objectives(asOf: $asOf, first: 100) { nodes {
    entityId title status progress rawProgress expectedProgress pace confidence state owner { name } parents { entityId }
    keyResults(includeDropped: true) {
      entityId title status progress rawProgress expectedProgress pace confidence weight droppedAt
      metric { kind unit start target current original { target } }
    }
  } }
}
"""


@pytest.fixture
def company(client: Client) -> Company:
    return Company(client)


async def ask(client: Client, **values: Any) -> Content:
    answered = await client.run(CREATE, {"input": {"content": "OBJECTIVES", "format": "CSV", **values}})
    payload: Content = answered["exportCreate"]
    assert (payload["events"], payload["affected"], payload["findings"]) == ([], [], [])
    return payload


async def refused(client: Client, **values: Any) -> list[tuple[str, list[str] | None]]:
    payload = await ask(client, **values)
    assert payload["export"] is None
    return [(error["code"], error["path"]) for error in payload["userErrors"]]


async def status(client: Client, export_id: str) -> Content | None:
    answered: Content | None = (await client.run(STATUS, {"id": export_id}))["export"]
    return answered


async def ended(client: Client, payload: Content) -> Content:
    assert payload["userErrors"] == []
    for _ in range(600):
        export = await status(client, payload["export"]["id"])
        assert export is not None
        if export["state"] != "RUNNING":
            return export
        await asyncio.sleep(0.02)
    raise TimeoutError


async def ready(client: Client, **values: Any) -> Content:
    export = await ended(client, await ask(client, **values))
    assert (export["state"], export["failure"]) == ("READY", None)
    return export


async def fetched(connect: Callable[[str | None], Client], export: Content) -> httpx.Response:
    """Fetch a file without any credentials."""
    response = await connect(None).http.get(export["url"])
    assert response.status_code == 200
    assert len(response.content) == int(export["byteSize"])
    return response


async def filled(company: Company) -> tuple[str, Content]:
    cycle_id = await company.cycle()
    metric = {"kind": "INCREASE", "unit": "PERCENT", "start": "0", "target": "10"}
    parent = await company.objective(cycle_id, title="=HYPERLINK(1)")
    made = await company.objective(
        cycle_id,
        {"title": "Replies", "metric": metric, "weight": 2},
        {"title": "Calls", "metric": metric},
        title="Answer, every „mail“",
        parentIds=[parent["id"]],
    )
    key_result_id = made["keyResults"][0]["id"]
    for value in ("3", "4.5"):
        await company.do("key_result_check_in", keyResultId=key_result_id, value=value, status="ON_TRACK", confidence=0.6)
    await company.do("key_result_drop", keyResultId=made["keyResults"][1]["id"], reason={"code": "IRRELEVANT"})
    return cycle_id, made


async def test_the_operations_of_the_contract_are_answered(
    client: Client, company: Company, connect: Callable[[str | None], Client]
):
    cycle_id, _ = await filled(company)
    values = contract_variables("export_create", {"cycle": cycle_id})["input"]
    values["asOf"] = {"date": datetime.now(UTC).date().isoformat()}

    payload = (await client.run(operation("export_create"), {"input": {**values, "clientMutationId": "mine"}}))["exportCreate"]
    assert (payload["userErrors"], payload["events"], payload["affected"], payload["findings"]) == ([], [], [], [])
    assert payload["clientMutationId"] == "mine"
    asked = payload["export"]
    assert (asked["format"], asked["state"] in ("RUNNING", "READY")) == ("XLSX", True)
    await ended(client, payload)
    export = (await client.run(operation("export_status"), {"id": asked["id"]}))["export"]

    assert (export["state"], export["position"]) == ("READY", asked["position"])
    expires_at = datetime.fromisoformat(export["expiresAt"])
    assert timedelta(minutes=59) < expires_at - datetime.now(UTC) <= timedelta(minutes=60)
    assert (await fetched(connect, export)).content.startswith(b"PK")


@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("CSV", "text/csv; charset=utf-8; header=present"),
        ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("PARQUET", "application/vnd.apache.parquet"),
        ("JSONL", "application/jsonl; charset=utf-8"),
    ],
)
async def test_a_file_is_fetched_by_its_address_alone(
    client: Client, company: Company, connect: Callable[[str | None], Client], form: str, media_type: str
):
    await filled(company)
    export = await ready(client, format=form)

    response = await fetched(connect, export)

    assert re.fullmatch(rf"/exports/[A-Za-z0-9_-]{{43}}/objectives-\d+\.{form.lower()}", export["url"])
    name = export["url"].rpartition("/")[2]
    headers = {
        name: response.headers[name] for name in response.headers if name not in ("x-request-id", "content-security-policy")
    }
    assert headers == {
        "content-type": media_type,
        "content-length": export["byteSize"],
        "content-disposition": f'attachment; filename="{name}"',
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-store",
        "accept-ranges": "none",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
    }
    head = await connect(None).http.head(export["url"])
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", export["byteSize"])
    # The address stays the same as long as it holds.
    assert await status(client, export["id"]) == export


async def test_an_address_that_leads_nowhere_is_not_found(
    client: Client, company: Company, connect: Callable[[str | None], Client], database_url: str
):
    await filled(company)
    export = await ready(client)
    _, _, token, name = export["url"].split("/")
    other = token[:-1] + ("A" if token[-1] != "A" else "B")
    nobody = connect(None).http

    for path in (
        f"/exports/{other}/{name}",
        f"/exports/{token}/other.csv",
        f"/exports/{token}",
        f"/exports/{token}/",
        f"/exports/{token[:-1]}/{name}",
        f"/exports/{token}x/{name}",
        f"/exports/{'é' * 43}/{name}",
        f"/exports/%00{token[1:]}/{name}",
        f"/exports/{token}/..%2f..%2fetc%2fpasswd",
        "/exports/",
    ):
        response = await nobody.get(path)
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND"), path
        assert (await nobody.head(path)).status_code == 404
    assert (await nobody.post(export["url"])).status_code == 405
    async with owner(database_url) as connection:
        await connection.execute("update okr_ledger.export set expires_at = clock_timestamp()")
    assert (await nobody.get(export["url"])).status_code == 404
    assert await status(client, export["id"]) is None
    assert await client.run(NODES, {"id": export["id"]}) == {"node": None, "nodes": [None]}


async def test_an_export_belongs_to_who_asked_for_it(as_role: AsRole, company: Company):
    await filled(company)
    member = as_role(Role.MEMBER)
    export = await ready(member)

    assert await member.run(NODES, {"id": export["id"]}) == {
        "node": {"__typename": "Export", "id": export["id"], "state": "READY"},
        "nodes": [{"id": export["id"]}],
    }
    for role in (Role.ADMIN, Role.AUDITOR, Role.VIEWER):
        assert await status(as_role(role), export["id"]) is None
        assert await as_role(role).run(NODES, {"id": export["id"]}) == {"node": None, "nodes": [None]}
    for unknown in ("export_01jd8m3v6re0q9x5c8d1f2g3h4", f"{export['id']}@1755216000000000", "export_", "", "\U0001f600"):
        assert await status(member, unknown) is None


async def test_a_private_objective_is_in_the_file_of_an_admin_and_not_of_a_member(
    client: Client, as_role: AsRole, company: Company, connect: Callable[[str | None], Client]
):
    cycle_id, _ = await filled(company)
    secret = await company.objective(cycle_id, title="Top secret", visibility="PRIVATE")
    part = secret["keyResults"][0]["id"]
    await company.do("key_result_check_in", keyResultId=part, value="1", status="AT_RISK", comment="Hush")

    for content in TABLES:
        files = {role: (await fetched(connect, await ready(as_role(role), content=content))).text for role in Role}
        for role, text in files.items():
            is_told = secret["id"] in text or part in text or "Top secret" in text or "Hush" in text
            is_about_it = content not in NOT_ABOUT_OBJECTIVES
            assert is_told == (is_about_it and role in (Role.ADMIN, Role.AUDITOR)), (role, content)
    assert await refused(as_role(Role.MEMBER), scope={"objectiveId": secret["id"]}) == [("NOT_FOUND", ["scope", "objectiveId"])]
    assert (await ask(client, scope={"objectiveId": secret["id"]}))["userErrors"] == []


async def test_a_file_says_what_the_api_says_of_the_same_moment(
    client: Client, company: Company, connect: Callable[[str | None], Client]
):
    await filled(company)
    position = (await client.send("{ organization { id } }")).json()["extensions"]["position"]
    await company.do("team_create", name="Later")
    moment = {"position": position}

    export = await ready(client, format="JSONL", asOf=moment)
    rows = [json.loads(line) for line in (await fetched(connect, export)).text.splitlines()]
    objectives = (await client.run(OBJECTIVES, {"asOf": moment}))["objectives"]["nodes"]

    assert export["position"] == position
    told = {(row["objective_id"], row["key_result_id"]): row for row in rows}
    assert len(told) == len(rows) == 3
    numbers = ("progress", "raw_progress", "expected_progress", "pace", "confidence")
    of_api = ("progress", "rawProgress", "expectedProgress", "pace", "confidence")
    for objective in objectives:
        for part in objective["keyResults"]:
            row = told.pop((objective["entityId"], part["entityId"]))
            for thing, prefix in ((objective, "objective"), (part, "key_result")):
                assert [row[f"{prefix}_{name}"] for name in numbers] == [thing[name] for name in of_api]
                assert (row[f"{prefix}_title"], row[f"{prefix}_status"]) == (thing["title"], thing["status"])
            metric = part["metric"]
            assert [row[f"key_result_{name}"] for name in ("start", "target", "current", "original_target")] == [
                metric["start"],
                metric["target"],
                metric["current"],
                metric["original"]["target"],
            ]
            assert row["key_result_dropped_at"] == part["droppedAt"]
            assert float(row["key_result_weight"]) == part["weight"]
            assert row["objective_owner_name"] == objective["owner"]["name"]
            assert row["objective_parent_ids"] == [parent["entityId"] for parent in objective["parents"]]
    assert told == {}


async def test_analysts_read_parquet_and_csv_with_duckdb(
    client: Client, company: Company, connect: Callable[[str | None], Client], tmp_path: Path
):
    _, made = await filled(company)
    for content in TABLES:
        for form in ("PARQUET", "CSV"):
            response = await fetched(connect, await ready(client, content=content, format=form))
            (tmp_path / f"{content}.{form}".lower()).write_bytes(response.content)

    with duckdb.connect() as connection:

        def answer(query: str) -> list[tuple[Any, ...]]:
            return connection.sql(query.replace("$", f"{tmp_path}/")).fetchall()

        for content, table in TABLES.items():
            file = f"${content.lower()}"
            names = [row[0] for row in answer(f"describe select * from '{file}.parquet'")]
            assert names == [column.name for column in table.columns]
            assert [row[0] for row in answer(f"describe select * from read_csv('{file}.csv')")] == names
            assert answer(f"select count(*) from '{file}.parquet'") == answer(f"select count(*) from read_csv('{file}.csv')")
        values = "select value, typeof(value), is_standing, status from '$check_ins.parquet' order by position"
        assert answer(values) == [
            (Decimal(3), "DECIMAL(38,12)", True, "ON_TRACK"),
            (Decimal("4.5"), "DECIMAL(38,12)", True, "ON_TRACK"),
        ]
        joined = """
            select o.key_result_title, o.key_result_progress, c.event_type, c.after_number
            from '$objectives.parquet' o
            join '$curves.parquet' s on s.thing_id = o.key_result_id and s.progress = o.key_result_progress
                and s.against = 'CURRENT_TARGET'
            join '$changes.parquet' c on c.position = s.position and c.field = 'value'
            where o.objective_id = '%s' and o.key_result_dropped_at is null
        """
        assert answer(joined % made["id"]) == [("Replies", 0.45, "KEY_RESULT_CHECKED_IN", Decimal("4.5"))]
        titles = "select distinct objective_title from {} order by 1"
        assert answer(titles.format("'$objectives.parquet'")) == [("=HYPERLINK(1)",), ("Answer, every „mail“",)]
        assert answer(titles.format("read_csv('$objectives.csv')")) == [("'=HYPERLINK(1)",), ("Answer, every „mail“",)]


async def test_a_spreadsheet_holds_numbers_and_no_formula(
    client: Client, company: Company, connect: Callable[[str | None], Client], tmp_path: Path
):
    await filled(company)
    (tmp_path / "file.xlsx").write_bytes((await fetched(connect, await ready(client, format="XLSX"))).content)

    header, *rows = read_sheet(tmp_path / "file.xlsx")

    names = {cell.content: number for number, cell in header.items()}
    assert len(rows) == 3
    assert {cell.kind for row in rows for cell in row.values()} == {"text", "n"}
    titles = {row[names["objective_title"]].content for row in rows}
    assert titles == {"=HYPERLINK(1)", "Answer, every „mail“"}
    current = sorted(row[names["key_result_current"]].content for row in rows)
    assert current == ["0", "0", "4.5"]


async def test_the_log_is_for_those_who_may_read_all_of_it(
    as_role: AsRole, company: Company, connect: Callable[[str | None], Client]
):
    await filled(company)
    for role in (Role.ADMIN, Role.AUDITOR):
        export = await ready(as_role(role), content="EVENTS", format="JSONL")
        report = verify_export(BytesIO((await fetched(connect, export)).content))
        assert (report.is_valid, report.position) == (True, int(export["position"]))
    for role in (Role.MEMBER, Role.VIEWER):
        assert await refused(as_role(role), content="EVENTS", format="JSONL") == [("FORBIDDEN", ["content"])]


async def test_what_has_no_meaning_is_refused_with_its_place(client: Client, company: Company):
    cycle_id, made = await filled(company)
    log = {"content": "EVENTS", "format": "JSONL"}
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for values, expected in (
        ({**log, "format": "CSV"}, ("INVALID", ["format"])),
        ({**log, "scope": {"cycleId": cycle_id}}, ("INVALID", ["scope"])),
        ({**log, "asOf": {"position": "1"}}, ("INVALID", ["asOf"])),
        ({**log, "span": {}}, ("INVALID", ["span"])),
        ({"content": "EDITABLE_KEY_RESULTS", "span": {"from": "2020-01-01T00:00:00Z"}}, ("INVALID", ["span"])),
        ({"content": "EDITABLE_PEOPLE", "scope": {"cycleId": cycle_id}}, ("INVALID", ["scope"])),
        ({"span": {"from": tomorrow}}, ("INVALID", ["span"])),
        ({"content": "CURVES", "span": {"from": tomorrow, "to": "2020-01-01T00:00:00Z"}}, ("INVALID", ["span"])),
        ({"asOf": {"time": tomorrow}}, ("IN_FUTURE", ["asOf"])),
        ({"asOf": {"position": "99999"}}, ("IN_FUTURE", ["asOf"])),
        ({"asOf": {"date": "2020-01-01"}}, ("INVALID", ["asOf"])),
        ({"asOf": {"position": "0"}}, ("INVALID", ["asOf"])),
        ({"scope": {"cycleId": made["id"]}}, ("NOT_FOUND", ["scope", "cycleId"])),
        ({"scope": {"teamId": "team_01jd8m3v6re0q9x5c8d1f2g3h4"}}, ("NOT_FOUND", ["scope", "teamId"])),
        ({"scope": {"personId": "nobody"}}, ("NOT_FOUND", ["scope", "personId"])),
        ({"scope": {"objectiveId": f"{made['id']}@1755216000000000"}}, ("HISTORICAL_ID", ["scope", "objectiveId"])),
        ({"scope": {"objectiveId": made["id"]}, "asOf": {"position": "5"}}, ("NOT_FOUND", ["scope", "objectiveId"])),
        ({"idempotencyKey": ""}, ("INVALID", ["idempotencyKey"])),
        ({"idempotencyKey": "k" * 256}, ("INVALID", ["idempotencyKey"])),
    ):
        assert await refused(client, **values) == [expected], values
        assert await refused(client, **values, dryRun=True) == [expected], values
    for values in ({"format": "PDF"}, {"content": "RETROSPECTIVE"}, {"scope": {}}, {"scope": {"cycleId": "a", "teamId": "b"}}):
        assert await client.codes(CREATE, {"input": {"content": "OBJECTIVES", "format": "CSV", **values}}) == [
            "VARIABLES_INVALID"
        ]


async def test_a_dry_run_makes_nothing(client: Client, company: Company, database_url: str):
    await filled(company)
    payload = await ask(client, dryRun=True, clientMutationId="tried")
    assert (payload["export"], payload["userErrors"], payload["clientMutationId"]) == (None, [], "tried")
    async with owner(database_url) as connection:
        assert await connection.fetchval("select count(*) from okr_ledger.export") == 0


async def test_the_same_key_and_input_answer_the_first_export(client: Client, company: Company):
    await filled(company)
    first = await ready(client, idempotencyKey="mine")
    await company.do("team_create", name="Later")

    response = await client.send(CREATE, {"input": {"content": "OBJECTIVES", "format": "CSV", "idempotencyKey": "mine"}})
    body = response.json()
    assert body["data"]["exportCreate"]["export"]["id"] == first["id"]
    assert body["data"]["exportCreate"]["export"]["state"] == "READY"
    assert body["extensions"]["idempotentReplay"] is True
    assert await refused(client, idempotencyKey="mine", format="XLSX") == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
    await company.do("team_create", name="Used", idempotencyKey="used")
    assert await refused(client, idempotencyKey="used") == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]

    asked = {"input": {"content": "OBJECTIVES", "format": "CSV"}}
    by_header = [(await client.run(CREATE, asked, headers={"Idempotency-Key": "header"}))["exportCreate"] for _ in range(2)]
    assert by_header[0]["export"]["id"] == by_header[1]["export"]["id"] != first["id"]
    assert (await ask(client))["export"]["id"] not in (first["id"], by_header[0]["export"]["id"])


async def test_an_erased_person_takes_the_files_along(
    client: Client, company: Company, organization: ExampleOrganization, database_url: str
):
    await filled(company)
    export = await ready(client)
    async with owner(database_url) as connection:
        gone = organization.people[Role.VIEWER]
        await connection.execute("delete from okr_ledger.person_key where person_id = $1", gone)
    assert (await client.http.get(export["url"])).status_code == 404
    assert await status(client, export["id"]) is None


class TestOwnLimits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(exports_per_person=2, export_rows=1, export_expiry_seconds=1)

    async def test_the_limits_are_those_of_the_settings(self, client: Client, company: Company):
        await filled(company)
        export = await ended(client, await ask(client))
        assert (export["state"], export["url"], export["expiresAt"], export["byteSize"]) == ("FAILED", None, None, None)
        assert export["failure"] == {
            "code": "LIMIT_EXCEEDED",
            "message": "it would have more than 1 rows: narrow the scope",
        }
        small = {"content": "CHECK_INS", "span": {"to": "2020-01-01T00:00:00Z"}}
        first, second = [await ready(client, **small) for _ in range(2)]
        (error,) = (await ask(client, **small))["userErrors"]
        assert error == {
            "__typename": "LimitError",
            "code": "LIMIT_EXCEEDED",
            "message": "files of one person: 3 given, at most 2 allowed",
            "path": None,
            "limit": 2,
            "actual": 3,
        }
        await asyncio.sleep(1.1)
        assert (await client.http.get(first["url"])).status_code == 404
        assert await status(client, second["id"]) is None
        assert (await ask(client, **small))["userErrors"] == []
