"""Mutations of teams: inputs and the commands that they become."""

import strawberry

from events.identifier import Noun
from events.team import AddTeamMember, ArchiveTeam, CreateTeam, RemoveTeamMember, RestoreTeam, UpdateTeam
from schema.act import Plan, Step
from schema.context import Context
from schema.input import (
    ChangeInput,
    MutationInput,
    fresh,
    given,
    known,
    known_or_cleared,
    known_or_none,
    optional,
    required,
    unclearable,
)
from schema.payload import TeamMemberPayload, TeamPayload, mutation

# --- inputs


@strawberry.input(description="Input of teamCreate.")
class TeamCreateInput(MutationInput):
    """Input of teamCreate."""

    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    name: str = required("What it is called.")
    parent_id: strawberry.ID | None = optional("The team that it is part of.")
    lead_id: strawberry.ID | None = optional("Who leads it.")


@strawberry.input
class _OneTeamInput(ChangeInput):
    team_id: strawberry.ID = required("Which.")


@strawberry.input(description="Input of teamUpdate.")
class TeamUpdateInput(_OneTeamInput):
    """Input of teamUpdate."""

    name: str | None = optional("What it is called.")
    parent_id: strawberry.ID | None = optional("The team that it is part of; null is none.")
    lead_id: strawberry.ID | None = optional("Who leads it; null is nobody.")


@strawberry.input(description="Input of teamArchive.")
class TeamArchiveInput(_OneTeamInput):
    """Input of teamArchive."""


@strawberry.input(description="Input of teamRestore.")
class TeamRestoreInput(_OneTeamInput):
    """Input of teamRestore."""


@strawberry.input
class _MembershipInput(MutationInput):
    team_id: strawberry.ID = required("Of which team.")
    person_id: strawberry.ID = required("Who.")


@strawberry.input(description="Input of teamMemberAdd.")
class TeamMemberAddInput(_MembershipInput):
    """Input of teamMemberAdd."""


@strawberry.input(description="Input of teamMemberRemove.")
class TeamMemberRemoveInput(_MembershipInput):
    """Input of teamMemberRemove."""


# --- commands


async def _create(values: TeamCreateInput, context: Context) -> Plan:
    command = CreateTeam(
        team_id=fresh(values.id, Noun.TEAM, context.now, "id"),
        name=values.name,
        parent_id=known_or_none(values.parent_id, Noun.TEAM, "parentId"),
        lead_id=known_or_none(values.lead_id, Noun.PERSON, "leadId"),
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


def _team_id(values: _OneTeamInput | _MembershipInput) -> str:
    return known(values.team_id, Noun.TEAM, "teamId")


async def _update(values: TeamUpdateInput, _: Context) -> Plan:
    return Plan.of(
        UpdateTeam(
            team_id=_team_id(values),
            name=unclearable(values.name, "name"),
            parent_id=known_or_cleared(values.parent_id, Noun.TEAM, "parentId"),
            lead_id=known_or_cleared(values.lead_id, Noun.PERSON, "leadId"),
            expected_version=given(values.expected_version),
        )
    )


async def _archive(values: TeamArchiveInput, _: Context) -> Plan:
    return Plan.of(ArchiveTeam(team_id=_team_id(values), expected_version=given(values.expected_version)))


async def _restore(values: TeamRestoreInput, _: Context) -> Plan:
    return Plan.of(RestoreTeam(team_id=_team_id(values), expected_version=given(values.expected_version)))


async def _add_member(values: TeamMemberAddInput, _: Context) -> Plan:
    person_id = known(values.person_id, Noun.PERSON, "personId")
    return Plan.of(AddTeamMember(team_id=_team_id(values), person_id=person_id))


async def _remove_member(values: TeamMemberRemoveInput, _: Context) -> Plan:
    person_id = known(values.person_id, Noun.PERSON, "personId")
    return Plan.of(RemoveTeamMember(team_id=_team_id(values), person_id=person_id))


# --- mutations


@strawberry.type
class TeamMutations:
    """Mutations of teams."""

    team_create = mutation(_create, TeamPayload, "Begins a team.")
    team_update = mutation(_update, TeamPayload, "Renames a team, moves it in the tree, or changes its lead.")
    team_archive = mutation(_archive, TeamPayload, "Takes a team out of use; its past stays.")
    team_restore = mutation(_restore, TeamPayload, "Takes an archived team into use again.")
    team_member_add = mutation(_add_member, TeamMemberPayload, "Makes a person a member of a team.")
    team_member_remove = mutation(_remove_member, TeamMemberPayload, "Ends a person's membership of a team.")
