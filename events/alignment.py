"""Alignment: which objectives and key results an objective serves, in no circle and not too deep."""

from dataclasses import dataclass
from typing import Protocol, assert_never

from events.envelope import Context
from events.rejection import RejectionCode, refuse, refuse_limit

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignObjective:
    """Say that an objective serves another objective or a key result."""

    objective_id: str
    parent_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnalignObjective:
    """Take an alignment back."""

    objective_id: str
    parent_id: str
    expected_version: int | None = None


AlignmentCommand = AlignObjective | UnalignObjective

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveAligned:
    """An objective now serves a parent."""

    objective_id: str
    parent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveUnaligned:
    """An objective no longer serves a parent."""

    objective_id: str
    parent_id: str


AlignmentEvent = ObjectiveAligned | ObjectiveUnaligned


class AlignmentFacts(Protocol):
    """What a decision about an alignment asks of the rest of the organization."""

    def alignable(self, parent_id: str) -> bool:
        """Say whether an id is that of an objective or of a key result."""
        ...

    def depth_above(self, parent_id: str) -> int:
        """Answer how many objectives stand above something, itself included."""
        ...

    def depth_below(self, objective_id: str) -> int:
        """Answer how many objectives stand below one, itself included."""
        ...

    def stands_above(self, objective_id: str, other_id: str) -> bool:
        """Say whether an objective is the other thing, or anywhere above it."""
        ...


# --- rejections


def check_alignment(objective_id: str, parent_id: str, facts: AlignmentFacts, context: Context, *path: str) -> None:
    """Refuse to align an objective to what is not there, stands below it, or would make the tree too deep.

    Raises:
        Rejected: it is or would.
    """
    if not facts.alignable(parent_id):
        raise refuse(RejectionCode.NOT_FOUND, "no such objective or key result", *path)
    if facts.stands_above(objective_id, parent_id):
        raise refuse(RejectionCode.ALIGNMENT_CYCLE, "the alignment would close a circle", *path)
    depth = facts.depth_above(parent_id) + facts.depth_below(objective_id)
    if depth > context.limits.alignment_depth:
        raise refuse_limit("alignment depth", context.limits.alignment_depth, depth, *path)


def _check_parent_count(count: int, context: Context, *path: str) -> None:
    if count > context.limits.parents_per_objective:
        raise refuse_limit("parents", context.limits.parents_per_objective, count, *path)


# --- decide


def is_fulfilled(command: AlignmentCommand, parent_ids: tuple[str, ...]) -> bool:
    """Say whether the parents of an objective are what a command wants already."""
    return (command.parent_id in parent_ids) is isinstance(command, AlignObjective)


def decide(
    command: AlignmentCommand, parent_ids: tuple[str, ...], facts: AlignmentFacts, context: Context
) -> list[AlignmentEvent]:
    """Answer the events of a command, for an objective that has some parents.

    Raises:
        Rejected: a rule of `docs/glossary.md` (Objective) refuses it.
    """
    if is_fulfilled(command, parent_ids):
        return []
    match command:
        case AlignObjective():
            _check_parent_count(len(parent_ids) + 1, context, "parentId")
            check_alignment(command.objective_id, command.parent_id, facts, context, "parentId")
            return [ObjectiveAligned(objective_id=command.objective_id, parent_id=command.parent_id)]
        case UnalignObjective():
            return [ObjectiveUnaligned(objective_id=command.objective_id, parent_id=command.parent_id)]
        case _:
            assert_never(command)


# --- evolve


def evolve(parent_ids: tuple[str, ...], event: AlignmentEvent) -> tuple[str, ...]:
    """Answer the parents of an objective after an event."""
    match event:
        case ObjectiveAligned():
            return (*parent_ids, event.parent_id)
        case ObjectiveUnaligned():
            return tuple(each for each in parent_ids if each != event.parent_id)
        case _:
            assert_never(event)
