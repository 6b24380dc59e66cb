"""Plans: queries compiled once, and carried out for all things of a level at a time.

graphql-core looks at every field of every thing anew. A plan looks once: which fields each type answers, how each is read and
completed. It then reads a column of all things in one loop, starts the relations of all things before it waits for the first,
and goes on with what they answered as one batch.

A plan answers only what goes well. Whatever is unusual (introspection, a field that fails, a null where there must be none)
raises, and the library answers instead, from the beginning: reading has no effects. So there is one definition of every error,
which is the library's, and `tests/acceptance/test_plans.py` holds the answers equal.

Of a mutation a plan fills only what a field has answered; the library calls the field. See `service/mutation_executor.py`.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# The types of both libraries leave their parameters open.

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from strawberry import Schema
from strawberry.schema.schema_converter import get_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.info import Info

from schema.completion import Answer, Batch, Complete, Leaves, Thing, UnusualError, as_they_are, completer, leaves_of
from schema.field import Column, Joined, found_of

MOST_CHOICES = 16
"""Plans that are remembered of one document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _FieldPlan:
    """One field of one type under one name of the response. `read` is None for a relation."""

    key: str
    complete: Complete | None
    leaves: Leaves | None
    read: Callable[[Thing], Any] | None
    definition: StrawberryField | None
    nodes: Sequence[FieldNode]
    selections: "_Selections | None"
    parent: GraphQLObjectType


@dataclass(slots=True)
class _Selections:
    """What is selected of a thing, for each type that it may have; made when the first thing of the type comes."""

    sets: Sequence[SelectionSetNode]
    plans: dict[str, Sequence[_FieldPlan]] = field(default_factory=dict[str, Sequence[_FieldPlan]])


