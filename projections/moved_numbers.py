"""Which numbers one event moved: what the explanation of a progress goes by, where an act has several events."""

from decimal import Decimal

from events.event import Event
from events.facts import Facts
from projections.touched import touched


def moved_by(event: Event, before: Facts, after: Facts) -> tuple[str, ...]:
    """Answer the key results and objectives whose progress differs after an event, from the facts around it."""
    return tuple(
        identifier
        for table, identifier in touched(before, after, [event])
        if table in _PROGRESS and _PROGRESS[table](before, identifier) != _PROGRESS[table](after, identifier)
    )


def _of_key_result(facts: Facts, identifier: str) -> Decimal | None:
    known = facts.numbers.get(identifier)
    return None if known is None else known.progress


def _of_objective(facts: Facts, identifier: str) -> Decimal | None:
    known = facts.objective(identifier)
    return None if known is None else facts.number(known).progress


_PROGRESS = {"key_result_number": _of_key_result, "objective_number": _of_objective}
