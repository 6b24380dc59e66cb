"""Who may do what: one table of rights, by role and by what a person is to the thing, and who sees what.

Decided on the folded state of now, inside the write batch. What an actor may not see does not exist for them: the answer
is NOT_FOUND, the same as for an identifier that nobody has, and never FORBIDDEN.

`python -m events.permission` prints the tables of docs/permissions.md.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from events.acknowledgement import AcknowledgeCheckIn
from events.alignment import AlignObjective, UnalignObjective
from events.carry_over import CarryOverObjective
from events.check_in import CorrectCheckIn, MeasurementCommand, RecordCheckIn, RetractCheckIn
from events.command import Command
from events.comment import (
    AddReaction,
    Comment,
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
    Initiative,
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
    Objective,
    ObjectiveCommand,
    ObjectiveState,
    ReopenObjective,
    ReorderObjectives,
    UpdateObjective,
    Visibility,
)
from events.organization import OrganizationCommand
from events.person import DeactivatePerson, ErasePerson, InvitePerson, ReactivatePerson, Role, UpdatePerson
from events.program import ProgramCommand
from events.recognition import Recognition, RecognitionCommand, RecognizePeople, WithdrawRecognition
from events.rejection import Rejection, RejectionCode, refuse
from events.review import CloseObjective
from events.team import AddTeamMember, ArchiveTeam, CreateTeam, RemoveTeamMember, RestoreTeam, TeamCommand, UpdateTeam
from events.template import CreateTemplateFromObjective, TemplateCommand
from events.template_draft import CreateObjectiveFromTemplate


class Right(StrEnum):
    """What may be allowed."""

    CREATE_OBJECTIVE = "CREATE_OBJECTIVE"
    PUT_INTO_TEAM = "PUT_INTO_TEAM"
    CHANGE_OBJECTIVE = "CHANGE_OBJECTIVE"
    MANAGE_KEY_RESULTS = "MANAGE_KEY_RESULTS"
    CHANGE_KEY_RESULT = "CHANGE_KEY_RESULT"
    CHECK_IN = "CHECK_IN"
    CORRECT_CHECK_IN = "CORRECT_CHECK_IN"
    ACKNOWLEDGE_CHECK_IN = "ACKNOWLEDGE_CHECK_IN"
    SUPPORT_OBJECTIVE = "SUPPORT_OBJECTIVE"
    CHANGE_INITIATIVE = "CHANGE_INITIATIVE"
    CREATE_KPI = "CREATE_KPI"
    CHANGE_KPI = "CHANGE_KPI"
    RECORD_KPI_READING = "RECORD_KPI_READING"
    CORRECT_KPI_READING = "CORRECT_KPI_READING"
    CREATE_TEAM = "CREATE_TEAM"
    CHANGE_TEAM = "CHANGE_TEAM"
    ARCHIVE_TEAM = "ARCHIVE_TEAM"
    CHANGE_PERSON = "CHANGE_PERSON"
    MANAGE_PEOPLE = "MANAGE_PEOPLE"
    MANAGE_PROGRAMS = "MANAGE_PROGRAMS"
    MANAGE_CYCLES = "MANAGE_CYCLES"
    MANAGE_ORGANIZATION = "MANAGE_ORGANIZATION"
    MANAGE_CUSTOM_FIELDS = "MANAGE_CUSTOM_FIELDS"
    COMMENT = "COMMENT"
    EDIT_COMMENT = "EDIT_COMMENT"
    WITHDRAW_COMMENT = "WITHDRAW_COMMENT"
    RECOGNIZE = "RECOGNIZE"
    WITHDRAW_RECOGNITION = "WITHDRAW_RECOGNITION"
    MANAGE_TEMPLATES = "MANAGE_TEMPLATES"
    SEE_EVERYTHING = "SEE_EVERYTHING"


MEANINGS: Mapping[Right, str] = MappingProxyType(
    {
        Right.CREATE_OBJECTIVE: "create an objective; whoever creates it may name another owner",
        Right.PUT_INTO_TEAM: "create an objective in a team, or move one there",
        Right.CHANGE_OBJECTIVE: "change, activate, close, cancel, reopen, reorder, align or carry over an objective",
        Right.MANAGE_KEY_RESULTS: "add, drop, restore, replace or move a key result; a move needs it at both objectives",
        Right.CHANGE_KEY_RESULT: "update or retarget a key result, and say what it depends on",
        Right.CHECK_IN: "check in",
        Right.CORRECT_CHECK_IN: "correct or retract a check-in",
        Right.ACKNOWLEDGE_CHECK_IN: "acknowledge a check-in of others; its reviewers own the objective or lead its team",
        Right.SUPPORT_OBJECTIVE: "put an initiative, a new one too, behind an objective or a key result",
        Right.CHANGE_INITIATIVE: "change, start, end or reopen an initiative, its links, dependencies and what it supports",
        Right.CREATE_KPI: "create a KPI of a team, or move one there; one of the organization has no team lead",
        Right.CHANGE_KPI: "change, archive or restore a KPI",
        Right.RECORD_KPI_READING: "record a reading of a KPI, which key results may take as their value",
        Right.CORRECT_KPI_READING: "correct or retract a reading of a KPI",
        Right.CREATE_TEAM: "create a team below another, or move one there",
        Right.CHANGE_TEAM: "rename a team, change its lead and its members",
        Right.ARCHIVE_TEAM: "archive or restore a team",
        Right.CHANGE_PERSON: "change a name or an e-mail address",
        Right.MANAGE_PEOPLE: "invite, deactivate, reactivate and erase people, change roles, see e-mail addresses",
        Right.MANAGE_PROGRAMS: "register, change and retire programs, and make and end their tokens",
        Right.MANAGE_CYCLES: "create, change, advance and reopen cycles",
        Right.MANAGE_ORGANIZATION: "change the organization's settings",
        Right.MANAGE_CUSTOM_FIELDS: "define, change, archive and restore custom fields",
        Right.COMMENT: "comment on anything that one sees, and react to comments",
        Right.EDIT_COMMENT: "change a comment; nobody puts words into somebody else's mouth",
        Right.WITHDRAW_COMMENT: "withdraw a comment",
        Right.RECOGNIZE: "recognize people",
        Right.WITHDRAW_RECOGNITION: "withdraw a recognition",
        Right.MANAGE_TEMPLATES: "create, change, archive and restore templates, as a member or the lead of any team",
        Right.SEE_EVERYTHING: "see what is private, drafts, and the proof of the log",
    }
)
"""What each right is for, as docs/permissions.md says it."""


class Relation(StrEnum):
    """What a person is to a thing."""

    ANYBODY = "ANYBODY"
    OWNER = "OWNER"
    CREATOR = "CREATOR"
    CONTRIBUTOR = "CONTRIBUTOR"
    KEY_RESULT_OWNER = "KEY_RESULT_OWNER"
    OBJECTIVE_OWNER = "OBJECTIVE_OWNER"
    AUTHOR = "AUTHOR"
    REVIEWER = "REVIEWER"
    TEAM_LEAD = "TEAM_LEAD"
    TEAM_MEMBER = "TEAM_MEMBER"
    SELF = "SELF"


Relations = frozenset[Relation]
NO_RELATION: Relations = frozenset()


def _row(*of_members: Relation) -> Mapping[Role, Relations]:
    return MappingProxyType(
        {
            Role.ADMIN: frozenset({Relation.ANYBODY}),
            Role.MEMBER: frozenset(of_members),
            Role.VIEWER: NO_RELATION,
            Role.AUDITOR: NO_RELATION,
        }
    )


_ANSWERABLE = (Relation.OWNER, Relation.CREATOR, Relation.TEAM_LEAD)

TABLE: Mapping[Right, Mapping[Role, Relations]] = MappingProxyType(
    {
        Right.CREATE_OBJECTIVE: _row(Relation.ANYBODY),
        Right.PUT_INTO_TEAM: _row(Relation.TEAM_MEMBER, Relation.TEAM_LEAD),
        Right.CHANGE_OBJECTIVE: _row(*_ANSWERABLE),
        Right.MANAGE_KEY_RESULTS: _row(*_ANSWERABLE),
        Right.CHANGE_KEY_RESULT: _row(*_ANSWERABLE, Relation.KEY_RESULT_OWNER),
        Right.CHECK_IN: _row(*_ANSWERABLE, Relation.KEY_RESULT_OWNER, Relation.CONTRIBUTOR),
        Right.CORRECT_CHECK_IN: _row(*_ANSWERABLE, Relation.KEY_RESULT_OWNER, Relation.AUTHOR),
        Right.ACKNOWLEDGE_CHECK_IN: MappingProxyType({**_row(Relation.REVIEWER), Role.ADMIN: frozenset({Relation.REVIEWER})}),
        Right.SUPPORT_OBJECTIVE: _row(*_ANSWERABLE, Relation.KEY_RESULT_OWNER, Relation.CONTRIBUTOR),
        Right.CHANGE_INITIATIVE: _row(*_ANSWERABLE, Relation.OBJECTIVE_OWNER, Relation.KEY_RESULT_OWNER),
        Right.CREATE_KPI: _row(Relation.TEAM_LEAD),
        Right.CHANGE_KPI: _row(Relation.OWNER, Relation.TEAM_LEAD),
        Right.RECORD_KPI_READING: _row(Relation.OWNER, Relation.TEAM_LEAD),
        Right.CORRECT_KPI_READING: _row(Relation.OWNER, Relation.TEAM_LEAD, Relation.AUTHOR),
        Right.CREATE_TEAM: _row(Relation.TEAM_LEAD),
        Right.CHANGE_TEAM: _row(Relation.TEAM_LEAD),
        Right.ARCHIVE_TEAM: _row(),
        Right.CHANGE_PERSON: _row(Relation.SELF),
        Right.MANAGE_PEOPLE: _row(),
        Right.MANAGE_PROGRAMS: _row(),
        Right.MANAGE_CYCLES: _row(),
        Right.MANAGE_ORGANIZATION: _row(),
        Right.MANAGE_CUSTOM_FIELDS: _row(),
        Right.COMMENT: _row(Relation.ANYBODY),
        Right.EDIT_COMMENT: MappingProxyType({**_row(Relation.AUTHOR), Role.ADMIN: frozenset({Relation.AUTHOR})}),
        Right.WITHDRAW_COMMENT: _row(Relation.AUTHOR),
        Right.RECOGNIZE: _row(Relation.ANYBODY),
        Right.WITHDRAW_RECOGNITION: _row(Relation.AUTHOR),
        Right.MANAGE_TEMPLATES: _row(Relation.TEAM_MEMBER, Relation.TEAM_LEAD),
        Right.SEE_EVERYTHING: MappingProxyType({**_row(), Role.AUDITOR: frozenset({Relation.ANYBODY})}),
    }
)
"""The table: what somebody of a role must be to the thing; nothing suffices where nothing stands."""


def is_allowed(right: Right, role: Role, relations: Collection[Relation] = NO_RELATION) -> bool:
    """Say whether a role with these relations to a thing has a right."""
    sufficient = TABLE[right][role]
    return Relation.ANYBODY in sufficient or not sufficient.isdisjoint(relations)


Scopes = frozenset[Right] | None
"""The rights that a token is held to; None for all that its holder has. A token adds no right to its holder's."""


