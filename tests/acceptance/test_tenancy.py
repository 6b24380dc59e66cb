"""Another organization does not exist: not for any argument that takes an identifier, not under load, not in the database."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from events.identifier import SUFFIX_LENGTH, Noun, new_identifier
from events.person import Role
from service.database import Database
from service.settings import Settings
from tests.support.acting import owner
from tests.support.client import Client
from tests.support.exporting import exported
from tests.support.operations import KEY_RESULT, Company, fill
from tests.support.organization import ExampleOrganization, make_organization
from tests.support.schema_walk import PLACEHOLDER, Walk

MARKER = "Zweitfirma"
"""Stands in every text of the other organization."""

Connect = Callable[[str | None], Client]


@pytest.fixture
def settings() -> Settings:
    """Wide limits: the walk selects whatever there is."""
    return Settings(
        query_characters=500_000,
        query_tokens=50_000,
        query_selections=50_000,
        query_repetitions=50_000,
        query_cost=10_000_000,
        cost_budget=1_000_000_000_000,
        query_depth=20,
        database_max_connections=3,
    )


async def ask(company: Company, ids: dict[str, str], mark: str) -> None:
    """Define a custom field, and give the objective a value in it."""
    asked = {"appliesTo": "OBJECTIVE", "kind": "CHOICE", "name": f"{mark} field", "choices": [{"name": f"{mark} choice"}]}
    field = (await company.do("custom_field_create", **asked))["customField"]
    ids["customField"] = field["id"]
    ids["choice"] = field["choices"][0]["id"]
    value = {"customFieldId": ids["customField"], "choiceId": ids["choice"]}
    await company.do("objective_update", objectiveId=ids["objective"], customFields=[value])


async def rich(client: Client, organization: ExampleOrganization, mark: str) -> dict[str, str]:
    """Fill an organization with something of every noun; answers identifiers by the names of arguments."""
    company = Company(client)
    await fill(company)
    ids = company.ids
    ids["person"] = organization.people[Role.MEMBER]
    ids["owner"] = ids["lead"] = ids["contributor"] = ids["person"]
    await company.do("organization_update", name=f"{mark} Limited")
    await company.do("person_update", personId=ids["person"], name=f"{mark} Person")
    await company.do("team_update", teamId=ids["team"], name=f"{mark} Team")
    await company.do("cycle_update", cycleId=ids["cycle"], name=f"{mark} Cycle")
    await company.do("objective_update", objectiveId=ids["objective"], title=f"{mark} objective", description=f"{mark} text")
    await company.do("objective_update", objectiveId=ids["parent"], title=f"{mark} parent", visibility="PRIVATE")
    await company.do("key_result_update", keyResultId=ids["keyResult"], title=f"{mark} key result")
    comment = {"comment": f"{mark} comment", "blockers": f"{mark} blocker"}
    await company.do("key_result_check_in", keyResultId=ids["keyResult"], value="8", status="ON_TRACK", **comment)
    measure = {"direction": "HIGHER_IS_BETTER", "unit": "PERCENT", "frequency": "DAILY"}
    bands = {"criticalBelow": "2", "warningBelow": "6"}
    ids["kpi"] = (await company.do("kpi_create", title=f"{mark} KPI", bands=bands, **measure))["kpi"]["id"]
    ids["reading"] = (await company.do("kpi_reading_record", kpiId=ids["kpi"], value="5"))["reading"]["id"]
    template = {"title": f"{mark} template", "function": "SALES"}
    ids["template"] = (await company.do("template_create", **template))["template"]["id"]
    ids["comment"] = (await company.do("comment_create", subjectId=ids["objective"], text=f"{mark} comment"))["comment"]["id"]
    thanks = {"personIds": [ids["person"]], "text": f"{mark} thanks"}
    ids["recognition"] = (await company.do("recognition_create", **thanks))["recognition"]["id"]
    plan = {"title": f"{mark} plan", "supportedIds": [ids["objective"]]}
    ids["initiative"] = (await company.do("initiative_create", **plan))["initiative"]["id"]
    draft = await company.do("objective_create", cycleId=ids["cycle"], title=f"{mark} draft", keyResults=[KEY_RESULT])
    ids["draft"] = draft["objective"]["id"]
    await ask(company, ids, mark)
    export = await client.run(
        "mutation ($i: ExportCreateInput!) { exportCreate(input: $i) { export { id } } }",
        {"i": {"content": "CHANGES", "format": "JSONL"}},
    )
    ids["export"] = export["exportCreate"]["export"]["id"]
    registered = "mutation ($i: ProgramRegisterInput!) { programRegister(input: $i) { program { id } } }"
    program = (await client.run(registered, {"i": {"name": f"{mark} program"}}))["programRegister"]["program"]
    ids["program"] = program["id"]
    created = "mutation ($i: TokenCreateInput!) { tokenCreate(input: $i) { token { id } } }"
    token = {"name": f"{mark} token", "programId": ids["program"]}
    ids["token"] = (await client.run(created, {"i": token}))["tokenCreate"]["token"]["id"]
    linked = "mutation ($i: CalendarLinkCreateInput!) { calendarLinkCreate(input: $i) { calendarLink { id } } }"
    link = (await client.run(linked, {"i": {"name": f"{mark} phone"}}))["calendarLinkCreate"]["calendarLink"]
    ids["calendarLink"] = link["id"]
    event = (await client.run("{ auditLog(first: 1) { nodes { id } } }"))["auditLog"]["nodes"][0]
    ids["event"], ids["organization"] = event["id"], organization.identifier
    answer = (await client.send("{ viewer { id } }")).json()
    ids["position"] = answer["extensions"]["position"]
    past = {"id": ids["objective"], "at": ids["position"]}
    ids["past"] = (
        await client.run("query ($id: ID!, $at: BigInt!) { objective(id: $id, asOf: {position: $at}) { id } }", past)
    )["objective"]["id"]
    ids["parentId"] = ids["nextCycle"] = ids["cycle"]
    ids["id"] = ids["subject"] = ids["linked"] = ids["supported"] = ids["objective"]
    ids["blocker"] = ids["initiative"]
    return ids


class Two:
    """Two organizations in one database behind one application."""

    def __init__(self, own: dict[str, str], other: dict[str, str], client: Client, neighbour: ExampleOrganization) -> None:
        self.own, self.other, self.client, self.neighbour = own, other, client, neighbour


@pytest_asyncio.fixture
async def two(client: Client, connect: Connect, organization: ExampleOrganization, database_url: str) -> Two:
    neighbour = await make_organization(database_url, MARKER)
    other = await rich(connect(neighbour.tokens[Role.ADMIN]), neighbour, MARKER)
    own = await rich(client, organization, "Own")
    return Two(own, other, client, neighbour)


def like(identifier: str) -> str:
    """An identifier of the same noun that nobody has."""
    noun, _, _ = identifier.partition("_") if not identifier.startswith(("key_result", "check_in")) else ("", "", "")
    kind = Noun(noun) if noun else (Noun.KEY_RESULT if identifier.startswith("key_result") else Noun.CHECK_IN)
    fresh = new_identifier(kind)
    return fresh + identifier[len(kind) + 1 + SUFFIX_LENGTH :]


NOISE = re.compile(
    r'"requestId":"[^"]*"|"\d{4}-\d\d-\d\dT[^"]*"|"[a-z_]+_[0-9a-hjkmnp-tv-z]{26}[^"]*"|"(?:expectedProgress|pace)":[^,}]*'
)
"""What differs from one request to the next: identifiers that chance makes, and what depends on the clock."""


def normalized(response: httpx.Response, sent: str) -> tuple[int, str]:
    """What an answer tells, save the identifier that was sent, those that are made by chance, and the request's own."""
    return response.status_code, NOISE.sub("", response.text.replace(sent, "SENT"))


