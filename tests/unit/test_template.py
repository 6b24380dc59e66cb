"""Templates: what may stand in them, what is made of an objective, and the draft that values make."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from events.coach.texts import Language
from events.identifier import Noun, derive_identifier, new_identifier
from events.key_result import AddKeyResult, DropKeyResult, KeyResultAdded
from events.limits import Limits
from events.metric import Metric, MetricKind, Stage, Unit
from events.objective import CreateObjective, ObjectiveCreated, ObjectiveDraftedFromTemplate
from events.rejection import Rejected, RejectionCode
from events.template import (
    ArchiveTemplate,
    CreateTemplate,
    CreateTemplateFromObjective,
    Numbers,
    RestoreTemplate,
    TemplateArchived,
    TemplateClassified,
    TemplateCreated,
    TemplateRewritten,
    UpdateTemplate,
)
from events.template_content import (
    Placeholder,
    PlaceholderKind,
    TemplateContent,
    TemplateFunction,
    TemplateKeyResult,
    TemplateLevel,
    TemplateMetric,
    TemplateStage,
)
from events.template_draft import CreateObjectiveFromTemplate, TemplateValue
from events.templates.library import LIBRARY_VERSION, library
from tests.support.given import Company, running_quarter

TEMPLATE = new_identifier(Noun.TEMPLATE)
OBJECTIVE = new_identifier(Noun.OBJECTIVE)
SEGMENT = Placeholder(name="segment", kind=PlaceholderKind.TEXT, example="schools")
TARGET = Placeholder(name="target", kind=PlaceholderKind.NUMBER, example="1250.5")
DUE = Placeholder(name="due", kind=PlaceholderKind.DATE, example="2026-08-31")
RENEWALS = TemplateKeyResult(
    title="Renewals of {segment}, {target} of them by {due}",
    metric=TemplateMetric(
        kind=MetricKind.INCREASE,
        unit=Unit.NUMBER,
        unit_label="{segment}",
        start=TemplateLevel(value=Decimal(0)),
        target=TemplateLevel(placeholder="target"),
    ),
    weight=Decimal(2),
    due_placeholder="due",
)
STEPS = TemplateKeyResult(
    title="Pilot",
    metric=TemplateMetric(
        kind=MetricKind.MILESTONE,
        stages=(TemplateStage(title="First of {segment}"), TemplateStage(title="Second", weight=Decimal(3))),
    ),
)
CREATE = CreateTemplate(
    template_id=TEMPLATE,
    title="Win {segment} {{and keep them}}",
    description="{segment} are asked first.",
    function=TemplateFunction.SALES,
    language=Language.EN,
    key_results=(RENEWALS, STEPS),
    placeholders=(SEGMENT, TARGET, DUE),
)
VALUES = (
    TemplateValue(name="segment", text="hospitals"),
    TemplateValue(name="target", number=Decimal(12000)),
    TemplateValue(name="due", date=date(2026, 9, 15)),
)
DRAFT = CreateObjectiveFromTemplate(
    template_id=TEMPLATE, objective_id=OBJECTIVE, cycle_id="q3", team_id="sales", owner_id="max"
)


@pytest.fixture
def company() -> Company:
    return running_quarter()


def created(company: Company, **fields: Any) -> Company:
    company.do(replace(CREATE, **fields))
    return company


def refusals(company: Company, command: Any) -> list[tuple[RejectionCode, tuple[str, ...]]]:
    with pytest.raises(Rejected) as refused:
        company.when(command)
    return [(each.code, each.path) for each in refused.value.rejections]


# --- templates


def test_a_template_is_created_changed_archived_and_restored(company: Company):
    (event,) = company.do(CREATE)
    assert isinstance(event, TemplateCreated)
    assert company.facts.templates[TEMPLATE].content == event.content
    rewritten, classified = company.do(UpdateTemplate(template_id=TEMPLATE, title="{segment}", function=TemplateFunction.LEGAL))
    assert isinstance(rewritten, TemplateRewritten)
    assert rewritten.content == replace(event.content, title="{segment}")
    assert classified == TemplateClassified(template_id=TEMPLATE, function=TemplateFunction.LEGAL, language=Language.EN)
    assert company.when(UpdateTemplate(template_id=TEMPLATE, title="{segment}")) == []
    assert company.do(ArchiveTemplate(template_id=TEMPLATE)) == [TemplateArchived(template_id=TEMPLATE)]
    assert company.when(ArchiveTemplate(template_id=TEMPLATE)) == []
    assert company.refusal(UpdateTemplate(template_id=TEMPLATE, title="Other"))[0] is RejectionCode.WRONG_STATE
    assert refusals(company, replace(DRAFT, values=VALUES)) == [(RejectionCode.WRONG_STATE, ("templateId",))]
    company.do(RestoreTemplate(template_id=TEMPLATE))
    known = company.facts.templates[TEMPLATE]
    assert (known.version, known.archived_at) == (5, None)
    assert refusals(company, UpdateTemplate(template_id=TEMPLATE, title="Late", expected_version=4)) == [
        (RejectionCode.VERSION_CONFLICT, ("expectedVersion",))
    ]
    assert company.refusal(CREATE) == (RejectionCode.ID_TAKEN, ("id",))


TARGET_PATH = ("keyResults", "0", "metric", "target")


def part(**fields: Any) -> dict[str, Any]:
    return {"key_results": (replace(RENEWALS, **fields), STEPS)}


def level(**fields: Any) -> dict[str, Any]:
    return part(metric=replace(RENEWALS.metric, target=TemplateLevel(**fields)))


def asking(*placeholders: Placeholder, target: str = TARGET.example) -> dict[str, Any]:
    return {"placeholders": (SEGMENT, replace(TARGET, example=target), *placeholders)}


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"title": "Win {market}"}, RejectionCode.INVALID, ("title",)),
        ({"title": "Win {segment!r}"}, RejectionCode.INVALID, ("title",)),
        ({"title": "Win {segment:>9}"}, RejectionCode.INVALID, ("title",)),
        ({"title": "Win {segment"}, RejectionCode.INVALID, ("title",)),
        ({"title": "Win } {segment}"}, RejectionCode.INVALID, ("title",)),
        ({"title": "Win {}"}, RejectionCode.INVALID, ("title",)),
        ({"title": "{segment} " * 70}, RejectionCode.LIMIT_EXCEEDED, ("title",)),
        (asking(DUE, replace(SEGMENT, name="other")), RejectionCode.INVALID, ("placeholders", "3", "name")),
        (asking(DUE, DUE), RejectionCode.INVALID, ("placeholders", "3", "name")),
        (asking(replace(DUE, name="Due")), RejectionCode.INVALID, ("placeholders", "2", "name")),
        (asking(replace(DUE, example="soon")), RejectionCode.INVALID, ("placeholders", "2", "example")),
        (asking(DUE, target="many"), RejectionCode.INVALID, ("placeholders", "1", "example")),
        (asking(DUE, target="NaN"), RejectionCode.INVALID, ("placeholders", "1", "example")),
        (asking(DUE, target="1e999999999"), RejectionCode.LIMIT_EXCEEDED, ("placeholders", "1", "example")),
        (asking(DUE, target="-3"), RejectionCode.WRONG_DIRECTION, TARGET_PATH),
        (asking(DUE, target="0"), RejectionCode.START_EQUALS_TARGET, TARGET_PATH),
        (level(), RejectionCode.INVALID, TARGET_PATH),
        (level(value=Decimal(1), placeholder="target"), RejectionCode.INVALID, TARGET_PATH),
        (level(placeholder="segment"), RejectionCode.INVALID, TARGET_PATH),
        (part(due_placeholder="target"), RejectionCode.INVALID, ("keyResults", "0", "duePlaceholder")),
        (part(weight=Decimal(0)), RejectionCode.NOT_POSITIVE, ("keyResults", "0", "weight")),
        (part(title=" "), RejectionCode.REQUIRED, ("keyResults", "0", "title")),
    ],
)  # fmt: skip
def test_what_cannot_be_filled_in_is_refused_where_it_stands(
    company: Company, fields: dict[str, Any], code: RejectionCode, path: tuple[str, ...]
):
    assert refusals(company, replace(CREATE, **fields)) == [(code, path)]


def test_placeholders_and_key_results_have_limits(company: Company):
    company.limits = Limits(placeholders_per_template=2)
    assert refusals(company, CREATE) == [(RejectionCode.LIMIT_EXCEEDED, ("placeholders",))]
    company.limits = Limits(key_results_per_objective=1)
    assert refusals(company, CREATE) == [(RejectionCode.LIMIT_EXCEEDED, ("keyResults",))]


# --- drafts


def test_a_draft_has_the_values_and_names_the_template(company: Company):
    objective, renewals, steps, lineage = created(company).do(replace(DRAFT, values=VALUES))
    assert isinstance(objective, ObjectiveCreated)
    assert (objective.title, objective.description) == ("Win hospitals {and keep them}", "hospitals are asked first.")
    assert (objective.cycle_id, objective.team_id, objective.owner_id) == ("q3", "sales", "max")
    assert isinstance(renewals, KeyResultAdded)
    assert renewals.title == "Renewals of hospitals, 12,000 of them by September 15, 2026"
    assert (renewals.weight, renewals.due_on) == (2, date(2026, 9, 15))
    assert renewals.metric == Metric(
        kind=MetricKind.INCREASE, unit=Unit.NUMBER, unit_label="hospitals", start=Decimal(0), target=Decimal(12000)
    )
    assert isinstance(steps, KeyResultAdded)
    assert [(stage.title, stage.weight) for stage in steps.metric.stages] == [("First of hospitals", 1), ("Second", 3)]
    assert lineage == ObjectiveDraftedFromTemplate(objective_id=OBJECTIVE, template_id=TEMPLATE, template_version=1)
    known = company.facts.objectives[OBJECTIVE]
    assert (known.template_id, known.version) == (TEMPLATE, 1)
    assert len({renewals.key_result_id, steps.key_result_id, *(stage.stage_id for stage in steps.metric.stages)}) == 4


def test_numbers_and_days_are_written_in_the_language_of_the_template(company: Company):
    _, renewals, *_ = created(company, language=Language.CS).do(replace(DRAFT, values=VALUES))
    assert isinstance(renewals, KeyResultAdded)
    assert renewals.title == "Renewals of hospitals, 12\xa0000 of them by 15. září 2026"


def test_every_value_that_is_wrong_or_missing_is_refused_by_name(company: Company):
    created(company)
    values = (
        TemplateValue(name="target", text="many"),
        TemplateValue(name="market", text="Asia"),
        TemplateValue(name="due", date=date(2026, 9, 1), text="soon"),
        TemplateValue(name="due", date=date(2026, 9, 1)),
    )
    assert refusals(company, replace(DRAFT, values=values)) == [
        (RejectionCode.INVALID, ("values", "0", "number")),
        (RejectionCode.NOT_FOUND, ("values", "1", "name")),
        (RejectionCode.INVALID, ("values", "2", "date")),
        (RejectionCode.INVALID, ("values", "3", "name")),
        (RejectionCode.REQUIRED, ("values", "segment")),
    ]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("target", {"number": Decimal(0)}, RejectionCode.START_EQUALS_TARGET),
        ("target", {"number": Decimal(-1)}, RejectionCode.WRONG_DIRECTION),
        ("segment", {"text": "x" * 500}, RejectionCode.LIMIT_EXCEEDED),
    ],
)
def test_values_that_make_no_sensible_draft_are_refused(
    company: Company, name: str, value: dict[str, Any], code: RejectionCode
):
    created(company)
    values = tuple(TemplateValue(name=name, **value) if each.name == name else each for each in VALUES)
    with pytest.raises(Rejected, match="of the template: ") as refused:
        company.when(replace(DRAFT, values=values))
    assert [(each.code, each.path) for each in refused.value.rejections] == [(code, ("values",))]


def test_a_short_template_with_long_words_is_refused_before_it_is_put_together(company: Company):
    created(company, description="{segment}" * 1000)
    values = (TemplateValue(name="segment", text="x" * 1_000), *VALUES[1:])
    with pytest.raises(Rejected, match="description of the template: characters: 1000000 given, at most 10000 allowed"):
        company.when(replace(DRAFT, values=values))


def test_a_draft_follows_the_rules_of_every_objective(company: Company):
    created(company)
    for fields, path in (({"cycle_id": "q9"}, "cycleId"), ({"team_id": "other"}, "teamId"), ({"owner_id": "eve"}, "ownerId")):
        assert refusals(company, replace(DRAFT, values=VALUES, **fields)) == [(RejectionCode.NOT_FOUND, (path,))]
    company.do(replace(DRAFT, values=VALUES))
    assert refusals(company, replace(DRAFT, values=VALUES)) == [(RejectionCode.ID_TAKEN, ("id",))]
    unknown = replace(DRAFT, template_id=new_identifier(Noun.TEMPLATE))
    assert refusals(company, unknown) == [(RejectionCode.NOT_FOUND, ("templateId",))]


def test_a_template_whose_words_were_redacted_is_refused_and_breaks_nothing(company: Company):
    known = created(company).facts.templates[TEMPLATE]
    broken = replace(known.content, placeholders=())
    company.facts.templates[TEMPLATE] = replace(known, content=broken)
    assert refusals(company, DRAFT) == [(RejectionCode.INVALID, ("values",))]


# --- from an objective


def drafted(company: Company) -> None:
    company.do(CreateObjective(objective_id=OBJECTIVE, cycle_id="q3", title="Be {heard}", description="{Why}", owner_id="max"))
    money = Metric(
        kind=MetricKind.DECREASE,
        unit=Unit.CURRENCY,
        currency="CZK",
        start=Decimal("90.50"),
        target=Decimal(20),
        stretch=Decimal(10),
    )
    stages = (Stage(stage_id=derive_identifier(Noun.STAGE, OBJECTIVE, "one"), title="One", weight=Decimal(2)),)
    for number, (metric, due) in enumerate(
        ((money, date(2026, 9, 1)), (Metric(kind=MetricKind.MILESTONE, stages=stages), None))
    ):
        company.do(
            AddKeyResult(
                key_result_id=f"part {number}",
                objective_id=OBJECTIVE,
                title=f"Part {number}",
                metric=metric,
                due_on=due,
                weight=Decimal(number + 1),
            )
        )
    company.do(AddKeyResult(key_result_id="gone", objective_id=OBJECTIVE, title="Gone", metric=money))
    company.do(DropKeyResult(key_result_id="gone"))


def taken(company: Company, numbers: Numbers) -> TemplateContent:
    command = CreateTemplateFromObjective(
        template_id=TEMPLATE,
        objective_id=OBJECTIVE,
        function=TemplateFunction.OTHER,
        language=Language.EN,
        numbers=numbers,
    )
    (event,) = company.do(command)
    assert isinstance(event, TemplateCreated)
    return event.content


def test_an_objective_becomes_a_template_with_its_numbers(company: Company):
    drafted(company)
    content = taken(company, Numbers.KEEP)
    assert (content.title, content.description, content.placeholders) == ("Be {{heard}}", "{{Why}}", ())
    money, steps = content.key_results
    assert (money.title, money.weight, money.due_placeholder) == ("Part 0", 1, None)
    assert (money.metric.start, money.metric.target) == (
        TemplateLevel(value=Decimal("90.50")),
        TemplateLevel(value=Decimal(20)),
    )
    assert steps.metric.stages == (TemplateStage(title="One", weight=Decimal(2)),)
    copy = new_identifier(Noun.OBJECTIVE)
    objective, first, *_ = company.do(replace(DRAFT, objective_id=copy))
    assert isinstance(objective, ObjectiveCreated)
    assert isinstance(first, KeyResultAdded)
    assert (objective.title, objective.description) == ("Be {heard}", "{Why}")
    assert first.metric == company.facts.key_results["part 0"].metric


def test_the_numbers_of_an_objective_become_placeholders(company: Company):
    drafted(company)
    content = taken(company, Numbers.PLACEHOLDERS)
    assert [(each.name, each.kind.value, each.example) for each in content.placeholders] == [
        ("start_1", "NUMBER", "90.50"),
        ("target_1", "NUMBER", "20"),
        ("stretch_1", "NUMBER", "10"),
        ("due_1", "DATE", "2026-09-01"),
    ]
    money = content.key_results[0]
    assert (money.metric.target, money.due_placeholder) == (TemplateLevel(placeholder="target_1"), "due_1")


# --- the library


def test_a_template_of_the_library_makes_a_draft_and_is_never_changed(company: Company):
    published = next(iter(library().values()))
    values = tuple(TemplateValue(name=each.name, **filled_in(each)) for each in published.content.placeholders)
    *_, lineage = company.do(replace(DRAFT, template_id=published.template_id, values=values))
    assert lineage == ObjectiveDraftedFromTemplate(
        objective_id=OBJECTIVE, template_id=published.template_id, template_version=LIBRARY_VERSION
    )
    change = UpdateTemplate(template_id=published.template_id, title="Mine")
    assert refusals(company, change) == [(RejectionCode.WRONG_STATE, ("templateId",))]
    assert refusals(company, replace(CREATE, template_id=published.template_id)) == [(RejectionCode.ID_TAKEN, ("id",))]


def filled_in(placeholder: Placeholder) -> dict[str, Any]:
    is_number = placeholder.kind is PlaceholderKind.NUMBER
    return {"number": Decimal(placeholder.example)} if is_number else {"text": placeholder.example}
