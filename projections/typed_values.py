"""Typed values of changes: what a field was or became, with the unit that it had at that time.

The forms are those of `projections/rows.py` (ChangeRow). Each function takes a value, never None, and the metric
that was in force, for the unit of what it measures and the titles of its stages.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from events.kpi_measure import Measure
from events.metric import Checkpoint, Metric, Stage
from events.organization import ScoreBand

Typed = dict[str, object]
Measured = Metric | Measure
"""What says in which unit something is measured."""

Typing = Callable[[Any, Measured | None], Typed]

TypedField = tuple[str, Callable[[Any], Any], Typing | None]
"""A field of a state: name, value, and how the value is typed; None for one that is not told."""


def text(value: str, _metric: Measured | None) -> Typed:
    """Type a text."""
    return {"kind": "TEXT", "text": value}


def enumeration(value: str, _metric: Measured | None) -> Typed:
    """Type a member of an enumeration."""
    return {"kind": "ENUM", "text": value}


def node(value: str, _metric: Measured | None) -> Typed:
    """Type the identifier of a thing."""
    return {"kind": "NODE", "id": value}


def boolean(value: object, _metric: Measured | None) -> Typed:
    """Type a truth value."""
    return {"kind": "BOOLEAN", "boolean": value}


def day(value: date, _metric: Measured | None) -> Typed:
    """Type a day."""
    return {"kind": "DATE", "date": value}


def instant(value: datetime, _metric: Measured | None) -> Typed:
    """Type an instant."""
    return {"kind": "DATE_TIME", "dateTime": value}


def number(value: Decimal | float, _metric: Measured | None) -> Typed:
    """Type a number that has no unit."""
    return quantity(value, None)


def quantity(value: Decimal | float, metric: Measured | None) -> Typed:
    """Type a number that has the unit of the metric."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return {
        "kind": "NUMBER",
        "number": f"{exact:f}",
        "unit": metric.unit if metric else None,
        "unitLabel": metric.unit_label if metric else None,
        "currency": metric.currency if metric else None,
    }


def texts(values: tuple[str, ...], _metric: Measured | None) -> Typed:
    """Type a list of texts."""
    return listed(text(value, None) for value in values)


def nodes(values: tuple[str, ...], _metric: Measured | None) -> Typed:
    """Type a list of identifiers of things."""
    return listed(node(value, None) for value in values)


def stages(values: tuple[Stage, ...], _metric: Measured | None) -> Typed:
    """Type the stages of a milestone: a list of pairs of title and weight."""
    return listed(listed((text(stage.title, None), number(stage.weight, None))) for stage in values)


def done_stages(values: frozenset[str], metric: Measured | None) -> Typed:
    """Type the stages that are done by their titles, in the metric's order; by identifier if it is gone."""
    titles = {stage.stage_id: stage.title for stage in metric.stages} if isinstance(metric, Metric) else {}
    known = [title for stage_id, title in titles.items() if stage_id in values]
    return texts((*known, *sorted(values - titles.keys())), None)


def checkpoints(values: tuple[Checkpoint, ...], metric: Measured | None) -> Typed:
    """Type phased targets: a list of pairs of day and value."""
    return listed(listed((day(point.on, None), quantity(point.target, metric))) for point in values)


def bands(values: tuple[ScoreBand, ...], _metric: Measured | None) -> Typed:
    """Type score bands: a list of pairs of name and start."""
    return listed(listed((text(band.name, None), number(band.start, None))) for band in values)


def listed(values: Iterable[Typed]) -> Typed:
    """Type a list."""
    return {"kind": "LIST", "values": list(values)}
