"""A tour of the schema: operations that together select every field that a query can reach, with every choice it has.

By introspection: what is added to the schema is toured without being named here, or makes the tour fail.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    visit,
)
from graphql.language import FieldNode

from service.settings import Settings
from tests.support.schema_walk import SDL, Name, Place, literal

LISTS = {
    "Organization": "organization(asOf: $asOf) {{ {field} }}",
    "Viewer": "viewer {{ {field} }}",
    "Objective": "objectives(first: 30, asOf: $asOf) {{ nodes {{ {field} }} }}",
    "KeyResult": "keyResults(first: 30, asOf: $asOf) {{ nodes {{ {field} }} }}",
    "CheckIn": "keyResults(first: 30, asOf: $asOf) {{ nodes {{ checkIns(first: 6) {{ nodes {{ {field} }} }} }} }}",
    "Initiative": "initiatives(first: 30, asOf: $asOf) {{ nodes {{ {field} }} }}",
    "Cycle": "cycles(first: 30, asOf: $asOf) {{ nodes {{ {field} }} }}",
    "Team": "teams(first: 30, asOf: $asOf) {{ nodes {{ {field} }} }}",
    "Person": "people(first: 30, asOf: $asOf) {{ nodes {{ {field} }} }}",
    "Program": "programs(first: 30, asOf: $asOf) {{ nodes {{ {field} }} }}",
    "Kpi": "kpis(first: 30, asOf: $asOf) {{ nodes {{ {field} }} }}",
    "KpiReading": "kpis(first: 30, asOf: $asOf) {{ nodes {{ readings(first: 30) {{ nodes {{ {field} }} }} }} }}",
    "CustomField": "customFields(first: 30, asOf: $asOf) {{ nodes {{ {field} }} }}",
    "CustomFieldValue": "objectives(first: 30, asOf: $asOf) {{ nodes {{ customFields {{ {field} }} }} }}",
    "KpiCurve": "kpis(first: 30, asOf: $asOf) {{ nodes {{ curve(resolution: STEP) {{ {field} }} }} }}",
    "Template": "templates(first: 30, asOf: $asOf) {{ nodes {{ {field} }} }}",
    "TemplateMetric": "templates(first: 30, asOf: $asOf) {{ nodes {{ keyResults {{ metric {{ {field} }} }} }} }}",
    "Retrospective": "cycles(first: 30, asOf: $asOf) {{ nodes {{ retrospective {{ {field} }} }} }}",
    "HeatMap": "cycles(first: 30, asOf: $asOf) {{ nodes {{ heatMap {{ {field} }} }} }}",
    "HeatMapRow": "cycles(first: 30, asOf: $asOf) {{ nodes {{ heatMap {{ rows {{ {field} }} }} }} }}",
    "Focus": "cycles(first: 30, asOf: $asOf) {{ nodes {{ focus {{ {field} }} }} }}",
    "AlignmentCoverage": "cycles(first: 30, asOf: $asOf) {{ nodes {{ alignmentCoverage {{ {field} }} }} }}",
    "PersonWorkload": "cycles(first: 30, asOf: $asOf) {{ nodes {{ workload {{ {field} }} }} }}",
    "ProgressCurve": "objectives(first: 30, asOf: $asOf) {{ nodes {{ progressCurve(resolution: STEP) {{ {field} }} }} }}",
    "Comment": "objectives(first: 12, asOf: $asOf) {{ nodes {{"
    " comments(first: 6, includeReplies: true) {{ nodes {{ {field} }} }}"
    " keyResults(includeDropped: true) {{ comments(first: 2) {{ nodes {{ {field} }} }} }} }} }}",
    "Recognition": "recognitions(first: 30, asOf: $asOf) {{ nodes {{ {field} }} }}",
    "Event": "auditLog(first: 100) {{ totalCount nodes {{ {field} }} }}",
    "Comparison": 'compare(from: {{ position: "{past}" }}, to: $asOf) {{ {field} }}',
    "SummarySection": 'summary(of: "{cycle}", from: {{ position: "{past}" }}, to: $asOf) {{ sections {{ {field} }} }}',
    "SummarySentence": 'summary(of: "{cycle}", from: {{ position: "{past}" }}, to: $asOf)'
    " {{ sections {{ sentences {{ {field} }} }} }}",
    "AlignmentGraph": "alignment(asOf: $asOf) {{ {field} }}",
    "Query": "{field}",
}
"""How to get from the root to all things of each type that is toured on its own."""

DEPTH = 1
"""How far a selection goes beyond the things themselves."""

WIDE_LIMITS = Settings(
    query_characters=1_000_000,
    query_tokens=100_000,
    query_selections=100_000,
    query_repetitions=100_000,
    query_aliases=10_000,
    query_root_fields=1_000,
    query_cost=10_000_000,
    query_depth=30,
    cost_budget=1_000_000_000_000,
    cached_documents=5_000,
)
"""What the operations of a tour need: each selects whatever there is."""

STILL_LIMITS = WIDE_LIMITS.model_copy(update={"access_log_seconds": 600})
"""The same where answers are compared: the access log must not go on by itself between two of them."""

NO_STEP = ("nodes", "edges", "pageInfo", "before", "after", "summary")
"""Fields that are no step: what they hold is what is asked for."""


class Tour:
    """The tour of one schema, with identifiers for required arguments by the names of arguments."""

    def __init__(self, ids: Mapping[str, str], schema: GraphQLSchema | None = None) -> None:
        self.ids = ids
        self.schema = schema or build_schema(SDL.read_text(encoding="utf-8"))

    def operations(self) -> Iterator[Place]:
        """Answer all operations; each takes `$asOf`, a moment or null."""
        for name, way in LISTS.items():
            for field_name, choice, selected in self._choices(self.schema.type_map[name]):
                document = "query ($asOf: MomentInput) {{ {} }}".format(
                    way.format(field=selected, past=self.ids["past"], cycle=self.ids["cycle"])
                )
                if "$asOf" not in document.partition("{")[2]:
                    document = document.replace(" ($asOf: MomentInput)", "", 1)
                yield Place(name=f"{name}.{field_name}{choice}", document=document)

    def selected(self) -> frozenset[tuple[str, str]]:
        """Answer the fields of types that the operations select; that of an interface is one of all its types."""
        found: set[tuple[str, str]] = set()
        information = TypeInfo(self.schema)

        class Collector(Visitor):
            def enter_field(self, node: FieldNode, *_: Any) -> None:
                parent = information.get_parent_type()
                assert parent is not None
                found.add((parent.name, node.name.value))

        for operation in self.operations():
            visit(parse(operation.document), TypeInfoVisitor(information, Collector()))
        for kind in self.schema.type_map.values():
            if isinstance(kind, GraphQLObjectType):
                found |= {(kind.name, name) for name in kind.fields for each in kind.interfaces if (each.name, name) in found}
        return frozenset(found)

    def reachable(self) -> frozenset[tuple[str, str]]:
        """Answer every field of every type that a query can reach."""
        found: set[tuple[str, str]] = set()
        waiting: list[Any] = [self.schema.type_map["Query"]]
        seen: set[str] = set()
        while waiting:
            kind = waiting.pop()
            if kind.name in seen or is_leaf_type(kind):
                continue
            seen.add(kind.name)
            if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
                waiting.extend(self.schema.get_possible_types(kind))
                continue
            found |= {(kind.name, name) for name in kind.fields}
            waiting.extend(get_named_type(field.type) for field in kind.fields.values())
        return frozenset(found)

    # --- selections

    def _choices(self, kind: Any) -> Iterator[tuple[str, str, str]]:
        """Answer every selection of one field of a type: its leaves together, and each other field in all its variants."""
        leaves = [name for name, field in kind.fields.items() if is_leaf_type(get_named_type(field.type)) and not field.args]
        if leaves:
            yield "leaves", "", " ".join(("__typename", *leaves))
        for name, field in kind.fields.items():
            if name not in leaves:
                selection = self.selection(field.type, DEPTH)
                for number, arguments in enumerate(self._variants(field)):
                    yield name, f" {number}" if number else "", f"{name}{arguments} {selection}"
        if isinstance(kind, GraphQLInterfaceType):
            extras = self._extras(kind, DEPTH + 1)
            if extras:
                yield "members", "", extras

    def _variants(self, field: GraphQLField) -> Iterator[str]:
        """Answer the arguments of a field: the required ones alone, and with each value of each choice."""
        required = {name: self._some(each, name) for name, each in field.args.items() if is_required_argument(each)}
        if "asOf" in field.args:
            required["asOf"] = Name("$asOf")
        yield written(required)
        if "of" in required and isinstance(required["of"], str):
            yield from (written({**required, "of": self._identifier(each)}) for each in ("teamId", "personId"))
        for name, argument in field.args.items():
            for value in self._choices_of(argument.type):
                if value != argument.default_value:
                    yield written({**required, name: value})

    def _choices_of(self, kind: Any) -> Iterator[Any]:
        bare = get_named_type(kind)
        if isinstance(bare, GraphQLEnumType):
            yield from ([Name(each)] if kind is not bare and "[" in str(kind) else Name(each) for each in bare.values)
        elif bare.name == "Boolean":
            yield True
            yield False
        elif isinstance(bare, GraphQLInputObjectType) and bare.name.endswith("Order"):
            for each in get_named_type(bare.fields["field"].type).values:
                yield [{"field": Name(each), "direction": Name("DESC"), "nulls": Name("FIRST")}]
        elif bare.name == "SpanInput":
            yield {"from": "2019-06-01T00:00:00Z", "to": "2098-01-01T00:00:00Z"}
        elif bare.name in ("ScopeInput", "ActivityOfInput"):
            for name in bare.fields:
                yield {name: self._identifier(name)}

    def _some(self, argument: GraphQLArgument, name: str) -> Any:
        named = get_named_type(argument.type).name
        if named == "ID":
            found = self._identifier("cycle" if name == "of" else name)
            return [found] if name.endswith("s") else found
        if named == "ActivityOfInput":
            return next(self._choices_of(argument.type))
        return {"String": "e", "BigInt": self.ids["past"], "MomentInput": {"position": self.ids["past"]}}[named]

    def _identifier(self, name: str) -> str:
        return self.ids[name.removesuffix("Ids").removesuffix("Id").replace("ids", "id")]

    def selection(self, kind: GraphQLOutputType, depth: int) -> str:
        """Answer a selection of all that a type says of itself, and of what is as many steps further."""
        bare = get_named_type(kind)
        if is_leaf_type(bare):
            return ""
        if bare.name.endswith("Edge"):
            return "{ cursor node { __typename } }"
        chosen = ["__typename"]
        if isinstance(bare, GraphQLObjectType | GraphQLInterfaceType):
            chosen.extend(self._fields(bare, bare.fields, depth))
        if isinstance(bare, GraphQLInterfaceType | GraphQLUnionType):
            chosen.append(self._extras(bare, depth))
        return "{ " + " ".join(chosen) + " }"

    def _fields(self, kind: Any, names: Iterable[str], depth: int, prefix: str = "") -> Iterator[str]:
        for name in names:
            field = kind.fields[name]
            if any(is_required_argument(each) for each in field.args.values()):
                continue
            alias = f"{prefix}_{name}: {name}" if prefix else name
            if is_leaf_type(get_named_type(field.type)):
                yield alias
            elif depth >= (name not in NO_STEP):
                yield f"{alias} {self.selection(field.type, depth - (name not in NO_STEP))}"

    def _extras(self, kind: Any, depth: int) -> str:
        """Answer what the members of an interface say beyond it; named after them, for one name may have two types."""
        common = kind.fields if isinstance(kind, GraphQLInterfaceType) else {}
        parts: list[str] = []
        for member in self.schema.get_possible_types(kind):
            extras = [name for name in member.fields if name not in common]
            if fields := " ".join(self._fields(member, extras, max(depth - 1, 0), member.name)):
                parts.append(f"... on {member.name} {{ {fields} }}")
        return " ".join(parts)


def written(arguments: Mapping[str, Any]) -> str:
    """Write arguments as a field has them."""
    if not arguments:
        return ""
    return "(" + ", ".join(f"{name}: {literal(value)}" for name, value in arguments.items()) + ")"
