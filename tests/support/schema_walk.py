"""Every place of the schema that takes an identifier, each with an operation that gives one there and nothing else.

By introspection: what is added to the schema is walked without being named here, or makes the walk fail.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

SDL = Path(__file__).parents[2] / "schema" / "schema.graphql"
DEEPEST_INPUT = 2
"""Levels of inputs: further ones are filters within filters, which are read by the same code."""

PLACEHOLDER = "$identifier"

WAYS = {
    "Query": "{field}",
    "Mutation": "{field}",
    "Organization": "organization {{ {field} }}",
    "Viewer": "viewer {{ {field} }}",
    "Objective": 'objective(id: "{objective}") {{ {field} }}',
    "KeyResult": 'keyResult(id: "{keyResult}") {{ {field} }}',
    "Initiative": 'initiative(id: "{initiative}") {{ {field} }}',
    "CheckIn": 'checkIn(id: "{checkIn}") {{ {field} }}',
    "Cycle": 'cycle(id: "{cycle}") {{ {field} }}',
    "Team": 'team(id: "{team}") {{ {field} }}',
    "Program": 'node(id: "{program}") {{ ... on Program {{ {field} }} }}',
    "Comment": 'comment(id: "{comment}") {{ {field} }}',
    "Recognition": 'recognition(id: "{recognition}") {{ {field} }}',
    "Kpi": 'kpi(id: "{kpi}") {{ {field} }}',
    "CustomField": 'customField(id: "{customField}") {{ {field} }}',
    "KpiReading": 'node(id: "{reading}") {{ ... on KpiReading {{ {field} }} }}',
    "Template": 'template(id: "{template}") {{ {field} }}',
    "Person": 'person(id: "{person}") {{ {field} }}',
    "Comparison": 'compare(scope: {{ cycleId: "{cycle}" }}, from: {{ position: "{position}" }}) {{ {field} }}',
    "ComparedSubject": 'compare(from: {{ position: "{position}" }}) {{ changed {{ nodes {{ {field} }} }} }}',
}
"""How to get from the root to a thing of each type whose fields take identifiers."""

SCALARS: dict[str, Any] = {
    "String": "x",
    "Int": 1,
    "Float": 0.5,
    "Boolean": False,
    "BigInt": "1",
    "Decimal": "1",
    "Date": "2026-01-01",
    "DateTime": "2026-01-01T00:00:00Z",
    "URL": "https://example.org",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an identifier is given: `name` says it in words, `document` has `PLACEHOLDER` for it."""

    name: str
    document: str
    leaf: str = "ID"

    @property
    def operation(self) -> str:
        """The document with a variable in place of the identifier, so that it is parsed and validated once."""
        kind, _, rest = self.document.replace(f'"{PLACEHOLDER}"', PLACEHOLDER).partition(" ")
        return f"{kind} ({PLACEHOLDER}: {self.leaf}!) {rest}"


class Walk:
    """The walk of one schema with the identifiers of one organization, by the names of the contract.

    `leaf` is the scalar that is given, that of identifiers unless told otherwise.
    """

    def __init__(
        self, own: Mapping[str, str], schema: GraphQLSchema | None = None, *, leaf: str = "ID", deepest: int = DEEPEST_INPUT
    ) -> None:
        self.own = own
        self.leaf = leaf
        self.deepest = deepest
        self.schema = schema or build_schema(SDL.read_text(encoding="utf-8"))

    def places(self) -> Iterator[Place]:
        """Answer all places. A type that no way leads to is an error."""
        for kind in self.schema.type_map.values():
            if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
                for name, field in kind.fields.items():
                    yield from self._places_of(kind, name, field)

    def _places_of(self, kind: GraphQLObjectType, name: str, field: GraphQLField) -> Iterator[Place]:
        for argument_name, argument in field.args.items():
            for path, value in self._givings(argument.type, argument_name, 0):
                given = {argument_name: value, **self._required(field.args, argument_name)}
                arguments = ", ".join(f"{each}: {literal(content)}" for each, content in given.items())
                selected = f"{name}({arguments}) {self.selection(field.type)}"
                way = WAYS[kind.name].format(field=selected, **self.own)
                operation = "mutation" if kind.name == "Mutation" else "query"
                yield Place(name=f"{kind.name}.{name}({path})", document=f"{operation} {{ {way} }}", leaf=self.leaf)

    def _givings(self, kind: GraphQLInputType, path: str, depth: int) -> Iterator[tuple[str, Any]]:
        """Answer every value of a type that gives one identifier, with the path to it."""
        bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(bare, GraphQLList):
            for inner, value in self._givings(bare.of_type, path, depth):
                yield inner, [value]
        elif isinstance(bare, GraphQLInputObjectType) and depth < self.deepest:
            for name, field in bare.fields.items():
                for inner, value in self._givings(field.type, f"{path}.{name}", depth + 1):
                    yield inner, {name: value, **self._required(bare.fields, name)}
        elif get_named_type(bare).name == self.leaf:
            yield path, PLACEHOLDER

    def _required(self, fields: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField], but: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, field in fields.items():
            is_required = is_required_argument(field) if isinstance(field, GraphQLArgument) else is_required_input_field(field)
            if name != but and (is_required or name == "dryRun"):
                values[name] = True if name == "dryRun" else self._some(field.type, name)
        return values

    def _some(self, kind: GraphQLInputType, name: str) -> Any:
        """Answer a value of a type that is good enough to come so far as the identifier."""
        bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(bare, GraphQLList):
            return [self._some(bare.of_type, name)]
        if isinstance(bare, GraphQLEnumType):
            return Name(next(iter(bare.values)))
        if isinstance(bare, GraphQLInputObjectType):
            fields = bare.fields
            if bare.is_one_of:
                first = "position" if "position" in fields else next(iter(fields))
                return {first: self._some(fields[first].type, first)}
            return self._required(fields, "")
        named = get_named_type(bare).name
        if named == "ID":
            return self.own[name.removesuffix("Ids").removesuffix("Id")]
        return self.own["position"] if name == "position" else SCALARS[named]

    def selection(self, kind: GraphQLOutputType, depth: int = 2) -> str:
        """Answer a selection of what a type says of itself, of what is one step further, and of the members of lists."""
        bare = get_named_type(kind)
        if is_leaf_type(bare):
            return ""
        if isinstance(bare, GraphQLUnionType):
            parts = [f"... on {each.name} {self.selection(each, depth)}" for each in bare.types]
            return "{ __typename " + " ".join(parts) + " }"
        fields = bare.fields if isinstance(bare, GraphQLObjectType | GraphQLInterfaceType) else {}
        chosen = ["__typename"]
        for name, field in fields.items():
            if any(is_required_argument(each) for each in field.args.values()):
                continue
            if is_leaf_type(get_named_type(field.type)):
                chosen.append(name)
            elif depth > 0 and (depth > 1 or name == "nodes") and name not in ("edges", "pageInfo", "affected"):
                chosen.append(f"{name} {self.selection(field.type, depth - 1)}")
        return "{ " + " ".join(chosen) + " }"


class Name(str):
    """The name of an enumeration's member, which is written without quotes."""

    __slots__ = ()


def literal(value: Any) -> str:
    """Write a value as GraphQL has it."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(each) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
