"""The root of all mutations."""

import strawberry

from schema.calendar_link import CalendarLinkMutations
from schema.check_in_mutations import CheckInMutations
from schema.comment_mutations import CommentMutations
from schema.custom_field_mutations import CustomFieldMutations
from schema.cycle_mutations import CycleMutations
from schema.file_export import ExportMutations
from schema.initiative_mutations import InitiativeMutations
from schema.invitation import InvitationMutations
from schema.key_result_mutations import KeyResultMutations
from schema.kpi_mutations import KpiMutations
from schema.objective_mutations import ObjectiveMutations
from schema.organization_mutations import OrganizationMutations
from schema.person_mutations import PersonMutations
from schema.program_mutations import ProgramMutations
from schema.recognition_mutations import RecognitionMutations
from schema.table_import import TableMutations
from schema.team_mutations import TeamMutations
from schema.template_mutations import TemplateMutations
from schema.token_mutations import TokenMutations


@strawberry.type(description="Everything that may be changed. Refusals are `userErrors`, not errors of the request.")
class Mutation(
    ObjectiveMutations,
    KeyResultMutations,
    CheckInMutations,
    InitiativeMutations,
    CycleMutations,
    TeamMutations,
    PersonMutations,
    ProgramMutations,
    TokenMutations,
    OrganizationMutations,
    ExportMutations,
    InvitationMutations,
    CommentMutations,
    RecognitionMutations,
    KpiMutations,
    TableMutations,
    TemplateMutations,
    CalendarLinkMutations,
    CustomFieldMutations,
):
    """All nouns together."""
