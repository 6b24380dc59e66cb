"""Documents named by their hash: those that a client brought before, and those that are registered."""

from typing import Any

import pytest

from service.graphql_errors import RequestRefusedError
from service.trusted_documents import AllowedDocuments, NamedDocuments, hash_of
from tests.support.edge import Edge, code, only_error, sent


def persisted(document_hash: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": document_hash}}}


async def test_a_document_is_brought_once_and_named_from_then_on(edge: Edge):
    query = "{ hello }"
    unknown = await sent(edge, **persisted(hash_of(query)))
    # These words are what clients of this protocol look for.
    assert (unknown.status_code, code(unknown)) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert only_error(unknown)["message"] == "PersistedQueryNotFound"
    assert (await sent(edge, query=query, **persisted(hash_of(query)))).json()["data"] == {"hello": "hello world"}
    assert (await sent(edge, **persisted(hash_of(query)))).json()["data"] == {"hello": "hello world"}
    assert (await sent(edge, documentId=f"sha256:{hash_of(query)}")).json()["data"] == {"hello": "hello world"}
    async with edge.client() as client:
        named = await client.get("/graphql", params={"documentId": hash_of(query)})
    assert named.json()["data"] == {"hello": "hello world"}


async def test_nobody_puts_another_text_under_a_hash(edge: Edge):
    query = "{ hello }"
    poisoned = await sent(edge, query='{ hello(name: "mallory") }', **persisted(hash_of(query)))
    assert (poisoned.status_code, code(poisoned)) == (400, "BAD_REQUEST")
    assert code(await sent(edge, **persisted(hash_of(query)))) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "body",
    [
        {"extensions": {"persistedQuery": 7}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "short"}}},
        {"documentId": 7},
        {"documentId": "sha256:xyz"},
        {"documentId": None},
    ],
)
async def test_a_malformed_name_is_a_bad_request(edge: Edge, body: dict[str, Any]):
    response = await sent(edge, **body)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


async def test_only_registered_documents_are_carried_out_where_that_is_asked_for():
    edge = Edge(allowed=AllowedDocuments.TRUSTED)
    query, other = "{ hello }", "{ number(value: 1) }"
    edge.registered[hash_of(query)] = query
    assert (await sent(edge, query=query)).json()["data"] == {"hello": "hello world"}
    assert (await sent(edge, **persisted(hash_of(query)))).json()["data"] == {"hello": "hello world"}
    for body in ({"query": other}, persisted(hash_of(other)), {"query": other, **persisted(hash_of(other))}, {"query": "{"}):
        assert code(await sent(edge, **body)) == "DOCUMENT_NOT_TRUSTED"


async def test_named_documents_are_bounded():
    async def nothing(_: str) -> None:
        return None

    named = NamedDocuments(nothing, AllowedDocuments.ANY, entries=2, characters=100)
    texts = [f"{{ a{number}: hello }}" for number in range(4)]
    for text in texts:
        await named.text(text, hash_of(text))
    assert await named.text(None, hash_of(texts[-1])) == texts[-1]
    with pytest.raises(RequestRefusedError):
        await named.text(None, hash_of(texts[0]))
    large = "{ hello }" + " " * 100
    assert await named.text(large, hash_of(large)) == large
    with pytest.raises(RequestRefusedError):
        await named.text(None, hash_of(large))
