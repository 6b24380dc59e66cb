"""Random commands about templates, and drafts made from them and from the library."""

from decimal import Decimal

from hypothesis import strategies as st

from events.coach.texts import Language
from events.command import Command
from events.facts import Facts
from events.identifier import Noun
from events.metric import MetricKind, Unit
from events.template import (
    ArchiveTemplate,
    CreateTemplate,
    CreateTemplateFromObjective,
    Numbers,
    RestoreTemplate,
    UpdateTemplate,
)
from events.template_content import (
    Placeholder,
    PlaceholderKind,
    TemplateFunction,
    TemplateKeyResult,
    TemplateLevel,
    TemplateMetric,
)
from events.template_draft import CreateObjectiveFromTemplate, TemplateValue
from events.templates.library import library
from tests.support.random_identifiers import fresh, one_of

SEGMENT = Placeholder(name="segment", kind=PlaceholderKind.TEXT, example="schools")
TARGET = Placeholder(name="target", kind=PlaceholderKind.NUMBER, example="20")
SHARE = TemplateKeyResult(
    title="Share of {segment}",
    metric=TemplateMetric(
        kind=MetricKind.INCREASE,
        unit=Unit.PERCENT,
        start=TemplateLevel(value=Decimal(5)),
        target=TemplateLevel(placeholder="target"),
    ),
)
TITLES = st.sampled_from(["Win {segment}", "赢得{segment}", "Win {nobody}"])
FUNCTIONS, LANGUAGES = st.sampled_from(TemplateFunction), st.sampled_from(Language)
VALUES = st.sampled_from(
    [
        (),
        (TemplateValue(name="segment", text="hospitals"), TemplateValue(name="target", number=Decimal(30))),
        (TemplateValue(name="segment", text="банки"), TemplateValue(name="target", number=Decimal(5))),
    ]
)


def template_commands(facts: Facts) -> st.SearchStrategy[Command]:
    """Commands about templates, most of them on what there is."""
    template = one_of(facts.templates, Noun.TEMPLATE)
    template_id = st.just(fresh(Noun.TEMPLATE, facts, "template"))
    created = st.builds(
        CreateTemplate,
        template_id=template_id,
        title=TITLES,
        function=FUNCTIONS,
        language=LANGUAGES,
        key_results=st.just((SHARE,)),
        placeholders=st.just((SEGMENT, TARGET)),
    )
    if not facts.templates:
        return created
    return st.one_of(
        created,
        st.builds(
            CreateTemplateFromObjective,
            template_id=template_id,
            objective_id=one_of(facts.objectives, Noun.OBJECTIVE),
            function=FUNCTIONS,
            language=LANGUAGES,
            numbers=st.sampled_from(Numbers),
        ),
        st.builds(UpdateTemplate, template_id=template, title=TITLES, function=FUNCTIONS),
        st.builds(UpdateTemplate, template_id=template, language=LANGUAGES, description=st.none() | st.just("For {segment}")),
        st.builds(ArchiveTemplate, template_id=template),
        st.builds(RestoreTemplate, template_id=template),
        st.builds(
            CreateObjectiveFromTemplate,
            template_id=template | st.just(next(iter(library()))),
            objective_id=st.just(fresh(Noun.OBJECTIVE, facts, "drafted")),
            cycle_id=one_of(facts.cycles, Noun.CYCLE),
            values=VALUES,
            team_id=st.none() | one_of(facts.teams, Noun.TEAM),
        ),
    )
