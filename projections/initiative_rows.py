"""Rows of initiatives and of what links them, made of the folded states, each or None when there is no such thing."""

import orjson

from events.facts import Facts
from projections.definition_rows import SEPARATOR, folded, folded_texts
from projections.row_versions import Values


def initiative_row(facts: Facts, identifier: str) -> Values | None:
    """Answer an initiative, with the objectives that it stands behind, which decide who sees it."""
    known = facts.initiatives.get(identifier)
    if known is None:
        return None
    return {
        "title": known.title,
        "title_folded": folded(known.title),
        "description": known.description,
        "text_folded": folded_texts(known.description, *known.labels),
        "state": known.state,
        "owner_id": known.owner_id,
        "begins_on": known.begins_on,
        "due_on": known.due_on,
        "labels": known.labels,
        "priority": known.priority,
        "links": orjson.dumps(known.links).decode(),
        "supported_ids": known.supported_ids,
        "objective_ids": facts.objectives_supported(known),
        "started_at": known.started_at,
        "ended_at": known.ended_at,
        "created_at": known.created_at,
        "created_by": known.created_by,
        "updated_at": known.updated_at,
        "updated_by": known.updated_by,
        "version": known.version,
    }


def initiative_support_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the row of an initiative behind an objective or a key result while it stands there."""
    supported_id, initiative_id = identifier.split(SEPARATOR)
    if initiative_id not in facts.initiatives_of(supported_id):
        return None
    part = facts.key_result(supported_id)
    objective_id = part.objective_id if part else supported_id
    return {"supported_id": supported_id, "objective_id": objective_id, "initiative_id": initiative_id}


def dependency_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the row of a dependency while it lasts."""
    blocker_id, dependent_id = identifier.split(SEPARATOR)
    for each in facts.dependencies_of(dependent_id):
        if each.blocker_id == blocker_id:
            return {"blocker_id": blocker_id, "dependent_id": dependent_id, "note": each.note}
    return None
