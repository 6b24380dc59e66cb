"""Orders: by which fields a list may be sorted."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import strawberry

from events.identifier import Noun
from projections.custom_field_orders import CUSTOM_FIELD
from projections.page import Order
from schema.enumeration import described
from schema.identifiers import parse_identifier
from schema.refusal import GraphQLRefusal, RefusalCode

MOST_CUSTOM_FIELDS = 3
"""By how many custom fields one list is ordered: each is looked up for each thing."""


class OrderDirection(StrEnum):
    """Which way to order."""

    ASC = "ASC"
    DESC = "DESC"


class NullsOrder(StrEnum):
    """Where absent values stand."""

    FIRST = "FIRST"
    LAST = "LAST"


class ObjectiveOrderField(StrEnum):
    """What objectives can be ordered by."""

    PRIORITY = "PRIORITY"
    TITLE = "TITLE"
    PROGRESS = "PROGRESS"
    CONFIDENCE = "CONFIDENCE"
    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"
    CYCLE = "CYCLE"


class KeyResultOrderField(StrEnum):
    """What key results can be ordered by."""

    PRIORITY = "PRIORITY"
    TITLE = "TITLE"
    PROGRESS = "PROGRESS"
    CONFIDENCE = "CONFIDENCE"
    DUE_ON = "DUE_ON"


class InitiativeOrderField(StrEnum):
    """What initiatives can be ordered by."""

    PRIORITY = "PRIORITY"
    DUE_ON = "DUE_ON"
    BEGINS_ON = "BEGINS_ON"
    TITLE = "TITLE"
    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"


class CheckInOrderField(StrEnum):
    """What check-ins can be ordered by."""

    EFFECTIVE_AT = "EFFECTIVE_AT"
    RECORDED_AT = "RECORDED_AT"


class PersonOrderField(StrEnum):
    """What people can be ordered by."""

    NAME = "NAME"


class TeamOrderField(StrEnum):
    """What teams can be ordered by."""

    NAME = "NAME"


class CycleOrderField(StrEnum):
    """What cycles can be ordered by."""

    STARTS_ON = "STARTS_ON"
    NAME = "NAME"


class KpiOrderField(StrEnum):
    """What KPIs can be ordered by."""

    PRIORITY = "PRIORITY"
    TITLE = "TITLE"
    CREATED_AT = "CREATED_AT"
    LAST_READ_AT = "LAST_READ_AT"


class TemplateOrderField(StrEnum):
    """What templates can be ordered by."""

    TITLE = "TITLE"
    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"


described(
    OrderDirection,
    "OrderDirection",
    "Which way to order.",
    {OrderDirection.ASC: "Smallest first.", OrderDirection.DESC: "Largest first."},
)
described(
    NullsOrder,
    "NullsOrder",
    "Where absent values stand in an order.",
    {NullsOrder.FIRST: "Before all others.", NullsOrder.LAST: "After all others."},
)
described(
    ObjectiveOrderField,
    "ObjectiveOrderField",
    "What objectives can be ordered by. May grow.",
    {
        ObjectiveOrderField.PRIORITY: "By priority, the most important first.",
        ObjectiveOrderField.TITLE: "By title, without regard to case: by its first 100 characters.",
        ObjectiveOrderField.PROGRESS: "By progress.",
        ObjectiveOrderField.CONFIDENCE: "By confidence.",
        ObjectiveOrderField.CREATED_AT: "By when it was created.",
        ObjectiveOrderField.UPDATED_AT: "By when its definition last changed.",
        ObjectiveOrderField.CYCLE: "By the first day of its cycle.",
    },
)
described(
    KeyResultOrderField,
    "KeyResultOrderField",
    "What key results can be ordered by. May grow.",
    {
        KeyResultOrderField.PRIORITY: "By priority, the most important first.",
        KeyResultOrderField.TITLE: "By title, without regard to case.",
        KeyResultOrderField.PROGRESS: "By progress.",
        KeyResultOrderField.CONFIDENCE: "By confidence.",
        KeyResultOrderField.DUE_ON: "By the day it is due.",
    },
)
described(
    InitiativeOrderField,
    "InitiativeOrderField",
    "What initiatives can be ordered by. May grow.",
    {
        InitiativeOrderField.PRIORITY: "By priority, the most important first.",
        InitiativeOrderField.DUE_ON: "By the day it is due.",
        InitiativeOrderField.BEGINS_ON: "By the day the work is to begin.",
        InitiativeOrderField.TITLE: "By title, without regard to case.",
        InitiativeOrderField.CREATED_AT: "By when it was created.",
        InitiativeOrderField.UPDATED_AT: "By when it last changed.",
    },
)
described(
    CheckInOrderField,
    "CheckInOrderField",
    "What check-ins can be ordered by. May grow.",
    {
        CheckInOrderField.EFFECTIVE_AT: "By when it was measured.",
        CheckInOrderField.RECORDED_AT: "By when it was recorded.",
    },
)
described(PersonOrderField, "PersonOrderField", "What people can be ordered by. May grow.", {PersonOrderField.NAME: "By name."})
described(TeamOrderField, "TeamOrderField", "What teams can be ordered by. May grow.", {TeamOrderField.NAME: "By name."})
described(
    CycleOrderField,
    "CycleOrderField",
    "What cycles can be ordered by. May grow.",
    {CycleOrderField.STARTS_ON: "By first day.", CycleOrderField.NAME: "By name."},
)


described(
    KpiOrderField,
    "KpiOrderField",
    "What KPIs can be ordered by. May grow.",
    {
        KpiOrderField.PRIORITY: "By priority, the most important first.",
        KpiOrderField.TITLE: "By title, without regard to case.",
        KpiOrderField.CREATED_AT: "By when it was created.",
        KpiOrderField.LAST_READ_AT: "By when the value that counts was read.",
    },
)


described(
    TemplateOrderField,
    "TemplateOrderField",
    "What templates can be ordered by. May grow.",
    {
        TemplateOrderField.TITLE: "By title, without regard to case.",
        TemplateOrderField.CREATED_AT: "By when it was created.",
        TemplateOrderField.UPDATED_AT: "By when it last changed.",
    },
)


def _direction() -> Any:
    return strawberry.field(description="Which way.", default=OrderDirection.ASC)


def _field() -> Any:
    return strawberry.field(description="By what; given unless customFieldId is.", default=strawberry.UNSET)


def _custom_field() -> Any:
    return strawberry.field(
        description="By what it has in this custom field: texts and addresses by their first 100 characters, choices in their "
        f"order, people by id. At most {MOST_CUSTOM_FIELDS} such keys.",
        default=strawberry.UNSET,
    )


def _nulls() -> Any:
    return strawberry.field(description="Where absent values stand.", default=NullsOrder.LAST)


@strawberry.input(description="One key of an order of objectives.")
class ObjectiveOrder:
    """The identifier breaks ties."""

    field: ObjectiveOrderField | None = _field()
    custom_field_id: strawberry.ID | None = _custom_field()
    direction: OrderDirection = _direction()
    nulls: NullsOrder = _nulls()


@strawberry.input(description="One key of an order of key results.")
class KeyResultOrder:
    """The identifier breaks ties."""

    field: KeyResultOrderField | None = _field()
    custom_field_id: strawberry.ID | None = _custom_field()
    direction: OrderDirection = _direction()
    nulls: NullsOrder = _nulls()


@strawberry.input(description="One key of an order of initiatives.")
class InitiativeOrder:
    """The identifier breaks ties."""

    field: InitiativeOrderField | None = _field()
    custom_field_id: strawberry.ID | None = _custom_field()
    direction: OrderDirection = _direction()
    nulls: NullsOrder = _nulls()


@strawberry.input(description="One key of an order of check-ins.")
class CheckInOrder:
    """The identifier breaks ties."""

    field: CheckInOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = _direction()
    nulls: NullsOrder = _nulls()


@strawberry.input(description="One key of an order of people.")
class PersonOrder:
    """The identifier breaks ties."""

    field: PersonOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = _direction()
    nulls: NullsOrder = _nulls()


@strawberry.input(description="One key of an order of teams.")
class TeamOrder:
    """The identifier breaks ties."""

    field: TeamOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = _direction()
    nulls: NullsOrder = _nulls()


@strawberry.input(description="One key of an order of cycles.")
class CycleOrder:
    """The identifier breaks ties."""

    field: CycleOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = _direction()
    nulls: NullsOrder = _nulls()


@strawberry.input(description="One key of an order of KPIs.")
class KpiOrder:
    """The identifier breaks ties."""

    field: KpiOrderField | None = _field()
    custom_field_id: strawberry.ID | None = _custom_field()
    direction: OrderDirection = _direction()
    nulls: NullsOrder = _nulls()


@strawberry.input(description="One key of an order of templates.")
class TemplateOrder:
    """The identifier breaks ties."""

    field: TemplateOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = _direction()
    nulls: NullsOrder = _nulls()


_ARGUMENT: Any = strawberry.argument(description="In which order. The id breaks ties.")
OrderByObjective = Annotated[list[ObjectiveOrder] | None, _ARGUMENT]
OrderByKeyResult = Annotated[list[KeyResultOrder] | None, _ARGUMENT]
OrderByInitiative = Annotated[list[InitiativeOrder] | None, _ARGUMENT]
OrderByCheckIn = Annotated[list[CheckInOrder] | None, _ARGUMENT]
OrderByPerson = Annotated[list[PersonOrder] | None, _ARGUMENT]
OrderByTeam = Annotated[list[TeamOrder] | None, _ARGUMENT]
OrderByCycle = Annotated[list[CycleOrder] | None, _ARGUMENT]
OrderByKpi = Annotated[list[KpiOrder] | None, _ARGUMENT]
OrderByTemplate = Annotated[list[TemplateOrder] | None, _ARGUMENT]


def order(*fields: str) -> tuple[Order, ...]:
    """Return a default order; `-` in front of a field turns it round."""
    return tuple(Order(field=field.removeprefix("-"), is_descending=field.startswith("-")) for field in fields)


def chosen(order_by: Sequence[Any] | None, default: tuple[Order, ...]) -> tuple[Order, ...]:
    """Answer the order that was asked for, each field once, or the default.

    Raises:
        GraphQLRefusal: ARGUMENT_INVALID for a key without a field, with two, or too many custom fields.
    """
    if not order_by:
        return default
    orders: dict[str, Order] = {}
    for each in order_by:
        custom_field_id = _custom_field_of(each)
        field = CUSTOM_FIELD if custom_field_id else each.field.value.lower()
        asked = Order(
            field=field,
            custom_field_id=custom_field_id,
            is_descending=each.direction is OrderDirection.DESC,
            nulls_first=each.nulls is NullsOrder.FIRST,
        )
        orders.setdefault(custom_field_id or field, asked)
    if sum(each.custom_field_id is not None for each in orders.values()) > MOST_CUSTOM_FIELDS:
        message = f"an order has at most {MOST_CUSTOM_FIELDS} custom fields"
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, message)
    return tuple(orders.values())


def _custom_field_of(given: Any) -> str | None:
    text = getattr(given, "custom_field_id", None)
    is_custom = text not in (strawberry.UNSET, None)
    if is_custom is (given.field not in (strawberry.UNSET, None)):
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, "a key of an order has either a field or a customFieldId")
    if not is_custom:
        return None
    reference = parse_identifier(str(text))
    if reference is None or reference.noun is not Noun.CUSTOM_FIELD:
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, "customFieldId is not the id of a custom field")
    return reference.entity_id
