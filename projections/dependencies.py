"""Dependencies as of a lens: what blocks what, and what is blocked.

The rows name both sides; whoever shows the other one loads it, and so leaves out what may not be seen. What is
blocked is decided on the blockers that the viewer sees: a hidden one must not tell that it is there.
"""

from collections.abc import Sequence

from projections.initiative_listing import BLOCKED_INITIATIVES
from projections.lens import Lens
from projections.objective_listing import BLOCKED_KEY_RESULTS
from projections.reader import Reader
from projections.rows import DependencyRow
from projections.statement import fetch

# Answers what some things depend on, in the order of addition.
_OF_DEPENDENTS = """
select d.dependent_id, d.blocker_id, d.note
from {projection}.dependency d where {at:d} and d.dependent_id = any(:ids::text[])
order by d.from_position, d.blocker_id
"""

# Answers what depends on some things, in the order of addition.
_OF_BLOCKERS = """
select d.dependent_id, d.blocker_id, d.note
from {projection}.dependency d where {at:d} and d.blocker_id = any(:ids::text[])
order by d.from_position, d.dependent_id
"""

# Answers which of some initiatives are blocked.
_BLOCKED_INITIATIVES = """
select i.id from {projection}.initiative i where {at:i} and i.id = any(:ids::text[]) and {blocked}
""".replace("{blocked}", BLOCKED_INITIATIVES)

# Answers which of some key results are blocked.
_BLOCKED_KEY_RESULTS = """
select k.id from {projection}.key_result k where {at:k} and k.id = any(:ids::text[]) and {blocked}
""".replace("{blocked}", BLOCKED_KEY_RESULTS)


async def of_dependents(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, tuple[DependencyRow, ...]]:
    """Answer what initiatives or key results depend on."""
    rows = await _rows(reader, lens, _OF_DEPENDENTS, ids)
    return {each: tuple(row for row in rows if row.dependent_id == each) for each in ids}


async def of_blockers(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, tuple[DependencyRow, ...]]:
    """Answer what depends on initiatives or key results."""
    rows = await _rows(reader, lens, _OF_BLOCKERS, ids)
    return {each: tuple(row for row in rows if row.blocker_id == each) for each in ids}


async def blocked_initiatives(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, bool]:
    """Answer of initiatives whether they are blocked."""
    blocked = {row["id"] for row in await fetch(reader, lens, _BLOCKED_INITIATIVES, ids=list(ids))}
    return {each: each in blocked for each in ids}


async def blocked_key_results(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, bool]:
    """Answer of key results whether they are blocked."""
    blocked = {row["id"] for row in await fetch(reader, lens, _BLOCKED_KEY_RESULTS, ids=list(ids))}
    return {each: each in blocked for each in ids}


async def _rows(reader: Reader, lens: Lens, statement: str, ids: Sequence[str]) -> list[DependencyRow]:
    return [
        DependencyRow(dependent_id=row["dependent_id"], blocker_id=row["blocker_id"], note=row["note"])
        for row in await fetch(reader, lens, statement, ids=list(ids))
    ]
