"""Any thing by its identifier, whatever noun it is."""

import schema.check_in
import schema.comment
import schema.custom_field
import schema.cycle
import schema.initiative
import schema.key_result
import schema.kpi
import schema.objective
import schema.organization
import schema.person
import schema.program
import schema.recognition
import schema.team
import schema.template
from events.identifier import Noun, noun_of
from schema.node import Subject, seen
from schema.view import View


async def load_subject(entity_id: str, view: View) -> Subject | None:
    """Answer a thing as seen through a view, None for what does not exist or may not be seen."""
    match noun_of(entity_id):
        case Noun.OBJECTIVE:
            return seen(schema.objective.Objective, await view.objectives.load(entity_id), view)
        case Noun.KEY_RESULT:
            return seen(schema.key_result.KeyResult, await view.key_results.load(entity_id), view)
        case Noun.CHECK_IN:
            return seen(schema.check_in.CheckIn, await view.check_ins.load(entity_id), view)
        case Noun.INITIATIVE:
            return seen(schema.initiative.Initiative, await view.initiatives.load(entity_id), view)
        case Noun.CYCLE:
            return seen(schema.cycle.Cycle, await view.cycles.load(entity_id), view)
        case Noun.TEAM:
            return seen(schema.team.Team, await view.teams.load(entity_id), view)
        case Noun.PERSON:
            return seen(schema.person.Person, await view.people.load(entity_id), view)
        case Noun.PROGRAM:
            return seen(schema.program.Program, await view.programs.load(entity_id), view)
        case Noun.COMMENT:
            return seen(schema.comment.Comment, await view.comments.load(entity_id), view)
        case Noun.RECOGNITION:
            return seen(schema.recognition.Recognition, await view.recognitions.load(entity_id), view)
        case Noun.KPI:
            return seen(schema.kpi.Kpi, await view.kpis.load(entity_id), view)
        case Noun.KPI_READING:
            return seen(schema.kpi.KpiReading, await view.kpi_readings.load(entity_id), view)
        case Noun.TEMPLATE:
            return seen(schema.template.Template, await view.templates.load(entity_id), view)
        case Noun.CUSTOM_FIELD:
            return seen(schema.custom_field.CustomField, await view.custom_fields.load(entity_id), view)
        case Noun.ORGANIZATION:
            return schema.organization.Organization(row=view.settings, view=view) if entity_id == view.settings.id else None
        case _:
            return None


def shown_text(thing: Subject | None) -> str:
    """Answer what a thing is called, an empty text for one that is not seen or has no name."""
    if isinstance(thing, schema.person.Person):
        return thing.shown_name()
    if isinstance(
        thing,
        schema.objective.Objective
        | schema.key_result.KeyResult
        | schema.initiative.Initiative
        | schema.kpi.Kpi
        | schema.template.Template,
    ):
        return thing.row.title
    if isinstance(thing, schema.team.Team | schema.cycle.Cycle | schema.program.Program | schema.organization.Organization):
        return thing.row.name
    if isinstance(thing, schema.custom_field.CustomField):
        return thing.row.name
    if isinstance(thing, schema.comment.Comment | schema.recognition.Recognition):
        return thing.row.text or ""
    return ""
