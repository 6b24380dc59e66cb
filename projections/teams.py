"""Teams as of a lens: by identifier, in pages, in the tree, of people, and their progress."""

from collections.abc import Sequence

from projections import paging, versions
from projections.condition import ALWAYS, Condition
from projections.lens import Lens
from projections.objective_listing import OBJECTIVES
from projections.organization_listing import TEAMS
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.records import team_rows
from projections.rows import TeamRow
from projections.statement import fetch
from projections.way import Way

_ALL = Scope(listing=TEAMS)
_OF_PARENT = Scope(listing=TEAMS, predicate="t.parent_id = wanted.id")

# Answers the teams that some people belong to, by name.
_OF_PEOPLE = """
select m.person_id as wanted_id, t.*
from {projection}.team_member m
join {projection}.team t on {at:t} and t.id = m.team_id
where {at:m} and m.person_id = any(:ids::text[])
order by t.name_folded, t.id
"""

# Answers the teams above some teams, the root first. The tree is finite: a team is never above itself.
_ANCESTORS = """
with recursive above (wanted_id, id, height) as (
    select t.id, t.parent_id, 1 from {projection}.team t
    where {at:t} and t.id = any(:ids::text[]) and t.parent_id is not null
    union all
    select above.wanted_id, t.parent_id, above.height + 1
    from above join {projection}.team t on {at:t} and t.id = above.id
    where t.parent_id is not null
)
select above.wanted_id, t.* from above join {projection}.team t on {at:t} and t.id = above.id
order by above.height desc
"""

SUBTREES = """
recursive wanted (team_id, cycle_id, read_at) as (
    select pair.team_id collate "C", c.id, case when c.phase = 'CLOSED' then c.from_position else :position end
    from unnest(:team_ids::text[], :cycle_ids::text[]) as pair (team_id, cycle_id)
    join {projection}.cycle c on {at:c} and c.id = pair.cycle_id
), below (root_id, read_at, id) as (
    select distinct team_id, read_at, team_id from wanted
    union
    select below.root_id, below.read_at, t.id
    from below join {projection}.team t on t.organization_id = :organization and t.parent_id = below.id
        and t.to_position > below.read_at and t.from_position <= below.read_at
)
"""
"""Pairs of a team and a cycle, and the teams below. In a closed cycle the tree is that of its seal: nothing that a team
becomes later moves a number of it."""

COUNTED = """
from wanted
join below on below.root_id = wanted.team_id and below.read_at = wanted.read_at
join {projection}.objective o on {at:o} and o.team_id = below.id and o.cycle_id = wanted.cycle_id
    and o.state in ('ACTIVE', 'CLOSED')
"""
"""The objectives that count for each pair."""

# Answers the mean progress of the objectives of some teams and those below in some cycles, for everybody the same.
# The mean is that of exact decimals, because a sum of floats depends on the order of the rows.
_ROLLUPS = f"""
with {SUBTREES}
select wanted.team_id, wanted.cycle_id, round(avg(o_number.progress::numeric), 12)::float8 as progress
{COUNTED}
{OBJECTIVES.numbers}
group by wanted.team_id, wanted.cycle_id
"""


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, TeamRow]:
    """Answer teams by identifier."""
    return await versions.by_ids(reader, lens, Way.TEAMS, ids)


async def page(
    reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS, orders: Sequence[Order] = ()
) -> Page[TeamRow]:
    """Answer a page of all teams, archived ones included; by name unless ordered otherwise."""
    found = await versions.pages(
        reader, lens, versions.TEAM, _ALL, EVERYWHERE, window=window, condition=condition, orders=orders
    )
    return found[""]


async def count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many teams satisfy a condition."""
    return (await paging.counts(reader, lens, _ALL, EVERYWHERE, condition))[""]


async def pages_of_parents(
    reader: Reader, lens: Lens, parent_ids: Sequence[str], *, window: Window, orders: Sequence[Order] = ()
) -> dict[str, Page[TeamRow]]:
    """Answer the same page of the teams right below each team."""
    return await versions.pages(reader, lens, versions.TEAM, _OF_PARENT, parent_ids, window=window, orders=orders)


async def counts_of_parents(reader: Reader, lens: Lens, parent_ids: Sequence[str]) -> dict[str, int]:
    """Answer how many teams are right below each team."""
    return await paging.counts(reader, lens, _OF_PARENT, parent_ids)


async def of_people(reader: Reader, lens: Lens, person_ids: Sequence[str]) -> dict[str, tuple[TeamRow, ...]]:
    """Answer the teams that each person belongs to, by name."""
    records = await fetch(reader, lens, _OF_PEOPLE, ids=list(person_ids))
    found: dict[str, list[TeamRow]] = {person_id: [] for person_id in person_ids}
    for record, row in zip(records, team_rows(records), strict=True):
        found[record["wanted_id"]].append(row)
    return {person_id: tuple(several) for person_id, several in found.items()}


async def ancestors(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, tuple[TeamRow, ...]]:
    """Answer the teams above each team, from the root down to its parent; their number is its depth."""
    records = await fetch(reader, lens, _ANCESTORS, ids=list(ids))
    found: dict[str, list[TeamRow]] = {team_id: [] for team_id in ids}
    for record, row in zip(records, team_rows(records), strict=True):
        found[record["wanted_id"]].append(row)
    return {team_id: tuple(several) for team_id, several in found.items()}


async def rollups(reader: Reader, lens: Lens, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], float | None]:
    """Answer the progress of (team, cycle) pairs, in [0, 1]: the mean over the objectives of team and sub-teams.

    ACTIVE and CLOSED ones count, each once, private ones included, so it is the same for every viewer; rounded
    once to 12 places; None without any.
    """
    wanted = list(dict.fromkeys(pairs))
    team_ids, cycle_ids = [team_id for team_id, _ in wanted], [cycle_id for _, cycle_id in wanted]
    rows = await fetch(reader, lens, _ROLLUPS, team_ids=team_ids, cycle_ids=cycle_ids)
    return dict.fromkeys(wanted) | {(row["team_id"], row["cycle_id"]): row["progress"] for row in rows}
