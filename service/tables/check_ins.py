"""Check-ins in tables: known by their identifier, a key of elsewhere, or the key result and when it was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from events.check_in import CorrectCheckIn, RecordCheckIn
from events.command import Command
from events.envelope import UNSET
from events.identifier import Noun, derive_identifier
from events.metric import Metric, MetricKind
from events.rejection import Rejected, RejectionCode, refuse
from projections import editable_check_ins
from projections.editable_check_ins import EditableCheckIn
from projections.editable_field import EditableField
from service.tables.noun_rules import Asked, Surroundings

_WORDS = ("confidence", "comment", "blockers", "next_steps")


def beginning(day: date, time_zone: str) -> datetime:
    """Answer the instant at which a day begins in a time zone."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def day_of(instant: datetime, time_zone: str) -> date:
    """Answer the day that an instant lies on in a time zone."""
    return instant.astimezone(ZoneInfo(time_zone)).date()


@dataclass(slots=True)
class _Standing:
    """The check-ins of one key result that stand, by when they were measured."""

    by_instant: dict[datetime, list[EditableCheckIn]] = field(default_factory=dict[datetime, list[EditableCheckIn]])
    by_day: dict[date, list[EditableCheckIn]] = field(default_factory=dict[date, list[EditableCheckIn]])

    def find(self, measured: date | datetime) -> list[EditableCheckIn]:
        """Answer those of an instant, or of a day."""
        return self.by_instant.get(measured, []) if isinstance(measured, datetime) else self.by_day.get(measured, [])


class CheckInRules:
    """See `NounRules`."""

    noun = Noun.CHECK_IN
    fields: Sequence[EditableField[Any]] = editable_check_ins.FIELDS
    takes_keys = True

    async def by_ids(self, around: Surroundings, ids: Sequence[str]) -> Mapping[str, EditableCheckIn]:
        """Answer check-ins."""
        return await editable_check_ins.by_ids(around.reader, around.lens, list(ids), around.references)

    async def identified(
        self, around: Surroundings, rows: Sequence[Mapping[str, Any]]
    ) -> Sequence[tuple[str, EditableCheckIn | None] | Rejected]:
        """Find check-ins by their key result and time; what such a row makes has an identifier that follows from both."""
        standing = await self._standing(around, rows)
        answers: list[tuple[str, EditableCheckIn | None] | Rejected] = []
        for row in rows:
            key_result_id, measured = row.get("key_result"), row.get("effective_at")
            if key_result_id is None or measured is None:
                missing = "key_result" if key_result_id is None else "effective_at"
                answers.append(refuse(RejectionCode.REQUIRED, "a row needs an id, or a key result and a time", missing))
                continue
            found = standing[key_result_id].find(measured) if key_result_id in standing else []
            if len(found) > 1:
                message = "several check-ins are of then: name one by its id"
                answers.append(refuse(RejectionCode.INVALID, message, "effective_at"))
            elif found:
                answers.append((found[0].id, found[0]))
            else:
                instant = measured if isinstance(measured, datetime) else beginning(measured, around.time_zone)
                answers.append((derive_identifier(Noun.CHECK_IN, key_result_id, instant.isoformat()), None))
        new = [each[0] for each in answers if not isinstance(each, Rejected) and each[1] is None]
        # What was retracted stands no more, and is known all the same.
        known = await self.by_ids(around, new)
        return [each if isinstance(each, Rejected) else (each[0], each[1] or known.get(each[0])) for each in answers]

    async def _standing(self, around: Surroundings, rows: Sequence[Mapping[str, Any]]) -> dict[str, _Standing]:
        measured = {each["key_result"] for each in rows if each.get("key_result") in around.key_results}
        wanted = {each: around.key_results[each] for each in sorted(measured)}
        found: dict[str, _Standing] = {each: _Standing() for each in wanted}
        for each in await editable_check_ins.standing(around.reader, around.lens, wanted):
            of_key_result = found[each.row.key_result_id]
            of_key_result.by_instant.setdefault(each.row.effective_at, []).append(each)
            of_key_result.by_day.setdefault(day_of(each.row.effective_at, around.time_zone), []).append(each)
        return found

    def create(self, around: Surroundings, asked: Asked) -> Sequence[Command]:
        """Record a check-in."""
        key_result_id: str = asked.values.get("key_result") or ""
        metric = around.key_results[key_result_id].metric if key_result_id in around.key_results else None
        return [
            RecordCheckIn(
                check_in_id=asked.thing_id,
                key_result_id=key_result_id,
                value=asked.values.get("value"),
                done_stage_ids=None if metric is None else _done(asked.values.get("done_stages"), metric),
                status=asked.values.get("status"),
                effective_at=asked.values.get("effective_at"),
                **{name: asked.values.get(name) for name in _WORDS},
            )
        ]

    def change(self, around: Surroundings, asked: Asked, changed: Mapping[str, Any], version: int | None) -> Sequence[Command]:
        """Correct what differs."""
        del around, version
        if "key_result" in changed:
            raise refuse(RejectionCode.INVALID, "a check-in stays with its key result", "key_result")
        metric = asked.thing.key_result.metric
        done = (_done(changed["done_stages"], metric) or frozenset()) if "done_stages" in changed else UNSET
        kept = {name: changed.get(name, UNSET) for name in ("value", "status", "effective_at", *_WORDS)}
        return [CorrectCheckIn(check_in_id=asked.thing_id, done_stage_ids=done, **kept)]


def _done(titles: Sequence[str] | None, metric: Metric) -> frozenset[str] | None:
    """Answer the stages of some titles or identifiers; of a MILESTONE none are none done.

    Raises:
        Rejected: the metric has no such stage, or several.
    """
    if titles is None:
        return frozenset() if metric.kind is MetricKind.MILESTONE else None
    done: set[str] = set()
    for title in titles:
        found = [each.stage_id for each in metric.stages if title in (each.title, each.stage_id)]
        if len(found) != 1:
            reason = "several stages have" if found else "no stage has"
            raise refuse(RejectionCode.NOT_FOUND, f"{reason} this title", "done_stages")
        done.add(found[0])
    return frozenset(done)
