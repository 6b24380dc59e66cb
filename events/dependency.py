"""Dependencies: what has to be done before something else can be, between initiatives and between key results.

"A depends on B" means that B blocks A until B is done. There is no circle of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from events.envelope import Context
from events.rejection import RejectionCode, refuse, refuse_limit

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class AddInitiativeDependency:
    """Say that an initiative depends on another; said again with another note, it gets that note."""

    initiative_id: str
    blocker_id: str
    note: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveInitiativeDependency:
    """Say that an initiative no longer depends on another."""

    initiative_id: str
    blocker_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddKeyResultDependency:
    """Say that a key result depends on another; said again with another note, it gets that note."""

    key_result_id: str
    blocker_id: str
    note: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveKeyResultDependency:
    """Say that a key result no longer depends on another."""

    key_result_id: str
    blocker_id: str
    expected_version: int | None = None


InitiativeDependencyCommand = AddInitiativeDependency | RemoveInitiativeDependency
KeyResultDependencyCommand = AddKeyResultDependency | RemoveKeyResultDependency

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeDependencyAdded:
    """An initiative depends on another; the note is the one that holds now."""

    initiative_id: str
    blocker_id: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeDependencyRemoved:
    """An initiative no longer depends on another."""

    initiative_id: str
    blocker_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultDependencyAdded:
    """A key result depends on another; the note is the one that holds now."""

    key_result_id: str
    objective_id: str
    blocker_id: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultDependencyRemoved:
    """A key result no longer depends on another."""

    key_result_id: str
    objective_id: str
    blocker_id: str


InitiativeDependencyEvent = InitiativeDependencyAdded | InitiativeDependencyRemoved
KeyResultDependencyEvent = KeyResultDependencyAdded | KeyResultDependencyRemoved
DependencyEvent = InitiativeDependencyEvent | KeyResultDependencyEvent

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """What something depends on, and what was said of it."""

    blocker_id: str
    note: str | None = None


class DependencyFacts(Protocol):
    """What a decision about a dependency asks of the rest of the organization."""

    def dependencies_of(self, dependent_id: str) -> tuple[Dependency, ...]:
        """Answer what an initiative or a key result depends on."""
        ...

    def dependents_of(self, blocker_id: str) -> frozenset[str]:
        """Answer what depends on an initiative or a key result."""
        ...


# --- decide


def note_changes(known: Sequence[Dependency], blocker_id: str, note: str | None) -> bool:
    """Say whether a dependency is not there yet, or with another note."""
    return Dependency(blocker_id=blocker_id, note=note) not in known


def check_dependency(dependent_id: str, blocker_id: str, facts: DependencyFacts, context: Context, *path: str) -> None:
    """Refuse a dependency on oneself, one that closes a circle, and one too many on either side.

    Raises:
        Rejected: it is one of these.
    """
    if blocker_id == dependent_id or _depends(blocker_id, dependent_id, facts):
        raise refuse(RejectionCode.DEPENDENCY_CYCLE, "the dependency would close a circle", *path)
    limit = context.limits.dependencies_per_thing
    others = {each.blocker_id for each in facts.dependencies_of(dependent_id)} | {blocker_id}
    for what, count in (
        ("dependencies", len(others)),
        ("dependents", len(facts.dependents_of(blocker_id) | {dependent_id})),
    ):
        if count > limit:
            raise refuse_limit(what, limit, count, *path)


def _depends(dependent_id: str, blocker_id: str, facts: DependencyFacts) -> bool:
    """Say whether something depends on another thing, directly or not."""
    pending, seen = [dependent_id], {dependent_id}
    while pending:
        for each in facts.dependencies_of(pending.pop()):
            if each.blocker_id == blocker_id:
                return True
            if each.blocker_id not in seen:
                seen.add(each.blocker_id)
                pending.append(each.blocker_id)
    return False


# --- evolve


def evolve(known: tuple[Dependency, ...], event: DependencyEvent) -> tuple[Dependency, ...]:
    """Answer what a thing depends on after an event, in the order of addition."""
    if isinstance(event, InitiativeDependencyRemoved | KeyResultDependencyRemoved):
        return tuple(each for each in known if each.blocker_id != event.blocker_id)
    noted = Dependency(blocker_id=event.blocker_id, note=event.note)
    if any(each.blocker_id == event.blocker_id for each in known):
        return tuple(noted if each.blocker_id == event.blocker_id else each for each in known)
    return (*known, noted)
