"""No input is a fault of the server: hostile requests are refused or answered, and the next request is served."""

import json
from typing import Any

import httpx

from events.person import Role
from tests.acceptance.conftest import RunningServer
from tests.support.client import Client
from tests.support.organization import ExampleOrganization

JSON = {"Content-Type": "application/json"}
HELLO = "{ organization { name } }"
NODE = "query ($id: ID!) { node(id: $id) { id } }"
FILTERED = "query ($f: ObjectiveFilter) { objectives(filter: $f) { totalCount } }"
TEAM = "mutation ($i: TeamCreateInput!) { teamCreate(input: $i) { team { id } } }"
EXPORT = "mutation ($i: ExportCreateInput!) { exportCreate(input: $i) { export { id } userErrors { code } } }"
LOG = "query ($f: EventFilter) { auditLog(filter: $f) { totalCount } }"
PAGE = "query ($f: Int) { objectives(first: $f) { totalCount } }"

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "invalid UTF-8": b'{"query": "{ __typename }\xff"}',
    "a lone surrogate": b'{"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": "\\ud800"}}',
    "a lone surrogate in the document": b'{"query": "{ node(id: \\"\\\\ud800\\") { id } }"}',
    "NUL": b'{"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": "\\u0000"}}',
    "NUL in the document": b'{"query": "{ node(id: \\"\\\\u0000\\") { id } }"}',
    "raw NUL": b'{"query": "{ \x00 }"}',
    "UTF-16": '{"query": "{ __typename }"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + b'{"query": "{ __typename }"}',
    "deep JSON": b'{"query": "{ __typename }", "variables": {"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "deep objects": b'{"query": "{ __typename }", "variables": ' + b'{"x":' * 500 + b"1" + b"}" * 501,
    "a scalar": b"5",
    "an array": b'[{"query": "{ __typename }"}]',
    "numbers out of every range": b'{"query": "%b", "variables": {"f": 1e400}}' % PAGE.encode(),
    "a huge integer": b'{"query": "%b", "variables": {"f": %b}}' % (PAGE.encode(), b"9" * 4_000),
    "a body above the limit": b'{"query": "' + b"#" * 1_100_000 + b'"}',
    "a key twice": b'{"query": "{", "query": "{ __typename }"}',
    "unknown keys": b'{"query": "{ __typename }", "nothing": {}}',
}

DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("{ objectives(first: 99999999999999999999999) { totalCount } }", {}),
    ("{ objectives(first: -1) { totalCount } }", {}),
    ("{ objectives(first: 101) { totalCount } }", {}),
    ("{ objectives(first: 1, last: 1) { totalCount } }", {}),
    ('{ objectives(after: "not a cursor") { totalCount } }', {}),
    ('{ objectives(after: "") { totalCount } }', {}),
    ('{ objectives(after: "\U0001f600") { totalCount } }', {}),
    ('{ node(id: "") { id } }', {}),
    ('{ node(id: "objective_") { id } }', {}),
    ('{ node(id: "objective_zzzzzzzzzzzzzzzzzzzzzzzzzz") { id } }', {}),
    ('{ node(id: "objective_01jd8m3v6re0q9x5c8d1f2g3h4@99999999999999999999999999") { id } }', {}),
    ('{ node(id: "objective_01jd8m3v6re0q9x5c8d1f2g3h4@-1") { id } }', {}),
    (NODE, {"id": "x" * 100_000}),
    (NODE, {"id": 12345678901234567890123}),
    (NODE, {"id": 1.5}),
    (NODE, {"id": ["x"]}),
    (NODE, {"id": None}),
    ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 1_000}),
    ('{ organization(asOf: { position: "99999999999999999999999999" }) { name } }', {}),
    ('{ organization(asOf: { position: "-1" }) { name } }', {}),
    ('{ organization(asOf: { position: "0" }) { name } }', {}),
    ('{ organization(asOf: { time: "0001-01-01T00:00:00+23:59" }) { name } }', {}),
    ('{ organization(asOf: { time: "9999-12-31T23:59:59.999999-23:59" }) { name } }', {}),
    ('{ organization(asOf: { date: "0001-01-01" }) { name } }', {}),
    ('{ organization(asOf: { date: "9999-12-31" }) { name } }', {}),
    ('{ organization(asOf: { date: "2026-02-30" }) { name } }', {}),
    ("{ organization(asOf: {}) { name } }", {}),
    (TEAM, {"i": {"name": "x" * 100_000}}),
    (TEAM, {"i": {"name": ""}}),
    (TEAM, {"i": {"name": "\u202e\ufeff\U0010ffff"}}),
    (TEAM, {"i": {"name": "A", "id": "team_x"}}),
    (TEAM, {"i": {"name": "A", "parentId": "team_x"}}),
    (
        TEAM,
        {"i": {"name": "A", "idempotencyKey": "k" * 5_000}},
    ),
    (TEAM, {"i": {"name": "A", "idempotencyKey": ""}}),
    (TEAM, {"i": {"unknown": 1}}),
    (TEAM, {"i": 5}),
    (
        "mutation ($i: CycleCreateInput!) { cycleCreate(input: $i) { cycle { id } } }",
        {"i": {"name": "Q", "startsOn": "0001-01-01", "endsOn": "9999-12-31"}},
    ),
    (
        "mutation ($i: CycleCreateInput!) { cycleCreate(input: $i) { cycle { id } } }",
        {"i": {"name": "Q2", "startsOn": "9999-12-31", "endsOn": "0001-01-01"}},
    ),
    (
        "mutation ($i: OrganizationUpdateInput!) { organizationUpdate(input: $i) { userErrors { code } } }",
        {"i": {"timeZone": "../../etc/passwd"}},
    ),
    (
        "mutation ($i: OrganizationUpdateInput!) { organizationUpdate(input: $i) { userErrors { code } } }",
        {"i": {"expectedVersion": 99999999999999}},
    ),
    (
        FILTERED,
        {"f": {"not": {"not": {"not": {"title": {"eq": "%_\\"}}}}}},
    ),
    (FILTERED, {"f": {"or": []}}),
    (LOG, {"f": {"recordedAt": {"gte": "0001-01-01T00:00:00Z", "lte": "9999-12-31T23:59:59.999999Z"}}}),
    ('{ momentBuckets(span: { from: "0001-01-01T00:00:00Z" }) { totalCount } }', {}),
    ('{ momentBuckets(span: { to: "9999-12-31T23:59:59.999999Z" }) { totalCount } }', {}),
    (EXPORT, {"i": {}}),
    (EXPORT, {"i": {"content": "CHANGES", "format": "CSV", "span": {"from": "0001-01-01T00:00:00Z"}}}),
    (EXPORT, {"i": {"content": "CURVES", "format": "XLSX", "span": {"to": "9999-12-31T23:59:59.999999Z"}}}),
    (EXPORT, {"i": {"content": "OBJECTIVES", "format": "CSV", "asOf": {"date": "0001-01-01"}}}),
    (EXPORT, {"i": {"content": "OBJECTIVES", "format": "CSV", "asOf": {"date": "9999-12-31"}}}),
    (EXPORT, {"i": {"content": "OBJECTIVES", "format": "CSV", "asOf": {"time": "0001-01-01T00:00:00+23:59"}}}),
    (EXPORT, {"i": {"content": "OBJECTIVES", "format": "CSV", "asOf": {"position": "-9223372036854775808"}}}),
    (EXPORT, {"i": {"content": "OBJECTIVES", "format": "CSV", "scope": {"cycleId": "x" * 100_000}}}),
    (EXPORT, {"i": {"content": "OBJECTIVES", "format": "CSV", "scope": {"teamId": "\U0010ffff"}}}),
    (EXPORT, {"i": {"content": "OBJECTIVES", "format": "CSV", "scope": {"teamId": None}}}),
    (EXPORT, {"i": {"content": "OBJECTIVES", "format": "CSV", "idempotencyKey": "k" * 5_000}}),
    (EXPORT, {"i": {"content": "OBJECTIVES", "format": "CSV", "reason": {"code": "OTHER", "text": "x" * 50_000}}}),
    (EXPORT, {"i": {"content": "OBJECTIVES", "format": "csv"}}),
    (EXPORT, {"i": {"content": ["OBJECTIVES"], "format": "CSV"}}),
    ('{ export(id: "export_zzzzzzzzzzzzzzzzzzzzzzzzzz") { id } }', {}),
    ('{ export(id: "export_7zzzzzzzzzzzzzzzzzzzzzzzzz") { id } }', {}),
    ('{ export(id: "export_01jd8m3v6re0q9x5c8d1f2g3h4@-1") { id } }', {}),
    (FILTERED, {"f": {"title": {"in": ["x"] * 5_000}}}),
    (FILTERED, {"f": {"progress": {"lt": 1e308}}}),
    (FILTERED, {"f": {"title": {"eq": None}}}),
    ("query Q($a: Int = 1, $a: Int = 2) { __typename }", {}),
    ('{ __type(name: "") { name } }', {}),
    ("subscription { __typename }", {}),
    ("query { __typename @skip }", {}),
    ("fragment F on Query { __typename }", {}),
    ("type Query { x: Int }", {}),
]


