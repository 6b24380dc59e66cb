"""Seals: whether the log still holds the position and hash that the closing of a cycle wrote down."""

from collections.abc import Sequence

from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

Seal = tuple[int, bytes]
"""Position and hash."""

# Answers whether some seals hold: the event is there with its hash, and the last verification, if there was one, found
# no problem up to it.
_VALIDITY = """
select wanted.position, wanted.hash,
    coalesce(e.hash = wanted.hash and wanted.position < coalesce(v.problem_position, wanted.position + 1), false) as is_valid
from unnest(:positions::bigint[], :hashes::bytea[]) as wanted (position, hash)
left join lateral (
    select x.* from okr_ledger.event x
    where x.organization_id = :organization and x.position = wanted.position limit 1
) e on true
left join okr_ledger.verification v on v.organization_id = :organization
"""


async def validity(reader: Reader, lens: Lens, seals: Sequence[Seal]) -> dict[Seal, bool]:
    """Answer of each seal whether it holds as of the last verification: whatever the lens, and for every viewer."""
    positions, hashes = [position for position, _ in seals], [row_hash for _, row_hash in seals]
    rows = await fetch(reader, lens, _VALIDITY, positions=positions, hashes=hashes)
    return {(row["position"], row["hash"]): row["is_valid"] for row in rows}
