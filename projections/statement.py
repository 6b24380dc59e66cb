"""Named statements: handwritten SQL with names for its parameters and nine holes that every read shares.

`:name` is a parameter. Always known are `:organization`, `:position` and `:instant` of the lens, `:head`
(the request's pinned head), `:viewer` and `:viewer_teams`. The holes, each with the alias of a table:

- `{at:o}`: the row is the one that is valid at the lens;
- `{seen:o}`: the viewer may see the objective of the row;
- `{seen_objective:s}`: the viewer may see the objective that the row's `objective_id` names;
- `{seen_part:k}`: the viewer may see the key result of the row, which follows its objective;
- `{seen_part_then:k}`: the same of a row that may be older than the lens;
- `{seen_initiative:i}`: the viewer may see the initiative of the row, which follows the objectives that it stands behind;
- `{seen_event:s}`: the viewer may see the event of the row, by its `objective_id` and `objective_ids`;

and without an alias `{each}`, at the end of a subquery that is looked up for each row, and `{walked}`, at the end of what a
subquery selects from whose order an index has, and which stops at a limit.

Who may see what is decided on the rows of the pinned head, never on those of the lens: time travel widens no
rights. The predicate is that of `sees` in `events/permission.py`.
"""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any
from uuid import UUID

from asyncpg import Record

from projections.lens import Lens
from projections.reader import Reader

_PARAMETER = re.compile(r"(?<![:\w]):([a-z][a-z_0-9]*)")
_HOLE = re.compile(r"\{(at|seen|seen_objective|seen_part|seen_part_then|seen_initiative|seen_event):(\w+)\}")


class Sight(Enum):
    """How much there is to decide: nothing, on the row itself, or on the row of the head."""

    EVERYTHING = "EVERYTHING"
    PRESENT = "PRESENT"
    PAST = "PAST"


_AT = """{alias}.organization_id = :organization and {alias}.to_position > :position
    and {alias}.from_position <= :position"""

_SEES = """(
    :viewer in ({alias}.owner_id, {alias}.created_by) or :viewer = any({alias}.contributor_ids)
    or ({alias}.state <> 'DRAFT' and ({alias}.visibility = 'ORGANIZATION'
        or ({alias}.visibility = 'TEAM' and {alias}.team_id = any(:viewer_teams))))
)"""

# What ends a subquery, in place of `{each}`, that is to be looked up for each row: it is not joined then. Joined by a plan for
# an organization of average size, all that a large one has is read for each row anew.
_EACH = "offset 0"

# What makes a subquery go along an index that has its order, in place of `{walked}`: one row, in whose place PostgreSQL expects
# a thousand. Of an organization of average size it expects a row or two, and sorting these costs nothing: of a large one it
# would sort all that there is.
_WALKED = "cross join string_to_table('once', ',') as once"

# The objective as it is at the head.
_SEEN_AT_HEAD = (
    """exists (
    select from {projection}.objective h
    where h.organization_id = :organization and h.id = {alias}.{column}
        and h.to_position > :head and h.from_position <= :head and """
    + _SEES.replace("{alias}", "h")
    + " {each})"
)

# A key result read in the past follows the objective it had then and the one it has now: the move to a private
# objective hides it, and a private objective that it has left stays hidden.
_PART_SEEN_AT_HEAD = (
    """exists (
    select from {projection}.key_result g
    where g.organization_id = :organization and g.id = {alias}.id
        and g.to_position > :head and g.from_position <= :head and """
    + _SEEN_AT_HEAD.replace("{alias}.{column}", "g.objective_id")
    + " {each})"
)


# One of the objectives of a row, as it is at the head.
_ONE_SEEN_AT_HEAD = (
    """exists (
    select from {projection}.objective h
    where h.organization_id = :organization and h.id = any({alias}.objective_ids)
        and h.to_position > :head and h.from_position <= :head and """
    + _SEES.replace("{alias}", "h")
    + " {each})"
)

# An initiative read in the past follows what it stood behind then and what it stands behind now, as a key result does.
_INITIATIVE_SEEN_AT_HEAD = (
    """exists (
    select from {projection}.initiative g
    where g.organization_id = :organization and g.id = {alias}.id
        and g.to_position > :head and g.from_position <= :head and """
    + _ONE_SEEN_AT_HEAD.replace("{alias}", "g")
    + " {each})"
)


