"""The root of all queries: the ways into the graph.

A moment belongs to a root field; everything below is seen through it.
"""

import strawberry

from schema.access import AccessQueries
from schema.activity import ActivityQueries
from schema.alignment import AlignmentQueries
from schema.by_id import NodeQueries
from schema.check_in_queries import CheckInQueries
from schema.checkpoint import CheckpointQueries
from schema.comment_queries import CommentQueries
from schema.comparison import ComparisonQueries
from schema.custom_field_queries import CustomFieldQueries
from schema.cycle_queries import CycleQueries
from schema.file_export import ExportQueries
from schema.history import EventQueries
from schema.inbox import InboxQueries
from schema.initiative_queries import InitiativeQueries
from schema.key_result_queries import KeyResultQueries
from schema.kpi_queries import KpiQueries
from schema.objective_queries import ObjectiveQueries
from schema.organization import OrganizationQueries
from schema.person_queries import PersonQueries
from schema.program import ProgramQueries
from schema.recognition_queries import RecognitionQueries
from schema.search import SearchQueries
from schema.summary import SummaryQueries
from schema.team_queries import TeamQueries
from schema.template_queries import TemplateQueries
from schema.time_line import MomentQueries
from schema.verification import VerificationQueries
from schema.viewer import ViewerQueries


@strawberry.type(description="What can be read.")
class Query(
    NodeQueries,
    ViewerQueries,
    OrganizationQueries,
    CycleQueries,
    ObjectiveQueries,
    KeyResultQueries,
    InboxQueries,
    InitiativeQueries,
    CheckInQueries,
    TeamQueries,
    PersonQueries,
    KpiQueries,
    TemplateQueries,
    CustomFieldQueries,
    ProgramQueries,
    SearchQueries,
    CommentQueries,
    RecognitionQueries,
    ActivityQueries,
    EventQueries,
    AccessQueries,
    MomentQueries,
    VerificationQueries,
    ComparisonQueries,
    SummaryQueries,
    CheckpointQueries,
    AlignmentQueries,
    ExportQueries,
):
    """All nouns together, in the order of the API."""