class Plan:
    """The plan of one operation, for one choice of what its directives include."""

    def __init__(
        self, schema: Schema, document: DocumentNode, operation: OperationDefinitionNode, included: Mapping[str, bool | None]
    ) -> None:
        self._strawberry = schema
        self._schema: GraphQLSchema = schema._schema  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - no other way to it
        self._operation = operation
        self._included = included
        self._fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        self._root = _Selections([operation.selection_set])

    async def run(self, context: Any, variables: VariableValues) -> Answer:
        """Answer the operation's data."""
        answer: Answer = {}
        await _Run(self, context, variables).fill(self._root, "Query", [None], [answer])
        return answer

    async def run_below(self, key: str, thing: Thing, type_name: str, context: Any, variables: VariableValues) -> Answer:
        """Answer the data of a thing that was answered by the field of a mutation that the response has under a key."""
        selections = next(each.selections for each in self.fields(self._root, "Mutation") if each.key == key)
        if selections is None:
            raise UnusualError
        answer: Answer = {}
        await _Run(self, context, variables).fill(selections, type_name, [thing], [answer])
        return answer

    # --- compiling

    def fields(self, selections: _Selections, type_name: str) -> Sequence[_FieldPlan]:
        """Answer the plan of a selection for things of a type."""
        known = selections.plans.get(type_name)
        if known is None:
            kind = self._schema.type_map[type_name]
            if not isinstance(kind, GraphQLObjectType):
                raise UnusualError
            nodes: dict[str, list[FieldNode]] = {}
            for each in selections.sets:
                self._collect(each, kind, nodes)
            known = selections.plans[type_name] = [self._field(kind, key, several) for key, several in nodes.items()]
        return known

    def _collect(self, selected: SelectionSetNode, kind: GraphQLObjectType, nodes: dict[str, list[FieldNode]]) -> None:
        for each in selected.selections:
            if not self._is_included(each):
                continue
            match each:
                case FieldNode():
                    nodes.setdefault((each.alias or each.name).value, []).append(each)
                case FragmentSpreadNode():
                    fragment = self._fragments[each.name.value]
                    if self._applies(fragment.type_condition.name.value, kind):
                        self._collect(fragment.selection_set, kind, nodes)
                case InlineFragmentNode():
                    if each.type_condition is None or self._applies(each.type_condition.name.value, kind):
                        self._collect(each.selection_set, kind, nodes)
                case _:
                    raise UnusualError

    def _applies(self, condition: str, kind: GraphQLObjectType) -> bool:
        wanted: Any = self._schema.type_map[condition]
        return wanted is kind or (not isinstance(wanted, GraphQLObjectType) and self._schema.is_sub_type(wanted, kind))

    def _is_included(self, node: Any) -> bool:
        for name, condition in _conditions_of(node):
            value = self._included[condition] if isinstance(condition, str) else condition
            if value is None:
                raise UnusualError
            if value is (name == "skip"):
                return False
        return True

    def _field(self, parent: GraphQLObjectType, key: str, nodes: Sequence[FieldNode]) -> _FieldPlan:
        name = nodes[0].name.value
        if name == "__typename":
            type_name = parent.name
            return _FieldPlan(
                key=key,
                complete=None,
                leaves=as_they_are,
                read=lambda _: type_name,
                definition=None,
                nodes=nodes,
                selections=None,
                parent=parent,
            )
        definition = parent.fields.get(name)
        known = None if definition is None else definition.extensions.get("strawberry-definition")
        if definition is None or not isinstance(known, StrawberryField) or known.extensions:
            raise UnusualError
        read = _reader(known)
        if read is None and known.base_resolver is None:
            read = attrgetter(known.python_name)
        leaves = leaves_of(definition.type)
        sets = [each.selection_set for each in nodes if each.selection_set is not None]
        return _FieldPlan(
            key=key,
            complete=completer(definition.type) if leaves is None else None,
            leaves=leaves,
            read=read,
            definition=known,
            nodes=nodes,
            selections=_Selections(sets) if sets else None,
            parent=parent,
        )

    # --- what a relation is called with

    def keywords(self, plan: _FieldPlan, context: Any, variables: Any) -> dict[str, Any]:
        """Answer the arguments of a relation, coerced once for all things."""
        (definition, resolver), node = _related(plan), plan.nodes[0]
        if not resolver.arguments and not resolver.info_parameter:
            return {}
        graphql_field = plan.parent.fields[node.name.value]
        given = get_argument_values(graphql_field, node, variables) if graphql_field.args else {}
        raw: Any = _RawInfo(
            field_name=node.name.value,
            field_nodes=list(plan.nodes),
            return_type=graphql_field.type,
            parent_type=plan.parent,
            schema=self._schema,
            fragments=self._fragments,
            operation=self._operation,
            variable_values=variables,
            context=context,
        )
        converter: Any = self._strawberry.schema_converter
        _, keywords = get_arguments(
            field=definition,
            source=None,
            info=Info(_raw_info=raw, _field=definition),
            kwargs=given,
            config=self._strawberry.config,
            scalar_registry=converter.scalar_registry,
        )
        return keywords


@dataclass(frozen=True, slots=True, kw_only=True)
class _RawInfo:
    """What a relation may ask of the operation: `GraphQLResolveInfo` without the path, which is that of many things."""

    field_name: str
    field_nodes: list[FieldNode]
    return_type: GraphQLOutputType
    parent_type: GraphQLObjectType
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    operation: OperationDefinitionNode
    variable_values: Any
    context: Any


class _Run:
    """One answer in the making."""

    def __init__(self, plan: "Plan", context: Any, variables: Any) -> None:
        self._plan = plan
        self._context = context
        self._variables = variables

    async def fill(self, selections: _Selections, type_name: str, things: list[Thing], answers: list[Answer]) -> None:
        """Fill the answers of things of one type."""
        fields = self._plan.fields(selections, type_name)
        related = await self._related(fields, things)
        batches: list[tuple[_Selections, Batch]] = []
        columns = [
            _completed(each, related[each.key] if each.read is None else list(map(each.read, things)), batches)
            for each in fields
        ]
        names = [each.key for each in fields]
        # Nothing may be left of a selection: fragments on other types.
        for answer, row in zip(answers, zip(*columns, strict=True), strict=bool(columns)):
            answer.update(zip(names, row, strict=True))
        rest = [self.fill(selected, name, *found) for selected, batch in batches for name, found in batch.things.items()]
        if len(rest) == 1:
            await rest[0]
        elif rest:
            async with asyncio.TaskGroup() as level:
                for filling in rest:
                    level.create_task(filling)

    async def _related(self, fields: Sequence[_FieldPlan], things: list[Thing]) -> dict[str, list[Any]]:
        """Answer what each relation holds for all things."""
        relations = {each.key: each for each in fields if each.read is None}
        joined = {key: each.definition for key, each in relations.items() if isinstance(each.definition, Joined)}
        if joined and len({id(thing.view) for thing in things}) > 1:
            joined.clear()
        calls = {key: asyncio.ensure_future(self._called(each, things)) for key, each in relations.items() if key not in joined}
        answered: dict[str, list[Any]] = {}
        try:
            found = await found_of(list(joined.values()), things[0].view, things) if joined else ()
            for (key, definition), several in zip(joined.items(), found, strict=True):
                keywords = self._plan.keywords(relations[key], self._context, self._variables)
                read = partial(definition.read, **keywords) if keywords else definition.read
                answered[key] = list(map(read, things, *several))
            for key, call in calls.items():
                answered[key] = await call
        finally:
            for call in calls.values():
                call.cancel()
        return answered

    async def _called(self, each: _FieldPlan, things: list[Thing]) -> list[Any]:
        definition, resolver = _related(each)
        keywords = self._plan.keywords(each, self._context, self._variables)
        function: Any = resolver.wrapped_func
        called = [function(thing, **keywords) if resolver.self_parameter else function(**keywords) for thing in things]
        return list(await asyncio.gather(*called)) if definition.is_async else called


