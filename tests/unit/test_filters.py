"""Filters: what becomes of them before they become SQL."""

from datetime import UTC, datetime
from typing import Any

import pytest

from events.health import Status
from events.identifier import Noun, noun_of
from projections.condition import ALWAYS, Compare, Either, Every, Negated, Operator, Related
from projections.lens import Lens
from projections.listing import Listing
from projections.objective_listing import CHECK_INS, KEY_RESULTS, OBJECTIVES
from projections.organization_listing import CYCLES, TEAMS
from schema import order as orders
from schema.comparator import DateTimeFilter, EnumFilter, FloatFilter, IdFilter, StringFilter
from schema.filter import (
    CycleFilter,
    KeyResultFilter,
    ObjectiveFilter,
    PersonFilter,
    TeamFilter,
    condition_of,
)
from schema.identifiers import identifier
from schema.refusal import GraphQLRefusal, RefusalCode

OBJECTIVE = "objective_01jd8m3v6re0q9x5c8d1f2g3h4"
INSTANT = datetime(2026, 8, 15, 12, tzinfo=UTC)


def condition(given: Any) -> Any:
    return condition_of(given, set())


def test_nothing_given_is_no_condition() -> None:
    assert condition(None) == condition(ObjectiveFilter()) == ALWAYS
    assert condition(ObjectiveFilter(title=StringFilter())) == ALWAYS


def test_all_fields_given_must_hold() -> None:
    given = ObjectiveFilter(title=StringFilter(contains_ignore_case="trust"), progress=FloatFilter(gte=0.1, lt=0.3))
    assert condition(given) == Every(
        (
            Compare("title", Operator.CONTAINS_IGNORE_CASE, "trust"),
            Every((Compare("progress", Operator.LESS, 0.3), Compare("progress", Operator.GREATER_OR_EQUAL, 0.1))),
        )
    )


def test_and_or_and_not_nest() -> None:
    given = ObjectiveFilter(
        or_=[
            ObjectiveFilter(status=EnumFilter[Status](in_=[Status.AT_RISK, Status.OUTDATED])),
            ObjectiveFilter(not_=ObjectiveFilter(and_=[ObjectiveFilter(progress=FloatFilter(is_null=True))])),
        ]
    )
    assert condition(given) == Either(
        (
            Compare("status", Operator.IN, ("AT_RISK", "OUTDATED")),
            Negated(Every((Compare("progress", Operator.IS_NULL, value=True),))),
        )
    )


def test_an_empty_or_is_never_true() -> None:
    assert condition(ObjectiveFilter(or_=[])) == Either(())


def test_relations_nest() -> None:
    given = KeyResultFilter(objective=ObjectiveFilter(owner=PersonFilter(id=IdFilter(eq="person_x"))))
    assert condition(given) == Related("objective", Related("owner", Compare("id", Operator.EQUAL, "person_x")))


@pytest.mark.parametrize(
    "given",
    [
        ObjectiveFilter(title=None),
        ObjectiveFilter(and_=None),
        ObjectiveFilter(not_=None),
        ObjectiveFilter(title=StringFilter(eq=None)),
        ObjectiveFilter(created_at=DateTimeFilter(is_null=None)),
        ObjectiveFilter(cycle=CycleFilter(id=IdFilter(in_=None))),
    ],
)
def test_an_explicit_null_is_refused(given: ObjectiveFilter) -> None:
    with pytest.raises(GraphQLRefusal) as caught:
        condition(given)
    assert caught.value.code is RefusalCode.ARGUMENT_INVALID


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_a_text_that_no_database_holds_is_refused(text: str) -> None:
    for given in (StringFilter(eq=text), StringFilter(in_=["a", text])):
        with pytest.raises(GraphQLRefusal) as caught:
            condition(ObjectiveFilter(title=given))
        assert caught.value.code is RefusalCode.ARGUMENT_INVALID


def test_an_identifier_of_the_past_names_the_thing_and_its_moment() -> None:
    past = identifier(OBJECTIVE, Lens(position=1, instant=INSTANT, is_past=True))
    instants: set[datetime] = set()
    given = ObjectiveFilter(parent_id=IdFilter(in_=[past, OBJECTIVE]))
    assert condition_of(given, instants) == Compare("parent_id", Operator.IN, (OBJECTIVE, OBJECTIVE))
    assert instants == {INSTANT}


def test_a_text_that_only_looks_like_an_identifier_is_compared_as_it_is() -> None:
    assert noun_of(OBJECTIVE) is Noun.OBJECTIVE
    given = ObjectiveFilter(title=StringFilter(eq=f"{OBJECTIVE}@1"))
    assert condition(given) == Compare("title", Operator.EQUAL, f"{OBJECTIVE}@1")


def asked_of(listing: Listing) -> set[str]:
    return {*listing.fields, *listing.relations}


@pytest.mark.parametrize(
    ("filter_type", "listing"),
    [(ObjectiveFilter, OBJECTIVES), (KeyResultFilter, KEY_RESULTS), (TeamFilter, TEAMS), (CycleFilter, CYCLES)],
)
def test_the_read_models_know_every_field_of_a_filter(filter_type: Any, listing: Listing) -> None:
    assert set(filter_type.__dataclass_fields__) - {"and_", "or_", "not_"} <= asked_of(listing)


@pytest.mark.parametrize(
    ("fields", "listing"),
    [
        (orders.ObjectiveOrderField, OBJECTIVES),
        (orders.KeyResultOrderField, KEY_RESULTS),
        (orders.CheckInOrderField, CHECK_INS),
        (orders.TeamOrderField, TEAMS),
        (orders.CycleOrderField, CYCLES),
    ],
)
def test_the_read_models_know_every_order(fields: Any, listing: Listing) -> None:
    assert {field.value.lower() for field in fields} <= set(listing.orders)


def test_an_order_names_each_field_once() -> None:
    title = orders.ObjectiveOrder(field=orders.ObjectiveOrderField.TITLE)
    reverse = orders.ObjectiveOrder(field=orders.ObjectiveOrderField.TITLE, direction=orders.OrderDirection.DESC)
    assert orders.chosen([title, reverse, title], ()) == orders.order("title")
    assert orders.chosen([], orders.order("-name")) == orders.order("-name")
