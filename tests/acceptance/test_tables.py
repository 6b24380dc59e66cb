"""Tables over the API: what is imported, what is refused with its place, and what comes back out."""

import base64
import json
from collections.abc import Callable
from datetime import date, datetime

import pytest

from events.person import Role
from tests.support.client import Client
from tests.support.operations import Company, Content, contract_variables, operation
from tests.support.organization import ExampleOrganization
from tests.support.tables import counts, csv_of, csv_rows, exported, import_table, problems, xlsx_of

AsRole = Callable[[Role], Client]
EDITABLE = ("PEOPLE", "OBJECTIVES", "KEY_RESULTS", "CHECK_INS")
READ = """{ objectives { nodes {
  title priority keyResults { dueOn metric { target isStrict } lastCheckIn { value effectiveAt } }
} } }"""
POSITION = "{ organization { history(last: 1) { nodes { position } } } }"
OBJECTIVES = (
    ("key", "title", "cycle", "team", "owner", "contributors", "ambition", "priority", "labels", "state"),
    ("S-1", "=Win, “back”", "Q3", "Sales", "member@example.org", '["Viewer Person"]', "committed", "1", '["a","b"]', "ACTIVE"),
    ("S-2", "Second\nline", "Q3", "", "Admin Person", "", "", "", "single", ""),
)
KEY_RESULTS = (
    ("key", "objective", "title", "kind", "unit", "start", "target", "stages", "weight", "due_on", "owner"),
    ("R-1", "S-1", "Replies", "INCREASE", "PERCENT", "0", "12.50", "", "2", "2026-09-30", "Member Person"),
    ("R-2", "S-1", "CRM", "MILESTONE", "", "", "", '["Bought","Used"]', "", "", ""),
)
CHECK_INS = (
    ("key_result", "effective_at", "value", "done_stages", "confidence", "status", "comment"),
    ("R-1", "2026-07-03", "3.000000000001", "", "0.7", "ON_TRACK", "'=quoted"),
    ("R-1", "2026-07-10T09:00:00+02:00", "4", "", "", "", "-"),
    ("R-2", "2026-07-10", "", "Bought", "", "AT_RISK", ""),
)


async def prepared(client: Client) -> Company:
    company = Company(client)
    await company.cycle()
    await company.do("team_create", name="Sales")
    return company


async def imported(client: Client) -> None:
    """The three tables, each of them twice: the second time says nothing new."""
    await prepared(client)
    # Writing down, with its alignment of nobody; the first is activated as well.
    assert counts(await import_table(client, "OBJECTIVES", csv_of(*OBJECTIVES))) == (2, 0, 0, 3)
    assert counts(await import_table(client, "KEY_RESULTS", csv_of(*KEY_RESULTS))) == (2, 0, 0, 2)
    assert counts(await import_table(client, "CHECK_INS", csv_of(*CHECK_INS))) == (3, 0, 0, 3)
    for noun, table in (("OBJECTIVES", OBJECTIVES), ("KEY_RESULTS", KEY_RESULTS), ("CHECK_INS", CHECK_INS)):
        assert counts(await import_table(client, noun, csv_of(*table))) == (0, 0, len(table) - 1, 0)


async def test_the_operation_of_the_contract_is_answered(client: Client):
    company = Company(client)
    await company.cycle("Running")
    values = contract_variables("table_import", {})
    payload = (await client.run(operation("table_import"), values))["tableImport"]
    assert counts(payload) == (1, 0, 0, 0)
    assert payload["affected"] == []


@pytest.mark.parametrize("form", ["CSV", "XLSX"])
async def test_what_is_exported_changes_nothing_and_an_edited_cell_changes_just_that(client: Client, form: str):
    await imported(client)
    before = await client.run(POSITION)
    files = {noun: await exported(client, client.http, f"EDITABLE_{noun}", form) for noun in EDITABLE}
    for noun, size in zip(EDITABLE, (4, 2, 2, 3), strict=True):
        assert counts(await import_table(client, noun, files[noun])) == (0, 0, size, 0), noun
    assert await client.run(POSITION) == before

    if form == "CSV":
        rows = {noun: csv_rows(files[noun]) for noun in EDITABLE}
        edit = {
            ("OBJECTIVES", "labels", '["single"]'): ("", ["OBJECTIVE_CLASSIFIED"]),
            ("KEY_RESULTS", "target", "12.50"): ("13", ["KEY_RESULT_RETARGETED"]),
            ("KEY_RESULTS", "stages", '["Bought","Used"]'): ('["Bought","Filled","Used"]', ["KEY_RESULT_METRIC_DEFINED"]),
            ("CHECK_INS", "value", "4"): ("4.5", ["CHECK_IN_CORRECTED"]),
            # The last, because the other files still call them by their old name.
            ("PEOPLE", "name", "Viewer Person"): ("Vera Viewer", ["PERSON_UPDATED"]),
        }
        for (noun, column, old), (new, types) in edit.items():
            place = rows[noun][0].index(column)
            (edited,) = [row for row in rows[noun][1:] if row[place] == old]
            edited[place] = new
            payload = await import_table(client, noun, csv_of(*rows[noun]), reason={"code": "CORRECTION"})
            assert payload["problems"] == [], (noun, column)
            assert [event["type"] for event in payload["events"]] == types, (noun, column)
            assert payload["updatedCount"] == 1