def sight_of(reader: Reader, lens: Lens) -> Sight:
    """Answer how visibility is decided for a viewer at a lens."""
    if reader.grants.sees_everything:
        return Sight.EVERYTHING
    return Sight.PRESENT if lens.position == reader.head_position else Sight.PAST


def _seen(alias: str, sight: Sight) -> str:
    if sight is Sight.EVERYTHING:
        return "true"
    template = _SEES if sight is Sight.PRESENT else _SEEN_AT_HEAD
    return template.replace("{column}", "id").replace("{alias}", alias)


def _seen_objective(alias: str, sight: Sight) -> str:
    if sight is Sight.EVERYTHING:
        return "true"
    return _SEEN_AT_HEAD.replace("{column}", "objective_id").replace("{alias}", alias)


def _seen_part(alias: str, sight: Sight) -> str:
    objective = _seen_objective(alias, sight)
    if sight is not Sight.PAST:
        return objective
    return f"({objective} and {_PART_SEEN_AT_HEAD.replace('{alias}', alias)})"


def _seen_initiative(alias: str, sight: Sight) -> str:
    if sight is Sight.EVERYTHING:
        return "true"
    behind = _ONE_SEEN_AT_HEAD.replace("{alias}", alias)
    if sight is Sight.PRESENT:
        return behind
    return f"({behind} and {_INITIATIVE_SEEN_AT_HEAD.replace('{alias}', alias)})"


def _seen_event(alias: str, sight: Sight) -> str:
    if sight is Sight.EVERYTHING:
        return "true"
    behind = _ONE_SEEN_AT_HEAD.replace("{alias}", alias)
    return (
        f"(({alias}.objective_id is null or {_seen_objective(alias, sight)}) and ({alias}.objective_ids is null or {behind}))"
    )


@lru_cache(maxsize=1024)
def prepared(statement: str, sight: Sight, organization_id: UUID | None = None) -> tuple[str, tuple[str, ...]]:
    """Fill the holes of a statement and number its parameters; answers the text and their names in order.

    An organization that is given stands in the text itself.
    """

    def fill(hole: re.Match[str]) -> str:
        match hole[1]:
            case "at":
                return _AT.replace("{alias}", hole[2])
            case "seen":
                return _seen(hole[2], sight)
            case "seen_objective":
                return _seen_objective(hole[2], sight)
            case "seen_part_then":
                return _seen_part(hole[2], sight if sight is Sight.EVERYTHING else Sight.PAST)
            case "seen_initiative":
                return _seen_initiative(hole[2], sight)
            case "seen_event":
                return _seen_event(hole[2], sight)
            case _:
                return _seen_part(hole[2], sight)

    filled = _HOLE.sub(fill, statement).replace("{walked}", _WALKED)
    filled = filled.replace("{each}", _EACH if organization_id is None else "")
    if organization_id is not None:
        filled = re.sub(r":organization\b", f"'{organization_id}'::uuid", filled)
    names = tuple(dict.fromkeys(_PARAMETER.findall(filled)))
    numbers = {name: f"${number}" for number, name in enumerate(names, start=1)}
    return _PARAMETER.sub(lambda found: numbers[found[1]], filled), names


async def fetch(reader: Reader, lens: Lens, statement: str, **values: Any) -> list[Record]:
    """Run a statement at a lens; `values` are its own parameters."""
    text, names = prepared(statement, sight_of(reader, lens))
    return await reader.fetch(text, *arguments(reader, lens, names, values).values())


async def fetch_planned(reader: Reader, lens: Lens, statement: str, **values: Any) -> list[Record]:
    """Run a statement as `fetch` does, with a plan for this organization: for what reads much of it, such as a whole cycle.

    Other plans are made once for all organizations, as for one of average size. Of a large one among many small ones they read
    all that it has, for each row anew.
    """
    text, names = prepared(statement, sight_of(reader, lens), reader.organization_id)
    return await reader.fetch(text, *arguments(reader, lens, names, values).values())


def arguments(reader: Reader, lens: Lens, names: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Answer what stands for the parameters of a statement, by their names and in their order."""
    known = {
        "organization": reader.organization_id,
        "position": lens.position,
        "instant": lens.instant,
        "head": reader.head_position,
        "viewer": reader.grants.person_id,
        "viewer_teams": sorted(reader.grants.team_ids),
        **values,
    }
    return {name: known[name] for name in names}
