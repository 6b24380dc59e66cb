"""What a viewer may do with a thing now: the rights that they have to it, and the thing's own state.

The lists advise user interfaces; every command is checked again when it is decided.
"""

from enum import StrEnum

from events.cycle import CyclePhase
from events.initiative import ENDED, InitiativeState
from events.objective import ObjectiveState
from events.right import Right
from schema.enumeration import described

Rights = frozenset[Right]


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
    CREATE_INITIATIVE = "CREATE_INITIATIVE"
    CREATE_CYCLE = "CREATE_CYCLE"
    CREATE_TEAM = "CREATE_TEAM"
    COMMENT = "COMMENT"
    REACT = "REACT"
    ACKNOWLEDGE = "ACKNOWLEDGE"
    RECOGNIZE = "RECOGNIZE"
    CREATE_KPI = "CREATE_KPI"
    CREATE_TEMPLATE = "CREATE_TEMPLATE"
    CREATE_CUSTOM_FIELD = "CREATE_CUSTOM_FIELD"


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
        Action.CANCEL: "Cancel, drop, archive, deactivate, retire or withdraw it.",
        Action.CARRY_OVER: "Carry it into another cycle.",
        Action.MANAGE_MEMBERS: "Change who belongs to it.",
        Action.CREATE_OBJECTIVE: "Create an objective in it.",
        Action.CREATE_KEY_RESULT: "Add a key result to it.",
        Action.CREATE_INITIATIVE: "Put an initiative behind it.",
        Action.CREATE_CYCLE: "Plan a cycle in it.",
        Action.CREATE_TEAM: "Begin a team in it.",
        Action.COMMENT: "Comment on it, or reply to it.",
        Action.REACT: "React to it.",
        Action.ACKNOWLEDGE: "Say that one has read it.",
        Action.RECOGNIZE: "Recognize people in it.",
        Action.CREATE_KPI: "Begin to measure a KPI of it.",
        Action.CREATE_TEMPLATE: "Write a template down in it.",
        Action.CREATE_CUSTOM_FIELD: "Define a custom field in it.",
    },
)


def on_organization(rights: Rights) -> list[Action]:
    """Answer what may be done in the organization as a whole."""
    wanted = (
        (Right.MANAGE_ORGANIZATION, Action.UPDATE),
        (Right.MANAGE_PEOPLE, Action.MANAGE_MEMBERS),
        (Right.CREATE_OBJECTIVE, Action.CREATE_OBJECTIVE),
        (Right.MANAGE_CYCLES, Action.CREATE_CYCLE),
        (Right.CREATE_TEAM, Action.CREATE_TEAM),
        (Right.COMMENT, Action.COMMENT),
        (Right.RECOGNIZE, Action.RECOGNIZE),
        (Right.CREATE_KPI, Action.CREATE_KPI),
        (Right.MANAGE_TEMPLATES, Action.CREATE_TEMPLATE),
        (Right.MANAGE_CUSTOM_FIELDS, Action.CREATE_CUSTOM_FIELD),
    )
    return [action for right, action in wanted if right in rights]


def on_person(rights: Rights, *, is_active: bool) -> list[Action]:
    """Answer what may be done with a person."""
    actions = [Action.UPDATE] if Right.CHANGE_PERSON in rights else []
    if Right.MANAGE_PEOPLE in rights:
        actions.append(Action.CANCEL if is_active else Action.REOPEN)
    return actions


def on_program(rights: Rights, *, is_active: bool) -> list[Action]:
    """Answer what may be done with a program; one that is retired stays so."""
    return [Action.UPDATE, Action.CANCEL] if Right.MANAGE_PROGRAMS in rights and is_active else []


def on_team(rights: Rights, *, is_archived: bool) -> list[Action]:
    """Answer what may be done with a team."""
    actions: list[Action] = []
    if Right.CHANGE_TEAM in rights:
        actions += [Action.UPDATE, Action.MANAGE_MEMBERS]
    if Right.ARCHIVE_TEAM in rights:
        actions.append(Action.REOPEN if is_archived else Action.CANCEL)
    if {Right.CREATE_OBJECTIVE, Right.PUT_INTO_TEAM} <= rights:
        actions.append(Action.CREATE_OBJECTIVE)
    if Right.CREATE_TEAM in rights:
        actions.append(Action.CREATE_TEAM)
    if Right.CREATE_KPI in rights:
        actions.append(Action.CREATE_KPI)
    return actions


def on_kpi(rights: Rights, *, is_archived: bool) -> list[Action]:
    """Answer what may be done with a KPI."""
    if is_archived:
        return [Action.REOPEN] if Right.CHANGE_KPI in rights else []
    actions = [Action.UPDATE, Action.CANCEL] if Right.CHANGE_KPI in rights else []
    return [*actions, Action.CHECK_IN] if Right.RECORD_KPI_READING in rights else actions


def on_kpi_reading(rights: Rights, *, is_open: bool) -> list[Action]:
    """Answer what may be done with a reading; it is open when neither it is retracted nor its KPI archived."""
    return [Action.CORRECT] if Right.CORRECT_KPI_READING in rights and is_open else []


