"""Retrospectives: what the objectives of cycles came to, altogether and per team, and what went on from them.

Of a cycle count its objectives that are ACTIVE or CLOSED at the lens, private ones too, and their key results that are
not dropped. What else a retrospective tells stands in `punctuality`, `calibration`, `retargeting` and `progress_jumps`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from asyncpg import Record

from events.metric import ZERO, quotient, rounded
from events.objective import Ambition
from events.organization import ScoreBand
from events.progress import units_of
from projections.curve_rollup import mean_of
from projections.lens import Lens
from projections.objective_listing import KEY_RESULTS, OBJECTIVES
from projections.reader import Reader
from projections.records import team_rows
from projections.rows import TeamRow
from projections.statement import fetch

MOST_TEAMS = 500
"""How many teams of one cycle are answered."""

MOST_CARRY_OVERS = 100
"""How many carry-overs of one cycle are answered."""

# Answers the objectives that count in some cycles, for every viewer the same.
_COUNTED = """
select o.cycle_id, o.team_id, o.ambition, o.review_score, o_number.progress, part.count as key_result_count,
    part.stated, part.confidence
from {projection}.objective o
{objective_numbers}
cross join lateral (
    select count(*) as count, count(k_number.confidence) as stated, sum(k_number.confidence::text::numeric) as confidence
    from {projection}.key_result k
    {key_result_numbers}
    where {at:k} and k.objective_id = o.id and k.dropped_at is null
) part
where {at:o} and o.cycle_id = any(:ids::text[]) and o.state in ('ACTIVE', 'CLOSED')
""".replace("{objective_numbers}", OBJECTIVES.numbers).replace("{key_result_numbers}", KEY_RESULTS.numbers)

# Answers some teams by name.
_TEAMS = """
select t.* from {projection}.team t where {at:t} and t.id = any(:ids::text[]) order by t.name_folded, t.id
"""

# Answers the objectives of some cycles that were carried over, each with what continues it, as far as the viewer may
# see both, by title. Of what was given up the lineage counts as well.
_CARRIED_OVER = """
with pair as (
    select o.cycle_id, o.id as from_id, later.id as to_id,
        row_number() over (partition by o.cycle_id order by o.title_folded, o.id, successor.number) as place
    from {projection}.objective o
    cross join lateral unnest(o.successor_ids) with ordinality as successor (id, number)
    join {projection}.objective later on {at:later} and later.id = successor.id
    where {at:o} and o.cycle_id = any(:ids::text[]) and {seen:o} and {seen:later}
)
select cycle_id, from_id, to_id from pair where place <= :size order by place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreBin:
    """How many scores lie in a band: from `start`, inclusive, to `end`, that of the next band; the last one ends with 1."""

    start: float
    end: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSummary:
    """The objectives that a team owns itself: how many, and means in [0, 1] as those of a cycle."""

    team: TeamRow
    objective_count: int
    mean_score: float | None
    mean_progress: float | None
    mean_confidence: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleSummary:
    """The objectives of a cycle.

    Scores lie in [0, 1]; means are rounded once to 12 places and None without any. `mean_confidence` is that of the key
    results. A committed objective is met with a score of 1. `teams` are in the order of their names.
    """

    objective_count: int
    key_result_count: int
    mean_score: float | None
    mean_progress: float | None
    mean_confidence: float | None
    score_distribution: tuple[ScoreBin, ...]
    committed_count: int
    committed_met_count: int
    teams: tuple[TeamSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOver:
    """An objective and what continues it."""

    from_id: str
    to_id: str


async def of_cycles(reader: Reader, lens: Lens, ids: Sequence[str], bands: Sequence[ScoreBand]) -> dict[str, CycleSummary]:
    """Answer the summary of each cycle, for every viewer the same; `bands` are those of the scores, the lowest first."""
    objectives: dict[str, list[Record]] = defaultdict(list)
    rows = await fetch(reader, lens, _COUNTED, ids=list(ids))
    for row in rows:
        objectives[row["cycle_id"]].append(row)
    team_ids = {row["team_id"] for row in rows} - {None}
    teams = team_rows(await fetch(reader, lens, _TEAMS, ids=sorted(team_ids))) if team_ids else []
    return {cycle_id: _summary(objectives[cycle_id], teams, bands) for cycle_id in ids}


async def carry_overs(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, tuple[CarryOver, ...]]:
    """Answer what continues objectives of each cycle, by title, as far as the viewer may see both ends."""
    several: dict[str, list[CarryOver]] = defaultdict(list)
    for row in await fetch(reader, lens, _CARRIED_OVER, ids=list(ids), size=MOST_CARRY_OVERS):
        several[row["cycle_id"]].append(CarryOver(from_id=row["from_id"], to_id=row["to_id"]))
    return {cycle_id: tuple(several[cycle_id]) for cycle_id in ids}


def _summary(objectives: Sequence[Record], teams: Sequence[TeamRow], bands: Sequence[ScoreBand]) -> CycleSummary:
    committed = [each for each in objectives if each["ambition"] == Ambition.COMMITTED]
    of_teams: dict[str, list[Record]] = defaultdict(list)
    for each in objectives:
        of_teams[each["team_id"]].append(each)
    return CycleSummary(
        objective_count=len(objectives),
        key_result_count=sum(each["key_result_count"] for each in objectives),
        mean_score=_mean_score(objectives),
        mean_progress=_mean_progress(objectives),
        mean_confidence=_mean_confidence(objectives),
        score_distribution=_distribution(_scores(objectives), bands),
        committed_count=len(committed),
        committed_met_count=sum(each["review_score"] == 1 for each in committed),
        teams=tuple(
            TeamSummary(
                team=team,
                objective_count=len(of_teams[team.id]),
                mean_score=_mean_score(of_teams[team.id]),
                mean_progress=_mean_progress(of_teams[team.id]),
                mean_confidence=_mean_confidence(of_teams[team.id]),
            )
            for team in teams
            if team.id in of_teams
        )[:MOST_TEAMS],
    )


def _scores(objectives: Sequence[Record]) -> list[float]:
    return [each["review_score"] for each in objectives if each["review_score"] is not None]


def _mean_score(objectives: Sequence[Record]) -> float | None:
    scores = [Decimal(repr(score)) for score in _scores(objectives)]
    return float(rounded(quotient(sum(scores, ZERO), Decimal(len(scores))))) if scores else None


def _mean_progress(objectives: Sequence[Record]) -> float | None:
    units = [units_of(Decimal(repr(each["progress"]))) for each in objectives if each["progress"] is not None]
    mean = mean_of(sum(units), len(units))
    return None if mean is None else float(mean)


def _mean_confidence(objectives: Sequence[Record]) -> float | None:
    stated = sum(each["stated"] for each in objectives)
    confidence = sum((each["confidence"] for each in objectives if each["stated"]), ZERO)
    return float(rounded(quotient(confidence, Decimal(stated)))) if stated else None


def _distribution(scores: Sequence[float], bands: Sequence[ScoreBand]) -> tuple[ScoreBin, ...]:
    starts = [band.start for band in bands]
    ends = [*starts[1:], 1.0]
    return tuple(
        ScoreBin(
            start=start,
            end=end,
            count=sum(start <= score and (score < end or index == len(starts) - 1) for score in scores),
        )
        for index, (start, end) in enumerate(zip(starts, ends, strict=True))
    )
