"""Which rows the events of a command may have changed: the things named, and what follows from them.

Too many is harmless, for a row equal to the one before is not written; one too few would be wrong for good.
"""

from collections.abc import Iterable, Iterator

from events.alignment import ObjectiveAligned, ObjectiveUnaligned
from events.check_in import MeasurementEvent
from events.comment import CommentEvent, Reaction
from events.custom_field import CustomFieldEvent
from events.custom_value import (
    CustomValueEvent,
    InitiativeCustomValuesSet,
    KeyResultCustomValuesSet,
    ObjectiveCustomValuesSet,
)
from events.cycle import CycleEvent
from events.dependency import DependencyEvent
from events.event import Event
from events.facts import Facts
from events.initiative import InitiativeCreated, InitiativeEvent, InitiativeSupportAdded, InitiativeSupportRemoved
from events.key_result import KeyResultEvent, KeyResultMoved
from events.kpi import KpiEvent
from events.kpi_link import KeyResultLinkEvent, ObjectiveLinkEvent
from events.kpi_reading import KpiReadingEvent
from events.objective import Objective, ObjectiveEvent, ProgressDriver
from events.person import PersonEvent
from events.program import ProgramEvent
from events.recognition import PeopleRecognized, RecognitionEvent
from events.team import TeamEvent, TeamMemberAdded, TeamMemberRemoved
from events.template import TemplateEvent
from projections.definition_rows import link_id

Place = tuple[str, str]
"""A table, and the id of a row in it."""


def touched(before: Facts, after: Facts, events: Iterable[Event]) -> list[Place]:
    """Answer the rows to look at, each once, in an order that depends on nothing but the arguments."""
    places: dict[Place, None] = {}
    objective_ids: dict[str, None] = {}
    for event in events:
        if isinstance(event, MeasurementEvent):
            places["check_in", event.check_in_id] = None
            places["key_result_number", event.key_result_id] = None
            objective_ids[after.key_results[event.key_result_id].objective_id] = None
            continue
        places.update(dict.fromkeys(_named(event)))
        if isinstance(event, CustomValueEvent):
            places.update(dict.fromkeys(_valued(event)))
        if isinstance(event, CommentEvent):
            places.update(dict.fromkeys(_said(event.comment_id, before, after)))
        elif isinstance(event, KeyResultEvent):
            objective_ids[event.objective_id] = None
            if isinstance(event, KeyResultMoved):
                objective_ids[event.to_objective_id] = None
                places.update(dict.fromkeys(_behind(event.key_result_id, after)))
        elif isinstance(event, ObjectiveEvent):
            objective_ids[event.objective_id] = None
            places.update(dict.fromkeys(_parts(event.objective_id, before, after)))
    for objective_id in _upwards(objective_ids, before, after):
        places["objective_number", objective_id] = None
        for known in (before.objective(objective_id), after.objective(objective_id)):
            if known is not None:
                places["cycle_number", known.cycle_id] = None
    return list(places)


def _named(event: Event) -> Iterator[Place]:  # noqa: C901, PLR0912 - a branch for each noun
    """Answer the rows that an event names; those of a measurement are named by `touched` itself, for there are so many."""
    if isinstance(event, KeyResultEvent):
        yield "key_result", event.key_result_id
        yield "key_result_number", event.key_result_id
        if isinstance(event, DependencyEvent):
            yield "dependency", link_id(event.blocker_id, event.key_result_id)
        if isinstance(event, KeyResultLinkEvent):
            yield "kpi_link", link_id(event.kpi_id, event.key_result_id)
    elif isinstance(event, InitiativeEvent):
        yield from _named_of_initiative(event)
    elif isinstance(event, ObjectiveEvent):
        yield "objective", event.objective_id
        if isinstance(event, ObjectiveAligned | ObjectiveUnaligned):
            yield "alignment", link_id(event.parent_id, event.objective_id)
        if isinstance(event, ObjectiveLinkEvent):
            yield "kpi_link", link_id(event.kpi_id, event.objective_id)
    elif isinstance(event, CycleEvent):
        yield "cycle", event.cycle_id
        yield "cycle_number", event.cycle_id
    elif isinstance(event, TeamEvent):
        yield "team", event.team_id
        if isinstance(event, TeamMemberAdded | TeamMemberRemoved):
            yield "team_member", link_id(event.team_id, event.person_id)
    elif isinstance(event, PersonEvent):
        yield "person", event.person_id
    elif isinstance(event, ProgramEvent):
        yield "program", event.program_id
    elif isinstance(event, CommentEvent):
        yield "comment", event.comment_id
    elif isinstance(event, RecognitionEvent):
        yield "recognition", event.recognition_id
        if isinstance(event, PeopleRecognized):
            for person_id in event.person_ids:
                yield "recognition_person", link_id(event.recognition_id, person_id)
    elif isinstance(event, KpiEvent):
        yield "kpi", event.kpi_id
    elif isinstance(event, KpiReadingEvent):
        yield "kpi_reading", event.reading_id
        yield "kpi_number", event.kpi_id
    elif isinstance(event, TemplateEvent):
        yield "template", event.template_id
    elif isinstance(event, CustomFieldEvent):
        yield "custom_field", event.custom_field_id
    elif not isinstance(event, MeasurementEvent):
        yield "organization", event.organization_id


