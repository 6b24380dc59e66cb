"""Alignment coverage: how far the objectives of a cycle hang together, what hangs alone, and which teams keep to themselves.

Counted are ACTIVE and CLOSED objectives; a link counts from one to another objective, of whatever cycle, or to one of its
key results that is not dropped. What the viewer may not see neither counts nor links.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from events.metric import quotient, rounded
from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch_planned

# Answers the objectives that count in some cycles, by title.
_COUNTED = """
select o.cycle_id, o.id, o.team_id from {projection}.objective o
where {at:o} and o.cycle_id = any(:ids::text[]) and o.state in ('ACTIVE', 'CLOSED') and {seen:o}
order by o.title_folded, o.id
"""

# Answers which objectives are aligned to which, directly or to a key result of it, where one of both counts in the cycles.
_LINKS = """
with counted as materialized (
    select o.id from {projection}.objective o
    where {at:o} and o.cycle_id = any(:ids::text[]) and o.state in ('ACTIVE', 'CLOSED') and {seen:o}
), target as (
    select id, id as objective_id from counted
    union all
    select k.id, k.objective_id from counted
    join {projection}.key_result k on {at:k} and k.objective_id = counted.id and k.dropped_at is null and {seen_part:k}
), link as (
    select a.child_id, coalesce(k.objective_id, a.parent_id) as parent_id
    from counted
    join {projection}.alignment a on {at:a} and a.child_id = counted.id
    left join {projection}.key_result k on {at:k} and k.id = a.parent_id
    where k.id is null or (k.dropped_at is null and {seen_part:k})
    union
    select a.child_id, target.objective_id
    from target join {projection}.alignment a on {at:a} and a.parent_id = target.id
)
select link.child_id, child.team_id as child_team_id, link.parent_id, parent.team_id as parent_team_id
from link
join {projection}.objective child on {at:child} and child.id = link.child_id
join {projection}.objective parent on {at:parent} and parent.id = link.parent_id
where child.state in ('ACTIVE', 'CLOSED') and parent.state in ('ACTIVE', 'CLOSED') and {seen:child} and {seen:parent}
order by link.child_id, link.parent_id
"""

# Answers the level of each team in the tree, 0 for those at the top. The tree is finite: a team is never above itself.
_LEVELS = """
with recursive placed (id, level) as (
    select t.id, 0 from {projection}.team t where {at:t} and t.parent_id is null
    union all
    select t.id, placed.level + 1 from placed join {projection}.team t on {at:t} and t.parent_id = placed.id
)
select id, level from placed
"""

TOP = 0
"""The level of the teams at the top of the tree, and of objectives that belong to no team."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedLink:
    """An objective that is aligned to another one; levels are those of their teams, 0 at the top."""

    child_id: str
    child_team_id: str | None
    child_level: int
    parent_id: str
    parent_team_id: str | None
    parent_level: int

    @property
    def levels_skipped(self) -> int:
        """How many levels lie in between."""
        return max(self.child_level - self.parent_level - 1, 0)

    @property
    def is_across_teams(self) -> bool:
        """Whether it leads out of the team; who belongs to no team belongs to the organization as a whole."""
        return self.child_team_id != self.parent_team_id


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCoverage:
    """The objectives that a team owns itself; `links` of them lead to other teams, or come from there."""

    team_id: str
    objectives: int
    orphans: int
    links: int

    @property
    def is_silo(self) -> bool:
        """Whether its objectives have to do with none of another team."""
        return self.links == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignmentCoverage:
    """How the objectives of a cycle hang together.

    `orphan_ids` are aligned to nothing; at the top, nothing is aligned to them either. They are in the order of their titles,
    `level_skips` begins with those that skip the most levels.
    """

    objectives: int
    orphan_ids: tuple[str, ...]
    level_skips: tuple[AlignedLink, ...]
    teams: tuple[TeamCoverage, ...]

    @property
    def aligned_share(self) -> float | None:
        """The share of the objectives that are no orphans, in [0, 1]; None without objectives."""
        if not self.objectives:
            return None
        return float(rounded(quotient(Decimal(self.objectives - len(self.orphan_ids)), Decimal(self.objectives))))


async def of_cycles(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, AlignmentCoverage]:
    """Answer the alignment coverage of each cycle, as far as the viewer may see what is in it."""
    counted: dict[str, dict[str, str | None]] = {cycle_id: {} for cycle_id in ids}
    for row in await fetch_planned(reader, lens, _COUNTED, ids=list(ids)):
        counted[row["cycle_id"]][row["id"]] = row["team_id"]
    levels: dict[str | None, int] = {row["id"]: row["level"] for row in await fetch_planned(reader, lens, _LEVELS)}
    levels[None] = TOP
    links = [
        AlignedLink(**dict(row), child_level=levels[row["child_team_id"]], parent_level=levels[row["parent_team_id"]])
        for row in await fetch_planned(reader, lens, _LINKS, ids=list(ids))
    ]
    return {cycle_id: _coverage(objectives, levels, links) for cycle_id, objectives in counted.items()}


def _coverage(
    objectives: Mapping[str, str | None], levels: Mapping[str | None, int], links: Iterable[AlignedLink]
) -> AlignmentCoverage:
    own = [link for link in links if link.child_id in objectives or link.parent_id in objectives]
    children, parents = {link.child_id for link in own}, {link.parent_id for link in own}
    orphan_ids = tuple(
        objective_id
        for objective_id, team_id in objectives.items()
        if objective_id not in children and (levels[team_id] > TOP or objective_id not in parents)
    )
    skips = (link for link in own if link.child_id in objectives and link.levels_skipped)
    return AlignmentCoverage(
        objectives=len(objectives),
        orphan_ids=orphan_ids,
        level_skips=tuple(sorted(skips, key=lambda link: (-link.levels_skipped, link.child_id, link.parent_id))),
        teams=_teams(objectives, frozenset(orphan_ids), own),
    )


def _teams(
    objectives: Mapping[str, str | None], orphan_ids: frozenset[str], links: Iterable[AlignedLink]
) -> tuple[TeamCoverage, ...]:
    of_teams: dict[str, list[str]] = defaultdict(list)
    for objective_id, team_id in objectives.items():
        if team_id is not None:
            of_teams[team_id].append(objective_id)
    across = dict.fromkeys(of_teams, 0)
    for link in links:
        if link.is_across_teams:
            for objective_id in (link.child_id, link.parent_id):
                team_id = objectives.get(objective_id)
                if team_id is not None:
                    across[team_id] += 1
    return tuple(
        TeamCoverage(
            team_id=team_id,
            objectives=len(several),
            orphans=len(orphan_ids.intersection(several)),
            links=across[team_id],
        )
        for team_id, several in sorted(of_teams.items())
    )
