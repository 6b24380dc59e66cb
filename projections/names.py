"""Names of people: sealed in the read models, opened here with their keys to search and sort by them."""

from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

PEOPLE_LIMIT = 20_000
"""How many people an organization may have for their names to be searched and sorted, since each is opened."""

# Answers the sealed names of all people at the lens with their keys; an erased person has none.
_SEALED = """
select p.id, p.sealed, opens.key from {projection}.person p
left join okr_ledger.person_key opens on opens.organization_id = :organization and opens.person_id = p.id
where {at:p} order by p.id limit :size
"""


class TooManyPeopleError(Exception):
    """The organization has more people than names are opened for."""


async def names(reader: Reader, lens: Lens) -> dict[str, str | None]:
    """Answer the names of all people by identifier; None for an erased person.

    Raises:
        TooManyPeopleError: there are more than `PEOPLE_LIMIT`.
    """
    rows = await fetch(reader, lens, _SEALED, size=PEOPLE_LIMIT + 1)
    if len(rows) > PEOPLE_LIMIT:
        raise TooManyPeopleError
    return {row["id"]: opened_name(reader, row["sealed"], row["key"]) for row in rows}


def opened_name(reader: Reader, sealed: str, key: bytes | None) -> str | None:
    """Answer the name in a sealed text, None without its key."""
    opened = None if key is None else reader.open_name(sealed, key)
    return None if opened is None else opened[0]