def _related(each: _FieldPlan) -> tuple[StrawberryField, StrawberryResolver[Any]]:
    """Answer the definition of a field that has a resolver, and it."""
    definition = each.definition
    if definition is None or definition.base_resolver is None:
        raise UnusualError
    return definition, definition.base_resolver


def _completed(each: _FieldPlan, values: list[Any], batches: list[tuple[_Selections, Batch]]) -> list[Any]:
    """Answer what the response holds of a field for all things; what has fields itself goes to the next level."""
    if each.leaves is not None:
        return each.leaves(values)
    batch, complete = Batch(), each.complete
    if complete is None:
        raise UnusualError
    completed = [complete(value, batch) for value in values]
    if batch.things:
        if each.selections is None:
            raise UnusualError
        batches.append((each.selections, batch))
    return completed


def _reader(definition: StrawberryField) -> Callable[[Thing], Any] | None:
    if not isinstance(definition, Column):
        return None
    return definition.read or attrgetter(f"row.{definition.python_name}")


# --- which plan


class Plans:
    """The plans of one document, made when they are needed: one for each choice of what is included."""

    def __init__(self, schema: Schema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        self._conditions = sorted(_conditions_in(document))
        self._known: dict[tuple[str, tuple[bool | None, ...]], Plan] = {}

    async def run(self, operation: OperationDefinitionNode, context: Any, variables: Mapping[str, Any]) -> Answer:
        """Answer the data of a query.

        Raises:
            Exception: whatever it is, the library has to answer.
        """
        schema: GraphQLSchema = self._schema._schema  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - no other way to it
        coerced = get_variable_values(schema, operation.variable_definitions or (), dict(variables))
        if isinstance(coerced, list) or operation.operation is not OperationType.QUERY:
            raise UnusualError
        return await self.plan(operation, coerced).run(context, coerced)

    def plan(self, operation: OperationDefinitionNode, coerced: VariableValues) -> Plan:
        """Answer the plan of an operation, for what its variables include."""
        choice = tuple(coerced.coerced.get(name) for name in self._conditions)
        key = (operation.name.value if operation.name else "", choice)
        plan = self._known.get(key)
        if plan is None:
            plan = Plan(self._schema, self._document, operation, dict(zip(self._conditions, choice, strict=True)))
            if len(self._known) < MOST_CHOICES:
                self._known[key] = plan
        return plan


def _conditions_in(document: DocumentNode) -> set[str]:
    names: set[str] = set()

    class Conditions(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            names.update(each.value.name.value for each in node.arguments or () if isinstance(each.value, VariableNode))

    visit(document, Conditions())
    return names


def _conditions_of(node: Any) -> Iterator[tuple[str, str | bool]]:
    """Answer the conditions of `@skip` and `@include` at a place: the name of a variable, or a value."""
    for directive in node.directives or ():
        if directive.name.value not in {"skip", "include"}:
            raise UnusualError
        value = directive.arguments[0].value
        yield directive.name.value, value.name.value if isinstance(value, VariableNode) else value.value
