"""What a viewer has a right to now, thing by thing: the table of `events/right.py` on the rows that are shown."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from events.objective import ObjectiveState
from events.person import Role
from events.relation import relations_to_check_in, relations_to_initiative, relations_to_kpi, relations_to_objective
from events.right import NO_RELATION, Relation, Relations, Right, is_allowed, is_in_scope
from projections.reader import Grants
from projections.rows import (
    CheckInRow,
    CommentRow,
    InitiativeRow,
    KeyResultRow,
    KpiReadingRow,
    KpiRow,
    ObjectiveRow,
    PersonRow,
    RecognitionRow,
    TeamRow,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerRights:
    """The rights of one viewer, by their role and grants at the head."""

    role: Role
    grants: Grants
    _known: dict[Relations, frozenset[Right]] = field(default_factory=dict[Relations, frozenset[Right]], init=False)

    def has(self, right: Right) -> bool:
        """Say whether the viewer has a right that needs no relation."""
        return right in self.anywhere()

    def anywhere(self) -> frozenset[Right]:
        """Answer the rights that need no relation."""
        return self._with(NO_RELATION)

    def to_objective(self, row: ObjectiveRow) -> frozenset[Right]:
        """Answer the rights to an objective."""
        return self._with(self._relations(row))

    def to_key_result(self, row: KeyResultRow, objective: ObjectiveRow) -> frozenset[Right]:
        """Answer the rights to a key result of an objective."""
        return self._with(self._relations_to_part(row, objective))

    def to_check_in(self, row: CheckInRow, key_result: KeyResultRow, objective: ObjectiveRow) -> frozenset[Right]:
        """Answer the rights to a check-in of a key result."""
        is_author = row.author_id == self.grants.person_id
        return self._with(relations_to_check_in(self._relations_to_part(key_result, objective), is_author=is_author))

    def to_initiative(
        self, row: InitiativeRow, objectives: Iterable[ObjectiveRow], parts: Iterable[tuple[KeyResultRow, ObjectiveRow]]
    ) -> frozenset[Right]:
        """Answer the rights to an initiative behind objectives and key results, those that the viewer sees."""
        supported = NO_RELATION.union(
            *(self._relations(each) for each in objectives), *(self._relations_to_part(*each) for each in parts)
        )
        relations = relations_to_initiative(
            self.grants.person_id, owner_id=row.owner_id, created_by=row.created_by, supported=supported
        )
        return self._with(relations)

    def to_team(self, row: TeamRow) -> frozenset[Right]:
        """Answer the rights to a team."""
        holding = {
            Relation.TEAM_MEMBER: row.id in self.grants.member_team_ids,
            Relation.TEAM_LEAD: row.id in self.grants.led_team_ids,
        }
        return self._with(frozenset(relation for relation, holds in holding.items() if holds))

    def to_kpi(self, row: KpiRow) -> frozenset[Right]:
        """Answer the rights to a KPI."""
        return self._with(self._relations_to_kpi(row))

    def to_kpi_reading(self, row: KpiReadingRow, kpi: KpiRow) -> frozenset[Right]:
        """Answer the rights to a reading of a KPI."""
        relations = self._relations_to_kpi(kpi)
        return self._with(relations | {Relation.AUTHOR} if row.author_id == self.grants.person_id else relations)

    def to_templates(self) -> frozenset[Right]:
        """Answer the rights to templates, which follow from being of any team."""
        holding = {
            Relation.TEAM_MEMBER: bool(self.grants.member_team_ids),
            Relation.TEAM_LEAD: bool(self.grants.led_team_ids),
        }
        return self._with(frozenset(relation for relation, holds in holding.items() if holds))

    def in_organization(self) -> frozenset[Right]:
        """Answer the rights in the organization as a whole."""
        return self.anywhere() | (self.to_templates() & {Right.MANAGE_TEMPLATES})

    def to_person(self, row: PersonRow) -> frozenset[Right]:
        """Answer the rights to a person."""
        return self._with(frozenset({Relation.SELF}) if row.id == self.grants.person_id else NO_RELATION)

    def to_said(self, row: CommentRow | RecognitionRow) -> frozenset[Right]:
        """Answer the rights to a comment or a recognition."""
        return self._with(frozenset({Relation.AUTHOR}) if row.author_id == self.grants.person_id else NO_RELATION)

    def _relations_to_kpi(self, row: KpiRow) -> Relations:
        is_lead = row.team_id in self.grants.led_team_ids
        return relations_to_kpi(self.grants.person_id, owner_id=row.owner_id, is_lead=is_lead)

    def _relations(self, row: ObjectiveRow) -> Relations:
        return relations_to_objective(
            self.grants.person_id,
            owner_id=row.owner_id,
            created_by=row.created_by,
            contributor_ids=row.contributor_ids,
            is_draft=row.state is ObjectiveState.DRAFT,
            is_lead=row.team_id in self.grants.led_team_ids,
        )

    def _relations_to_part(self, row: KeyResultRow, objective: ObjectiveRow) -> Relations:
        is_owner = row.owner_id == self.grants.person_id
        relations = self._relations(objective)
        return relations | {Relation.KEY_RESULT_OWNER} if is_owner else relations

    def _with(self, relations: Relations) -> frozenset[Right]:
        known = self._known.get(relations)
        if known is None:
            known = self._known[relations] = frozenset(
                right for right in Right if is_allowed(right, self.role, relations) and is_in_scope(right, self.grants.scopes)
            )
        return known
