"""What else an act changed: numbers above the things that it named, and what waited for them.

Visibility plays no part here: a number may change above an objective that the viewer does not see. Whoever
shows the answer loads the things by identifier, and so leaves out what may not be seen.
"""

from collections.abc import Sequence

from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

# Answers which of some objectives and of those above them have a number that is valid since a position or later, and what
# depends on some things that are done, or achieved, and were not before an act, or the other way round. `{each}` and
# `limit 1` keep the planner from joins with all that an organization has, which pay for small ones.
_ALSO_CHANGED = """
with recursive above (id) as (
    select wanted.id collate "C" from unnest(:objective_ids::text[]) as wanted (id)
    union
    select a.parent_id from above
    cross join lateral (
        select a.parent_id from {projection}.alignment a where {at:a} and a.child_id = above.id {each}
    ) a
)
select above.id from above
cross join lateral (
    select n.from_position from {projection}.objective_number n
    where n.organization_id = :organization and n.id = above.id and n.to_position > :position
    order by n.to_position limit 1
) n
where n.from_position between :last and :position
union
select d.dependent_id from unnest(:blocker_ids::text[]) as blocker (id)
cross join lateral (
    select d.dependent_id, d.blocker_id from {projection}.dependency d where {at:d} and d.blocker_id = blocker.id {each}
) d
cross join lateral (
    select i.state = 'DONE' as is_done from {projection}.initiative i where {at:i} and i.id = d.blocker_id
    union all
    select coalesce(n.progress, 0) >= 1 from {projection}.key_result_number n where {at:n} and n.id = d.blocker_id
) now
left join lateral (
    select i.state = 'DONE' as is_done from {projection}.initiative i
    where i.organization_id = :organization and i.id = d.blocker_id and i.from_position < :first and i.to_position >= :first
    union all
    select coalesce(n.progress, 0) >= 1 from {projection}.key_result_number n
    where n.organization_id = :organization and n.id = d.blocker_id and n.from_position < :first and n.to_position >= :first
) earlier on true
where now.is_done is distinct from earlier.is_done
order by id
"""


async def also_changed(
    reader: Reader, lens: Lens, objective_ids: Sequence[str], blocker_ids: Sequence[str], *, first: int, last: int
) -> list[str]:
    """Answer what an act between two positions changed besides, by identifier.

    That is, of objectives and all above them, those whose number changed; and what depends on key results and initiatives that
    came to be done, or not to be.
    """
    values = {"objective_ids": list(objective_ids), "blocker_ids": list(blocker_ids), "first": first, "last": last}
    return [row["id"] for row in await fetch(reader, lens, _ALSO_CHANGED, **values)]
