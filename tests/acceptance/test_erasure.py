"""What is forgotten is in no table, no answer, no line of the log and no file; and the proof holds all the same."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from events.person import Role
from events.redaction import find_text, redact_event
from events.verify_database import verify_log
from projections.rebuild import rebuild
from service import identities
from service.database import Database
from service.openid import Subject
from service.tokens import create_token
from tests.support.acting import owner
from tests.support.client import Client
from tests.support.command_line import CommandLine
from tests.support.exporting import exported, verified
from tests.support.operations import KEY_RESULT, Company, Content, contract_variables, core_operations, operation
from tests.support.organization import ExampleOrganization, make_organization
from tests.support.traces import traces

Connect = Callable[[str | None], Client]
NAME = "Wilhelmine Markwort"
ADDRESS = "wilhelmine@markwort.example"
TEXT = 'Kältetechnik "Markwort" \\ 冷却'
BECAUSE = {"reason": {"code": "CORRECTION", "text": TEXT}}

_EXPORT = "mutation ($input: ExportCreateInput!) { exportCreate(input: $input) { export { id } userErrors { code } } }"
_STATE = "query ($id: ID!) { export(id: $id) { state } }"
_WHO = """query ($id: ID!, $asOf: MomentInput) {
  person(id: $id, asOf: $asOf) { id name email erasedAt history { nodes { type changes { field } } } }
}"""


async def proven(database_url: str, organization: ExampleOrganization) -> None:
    """The chain verifies from the first event, and read models made anew are those in use."""
    async with owner(database_url) as connection:
        report = await verify_log(connection, organization.organization_id, full=True)
        assert report is not None
        assert report.is_valid, report
        lines = await exported(connection, organization.organization_id)
        assert verified(lines).is_valid
        rebuilt = await rebuild(connection, lambda _: None)
        assert [(each.differences, each.is_switched) for each in rebuilt.organizations] == [((), True)]


async def file_of(client: Client, cycle_id: str) -> str:
    """Ask for a file with names in it and wait until it lies in the database."""
    scope = {"cycleId": cycle_id}
    asked = await client.run(_EXPORT, {"input": {"content": "OBJECTIVES", "format": "CSV", "scope": scope}})
    export_id: str = asked["exportCreate"]["export"]["id"]
    for _ in range(500):
        if (await client.run(_STATE, {"id": export_id}))["export"]["state"] == "READY":
            return export_id
        await asyncio.sleep(0.02)
    raise AssertionError("the file was not made")


async def calendar_of(client: Client) -> str:
    """Make a link to a calendar whose name holds that of the person."""
    made = await client.run(operation("calendar_link_create"), {"input": {"name": f"Phone of {NAME}"}})
    url: str = made["calendarLinkCreate"]["url"]
    assert (await client.http.get(url)).status_code == 200
    return url


async def everything(client: Client, ids: dict[str, str], as_of: Content | None) -> str:
    """What every query of everyday work answers, in one text."""
    answers: list[str] = []
    for name in core_operations():
        text = operation(name)
        if text.lstrip().startswith("query"):
            variables = contract_variables(name, Placeholders(ids))
            if "$asOf" in text:
                variables["asOf"] = as_of
            answers.append((await client.send(text, variables)).text)
    return "".join(answers)


class Placeholders(dict[str, str]):
    """Whatever a query names that is not there is some objective."""

    def __missing__(self, name: str) -> str:
        return self["objective"]


async def test_of_an_erased_person_no_name_is_left(
    client: Client,
    connect: Connect,
    organization: ExampleOrganization,
    database_url: str,
    capfd: pytest.CaptureFixture[str],
):
    company = Company(client)
    invited = await company.do("person_invite", name="Wilhelmine Lehmann", email=ADDRESS, role="MEMBER")
    person_id = invited["person"]["id"]
    await company.do("person_update", personId=person_id, name=NAME)
    async with Database(database_url) as database, database.connection(organization.organization_id) as connection:
        token = await create_token(connection, organization.organization_id, person_id, f"Laptop of {NAME}")
    team = (await company.do("team_create", name="Sales", leadId=person_id))["team"]["id"]
    cycle_id = await company.cycle()
    ids = {"cycle": cycle_id, "team": team, "person": person_id, "nextCycle": cycle_id}
    made = await company.objective(cycle_id, ownerId=person_id, teamId=team, contributorIds=[person_id])
    ids |= {"objective": made["id"], "parent": made["id"], "keyResult": made["keyResults"][0]["id"]}
    mine = Company(connect(token.secret))
    checked_in = await mine.do("key_result_check_in", keyResultId=ids["keyResult"], value="5", status="ON_TRACK")
    ids["checkIn"] = checked_in["checkIn"]["id"]
    url = await calendar_of(mine.client)
    export_id = await file_of(client, cycle_id)
    position = (await client.send("{ viewer { id } }")).json()["extensions"]["position"]
    past = {"position": position}

    # All of them can be found before.
    async with owner(database_url) as connection:
        assert await traces(connection, NAME) == {"okr_ledger.token", "okr_ledger.calendar_link", "okr_ledger.export_chunk"}
    assert NAME in await everything(client, ids, None)
    assert NAME in await everything(client, ids, past)

    trial = await company.do("person_erase", personId=person_id, dryRun=True)
    assert [event["type"] for event in trial["events"]] == []
    assert NAME in await everything(client, ids, None)
    erased = await company.do("person_erase", personId=person_id, idempotencyKey="forget")
    assert (erased["person"]["name"], erased["person"]["email"]) == ("Erased person", None)
    assert erased["person"]["erasedAt"] is not None
    assert [event["type"] for event in erased["events"]] == ["PERSON_ERASED"]
    again = await company.do("person_erase", personId=person_id, idempotencyKey="forget")
    assert again["events"] == erased["events"]
    assert (await company.do("person_erase", personId=person_id))["events"] == []

    async with owner(database_url) as connection:
        for text in (NAME, ADDRESS, "Lehmann", token.secret):
            assert await traces(connection, text) == set()
    for as_of in (None, past):
        answer = await everything(client, ids, as_of)
        assert "Markwort" not in answer
        assert "markwort" not in answer
        assert "Erased person" in answer
    then = (await client.run(_WHO, {"id": person_id, "asOf": past}))["person"]
    assert (then["name"], then["email"], then["erasedAt"]) == ("Erased person", None, None)
    now = (await client.run(_WHO, {"id": person_id}))["person"]
    assert now["history"]["nodes"][0]["type"] == "PERSON_ERASED"
    assert [each["field"] for each in now["history"]["nodes"][0]["changes"]] == ["name", "erasedAt"]
    assert (await client.run(_STATE, {"id": export_id}))["export"] is None
    assert (await mine.client.send("{ viewer { id } }")).status_code + (await client.http.get(url)).status_code == 401 + 404
    found = await client.run('{ people(filter: { name: { containsIgnoreCase: "markwort" } }) { totalCount } }')
    assert found["people"]["totalCount"] == 0
    logged = capfd.readouterr()
    assert "arkwort" not in logged.err + logged.out
    await proven(database_url, organization)


async def test_nothing_new_is_given_to_an_erased_person(client: Client, organization: ExampleOrganization):
    company = Company(client)
    person_id = organization.people[Role.MEMBER]
    cycle_id = await company.cycle()
    team = (await company.do("team_create", name="Sales"))["team"]["id"]
    await company.do("person_erase", personId=person_id)
    assert await company.refused("person_update", personId=person_id, name="Back") == [("WRONG_STATE", ["personId"])]
    assert await company.refused("person_reactivate", personId=person_id) == [("WRONG_STATE", ["personId"])]
    assert await company.refused("team_member_add", teamId=team, personId=person_id) == [("NOT_FOUND", ["personId"])]
    assert await company.refused("objective_create", cycleId=cycle_id, title="x", ownerId=person_id) == [
        ("NOT_FOUND", ["ownerId"])
    ]
    admin = organization.people[Role.ADMIN]
    assert await company.refused("person_erase", personId=admin) == [("WRONG_STATE", ["personId"])]
    member = Company(client)
    conflict = await member.attempt("person_erase", personId=organization.people[Role.VIEWER], expectedVersion=7)
    assert [error["code"] for error in conflict["userErrors"]] == ["VERSION_CONFLICT"]


async def test_who_is_no_admin_erases_nobody(as_role: Callable[[Role], Client], organization: ExampleOrganization):
    for role in (Role.MEMBER, Role.VIEWER, Role.AUDITOR):
        refused = await Company(as_role(role)).refused("person_erase", personId=organization.people[Role.MEMBER])
        assert refused == [("FORBIDDEN", None)]


async def worked_on_and_talked_about(company: Company, objective_id: str) -> None:
    """An initiative that waits for another, a KPI, a template, a comment with a mention and a reaction, and thanks."""
    people = await company.client.run("{ viewer { person { id } } people(first: 10) { nodes { id } } }")
    person_id = next(each["id"] for each in people["people"]["nodes"] if each != people["viewer"]["person"])
    plan = {"supportedIds": [objective_id], "description": TEXT}
    first, second = [(await company.do("initiative_create", title=TEXT, **plan))["initiative"]["id"] for _ in range(2)]
    await company.do("initiative_dependency_add", initiativeId=second, blockerId=first, note=TEXT)
    bands = {"criticalBelow": "2", "warningBelow": "6"}
    measure = {"direction": "HIGHER_IS_BETTER", "unit": "PERCENT", "frequency": "DAILY", "bands": bands}
    kpi_id = (await company.do("kpi_create", title=TEXT, **measure))["kpi"]["id"]
    await company.do("kpi_reading_record", kpiId=kpi_id, value="5", comment=TEXT)
    await company.do("kpi_link", kpiId=kpi_id, linkedId=objective_id)
    asked = {"name": "wording", "kind": "TEXT", "example": TEXT}
    part = {"title": f"{TEXT} {{wording}}", "metric": {"kind": "BINARY"}}
    await company.do("template_create", title=TEXT, function="OTHER", keyResults=[part], placeholders=[asked])
    await company.do("template_create_from_objective", objectiveId=objective_id, function="OTHER")
    defined = {"appliesTo": "OBJECTIVE", "kind": "CHOICE", "name": TEXT, "description": TEXT, "choices": [{"name": TEXT}]}
    choice = (await company.do("custom_field_create", **defined))["customField"]
    text = (await company.do("custom_field_create", appliesTo="OBJECTIVE", kind="TEXT", name="Note"))["customField"]
    link = (await company.do("custom_field_create", appliesTo="KPI", kind="URL", name="Board"))["customField"]
    values = [
        {"customFieldId": choice["id"], "choiceId": choice["choices"][0]["id"]},
        {"customFieldId": text["id"], "text": TEXT},
    ]
    await company.do("objective_update", objectiveId=objective_id, customFields=values)
    await company.do(
        "kpi_update",
        kpiId=kpi_id,
        labels=[TEXT],
        customFields=[{"customFieldId": link["id"], "url": "https://example.com/board"}],
    )
    said = await company.do("comment_create", subjectId=objective_id, text=TEXT, mentionIds=[person_id])
    await company.do("reaction_add", commentId=said["comment"]["id"], kind="HEART")
    await company.do("recognition_create", personIds=[person_id], text=TEXT, subjectId=objective_id)


async def marked(company: Company) -> Content:
    """An objective with the text wherever somebody can write one."""
    cycle_id = await company.cycle()
    made = await company.objective(
        cycle_id,
        {**KEY_RESULT, "title": TEXT},
        {
            "title": "Stages",
            "metric": {"kind": "MILESTONE", "stages": [{"title": TEXT, "weight": 1}, {"title": "Rest", "weight": 1}]},
        },
        title=TEXT,
        description=f"About {TEXT}",
        labels=[TEXT],
    )
    first = made["keyResults"][0]["id"]
    words = {"comment": TEXT, "blockers": TEXT, "nextSteps": TEXT}
    checked_in = await company.do("key_result_check_in", keyResultId=first, value="5", status="ON_TRACK", **words)
    await company.do("check_in_correct", checkInId=checked_in["checkIn"]["id"], value="6", **BECAUSE)
    await company.do("key_result_retarget", keyResultId=first, target="12", **BECAUSE)
    await company.do(
        "objective_close",
        objectiveId=made["id"],
        decision="MODIFY",
        score=0.3,
        explanation=TEXT,
        rootCause=TEXT,
        learned=TEXT,
    )
    await company.do("objective_reopen", objectiveId=made["id"], reason={"code": "CORRECTION"})
    await worked_on_and_talked_about(company, made["id"])
    return {**made, "cycleId": cycle_id}


async def test_a_redacted_text_is_nowhere_and_is_never_written_again(
    client: Client, organization: ExampleOrganization, database_url: str
):
    company, program = Company(client), CommandLine(database_url=database_url)
    made = await marked(company)
    await file_of(client, made["cycleId"])
    stored = TEXT.replace("\\", "\\\\").replace('"', '\\"')  # as JSON has it
    async with owner(database_url) as connection:
        before = await traces(connection, "ltetechnik")
    assert {"okr_ledger.event", "okr_ledger.export_chunk", "projection_1.objective", "projection_1.event_subject"} <= before

    listed = program.run("redact", "--find", TEXT).stdout.splitlines()
    positions = [line.split("\t")[0] for line in listed]
    assert {line.split("\t")[1] for line in listed} >= {"objective.created", "key_result.added", "key_result.checked_in"}
    # What is meanwhile written by a server that has folded the old text must not bring it back.
    redacted = await asyncio.to_thread(program.run, "redact", *positions, "--because", "a court said so")
    assert redacted.stdout.count("is redacted") == len(positions)
    await company.do("objective_update", objectiveId=made["id"], priority=3)
    await company.do("key_result_check_in", keyResultId=made["keyResults"][0]["id"], value="7", status="ON_TRACK")

    async with owner(database_url) as connection:
        for text in ("ltetechnik", "冷却", stored):
            assert await traces(connection, text) == set()
        records = await connection.fetch("select action, reason from okr_ledger.administration_record")
    assert {tuple(record) for record in records} == {("REDACT_EVENT", "a court said so")}
    shown = await client.run("query ($id: ID!) { objective(id: $id) { title progress priority } }", {"id": made["id"]})
    assert (shown["objective"]["title"], shown["objective"]["priority"]) == ("[redacted]", 3)
    await proven(database_url, organization)
    assert program.run("verify", "--full").returncode == 0
    # Once more is no failure: it finishes what was stopped.
    assert "is redacted" not in program.run("redact", positions[0], "--because", "again").stdout


async def test_what_was_redacted_is_not_copied_before_the_read_models_are_made_anew(
    client: Client, organization: ExampleOrganization, database_url: str
):
    company = Company(client)
    cycle_id = await company.cycle()
    made = await company.objective(cycle_id, title=TEXT)
    following = (await company.do("cycle_create", name="Next", startsOn="2100-01-01"))["cycle"]["id"]
    async with owner(database_url) as connection:
        for found in await find_text(connection, organization.organization_id, TEXT):
            assert await redact_event(connection, organization.organization_id, found.position, "asked for")
    carried = await company.do("objective_carry_over", objectiveId=made["id"], cycleId=following)
    assert carried["objective"]["title"] == "[redacted]"
    async with owner(database_url) as connection:
        assert await find_text(connection, organization.organization_id, TEXT) == []


def test_what_cannot_be_redacted_is_said(database_url: str):
    program = CommandLine(database_url=database_url)
    program.organization()
    assert "no event at position 999" in program.run("redact", "999", "--because", "x", expected=1).stderr
    assert "name the positions" in program.run("redact", "--because", "x", expected=1).stderr
    assert "characters" in program.run("redact", "1", expected=2).stderr
    assert program.run("redact", "--find", "nowhere").stdout == ""


async def test_of_a_removed_organization_only_the_record_is_left(
    client: Client, connect: Connect, organization: ExampleOrganization, database_url: str
):
    other = await make_organization(database_url, "Neighbour")
    await marked(Company(connect(other.tokens[Role.ADMIN])))
    made = await marked(Company(client))
    await file_of(client, made["cycleId"])
    async with Database(database_url) as database:
        for each in (organization, other):
            async with database.connection(each.organization_id) as connection:
                who = Subject(issuer="https://id.example", subject="ada")
                await identities.link(connection, each.organization_id, each.people[Role.ADMIN], who)
                await identities.invite(connection, each.organization_id, each.people[Role.VIEWER], "ada", timedelta(days=1))
    for asking in (client, connect(other.tokens[Role.ADMIN])):
        await asking.run(operation("calendar_link_create"), {"input": {"name": "Phone"}})
    program = CommandLine(database_url=database_url)
    assert program.run("verify").returncode == 0
    async with owner(database_url) as connection:
        tables = await with_organization(connection)
        holding = {each for each in tables if await rows_of(connection, each, organization)}
        # The access log of the other goes on meanwhile.
        theirs = tables - {"okr_ledger.access_record"}
        kept = {each: await rows_of(connection, each, other) for each in theirs}
    assert tables - holding <= {
        "okr_ledger.administration_record",
        "okr_ledger.command",
        *(t for t in tables if "alignment" in t),
    } | {t for t in tables if t.endswith((".program", ".reached", ".team", ".team_member"))}

    removed = program.run("organization", "remove", organization.identifier, "--because", "the contract ended", "--yes")
    assert organization.identifier in removed.stdout
    async with owner(database_url) as connection:
        left = {each for each in tables if await rows_of(connection, each, organization)}
        assert left == {"okr_ledger.administration_record"}
        assert {each: await rows_of(connection, each, other) for each in theirs} == kept
        assert await traces(connection, organization.people[Role.ADMIN]) == set()
        verified = await verify_log(connection, other.organization_id, full=True)
    assert verified is not None
    assert verified.is_valid
    assert (await client.send("{ viewer { id } }")).status_code == 401
    assert (await connect(other.tokens[Role.ADMIN]).run("{ viewer { id } }"))["viewer"]["id"]
    again = program.run("organization", "remove", organization.identifier, "--because", "x", "--yes", expected=1)
    assert "there is no organization_" in again.stderr


async def with_organization(connection: Any) -> set[str]:
    """Every table that has a column for the organization, by the catalog."""
    rows = await connection.fetch(
        "select table_schema || '.' || table_name as name from information_schema.columns"
        " where column_name = 'organization_id' and table_schema not like 'pg_%'"
    )
    return {row["name"] for row in rows}


async def rows_of(connection: Any, table: str, organization: ExampleOrganization) -> int:
    count: int = await connection.fetchval(
        f"select count(*) from {table} where organization_id = $1", organization.organization_id
    )
    return count
