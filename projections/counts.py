"""Counts that are not counted again: as long as nothing changed what is counted, the process remembers how many there were.

How many objectives satisfy a condition on their definitions follows from the definitions that are valid at the lens, from
those of the head where sight is decided there, and from what the statement is given, such as the viewer and their teams. So a
count is known by the newest change as far as either moment, in place of the moments. A statement that reads any other table, or
the clock, is run every time.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from projections.lens import CURRENT, Lens
from projections.reader import Reader
from projections.statement import arguments, fetch, prepared, sight_of

_TABLE = re.compile(r"\{projection\}\.(\w+)")

_OBJECTIVE = "objective"

_KEPT_SPANS = 50
"""Of so many changes of an organization it is remembered what followed without another."""

# Answers the newest position as far as a given one at which a definition began or ended, and the next one behind it.
_CHANGES_AROUND = """
select greatest(
    (select began.from_position from {projection}.objective began {walked}
     where began.organization_id = :organization and began.from_position <= :until
     order by began.from_position desc limit 1),
    (select ended.to_position from {projection}.objective ended {walked}
     where ended.organization_id = :organization and ended.to_position <= :until
     order by ended.to_position desc limit 1)
) as newest, least(
    (select begins.from_position from {projection}.objective begins {walked}
     where begins.organization_id = :organization and begins.from_position > :until
     order by begins.from_position limit 1),
    (select ends.to_position from {projection}.objective ends {walked}
     where ends.organization_id = :organization and ends.to_position > :until
     order by ends.to_position limit 1)
) as following
"""


async def counted(reader: Reader, lens: Lens, statement: str, **values: Any) -> dict[str, int]:
    """Answer what a statement counts, by key: its rows have a `key` and a `row_count`."""
    text, names = prepared(statement, sight_of(reader, lens))
    if not _reads_objectives_alone(text) or "instant" in names:
        return await _count(reader, lens, statement, values)
    given = arguments(reader, lens, names, values)
    for moment in ("position", "head"):
        if moment in given:
            given[moment] = await _newest_change(reader, lens, given[moment])
    # A digest, for conditions can be long.
    digest = hashlib.sha256(repr((reader.organization_id, reader.generation, text, given)).encode()).digest()
    found = reader.kept.counts.find(digest)
    if found is None:
        found = await _count(reader, lens, statement, values)
        reader.kept.counts.keep(digest, found)
    return found


@lru_cache(maxsize=1024)
def _reads_objectives_alone(text: str) -> bool:
    return {*_TABLE.findall(text)} == {_OBJECTIVE}


async def _count(reader: Reader, lens: Lens, statement: str, values: Mapping[str, Any]) -> dict[str, int]:
    return {row["key"]: row["row_count"] for row in await fetch(reader, lens, statement, **values)}


async def _newest_change(reader: Reader, lens: Lens, until: int) -> int:
    """Answer the newest position as far as a given one at which an objective's definition changed, 0 without any.

    What happened that far never changes, so neither does the answer.
    """
    known = reader.kept.spans(reader.organization_id, reader.generation, _OBJECTIVE)
    for first, last, _ in known:
        if first <= until <= last:
            return first
    ((newest, following),) = await fetch(reader, lens, _CHANGES_AROUND, until=until)
    changed: int = newest or 0
    # What nothing has followed yet holds as far as it was asked for.
    last = until if following in {None, CURRENT} else following - 1
    last = max([last, *(each for first, each, _ in known if first == changed)])
    known[:] = [each for each in known if each[0] != changed][1 - _KEPT_SPANS :]
    known.append((changed, last, None))
    return changed
