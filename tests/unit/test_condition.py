"""Conditions as SQL, texts compared in memory, and statements with names and holes."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from events.identifier import Noun
from projections.condition import ALWAYS, Compare, Either, Every, Negated, Operator, Related
from projections.keyset import KeyMismatchError, Term, beyond, terms_of
from projections.listing import Kind
from projections.listings import LISTINGS
from projections.memory import cut
from projections.objective_listing import OBJECTIVES
from projections.page import Order, Window
from projections.predicate import Parameters, UnknownFieldError, check_size, compiled, matches
from projections.statement import Sight, prepared


def sql(condition: object) -> tuple[str, list[object]]:
    """Compile a condition on objectives."""
    parameters = Parameters("c")
    text = compiled(OBJECTIVES, condition, parameters)  # type: ignore[arg-type]
    return re.sub(r"\s+", " ", text), list(parameters.values.values())


# --- SQL


@pytest.mark.parametrize(
    ("condition", "text", "values"),
    [
        (ALWAYS, "true", []),
        (Either(()), "false", []),
        (Compare("id", Operator.EQUAL, "x"), "o.id = :c_0::text", ["x"]),
        (Compare("priority", Operator.LESS, 3), "o.priority < :c_0::bigint", [3]),
        (Compare("progress", Operator.IS_NULL, value=True), "o_number.progress is null", []),
        (Compare("id", Operator.IN, ("x", "y")), "o.id = any(:c_0::text[])", [["x", "y"]]),
        (Compare("id", Operator.NOT_IN, ()), "(o.id is not null and o.id <> all(:c_0::text[]))", [[]]),
        (Compare("title", Operator.CONTAINS_IGNORE_CASE, "ÁR%"), "strpos(o.title_folded, :c_0::text) > 0", ["ar%"]),
        (Negated(Compare("id", Operator.EQUAL, "x")), "((o.id = :c_0::text) is not true)", ["x"]),
        (Compare("title", Operator.EQUAL, "\0"), "false", []),
        (Compare("title", Operator.NOT_EQUAL, "\ud800"), "o.title is not null", []),
        (
            Compare("label", Operator.NOT_EQUAL, "x"),
            "not exists (select from unnest(o.labels) as label (value) where label.value = :c_0::text)",
            ["x"],
        ),
        (
            Every((Compare("id", Operator.EQUAL, "x"), Either((Compare("priority", Operator.GREATER, 1), ALWAYS)))),
            "(o.id = :c_0::text and (o.priority > :c_1::bigint or true))",
            ["x", 1],
        ),
        (
            Related("owner", Compare("role", Operator.EQUAL, "ADMIN")),
            "exists (select from {projection}.person p where {at:p} and p.id = o.owner_id and p.role = :c_0::text)",
            ["ADMIN"],
        ),
    ],
)
def test_a_condition_becomes_sql_with_parameters(condition: object, text: str, values: list[object]):
    assert sql(condition) == (text, values)


def test_values_never_become_part_of_a_statement():
    hostile = "'; drop table okr_ledger.event; --"
    for operator in (Operator.EQUAL, Operator.CONTAINS, Operator.STARTS_WITH_IGNORE_CASE):
        text, values = sql(Compare("title", operator, hostile))
        assert "drop" not in text
        assert values == [hostile]


@pytest.mark.parametrize(
    "condition",
    [
        Compare("none", Operator.EQUAL, 1),
        Related("none", ALWAYS),
        Compare("created_at", Operator.CONTAINS, "x"),
        Compare("state", Operator.CONTAINS_IGNORE_CASE, "x"),
    ],
)
def test_what_a_noun_does_not_have_is_refused(condition: object):
    with pytest.raises(UnknownFieldError):
        sql(condition)


def test_every_relation_leads_to_a_noun_that_is_listed_and_every_default_order_is_known():
    for noun, listing in LISTINGS.items():
        assert {relation.noun for relation in listing.relations.values()} <= set(LISTINGS), noun
        assert {order.field for order in listing.default_order} <= set(listing.orders), noun


def test_a_condition_of_a_hundred_comparisons_is_not_too_large():
    check_size(Every(tuple(Compare("id", Operator.EQUAL, "x") for _ in range(100))))


# --- texts in memory


@pytest.mark.parametrize(
    ("operator", "text", "value", "expected"),
    [
        (Operator.EQUAL, "Ada", "Ada", True),
        (Operator.EQUAL, "Ada", "ada", False),
        (Operator.NOT_EQUAL, "Ada", "ada", True),
        (Operator.NOT_EQUAL, None, "ada", False),
        (Operator.IN, "Ada", ("Eva", "Ada"), True),
        (Operator.NOT_IN, "Ada", ("Eva",), True),
        (Operator.NOT_IN, None, ("Eva",), False),
        (Operator.IS_NULL, None, True, True),
        (Operator.IS_NULL, "Ada", False, True),
        (Operator.CONTAINS, "Ada", "d", True),
        (Operator.CONTAINS, "Ada", "D", False),
        (Operator.CONTAINS_IGNORE_CASE, "ŽOFIE", "žof", True),
        (Operator.CONTAINS_IGNORE_CASE, "Straße", "STRASSE", True),
        (Operator.STARTS_WITH, "Ada", "A", True),
        (Operator.STARTS_WITH_IGNORE_CASE, "Ada", "aD", True),
        (Operator.STARTS_WITH_IGNORE_CASE, "Ada", "da", False),
        # Composed and decomposed forms of one letter are the same text to people.
        (Operator.CONTAINS_IGNORE_CASE, "\u00c1rv\u00edz", "a\u0301rvi\u0301z", True),
    ],
)
def test_texts_are_compared_in_memory_as_in_the_database(operator: Operator, text: str | None, value: object, expected: bool):
    assert matches(operator, text, value) is expected


def test_texts_are_not_compared_by_size():
    with pytest.raises(UnknownFieldError):
        matches(Operator.LESS, "a", "b")


# --- keysets


def key_sql(key: tuple[object, ...], *orders: Order) -> str:
    return beyond(terms_of(OBJECTIVES, orders), key, Parameters("k"))


def test_what_stands_behind_a_key_is_stated_term_by_term():
    assert key_sql((2, "x"), Order(field="priority")) == (
        "(((o.priority > :k_0::bigint or o.priority is null))"
        " or (o.priority = :k_0::bigint and (o.id > :k_1::text or o.id is null)))"
    )
    assert key_sql((2, "x"), Order(field="priority", is_descending=True, nulls_first=True)).startswith(
        "((o.priority < :k_0::bigint) or "
    )
    assert key_sql((None, "x"), Order(field="priority")) == ("((o.priority is null and (o.id > :k_0::text or o.id is null)))")
    assert key_sql((None, "x"), Order(field="priority", nulls_first=True)).startswith("((o.priority is not null) or ")


def test_an_order_that_a_noun_does_not_have_is_refused():
    with pytest.raises(UnknownFieldError):
        terms_of(OBJECTIVES, [Order(field="secret")])


def test_a_flipped_term_is_the_other_way_round():
    term = Term(sql="x", kind=Kind.TEXT, column="y", is_descending=False, nulls_first=False)
    assert (term.ordering, term.flipped.ordering) == ("x asc nulls last", "x desc nulls first")
    assert term.flipped.flipped == term


# --- pages in memory


def test_a_page_in_memory_keeps_nulls_where_the_order_puts_them():
    entries = [((None, "d"), "d"), (("b", "c"), "c"), (("a", "b"), "b"), (("a", "a"), "a")]
    for order, expected in (
        (Order(field="name"), "abcd"),
        (Order(field="name", nulls_first=True), "dabc"),
        (Order(field="name", is_descending=True), "cabd"),
        (Order(field="name", is_descending=True, nulls_first=True), "dcab"),
    ):
        assert "".join(cut(entries, [order], Window(first=10)).rows) == expected
    page = cut(entries, [Order(field="name")], Window(first=1, after=("a", "a"), before=("b", "c")))
    assert (page.rows, page.has_next, page.has_previous) == (("b",), True, True)
    page = cut(entries, [Order(field="name")], Window(last=9, after=(None, "d"), before=("a", "a")))
    assert page.rows == ()
    with pytest.raises(KeyMismatchError):
        cut(entries, [Order(field="name")], Window(first=1, after=(7, "a")))


# --- statements


def test_names_become_numbers_and_casts_stay():
    text, names = prepared("select :one::text, :two, :one where {at:x}", Sight.EVERYTHING)
    assert text.startswith("select $1::text, $2, $1 where x.organization_id = $3 and x.to_position > $4")
    assert names == ("one", "two", "organization", "position")


def test_a_plan_for_one_organization_knows_which():
    organization_id = UUID("01890000-0000-7000-8000-000000000001")
    text, names = prepared("select :one where {at:x} and x.id = :organization", Sight.EVERYTHING, organization_id)
    assert text.count(f"'{organization_id}'::uuid") == 2
    assert names == ("one", "position")


@pytest.mark.parametrize("hole", ["{seen:o}", "{seen_objective:o}", "{seen_part:o}"])
def test_who_sees_everything_is_asked_nothing_and_the_past_is_decided_at_the_head(hole: str):
    assert prepared(f"select {hole}", Sight.EVERYTHING) == ("select true", ())
    past = prepared(f"select {hole}", Sight.PAST)
    assert "head" in past[1]
    assert "viewer" in past[1]
    assert "position" not in past[1]


def test_instants_of_keys_need_a_zone():
    key_sql((datetime(2024, 7, 1, tzinfo=UTC).isoformat(), "x"), Order(field="created_at"))
    for instant in ("2024-07-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        with pytest.raises(KeyMismatchError):
            key_sql((instant, "x"), Order(field="created_at"))


def test_every_noun_is_listed_that_has_pages():
    assert set(LISTINGS) == {
        Noun.OBJECTIVE,
        Noun.KEY_RESULT,
        Noun.INITIATIVE,
        Noun.CHECK_IN,
        Noun.CYCLE,
        Noun.TEAM,
        Noun.PERSON,
        Noun.COMMENT,
        Noun.RECOGNITION,
        Noun.CUSTOM_FIELD,
    }
