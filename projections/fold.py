"""The fold: the row versions that one command makes, from the facts before and after it.

It is pure and looks at nothing but its arguments, so the rows written with a command and those of a rebuild
are the same.
"""

from collections.abc import Callable, Mapping, Sequence

from events.check_in import CheckedIn, CheckIn, CheckInCorrected
from events.cycle import CycleClosed
from events.envelope import RecordedEvent
from events.event import Event
from events.facts import Facts
from events.folding import apply
from events.metadata import reason_code
from events.objective import ObjectiveCancelled
from events.review import ObjectiveClosed
from projections.changes import Subject, changes_text, subject_of
from projections.conversation_rows import (
    comment_mention_row,
    comment_reaction_row,
    comment_row,
    recognition_person_row,
    recognition_row,
)
from projections.custom_field_rows import custom_field_row, custom_value_row
from projections.definition_rows import (
    alignment_row,
    cycle_row,
    key_result_row,
    objective_row,
    organization_row,
    person_row,
    program_row,
    team_member_row,
    team_row,
)
from projections.event_things import things_of
from projections.initiative_rows import dependency_row, initiative_row, initiative_support_row
from projections.kpi_rows import kpi_link_row, kpi_number_row, kpi_reading_row, kpi_row
from projections.measurement_rows import (
    check_in_row,
    check_in_wording,
    cycle_number_row,
    key_result_number_row,
    objective_ending_row,
    objective_number_row,
)
from projections.moved_numbers import moved_by, revalued_by
from projections.row_versions import CommandRows, RowChange, Values
from projections.template_rows import template_row
from projections.touched import Place, touched

LoggedEvent = tuple[Event, RecordedEvent]
Additions = dict[str, list[Values]]

_ROWS: dict[str, Callable[[Facts, str], Values | None]] = {
    "organization": organization_row,
    "person": person_row,
    "program": program_row,
    "team": team_row,
    "team_member": team_member_row,
    "cycle": cycle_row,
    "cycle_number": cycle_number_row,
    "objective": objective_row,
    "objective_number": objective_number_row,
    "key_result": key_result_row,
    "key_result_number": key_result_number_row,
    "alignment": alignment_row,
    "check_in": check_in_row,
    "initiative": initiative_row,
    "initiative_support": initiative_support_row,
    "dependency": dependency_row,
    "comment": comment_row,
    "comment_mention": comment_mention_row,
    "comment_reaction": comment_reaction_row,
    "recognition": recognition_row,
    "recognition_person": recognition_person_row,
    "kpi": kpi_row,
    "kpi_number": kpi_number_row,
    "kpi_reading": kpi_reading_row,
    "kpi_link": kpi_link_row,
    "template": template_row,
    "custom_field": custom_field_row,
    "custom_value": custom_value_row,
}
_NOT_THERE = Subject("", None, None)
_WORDED = CheckedIn | CheckInCorrected
_ENDING = ObjectiveClosed | ObjectiveCancelled
TABLES = (*_ROWS, "objective_ending", "check_in_revision", "event_subject", "event_thing")
"""All tables of a generation."""


def fold(before: Facts, after: Facts, events: Sequence[LoggedEvent]) -> CommandRows:
    """Answer the rows of one command.

    Args:
        before: the facts before the command; they are not changed.
        after: the facts after all its events.
        events: its events, at least one, recorded: their hashes count.
    """
    additions: Additions = {}
    # Between the events of a command the things have states that no row ever shows, but what each event did does.
    between = before if len(events) == 1 else before.fork()
    given_reason = reason_code(events[0][1].metadata)
    for index, logged in enumerate(events):
        following = after if index == len(events) - 1 else between.fork()
        if following is not after:
            apply(following, logged[0], logged[1].occurrence)
        add_event_rows(additions, logged, between, following, given_reason, is_alone=len(events) == 1)
        if following is not after:
            between.absorb(following)
    return CommandRows(
        organization_id=after.organization_id,
        position=events[-1][1].position,
        changes=changed_rows(before, after, events),
        additions=additions,
    )


def changed_rows(
    before: Facts, after: Facts, events: Sequence[LoggedEvent], known: Mapping[Place, Values] | None = None
) -> list[RowChange]:
    """Answer the rows of things that differ after a command; the arguments are those of `fold`.

    `known` has all rows of now as they were before the command; without it they are made of the facts again.
    """
    # The hash of a seal is made of the close event, so no folded state can have it.
    seals = {event.cycle_id: recorded.hash for event, recorded in events if isinstance(event, CycleClosed)}
    changes: list[RowChange] = []
    for place in touched(before, after, [event for event, _ in events]):
        table, identifier = place
        row_of = _ROWS[table]
        old = row_of(before, identifier) if known is None else known.get(place)
        new = row_of(after, identifier)
        if seals and new is not None and new.get("seal_position") is not None:
            new["seal_hash"] = seals[identifier]
        if old != new:
            changes.append(RowChange(table, identifier, new, old is not None))
    return changes


def add_event_rows(
    additions: Additions, logged: LoggedEvent, before: Facts, after: Facts, given_reason: str | None, *, is_alone: bool
) -> None:
    """Add the rows that an event adds to those of its command, which it may be the only one of, from the facts around it."""
    event, recorded = logged
    position = recorded.position
    is_new_check_in = isinstance(event, CheckedIn)  # nine of ten events: it was not there before, and moves nothing
    old, new = _NOT_THERE if is_new_check_in else subject_of(event, before), subject_of(event, after)
    subject_row = _subject_row(old, new, position, given_reason)
    if not is_alone:
        # The only event of a command moved whatever moved.
        subject_row["moved_ids"] = moved_by(event, before, after)
        subject_row["revalued_id"] = revalued_by(event, before, after)
    additions.setdefault("event_subject", []).append(subject_row)
    things = things_of(event, new, after)
    if not is_new_check_in:
        things = tuple(dict.fromkeys((*things_of(event, old, before), *things)))
    additions.setdefault("event_thing", []).extend([{"thing_id": each, "position": position} for each in things])
    if isinstance(event, _WORDED) and isinstance(new.state, CheckIn):
        additions.setdefault("check_in_revision", []).append(_revision_row(new.state, recorded))
    elif isinstance(event, _ENDING):
        ending = objective_ending_row(before, event.objective_id)
        additions.setdefault("objective_ending", []).append({**ending, "position": position})


def _subject_row(old: Subject, new: Subject, position: int, given_reason: str | None) -> Values:
    version_before, version_after = getattr(old.state, "version", 0), getattr(new.state, "version", 0)
    return {
        "position": position,
        "subject_id": new.subject_id,
        "objective_id": new.objective_id,
        "objective_ids": None
        if new.objective_ids is None
        else tuple(dict.fromkeys((*(old.objective_ids or ()), *new.objective_ids))),
        "subject_version": version_after if version_after != version_before else None,
        "changes": changes_text(old, new),
        "reason_code": given_reason,
    }


def _revision_row(known: CheckIn, recorded: RecordedEvent) -> Values:
    return {
        **check_in_wording(known),
        "position": recorded.position,
        "recorded_at": recorded.recorded_at,
        "author_id": recorded.actor_id,
    }
