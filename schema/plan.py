"""Plans: queries compiled once, and carried out for all things of a level at a time.

graphql-core looks at every field of every thing anew. A plan looks once: which fields each type answers, how each is read and
completed. It then reads a column of all things in one loop, starts the relations of all things before it waits for the first,
and goes on with what they answered as one batch. What it answers is JSON: for each thing a template that is filled in, of which
what its row alone tells is kept with the row.

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
from itertools import count, repeat
from operator import attrgetter
from typing import Any

import orjson
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
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from strawberry import Schema
from strawberry.schema.schema_converter import get_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info

from projections.rows import KeptRow, RowTexts
from schema.completion import Leaves, Shape, Thing, UnusualError, leaves_of, required, written
from schema.field import Column, Identifier, Joined
from schema.identifiers import MOMENT
from schema.joining import Joining, together

_ROW, _VIEW = attrgetter("row"), attrgetter("view")
_WRITTEN_MOMENT = orjson.dumps(MOMENT).decode().strip('"')

_NOTHING: Mapping[int, str] = {}

MOST_CHOICES = 16
"""Plans that are remembered of one document."""


@dataclass(slots=True, kw_only=True)
class _FieldPlan:
    """One field of one type under one name of the response: `leaves` of values, `shape` of things that have fields themselves.

    `read` reads it from the thing, and is None for a relation. `keywords` are the arguments of one whose arguments are always
    the same, once they have been asked for. `is_kept` says that its text follows from the row, and `has_moment` from the moment
    as well.
    """

    key: str
    leaves: Leaves | None
    shape: Shape | None
    read: Callable[[Thing], Any] | None
    definition: StrawberryField
    nodes: Sequence[FieldNode]
    selections: "_Selections | None"
    parent: GraphQLObjectType
    keywords: dict[str, Any] | None
    is_kept: bool
    has_moment: bool


_NUMBERS = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """What is selected of things of one type: `kept` follows from their rows, `fields` are the others.

    Of these, `joined` (of the past `joined_then`) and `called` are relations. `text` is the JSON of a thing with a hole for
    each of `kept`, and holes for later for the others. `has_moment` says that what is kept has `MOMENT` in it.
    """

    kept: Sequence[_FieldPlan]
    fields: Sequence[_FieldPlan]
    joined: Joining[_FieldPlan]
    joined_then: Joining[_FieldPlan]
    called: Sequence[_FieldPlan]
    text: str
    has_moment: bool
    number: int = field(default_factory=partial(next, _NUMBERS))


@dataclass(slots=True)
class _Selections:
    """What is selected of a thing, for each type that it may have; made when the first thing of the type comes."""

    sets: Sequence[SelectionSetNode]
    levels: dict[str, _Level] = field(default_factory=dict[str, _Level])


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

    async def run(self, context: Any, variables: VariableValues) -> str:
        """Answer the operation's data as JSON."""
        return await _Run(self, context, variables).text(self._root, "Query", None)

    async def run_below(self, key: str, thing: Thing, type_name: str, context: Any, variables: VariableValues) -> str:
        """Answer as JSON a thing that was answered by the field of a mutation that the response has under a key."""
        selections = next(each.selections for each in self.level(self._root, "Mutation").fields if each.key == key)
        return await _Run(self, context, variables).text(required(selections), type_name, thing)

    # --- compiling

    def level(self, selections: _Selections, type_name: str) -> _Level:
        """Answer what is selected of things of a type."""
        known = selections.levels.get(type_name)
        if known is None:
            kind = self._schema.type_map[type_name]
            if not isinstance(kind, GraphQLObjectType):
                raise UnusualError
            nodes: dict[str, list[FieldNode]] = {}
            for each in selections.sets:
                self._collect(each, kind, nodes)
            known = selections.levels[type_name] = self._compiled(kind, nodes)
        return known

    def _compiled(self, kind: GraphQLObjectType, nodes: Mapping[str, Sequence[FieldNode]]) -> _Level:
        fields: list[_FieldPlan] = []
        texts: list[str] = []
        for key, several in nodes.items():
            if several[0].name.value == "__typename":
                text = f'"{kind.name}"'
            else:
                fields.append(self._field(kind, key, several))
                text = "%s" if fields[-1].is_kept else "%%s"
            texts.append(f'"{key}":{text}')
        relations = [each for each in fields if each.read is None]
        joined = [(each, each.definition) for each in relations if isinstance(each.definition, Joined)]
        return _Level(
            kept=[each for each in fields if each.is_kept],
            fields=[each for each in fields if not each.is_kept],
            joined=Joining(joined),
            joined_then=Joining([each for each in joined if not each[1].is_of_now]),
            called=[each for each in relations if not isinstance(each.definition, Joined)],
            text=f"{{{','.join(texts)}}}",
            has_moment=any(each.has_moment for each in fields),
        )

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
        definition = parent.fields.get(nodes[0].name.value)
        known = None if definition is None else definition.extensions.get("strawberry-definition")
        if definition is None or not isinstance(known, StrawberryField) or known.extensions:
            raise UnusualError
        leaves = leaves_of(definition.type)
        shape = Shape(definition.type) if leaves is None else None
        sets = [each.selection_set for each in nodes if each.selection_set is not None]
        selections = _Selections(sets) if sets else None
        is_kept, has_moment = isinstance(known, Column) and known.is_of_row, isinstance(known, Identifier)
        if is_kept and shape is not None and selections is not None:
            level = None if shape.type_name is None else self.level(selections, shape.type_name)
            # What has other fields as well is made of more than the row.
            is_kept = level is not None and not level.fields
            has_moment = level is not None and level.has_moment
        resolver = known.base_resolver
        return _FieldPlan(
            key=key,
            leaves=leaves,
            shape=shape,
            read=_reader(known),
            definition=known,
            nodes=nodes,
            selections=selections,
            parent=parent,
            keywords={} if resolver is None or not (resolver.arguments or resolver.info_parameter) else None,
            is_kept=is_kept,
            has_moment=is_kept and has_moment,
        )

    # --- what a relation is called with

    def keywords(self, plan: _FieldPlan, context: Any, variables: Any) -> dict[str, Any]:
        """Answer the arguments of a relation, coerced once for all things."""
        definition, node, resolver = plan.definition, plan.nodes[0], required(plan.definition.base_resolver)
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
        if not resolver.info_parameter and not any(_varies(each.value) for each in node.arguments or ()):
            plan.keywords = keywords
        return keywords


