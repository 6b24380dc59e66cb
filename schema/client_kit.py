"""The client kit: what caches and compilers of clients want to know of the schema, made from its SDL.

Files of `docs/clients` that end in `.json`; what else is there is written by hand and reads them.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

import orjson
from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)

_PAGING = {"first", "after", "last", "before"}
_UNKEYED = ("Connection", "Edge", "Payload", "Error", "PageInfo")
"""Types without an id that clients know by their suffix."""

Content = dict[str, Any]


def client_kit(schema: GraphQLSchema) -> dict[str, str]:
    """Answer the text of each generated file of the kit, by its name."""
    files: Mapping[str, Callable[[GraphQLSchema], Any]] = {
        "possibleTypes.json": possible_types,
        "valueTypes.json": value_types,
        "connections.json": connections,
        "scalars.json": scalars,
        "introspection.json": introspection,
        "relay.config.json": relay_configuration,
    }
    return {name: _written(content(schema)) for name, content in files.items()}


def possible_types(schema: GraphQLSchema) -> dict[str, list[str]]:
    """Answer the members of each interface and union.

    Events come by and by: the pattern lets a client that is older than one show it by its fragments on `Event`.
    """
    abstract = [each for each in _own_types(schema) if isinstance(each, GraphQLInterfaceType | GraphQLUnionType)]
    members = {each.name: sorted(member.name for member in schema.get_possible_types(each)) for each in abstract}
    return members | {"Event": [*members["Event"], ".*Event"]}


def value_types(schema: GraphQLSchema) -> list[str]:
    """Answer the types without an id, which caches keep inside of what they belong to."""
    unkeyed = [each.name for each in _objects(schema) if "id" not in each.fields and each is not schema.query_type]
    return [name for name in unkeyed if not name.endswith(_UNKEYED)]


def connections(schema: GraphQLSchema) -> dict[str, dict[str, list[str]]]:
    """Answer the connections by type and field, each with the arguments that make another list of it: not those of paging."""
    found: dict[str, dict[str, list[str]]] = {}
    for parent in _objects(schema):
        for name, field in parent.fields.items():
            if str(cast("object", field.type)).rstrip("!").endswith("Connection"):
                arguments = [argument for argument in field.args if argument not in _PAGING]
                found.setdefault(parent.name, {})[name] = arguments
    return found


def scalars(schema: GraphQLSchema) -> dict[str, str]:
    """Answer how the scalars of the schema are written in JavaScript: all of them as texts."""
    own = [each for each in _own_types(schema) if isinstance(each, GraphQLScalarType) and not is_specified_scalar_type(each)]
    return {each.name: "string" for each in own}


def relay_configuration(schema: GraphQLSchema) -> Content:
    """Answer the configuration of Relay's compiler, with the folders of a usual project."""
    return {
        "src": "./src",
        "schema": "./schema.graphql",
        "language": "typescript",
        "eagerEsModules": True,
        "useImportTypeSyntax": True,
        "customScalarTypes": scalars(schema),
    }


def introspection(schema: GraphQLSchema) -> Content:
    """Answer of introspection what graphcache reads: types with their fields and arguments, without inputs and texts."""
    roots = {"queryType": schema.query_type, "mutationType": schema.mutation_type, "subscriptionType": schema.subscription_type}
    described = [_described(each, schema) for each in _own_types(schema)]
    types = [each for each in described if each is not None]
    return {
        "__schema": {
            **{name: None if root is None else {"name": root.name} for name, root in roots.items()},
            "types": [*types, {"kind": "SCALAR", "name": "Any"}],
        }
    }


def _own_types(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    return [schema.type_map[name] for name in sorted(schema.type_map) if not is_introspection_type(schema.type_map[name])]


def _objects(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    roots = (schema.mutation_type, schema.subscription_type)
    return [each for each in _own_types(schema) if isinstance(each, GraphQLObjectType) and each not in roots]


def _described(kind: GraphQLNamedType, schema: GraphQLSchema) -> Content | None:
    if isinstance(kind, GraphQLUnionType):
        members = [_reference(member) for member in schema.get_possible_types(kind)]
        return {"kind": "UNION", "name": kind.name, "possibleTypes": members}
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return None
    described: Content = {
        "kind": "OBJECT" if isinstance(kind, GraphQLObjectType) else "INTERFACE",
        "name": kind.name,
        "fields": [
            {
                "name": name,
                "type": _reference(field.type),
                "args": [{"name": argument, "type": {"kind": "SCALAR", "name": "Any"}} for argument in field.args],
            }
            for name, field in kind.fields.items()
        ],
        "interfaces": [_reference(each) for each in kind.interfaces],
    }
    if isinstance(kind, GraphQLInterfaceType):
        described["possibleTypes"] = [_reference(member) for member in schema.get_possible_types(kind)]
    return described


def _reference(kind: GraphQLType) -> Content:
    """Answer a reference to a type; scalars and enums are all one to a cache."""
    if isinstance(kind, GraphQLNonNull):
        return {"kind": "NON_NULL", "ofType": _reference(_wrapped(kind))}
    if isinstance(kind, GraphQLList):
        return {"kind": "LIST", "ofType": _reference(_wrapped(kind))}
    named = get_named_type(kind)
    kinds = ((GraphQLObjectType, "OBJECT"), (GraphQLInterfaceType, "INTERFACE"), (GraphQLUnionType, "UNION"))
    for python_type, name in kinds:
        if isinstance(named, python_type):
            return {"kind": name, "name": named.name}
    return {"kind": "SCALAR", "name": "Any"}


def _wrapped(kind: Any) -> Any:
    # The classes of the library leave type parameters open.
    return kind.of_type


def _written(content: Any) -> str:
    """Write a file so that one thing stands on one line, and a change shows as the lines that it touches."""
    if isinstance(content, dict) and "__schema" in content:
        described = dict(cast("Content", content)["__schema"])
        types = ",\n".join(orjson.dumps(each).decode() for each in described.pop("types"))
        head = orjson.dumps(described).decode().removesuffix("}")
        return f'{{"__schema":{head},"types":[\n{types}\n]}}}}\n'
    return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode() + "\n"