def _nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"title": {"eq": "x"}}
    for _ in range(levels):
        value = {"and": [value]}
    return value


DOCUMENTS += [(FILTERED, {"f": _nested(n)}) for n in (5, 14, 400)]


def _internal(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [error for error in body.get("errors", ()) if error["extensions"]["code"] == "INTERNAL"]


async def _faults(client: Client, name: object, response: httpx.Response) -> dict[object, object]:
    """Answer what is wrong with a response, or that nothing is served after it."""
    body = response.json()
    if response.status_code >= 500 or _internal(body) or not ("data" in body or body["errors"]):
        return {name: body}
    after = await client.run(HELLO)
    return {} if after == {"organization": {"name": "Example"}} else {name: after}


async def test_no_body_is_a_fault_of_the_server(client: Client):
    faults: dict[object, object] = {}
    for name, body in BODIES.items():
        for accept in ("application/json", "application/graphql-response+json"):
            response = await client.http.post("/graphql", content=body, headers={**JSON, "Accept": accept})
            faults |= await _faults(client, name, response)
    assert faults == {}


async def test_no_document_is_a_fault_of_the_server(client: Client):
    faults: dict[object, object] = {}
    for query, variables in DOCUMENTS:
        name = (query, str(variables)[:200])
        faults |= await _faults(client, name, await client.send(query, variables))
    assert faults == {}


ADDRESSES: list[tuple[str, dict[str, str]]] = [
    ("/graphql?query=%ED%A0%80", {}),
    ("/graphql?query=%00", {}),
    ("/graphql?query=%7B__typename%7D&variables=%FF", {}),
    ("/graphql?query=" + "a" * 5_000, {}),
    ("/graphql?" + "&".join(f"x{i}=1" for i in range(2_000)), {}),
    ("/graphql?query=%7B__typename%7D", {"Accept": "q=;;;,,,*/*;q=-1"}),
    ("/graphql?query=%7B__typename%7D", {"If-None-Match": 'W/,,"",' * 500}),
    ("/graphql?query=%7B__typename%7D", {"X-Request-Id": "x" * 4_000}),
    ("/graphql?query=%7B__typename%7D", {"Origin": "null"}),
    ("/%00", {}),
    ("/graphiql/../../etc/passwd", {}),
    ("/graphiql/%2e%2e/%2e%2e/etc/passwd", {}),
    ("/graphiql/%00", {}),
    ("/exports/%00/%00", {}),
    ("/exports/" + "x" * 43 + "/file.csv", {}),
    ("/exports/" + "%C3%A9" * 43 + "/file.csv", {}),
    ("/exports/" + "x" * 5_000 + "/" + "y" * 5_000, {}),
]


async def test_no_address_and_no_header_is_a_fault_of_the_server(client: Client):
    for path, headers in ADDRESSES:
        response = await client.http.get(path, headers=headers)
        assert response.status_code < 500, path
        assert (await client.run(HELLO)) == {"organization": {"name": "Example"}}


async def test_a_server_survives_all_of_it_at_once(server: RunningServer, organization: ExampleOrganization):
    async with server.client(organization.tokens[Role.ADMIN]) as client:
        for body in BODIES.values():
            response = await client.http.post("/graphql", content=body, headers=JSON)
            assert response.status_code < 500
        for query, variables in DOCUMENTS:
            content = json.dumps({"query": query, "variables": variables}).encode()
            response = await client.http.post("/graphql", content=content, headers=JSON)
            assert response.status_code < 500
        assert (await client.run(HELLO)) == {"organization": {"name": "Example"}}
    assert server.process.poll() is None
