"""Things that are found without the database: where it is known which version is valid, and that the viewer sees it.

What is not found here may be there and seen all the same: only the database tells. Who sees what of the past is decided on the
rows of the present, so it is asked of the database, save by who sees everything.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from events.relation import is_visible
from projections.lens import Lens
from projections.reader import Grants, Reader
from projections.rows import ObjectiveRow
from projections.statement import Sight, sight_of
from projections.way import Way

_SEEN_BY_ALL = (Way.CYCLES, Way.TEAMS, Way.PEOPLE)


def find(reader: Reader, lens: Lens, way: Way, ids: Sequence[str]) -> dict[str, Any]:
    """Answer what is at hand of what some keys lead to."""
    sight = sight_of(reader, lens)
    if sight is Sight.PAST and way not in _SEEN_BY_ALL:
        return {}
    found = {each: row for each, row in zip(ids, _rows(reader, lens, way, ids), strict=True) if row is not None}
    if way is Way.PEOPLE:
        keys = reader.kept.names.keys(reader.organization_id, reader.head_position)
        return {each: row.with_key(keys[each]) for each, row in found.items() if each in keys}
    if sight is Sight.EVERYTHING or way in _SEEN_BY_ALL:
        return found
    objective_ids = _objective_ids(reader, lens, way, found)
    objectives = _rows(reader, lens, Way.OBJECTIVES, list(set(objective_ids.values())))
    seen = {each.id for each in objectives if each is not None and _sees(reader.grants, each)}
    return {each: row for each, row in found.items() if objective_ids.get(each) in seen}


def _objective_ids(reader: Reader, lens: Lens, way: Way, found: Mapping[str, Any]) -> dict[str, str]:
    """Answer the objectives by which it is decided who sees things of the present."""
    match way:
        case Way.OBJECTIVES | Way.PARTS:
            return dict(zip(found, found, strict=True))
        case Way.CHECK_INS:
            parts = _rows(reader, lens, Way.KEY_RESULTS, [row.key_result_id for row in found.values()])
            return {each: part.objective_id for each, part in zip(found, parts, strict=True) if part is not None}
        case _:
            return {each: row.objective_id for each, row in found.items()}


def _sees(grants: Grants, row: ObjectiveRow) -> bool:
    """Say whether a viewer sees an objective of the present, as the hole `seen` of statements does."""
    return is_visible(row, grants.person_id, lambda: row.team_id in grants.team_ids)


def _rows(reader: Reader, lens: Lens, way: Way, ids: Sequence[str]) -> list[Any]:
    return reader.kept.versions.find(reader.organization_id, reader.generation, lens.position, way, ids)