def _named_of_initiative(event: InitiativeEvent) -> Iterator[Place]:
    yield "initiative", event.initiative_id
    if isinstance(event, InitiativeCreated):
        for supported_id in event.supported_ids:
            yield "initiative_support", link_id(supported_id, event.initiative_id)
    elif isinstance(event, InitiativeSupportAdded | InitiativeSupportRemoved):
        yield "initiative_support", link_id(event.supported_id, event.initiative_id)
    elif isinstance(event, DependencyEvent):
        yield "dependency", link_id(event.blocker_id, event.initiative_id)


def _valued(event: CustomValueEvent) -> Iterator[Place]:
    """Answer the values of custom fields that came, went or changed."""
    match event:
        case ObjectiveCustomValuesSet():
            thing_id = event.objective_id
        case KeyResultCustomValuesSet():
            thing_id = event.key_result_id
        case InitiativeCustomValuesSet():
            thing_id = event.initiative_id
        case _:
            thing_id = event.kpi_id
    for value in event.values:
        yield "custom_value", link_id(thing_id, value.custom_field_id)


def _behind(key_result_id: str, after: Facts) -> Iterator[Place]:
    """Answer the initiatives that go with a key result to another objective."""
    for initiative_id in sorted(after.initiatives_of(key_result_id)):
        yield "initiative", initiative_id
        yield "initiative_support", link_id(key_result_id, initiative_id)


def _said(comment_id: str, before: Facts, after: Facts) -> Iterator[Place]:
    """Answer the mentions and reactions of a comment that came or went."""
    old, new = before.comment(comment_id), after.comment(comment_id)
    mentions = [frozenset(each.mention_ids) if each else frozenset[str]() for each in (old, new)]
    for person_id in sorted(mentions[0] ^ mentions[1]):
        yield "comment_mention", link_id(comment_id, person_id)
    reactions = [each.reactions if each else frozenset[Reaction]() for each in (old, new)]
    for kind, actor_id in sorted(reactions[0] ^ reactions[1]):
        yield "comment_reaction", link_id(link_id(comment_id, kind), actor_id)


def _parts(objective_id: str, before: Facts, after: Facts) -> Iterator[Place]:
    """Answer the key results whose rows repeat what has changed in their objective."""
    old, new = before.objective(objective_id), after.objective(objective_id)
    if old is None or new is None or (old.state, old.cycle_id) != (new.state, new.cycle_id):
        for part in after.key_results_of(objective_id):
            yield "key_result", part.key_result_id


def _upwards(objective_ids: Iterable[str], before: Facts, after: Facts) -> Iterator[str]:
    """Answer objectives and those above them, as far up as a number changes.

    Both facts are final, so looking at each objective once is enough, whatever the order.
    """
    named = set(objective_ids)
    pending, seen = list(objective_ids), set(named)
    while pending:
        objective_id = pending.pop()
        yield objective_id
        old, new = before.objective(objective_id), after.objective(objective_id)
        parent_ids = _parents(old, new)
        if not parent_ids or (objective_id not in named and _same_number(old, new, before, after)):
            continue
        for parent_id in parent_ids:
            if parent_id not in seen and (_counts_children(before, parent_id) or _counts_children(after, parent_id)):
                seen.add(parent_id)
                pending.append(parent_id)


def _same_number(old: Objective | None, new: Objective | None, before: Facts, after: Facts) -> bool:
    if old is None or new is None:
        return False
    return before.number(old) == after.number(new) and before.rolled_up.original_progress(
        old
    ) == after.rolled_up.original_progress(new)


def _parents(old: Objective | None, new: Objective | None) -> tuple[str, ...]:
    if old is None or new is None or old.parent_ids == new.parent_ids:
        known = new or old
        return () if known is None else known.parent_ids
    return tuple(dict.fromkeys((*old.parent_ids, *new.parent_ids)))


_OF_KEY_RESULTS = ProgressDriver.KEY_RESULTS


def _counts_children(facts: Facts, parent_id: str) -> bool:
    # A parent that is a key result takes nothing from what is aligned to it.
    known = facts.objective(parent_id)
    return known is not None and known.driver is not _OF_KEY_RESULTS
