"""What each event changed, told from the states before and after it: every field of a state save its bookkeeping.

It knows the fields from the states themselves, so that a field that is changed and not told is found, whichever it is.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from events.check_in import CheckIn, MeasurementEvent
from events.cycle import Cycle, CycleEvent
from events.event import Event
from events.facts import Facts
from events.initiative import Initiative, InitiativeEvent, Link
from events.key_result import KeyResult, KeyResultEvent
from events.metric import Checkpoint, Metric, Stage
from events.objective import Objective, ObjectiveEvent
from events.organization import Organization, PaceBands, ScoreBand
from events.person import Person, PersonEvent
from events.review import Review
from events.team import Team, TeamEvent

Value = tuple[Any, ...] | None
"""A value as the API tells it: its kind and what it carries; None for nothing."""

Change = tuple[str, Value, Value]
"""A field, before and after."""

_OWN = {
    Organization: "organization_id",
    Person: "person_id",
    Team: "team_id",
    Cycle: "cycle_id",
    Objective: "objective_id",
    KeyResult: "key_result_id",
    Initiative: "initiative_id",
    CheckIn: "check_in_id",
}
_BOOKKEEPING = {
    *("version", "created_at", "created_by", "updated_at", "updated_by"),
    # What follows from other fields, or from the event itself.
    *("activated_at", "frozen_number", "seal_position", "sealed_at", "live_at", "placed_at", "original"),
    *("started_at", "ended_at"),
    *("author_id", "position", "recorded_at", "corrected_at"),
}
_NAMES = {
    "sealed": "name",
    "successor_ids": "carriedOverTo",
    "done_stage_ids": "doneStageIds",
    "supported_ids": "supports",
    "blocker_ids": "blockedBy",
}
_MEASURED = {"start", "target", "low", "high", "commit", "stretch", "value", "checkpoints"}
"""What has the unit of the metric."""


def changes_of(event: Event, before: Facts, after: Facts) -> list[Change]:
    """Answer what an event changed, from the facts around it, by field."""
    old, new = _state(event, before), _state(event, after)
    old_metric, new_metric = _metric(event, before), _metric(event, after)
    changes: list[Change] = []
    if isinstance(new, Team):
        known = old.member_ids if isinstance(old, Team) else frozenset[str]()
        changes += [("members", ("NODE", each), None) for each in known - new.member_ids]
        changes += [("members", None, ("NODE", each)) for each in new.member_ids - known]
    old_values, new_values = dict(_values(old)), dict(_values(new))
    for name in {**old_values, **new_values}:
        was, became = old_values.get(name), new_values.get(name)
        is_nothing_new = old is None and (became is False or became in ((), frozenset[str]()))
        if was == became or is_nothing_new:
            continue
        if name in ("sealed", "notes"):
            # Names are sealed, and a note may be about something that the reader does not see.
            changes.append(({"sealed": "name", "notes": "blockedBy.note"}[name], None, None))
        else:
            changes.append((_shown(name), _told(name, was, old_metric), _told(name, became, new_metric)))
    return sorted(changes, key=repr)


def _state(event: Event, facts: Facts) -> Any:
    if isinstance(event, MeasurementEvent):
        return facts.check_in(event.check_in_id)
    if isinstance(event, KeyResultEvent):
        return facts.key_results.get(event.key_result_id)
    if isinstance(event, InitiativeEvent):
        return facts.initiatives.get(event.initiative_id)
    if isinstance(event, ObjectiveEvent):
        return facts.objectives.get(event.objective_id)
    if isinstance(event, CycleEvent):
        return facts.cycles.get(event.cycle_id)
    if isinstance(event, TeamEvent):
        return facts.teams.get(event.team_id)
    return facts.people.get(event.person_id) if isinstance(event, PersonEvent) else facts.organization


def _metric(event: Event, facts: Facts) -> Metric | None:
    if not isinstance(event, MeasurementEvent | KeyResultEvent):
        return None
    known = facts.key_results.get(event.key_result_id)
    return None if known is None else known.metric


def _values(state: Any) -> Iterator[tuple[str, Any]]:
    """Answer the fields of a state by name, those of its parts among them."""
    if state is None:
        return
    for each in fields(state):
        value = getattr(state, each.name)
        if each.name in _BOOKKEEPING or each.name in (_OWN.get(type(state)), "member_ids"):
            continue
        if each.name == "dependencies":
            yield "blocker_ids", tuple(dependency.blocker_id for dependency in value)
            yield "notes", tuple(dependency.note for dependency in value if dependency.note)
        elif each.name == "state" and isinstance(state, Initiative):
            yield "work_state", value
        elif isinstance(value, Metric):
            yield from ((part.name, getattr(value, part.name)) for part in fields(value))
        elif isinstance(value, Review):
            names = {part.name: f"review.{part.name}" for part in fields(value) if part.name != "position"}
            yield from ((names[name] if name != "score" else name, getattr(value, name)) for name in names)
        elif isinstance(value, PaceBands):
            yield from ((f"pace_bands.{part.name}", getattr(value, part.name)) for part in fields(value))
        elif each.name != "review":
            yield each.name, value


def _shown(name: str) -> str:
    plain = _NAMES.get(name) or re.sub("_id$", "", re.sub("_ids$", "s", name))
    return re.sub("_([a-z])", lambda found: found[1].upper(), plain)


def _told(name: str, value: Any, metric: Metric | None) -> Value:
    if value is None:
        return None
    if name == "done_stage_ids":
        titles = {stage.stage_id: stage.title for stage in metric.stages} if metric else {}
        gone = sorted(each for each in value if each not in titles)
        return ("LIST", tuple(("TEXT", each) for each in [*(t for s, t in titles.items() if s in value), *gone]))
    return _typed(value, metric if name in _MEASURED else None, is_link=name.endswith(("_id", "_ids")))


def _typed(value: Any, metric: Metric | None, *, is_link: bool = False) -> tuple[Any, ...]:
    unit = (None, None, None) if metric is None else (metric.unit, metric.unit_label, metric.currency)
    match value:
        case bool():
            return ("BOOLEAN", value)
        case Enum():
            return ("ENUM", value.value)
        case str():
            return ("NODE" if is_link else "TEXT", value)
        case Decimal():
            return ("NUMBER", f"{value:f}", *unit)
        case int() | float():
            return ("NUMBER", f"{Decimal(str(value)):f}", *unit)
        case datetime():
            return ("DATE_TIME", value)
        case date():
            return ("DATE", value.isoformat())
        case Link():
            return ("TEXT", f"{value.title} {value.url}" if value.title else value.url)
        case Stage():
            return ("LIST", (_typed(value.title, None), _typed(value.weight, None)))
        case Checkpoint():
            return ("LIST", (_typed(value.on, None), _typed(value.target, metric)))
        case ScoreBand():
            return ("LIST", (_typed(value.name, None), _typed(value.start, None)))
        case tuple():
            return ("LIST", tuple(_typed(each, metric, is_link=is_link) for each in value))
        case _:
            raise AssertionError(value)


def answered(content: dict[str, Any] | None) -> Value:
    """Answer a value of the API in the same form; a thing that the viewer may not see is named by None."""
    if content is None:
        return None
    match content["kind"]:
        case "NUMBER":
            return ("NUMBER", content["number"], content["unit"], content["unitLabel"], content["currency"])
        case "NODE":
            return ("NODE", content["node"] and content["node"]["id"])
        case "LIST":
            return ("LIST", tuple(answered(each) for each in content["values"]))
        case "DATE_TIME":
            return ("DATE_TIME", datetime.fromisoformat(content["dateTime"]))
        case "DATE":
            return ("DATE", content["date"])
        case "BOOLEAN":
            return ("BOOLEAN", content["boolean"])
        case kind:
            return (kind, content["text"])
