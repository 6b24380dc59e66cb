"""Rows of what is measured, made of the folded states: check-ins and the numbers that follow from them.

Progress, confidence and shares become floats here: they are shown as such, and stay exact in the states.
"""

import orjson

from events.check_in import CheckIn
from events.facts import Facts
from events.metric import PROGRESS_PLACES
from events.numbered import Sum
from events.progress import rounded_mean
from projections.definition_rows import as_float, folded_texts
from projections.row_versions import Values


def check_in_row(facts: Facts, identifier: str) -> Values | None:
    """Answer a check-in as it stands, or None when there is none."""
    known = facts.check_in(identifier)
    if known is None:
        return None
    before, after = facts.check_in_progress[identifier]
    return {
        "key_result_id": known.key_result_id,
        "objective_id": facts.key_results[known.key_result_id].objective_id,
        **_wording(known),
        "text_folded": folded_texts(known.comment, known.blockers, known.next_steps),
        "recorded_at": known.recorded_at,
        "corrected_at": known.corrected_at,
        "retracted_at": known.retracted_at,
        "author_id": known.author_id,
        "position": known.position,
        "reading_id": known.reading_id,
        "acknowledged_at": known.acknowledged_at,
        "acknowledged_by_id": known.acknowledged_by_id,
        "acknowledgement_note": known.acknowledgement_note,
        "progress_before": as_float(before),
        "progress_after": as_float(after),
    }


def check_in_wording(known: CheckIn) -> Values:
    """Answer the columns that a correction changes, with what names the check-in."""
    return {"check_in_id": known.check_in_id, "key_result_id": known.key_result_id, **_wording(known)}


def _wording(known: CheckIn) -> Values:
    return {
        "value": known.value,
        "done_stage_ids": tuple(sorted(known.done_stage_ids)),
        "confidence": known.confidence,
        "status": known.status,
        "comment": known.comment,
        "blockers": known.blockers,
        "next_steps": known.next_steps,
        "effective_at": known.effective_at,
    }


def key_result_number_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the number of a key result, or None when there is no such key result."""
    known = facts.numbers.get(identifier)
    if known is None:
        return None
    return {
        "progress": as_float(known.progress),
        "raw_progress": as_float(known.raw_progress),
        "current": known.current,
        "done_stage_ids": tuple(sorted(known.done_stage_ids)),
        "held_share": as_float(known.held_share),
        "confidence": known.confidence,
        "reported_status": known.status,
        "last_check_in_id": known.last_check_in_id,
        "check_in_count": known.check_in_count,
        "checked_in_at": known.checked_in_at,
    }


def objective_number_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the number of an objective, or None when there is no such objective."""
    known = facts.objectives.get(identifier)
    if known is None:
        return None
    number = facts.rolled_up.objective_number(known)
    return {
        "progress": as_float(number.progress),
        "raw_progress": as_float(number.raw_progress),
        "confidence": number.confidence,
        "reported_status": number.status,
        "checked_in_at": number.checked_in_at,
        "stalest_at": number.stalest_at,
    }


def cycle_number_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the number of a cycle, the means of its objectives, or None when there is no such cycle."""
    if identifier not in facts.cycles:
        return None
    return {
        "progress": _mean(facts.rolled_up.cycle_sum(identifier)),
        "original_progress": _mean(facts.rolled_up.original_cycle_sum(identifier)),
    }


def _mean(total: Sum) -> float | None:
    mean = rounded_mean(*total)
    return None if mean is None else mean / 10**PROGRESS_PLACES


def objective_ending_row(facts: Facts, identifier: str) -> Values:
    """Answer what the number of an objective was made of, from the facts just before it was closed or cancelled."""
    parts = [
        {"id": part.part_id, "weight": f"{part.weight:f}", "progress": float(part.progress)}
        for part in facts.rolled_up.parts(facts.objectives[identifier])
    ]
    return {"objective_id": identifier, "parts": orjson.dumps(parts).decode()}
