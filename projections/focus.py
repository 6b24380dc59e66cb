"""Focus: how many objectives the people and teams of a cycle have, and how many key results these have.

Counted is what is in force: ACTIVE and CLOSED objectives and their key results that are not dropped, as far as the viewer
may see them. How many are good stands beside the rules of the coach, which advise by the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from events.coach.objective_rules import FEWEST_KEY_RESULTS, MOST_KEY_RESULTS, MOST_OBJECTIVES
from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch_planned

FEWEST_OBJECTIVES = 3
"""Three to five objectives a cycle: John Doerr, Measure What Matters (2018)."""

# Answers who has how many objectives in some cycles, those with the most first, `size` of each kind; null is nobody's.
_HOLDERS = """
with counted as (
    select o.cycle_id, o.id, o.team_id, o.owner_id, o.driver, count(k.id) as key_results
    from {projection}.objective o
    left join {projection}.key_result k on {at:k} and k.objective_id = o.id and k.dropped_at is null and {seen_part:k}
    where {at:o} and o.cycle_id = any(:ids::text[]) and o.state in ('ACTIVE', 'CLOSED') and {seen:o}
    group by o.cycle_id, o.id, o.team_id, o.owner_id, o.driver
), holder as (
    select cycle_id, each.kind, each.id, count(*) as objectives, sum(key_results)::bigint as key_results,
        count(*) filter (where key_results > :most) as crowded,
        count(*) filter (where key_results < :fewest and driver <> 'CHILDREN') as sparse,
        row_number() over (
            partition by cycle_id, each.kind order by each.id is null desc, count(*) desc, sum(key_results) desc, each.id
        ) as place
    from counted
    cross join lateral (values ('PERSON', owner_id), ('TEAM', team_id)) as each (kind, id)
    group by cycle_id, each.kind, each.id
)
select * from holder where place <= :size::bigint + 1 order by cycle_id, kind, place
"""


class FocusBand(StrEnum):
    """How a number of objectives compares with what is advised."""

    FEW = "FEW"
    ADVISED = "ADVISED"
    MANY = "MANY"


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusRow:
    """What a person or a team has: objectives, their key results, and how many objectives have too many or too few of these.

    `id` is None for what nobody has.
    """

    id: str | None
    objectives: int = 0
    key_results: int = 0
    crowded: int = 0
    sparse: int = 0

    @property
    def band(self) -> FocusBand:
        """Whether these are as many objectives as are advised."""
        if self.objectives > MOST_OBJECTIVES:
            return FocusBand.MANY
        return FocusBand.FEW if self.objectives < FEWEST_OBJECTIVES else FocusBand.ADVISED


@dataclass(slots=True)
class CycleFocus:
    """People and teams with objectives in a cycle, those with the most first; and what belongs to nobody."""

    people: list[FocusRow] = field(default_factory=list[FocusRow])
    teams: list[FocusRow] = field(default_factory=list[FocusRow])
    without_owner: int = 0
    without_team: int = 0


async def of_cycles(reader: Reader, lens: Lens, ids: Sequence[str], *, size: int) -> dict[str, CycleFocus]:
    """Answer the focus of each cycle: at most `size` people and as many teams, those with the most objectives."""
    found = {cycle_id: CycleFocus() for cycle_id in ids}
    bounds = {"fewest": FEWEST_KEY_RESULTS, "most": MOST_KEY_RESULTS, "size": size}
    for row in await fetch_planned(reader, lens, _HOLDERS, ids=list(ids), **bounds):
        focus = found[row["cycle_id"]]
        is_person = row["kind"] == "PERSON"
        if row["id"] is None:
            if is_person:
                focus.without_owner = row["objectives"]
            else:
                focus.without_team = row["objectives"]
            continue
        several = focus.people if is_person else focus.teams
        if len(several) < size:
            numbers = {each: row[each] for each in ("id", "objectives", "key_results", "crowded", "sparse")}
            several.append(FocusRow(**numbers))
    return found
