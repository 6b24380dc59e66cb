"""What else an act changed: numbers above the things that it named.

Visibility plays no part here: a number may change above an objective that the viewer does not see. Whoever
shows the answer loads the things by identifier, and so leaves out what may not be seen.
"""

from collections.abc import Sequence

from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

# Answers which of some objectives and of those above them have a number that is valid since a position or later.
_RENUMBERED = """
with recursive above (id) as (
    select wanted.id collate "C" from unnest(:ids::text[]) as wanted (id)
    union
    select a.parent_id from {projection}.alignment a join above on a.child_id = above.id where {at:a}
)
select n.id from above join {projection}.objective_number n on n.id = above.id
where {at:n} and n.from_position >= :since
order by n.id
"""


async def renumbered(reader: Reader, lens: Lens, objective_ids: Sequence[str], since: int) -> list[str]:
    """Answer the objectives, of those given and of all above them, whose number changed at a position or later."""
    rows = await fetch(reader, lens, _RENUMBERED, ids=list(objective_ids), since=since)
    return [row["id"] for row in rows]
