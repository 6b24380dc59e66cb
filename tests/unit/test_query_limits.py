"""Limits of documents: hostile ones are refused with little work, those of real clients pass."""

import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from graphql import OperationDefinitionNode, build_schema, get_introspection_query, validate

from schema.limits import DocumentLimitExceededError, LimitCode, QueryLimits, check_document, checked_cost, parse_document

SCHEMA = build_schema(
    """
    type Query { me: Query title: String things(first: Int = 25, last: Int): ThingConnection nodes(ids: [ID!]!): [Thing]! }
    type ThingConnection { totalCount: Int! nodes: [Thing!]! edges: [ThingEdge!]! }
    type ThingEdge { cursor: String! node: Thing! }
    type Thing {
      id: ID! title: String parts: [Thing!]! things(first: Int = 25): ThingConnection! largest(first: Int = 25): [Thing!]!
    }
    type Mutation { change(title: String): Query }
    """
)
LIMITS = QueryLimits()
WIDE = replace(LIMITS, tokens=1_000_000, characters=10_000_000)


def cost(text: str, limits: QueryLimits = LIMITS) -> int:
    document = parse_document(text, limits)
    check_document(SCHEMA, document, limits)
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return max(checked_cost(SCHEMA, document, each, {}, limits) for each in operations)


def refused(text: str, limits: QueryLimits = LIMITS) -> DocumentLimitExceededError:
    with pytest.raises(DocumentLimitExceededError) as caught:
        cost(text, limits)
    return caught.value