def on_template(rights: Rights, *, is_archived: bool, is_own: bool) -> list[Action]:
    """Answer what may be done with a template; those of the library, which are not one's own, are only made drafts of."""
    create = [Action.CREATE_OBJECTIVE] if Right.CREATE_OBJECTIVE in rights and not is_archived else []
    if not is_own or Right.MANAGE_TEMPLATES not in rights:
        return create
    return [Action.REOPEN] if is_archived else [Action.UPDATE, Action.CANCEL, *create]


def on_custom_field(rights: Rights, *, is_archived: bool) -> list[Action]:
    """Answer what may be done with a custom field."""
    if Right.MANAGE_CUSTOM_FIELDS not in rights:
        return []
    return [Action.REOPEN] if is_archived else [Action.UPDATE, Action.CANCEL]


def on_cycle(rights: Rights, phase: CyclePhase) -> list[Action]:
    """Answer what may be done with a cycle."""
    is_closed = phase is CyclePhase.CLOSED
    actions: list[Action] = []
    if Right.MANAGE_CYCLES in rights:
        actions += [Action.REOPEN] if is_closed else [Action.UPDATE, Action.ADVANCE]
    if Right.CREATE_OBJECTIVE in rights and not is_closed:
        actions.append(Action.CREATE_OBJECTIVE)
    return actions


def on_objective(rights: Rights, state: ObjectiveState, *, is_cycle_closed: bool) -> list[Action]:
    """Answer what may be done with an objective that the viewer sees."""
    is_open = state in (ObjectiveState.DRAFT, ObjectiveState.ACTIVE) and not is_cycle_closed
    plan = [Action.CREATE_INITIATIVE] if Right.SUPPORT_OBJECTIVE in rights and is_open else []
    if Right.CHANGE_OBJECTIVE not in rights:
        return plan
    carry_over = [] if state is ObjectiveState.DRAFT else [Action.CARRY_OVER]
    if is_cycle_closed:
        return carry_over
    if state in (ObjectiveState.CLOSED, ObjectiveState.CANCELLED):
        return [Action.REOPEN, *carry_over]
    create = [Action.CREATE_KEY_RESULT] if Right.MANAGE_KEY_RESULTS in rights else []
    return [Action.UPDATE, Action.ALIGN, Action.ADVANCE, Action.CANCEL, *carry_over, *create, *plan]


def on_key_result(rights: Rights, state: ObjectiveState, *, is_dropped: bool, is_cycle_closed: bool) -> list[Action]:
    """Answer what may be done with a key result; `state` is that of its objective."""
    if state not in (ObjectiveState.DRAFT, ObjectiveState.ACTIVE) or is_cycle_closed:
        return []
    if is_dropped:
        return [Action.REOPEN] if Right.MANAGE_KEY_RESULTS in rights else []
    actions = [Action.UPDATE, Action.RETARGET] if Right.CHANGE_KEY_RESULT in rights else []
    if Right.CHECK_IN in rights and state is ObjectiveState.ACTIVE:
        actions.append(Action.CHECK_IN)
    if Right.MANAGE_KEY_RESULTS in rights:
        actions.append(Action.CANCEL)
    if Right.SUPPORT_OBJECTIVE in rights:
        actions.append(Action.CREATE_INITIATIVE)
    return actions


def on_initiative(rights: Rights, state: InitiativeState) -> list[Action]:
    """Answer what may be done with an initiative that the viewer sees."""
    if Right.CHANGE_INITIATIVE not in rights:
        return []
    return [Action.UPDATE, Action.ALIGN, *([Action.REOPEN] if state in ENDED else [Action.ADVANCE, Action.CANCEL])]


def on_check_in(
    rights: Rights,
    state: ObjectiveState,
    *,
    is_dropped: bool,
    is_retracted: bool,
    is_acknowledged: bool,
    is_cycle_closed: bool,
) -> list[Action]:
    """Answer what may be done with a check-in; `state` and `is_dropped` are those of what it measures."""
    if state is not ObjectiveState.ACTIVE or is_dropped or is_cycle_closed or is_retracted:
        return []
    correct = [Action.CORRECT] if Right.CORRECT_CHECK_IN in rights else []
    return [*correct, Action.ACKNOWLEDGE] if Right.ACKNOWLEDGE_CHECK_IN in rights and not is_acknowledged else correct


def on_commentable(rights: Rights) -> list[Action]:
    """Answer what may be done with a thing that comments may be about, whatever its state."""
    return [Action.COMMENT] if Right.COMMENT in rights else []


def on_comment(rights: Rights, *, is_withdrawn: bool) -> list[Action]:
    """Answer what may be done with a comment that the viewer sees."""
    wanted = (
        (Right.EDIT_COMMENT, Action.UPDATE),
        (Right.WITHDRAW_COMMENT, Action.CANCEL),
        (Right.COMMENT, Action.COMMENT),
        (Right.COMMENT, Action.REACT),
    )
    return [] if is_withdrawn else [action for right, action in wanted if right in rights]


def on_recognition(rights: Rights, *, is_withdrawn: bool) -> list[Action]:
    """Answer what may be done with a recognition that the viewer sees."""
    withdraw = [Action.CANCEL] if Right.WITHDRAW_RECOGNITION in rights and not is_withdrawn else []
    return [*withdraw, *on_commentable(rights)]
