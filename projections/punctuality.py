"""Punctuality: how the check-ins of cycles came, measured against the due days of their key results.

A key result wants a check-in for each due day from its going live until its cycle ends, its objective is closed, or
the lens, whichever comes first. A due day counts once it has ended and is answered, or once the grace is over too.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from asyncpg import Record

from events.calendar import CheckInCalendar, DueDays, day_of, due_days, start_of_day
from events.metric import quotient, rounded
from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

# Answers the key results that count in some cycles, with what their due days depend on.
_PARTS = """
select o.cycle_id, o.team_id, k.id, k.kind, k.live_at, c.ends_on, review.recorded_at as closed_at
from {projection}.cycle c
join {projection}.objective o on {at:o} and o.cycle_id = c.id and o.state in ('ACTIVE', 'CLOSED')
join {projection}.key_result k on {at:k} and k.objective_id = o.id and k.dropped_at is null
left join okr_ledger.event review on review.organization_id = :organization and review.position = o.review_position
where {at:c} and c.id = any(:ids::text[])
"""

# Answers, per scope, the check-ins that were recorded and the due days that they answered. It is the rule of
# `CheckInCalendar.answered_day` in events/calendar.py, on days as numbers: those since the first of `day_starts`, so
# that days begin where they do in Python, whatever this server knows of time zones. A due day is answered by the
# first check-in for it that was not retracted.
_ANSWERS = """
with answer as (
    select part.scope, part.first_due + due.ordinal * :cadence::integer as due_on, due.ordinal < part.ended as has_ended,
        due.ordinal < part.overdue as is_overdue, count(*) as recorded, count(c.corrected_at) as corrected,
        min(day.number) filter (where c.retracted_at is null) as answered_on
    from unnest(:key_result_ids::text[], :scopes::integer[], :first_due::integer[], :ended::integer[], :overdue::integer[])
        as part (key_result_id, scope, first_due, ended, overdue)
    join {projection}.check_in c on {at:c} and c.key_result_id = part.key_result_id
    cross join lateral (select width_bucket(c.recorded_at, :day_starts::timestamptz[]) as number) day
    cross join lateral (
        -- Whole cadences behind the first due day, rounded up; division rounds towards zero.
        select greatest(0, (day.number - part.first_due - :accepted_late::integer + :cadence - 1) / :cadence) as ordinal
    ) due
    group by part.key_result_id, part.scope, part.first_due, part.ended, part.overdue, due.ordinal
)
select scope, sum(recorded)::bigint as recorded, sum(corrected)::bigint as corrected,
    count(answered_on) filter (where has_ended and answered_on <= due_on) as on_time,
    count(answered_on) filter (where has_ended and answered_on > due_on) as late,
    count(answered_on) filter (where is_overdue) as answered_overdue
from answer group by scope
"""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Punctuality:
    """What became of due days, and how many check-ins were recorded, retracted ones included.

    A due day was answered by its end (`on_time`), afterwards (`late`), or not until the grace was over (`missed`).
    """

    recorded: int = 0
    corrected: int = 0
    on_time: int = 0
    late: int = 0
    missed: int = 0

    @property
    def expected(self) -> int:
        """How many due days count."""
        return self.on_time + self.late + self.missed

    @property
    def on_time_rate(self) -> float | None:
        """The share of due days that were answered in time; None without any."""
        return _share(self.on_time, self.expected) if self.expected else None

    @property
    def correction_rate(self) -> float:
        """The share of the check-ins that were corrected afterwards; 0 without any."""
        return _share(self.corrected, self.recorded) if self.recorded else 0.0


Scope = tuple[str, str | None]
"""A cycle, and the team that owns the objective."""


async def of_cycles(
    reader: Reader, lens: Lens, ids: Sequence[str], calendar: CheckInCalendar
) -> dict[str, Mapping[str | None, Punctuality]]:
    """Answer the punctuality of each cycle by the team that owns the objective, None for those without.

    It is the same for every viewer. UNDECIDED key results are not expected to be checked in.
    """
    parts = await fetch(reader, lens, _PARTS, ids=list(ids))
    found: dict[str, dict[str | None, Punctuality]] = {cycle_id: {} for cycle_id in ids}
    if parts:
        for (cycle_id, team_id), tally in (await _tallies(reader, lens, parts, calendar)).items():
            found[cycle_id][team_id] = tally
    return dict(found)


def total(parts: Iterable[Punctuality]) -> Punctuality:
    """Add up what several teams did."""
    several = list(parts)
    return Punctuality(
        recorded=sum(each.recorded for each in several),
        corrected=sum(each.corrected for each in several),
        on_time=sum(each.on_time for each in several),
        late=sum(each.late for each in several),
        missed=sum(each.missed for each in several),
    )


async def _tallies(reader: Reader, lens: Lens, parts: Sequence[Record], calendar: CheckInCalendar) -> dict[Scope, Punctuality]:
    scopes: dict[Scope, int] = {}
    overdue: dict[int, int] = defaultdict(int)
    of_parts: list[int] = []
    due = [_due_days(calendar, part, lens) for part in parts]
    for part, days in zip(parts, due, strict=True):
        number = scopes.setdefault((part["cycle_id"], part["team_id"]), len(scopes))
        of_parts.append(number)
        overdue[number] += days.overdue
    # Day 0 is every day before the first on which a key result went live; nothing is checked in then.
    first_day = min(day_of(part["live_at"], calendar.zone) for part in parts)
    rows = await fetch(
        reader,
        lens,
        _ANSWERS,
        key_result_ids=[part["id"] for part in parts],
        scopes=of_parts,
        first_due=[(days.first - first_day).days + 1 for days in due],
        ended=[days.ended for days in due],
        overdue=[days.overdue for days in due],
        day_starts=_day_starts(first_day, day_of(lens.instant, calendar.zone), calendar.zone),
        cadence=calendar.cadence_days,
        accepted_late=calendar.accepted_late_days,
    )
    answers = {row["scope"]: row for row in rows}
    return {scope: _tally(answers.get(number), overdue[number]) for scope, number in scopes.items()}


def _due_days(calendar: CheckInCalendar, part: Record, lens: Lens) -> DueDays:
    instant = lens.instant if part["closed_at"] is None else min(part["closed_at"], lens.instant)
    days = due_days(calendar, part["live_at"], instant, part["ends_on"])
    return DueDays(first=days.first, ended=0, overdue=0) if part["kind"] == "UNDECIDED" else days


def _tally(answers: Record | None, overdue: int) -> Punctuality:
    if answers is None:
        return Punctuality(missed=overdue)
    return Punctuality(
        recorded=answers["recorded"],
        corrected=answers["corrected"],
        on_time=answers["on_time"],
        late=answers["late"],
        missed=overdue - answers["answered_overdue"],
    )


def _day_starts(first: date, last: date, zone: str) -> list[object]:
    return [start_of_day(first + number * _DAY, zone) for number in range((last - first).days + 1)]


def _share(count: int, of: int) -> float:
    return float(rounded(quotient(Decimal(count), Decimal(of))))