def doubling_chain(length: int, leaf: str = "title") -> str:
    links = "".join(f"fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(length))
    return "{ ...F0 }" + links + f"fragment F{length} on Query {{ {leaf} }}"


def calls(work: Callable[[], object]) -> int:
    """Count the functions that a piece of work calls: as good as its time, and the same on a busy machine."""
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


HOSTILE = {
    "fragments that double": (doubling_chain(18), LimitCode.QUERY_TOO_LARGE),
    "fragments that double without a field": (doubling_chain(60, "...F0"), LimitCode.QUERY_TOO_LARGE),
    "a field repeated 200 times": ("{" + "me { me { title } } " * 200 + "}", LimitCode.QUERY_TOO_LARGE),
    "30 repetitions of 30": ("{" + ("me {" + "me { title } " * 30 + "}") * 30 + "}", LimitCode.QUERY_TOO_LARGE),
    "a scalar repeated 800 times": ("{" + "title " * 800 + "}", LimitCode.QUERY_TOO_LARGE),
    "150 fragments that select the same": (
        "{ me {"
        + " ".join(f"...F{i}" for i in range(150))
        + "} }"
        + "".join(f"fragment F{i} on Query {{ title me {{ title }} }}" for i in range(150)),
        LimitCode.QUERY_TOO_LARGE,
    ),
    "150 fragments that nobody spreads": (
        "{ title }" + "".join(f"fragment F{i} on Query {{ {'title ' * 8} }}" for i in range(150)),
        LimitCode.QUERY_TOO_LARGE,
    ),
    "400 aliases": ("{" + " ".join(f"a{i}: title" for i in range(400)) + "}", LimitCode.QUERY_TOO_LARGE),
    "aliases through a fragment": (
        "{"
        + " ".join(f"a{i}: me {{ ...F }}" for i in range(15))
        + "} fragment F on Query {"
        + " ".join(f"b{i}: title" for i in range(15))
        + "}",
        LimitCode.QUERY_TOO_LARGE,
    ),
    "300 directives": ("{ title " + "@skip(if: false) " * 300 + "}", LimitCode.QUERY_TOO_LARGE),
    "directives on an operation": ("query Q " + "@x " * 300 + "{ title }", LimitCode.QUERY_TOO_LARGE),
    "directives on a fragment": ("{ ...F } fragment F on Query " + "@x " * 300 + "{ title }", LimitCode.QUERY_TOO_LARGE),
    "21 root fields": ("{" + " ".join(f"a{i}: title" for i in range(21)) + "}", LimitCode.QUERY_TOO_LARGE),
    "21 root fields behind fragments": (
        "{ ...F ... { b: title } } fragment F on Query {" + " ".join(f"a{i}: title" for i in range(20)) + "}",
        LimitCode.QUERY_TOO_LARGE,
    ),
    "50 levels": ("{ me " * 50 + "{ title }" + "}" * 50, LimitCode.QUERY_TOO_DEEP),
    "300 levels": ("{ me " * 300 + "{ title }" + "}" * 300, LimitCode.QUERY_TOO_DEEP),
    "13 levels through a fragment": (
        "{ me " * 6 + "{ ...F }" + "}" * 6 + "fragment F on Query" + "{ me " * 6 + "{ title }" + "}" * 6,
        LimitCode.QUERY_TOO_DEEP,
    ),
    "a chain of 240 fragments": (
        "{ ...F0 }"
        + "".join(f"fragment F{i} on Query {{ ...F{i + 1} }}" for i in range(240))
        + "fragment F240 on Query { title }",
        LimitCode.QUERY_TOO_DEEP,
    ),
    "10,000 aliases": ("{" + " ".join(f"a{i}: title" for i in range(4_000)) + "}", LimitCode.QUERY_TOO_LARGE),
    "3,000 comments": ("#\n" * 3_000 + "{ title }", LimitCode.QUERY_TOO_LARGE),
    "a text of 60,000 characters": ('{ change(title: "' + "x" * 60_000 + '") }', LimitCode.QUERY_TOO_LARGE),
    "a million commas": ("{ title" + "," * 1_000_000 + "}", LimitCode.QUERY_TOO_LARGE),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_with_little_work(name: str):
    text, code = HOSTILE[name]
    assert refused(text).code is code
    assert calls(lambda: refused(text)) < 20 * len(text)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_measured_is_looked_at_once(name: str):
    text, _ = HOSTILE[name]
    try:
        document = parse_document(text, LIMITS)
    except DocumentLimitExceededError:
        return  # it ended before it was measured
    with pytest.raises(DocumentLimitExceededError):
        check_document(SCHEMA, document, LIMITS)
    assert calls(lambda: _measured(document)) < 4 * len(text)


def _measured(document: object) -> None:
    with pytest.raises(DocumentLimitExceededError):
        check_document(SCHEMA, document, LIMITS)  # type: ignore[arg-type]


def test_measuring_is_linear_in_a_chain_of_fragments():
    document = parse_document(doubling_chain(30), WIDE)
    # 2 to the power of 30 selections are counted, and not one of them is visited twice.
    with pytest.raises(DocumentLimitExceededError) as caught:
        check_document(SCHEMA, document, WIDE)
    assert caught.value.actual is not None
    assert caught.value.actual > 2**30
    assert calls(lambda: _measured(document)) < 1_000


def test_a_refusal_tells_the_limit_and_the_number_found():
    error = refused("{ me " * 12 + "{ title }" + "}" * 12)
    assert (error.code, error.limit, error.actual) == (LimitCode.QUERY_TOO_DEEP, 12, 13)
    assert str(error) == "the document has too many levels: at most 12 are allowed, 13 were given"


def test_documents_at_their_limits_pass():
    assert cost("{ me " * 11 + "{ title }" + "}" * 11) == 12
    assert cost("{" + " ".join(f"a{i}: title" for i in range(20)) + "}") == 20
    assert cost("{ title " + "@skip(if: false) " * 50 + "}") == 1
    assert cost("{ me {" + "title " * 45 + "} }") == 46  # 990 pairs
    assert refused("{ me {" + "title " * 46 + "} }").actual is not None  # 1,035 pairs


def test_the_query_of_the_usual_tools_for_the_schema_passes():
    text = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    document = parse_document(text, LIMITS)
    assert 0 < cost(text) <= LIMITS.cost
    assert validate(SCHEMA, document) == []


def test_many_copies_of_the_schema_cost_too_much():
    one = "__schema { types { name fields { name args { name type { name kind ofType { name kind } } } } } }"
    assert cost("{" + one + "}") < LIMITS.cost
    assert refused("{" + " ".join(f"a{i}: {one}" for i in range(20)) + "}").code is LimitCode.QUERY_TOO_COSTLY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ title }", 1),
        ("{ things { nodes { id } } }", 1 + 25 * 2),
        ("{ things(first: null) { nodes { id } } }", 1 + 25 * 2),
        ("{ things(first: 10) { nodes { id title } totalCount } }", 1 + 1 + 10 * 3),
        ("{ things(last: 10) { nodes { id } } }", 1 + 10 * 2),
        ("{ things(first: 0) { nodes { id } } }", 1),
        ("{ things(first: 10) { nodes { largest { id } } } }", 1 + 10 * (1 + 1 + 25 * 2)),
        ("{ things(first: 10) { nodes { largest(first: 3) { id parts { id } } } } }", 1 + 10 * (1 + 1 + 3 * (1 + 1 + 5 * 2))),
        ("{ things(first: -5) { nodes { id } } }", 1),
        ("{ things(first: 99999999999999999999) { nodes { id } } }", 1 + 100 * 2),
        ("{ things(first: 10) { edges { node { parts { id } } } } }", 1 + 10 * (1 + 1 + 5 * 2)),
        ("{ things(first: 10) { nodes { things(first: 20) { nodes { id } } } } }", 1 + 10 * (1 + 1 + 20 * 2)),
        ("{ things(first: 10) { ...C } } fragment C on ThingConnection { nodes { id } }", 1 + 10 * 2),
        ('{ nodes(ids: ["a", "b", "c"]) { id title } }', 3 * 3),
        ("query ($first: Int) { things(first: $first) { nodes { id } } }", 1 + 25 * 2),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", 1 * 2),
        ("{ unknown { unknown } }", 2),
        ("{ ...Unknown title }", 1),
        ("{ ...F } fragment F on Unknown { title ...F }", 1),
        ("query A { title } query B { me { title } }", 2),
    ],
)
def test_cost_counts_the_fields_of_the_largest_answer(text: str, expected: int):
    assert cost(text) == expected


DEEP_PAGES = """query ($n: Int, $m: Int = 10) {
  things(first: $n) { nodes { things(first: $m) { nodes { things(first: 30) { nodes { id } } } } } }
}"""


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"n": 2}, None),
        ({"n": 100}, 1 + 100 * (2 + 10 * (2 + 60))),
        ({"n": 100, "m": 2}, None),
        ({"n": 10_000, "m": None}, 1 + 100 * (2 + 25 * (2 + 60))),
        ({"n": "many", "m": 100}, 1 + 25 * (2 + 100 * (2 + 60))),
    ],
)
def test_cost_is_told_with_the_variables_where_the_longest_pages_are_too_much(
    variables: dict[str, object], expected: int | None
):
    document = parse_document(DEEP_PAGES, LIMITS)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    if expected is None:
        checked_cost(SCHEMA, document, operation, variables, LIMITS)
        return
    with pytest.raises(DocumentLimitExceededError) as caught:
        checked_cost(SCHEMA, document, operation, variables, LIMITS)
    assert (caught.value.code, caught.value.limit, caught.value.actual) == (LimitCode.QUERY_TOO_COSTLY, 50_000, expected)