async def test_all_problems_are_told_with_their_places_and_nothing_is_written(client: Client, as_role: AsRole):
    await imported(client)
    before = await client.run(POSITION)
    table = csv_of(
        ("key", "title", "cycle", "owner", "priority", "labels", "state"),
        ("S-1", "", "Q3", "", "", "", "ACTIVE"),
        ("N-1", "New", "Q9", "nobody@example.org", "1.5", '["a"', "DRAFT"),
        ("N-2", "New", "", "", "", "", "CLOSED"),
        ("", "New", "Q3", "", "", "", ""),
        ("N-3", "Fine", "Q3", "", "", "", ""),
        ("N-3", "Again", "Q3", "", "", "", ""),
    )
    found = [
        (2, "title", "REQUIRED"),
        (3, "priority", "INVALID"),
        (3, "labels", "INVALID"),
        (3, "cycle", "NOT_FOUND"),
        (3, "owner", "NOT_FOUND"),
        (4, "cycle", "REQUIRED"),
        (5, None, "REQUIRED"),
        (7, None, "INVALID"),
    ]
    for dry_run in (True, False):
        assert problems(await import_table(client, "OBJECTIVES", table, dryRun=dry_run)) == found
    # What the domain refuses is told row by row as well.
    weights = csv_of(
        ("key", "weight", "target", "owner"), ("R-1", "-1", "9", "Member Person"), ("R-2", "0", "", ""), ("R-1x", "1", "", "")
    )
    answer = await import_table(client, "KEY_RESULTS", weights)
    assert {(row, code) for row, _, code in problems(answer)} == {(4, "REQUIRED")}
    weights = csv_of(("key", "weight", "target"), ("R-1", "-1", "9"), ("R-2", "0", ""))
    answer = await import_table(client, "KEY_RESULTS", weights, reason={"code": "CORRECTION"})
    assert problems(answer) == [(2, "weight", "NOT_POSITIVE"), (3, "weight", "NOT_POSITIVE")]
    answer = await import_table(client, "KEY_RESULTS", csv_of(("key", "target"), ("R-1", "9")))
    assert problems(answer) == [(2, None, "REASON_REQUIRED")]
    # Row by row with the rights of who asks; what is not changed needs none.
    viewer = as_role(Role.VIEWER)
    unchanged = csv_of(("key", "title"), ("S-1", OBJECTIVES[1][1]))
    assert counts(await import_table(viewer, "OBJECTIVES", unchanged)) == (0, 0, 1, 0)
    changed = csv_of(("key", "title", "cycle"), ("S-1", "Mine", "Q3"), ("N-9", "New", "Q3"))
    assert problems(await import_table(viewer, "OBJECTIVES", changed)) == [(2, None, "FORBIDDEN"), (3, None, "FORBIDDEN")]
    assert await client.run(POSITION) == before


async def test_columns_are_mapped_and_those_unknown_are_named(client: Client):
    await prepared(client)
    table = csv_of(("Goal", "CYCLE ", "Ref", "Remark"), ("Grow", "Q3", "A", "none"))
    assert problems(await import_table(client, "OBJECTIVES", table)) == [
        (1, "Goal", "NOT_FOUND"),
        (1, "Ref", "NOT_FOUND"),
        (1, "Remark", "NOT_FOUND"),
    ]
    mapping = [{"column": "goal", "field": "title"}, {"column": "Ref", "field": "key"}, {"column": "Remark"}]
    absent = [*mapping, {"column": "Team", "field": "team"}]
    assert problems(await import_table(client, "OBJECTIVES", table, mapping=absent)) == [(1, "Team", "NOT_FOUND")]
    assert counts(await import_table(client, "OBJECTIVES", table, mapping=mapping)) == (1, 0, 0, 1)
    none = csv_of(("key", "title"), ("B", "No cycle"))
    assert problems(await import_table(client, "OBJECTIVES", none)) == [(2, None, "REQUIRED")]


async def test_a_spreadsheet_is_read_by_its_types(client: Client):
    await prepared(client)
    objectives = xlsx_of(("key", "title", "cycle", "priority", "state"), (7, 2026, "Q3", 3, "ACTIVE"))
    assert counts(await import_table(client, "OBJECTIVES", objectives)) == (1, 0, 0, 2)
    key_results = xlsx_of(
        ("key", "objective", "title", "kind", "unit", "start", "target", "due_on", "is_strict"),
        ("a", 7, "Rate", "AT_LEAST", "NUMBER", 0, 0.1, date(2026, 9, 30), True),
    )
    assert counts(await import_table(client, "KEY_RESULTS", key_results)) == (1, 0, 0, 1)
    check_ins = xlsx_of(
        ("key_result", "effective_at", "value", "status"),
        ("a", datetime(2026, 7, 1, 9, 30), 0.3, "ON_TRACK"),  # noqa: DTZ001
    )
    assert counts(await import_table(client, "CHECK_INS", check_ins)) == (1, 0, 0, 1)
    (objective,) = (await client.run(READ))["objectives"]["nodes"]
    (key_result,) = objective["keyResults"]
    assert (objective["title"], objective["priority"], key_result["dueOn"]) == ("2026", 3, "2026-09-30")
    assert key_result["metric"] == {"target": "0.1", "isStrict": True}
    assert key_result["lastCheckIn"] == {"value": "0.3", "effectiveAt": "2026-07-01T09:30:00.000000Z"}
    assert problems(await import_table(client, "CHECK_INS", check_ins, sheet="Other")) == [(None, None, "NOT_FOUND")]


