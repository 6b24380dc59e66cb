"""Who may do what: one table of roles, decided on the folded state of now, inside the write batch.

What an actor may not see does not exist for them: the answer is NOT_FOUND, never FORBIDDEN.
"""

from enum import StrEnum
from typing import assert_never

from events.carry_over import CarryOverObjective
from events.check_in import CorrectCheckIn, RecordCheckIn, RetractCheckIn
from events.command import Command
from events.cycle import CycleCommand
from events.facts import Facts
from events.key_result import AddKeyResult, KeyResultCommand
from events.objective import (
    CreateObjective,
    Objective,
    ObjectiveCommand,
    ObjectiveState,
    ReorderObjectives,
    Visibility,
)
from events.organization import OrganizationCommand
from events.person import Person, PersonCommand, Role
from events.rejection import RejectionCode, refuse
from events.team import TeamCommand


class Permission(StrEnum):
    """What a role may be allowed."""

    SEE_EVERYTHING = "SEE_EVERYTHING"
    WRITE_OBJECTIVES = "WRITE_OBJECTIVES"
    MANAGE_CYCLES = "MANAGE_CYCLES"
    MANAGE_TEAMS = "MANAGE_TEAMS"
    MANAGE_PEOPLE = "MANAGE_PEOPLE"
    MANAGE_ORGANIZATION = "MANAGE_ORGANIZATION"


GRANTED: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.MEMBER: frozenset({Permission.WRITE_OBJECTIVES}),
    Role.VIEWER: frozenset(),
    Role.AUDITOR: frozenset({Permission.SEE_EVERYTHING}),
}
"""The table."""


def needed(command: Command) -> Permission:
    """Answer what a command needs."""
    if isinstance(command, CycleCommand):
        return Permission.MANAGE_CYCLES
    if isinstance(command, TeamCommand):
        return Permission.MANAGE_TEAMS
    if isinstance(command, PersonCommand):
        return Permission.MANAGE_PEOPLE
    if isinstance(command, OrganizationCommand):
        return Permission.MANAGE_ORGANIZATION
    return Permission.WRITE_OBJECTIVES


def check(command: Command, actor_id: str, facts: Facts) -> None:
    """Refuse a command that its actor may not give.

    Raises:
        Rejected: FORBIDDEN for a lack of rights, NOT_FOUND for what the actor may not see.
    """
    actor = facts.people.get(actor_id)
    if actor is None or not actor.is_active:
        raise refuse(RejectionCode.FORBIDDEN, "the actor is no active member of the organization")
    if needed(command) not in GRANTED[actor.role]:
        raise refuse(RejectionCode.FORBIDDEN, f"the role {actor.role} may not do this")
    for objective_id, field in _objectives_of(command, facts):
        known = facts.objective(objective_id)
        if known is not None and not sees(known, actor, facts):
            raise refuse(RejectionCode.NOT_FOUND, "no such thing", field)


def sees(objective: Objective, person: Person, facts: Facts) -> bool:
    """Say whether a person may see an objective: today's rights on today's visibility."""
    if Permission.SEE_EVERYTHING in GRANTED[person.role]:
        return True
    if person.person_id in (objective.owner_id, objective.created_by, *objective.contributor_ids):
        return True
    if objective.state is ObjectiveState.DRAFT:
        return False
    match objective.visibility:
        case Visibility.ORGANIZATION:
            return True
        case Visibility.TEAM:
            team = facts.team(objective.team_id) if objective.team_id else None
            return team is not None and (person.person_id in team.member_ids or person.person_id == team.lead_id)
        case Visibility.PRIVATE:
            return False
        case _:
            assert_never(objective.visibility)


def _objectives_of(command: Command, facts: Facts) -> list[tuple[str, str]]:
    """Answer the objectives that a command touches or names, each with the input field that names it."""
    named: list[tuple[str, str]] = []

    def name(identifier: str | None, field: str) -> None:
        if identifier is not None:
            part = facts.key_result(identifier)
            named.append((part.objective_id if part else identifier, field))

    if isinstance(command, RecordCheckIn):
        name(command.key_result_id, "keyResultId")
    elif isinstance(command, CorrectCheckIn | RetractCheckIn):
        name(facts.check_in_owners.get(command.check_in_id), "checkInId")
    elif isinstance(command, AddKeyResult):
        name(command.objective_id, "objectiveId")
    elif isinstance(command, KeyResultCommand):
        name(command.key_result_id, "keyResultId")
        target = getattr(command, "objective_id", None)
        name(target if isinstance(target, str) else None, "objectiveId")
    elif isinstance(command, CreateObjective):
        for parent_id in command.parent_ids:
            name(parent_id, "parentIds")
    elif isinstance(command, ObjectiveCommand | CarryOverObjective):
        name(command.objective_id, "objectiveId")
        name(getattr(command, "parent_id", None), "parentId")
    elif isinstance(command, ReorderObjectives):
        named.extend((objective_id, "objectiveIds") for objective_id in command.objective_ids)
    return named
