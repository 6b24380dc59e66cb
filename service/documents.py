"""GraphQL documents, parsed and validated once: remembered by their text, bounded by number and by length."""

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    Visitor,
    specified_rules,
    validate,
    visit,
)

from schema.limits import QueryLimits, check_document, checked_cost, counted_variables, parse_document
from schema.plan import Plans
from service.graphql_errors import ErrorCode, RequestRefusedError

_MAX_ERRORS = 20
"""Errors of one document that are told; each costs a look through the schema for names alike."""

_MOST_COSTS = 100
"""Costs of one document that are remembered."""

_INTROSPECTION = {"__schema", "__type", "__typename"}
_ESCAPED_NUL = re.compile(r"\\u(0000|\{0+\})")


class DocumentInvalidError(Exception):
    """A document that is no GraphQL, or not of this schema."""

    def __init__(self, code: ErrorCode, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A valid document; `plans` carry out its queries, if there are any for its schema.

    `costs` are known by operation and by the variables that count, which `counted` names.
    """

    node: DocumentNode
    operations: Mapping[str, OperationDefinitionNode]
    plans: Plans | None = None
    counted: tuple[str, ...] = ()
    costs: dict[Hashable, int] = field(default_factory=dict[Hashable, int])

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Answer the operation to carry out.

        Raises:
            RequestRefusedError: UNKNOWN_OPERATION, also when a name is needed and not given.
        """
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is None:
            raise RequestRefusedError(ErrorCode.UNKNOWN_OPERATION, "operationName must say which of the operations to run")
        operation = self.operations.get(name) if name else None
        if operation is None:
            raise RequestRefusedError(ErrorCode.UNKNOWN_OPERATION, "the document has no operation of this name")
        return operation


class Documents:
    """The documents of one schema. `entries` and `characters` bound what is remembered, the least used go first.

    Without `allows_introspection`, a document that asks for the schema is not valid. `plan` makes the plans of a document.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: QueryLimits,
        *,
        entries: int,
        characters: int = 4_000_000,
        allows_introspection: bool = True,
        plan: Callable[[DocumentNode], Plans] | None = None,
    ) -> None:
        self._plan = plan
        self._schema = schema
        self._limits = limits
        self._entries = entries
        self._characters = characters
        self._rules = specified_rules if allows_introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
        self._held = 0
        self._known: OrderedDict[str, Document] = OrderedDict()

    def __len__(self) -> int:
        """Answer how many documents are remembered."""
        return len(self._known)

    def read(self, text: str) -> Document:
        """Answer a valid document.

        Raises:
            DocumentLimitExceededError: it passes a limit.
            DocumentInvalidError: it is no GraphQL, or not of this schema.
        """
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        document = self._read(text)
        self._known[text] = document
        self._held += len(text)
        while len(self._known) > self._entries or self._held > self._characters:
            forgotten, _ = self._known.popitem(last=False)
            self._held -= len(forgotten)
        return document

    @property
    def cost_limit(self) -> int:
        """What an operation may cost."""
        return self._limits.cost

    def checked_cost(self, document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
        """Answer what an operation costs with its variables, unless it is too much.

        Raises:
            DocumentLimitExceededError: with the limit and the cost.
        """
        lengths = tuple(_length(variables[name]) if name in variables else "default" for name in document.counted)
        key = (operation.name.value if operation.name else None, lengths)
        cost = document.costs.get(key)
        if cost is None:
            cost = checked_cost(self._schema, document.node, operation, variables, self._limits)
            if len(document.costs) < _MOST_COSTS:
                document.costs[key] = cost
        return cost

    def _read(self, text: str) -> Document:
        try:
            node = parse_document(text, self._limits)
        except GraphQLError as error:
            raise DocumentInvalidError(ErrorCode.SYNTAX_ERROR, [error]) from error
        if _ESCAPED_NUL.search(text):
            _check_texts(node)
        check_document(self._schema, node, self._limits)
        errors = validate(self._schema, node, self._rules, max_errors=_MAX_ERRORS)
        if errors:
            raise DocumentInvalidError(ErrorCode.VALIDATION_FAILED, errors)
        operations = [each for each in node.definitions if isinstance(each, OperationDefinitionNode)]
        return Document(
            node=node,
            operations={each.name.value if each.name else "": each for each in operations},
            plans=None if self._plan is None else self._plan(node),
            counted=counted_variables(node),
        )


def _length(value: object) -> Hashable:
    """Answer all that a cost can depend on of a variable's value."""
    if isinstance(value, list):
        return "list", len(value)  # pyright: ignore[reportUnknownArgumentType]
    return value if isinstance(value, int | float) else None


def is_introspection(operation: OperationDefinitionNode) -> bool:
    """Say whether an operation asks of the schema alone; fields behind a fragment count as others."""
    return operation.operation is OperationType.QUERY and all(
        isinstance(each, FieldNode) and each.name.value in _INTROSPECTION for each in operation.selection_set.selections
    )


class _NulFinder(Visitor):
    """Finds texts that PostgreSQL can not store."""

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        """Refuse a text with NUL."""
        if "\x00" in node.value:
            error = GraphQLError("a text holds NUL, which can not be stored", node)
            raise DocumentInvalidError(ErrorCode.VALIDATION_FAILED, [error])


def _check_texts(node: DocumentNode) -> None:
    visit(node, _NulFinder())
