"""What a scenario does with templates: everything that the domain has, the same each time."""

from collections.abc import Callable
from decimal import Decimal

from events.coach.texts import Language
from events.envelope import Reason, ReasonCode
from events.identifier import Noun
from events.template import (
    ArchiveTemplate,
    CreateTemplate,
    CreateTemplateFromObjective,
    Numbers,
    RestoreTemplate,
    UpdateTemplate,
)
from events.template_content import TemplateFunction
from events.template_draft import CreateObjectiveFromTemplate, TemplateValue
from tests.support.chronicle import Chronicle
from tests.support.random_template_commands import SEGMENT, SHARE, TARGET

BECAUSE = Reason(code=ReasonCode.NEW_INFORMATION, text="it was asked for again")


def keep_templates(chronicle: Chronicle, new: Callable[[Noun], str], actor_id: str) -> None:
    """Write a template down, make a draft of it and a template of an objective, change and archive them."""
    written, taken = new(Noun.TEMPLATE), new(Noun.TEMPLATE)

    def do(*commands: object) -> None:
        assert chronicle.do(*commands, actor_id=actor_id, reason=BECAUSE) is not None  # type: ignore[arg-type]

    do(
        CreateTemplate(
            template_id=written,
            title="Win {segment}",
            function=TemplateFunction.SALES,
            language=Language.EN,
            key_results=(SHARE,),
            placeholders=(SEGMENT, TARGET),
        )
    )
    values = (TemplateValue(name="segment", text="hospitals"), TemplateValue(name="target", number=Decimal(30)))
    cycle_id = max(each.cycle_id for each in chronicle.facts.cycles.values() if each.name == "Measured")
    do(CreateObjectiveFromTemplate(template_id=written, objective_id=new(Noun.OBJECTIVE), cycle_id=cycle_id, values=values))
    do(UpdateTemplate(template_id=written, description="For {segment}", language=Language.CS))
    do(
        CreateTemplateFromObjective(
            template_id=taken,
            objective_id=min(chronicle.facts.objectives),
            function=TemplateFunction.OTHER,
            language=Language.EN,
            numbers=Numbers.PLACEHOLDERS,
        )
    )
    do(ArchiveTemplate(template_id=taken))
    do(RestoreTemplate(template_id=taken), ArchiveTemplate(template_id=written))
