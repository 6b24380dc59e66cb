"""Which objectives have to be folded together: those that count each other, whenever that was."""

from collections.abc import Iterator, Sequence

from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

OBJECTIVES_AT_ONCE = 20
"""How many objectives are folded at once: so much of a long history is in memory. A family stays together."""

# Answers some objectives and all that were ever aligned below them while they counted what is, each with what it was
# aligned to, which is null for those that were asked for.
_BELOW = """
with recursive below (id, parent_id) as (
    select wanted.id collate "C", null::text collate "C" from unnest(:ids::text[]) as wanted (id)
    union
    select a.child_id, below.id from below
    join {projection}.alignment a on a.organization_id = :organization and a.parent_id = below.id
        and a.from_position <= :position
    where exists (
        select from {projection}.objective p
        where p.organization_id = :organization and p.id = below.id and p.from_position <= :position
            and p.driver <> 'KEY_RESULTS'
    )
)
select id, parent_id from below
"""


async def families_of(reader: Reader, lens: Lens, ids: Sequence[str]) -> list[list[str]]:
    """Answer objectives, and all that counts in their progress, in lists that have nothing to do with each other."""
    rows = await fetch(reader, lens, _BELOW, ids=list(ids))
    links: dict[str, list[str]] = {row["id"]: [] for row in rows}
    for row in rows:
        if row["parent_id"] is not None:
            links[row["id"]].append(row["parent_id"])
            links[row["parent_id"]].append(row["id"])
    return list(_gathered(links))


def _gathered(links: dict[str, list[str]]) -> Iterator[list[str]]:
    """Answer what hangs together, small families together as well."""
    gathered: list[str] = []
    while links:
        pending = [next(iter(links))]
        while pending:
            each = pending.pop()
            if each in links:
                pending += links.pop(each)
                gathered.append(each)
        if len(gathered) >= OBJECTIVES_AT_ONCE:
            yield gathered
            gathered = []
    if gathered:
        yield gathered
