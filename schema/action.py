"""What a viewer may do with a thing now: the role's table and the thing's own state.

The lists advise user interfaces; every command is checked again when it is decided.
"""

from enum import StrEnum

from events.cycle import CyclePhase
from events.objective import ObjectiveState
from events.permission import GRANTED, Permission
from events.person import Role
from schema.enumeration import described


class Action(StrEnum):
    """The actions, named by what they do to the thing they stand on."""

    UPDATE = "UPDATE"
    RETARGET = "RETARGET"
    CHECK_IN = "CHECK_IN"
    CORRECT = "CORRECT"
    ALIGN = "ALIGN"
    ADVANCE = "ADVANCE"
    REOPEN = "REOPEN"
    CANCEL = "CANCEL"
    CARRY_OVER = "CARRY_OVER"
    MANAGE_MEMBERS = "MANAGE_MEMBERS"
    CREATE_OBJECTIVE = "CREATE_OBJECTIVE"
    CREATE_KEY_RESULT = "CREATE_KEY_RESULT"
    CREATE_CYCLE = "CREATE_CYCLE"
    CREATE_TEAM = "CREATE_TEAM"


described(
    Action,
    "Action",
    "What a viewer may do with a thing, if the domain's state permits. May grow: keep a default branch.",
    {
        Action.UPDATE: "Change its description or settings.",
        Action.RETARGET: "Change a target.",
        Action.CHECK_IN: "Record a value.",
        Action.CORRECT: "Correct or retract a record.",
        Action.ALIGN: "Change what it contributes to.",
        Action.ADVANCE: "Move it to its next state.",
        Action.REOPEN: "Take a closing, a cancelling or an archiving back.",
        Action.CANCEL: "Cancel, drop, archive or deactivate it.",
        Action.CARRY_OVER: "Carry it into another cycle.",
        Action.MANAGE_MEMBERS: "Change who belongs to it.",
        Action.CREATE_OBJECTIVE: "Create an objective in it.",
        Action.CREATE_KEY_RESULT: "Add a key result to it.",
        Action.CREATE_CYCLE: "Plan a cycle in it.",
        Action.CREATE_TEAM: "Begin a team in it.",
    },
)


def on_organization(role: Role) -> list[Action]:
    """Answer what a role may do in the organization as a whole."""
    granted = GRANTED[role]
    wanted = (
        (Permission.MANAGE_ORGANIZATION, Action.UPDATE),
        (Permission.MANAGE_PEOPLE, Action.MANAGE_MEMBERS),
        (Permission.WRITE_OBJECTIVES, Action.CREATE_OBJECTIVE),
        (Permission.MANAGE_CYCLES, Action.CREATE_CYCLE),
        (Permission.MANAGE_TEAMS, Action.CREATE_TEAM),
    )
    return [action for permission, action in wanted if permission in granted]


def on_person(role: Role, *, is_active: bool) -> list[Action]:
    """Answer what a role may do with a person."""
    if Permission.MANAGE_PEOPLE not in GRANTED[role]:
        return []
    return [Action.UPDATE, Action.CANCEL if is_active else Action.REOPEN]


def on_team(role: Role, *, is_archived: bool) -> list[Action]:
    """Answer what a role may do with a team."""
    actions: list[Action] = []
    if Permission.MANAGE_TEAMS in GRANTED[role]:
        actions += [Action.UPDATE, Action.MANAGE_MEMBERS, Action.REOPEN if is_archived else Action.CANCEL]
    if Permission.WRITE_OBJECTIVES in GRANTED[role]:
        actions.append(Action.CREATE_OBJECTIVE)
    return actions


def on_cycle(role: Role, phase: CyclePhase) -> list[Action]:
    """Answer what a role may do with a cycle."""
    is_closed = phase is CyclePhase.CLOSED
    actions: list[Action] = []
    if Permission.MANAGE_CYCLES in GRANTED[role]:
        actions += [Action.REOPEN] if is_closed else [Action.UPDATE, Action.ADVANCE]
    if Permission.WRITE_OBJECTIVES in GRANTED[role] and not is_closed:
        actions.append(Action.CREATE_OBJECTIVE)
    return actions


def on_objective(role: Role, state: ObjectiveState, *, is_cycle_closed: bool) -> list[Action]:
    """Answer what a role may do with an objective that its holder sees."""
    if Permission.WRITE_OBJECTIVES not in GRANTED[role]:
        return []
    carry_over = [] if state is ObjectiveState.DRAFT else [Action.CARRY_OVER]
    if is_cycle_closed:
        return carry_over
    if state in (ObjectiveState.CLOSED, ObjectiveState.CANCELLED):
        return [Action.REOPEN, *carry_over]
    return [Action.UPDATE, Action.ALIGN, Action.ADVANCE, Action.CANCEL, *carry_over, Action.CREATE_KEY_RESULT]


def on_key_result(role: Role, state: ObjectiveState, *, is_dropped: bool, is_cycle_closed: bool) -> list[Action]:
    """Answer what a role may do with a key result; `state` is that of its objective."""
    is_open = state in (ObjectiveState.DRAFT, ObjectiveState.ACTIVE) and not is_cycle_closed
    if Permission.WRITE_OBJECTIVES not in GRANTED[role] or not is_open:
        return []
    if is_dropped:
        return [Action.REOPEN]
    check_in = [Action.CHECK_IN] if state is ObjectiveState.ACTIVE else []
    return [Action.UPDATE, Action.RETARGET, *check_in, Action.CANCEL]


def on_check_in(
    role: Role, state: ObjectiveState, *, is_dropped: bool, is_retracted: bool, is_cycle_closed: bool
) -> list[Action]:
    """Answer what a role may do with a check-in; `state` and `is_dropped` are those of what it measures."""
    is_open = state is ObjectiveState.ACTIVE and not is_dropped and not is_cycle_closed
    if Permission.WRITE_OBJECTIVES not in GRANTED[role] or not is_open or is_retracted:
        return []
    return [Action.CORRECT]
