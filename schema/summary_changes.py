"""What summaries say of changed definitions: one sentence for an event, with what was before and after, by whom and why."""

from asyncio import gather
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from babel.dates import format_date

from events.coach.texts import Language, amount
from events.metric import Unit
from projections import recorded
from projections.rows import ChangeRow, EventRow
from schema.actor import SystemActor
from schema.subject import load_subject, shown_text
from schema.summary_words import Said, Words
from schema.view import View

_STEPS = (
    "objective.activated",
    "objective.closed",
    "objective.reopened",
    "objective.cancelled",
    "objective.carried_over",
    "key_result.added",
    "key_result.dropped",
    "key_result.restored",
)
"""Types of events of which the step itself is told, and not every field that it set."""

TYPES = (
    *_STEPS,
    "objective.retitled",
    "objective.reowned",
    "objective.moved",
    "objective.aligned",
    "objective.unaligned",
    "key_result.retitled",
    "key_result.metric_defined",
    "key_result.retargeted",
    "key_result.reweighted",
    "key_result.reowned",
    "key_result.rescheduled",
    "key_result.moved",
    "cycle.rescheduled",
)
"""Types of events that are told as changes."""

_FIELDS = frozenset(
    {
        "title",
        "owner",
        "team",
        "cycle",
        "objective",
        "parents",
        "weight",
        "dueOn",
        "start",
        "target",
        "low",
        "high",
        "commit",
        "stretch",
        "startsOn",
        "endsOn",
    }
)
"""Fields that are told."""

Write = Callable[[Language], str]


async def sentence_of(event: EventRow, view: View, present: View) -> Callable[[Words], Said] | None:
    """Answer what to say of an event, None of one that says nothing to the viewer.

    Things are called what they are called in `view`; in the fields, what they are called today.
    """
    title = shown_text(await load_subject(event.subject_id, view))
    if not title:
        return None
    changes: Sequence[tuple[str, Write | None, Write | None]] = ()
    if event.type not in _STEPS:
        rows = recorded.changes_in(event)
        told = await gather(*(_change(row, present) for row in rows if row.field in _FIELDS))
        changes = [each for each in told if each[1] or each[2]]
        if not changes:
            return None
    actor = shown_text(await load_subject(event.actor_id, view)) or SystemActor().shown_name()

    def say(words: Words) -> Said:
        details = [_say_change(each, words) for each in changes] or [words.say(f"event.{event.type}")]
        by: list[str] = [actor]
        if event.reason_code is not None:
            by.append(words.say(f"reason.{event.reason_code}"))
        if event.reason_text:
            by.append(words.say("quote", text=event.reason_text))
        return words.say("changed", title=title, details=words.joined(details), by=words.joined(by))

    return say


def _say_change(change: tuple[str, Write | None, Write | None], words: Words) -> Said:
    field, before, after = change
    nothing = words.say("change.none")
    return words.say(
        "change",
        field=words.say(f"field.{field}"),
        before=before(words.language) if before else nothing,
        after=after(words.language) if after else nothing,
    )


async def _change(row: ChangeRow, view: View) -> tuple[str, Write | None, Write | None]:
    return row.field, await _written(row.before, view), await _written(row.after, view)


async def _written(text: str | None, view: View) -> Write | None:
    """Answer how a value is written; None for none, and for things that the viewer may not see."""
    return None if text is None else await _value(orjson.loads(text), view)


async def _value(content: dict[str, Any], view: View) -> Write | None:
    match content["kind"]:
        case "NODE":
            name = shown_text(await load_subject(content["id"], view))
            return (lambda _: name) if name else None
        case "LIST":
            several = [each for each in await gather(*(_value(each, view) for each in content["values"])) if each]
            return (lambda language: ", ".join(each(language) for each in several)) if several else None
        case "NUMBER":
            value, unit = Decimal(content["number"]), content["unit"]
            measured = None if unit is None else Unit(unit)
            return lambda language: amount(value, measured, content["unitLabel"], content["currency"], language)
        case "DATE":
            day = date.fromisoformat(content["date"])
            return lambda language: format_date(day, locale=language.value)
        case _:
            shown = str(content.get("text", ""))
            return (lambda _: shown) if shown else None
