"""The union of everything that may happen. Subscribers must expect it to grow."""

from events.check_in import MeasurementEvent
from events.comment import CommentEvent
from events.custom_field import CustomFieldEvent
from events.cycle import CycleEvent
from events.initiative import InitiativeEvent
from events.key_result import KeyResultEvent
from events.kpi import KpiEvent
from events.kpi_reading import KpiReadingEvent
from events.objective import ObjectiveEvent
from events.organization import OrganizationEvent
from events.person import PersonEvent
from events.program import ProgramEvent
from events.recognition import RecognitionEvent
from events.team import TeamEvent
from events.template import TemplateEvent

Event = (
    MeasurementEvent
    | KeyResultEvent
    | ObjectiveEvent
    | InitiativeEvent
    | CycleEvent
    | TeamEvent
    | PersonEvent
    | ProgramEvent
    | OrganizationEvent
    | CommentEvent
    | RecognitionEvent
    | KpiEvent
    | KpiReadingEvent
    | TemplateEvent
    | CustomFieldEvent
)
