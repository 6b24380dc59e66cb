"""Rows of definitions, made of the folded states: what things are, without their numbers.

Each function answers the columns of the thing's row, or None when there is no such thing.
"""

import unicodedata
from decimal import Decimal

import orjson

from events.facts import Facts
from events.objective import Objective
from projections.metric_text import metric_text
from projections.row_versions import Values

SEPARATOR = " "
"""Between the two identifiers that name a link."""


_ACCENTS = dict.fromkeys(range(0x0300, 0x0370))
"""The combining marks of Latin, Greek and Cyrillic letters; those of other scripts are letters of their own."""


def folded(text: str) -> str:
    """Return a text as it is sorted, compared and searched without regard to case, accents and width."""
    if text.isascii():
        return text.lower()  # there is nothing else to fold, and most texts are
    bare = unicodedata.normalize("NFKD", text.casefold()).translate(_ACCENTS)
    return unicodedata.normalize("NFKC", bare.casefold())


def folded_texts(*texts: str | None) -> str | None:
    """Return several texts folded, a line each, or None without any."""
    given = [folded(text) for text in texts if text]
    return "\n".join(given) or None


def link_id(first_id: str, second_id: str) -> str:
    """Return the id of the row that links two things."""
    return f"{first_id}{SEPARATOR}{second_id}"


def as_float(value: Decimal | None) -> float | None:
    """Return a number that is shown as a float."""
    return None if value is None else float(value)


def organization_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the organization's row."""
    known = facts.organization
    if known is None or known.organization_id != identifier:
        return None
    return {
        "name": known.name,
        "time_zone": known.time_zone,
        "first_day_of_week": known.first_day_of_week,
        "fiscal_year_start_month": known.fiscal_year_start_month,
        "check_in_cadence_days": known.check_in_cadence_days,
        "check_in_grace_days": known.check_in_grace_days,
        "check_in_weekday": known.check_in_weekday,
        "pace_bands": orjson.dumps(known.pace_bands).decode(),
        "score_bands": orjson.dumps(known.score_bands).decode(),
        "disabled_findings": known.disabled_findings,
        "version": known.version,
    }


def person_row(facts: Facts, identifier: str) -> Values | None:
    """Answer a person's row, the name sealed."""
    known = facts.people.get(identifier)
    if known is None:
        return None
    return {
        "sealed": known.sealed,
        "role": known.role,
        "deactivated_at": known.deactivated_at,
        "erased_at": known.erased_at,
        "version": known.version,
    }


def program_row(facts: Facts, identifier: str) -> Values | None:
    """Answer a program's row."""
    known = facts.programs.get(identifier)
    if known is None:
        return None
    return {
        "name": known.name,
        "name_folded": folded(known.name),
        "role": known.role,
        "retired_at": known.retired_at,
        "version": known.version,
    }


def team_row(facts: Facts, identifier: str) -> Values | None:
    """Answer a team's row."""
    known = facts.teams.get(identifier)
    if known is None:
        return None
    return {
        "name": known.name,
        "name_folded": folded(known.name),
        "parent_id": known.parent_id,
        "lead_id": known.lead_id,
        "archived_at": known.archived_at,
        "version": known.version,
    }


def team_member_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the row of a membership while it lasts."""
    team_id, person_id = identifier.split(SEPARATOR)
    known = facts.teams.get(team_id)
    if known is None or person_id not in known.member_ids:
        return None
    return {"team_id": team_id, "person_id": person_id}


def cycle_row(facts: Facts, identifier: str) -> Values | None:
    """Answer a cycle's row; the hash of its seal is known to its close event alone."""
    known = facts.cycles.get(identifier)
    if known is None:
        return None
    return {
        "name": known.name,
        "name_folded": folded(known.name),
        "phase": known.phase,
        "starts_on": known.starts_on,
        "ends_on": known.ends_on,
        "parent_id": known.parent_id,
        "seal_position": known.seal_position,
        "sealed_at": known.sealed_at,
        "created_at": known.created_at,
        "created_by": known.created_by,
        "updated_at": known.updated_at,
        "updated_by": known.updated_by,
        "version": known.version,
    }


def _texts_of(known: Objective) -> tuple[str | None, ...]:
    review = known.review
    reviewed = () if review is None else (review.explanation, review.root_cause, review.learned)
    return (known.description, *known.labels, *reviewed)


def objective_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the definition of an objective, its review included."""
    known = facts.objectives.get(identifier)
    if known is None:
        return None
    row: Values = {
        "cycle_id": known.cycle_id,
        "team_id": known.team_id,
        "owner_id": known.owner_id,
        "title": known.title,
        "title_folded": folded(known.title),
        "description": known.description,
        "text_folded": folded_texts(*_texts_of(known)),
        "ambition": known.ambition,
        "visibility": known.visibility,
        "driver": known.driver,
        "priority": known.priority,
        "labels": known.labels,
        "contributor_ids": known.contributor_ids,
        "parent_ids": known.parent_ids,
        "successor_ids": known.successor_ids,
        "carried_over_from_id": known.carried_over_from_id,
        "template_id": known.template_id,
        "state": known.state,
        "activated_at": known.activated_at,
        "created_at": known.created_at,
        "created_by": known.created_by,
        "updated_at": known.updated_at,
        "updated_by": known.updated_by,
        "version": known.version,
    }
    review = known.review
    if review is not None:
        row["review_score"] = float(review.score)
        row["review_proposed_score"] = as_float(review.proposed_score)
        row["review_explanation"] = review.explanation
        row["review_root_cause"] = review.root_cause
        row["review_learned"] = review.learned
        row["review_decision"] = review.decision
        row["review_position"] = review.position
    return row


def key_result_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the definition of a key result, with what its objective says of it."""
    known = facts.key_results.get(identifier)
    if known is None:
        return None
    objective = facts.objectives[known.objective_id]
    return {
        "objective_id": known.objective_id,
        "objective_state": objective.state,
        "cycle_id": objective.cycle_id,
        "title": known.title,
        "title_folded": folded(known.title),
        "kind": known.metric.kind,
        "metric": metric_text(known.metric),
        "original": metric_text(known.original),
        "weight": known.weight,
        "owner_id": known.owner_id,
        "due_on": known.due_on,
        "priority": known.priority,
        "labels": known.labels,
        "replaces_id": known.replaces_id,
        "carried_over_from_id": known.carried_over_from_id,
        "ordinal": known.placed_at,
        "live_at": known.live_at,
        "dropped_at": known.dropped_at,
        "created_at": known.created_at,
        "created_by": known.created_by,
        "updated_at": known.updated_at,
        "updated_by": known.updated_by,
        "version": known.version,
    }


def alignment_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the row of an alignment while it lasts."""
    parent_id, child_id = identifier.split(SEPARATOR)
    if child_id not in facts.aligned_to(parent_id):
        return None
    return {"parent_id": parent_id, "child_id": child_id}
