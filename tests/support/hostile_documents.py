"""Documents and bodies that are sent to hurt: each grows where some server somewhere is quadratic, exponential or trusting."""

import json
from collections.abc import Iterator


def body(query: str, **more: object) -> bytes:
    """The body of a request."""
    return json.dumps({"query": query, **more}).encode()


def _documents() -> Iterator[tuple[str, str]]:
    chain = "".join(f"fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(40))
    yield "a chain of fragments that doubles", "{ ...F0 }" + chain + "fragment F40 on Query { __typename }"
    ring = "".join(f"fragment F{i} on Query {{ ...F{(i + 1) % 50} }}" for i in range(50))
    yield "a ring of fragments", "{ ...F0 }" + ring
    yield "a fragment in itself", "{ ...F } fragment F on Query { ...F ...F }"
    repeated = "organization { cycles { nodes { objectives { nodes { title } } } } } "
    yield "a field 200 times, nested", "{" + repeated * 200 + "}"
    yield "a field 2,000 times", "{ organization {" + "name " * 2_000 + "} }"
    yield "10,000 aliases", "{" + " ".join(f"a{i}: __typename" for i in range(10_000)) + "}"
    yield "1,000 aliases of one field below", "{ organization {" + " ".join(f"a{i}: name" for i in range(1_000)) + "} }"
    yield "a flood of directives", "{ __typename " + "@skip(if: false) " * 10_000 + "}"
    yield "unknown directives", "{ __typename " + " ".join(f"@d{i}" for i in range(2_000)) + "}"
    yield "10,000 levels of selections", "{ organization " * 10_000 + "}" * 10_000
    yield "90 levels of selections", "{ organization " * 90 + "{ name }" + "}" * 90
    yield "a list 10,000 levels deep", "{ nodes(ids: " + "[" * 10_000 + "]" * 10_000 + ") { id } }"
    yield "an input 5,000 levels deep", "{ objectives(filter: " + "{not: " * 5_000 + "{}" + "}" * 5_000 + ") { totalCount } }"
    inner = "{not: " * 30 + "{title: {eq: 1}}" + "}" * 30
    yield "an input 30 levels deep", "{ objectives(filter: " + inner + ") { totalCount } }"
    yield "10,000 ids", "{ nodes(ids: [" + '"x" ' * 10_000 + "]) { id } }"
    yield "a whole number of 10,000 digits", "{ objectives(first: " + "9" * 10_000 + ") { totalCount } }"
    yield "a float for a number beyond all", "{ objectives(first: 1e999999) { totalCount } }"
    yield "NUL in a text", '{ objectives(filter: {title: {eq: "\\u0000"}}) { totalCount } }'
    yield "a lone surrogate in a text", '{ objectives(filter: {title: {eq: "\\uD800"}}) { totalCount } }'
    yield "a flood of comments", "#\n" * 20_000 + "{ __typename }"
    yield "a flood of commas", "," * 49_000 + "{ __typename "
    yield "a long text", '{ objectives(filter: {title: {eq: "' + "a" * 60_000 + '"}}) { totalCount } }'
    yield "an unfinished block string", '{ organization(x: """' + "a\n" * 10_000
    yield "1,000 operations", " ".join(f"query Q{i} {{ __typename }}" for i in range(1_000))
    yield "1,000 variables", "query (" + " ".join(f"$v{i}: Int" for i in range(1_000)) + ") { __typename }"
    fields = 'name: "Objective") { fields { name } }'
    yield "a wide search of the schema", "{" + " ".join(f"a{i}: __type({fields}" for i in range(200)) + "}"
    deep = "type { ofType { " * 10 + "name" + "} }" * 10
    yield "a deep search of the schema", "{ __schema { types { fields { " + deep + " } } } }"
    pages = "objectives(first: 100) { nodes { keyResults { checkIns(first: 100) { nodes { comment } } } } }"
    yield "pages of pages of pages", "{ cycles(first: 100) { nodes { " + pages + " } } }"
    yield "a subscription", "subscription { events { id } }"
    yield "control characters", "{ __typename \x07 }"
    yield "names alike", "{ " + " ".join(f"objectivee{i}" for i in range(500)) + " }"


def _bodies() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "a number", b"7"
    yield "a text", b'"query"'
    yield "null", b"null"
    yield "a batch", b"[" + b",".join([body("{ __typename }")] * 1_000) + b"]"
    yield "JSON 100,000 levels deep", b"[" * 100_000 + b"]" * 100_000
    nested = b'{"a":' * 10_000 + b"1" + b"}" * 10_001
    yield "an object 10,000 levels deep", b'{"query": "{ __typename }", "variables": ' + nested
    yield "invalid UTF-8", b'{"query": "\xff\xfe{ __typename }"}'
    yield "a byte order mark", b"\xef\xbb\xbf" + body("{ __typename ")
    yield "a lone surrogate in JSON", b'{"query": "{ __typename \\ud800 }"}'
    yield "NUL in a variable", body("query ($q: String!) { search(query: $q) { totalCount } }", variables={"q": "a\x00b"})
    yield "a query that is none", b'{"query": {"a": 1}}'
    yield "variables that are none", body("{ __typename }", variables=[1])
    paged = b'{"query": "query ($n: Int) { objectives(first: $n) { totalCount } }", "variables": {"n": '
    yield "a huge number in a variable", paged + b"9" * 4_000 + b"}}"
    yield "NaN", b'{"query": "{ __typename }", "variables": {"n": NaN}}'
    yield "2 MiB", body("{ __typename }", padding="a" * (2 << 20))
    yield "an operation's name of 100,000 characters", body("{ __typename }", operationName="a" * 100_000)
    yield "100,000 variables", body("{ __typename ", variables={f"v{i}": i for i in range(50_000)})
    yield "a hash that is none", body("{ __typename }", extensions={"persistedQuery": {"version": 1, "sha256Hash": "x"}})
    yield "a hash of something else", body("{ __typename }", documentId="0" * 64)


def hostile_bodies() -> dict[str, bytes]:
    """Answer the whole corpus: bodies by what they are."""
    return {**{name: body(text) for name, text in _documents()}, **dict(_bodies())}