async def test_no_argument_tells_another_organization_from_none(two: Two, database_url: str):
    async with owner(database_url) as connection:
        before = await exported(connection, two.neighbour.organization_id)
    names = ("objective", "keyResult", "checkIn", "cycle", "team", "person", "past")
    foreign_ids = {two.other[name] for name in names}
    differing: dict[str, Any] = {}
    places = list(Walk(two.own).places())
    valid = 0
    for place in places:
        for foreign_id in sorted(foreign_ids):
            absent = like(foreign_id)
            seen, unseen = [await two.client.send(place.operation, {PLACEHOLDER[1:]: it}) for it in (foreign_id, absent)]
            leaked = MARKER in seen.text or any(each in seen.text for each in foreign_ids - {foreign_id})
            if leaked or normalized(seen, foreign_id) != normalized(unseen, absent):
                differing[f"{place.name} {foreign_id}"] = seen.text[:600], unseen.text[:600]
            codes = {error["extensions"]["code"] for error in seen.json().get("errors", ())}
            assert not codes & {"VALIDATION_FAILED", "SYNTAX_ERROR", "INTERNAL", "VARIABLES_INVALID"}, (place, seen.text[:900])
            valid += 1
    assert differing == {}
    assert len(places) > 100
    async with owner(database_url) as connection:
        assert await exported(connection, two.neighbour.organization_id) == before


async def test_the_walk_finds_what_is_there(two: Two):
    """With identifiers of one's own the same operations do answer: the walk does not compare nothing with nothing."""
    answered: set[str] = set()
    for place in Walk(two.own).places():
        for own_id in (two.own["objective"], two.own["team"], two.own["person"]):
            seen = await two.client.send(place.document.replace(PLACEHOLDER, own_id))
            unseen = await two.client.send(place.document.replace(PLACEHOLDER, like(own_id)))
            if NOISE.sub("", seen.text) != NOISE.sub("", unseen.text):
                answered.add(place.name)
                break
    assert {"Query.node(id)", "Query.objective(id)", "Mutation.objectiveUpdate(input.ownerId)"} <= answered, sorted(answered)
    assert len(answered) > 60


