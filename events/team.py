"""Teams: a tree without limit of depth; people belong to several teams."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, assert_never

from events.envelope import UNSET, Context, Occurrence, Unset
from events.rejection import RejectionCode, refuse
from events.version import check_version

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTeam:
    """Begin a team."""

    team_id: str
    name: str
    parent_id: str | None = None
    lead_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTeam:
    """Rename a team, move it in the tree, or change its lead."""

    team_id: str
    name: str | Unset = UNSET
    parent_id: str | Unset | None = UNSET
    lead_id: str | Unset | None = UNSET
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveTeam:
    """Take a team out of use; its past stays."""

    team_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreTeam:
    """Take an archived team into use again."""

    team_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTeamMember:
    """Make a person a member of a team."""

    team_id: str
    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveTeamMember:
    """End a person's membership of a team."""

    team_id: str
    person_id: str


TeamCommand = CreateTeam | UpdateTeam | ArchiveTeam | RestoreTeam | AddTeamMember | RemoveTeamMember

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCreated:
    """A team began."""

    team_id: str
    name: str
    parent_id: str | None = None
    lead_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRenamed:
    """A team got another name; old quarters keep the old one."""

    team_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMoved:
    """A team got another parent, or none."""

    team_id: str
    parent_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLeadChanged:
    """A team got another lead, or none."""

    team_id: str
    lead_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamArchived:
    """A team was taken out of use."""

    team_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRestored:
    """A team was taken into use again."""

    team_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMemberAdded:
    """A person became a member of a team."""

    team_id: str
    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMemberRemoved:
    """A person is no longer a member of a team."""

    team_id: str
    person_id: str


TeamEvent = (
    TeamCreated | TeamRenamed | TeamMoved | TeamLeadChanged | TeamArchived | TeamRestored | TeamMemberAdded | TeamMemberRemoved
)

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team as of some position."""

    team_id: str
    name: str
    parent_id: str | None = None
    lead_id: str | None = None
    member_ids: frozenset[str] = frozenset()
    archived_at: datetime | None = None
    version: int = 1

    @property
    def is_archived(self) -> bool:
        """Say whether the team is out of use."""
        return self.archived_at is not None


class TeamFacts(Protocol):
    """What a decision about a team asks of the rest of the organization."""

    def team(self, team_id: str) -> Team | None:
        """Answer a team."""
        ...

    def has_person(self, person_id: str) -> bool:
        """Say whether a person exists."""
        ...


# --- rejections


def _required(team: Team | None) -> Team:
    if team is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such team", "teamId")
    return team


def _check_parent(team_id: str, parent_id: str | None, facts: TeamFacts) -> None:
    ancestor_id = parent_id
    while ancestor_id is not None:
        if ancestor_id == team_id:
            raise refuse(RejectionCode.ALIGNMENT_CYCLE, "a team cannot be below itself", "parentId")
        ancestor = facts.team(ancestor_id)
        if ancestor is None:
            raise refuse(RejectionCode.NOT_FOUND, "no such parent team", "parentId")
        ancestor_id = ancestor.parent_id


def _check_person(person_id: str | None, facts: TeamFacts, field: str) -> None:
    if person_id is not None and not facts.has_person(person_id):
        raise refuse(RejectionCode.NOT_FOUND, "no such person", field)


# --- decide


def decide(command: TeamCommand, team: Team | None, facts: TeamFacts, context: Context) -> list[TeamEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: an id is taken or unknown, the tree would close a circle, or the version differs.
    """
    del context
    match command:
        case CreateTeam():
            if team is not None:
                raise refuse(RejectionCode.ID_TAKEN, "a team with this id exists already", "id")
            _check_parent(command.team_id, command.parent_id, facts)
            _check_person(command.lead_id, facts, "leadId")
            return [
                TeamCreated(
                    team_id=command.team_id,
                    name=command.name,
                    parent_id=command.parent_id,
                    lead_id=command.lead_id,
                )
            ]
        case UpdateTeam():
            return _update(command, _required(team), facts)
        case ArchiveTeam():
            known = _required(team)
            check_version(known.team_id, known.version, command.expected_version)
            return [] if known.is_archived else [TeamArchived(team_id=known.team_id)]
        case RestoreTeam():
            known = _required(team)
            check_version(known.team_id, known.version, command.expected_version)
            return [TeamRestored(team_id=known.team_id)] if known.is_archived else []
        case AddTeamMember():
            known = _required(team)
            _check_person(command.person_id, facts, "personId")
            if command.person_id in known.member_ids:
                return []
            return [TeamMemberAdded(team_id=known.team_id, person_id=command.person_id)]
        case RemoveTeamMember():
            known = _required(team)
            _check_person(command.person_id, facts, "personId")
            if command.person_id not in known.member_ids:
                return []
            return [TeamMemberRemoved(team_id=known.team_id, person_id=command.person_id)]
        case _:
            assert_never(command)


def _update(command: UpdateTeam, team: Team, facts: TeamFacts) -> list[TeamEvent]:
    check_version(team.team_id, team.version, command.expected_version)
    events: list[TeamEvent] = []
    if command.name is not UNSET and command.name != team.name:
        events.append(TeamRenamed(team_id=team.team_id, name=command.name))
    if command.parent_id is not UNSET and command.parent_id != team.parent_id:
        _check_parent(team.team_id, command.parent_id, facts)
        events.append(TeamMoved(team_id=team.team_id, parent_id=command.parent_id))
    if command.lead_id is not UNSET and command.lead_id != team.lead_id:
        _check_person(command.lead_id, facts, "leadId")
        events.append(TeamLeadChanged(team_id=team.team_id, lead_id=command.lead_id))
    return events


# --- evolve


def evolve(team: Team | None, event: TeamEvent, occurrence: Occurrence) -> Team:
    """Answer the team after an event."""
    if isinstance(event, TeamCreated):
        return Team(team_id=event.team_id, name=event.name, parent_id=event.parent_id, lead_id=event.lead_id)
    if team is None:
        raise ValueError("a team changes before it is created")
    version = team.version + 1
    match event:
        case TeamRenamed():
            return replace(team, name=event.name, version=version)
        case TeamMoved():
            return replace(team, parent_id=event.parent_id, version=version)
        case TeamLeadChanged():
            return replace(team, lead_id=event.lead_id, version=version)
        case TeamArchived():
            return replace(team, archived_at=occurrence.recorded_at, version=version)
        case TeamRestored():
            return replace(team, archived_at=None, version=version)
        case TeamMemberAdded():
            return replace(team, member_ids=team.member_ids | {event.person_id}, version=version)
        case TeamMemberRemoved():
            return replace(team, member_ids=team.member_ids - {event.person_id}, version=version)
        case _:
            assert_never(event)
