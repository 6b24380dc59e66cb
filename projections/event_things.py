"""In whose history an event stands: that of the thing it is about, and of all that the thing is part of."""

from collections.abc import Iterator

from events.check_in import MeasurementEvent
from events.comment import CommentEvent
from events.event import Event
from events.facts import Facts
from events.key_result import KeyResultMoved
from events.kpi_link import KeyResultLinkEvent, ObjectiveLinkEvent
from events.kpi_reading import KpiReadingEvent
from events.objective import ObjectiveDraftedFromTemplate
from events.recognition import RecognitionEvent
from projections.changes import Subject, discussed_by

_SAID = CommentEvent | RecognitionEvent
_WITH_KPI = KpiReadingEvent | ObjectiveLinkEvent | KeyResultLinkEvent


def things_of(event: Event, subject: Subject, facts: Facts) -> tuple[str, ...]:
    """Answer the thing that an event is about, its `subject`, and what that is part of, by the given facts.

    A check-in is part of its key result, a key result of its objective, an objective of its cycle, a reading of its KPI; what
    is said is part of what it is about. A link stands in the history of the KPI too, a draft in that of its template. The
    facts before and those after an event answer differently when it moves something.
    """
    things = [subject.subject_id]
    if isinstance(event, MeasurementEvent):
        things.append(event.key_result_id)
    elif isinstance(event, _WITH_KPI):
        things.append(event.kpi_id)
    elif isinstance(event, _SAID):
        things.extend(_with_owner(discussed_by(event, facts), facts))
    elif isinstance(event, ObjectiveDraftedFromTemplate):
        things.append(event.template_id)
    objective_ids = [] if subject.objective_id is None else [subject.objective_id]
    if isinstance(event, KeyResultMoved):
        objective_ids.append(event.to_objective_id)
    for objective_id in objective_ids:
        things.append(objective_id)
        known = facts.objective(objective_id)
        if known is not None:
            things.append(known.cycle_id)
    return tuple(dict.fromkeys(things))


def _with_owner(thing_id: str | None, facts: Facts) -> Iterator[str]:
    """Answer a thing and what it is part of, below the objective: a recognition of what it is about."""
    if thing_id is None:
        return
    yield thing_id
    given = facts.recognition(thing_id)
    if given is not None:
        yield from _with_owner(given.subject_id, facts)
    anchor_id = facts.anchor_of(thing_id)
    if anchor_id is not None:
        yield anchor_id
