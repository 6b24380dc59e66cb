"""Conditions on events made into what an index can answer.

The log is recorded in the order of its positions, so a bound by time is a bound by position. Cycles have no field of
their own: an event belongs to a cycle in whose history it stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from projections.condition import ALWAYS, Compare, Condition, Either, Every, Negated, Operator, Related
from projections.lens import Lens
from projections.predicate import UnknownFieldError, check_size, values_of
from projections.reader import Reader
from projections.statement import fetch

NEVER = Either(())

# Answers for some instants the newest position recorded before each, and at each or before.
_POSITIONS = """
select coalesce(earlier.position, 0) as before, coalesce(newest.position, 0) as upto
from unnest(:instants::timestamptz[]) with ordinality as wanted (at, place)
left join lateral (
    select e.position from okr_ledger.event e
    where e.organization_id = :organization and e.recorded_at < wanted.at
    order by e.recorded_at desc, e.position desc limit 1
) earlier on true
left join lateral (
    select e.position from okr_ledger.event e
    where e.organization_id = :organization and e.recorded_at <= wanted.at
    order by e.recorded_at desc, e.position desc limit 1
) newest on true
order by wanted.place
"""

# Answers which of some identifiers are those of cycles.
_CYCLES = "select distinct c.id from {projection}.cycle c where c.organization_id = :organization and c.id = any(:ids::text[])"


# Answers which of some identifiers are those of objectives that the viewer may not see.
_HIDDEN = """
select o.objective_id from (
    select distinct l.id as objective_id from {projection}.objective l
    where l.organization_id = :organization and l.id = any(:ids::text[])
) o
where not {seen_objective:o}
"""
_NOBODY = ""
"""What no thing is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Where an instant lies in the log: the newest position before it, and at it or before; 0 is none."""

    before: int
    upto: int


async def positions_around(reader: Reader, lens: Lens, instants: Sequence[datetime]) -> dict[datetime, Around]:
    """Answer where instants lie in the log."""
    if not instants:
        return {}
    # By their order: the ends of the calendar do not come back as they went.
    rows = await fetch(reader, lens, _POSITIONS, instants=list(instants))
    return {at: Around(before=row["before"], upto=row["upto"]) for at, row in zip(instants, rows, strict=True)}


async def answerable(reader: Reader, lens: Lens, condition: Condition) -> Condition:
    """Answer a condition that means the same and asks for what `event_listing` knows.

    Raises:
        UnknownFieldError, ConditionLimitError: the condition is none of events, or too large.
    """
    check_size(condition)
    comparisons = list(_comparisons(condition))
    instants = {each.value for each in comparisons if each.field == "recorded_at" and isinstance(each.value, datetime)}
    ids = {value for each in comparisons if each.field == "cycle_id" for value in _texts(each)}
    around = await positions_around(reader, lens, sorted(instants))
    cycle_ids = {row["id"] for row in await fetch(reader, lens, _CYCLES, ids=sorted(ids))} if ids else set[str]()
    named = {value for each in comparisons if each.field == "subject_id_or_part" for value in _texts(each)}
    return _rewritten(_without(await hidden(reader, lens, sorted(named)), condition), around, cycle_ids)


async def hidden(reader: Reader, lens: Lens, ids: Sequence[str]) -> frozenset[str]:
    """Answer which of some identifiers are those of objectives that the viewer may not see.

    An event that moves a key result is seen with the objective it left and stands in the histories of both; to ask for
    that of the other must not tell that it is there.
    """
    if not ids or reader.grants.sees_everything:
        return frozenset()
    return frozenset(row["objective_id"] for row in await fetch(reader, lens, _HIDDEN, ids=list(ids)))


def _without(hidden_ids: frozenset[str], condition: Condition) -> Condition:
    """Answer a condition that names nobody where it names one of some things."""
    match condition:
        case Negated(condition=inner):
            return Negated(_without(hidden_ids, inner))
        case Every(conditions=several):
            return Every(tuple(_without(hidden_ids, each) for each in several))
        case Either(conditions=several):
            return Either(tuple(_without(hidden_ids, each) for each in several))
        case Compare(field="subject_id_or_part", value=str() as value):
            return Compare(condition.field, condition.operator, _NOBODY if value in hidden_ids else value)
        case Compare(field="subject_id_or_part", operator=Operator.IN | Operator.NOT_IN):
            kept = tuple(_NOBODY if each in hidden_ids else each for each in values_of(condition.value))
            return Compare(condition.field, condition.operator, kept)
        case Compare() | Related():
            return condition
        case _:
            assert_never(condition)


def _comparisons(condition: Condition) -> Sequence[Compare]:
    match condition:
        case Compare():
            return [condition]
        case Negated(condition=inner):
            return _comparisons(inner)
        case Every(conditions=several) | Either(conditions=several):
            return [each for part in several for each in _comparisons(part)]
        case Related(relation=relation):
            raise UnknownFieldError(f"there is no relation {relation}")
        case _:
            assert_never(condition)


def _rewritten(condition: Condition, around: Mapping[datetime, Around], cycle_ids: set[str]) -> Condition:
    match condition:
        case Negated(condition=inner):
            return Negated(_rewritten(inner, around, cycle_ids))
        case Every(conditions=several):
            return Every(tuple(_rewritten(each, around, cycle_ids) for each in several))
        case Either(conditions=several):
            return Either(tuple(_rewritten(each, around, cycle_ids) for each in several))
        case Compare(field="recorded_at", value=datetime() as instant):
            return _by_position(condition.operator, around[instant])
        case Compare(field="cycle_id", operator=Operator.IS_NULL):
            return Compare("is_outside_cycles", Operator.EQUAL, condition.value)
        case Compare(field="cycle_id"):
            operator = Operator.IN if condition.operator in (Operator.EQUAL, Operator.IN) else Operator.NOT_IN
            return Compare("thing_id", operator, tuple(each for each in _texts(condition) if each in cycle_ids))
        case (
            Compare(field="subject_id_or_part", operator=Operator.IS_NULL)
            | Compare(field="recorded_at", operator=Operator.IS_NULL)
        ):
            return NEVER if condition.value else ALWAYS
        case Compare(field="subject_id_or_part"):
            return Compare("thing_id", condition.operator, condition.value)
        case Compare() | Related():
            return condition
        case _:
            assert_never(condition)


def _by_position(operator: Operator, around: Around) -> Condition:
    is_later = Compare("position", Operator.GREATER, around.before)
    is_not_later = Compare("position", Operator.LESS_OR_EQUAL, around.upto)
    match operator:
        case Operator.LESS:
            return Compare("position", Operator.LESS_OR_EQUAL, around.before)
        case Operator.LESS_OR_EQUAL:
            return is_not_later
        case Operator.GREATER:
            return Compare("position", Operator.GREATER, around.upto)
        case Operator.GREATER_OR_EQUAL:
            return is_later
        case Operator.EQUAL:
            return Every((is_later, is_not_later))
        case Operator.NOT_EQUAL:
            return Negated(Every((is_later, is_not_later)))
        case _:
            raise UnknownFieldError(f"instants are not compared by {operator}")


def _texts(condition: Compare) -> list[str]:
    return [each for each in values_of(condition.value) if isinstance(each, str)]
