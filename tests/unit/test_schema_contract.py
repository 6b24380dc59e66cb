"""The schema keeps its promises: to the operations of the frontends, and to everybody who reads its descriptions."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_list_type,
    is_non_null_type,
    is_specified_scalar_type,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from schema.build import build_schema as built_schema
from schema.export import SDL_FILE, exported, main
from tests.support.operations import operation

CONTRACT = Path(__file__).parents[1] / "contract"
GROUPS: dict[str, list[str]] = json.loads((CONTRACT / "groups.json").read_text())
VARIABLES: dict[str, Any] = json.loads((CONTRACT / "variables.json").read_text())
DELIVERED = [*GROUPS["core"], *GROUPS["history"], *GROUPS["practice"]]

SUFFIX = "01jd8m3v6re0q9x5c8d1f2g3h4"


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return built_schema()._schema


def filled(value: Any) -> Any:
    """Put identifiers in the place of placeholders."""
    if isinstance(value, dict):
        return {name: filled(each) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each) for each in value]
    if isinstance(value, str) and value.startswith("$"):
        return f"{re.sub(r'(?=[A-Z])', '_', value[1:]).lower()}_{SUFFIX}"
    return value


def named_types(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    own = schema.type_map.values()
    return [each for each in own if not is_introspection_type(each) and not is_specified_scalar_type(each)]


def object_types(schema: GraphQLSchema) -> list[GraphQLObjectType | GraphQLInterfaceType]:
    return [each for each in named_types(schema) if isinstance(each, GraphQLObjectType | GraphQLInterfaceType)]


def response_shape(field: GraphQLField) -> str:
    """Answer what a selection of the field in two fragments has to agree on: the wrappers, and the type of a leaf."""
    named = get_named_type(field.type)
    is_leaf = isinstance(named, GraphQLEnumType | GraphQLScalarType)
    return str(field.type) if is_leaf else str(field.type).replace(named.name, "object")


def test_every_operation_of_the_contract_belongs_to_one_group() -> None:
    files = sorted(path.stem for path in CONTRACT.glob("*.graphql"))
    assert sorted(name for names in GROUPS.values() for name in names) == files == sorted(VARIABLES)
    assert len(files) == 144


@pytest.mark.parametrize("name", DELIVERED)
def test_an_operation_of_the_frontends_validates_and_takes_its_variables(schema: GraphQLSchema, name: str) -> None:
    document = parse(operation(name))
    assert validate(schema, document) == []
    definition = document.definitions[0]
    coerced = get_variable_values(schema, definition.variable_definitions or (), filled(VARIABLES[name]))
    assert not isinstance(coerced, list), coerced


def test_every_element_has_a_description(schema: GraphQLSchema) -> None:
    missing: list[str] = []

    def look(path: str, element: Any) -> None:
        if not (element.description or "").strip():
            missing.append(path)

    for named in named_types(schema):
        look(named.name, named)
        if isinstance(named, GraphQLEnumType):
            for name, value in named.values.items():
                look(f"{named.name}.{name}", value)
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field in named.fields.items():
                look(f"{named.name}.{name}", field)
                arguments: dict[str, GraphQLArgument] = getattr(field, "args", {})
                for argument_name, argument in arguments.items():
                    look(f"{named.name}.{name}({argument_name})", argument)
    assert missing == []


def test_what_may_grow_says_so(schema: GraphQLSchema) -> None:
    closed = {"OrderDirection", "NullsOrder", "CheckInStatus"}
    enums = [each for each in named_types(schema) if isinstance(each, GraphQLEnumType) and each.name not in closed]
    assert [each.name for each in enums if "grow" not in (each.description or "")] == []
    interfaces = [each for each in named_types(schema) if isinstance(each, GraphQLInterfaceType) and each.name != "Node"]
    assert [each.name for each in interfaces if "New members" not in (each.description or "")] == []


def test_one_name_has_one_type_and_nullability_wherever_an_interface_joins_types(schema: GraphQLSchema) -> None:
    differing: list[str] = []
    for interface in named_types(schema):
        if not isinstance(interface, GraphQLInterfaceType) or interface.name == "Node":
            continue
        known: dict[str, tuple[str, str]] = {}
        for member in schema.get_possible_types(interface):
            for name, field in member.fields.items():
                other, shape = known.setdefault(name, (member.name, response_shape(field)))
                if shape != response_shape(field):
                    differing.append(f"{interface.name}: {other}.{name} {shape}, {member.name}.{name} {field.type}")
    assert differing == []


def test_query_roots_are_nullable(schema: GraphQLSchema) -> None:
    query = schema.query_type
    assert query is not None
    assert [name for name, field in query.fields.items() if is_non_null_type(field.type)] == []


def test_the_moment_belongs_to_the_root_fields_of_domain_things(schema: GraphQLSchema) -> None:
    query = schema.query_type
    assert query is not None
    with_moment = {name for name, field in query.fields.items() if "asOf" in field.args}
    of_the_log = {"auditLog", "compare", "event", "logCheckpoint", "logVerification", "momentBuckets", "summary"}
    assert set(query.fields) - with_moment == {"node", "nodes", "viewer", "export", "accessLog", *of_the_log}
    below = [
        f"{each.name}.{name}"
        for each in object_types(schema)
        if each is not query
        for name, field in each.fields.items()
        if "asOf" in field.args
    ]
    assert below == []


def test_every_list_states_its_maximum_or_its_order(schema: GraphQLSchema) -> None:
    unstated: list[str] = []
    for each in object_types(schema):
        if each.name.endswith(("Connection", "Payload")) or each.name in ("ChangeValue", "Mutation"):
            continue
        for name, field in each.fields.items():
            kind = field.type.of_type if is_non_null_type(field.type) else field.type
            leaf = get_named_type(kind)
            if is_list_type(kind) and isinstance(leaf, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
                text = field.description or ""
                argument_texts = " ".join(argument.description or "" for argument in field.args.values())
                if "at most" not in text + argument_texts:
                    unstated.append(f"{each.name}.{name}")
    assert unstated == []


def test_connections_have_the_same_shape_everywhere(schema: GraphQLSchema) -> None:
    connections = [each for each in object_types(schema) if each.name.endswith("Connection")]
    assert len(connections) >= 6
    for each in connections:
        thing = each.name.removesuffix("Connection")
        assert {name: str(field.type) for name, field in each.fields.items()} == {
            "edges": f"[{thing}Edge!]!",
            "nodes": f"[{thing}!]!",
            "pageInfo": "PageInfo!",
            "totalCount": "Int!",
        }
    for each in object_types(schema):
        for name, field in each.fields.items():
            if get_named_type(field.type).name.endswith("Connection"):
                arguments = {argument: str(known.type) for argument, known in field.args.items()}
                assert arguments.items() >= {"first": "Int", "after": "String", "last": "Int", "before": "String"}.items(), name
                assert field.args["first"].default_value == 25


def test_the_committed_language_is_that_of_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == ""
    build_schema(SDL_FILE.read_text(encoding="utf-8"))


def test_a_difference_is_shown_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "schema.graphql"
    stale.write_text(exported().replace("type Query {", "type Query {\n  gone: Int\n"), encoding="utf-8")
    monkeypatch.setattr("schema.export.SDL_FILE", stale)
    monkeypatch.setattr("schema.export.KIT_FOLDER", tmp_path)
    assert main(["--check"]) == 1
    assert "-  gone: Int" in capsys.readouterr().out
    assert main([]) == 0
    assert main(["--check"]) == 0