async def test_people_are_known_by_their_address_and_seen_by_who_may(
    client: Client, as_role: AsRole, organization: ExampleOrganization
):
    table = csv_of(("email", "name", "role"), ("new@example.org", "New Person", ""), ("MEMBER@example.org", "Mia", "VIEWER"))
    assert counts(await import_table(client, "PEOPLE", table)) == (1, 1, 0, 2)
    assert counts(await import_table(client, "PEOPLE", table)) == (0, 0, 2, 0)
    known = csv_of(("email", "role"), ("new@example.org", "MEMBER"))
    assert counts(await import_table(client, "PEOPLE", known)) == (0, 0, 1, 0)

    auditor = as_role(Role.AUDITOR)
    rows = csv_rows(await exported(auditor, auditor.http, "EDITABLE_PEOPLE"))
    assert sorted(row[1] for row in rows[1:]) == ["", "", "", "", "auditor@example.org"]
    # Who may not see an address cannot find out whose it is.
    owned = csv_of(("key", "title", "cycle", "owner"), ("P", "Probe", "Q3", "new@example.org"))
    await prepared(client)
    member = as_role(Role.VIEWER)
    assert problems(await import_table(member, "OBJECTIVES", owned)) == [(2, "owner", "NOT_FOUND")]
    assert counts(await import_table(client, "OBJECTIVES", owned)) == (1, 0, 0, 1)
    assert organization.people[Role.MEMBER] in {row[0] for row in rows}


async def test_what_somebody_else_changed_since_the_export_is_a_conflict_and_a_retracted_check_in_stays_so(client: Client):
    await imported(client)
    rows = csv_rows(await exported(client, client.http, "EDITABLE_OBJECTIVES"))
    first = rows[1]
    await Company(client).do("objective_update", objectiveId=first[0], description="in between")
    first[rows[0].index("title")] = "Renamed"
    assert problems(await import_table(client, "OBJECTIVES", csv_of(*rows)))[0][2] == "VERSION_CONFLICT"
    ids = csv_of(("id", "title"), (first[0], "Renamed"))
    assert counts(await import_table(client, "OBJECTIVES", ids)) == (0, 1, 0, 1)

    check_ins = csv_rows(await exported(client, client.http, "EDITABLE_CHECK_INS"))
    for row in check_ins[1:]:
        await Company(client).do("check_in_retract", checkInId=row[0])
    assert counts(await import_table(client, "CHECK_INS", csv_of(*CHECK_INS))) == (0, 0, 3, 0)
    assert csv_rows(await exported(client, client.http, "EDITABLE_CHECK_INS"))[1:] == []


async def test_no_file_is_an_error_of_the_server(client: Client):
    for content in (
        b"",
        b"\xff\xfe",
        b"\x00",
        b"PK\x03\x04",
        b'a,"b',
        b"\xd0\xcf\x11\xe0",
        b"key\r\n",
        "key;títle".encode("latin-1"),
    ):
        payload: Content = await import_table(client, "OBJECTIVES", content)
        if content != b"key\r\n":
            assert payload["problems"], content
    for header in ("_xD800_", "=1+1"):
        nameless = await import_table(client, "OBJECTIVES", xlsx_of((header, "title"), ("a", "b")))
        assert problems(nameless)[0] == (1, None, "INVALID")
    for half in ({"mapping": [{"column": "\ud800", "field": "\ud800"}]}, {"sheet": "\ud800"}):
        for content in (csv_of(("key",), ("a",)), xlsx_of(("key",), ("a",))):
            values = {"input": {"noun": "OBJECTIVES", "file": base64.b64encode(content).decode(), **half}}
            body = json.dumps({"query": operation("table_import"), "variables": values})
            response = await client.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
            assert response.status_code < 500, response.text
    values = {"input": {"noun": "OBJECTIVES", "file": "§"}}
    refused = (await client.run(operation("table_import"), values))["tableImport"]
    assert [(each["code"], each["path"]) for each in refused["userErrors"]] == [("INVALID", ["file"])]


async def test_of_much_advice_the_first_hundred_findings_are_told(client: Client):
    await prepared(client)
    rows = [("key", "title", "cycle"), *((f"G-{number}", f"Goal {number}", "Q3") for number in range(120))]
    payload = await import_table(client, "OBJECTIVES", csv_of(*rows))
    assert payload["createdCount"] == 120
    assert len(payload["findings"]) == 100
