"""Who may do what: what each command needs of the table of rights, and what its actor has to see.

Decided on the folded state of now, inside the write batch. What an actor may not see does not exist for them: the answer
is NOT_FOUND, the same as for an identifier that nobody has, and never FORBIDDEN.

`python -m events.permission` prints the table of docs/permissions.md.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from events.acknowledgement import AcknowledgeCheckIn
from events.alignment import AlignObjective, UnalignObjective
from events.carry_over import CarryOverObjective
from events.check_in import CorrectCheckIn, MeasurementCommand, RecordCheckIn, RetractCheckIn
from events.command import Command
from events.comment import (
    AddReaction,
    CommentCommand,
    EditComment,
    RemoveReaction,
    WithdrawComment,
    WriteComment,
)
from events.custom_field import CustomFieldCommand
from events.cycle import CycleCommand
from events.dependency import (
    AddInitiativeDependency,
    AddKeyResultDependency,
    RemoveInitiativeDependency,
    RemoveKeyResultDependency,
)
from events.envelope import UNSET
from events.facts import Facts
from events.initiative import (
    AddLink,
    AddSupport,
    CompleteInitiative,
    CreateInitiative,
    DropInitiative,
    InitiativeCommand,
    RemoveLink,
    RemoveSupport,
    ReopenInitiative,
    StartInitiative,
    UpdateInitiative,
    last_support,
)
from events.key_result import (
    AddKeyResult,
    DropKeyResult,
    KeyResultCommand,
    ReplaceKeyResult,
    RestoreKeyResult,
    RetargetKeyResult,
    UpdateKeyResult,
)
from events.kpi import ArchiveKpi, CreateKpi, KpiCommand, RestoreKpi, UpdateKpi
from events.kpi_link import KpiLinkCommand
from events.kpi_reading import CorrectKpiReading, KpiReadingCommand, RecordKpiReading, RetractKpiReading
from events.kpi_recovery import StartKpiRecovery
from events.objective import (
    ActivateObjective,
    CancelObjective,
    CreateObjective,
    ObjectiveCommand,
    ReopenObjective,
    ReorderObjectives,
    UpdateObjective,
)
from events.organization import OrganizationCommand
from events.person import DeactivatePerson, ErasePerson, InvitePerson, ReactivatePerson, UpdatePerson
from events.program import ProgramCommand
from events.recognition import RecognitionCommand, RecognizePeople, WithdrawRecognition
from events.rejection import Rejection, RejectionCode, refuse
from events.relation import (
    actor_of,
    sees,
    sees_initiative,
    sees_supported,
    to_any_team,
    to_author,
    to_check_in,
    to_initiative,
    to_key_result,
    to_kpi,
    to_objective,
    to_reading,
    to_supported,
    to_team,
)
from events.review import CloseObjective
from events.right import NO_RELATION, TABLE, Actor, Relation, Relations, Right, Scopes, is_allowed, is_in_scope, table_page
from events.team import AddTeamMember, ArchiveTeam, CreateTeam, RemoveTeamMember, RestoreTeam, TeamCommand, UpdateTeam
from events.template import CreateTemplateFromObjective, TemplateCommand
from events.template_draft import CreateObjectiveFromTemplate


def check(command: Command, actor_id: str, facts: Facts, scopes: Scopes = None) -> None:
    """Refuse a command that its actor may not give, or not with a token of these scopes.

    Raises:
        Rejected: FORBIDDEN for a lack of rights, NOT_FOUND for what does not exist or the actor may not see.
    """
    actor = actor_of(actor_id, facts, scopes)
    if actor is None:
        raise refuse(RejectionCode.FORBIDDEN, "the actor is no active member of the organization")
    needed = list(_needed(command, actor, facts))
    # Before anything is looked up: what a role may never do tells nothing of what there is.
    for right, _ in needed:
        if not TABLE[right][actor.role]:
            raise refuse(RejectionCode.FORBIDDEN, f"the role {actor.role} may not do this")
        if not is_in_scope(right, scopes):
            raise refuse(RejectionCode.FORBIDDEN, f"the token is not for {right}")
    for objective_id, field in _objectives_of(command, facts):
        known = facts.objective(objective_id)
        if known is None or not sees(known, actor, facts):
            raise refuse(RejectionCode.NOT_FOUND, "no such thing", field)
    for initiative_id, field in _initiatives_of(command):
        initiative = facts.initiative(initiative_id)
        if initiative is None or not sees_initiative(initiative, actor, facts):
            raise refuse(RejectionCode.NOT_FOUND, "no such thing", field)
    for right, relations in needed:
        if not is_allowed(right, actor.role, relations):
            allowed = ", ".join(sorted(TABLE[right][actor.role]))
            raise refuse(RejectionCode.FORBIDDEN, f"the role {actor.role} may do this only as {allowed}")
    if isinstance(command, RemoveSupport):
        _require_seen_support(command, actor, facts)
    _check_audience(command, facts)


def _needed(command: Command, actor: Actor, facts: Facts) -> Iterator[tuple[Right, Relations]]:
    """Answer the rights that a command needs, each with what the actor is to the thing that it needs it for."""
    if isinstance(command, ObjectiveCommand | CarryOverObjective | ReorderObjectives):
        yield from _needed_of_objective(command, actor, facts)
    elif isinstance(command, KeyResultCommand | MeasurementCommand):
        yield from _needed_of_key_result(command, actor, facts)
    elif isinstance(command, InitiativeCommand):
        yield from _needed_of_initiative(command, actor, facts)
    elif isinstance(command, TeamCommand):
        yield from _needed_of_team(command, actor, facts)
    elif isinstance(command, UpdatePerson):
        is_self = command.person_id == actor.actor_id
        yield Right.CHANGE_PERSON, frozenset({Relation.SELF}) if is_self else NO_RELATION
        if command.role is not UNSET:
            yield Right.MANAGE_PEOPLE, NO_RELATION
    elif isinstance(command, InvitePerson | DeactivatePerson | ReactivatePerson | ErasePerson):
        yield Right.MANAGE_PEOPLE, NO_RELATION
    elif isinstance(command, ProgramCommand):
        yield Right.MANAGE_PROGRAMS, NO_RELATION
    elif isinstance(command, CycleCommand):
        yield Right.MANAGE_CYCLES, NO_RELATION
    elif isinstance(command, CustomFieldCommand):
        yield Right.MANAGE_CUSTOM_FIELDS, NO_RELATION
    elif isinstance(command, CommentCommand | RecognitionCommand):
        yield _needed_of_conversation(command, actor, facts)
    elif isinstance(command, KpiCommand | KpiReadingCommand | KpiLinkCommand | StartKpiRecovery):
        yield from _needed_of_kpi(command, actor, facts)
    elif isinstance(command, TemplateCommand):
        yield Right.MANAGE_TEMPLATES, to_any_team(actor, facts)
    elif isinstance(command, CreateObjectiveFromTemplate):
        yield Right.CREATE_OBJECTIVE, NO_RELATION
        if command.team_id is not None:
            yield Right.PUT_INTO_TEAM, to_team(actor, command.team_id, facts)
        yield Right.MANAGE_KEY_RESULTS, frozenset({Relation.CREATOR})
    else:
        yield _needed_of_organization(command)


def _needed_of_objective(
    command: ObjectiveCommand | CarryOverObjective | ReorderObjectives, actor: Actor, facts: Facts
) -> Iterator[tuple[Right, Relations]]:
    match command:
        case CreateObjective():
            yield Right.CREATE_OBJECTIVE, NO_RELATION
            if command.team_id is not None:
                yield Right.PUT_INTO_TEAM, to_team(actor, command.team_id, facts)
        case UpdateObjective():
            yield Right.CHANGE_OBJECTIVE, to_objective(actor, command.objective_id, facts)
            known = facts.objective(command.objective_id)
            if command.team_id is not UNSET and command.team_id is not None and known and command.team_id != known.team_id:
                yield Right.PUT_INTO_TEAM, to_team(actor, command.team_id, facts)
        case (
            ActivateObjective()
            | AlignObjective()
            | UnalignObjective()
            | CloseObjective()
            | ReopenObjective()
            | CancelObjective()
            | CarryOverObjective()
        ):
            yield Right.CHANGE_OBJECTIVE, to_objective(actor, command.objective_id, facts)
        case ReorderObjectives():
            for objective_id in command.objective_ids:
                yield Right.CHANGE_OBJECTIVE, to_objective(actor, objective_id, facts)
        case _:
            assert_never(command)


def _needed_of_key_result(
    command: KeyResultCommand | MeasurementCommand, actor: Actor, facts: Facts
) -> Iterator[tuple[Right, Relations]]:
    match command:
        case AddKeyResult():
            yield Right.MANAGE_KEY_RESULTS, to_objective(actor, command.objective_id, facts)
        case UpdateKeyResult():
            yield Right.CHANGE_KEY_RESULT, to_key_result(actor, command.key_result_id, facts)
            part = facts.key_result(command.key_result_id)
            if command.objective_id is not UNSET and part is not None and command.objective_id != part.objective_id:
                for objective_id in (part.objective_id, command.objective_id):
                    yield Right.MANAGE_KEY_RESULTS, to_objective(actor, objective_id, facts)
        case RetargetKeyResult() | AddKeyResultDependency() | RemoveKeyResultDependency():
            yield Right.CHANGE_KEY_RESULT, to_key_result(actor, command.key_result_id, facts)
        case DropKeyResult() | RestoreKeyResult() | ReplaceKeyResult():
            part = facts.key_result(command.key_result_id)
            yield Right.MANAGE_KEY_RESULTS, to_objective(actor, part.objective_id, facts) if part else NO_RELATION
        case RecordCheckIn():
            yield Right.CHECK_IN, to_key_result(actor, command.key_result_id, facts)
        case CorrectCheckIn() | RetractCheckIn():
            yield Right.CORRECT_CHECK_IN, to_check_in(actor, command.check_in_id, facts)
        case AcknowledgeCheckIn():
            yield Right.ACKNOWLEDGE_CHECK_IN, to_check_in(actor, command.check_in_id, facts)
        case _:
            assert_never(command)


def _needed_of_initiative(command: InitiativeCommand, actor: Actor, facts: Facts) -> Iterator[tuple[Right, Relations]]:
    match command:
        case CreateInitiative():
            for supported_id in command.supported_ids:
                yield Right.SUPPORT_OBJECTIVE, to_supported(actor, supported_id, facts)
        case AddSupport():
            yield Right.CHANGE_INITIATIVE, to_initiative(actor, command.initiative_id, facts)
            yield Right.SUPPORT_OBJECTIVE, to_supported(actor, command.supported_id, facts)
        case (
            UpdateInitiative()
            | StartInitiative()
            | CompleteInitiative()
            | DropInitiative()
            | ReopenInitiative()
            | RemoveSupport()
            | AddLink()
            | RemoveLink()
            | AddInitiativeDependency()
            | RemoveInitiativeDependency()
        ):
            yield Right.CHANGE_INITIATIVE, to_initiative(actor, command.initiative_id, facts)
        case _:
            assert_never(command)


def _needed_of_kpi(
    command: KpiCommand | KpiReadingCommand | KpiLinkCommand | StartKpiRecovery, actor: Actor, facts: Facts
) -> Iterator[tuple[Right, Relations]]:
    if isinstance(command, KpiLinkCommand):
        # A link belongs to the objective: the KPI, which all may see, does not change.
        if facts.key_result(command.linked_id) is not None:
            yield Right.CHANGE_KEY_RESULT, to_key_result(actor, command.linked_id, facts)
        else:
            yield Right.CHANGE_OBJECTIVE, to_objective(actor, command.linked_id, facts)
        return
    match command:
        case CreateKpi():
            yield Right.CREATE_KPI, to_team(actor, command.team_id, facts)
        case UpdateKpi():
            yield Right.CHANGE_KPI, to_kpi(actor, command.kpi_id, facts)
            known = facts.kpi(command.kpi_id)
            if command.team_id is not UNSET and known is not None and command.team_id != known.team_id:
                yield Right.CREATE_KPI, to_team(actor, command.team_id, facts)
        case ArchiveKpi() | RestoreKpi():
            yield Right.CHANGE_KPI, to_kpi(actor, command.kpi_id, facts)
        case RecordKpiReading():
            yield Right.RECORD_KPI_READING, to_kpi(actor, command.kpi_id, facts)
        case CorrectKpiReading() | RetractKpiReading():
            yield Right.CORRECT_KPI_READING, to_reading(actor, command.reading_id, facts)
        case StartKpiRecovery():
            yield Right.CREATE_OBJECTIVE, NO_RELATION
            known = facts.kpi(command.kpi_id)
            if known is not None and known.team_id is not None:
                yield Right.PUT_INTO_TEAM, to_team(actor, known.team_id, facts)
        case _:
            assert_never(command)


def _needed_of_team(command: TeamCommand, actor: Actor, facts: Facts) -> Iterator[tuple[Right, Relations]]:
    match command:
        case CreateTeam():
            yield Right.CREATE_TEAM, to_team(actor, command.parent_id, facts)
        case UpdateTeam():
            yield Right.CHANGE_TEAM, to_team(actor, command.team_id, facts)
            team = facts.team(command.team_id)
            if command.parent_id is not UNSET and team is not None and command.parent_id != team.parent_id:
                yield Right.CREATE_TEAM, to_team(actor, command.parent_id, facts)
        case AddTeamMember() | RemoveTeamMember():
            yield Right.CHANGE_TEAM, to_team(actor, command.team_id, facts)
        case ArchiveTeam() | RestoreTeam():
            yield Right.ARCHIVE_TEAM, NO_RELATION
        case _:
            assert_never(command)


def _needed_of_conversation(
    command: CommentCommand | RecognitionCommand, actor: Actor, facts: Facts
) -> tuple[Right, Relations]:
    match command:
        case WriteComment() | AddReaction() | RemoveReaction():
            return Right.COMMENT, NO_RELATION
        case EditComment():
            return Right.EDIT_COMMENT, to_author(actor, facts.comment(command.comment_id))
        case WithdrawComment():
            return Right.WITHDRAW_COMMENT, to_author(actor, facts.comment(command.comment_id))
        case RecognizePeople():
            return Right.RECOGNIZE, NO_RELATION
        case WithdrawRecognition():
            return Right.WITHDRAW_RECOGNITION, to_author(actor, facts.recognition(command.recognition_id))
        case _:
            assert_never(command)


def _needed_of_organization(_: OrganizationCommand) -> tuple[Right, Relations]:
    # A function, so that a new kind of command is an error of types until it has found its right.
    return Right.MANAGE_ORGANIZATION, NO_RELATION


def _objectives_of(command: Command, facts: Facts) -> list[tuple[str, str]]:  # noqa: C901 - a branch for each noun
    """Answer the objectives that a command touches or names, each with the input field that names it."""
    named: list[tuple[str, str]] = []

    def name(identifier: object, field: str) -> None:
        if isinstance(identifier, str):
            part = facts.key_result(identifier)
            named.append((part.objective_id if part else identifier, field))

    if isinstance(command, RecordCheckIn):
        name(command.key_result_id, "keyResultId")
    elif isinstance(command, CorrectCheckIn | RetractCheckIn | AcknowledgeCheckIn):
        name(facts.check_in_owners.get(command.check_in_id, command.check_in_id), "checkInId")
    elif isinstance(command, AddKeyResult):
        name(command.objective_id, "objectiveId")
    elif isinstance(command, CreateInitiative):
        for supported_id in command.supported_ids:
            name(supported_id, "supportedIds")
    elif isinstance(command, AddSupport | RemoveSupport):
        name(command.supported_id, "supportedId")
    elif isinstance(command, KeyResultCommand):
        name(command.key_result_id, "keyResultId")
        name(getattr(command, "blocker_id", None), "blockerId")
        name(getattr(command, "objective_id", None), "objectiveId")
    elif isinstance(command, CreateObjective):
        for parent_id in command.parent_ids:
            name(parent_id, "parentIds")
    elif isinstance(command, ObjectiveCommand | CarryOverObjective):
        name(command.objective_id, "objectiveId")
        name(getattr(command, "parent_id", None), "parentId")
    elif isinstance(command, KpiLinkCommand):
        name(command.linked_id, "linkedId")
    elif isinstance(command, CreateTemplateFromObjective):
        name(command.objective_id, "objectiveId")
    elif isinstance(command, ReorderObjectives):
        named.extend((objective_id, "objectiveIds") for objective_id in command.objective_ids)
    elif isinstance(command, CommentCommand | RecognitionCommand):
        thing_id, field = _discussed(command, facts)
        # What stands in no objective is seen by all.
        if thing_id is not None and not (facts.is_discussable(thing_id) and facts.objective_around(thing_id) is None):
            named.append((facts.objective_around(thing_id) or thing_id, field))
    return named


def _initiatives_of(command: Command) -> Iterator[tuple[str, str]]:
    """Answer the initiatives that a command touches or names, each with the input field that names it."""
    if isinstance(command, InitiativeCommand) and not isinstance(command, CreateInitiative):
        yield command.initiative_id, "initiativeId"
    if isinstance(command, AddInitiativeDependency | RemoveInitiativeDependency):
        yield command.blocker_id, "blockerId"


def _require_seen_support(command: RemoveSupport, actor: Actor, facts: Facts) -> None:
    """Refuse to take away the last support that the actor sees, as if there were no other, which nobody may learn of."""
    known = facts.initiative(command.initiative_id)
    if known is None or command.supported_id not in known.supported_ids:
        return
    others = (each for each in known.supported_ids if each != command.supported_id)
    if not any(sees_supported(each, actor, facts) for each in others):
        raise last_support()


def _discussed(command: CommentCommand | RecognitionCommand, facts: Facts) -> tuple[str | None, str]:
    """Answer what a command says something of, None for nothing; or what it names, if there is no such thing."""
    match command:
        case WriteComment() | RecognizePeople():
            return command.subject_id, "subjectId"
        case WithdrawRecognition():
            given = facts.recognition(command.recognition_id)
            return given.subject_id if given else command.recognition_id, "recognitionId"
        case _:
            known = facts.comment(command.comment_id)
            return known.subject_id if known else command.comment_id, "commentId"


def _check_audience(command: Command, facts: Facts) -> None:
    """Refuse to mention or recognize somebody who would not see it.

    That tells nothing: whoever sees an objective sees who takes part in it and which team it is of, and everybody sees
    roles and teams.
    """
    if isinstance(command, WriteComment):
        thing_id, person_ids, field = command.subject_id, command.mention_ids, "mentionIds"
    elif isinstance(command, RecognizePeople) and command.subject_id is not None:
        thing_id, person_ids, field = command.subject_id, command.person_ids, "personIds"
    elif isinstance(command, EditComment) and command.mention_ids is not UNSET and (known := facts.comment(command.comment_id)):
        # Who was mentioned before may have lost sight of it since.
        thing_id, field = known.subject_id, "mentionIds"
        person_ids = tuple("" if each in known.mention_ids else each for each in command.mention_ids)
    else:
        return
    around = facts.objective(facts.objective_around(thing_id) or "")
    for index, person_id in enumerate(person_ids):
        person = facts.people.get(person_id)
        if person and around and not sees(around, Actor(actor_id=person_id, role=person.role), facts):
            raise refuse(RejectionCode.FORBIDDEN, "the person may not see what this is about", field, str(index))


def without_hidden(
    rejections: Sequence[Rejection], actor_id: str, facts: Facts, scopes: Scopes = None
) -> tuple[Rejection, ...]:
    """Answer refusals so that they name no objective which the actor may not see; alike ones become one."""
    actor = actor_of(actor_id, facts, scopes)
    if actor is None or actor.sees_everything():
        return tuple(rejections)

    def is_hidden(identifier: str) -> bool:
        known = facts.objective(identifier)
        return known is not None and not sees(known, actor, facts)

    shown: list[Rejection] = []
    for each in rejections:
        if any(is_hidden(part) for part in each.path):
            path = tuple(part for part in each.path if not is_hidden(part))
            shown.append(Rejection(code=each.code, message="something that you may not see stands in the way", path=path))
        else:
            shown.append(each)
    return tuple(dict.fromkeys(shown))


if __name__ == "__main__":
    print(table_page())  # noqa: T201 - what the module was asked for
