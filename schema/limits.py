"""Limits of GraphQL documents: measured in time linear in the document, before any rule of the library runs.

The rules of the library compare repeated selections pair by pair, and a fragment that spreads another twice
doubles at every step. Here every fragment is measured once, and what it measures is added wherever it is spread.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, cast

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    Visitor,
    get_named_type,
    parse,
    visit,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLimits:
    """How large a document may be. Fragments count wherever they are spread.

    `cost` is about the number of fields in the largest answer that the document can ask for. A connection, or a
    list of which the `first` are asked for, counts as many times as its page is long, any other list `list_length`
    times; `page_length` bounds a page.
    `repetitions` are pairs of selections that answer under the same name at the same place.
    """

    characters: int = 50_000
    tokens: int = 2_000
    depth: int = 12
    selections: int = 1_000
    root_fields: int = 20
    aliases: int = 100
    directives: int = 50
    repetitions: int = 1_000
    cost: int = 50_000
    page_length: int = 100
    default_page_length: int = 25
    list_length: int = 5


class LimitCode(StrEnum):
    """Which kind of limit a document passes."""

    QUERY_TOO_LARGE = "QUERY_TOO_LARGE"
    QUERY_TOO_DEEP = "QUERY_TOO_DEEP"
    QUERY_TOO_COSTLY = "QUERY_TOO_COSTLY"


class DocumentLimitExceededError(Exception):
    """A document passes a limit; `actual` is None where counting stopped at the limit."""

    def __init__(self, code: LimitCode, what: str, limit: int, actual: int | None) -> None:
        given = "more were" if actual is None else f"{actual} were"
        super().__init__(f"the document has too many {what}: at most {limit} are allowed, {given} given")
        self.code = code
        self.limit = limit
        self.actual = actual


_MAX_NESTING = 100
"""Selection sets inside one another, through fragments too: bounds the recursion of this module."""

_INTROSPECTION = {"__schema": "__Schema", "__type": "__Type"}
_PAGE_LENGTHS, _LIST_LENGTHS = ("first", "last"), ("ids",)
_INTROSPECTION_WEIGHT = 4
"""Introspection answers lists far longer than `list_length`, from memory alone."""


class _Size(NamedTuple):
    """What a selection set measures.

    `depth` counts levels of fields; `fixed` is the cost of what comes once, `listed` of what comes once for
    each item of the page that surrounds it.
    """

    depth: int = 0
    selections: int = 0
    aliases: int = 0
    directives: int = 0
    fixed: int = 0
    listed: int = 0


_NOTHING = _Size()


def parse_document(text: str, limits: QueryLimits) -> DocumentNode:
    """Parse a document of bounded length.

    Raises:
        DocumentLimitExceededError: it is too long.
        GraphQLError: it is no GraphQL.
    """
    if len(text) > limits.characters:
        raise DocumentLimitExceededError(LimitCode.QUERY_TOO_LARGE, "characters", limits.characters, len(text))
    try:
        return parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
    except GraphQLError as error:
        # The library has one class for all it refuses; this ending marks what it stopped reading.
        if error.message.endswith("Parsing aborted."):
            code = LimitCode.QUERY_TOO_DEEP if "too deeply" in error.message else LimitCode.QUERY_TOO_LARGE
            limit = _MAX_NESTING if code is LimitCode.QUERY_TOO_DEEP else limits.tokens
            what = "levels" if code is LimitCode.QUERY_TOO_DEEP else "tokens or comments"
            raise DocumentLimitExceededError(code, what, limit, None) from error
        raise


def check_document(schema: GraphQLSchema, document: DocumentNode, limits: QueryLimits) -> None:
    """Refuse a document that is too deep or too large, whatever its variables.

    A document that names unknown fields or fragments is measured as far as it is known; the rules of the language
    refuse it afterwards.

    Raises:
        DocumentLimitExceededError: with the limit and the number found.
    """
    measuring = _Measuring(schema, document, limits, {})
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    sizes = [measuring.operation(operation) for operation in operations]
    # Fragments that nobody spreads are refused later, but by rules that read them first.
    loose = [fragment for name, fragment in measuring.fragments.items() if name not in measuring.sizes]
    sizes += [measuring.fragment(fragment) for fragment in loose]
    for operation in operations:
        _check(LimitCode.QUERY_TOO_LARGE, "root fields", limits.root_fields, measuring.root_fields(operation))
    _check(LimitCode.QUERY_TOO_DEEP, "levels", limits.depth, max((size.depth for size in sizes), default=0))
    for what in ("selections", "aliases", "directives"):
        total = sum(getattr(size, what) for size in sizes)
        _check(LimitCode.QUERY_TOO_LARGE, what, getattr(limits, what), total)
    roots = [each.selection_set for each in (*operations, *loose)]
    _check(LimitCode.QUERY_TOO_LARGE, "repetitions", limits.repetitions, measuring.repetitions(roots))


def checked_cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    limits: QueryLimits,
) -> int:
    """Answer what an operation costs with its variables, unless it is too much.

    Raises:
        DocumentLimitExceededError: with the limit and the cost.
    """
    measuring = _Measuring(schema, document, limits, {**_defaults(operation), **variables})
    cost = measuring.cost(measuring.operation(operation))
    _check(LimitCode.QUERY_TOO_COSTLY, "fields to answer", limits.cost, cost)
    return cost


def counted_variables(document: DocumentNode) -> tuple[str, ...]:
    """Answer the variables that the cost of a document's operations depends on: those that say how long a list is."""
    names: set[str] = set()

    class Lengths(Visitor):
        def enter_argument(self, node: ArgumentNode, *_: object) -> None:
            if node.name.value in (*_PAGE_LENGTHS, *_LIST_LENGTHS) and isinstance(node.value, VariableNode):
                names.add(node.value.name.value)

    visit(document, Lengths())
    return tuple(sorted(names))