async def test_positions_and_cursors_of_another_organization_mean_nothing(two: Two, connect: Connect):
    other = connect(two.neighbour.tokens[Role.ADMIN])
    query = "query ($after: String) { objectives(first: 1, after: $after) { pageInfo { endCursor } nodes { title } } }"
    cursor = (await other.run(query))["objectives"]["pageInfo"]["endCursor"]
    page = await two.client.send(query, {"after": cursor})
    assert MARKER not in page.text
    for position in range(1, int(two.own["position"]) + 1):
        event = await two.client.send(f'{{ event(position: "{position}") {{ id changes {{ after {{ text }} }} }} }}')
        assert MARKER not in event.text


async def test_what_another_organization_uses_is_free(two: Two):
    """Client-chosen identifiers and keys belong to an organization: those of another are as good as any."""
    company = Company(two.client)
    made = await company.do(
        "objective_create", id=two.other["objective"], cycleId=two.own["cycle"], title="Mine", idempotencyKey="k"
    )
    assert made["objective"]["id"] == two.other["objective"]
    shown = await two.client.run("query ($id: ID!) { objective(id: $id) { title } }", {"id": two.other["objective"]})
    assert shown["objective"]["title"] == "Mine"


async def test_two_organizations_at_once_over_few_connections(two: Two, connect: Connect):
    """Reads and writes of both, clients that go away in the middle: no answer holds anything of the other."""
    clients = {MARKER: connect(two.neighbour.tokens[Role.ADMIN]), "Own": two.client}
    ids = {MARKER: two.other, "Own": two.own}
    queries = (
        "{ objectives(first: 50) { nodes { title keyResults { title lastCheckIn { comment } } } } organization { name } }",
        "{ auditLog(first: 50) { nodes { changes { before { text } after { text } } actor { name } } } }",
        '{ search(query: "e", first: 50) { nodes { title snippet } } people { nodes { name } } teams { nodes { name } } }',
    )

    async def ask(name: str, number: int) -> str:
        client = clients[name]
        if number % 4 == 0:
            company = Company(client)
            value = {"value": str(number % 10), "status": "ON_TRACK", "comment": f"{name} says {number}"}
            await company.do("key_result_check_in", keyResultId=ids[name]["keyResult"], **value)
            return ""
        asking = asyncio.ensure_future(client.send(queries[number % 3]))
        if number % 5 == 0:
            await asyncio.sleep(0.002)
            asking.cancel()
            return ""
        response = await asking
        assert response.status_code == 200, response.text
        return response.text

    for round_number in range(12):
        work = [(name, round_number * 20 + number) for number in range(20) for name in clients]
        answers = await asyncio.gather(*(ask(name, number) for name, number in work), return_exceptions=True)
        for (name, _), answer in zip(work, answers, strict=True):
            if isinstance(answer, asyncio.CancelledError):
                continue
            assert isinstance(answer, str), answer
            other = "Own " if name == MARKER else MARKER
            assert other not in answer


# --- the database itself

SECURITY_DEFINERS = {
    "accept_invitation": "answers only to the secret of an invitation",
    "append": "checks that the connection works for the organization",
    "create_organization": "checks that the connection works for the organization",
    "find_calendar_link": "answers only to the digest of a secret",
    "find_ended_token": "answers only to the digest of a secret",
    "find_export": "answers only to the digest of an address",
    "find_identities": "answers identifiers of organizations and people for a subject; asked for verified ones only",
    "find_token": "answers only to the digest of a secret",
    "forget_access": "deletes what is old and answers how much it was",
    "forget_access_of_person": "a trigger",
    "forget_exports": "a trigger",
    "forget_identities": "a trigger",
    "forget_person": "a trigger",
    "lock_head": "checks that the connection works for the organization",
    "log_figures": "answers figures of all organizations together",
    "note_access": "writes and answers nothing",
    "sweep_exports": "deletes what is over and answers nothing",
}
"""The functions that run with the owner's rights, and why each tells nothing of another organization."""


async def test_as_the_application_no_table_has_a_row_of_another_organization(
    two: Two, organization: ExampleOrganization, database_url: str
):
    async with owner(database_url) as connection:
        tables = [
            row["name"]
            for row in await connection.fetch(
                "select table_schema || '.' || table_name as name from information_schema.columns"
                " where column_name = 'organization_id' and table_schema not like 'pg_%'"
            )
        ]
        functions = await connection.fetch(
            "select proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
            " where n.nspname not in ('pg_catalog', 'information_schema') and prosecdef"
        )
    assert {row["proname"] for row in functions} == set(SECURITY_DEFINERS)
    assert len(tables) > 20
    async with Database(database_url) as database:
        async with database.connection(organization.organization_id) as connection:
            for table in tables:
                others = f"select count(*) from {table} where organization_id <> $1"
                assert await readable(connection, others, organization.organization_id) in (0, None), table
        async with database.connection(None) as connection:
            for table in tables:
                assert await readable(connection, f"select count(*) from {table}") in (0, None), table


async def readable(connection: Any, statement: str, *arguments: Any) -> int | None:
    """What a statement counts; None where the application may not even ask."""
    try:
        count: int = await connection.fetchval(statement, *arguments)
    except asyncpg.InsufficientPrivilegeError:
        return None
    return count
