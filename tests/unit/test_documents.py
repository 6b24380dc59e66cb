"""Parsed documents are remembered within bounds, and tell of the schema no more than they may."""

import httpx
import pytest
from graphql import build_schema

from schema.limits import QueryLimits
from service.documents import DocumentInvalidError, Documents
from service.graphql_errors import formatted_all
from tests.support.edge import SCHEMA, Edge, post

PAGES = build_schema(
    """
    type Query { things(first: Int): [Thing!]! named(ids: [ID!]!): [Thing!]! }
    type Thing { name: String! }
    """
)


async def test_documents_are_parsed_once_and_the_least_used_are_forgotten(client: httpx.AsyncClient, edge: Edge):
    await post(client, "{ a: hello }")
    first = edge.documents.read("{ a: hello }")
    for name in "bc":
        await post(client, f"{{ {name}: hello }}")
    assert edge.documents.read("{ a: hello }") is first
    await post(client, "{ d: hello }")
    assert len(edge.documents) == 3
    assert edge.documents.read("{ a: hello }") is first
    for refused in ("{", "{ unknown }"):
        await post(client, refused)
    assert len(edge.documents) == 3


async def test_documents_are_bounded_by_their_length_too():
    documents = Documents(SCHEMA, QueryLimits(), entries=100, characters=300)
    for index in range(50):
        documents.read(f"{{ a{index:0100}: hello }}")
    assert len(documents) == 2


def test_without_introspection_no_name_is_told():
    closed = Documents(SCHEMA, QueryLimits(), entries=3, allows_introspection=False)
    with pytest.raises(DocumentInvalidError):
        closed.read("{ __schema { types { name } } }")
    with pytest.raises(DocumentInvalidError):
        closed.read('{ ...F } fragment F on Query { __type(name: "Query") { name } }')
    with pytest.raises(DocumentInvalidError) as invalid:
        closed.read("{ helo }")
    (told,) = formatted_all(invalid.value.errors, invalid.value.code, "id", suggests=False)
    assert told["message"] == "Cannot query field 'helo' on type 'Query'."
    assert closed.read("{ __typename hello }")


def test_what_an_operation_costs_is_told_for_the_variables_of_each_request():
    documents = Documents(PAGES, QueryLimits(), entries=3)
    text = "query A($first: Int = 10) { things(first: $first) { name } } query B($ids: [ID!]!) { named(ids: $ids) { name } }"
    document = documents.read(text)
    for _ in range(2):
        for variables, expected in (({}, 21), ({"first": 3}, 7), ({"first": None}, 51), ({"first": 3, "unused": 7}, 7)):
            assert documents.checked_cost(document, document.operations["A"], variables) == expected
        for ids, expected in ((["a"], 2), (["a", "b"], 4), ("a", 2)):
            assert documents.checked_cost(document, document.operations["B"], {"ids": ids}) == expected
