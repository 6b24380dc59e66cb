"""Which objectives a mean counts from when to when, in positions of the log.

Whatever decides what counts (state, cycle, team, the tree of teams, the phases of cycles) is that of the time; only in a
closed cycle the tree of teams stands still, as in the roll-ups of `teams`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from asyncpg import Record

from events.cycle import CyclePhase
from projections.curve_rollup import Rollup, Stretch
from projections.lens import CURRENT, Lens
from projections.reader import Reader
from projections.statement import fetch

# Answers the versions of objectives that could count, of those in some cycles, or of all of them.
_PLACES = """
select o.id, o.from_position, o.to_position, o.cycle_id, o.team_id from {projection}.objective o
where o.organization_id = :organization and o.from_position <= :position
    and (:is_everything or o.cycle_id = any(:cycle_ids::text[])) and o.state in ('ACTIVE', 'CLOSED')
order by o.id, o.to_position
"""

# Answers the versions of all teams.
_TEAMS = """
select t.id, t.from_position, t.to_position, t.parent_id from {projection}.team t
where t.organization_id = :organization and t.from_position <= :position
order by t.id, t.to_position
"""

# Answers the versions of all cycles.
_CYCLES = """
select c.id, c.from_position, c.to_position, c.phase from {projection}.cycle c
where c.organization_id = :organization and c.from_position <= :position
order by c.id, c.to_position
"""

Span = tuple[int, int]
"""The positions from the first one to before the second one."""

_ALWAYS = ((0, CURRENT),)


class Membership:
    """Answers what counts, from all versions of objectives, teams and cycles, those of each in the order of time.

    Versions of objectives are those that can count, with `cycle_id` and `team_id`; those of teams have `parent_id`, those
    of cycles `phase`. Teams and cycles are needed for means of teams, cycles for those of what is running.
    """

    def __init__(self, objectives: Sequence[Record], teams: Iterable[Record] = (), cycles: Iterable[Record] = ()) -> None:
        self._objectives = objectives
        self._parents: dict[str, list[tuple[Span, str | None]]] = defaultdict(list)
        for version in teams:
            _extend(self._parents[version["id"]], _span(version), version["parent_id"])
        self._phases: dict[str, list[tuple[Span, CyclePhase]]] = defaultdict(list)
        for version in cycles:
            _extend(self._phases[version["id"]], _span(version), CyclePhase(version["phase"]))

    def stretches(self, rollup: Rollup) -> list[Stretch]:
        """Answer the stretches in which objectives count; those of one objective do not touch each other."""
        counted: dict[str, list[tuple[Span, None]]] = defaultdict(list)
        below: dict[str | None, list[Span]] = {}
        for version in self._objectives:
            if rollup.cycle_id not in (None, version["cycle_id"]):
                continue
            spans: Iterable[Span] = (_span(version),)
            if rollup.team_id is not None:
                team_id = version["team_id"]
                if team_id not in below:
                    below[team_id] = list(self._below(team_id, rollup.team_id))
                spans = _common(spans, _held(below[team_id], self._closed(rollup.cycle_id)))
            if rollup.is_running:
                spans = _common(spans, self._running(version["cycle_id"]))
            for span in spans:
                _extend(counted[version["id"]], span, None)
        return [
            Stretch(objective_id=objective_id, begin=begin, end=end)
            for objective_id, several in counted.items()
            for (begin, end), _ in several
        ]

    def _below(self, team_id: str | None, root_id: str) -> Iterator[Span]:
        """Answer when a team is another one or lies below it. A tree has no circles, whatever the position."""
        pending = [(team_id, _ALWAYS[0])]
        while pending:
            each, span = pending.pop()
            if each == root_id:
                yield span
            elif each is not None:
                pending += [
                    (parent_id, common)
                    for version, parent_id in reversed(self._parents[each])
                    for common in _common((version,), (span,))
                ]

    def _running(self, cycle_id: str) -> list[Span]:
        return [span for span, phase in self._phases[cycle_id] if phase is CyclePhase.ACTIVE]

    def _closed(self, cycle_id: str | None) -> list[Span]:
        return [span for span, phase in self._phases.get(cycle_id or "", ()) if phase is CyclePhase.CLOSED]


def _span(version: Record) -> Span:
    return version["from_position"], version["to_position"]


def _extend(known: list[tuple[Span, Any]], span: Span, content: Any) -> None:
    """Add what comes next, as one with what it continues."""
    if known and known[-1][0][1] == span[0] and known[-1][1] == content:
        known[-1] = (known[-1][0][0], span[1]), content
    else:
        known.append((span, content))


def _held(spans: list[Span], closed: Iterable[Span]) -> list[Span]:
    """Answer spans that stay, while something is closed, as they were when it was."""
    for begin, end in closed:
        stands = [(begin, end)] if any(first <= begin < last for first, last in spans) else []
        spans = sorted([*_common(spans, ((0, begin), (end, CURRENT))), *stands])
    return spans


def _common(some: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    pairs = ((max(a, c), min(b, d)) for a, b in some for c, d in others)
    return [(begin, end) for begin, end in pairs if begin < end]


async def membership_of(reader: Reader, lens: Lens, rollups: Sequence[Rollup]) -> Membership:
    """Answer what decides what some means count; objectives that the viewer may not see are among it."""
    cycle_ids = [rollup.cycle_id for rollup in rollups if rollup.cycle_id is not None]
    scope = {"is_everything": len(cycle_ids) < len(rollups), "cycle_ids": cycle_ids}
    return Membership(
        await fetch(reader, lens, _PLACES, **scope),
        teams=await fetch(reader, lens, _TEAMS) if any(rollup.team_id is not None for rollup in rollups) else (),
        cycles=await fetch(reader, lens, _CYCLES) if any(each.is_running or each.team_id for each in rollups) else (),
    )


async def stretches_of(reader: Reader, lens: Lens, rollups: Sequence[Rollup]) -> dict[Rollup, list[Stretch]]:
    """Answer in which stretches objectives count in some means."""
    membership = await membership_of(reader, lens, rollups)
    return {rollup: membership.stretches(rollup) for rollup in rollups}