def is_in_scope(right: Right, scopes: Scopes) -> bool:
    """Say whether a token may use a right that its holder has."""
    return scopes is None or right in scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks, a person or a program with access, and what their token is held to."""

    actor_id: str
    role: Role
    scopes: Scopes = None

    def sees_everything(self) -> bool:
        """Say whether nothing is hidden from them."""
        return is_allowed(Right.SEE_EVERYTHING, self.role) and is_in_scope(Right.SEE_EVERYTHING, self.scopes)


def actor_of(actor_id: str, facts: Facts, scopes: Scopes = None) -> Actor | None:
    """Answer a person or a program that has access, None for who is unknown or has none any more."""
    known = facts.people.get(actor_id) or facts.programs.get(actor_id)
    return Actor(actor_id=actor_id, role=known.role, scopes=scopes) if known is not None and known.is_active else None


# --- relations


def relations_to_objective(
    person_id: str,
    *,
    owner_id: str | None,
    created_by: str,
    contributor_ids: Collection[str],
    is_draft: bool,
    is_lead: bool,
) -> Relations:
    """Answer what a person is to an objective; its creator is somebody as long as it is a draft or nobody owns it.

    `is_lead` says that the person leads the objective's team or one above it.
    """
    holding = {
        Relation.OWNER: person_id == owner_id,
        Relation.CREATOR: person_id == created_by and (is_draft or owner_id is None),
        Relation.CONTRIBUTOR: person_id in contributor_ids,
        Relation.TEAM_LEAD: is_lead,
    }
    return frozenset(relation for relation, holds in holding.items() if holds)


def leads(person_id: str, team_id: str | None, facts: Facts) -> bool:
    """Say whether a person leads a team or one above it."""
    while team_id is not None and (team := facts.team(team_id)) is not None:
        if team.lead_id == person_id:
            return True
        team_id = team.parent_id
    return False


def _to_objective(actor: Actor, objective_id: str, facts: Facts) -> Relations:
    known = facts.objective(objective_id)
    if known is None:
        return NO_RELATION
    return relations_to_objective(
        actor.actor_id,
        owner_id=known.owner_id,
        created_by=known.created_by,
        contributor_ids=known.contributor_ids,
        is_draft=known.state is ObjectiveState.DRAFT,
        is_lead=leads(actor.actor_id, known.team_id, facts),
    )


def _to_key_result(actor: Actor, key_result_id: str, facts: Facts) -> Relations:
    known = facts.key_result(key_result_id)
    if known is None:
        return NO_RELATION
    relations = _to_objective(actor, known.objective_id, facts)
    return relations | {Relation.KEY_RESULT_OWNER} if known.owner_id == actor.actor_id else relations


def relations_to_check_in(relations: Relations, *, is_author: bool) -> Relations:
    """Answer what a person is to a check-in, from what they are to its key result; nobody reviews what they wrote."""
    if is_author:
        return relations | {Relation.AUTHOR}
    reviews = not relations.isdisjoint({Relation.OWNER, Relation.TEAM_LEAD})
    return relations | {Relation.REVIEWER} if reviews else relations


def _to_check_in(actor: Actor, check_in_id: str, facts: Facts) -> Relations:
    known = facts.check_in(check_in_id)
    if known is None:
        return NO_RELATION
    relations = _to_key_result(actor, known.key_result_id, facts)
    return relations_to_check_in(relations, is_author=known.author_id == actor.actor_id)


def relations_to_initiative(person_id: str, *, owner_id: str | None, created_by: str, supported: Relations) -> Relations:
    """Answer what a person is to an initiative; its creator is somebody as long as nobody owns it.

    `supported` is what the person is to the objectives and key results that it stands behind, as far as they see them.
    """
    holding = {
        Relation.OWNER: person_id == owner_id,
        Relation.CREATOR: person_id == created_by and owner_id is None,
        Relation.OBJECTIVE_OWNER: Relation.OWNER in supported,
        Relation.KEY_RESULT_OWNER: Relation.KEY_RESULT_OWNER in supported,
        Relation.TEAM_LEAD: Relation.TEAM_LEAD in supported,
    }
    return frozenset(relation for relation, holds in holding.items() if holds)


def _to_supported(actor: Actor, supported_id: str, facts: Facts) -> Relations:
    part = facts.key_result(supported_id)
    return _to_key_result(actor, supported_id, facts) if part else _to_objective(actor, supported_id, facts)


def _to_initiative(actor: Actor, initiative_id: str, facts: Facts) -> Relations:
    known = facts.initiative(initiative_id)
    if known is None:
        return NO_RELATION
    seen_ids = (each for each in known.supported_ids if sees_supported(each, actor, facts))
    supported = NO_RELATION.union(*(_to_supported(actor, each, facts) for each in seen_ids))
    return relations_to_initiative(actor.actor_id, owner_id=known.owner_id, created_by=known.created_by, supported=supported)


def _to_author(actor: Actor, said: Comment | Recognition | None) -> Relations:
    is_author = said is not None and said.author_id == actor.actor_id
    return frozenset({Relation.AUTHOR}) if is_author else NO_RELATION


def relations_to_kpi(person_id: str, *, owner_id: str | None, is_lead: bool) -> Relations:
    """Answer what a person is to a KPI; `is_lead` says that they lead its team or one above it."""
    holding = {Relation.OWNER: person_id == owner_id, Relation.TEAM_LEAD: is_lead}
    return frozenset(relation for relation, holds in holding.items() if holds)


def _to_kpi(actor: Actor, kpi_id: str, facts: Facts) -> Relations:
    known = facts.kpi(kpi_id)
    if known is None:
        return NO_RELATION
    is_lead = leads(actor.actor_id, known.team_id, facts)
    return relations_to_kpi(actor.actor_id, owner_id=known.owner_id, is_lead=is_lead)


def _to_reading(actor: Actor, reading_id: str, facts: Facts) -> Relations:
    known = facts.reading(reading_id)
    if known is None:
        return NO_RELATION
    relations = _to_kpi(actor, known.kpi_id, facts)
    return relations | {Relation.AUTHOR} if known.author_id == actor.actor_id else relations


def _to_team(actor: Actor, team_id: str | None, facts: Facts) -> Relations:
    team = None if team_id is None else facts.team(team_id)
    relations: set[Relation] = set()
    if team is not None and actor.actor_id in team.member_ids:
        relations.add(Relation.TEAM_MEMBER)
    if leads(actor.actor_id, team_id, facts):
        relations.add(Relation.TEAM_LEAD)
    return frozenset(relations)


def _to_any_team(actor: Actor, facts: Facts) -> Relations:
    """Answer what somebody is to at least one team."""
    return NO_RELATION.union(*(_to_team(actor, each, facts) for each in facts.teams))


# --- commands


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
        yield Right.MANAGE_TEMPLATES, _to_any_team(actor, facts)
    elif isinstance(command, CreateObjectiveFromTemplate):
        yield Right.CREATE_OBJECTIVE, NO_RELATION
        if command.team_id is not None:
            yield Right.PUT_INTO_TEAM, _to_team(actor, command.team_id, facts)
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
                yield Right.PUT_INTO_TEAM, _to_team(actor, command.team_id, facts)
        case UpdateObjective():
            yield Right.CHANGE_OBJECTIVE, _to_objective(actor, command.objective_id, facts)
            known = facts.objective(command.objective_id)
            if command.team_id is not UNSET and command.team_id is not None and known and command.team_id != known.team_id:
                yield Right.PUT_INTO_TEAM, _to_team(actor, command.team_id, facts)
        case (
            ActivateObjective()
            | AlignObjective()
            | UnalignObjective()
            | CloseObjective()
            | ReopenObjective()
            | CancelObjective()
            | CarryOverObjective()
        ):
            yield Right.CHANGE_OBJECTIVE, _to_objective(actor, command.objective_id, facts)
        case ReorderObjectives():
            for objective_id in command.objective_ids:
                yield Right.CHANGE_OBJECTIVE, _to_objective(actor, objective_id, facts)
        case _:
            assert_never(command)


def _needed_of_key_result(
    command: KeyResultCommand | MeasurementCommand, actor: Actor, facts: Facts
) -> Iterator[tuple[Right, Relations]]:
    match command:
        case AddKeyResult():
            yield Right.MANAGE_KEY_RESULTS, _to_objective(actor, command.objective_id, facts)
        case UpdateKeyResult():
            yield Right.CHANGE_KEY_RESULT, _to_key_result(actor, command.key_result_id, facts)
            part = facts.key_result(command.key_result_id)
            if command.objective_id is not UNSET and part is not None and command.objective_id != part.objective_id:
                for objective_id in (part.objective_id, command.objective_id):
                    yield Right.MANAGE_KEY_RESULTS, _to_objective(actor, objective_id, facts)
        case RetargetKeyResult() | AddKeyResultDependency() | RemoveKeyResultDependency():
            yield Right.CHANGE_KEY_RESULT, _to_key_result(actor, command.key_result_id, facts)
        case DropKeyResult() | RestoreKeyResult() | ReplaceKeyResult():
            part = facts.key_result(command.key_result_id)
            yield Right.MANAGE_KEY_RESULTS, _to_objective(actor, part.objective_id, facts) if part else NO_RELATION
        case RecordCheckIn():
            yield Right.CHECK_IN, _to_key_result(actor, command.key_result_id, facts)
        case CorrectCheckIn() | RetractCheckIn():
            yield Right.CORRECT_CHECK_IN, _to_check_in(actor, command.check_in_id, facts)
        case AcknowledgeCheckIn():
            yield Right.ACKNOWLEDGE_CHECK_IN, _to_check_in(actor, command.check_in_id, facts)
        case _:
            assert_never(command)


def _needed_of_initiative(command: InitiativeCommand, actor: Actor, facts: Facts) -> Iterator[tuple[Right, Relations]]:
    match command:
        case CreateInitiative():
            for supported_id in command.supported_ids:
                yield Right.SUPPORT_OBJECTIVE, _to_supported(actor, supported_id, facts)
        case AddSupport():
            yield Right.CHANGE_INITIATIVE, _to_initiative(actor, command.initiative_id, facts)
            yield Right.SUPPORT_OBJECTIVE, _to_supported(actor, command.supported_id, facts)
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
            yield Right.CHANGE_INITIATIVE, _to_initiative(actor, command.initiative_id, facts)
        case _:
            assert_never(command)


def _needed_of_kpi(
    command: KpiCommand | KpiReadingCommand | KpiLinkCommand | StartKpiRecovery, actor: Actor, facts: Facts
) -> Iterator[tuple[Right, Relations]]:
    if isinstance(command, KpiLinkCommand):
        # A link belongs to the objective: the KPI, which all may see, does not change.
        if facts.key_result(command.linked_id) is not None:
            yield Right.CHANGE_KEY_RESULT, _to_key_result(actor, command.linked_id, facts)
        else:
            yield Right.CHANGE_OBJECTIVE, _to_objective(actor, command.linked_id, facts)
        return
    match command:
        case CreateKpi():
            yield Right.CREATE_KPI, _to_team(actor, command.team_id, facts)
        case UpdateKpi():
            yield Right.CHANGE_KPI, _to_kpi(actor, command.kpi_id, facts)
            known = facts.kpi(command.kpi_id)
            if command.team_id is not UNSET and known is not None and command.team_id != known.team_id:
                yield Right.CREATE_KPI, _to_team(actor, command.team_id, facts)
        case ArchiveKpi() | RestoreKpi():
            yield Right.CHANGE_KPI, _to_kpi(actor, command.kpi_id, facts)
        case RecordKpiReading():
            yield Right.RECORD_KPI_READING, _to_kpi(actor, command.kpi_id, facts)
        case CorrectKpiReading() | RetractKpiReading():
            yield Right.CORRECT_KPI_READING, _to_reading(actor, command.reading_id, facts)
        case StartKpiRecovery():
            yield Right.CREATE_OBJECTIVE, NO_RELATION
            known = facts.kpi(command.kpi_id)
            if known is not None and known.team_id is not None:
                yield Right.PUT_INTO_TEAM, _to_team(actor, known.team_id, facts)
        case _:
            assert_never(command)


def _needed_of_team(command: TeamCommand, actor: Actor, facts: Facts) -> Iterator[tuple[Right, Relations]]:
    match command:
        case CreateTeam():
            yield Right.CREATE_TEAM, _to_team(actor, command.parent_id, facts)
        case UpdateTeam():
            yield Right.CHANGE_TEAM, _to_team(actor, command.team_id, facts)
            team = facts.team(command.team_id)
            if command.parent_id is not UNSET and team is not None and command.parent_id != team.parent_id:
                yield Right.CREATE_TEAM, _to_team(actor, command.parent_id, facts)
        case AddTeamMember() | RemoveTeamMember():
            yield Right.CHANGE_TEAM, _to_team(actor, command.team_id, facts)
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
            return Right.EDIT_COMMENT, _to_author(actor, facts.comment(command.comment_id))
        case WithdrawComment():
            return Right.WITHDRAW_COMMENT, _to_author(actor, facts.comment(command.comment_id))
        case RecognizePeople():
            return Right.RECOGNIZE, NO_RELATION
        case WithdrawRecognition():
            return Right.WITHDRAW_RECOGNITION, _to_author(actor, facts.recognition(command.recognition_id))
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


# --- visibility


def sees(objective: Objective, actor: Actor, facts: Facts) -> bool:
    """Say whether somebody may see an objective: today's rights on today's visibility."""
    if actor.sees_everything():
        return True
    if actor.actor_id in (objective.owner_id, objective.created_by, *objective.contributor_ids):
        return True
    if objective.state is ObjectiveState.DRAFT:
        return False
    match objective.visibility:
        case Visibility.ORGANIZATION:
            return True
        case Visibility.TEAM:
            return bool(_to_team(actor, objective.team_id, facts))
        case Visibility.PRIVATE:
            return False
        case _:
            assert_never(objective.visibility)


def sees_supported(supported_id: str, actor: Actor, facts: Facts) -> bool:
    """Say whether somebody may see an objective or a key result."""
    part = facts.key_result(supported_id)
    objective = facts.objective(part.objective_id if part else supported_id)
    return objective is not None and sees(objective, actor, facts)


def sees_initiative(initiative: Initiative, actor: Actor, facts: Facts) -> bool:
    """Say whether somebody may see an initiative: whoever sees one of the things that it supports.

    It has no visibility of its own, so that it can tell of nothing that is hidden; to own it is not enough, as it is not
    for a key result.
    """
    return any(sees_supported(each, actor, facts) for each in initiative.supported_ids)


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


def table_page() -> str:
    """Answer the table of rights in Markdown."""
    lines = [f"| right | {' | '.join(Role)} | to |", f"|---|{'---|' * len(Role)}---|"]
    for right, by_role in TABLE.items():
        cells = (", ".join(each.lower().replace("_", " ") for each in Relation if each in by_role[role]) for role in Role)
        lines.append(f"| `{right}` | {' | '.join(cells)} | {MEANINGS[right]} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table_page())  # noqa: T201 - what the module was asked for
