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
from events.coach.texts import Language
from events.comment import Comment, CommentEvent
from events.custom_field import CustomField, CustomFieldEvent
from events.custom_value import CustomValue
from events.cycle import Cycle, CycleEvent
from events.event import Event
from events.facts import Facts
from events.initiative import Initiative, InitiativeEvent, Link
from events.key_result import KeyResult, KeyResultEvent
from events.kpi import Bands, Kpi, KpiEvent
from events.kpi_link import value_source
from events.kpi_measure import Measure
from events.kpi_reading import KpiReading, KpiReadingEvent
from events.metric import Checkpoint, Metric, Stage
from events.objective import Objective, ObjectiveEvent
from events.organization import Organization, PaceBands, ScoreBand
from events.person import Person, PersonEvent
from events.recognition import Recognition, RecognitionEvent
from events.review import Review
from events.team import Team, TeamEvent
from events.template import Template, TemplateEvent
from events.template_content import Placeholder, TemplateContent, TemplateKeyResult, TemplateLevel

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
    Kpi: "kpi_id",
    KpiReading: "reading_id",
    Comment: "comment_id",
    Recognition: "recognition_id",
    Template: "template_id",
    CustomField: "custom_field_id",
}
_BOOKKEEPING = {
    *("version", "created_at", "created_by", "updated_at", "updated_by"),
    # What follows from other fields, or from the event itself.
    *("activated_at", "frozen_number", "seal_position", "sealed_at", "live_at", "placed_at", "original"),
    *("started_at", "ended_at"),
    *("author_id", "position", "recorded_at", "corrected_at"),
    *("depth", "written_at", "edited_at", "recognized_at"),
}
_NAMES = {
    "sealed": "name",
    "successor_ids": "carriedOverTo",
    "done_stage_ids": "doneStageIds",
    "supported_ids": "supports",
    "blocker_ids": "blockedBy",
    "template_id": "fromTemplate",
}
_NAMES |= {"mention_ids": "mentionedPeople", "person_ids": "people"}
_ONE_BY_ONE = {"member_ids", "reactions", "custom_values"}
_MEASURED = {"start", "target", "low", "high", "commit", "stretch", "value", "checkpoints"}
_MEASURED |= {f"bands.{each.name}" for each in fields(Bands)}
"""What has the unit of the metric, or of the KPI."""


def changes_of(event: Event, before: Facts, after: Facts) -> list[Change]:
    """Answer what an event changed, from the facts around it, by field."""
    old, new = _state(event, before), _state(event, after)
    old_metric, new_metric = _metric(event, before), _metric(event, after)
    changes: list[Change] = []
    if isinstance(new, Team):
        known = old.member_ids if isinstance(old, Team) else frozenset[str]()
        changes += [("members", ("NODE", each), None) for each in known - new.member_ids]
        changes += [("members", None, ("NODE", each)) for each in new.member_ids - known]
    if isinstance(new, Comment):
        reacted = old.reactions if isinstance(old, Comment) else frozenset[Any]()
        changes += [("reactions", ("ENUM", kind.value), None) for kind, _ in reacted - new.reactions]
        changes += [("reactions", None, ("ENUM", kind.value)) for kind, _ in new.reactions - reacted]
    changes += _customs(old, new, after)
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


def _customs(old: Any, new: Any, facts: Facts) -> list[Change]:
    """Answer what changed in custom fields; choices by the names that they had then."""
    was, became = (
        {value.custom_field_id: _custom(value, facts) for value in getattr(state, "custom_values", ())} for state in (old, new)
    )
    return [
        ("customFields", was.get(each), became.get(each)) for each in was.keys() | became if was.get(each) != became.get(each)
    ]


def _custom(value: CustomValue, facts: Facts) -> Value:
    if value.choice_id is not None:
        names = {each.choice_id: each.name for each in facts.custom_fields[value.custom_field_id].choices}
        return ("TEXT", names[value.choice_id])
    parts = ("text", "number", "date", "person_id", "url")
    (name, given), *rest = ((part, getattr(value, part)) for part in parts if getattr(value, part) is not None)
    assert not rest
    return _typed(given, None, is_link=name == "person_id")


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
    if isinstance(event, CommentEvent):
        return facts.comments.get(event.comment_id)
    if isinstance(event, RecognitionEvent):
        return facts.recognitions.get(event.recognition_id)
    if isinstance(event, KpiEvent):
        return facts.kpi(event.kpi_id)
    if isinstance(event, KpiReadingEvent):
        return facts.reading(event.reading_id)
    if isinstance(event, TemplateEvent):
        return facts.template(event.template_id)
    if isinstance(event, CustomFieldEvent):
        return facts.custom_field(event.custom_field_id)
    return facts.people.get(event.person_id) if isinstance(event, PersonEvent) else facts.organization


