"""What a scenario asks of its things beside what every organization does: fields of all kinds, the same each time."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from events.custom_field import (
    ArchiveCustomField,
    Choice,
    CreateCustomField,
    CustomFieldKind,
    CustomFieldNoun,
    RestoreCustomField,
    UpdateCustomField,
)
from events.custom_value import CustomValue
from events.envelope import Reason, ReasonCode
from events.identifier import Noun
from events.initiative import CreateInitiative, UpdateInitiative
from events.key_result import AddKeyResult, UpdateKeyResult
from events.kpi import UpdateKpi
from events.metric import Metric, MetricKind
from events.objective import CreateObjective, UpdateObjective
from tests.support.chronicle import Chronicle

BECAUSE = Reason(code=ReasonCode.NEW_INFORMATION, text="the board has asked")


def ask(chronicle: Chronicle, new: Callable[[Noun], str], actor_id: str) -> None:
    """Define a field of each kind, give the things of a draft and a KPI values in them, and change and clear some."""
    facts = chronicle.facts
    person_id = min(each.person_id for each in facts.people.values() if each.is_active)
    cycle_id = max(each.cycle_id for each in facts.cycles.values() if each.phase != "CLOSED")
    north, south = (Choice(choice_id=new(Noun.CHOICE), name=name) for name in ("North", "South"))
    region, sponsor, cost, until, mentor, board = (new(Noun.CUSTOM_FIELD) for _ in range(6))
    objective_id, key_result_id, initiative_id = new(Noun.OBJECTIVE), new(Noun.KEY_RESULT), new(Noun.INITIATIVE)
    kpi_id = min(each.kpi_id for each in facts.kpis.values() if each.archived_at is None)

    def do(*commands: object) -> None:
        assert chronicle.do(*commands, actor_id=actor_id, reason=BECAUSE) is not None  # type: ignore[arg-type]

    def define(field_id: str, noun: CustomFieldNoun, kind: CustomFieldKind, name: str, *choices: Choice) -> None:
        do(CreateCustomField(custom_field_id=field_id, applies_to=noun, kind=kind, name=name, choices=choices))

    define(region, CustomFieldNoun.OBJECTIVE, CustomFieldKind.CHOICE, "Region", north, south)
    define(sponsor, CustomFieldNoun.OBJECTIVE, CustomFieldKind.TEXT, "Sponsor")
    define(cost, CustomFieldNoun.KEY_RESULT, CustomFieldKind.NUMBER, "Cost")
    define(until, CustomFieldNoun.INITIATIVE, CustomFieldKind.DATE, "Funded until")
    define(mentor, CustomFieldNoun.INITIATIVE, CustomFieldKind.PERSON, "Mentor")
    define(board, CustomFieldNoun.KPI, CustomFieldKind.URL, "Board")
    do(
        CreateObjective(
            objective_id=objective_id,
            cycle_id=cycle_id,
            title="Known to the board",
            owner_id=person_id,
            custom_fields=(
                CustomValue(custom_field_id=region, choice_id=north.choice_id),
                CustomValue(custom_field_id=sponsor, text="Žofie 改善"),
            ),
        ),
        AddKeyResult(
            key_result_id=key_result_id,
            objective_id=objective_id,
            title="Reports",
            metric=Metric(kind=MetricKind.BINARY),
            labels=("board",),
            custom_fields=(CustomValue(custom_field_id=cost, number=Decimal("1250.50")),),
        ),
        CreateInitiative(
            initiative_id=initiative_id,
            title="Write reports",
            supported_ids=(key_result_id,),
            priority=2,
            custom_fields=(
                CustomValue(custom_field_id=until, date=date(2026, 9, 30)),
                CustomValue(custom_field_id=mentor, person_id=person_id),
            ),
        ),
    )
    link = CustomValue(custom_field_id=board, url="https://example.com/board")
    do(UpdateKpi(kpi_id=kpi_id, priority=1, labels=("board", "改善"), custom_fields=(link,)))
    do(UpdateCustomField(custom_field_id=region, name="Market", choices=(south,), description="Where it is sold"))
    do(UpdateCustomField(custom_field_id=sponsor, is_required=True), ArchiveCustomField(custom_field_id=cost))
    do(UpdateObjective(objective_id=objective_id, custom_fields=(CustomValue(custom_field_id=region),)))
    do(UpdateKeyResult(key_result_id=key_result_id, labels=()), RestoreCustomField(custom_field_id=cost))
    do(UpdateInitiative(initiative_id=initiative_id, priority=None))
