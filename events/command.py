"""The union of everything that may be asked for."""

from events.carry_over import CarryOverObjective
from events.check_in import MeasurementCommand
from events.comment import CommentCommand
from events.custom_field import CustomFieldCommand
from events.cycle import CycleCommand
from events.initiative import InitiativeCommand
from events.key_result import KeyResultCommand
from events.kpi import KpiCommand
from events.kpi_link import KpiLinkCommand
from events.kpi_reading import KpiReadingCommand
from events.kpi_recovery import StartKpiRecovery
from events.objective import ObjectiveCommand, ReorderObjectives
from events.organization import OrganizationCommand
from events.person import PersonCommand
from events.program import ProgramCommand
from events.recognition import RecognitionCommand
from events.team import TeamCommand
from events.template import TemplateCommand
from events.template_draft import CreateObjectiveFromTemplate

Command = (
    MeasurementCommand
    | KeyResultCommand
    | ObjectiveCommand
    | ReorderObjectives
    | CarryOverObjective
    | InitiativeCommand
    | CycleCommand
    | TeamCommand
    | PersonCommand
    | ProgramCommand
    | OrganizationCommand
    | CommentCommand
    | RecognitionCommand
    | KpiCommand
    | KpiReadingCommand
    | KpiLinkCommand
    | StartKpiRecovery
    | TemplateCommand
    | CreateObjectiveFromTemplate
    | CustomFieldCommand
)