@dataclass(slots=True, kw_only=True)
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


@dataclass(slots=True, eq=False)
class _Place:
    """Things of one type at one place of the answer, with what their `fields` have answered.

    `below` are the things in what a field has answered, and the places where they are gone on with.
    """

    level: _Level
    things: list[Thing]
    related: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    values: list[list[Any]] = field(default_factory=list[list[Any]])
    below: "dict[str, _Below]" = field(default_factory=dict[str, "_Below"])

    @property
    def joined(self) -> Joining[_FieldPlan]:
        """The joined fields to look for, where all things are of one view."""
        return self.level.joined_then if self.things[0].view.lens.is_past else self.level.joined


_Below = tuple[list[Thing], list[_Place]]


class _Run:
    """One answer in the making."""

    def __init__(self, plan: "Plan", context: Any, variables: Any) -> None:
        self._plan = plan
        self._context = context
        self._variables = variables

    async def text(self, selections: _Selections, type_name: str, thing: Thing) -> str:
        """Answer the JSON of a thing: all places are filled, those of one depth together, and then written from below."""
        first = _Place(self._plan.level(selections, type_name), [thing])
        places = [first]
        while places:
            await self._relate(places)
            places = [below for place in places for below in self._below(place)]
        (text,) = self._texts(first)
        return text

    # --- filling

    async def _relate(self, places: Sequence[_Place]) -> None:
        """Find what each relation holds for all things; it takes no turn of the loop where nothing has to be loaded."""
        joined: list[_Place] = []
        called: list[tuple[_Place, _FieldPlan]] = []
        for place in places:
            called += [(place, each) for each in place.level.called]
            if not place.level.joined.fields:
                continue
            if len(set(map(id, map(_VIEW, place.things)))) == 1:
                joined.append(place)
            else:
                called += [(place, each) for each, _ in place.level.joined.fields]
        if len(called) == 1 and not joined:
            ((place, each),) = called
            place.related[each.key] = await self._called(each, place.things)
            return
        calls = [(place, each.key, asyncio.ensure_future(self._called(each, place.things))) for place, each in called]
        try:
            await self._join(joined)
            for place, key, call in calls:
                place.related[key] = await call
        finally:
            for _, _, call in calls:
                call.cancel()

    async def _join(self, places: Sequence[_Place]) -> None:
        """Find what joined fields are made of, for all places at once, and read them."""
        joined = [place.joined for place in places]
        searches = [each.search(place.things[0].view, place.things) for each, place in zip(joined, places, strict=True)]
        for place, joining, found in zip(places, joined, await together(searches), strict=True):
            for (each, definition), several in zip(joining.fields, found, strict=True):
                keywords = self._keywords(each)
                read = partial(definition.read, **keywords) if keywords else definition.read
                place.related[each.key] = list(map(read, place.things, *several))

    def _below(self, place: _Place) -> Iterator[_Place]:
        """Read the other fields of things, and answer the places of things in what the fields have answered."""
        for each in place.level.fields:
            if each.read is not None:
                values = list(map(each.read, place.things))
            else:
                # What was not looked for is of now, and these are of the past.
                values = place.related.get(each.key) or [[] for _ in place.things]
            place.values.append(values)
            if each.leaves is None:
                things = required(each.shape).things(values)
                # What is equal is written once: a thousand key results have a few owners.
                distinct = dict(zip(map(id, things), things, strict=True))
                selections = required(each.selections)
                types = required(each.shape).by_type(distinct.values())
                below = [_Place(self._plan.level(selections, name), of_type) for name, of_type in types.items()]
                place.below[each.key] = things, below
                yield from below

    # --- writing

    def _texts(self, place: _Place) -> list[str]:
        """Answer the JSON of the things of a place."""
        level, things = place.level, place.things
        columns = [
            written(each.leaves(values)) if each.leaves is not None else self._texts_below(each, values, *place.below[each.key])
            for each, values in zip(level.fields, place.values, strict=True)
        ]
        rows = zip(*columns, strict=True) if columns else repeat((), len(things))
        if not level.kept:
            text = level.text % ()
            return [text % row for row in rows]
        texts = self._kept_texts(level, things)
        if level.has_moment:
            texts = [text.replace(MOMENT, thing.view.lens.suffix) for text, thing in zip(texts, things, strict=True)]
        return [text % row for text, row in zip(texts, rows, strict=True)]

    def _texts_below(self, each: _FieldPlan, values: list[Any], things: list[Thing], places: Sequence[_Place]) -> list[str]:
        """Answer the JSON of what a field has answered for all things, which has fields itself."""
        known: dict[int, str] = {}
        for place in places:
            known.update(zip(map(id, place.things), self._texts(place), strict=True))
        return required(each.shape).texts(values, list(map(known.__getitem__, map(id, things))))

    def _kept_texts(self, level: _Level, things: list[Thing]) -> list[str]:
        """Answer the JSON of things with holes for what does not follow from their rows; it is kept with rows that are kept."""
        kept = [row.texts if isinstance(row, KeptRow) else _NOTHING for row in map(_ROW, things)]
        texts = [known.get(level.number, "") for known in kept]
        if all(texts):
            return texts
        missing = [place for place, text in enumerate(texts) if not text]
        for place, text in zip(missing, self._made_texts(level, [things[place] for place in missing]), strict=True):
            texts[place], keeper = text, kept[place]
            if isinstance(keeper, RowTexts):
                keeper.keep(level.number, text)
        return texts

    def _made_texts(self, level: _Level, things: list[Thing]) -> list[str]:
        return [level.text % row for row in zip(*(self._made_column(each, things) for each in level.kept), strict=True)]

    def _made_column(self, each: _FieldPlan, things: list[Thing]) -> list[str]:
        """Answer the JSON of what a field reads from rows alone, with nothing in it that looks like a hole."""
        values = list(map(required(each.read), things))
        if each.leaves is not None:
            texts = [text.replace("%", "%%") for text in written(each.leaves(values))]
            # The writer of JSON writes it as any other text has it only behind a backslash of its own.
            return (
                [text.replace(_WRITTEN_MOMENT, MOMENT) for text in texts] if isinstance(each.definition, Identifier) else texts
            )
        shape, selections = required(each.shape), required(each.selections)
        below = shape.things(values)
        texts = self._made_texts(self._plan.level(selections, required(shape.type_name)), below) if below else []
        return shape.texts(values, texts)

    async def _called(self, each: _FieldPlan, things: list[Thing]) -> list[Any]:
        definition, resolver = each.definition, each.definition.base_resolver
        if resolver is None:
            raise UnusualError
        keywords = self._keywords(each)
        function: Any = resolver.wrapped_func
        called = [function(thing, **keywords) if resolver.self_parameter else function(**keywords) for thing in things]
        if not definition.is_async:
            return called
        return [await called[0]] if len(called) == 1 else list(await asyncio.gather(*called))

    def _keywords(self, each: _FieldPlan) -> dict[str, Any]:
        return self._plan.keywords(each, self._context, self._variables) if each.keywords is None else each.keywords


