"""Relations: who asks, what they are to a thing, and who sees what.

Decided on the folded state of now: what an actor may not see does not exist for them.
"""

from collections.abc import Callable, Collection
from typing import Protocol, assert_never

from events.comment import (
    Comment,
)
from events.facts import Facts
from events.initiative import (
    Initiative,
)
from events.objective import (
    Objective,
    ObjectiveState,
    Visibility,
)
from events.recognition import Recognition
from events.right import NO_RELATION, Actor, Relation, Relations, Scopes


def actor_of(actor_id: str, facts: Facts, scopes: Scopes = None) -> Actor | None:
    """Answer a person or a program that has access, None for who is unknown or has none any more."""
    known = facts.people.get(actor_id) or facts.programs.get(actor_id)
    return Actor(actor_id=actor_id, role=known.role, scopes=scopes) if known is not None and known.is_active else None


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


def to_objective(actor: Actor, objective_id: str, facts: Facts) -> Relations:
    """Answer what somebody is to an objective, nothing to one that does not exist."""
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


def to_key_result(actor: Actor, key_result_id: str, facts: Facts) -> Relations:
    """Answer what somebody is to a key result."""
    known = facts.key_result(key_result_id)
    if known is None:
        return NO_RELATION
    relations = to_objective(actor, known.objective_id, facts)
    return relations | {Relation.KEY_RESULT_OWNER} if known.owner_id == actor.actor_id else relations


def relations_to_check_in(relations: Relations, *, is_author: bool) -> Relations:
    """Answer what a person is to a check-in, from what they are to its key result; nobody reviews what they wrote."""
    if is_author:
        return relations | {Relation.AUTHOR}
    reviews = not relations.isdisjoint({Relation.OWNER, Relation.TEAM_LEAD})
    return relations | {Relation.REVIEWER} if reviews else relations


def to_check_in(actor: Actor, check_in_id: str, facts: Facts) -> Relations:
    """Answer what somebody is to a check-in."""
    known = facts.check_in(check_in_id)
    if known is None:
        return NO_RELATION
    relations = to_key_result(actor, known.key_result_id, facts)
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


def to_supported(actor: Actor, supported_id: str, facts: Facts) -> Relations:
    """Answer what somebody is to an objective or a key result."""
    part = facts.key_result(supported_id)
    return to_key_result(actor, supported_id, facts) if part else to_objective(actor, supported_id, facts)


def to_initiative(actor: Actor, initiative_id: str, facts: Facts) -> Relations:
    """Answer what somebody is to an initiative."""
    known = facts.initiative(initiative_id)
    if known is None:
        return NO_RELATION
    seen_ids = (each for each in known.supported_ids if sees_supported(each, actor, facts))
    supported = NO_RELATION.union(*(to_supported(actor, each, facts) for each in seen_ids))
    return relations_to_initiative(actor.actor_id, owner_id=known.owner_id, created_by=known.created_by, supported=supported)


def to_author(actor: Actor, said: Comment | Recognition | None) -> Relations:
    """Answer what somebody is to what was said."""
    is_author = said is not None and said.author_id == actor.actor_id
    return frozenset({Relation.AUTHOR}) if is_author else NO_RELATION


def relations_to_kpi(person_id: str, *, owner_id: str | None, is_lead: bool) -> Relations:
    """Answer what a person is to a KPI; `is_lead` says that they lead its team or one above it."""
    holding = {Relation.OWNER: person_id == owner_id, Relation.TEAM_LEAD: is_lead}
    return frozenset(relation for relation, holds in holding.items() if holds)


def to_kpi(actor: Actor, kpi_id: str, facts: Facts) -> Relations:
    """Answer what somebody is to a KPI."""
    known = facts.kpi(kpi_id)
    if known is None:
        return NO_RELATION
    is_lead = leads(actor.actor_id, known.team_id, facts)
    return relations_to_kpi(actor.actor_id, owner_id=known.owner_id, is_lead=is_lead)


def to_reading(actor: Actor, reading_id: str, facts: Facts) -> Relations:
    """Answer what somebody is to a reading."""
    known = facts.reading(reading_id)
    if known is None:
        return NO_RELATION
    relations = to_kpi(actor, known.kpi_id, facts)
    return relations | {Relation.AUTHOR} if known.author_id == actor.actor_id else relations


def to_team(actor: Actor, team_id: str | None, facts: Facts) -> Relations:
    """Answer what somebody is to a team."""
    team = None if team_id is None else facts.team(team_id)
    relations: set[Relation] = set()
    if team is not None and actor.actor_id in team.member_ids:
        relations.add(Relation.TEAM_MEMBER)
    if leads(actor.actor_id, team_id, facts):
        relations.add(Relation.TEAM_LEAD)
    return frozenset(relations)


def to_any_team(actor: Actor, facts: Facts) -> Relations:
    """Answer what somebody is to at least one team."""
    return NO_RELATION.union(*(to_team(actor, each, facts) for each in facts.teams))


# --- visibility


class Visible(Protocol):
    """What decides who sees an objective."""

    @property
    def owner_id(self) -> str | None:
        """Who answers for it."""
        ...

    @property
    def created_by(self) -> str:
        """Who wrote it down."""
        ...

    @property
    def contributor_ids(self) -> Collection[str]:
        """Who takes part in it."""
        ...

    @property
    def state(self) -> ObjectiveState:
        """Its state."""
        ...

    @property
    def visibility(self) -> Visibility:
        """Its visibility."""
        ...


def is_visible(objective: Visible, actor_id: str, is_of_team: Callable[[], bool]) -> bool:
    """Say whether somebody without the right to see everything sees an objective; `is_of_team` says if its team is theirs."""
    if actor_id in (objective.owner_id, objective.created_by, *objective.contributor_ids):
        return True
    if objective.state is ObjectiveState.DRAFT:
        return False
    match objective.visibility:
        case Visibility.ORGANIZATION:
            return True
        case Visibility.TEAM:
            return is_of_team()
        case Visibility.PRIVATE:
            return False
        case _:
            assert_never(objective.visibility)


def sees(objective: Objective, actor: Actor, facts: Facts) -> bool:
    """Say whether somebody may see an objective: today's rights on today's visibility."""
    return actor.sees_everything() or is_visible(
        objective, actor.actor_id, lambda: bool(to_team(actor, objective.team_id, facts))
    )


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