def _check(code: LimitCode, what: str, limit: int, actual: int) -> None:
    if actual > limit:
        raise DocumentLimitExceededError(code, what, limit, actual)


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    return {
        definition.variable.name.value: int(definition.default_value.value)
        for definition in operation.variable_definitions or ()
        if isinstance(definition.default_value, IntValueNode)
    }


class _Measuring:
    """One pass over one document."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, limits: QueryLimits, variables: Mapping[str, Any]
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._variables = variables
        self._nesting = 0
        self.sizes: dict[str, _Size] = {}
        self.fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}

    def operation(self, node: OperationDefinitionNode) -> _Size:
        root = self._schema.get_root_type(node.operation)
        size = self._selection_set(node.selection_set, root)
        declared = sum(len(each.directives or ()) for each in node.variable_definitions or ())
        return size._replace(directives=size.directives + declared + len(node.directives or ()))

    def fragment(self, node: FragmentDefinitionNode) -> _Size:
        name = node.name.value
        known = self.sizes.get(name)
        if known is None:
            # Nothing for now: a fragment that spreads itself is refused later, and must not be followed here.
            self.sizes[name] = _NOTHING
            size = self._selection_set(node.selection_set, self._schema.get_type(node.type_condition.name.value))
            known = self.sizes[name] = size._replace(directives=size.directives + len(node.directives or ()))
        return known

    def cost(self, size: _Size) -> int:
        return size.fixed + self._limits.list_length * size.listed

    def root_fields(self, operation: OperationDefinitionNode) -> int:
        return len(self._fields([operation.selection_set]))

    def repetitions(self, roots: list[SelectionSetNode]) -> int:
        """Count pairs of one name at one place; the caller has bounded what the fragments multiply to."""
        pairs = 0
        places = [[root] for root in roots]
        while places and pairs <= self._limits.repetitions:
            by_name: dict[str, list[SelectionSetNode]] = {}
            counts: dict[str, int] = {}
            for field in self._fields(places.pop()):
                name = (field.alias or field.name).value
                pairs += counts.get(name, 0)
                counts[name] = counts.get(name, 0) + 1
                if field.selection_set is not None:
                    by_name.setdefault(name, []).append(field.selection_set)
            places.extend(by_name.values())
        return pairs

    def _fields(self, pending: list[SelectionSetNode]) -> list[FieldNode]:
        found: list[FieldNode] = []
        spread: set[str] = set()
        while pending:
            for selection in pending.pop().selections:
                if isinstance(selection, FieldNode):
                    found.append(selection)
                elif isinstance(selection, InlineFragmentNode):
                    pending.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in spread:
                    spread.add(selection.name.value)
                    fragment = self.fragments.get(selection.name.value)
                    pending.extend([fragment.selection_set] if fragment else [])
        return found

    def _selection_set(self, node: SelectionSetNode | None, parent: GraphQLNamedType | None) -> _Size:
        if node is None:
            return _NOTHING
        self._nesting += 1
        _check(LimitCode.QUERY_TOO_DEEP, "levels", _MAX_NESTING, self._nesting)
        depth = selections = aliases = directives = fixed = listed = 0
        for selection in node.selections:
            size = self._selection(selection, parent)
            depth = max(depth, size.depth)
            selections += size.selections + 1
            aliases += size.aliases
            directives += size.directives + len(selection.directives or ())
            fixed += size.fixed
            listed += size.listed
        self._nesting -= 1
        return _Size(depth, selections, aliases, directives, fixed, listed)

    def _selection(self, node: object, parent: GraphQLNamedType | None) -> _Size:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, FragmentSpreadNode):
            fragment = self.fragments.get(node.name.value)
            return _NOTHING if fragment is None else self.fragment(fragment)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            return self._selection_set(node.selection_set, self._schema.get_type(condition.name.value) if condition else parent)
        return _NOTHING

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> _Size:
        name = node.name.value
        aliased = int(node.alias is not None)
        if name in _INTROSPECTION:
            below = self._selection_set(node.selection_set, self._schema.get_type(_INTROSPECTION[name]))
            # Its depth is bounded by a rule of the library; the query of the usual tools is deeper than any other.
            cost = _INTROSPECTION_WEIGHT * (1 + self.cost(below))
            return below._replace(depth=1, aliases=below.aliases + aliased, fixed=cost, listed=0)
        definition = parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
        below = self._selection_set(node.selection_set, _named_type(definition))
        fixed, listed = self._weigh(node, definition, below)
        return _Size(below.depth + 1, below.selections, below.aliases + aliased, below.directives, fixed, listed)

    def _weigh(self, node: FieldNode, definition: GraphQLField | None, below: _Size) -> tuple[int, int]:
        if definition is None:
            return 1 + self.cost(below), 0
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        once = 1 + self.cost(below)
        if "first" in definition.args or "last" in definition.args:
            length = self._page_length(given)
            return 1 + (length * once if _is_list(definition) else below.fixed + length * below.listed), 0
        if not _is_list(definition):
            return once, 0
        if "ids" in given:
            return self._list_length(given["ids"]) * once, 0
        return 0, once

    def _page_length(self, given: Mapping[str, ValueNode]) -> int:
        for name in _PAGE_LENGTHS:
            length = self._number(given[name]) if name in given else None
            if length is not None:
                return max(0, min(length, self._limits.page_length))
        return self._limits.default_page_length

    def _number(self, value: ValueNode) -> int | None:
        if isinstance(value, IntValueNode):
            # Thousands of digits are a number to the language and an error to `int`.
            return int(value.value) if len(value.value) < 10 else self._limits.page_length  # noqa: PLR2004
        if isinstance(value, VariableNode):
            known = self._variables.get(value.name.value)
            return int(known) if isinstance(known, int | float) else None
        return None if isinstance(value, NullValueNode) else self._limits.page_length

    def _list_length(self, value: ValueNode) -> int:
        if isinstance(value, ListValueNode):
            return len(value.values)
        if isinstance(value, VariableNode):
            known = self._variables.get(value.name.value)
            return len(known) if isinstance(known, list) else 1  # pyright: ignore[reportUnknownArgumentType]
        return self._limits.page_length


def _is_list(definition: GraphQLField) -> bool:
    # As it is written, `[Thing!]!`: the classes of the library leave type parameters open.
    return str(cast("object", definition.type)).startswith("[")  # pyright: ignore[reportUnknownMemberType]


def _named_type(definition: GraphQLField | None) -> GraphQLNamedType | None:
    return None if definition is None else get_named_type(definition.type)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