def _metric(event: Event, facts: Facts) -> Metric | Measure | None:
    if isinstance(event, KpiEvent | KpiReadingEvent):
        kpi = facts.kpi(event.kpi_id)
        return None if kpi is None else kpi.measure
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
        if each.name in _BOOKKEEPING or each.name in {_OWN.get(type(state)), *_ONE_BY_ONE}:
            continue
        if each.name == "dependencies":
            yield "blocker_ids", tuple(dependency.blocker_id for dependency in value)
            yield "notes", tuple(dependency.note for dependency in value if dependency.note)
        elif each.name == "state" and isinstance(state, Initiative):
            yield "work_state", value
        elif each.name == "choices":
            yield "choices", tuple(choice.name for choice in value if not choice.is_retired)
            yield "choices.retired", tuple(choice.name for choice in value if choice.is_retired)
        elif each.name == "kpi_links":
            yield "kpi_ids", tuple(link.kpi_id for link in value)
            if isinstance(state, KeyResult):
                yield "value_source_id", value_source(value)
        elif isinstance(state, Kpi) and each.name == "band_history":
            yield from ((f"bands.{part.name}", getattr(state.bands, part.name)) for part in fields(state.bands))
        elif isinstance(value, Metric | Measure | TemplateContent):
            yield from ((part.name, getattr(value, part.name)) for part in fields(value))
        elif isinstance(value, Review):
            names = {part.name: f"review.{part.name}" for part in fields(value) if part.name != "position"}
            yield from ((names[name] if name != "score" else name, getattr(value, name)) for name in names)
        elif isinstance(value, PaceBands):
            yield from ((f"pace_bands.{part.name}", getattr(value, part.name)) for part in fields(value))
        elif each.name == "subject_id" and isinstance(state, Recognition):
            yield "about_id", value
        elif each.name != "review":
            yield each.name, value


def _shown(name: str) -> str:
    plain = _NAMES.get(name) or re.sub("_id$", "", re.sub("_ids$", "s", name))
    return re.sub("_([a-z])", lambda found: found[1].upper(), plain)


def _told(name: str, value: Any, metric: Metric | Measure | None) -> Value:
    if value is None:
        return None
    if name == "done_stage_ids":
        titles = {stage.stage_id: stage.title for stage in metric.stages} if isinstance(metric, Metric) else {}
        gone = sorted(each for each in value if each not in titles)
        return ("LIST", tuple(("TEXT", each) for each in [*(t for s, t in titles.items() if s in value), *gone]))
    return _typed(value, metric if name in _MEASURED else None, is_link=name.endswith(("_id", "_ids")))


def _typed(value: Any, metric: Metric | Measure | None, *, is_link: bool = False) -> tuple[Any, ...]:
    unit = (None, None, None) if metric is None else (metric.unit, metric.unit_label, metric.currency)
    match value:
        case bool():
            return ("BOOLEAN", value)
        case Language():
            return ("ENUM", value.name)
        case Enum():
            return ("ENUM", value.value)
        case Placeholder():
            return ("LIST", (("TEXT", value.name), ("ENUM", value.kind.value), ("TEXT", value.example)))
        case TemplateKeyResult():
            return ("LIST", tuple(("TEXT", each) for each in _words(value)))
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


def _words(part: TemplateKeyResult) -> Iterator[str]:
    """Answer a key result of a template as it is told: every field that says something, in the order of the fields."""
    yield part.title
    for each in fields(part.metric):
        value = getattr(part.metric, each.name)
        match value:
            case TemplateLevel():
                yield f"{each.name} {value.placeholder or f'{value.value:f}'}"
            case bool():
                yield from [each.name] if value else []
            case str():
                yield value
            case tuple():
                yield from (f"{stage.title} {stage.weight:f}" for stage in value)
            case _:
                assert value is None
    if part.weight != 1:
        yield f"weight {part.weight:f}"
    if part.due_placeholder:
        yield f"due {part.due_placeholder}"


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