def _reader(definition: StrawberryField) -> Callable[[Thing], Any] | None:
    if isinstance(definition, Column):
        return definition.read
    return attrgetter(definition.python_name) if definition.base_resolver is None else None


# --- which plan


class Plans:
    """The plans of one document, made when they are needed: one for each choice of what is included."""

    def __init__(self, schema: Schema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        self._conditions = sorted(_conditions_in(document))
        self._known: dict[tuple[str, tuple[bool | None, ...]], Plan] = {}

    async def run(self, operation: OperationDefinitionNode, context: Any, variables: Mapping[str, Any]) -> str:
        """Answer the data of a query as JSON.

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


def _varies(value: ValueNode) -> bool:
    """Say whether a value, or a part of it, is that of a variable."""
    match value:
        case ListValueNode():
            return any(map(_varies, value.values))
        case ObjectValueNode():
            return any(_varies(each.value) for each in value.fields)
        case _:
            return isinstance(value, VariableNode)


def _conditions_of(node: Any) -> Iterator[tuple[str, str | bool]]:
    """Answer the conditions of `@skip` and `@include` at a place: the name of a variable, or a value."""
    for directive in node.directives or ():
        if directive.name.value not in {"skip", "include"}:
            raise UnusualError
        value = directive.arguments[0].value
        yield directive.name.value, value.name.value if isinstance(value, VariableNode) else value.value
