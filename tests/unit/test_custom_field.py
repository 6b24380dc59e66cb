"""Custom fields and their values: what is asked of what, what fits, and what is kept."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from events.carry_over import CarryOverObjective
from events.custom_field import (
    ArchiveCustomField,
    Choice,
    CreateCustomField,
    CustomFieldArchived,
    CustomFieldChoicesChanged,
    CustomFieldCreated,
    CustomFieldDescribed,
    CustomFieldKind,
    CustomFieldNoun,
    CustomFieldRenamed,
    CustomFieldRequirementChanged,
    CustomFieldRestored,
    RestoreCustomField,
    UpdateCustomField,
)
from events.custom_value import CustomValue, KeyResultCustomValuesSet, ObjectiveCustomValuesSet
from events.key_result import AddKeyResult, ReplaceKeyResult, UpdateKeyResult
from events.limits import Limits
from events.objective import ActivateObjective, CreateObjective, UpdateObjective
from events.person import DeactivatePerson
from events.redaction import REDACTED, without_texts
from events.rejection import RejectionCode
from tests.support.given import BECAUSE, REPLY_RATE, Company, running_quarter

NEXT = "objective_01kay8r1w0e0q9x5c8d1f2g3h4"
NORTH, SOUTH = Choice(choice_id="north", name="North"), Choice(choice_id="south", name="South")


def define(company: Company, custom_field_id: str, kind: CustomFieldKind, **more: object) -> None:
    """Define a field of objectives unless said otherwise."""
    values = {"applies_to": CustomFieldNoun.OBJECTIVE, "name": custom_field_id.title()} | more
    company.do(CreateCustomField(custom_field_id=custom_field_id, kind=kind, **values))  # type: ignore[arg-type]


def defined(**more: object) -> Company:
    """A running quarter with the field `region` of objectives."""
    company = running_quarter()
    define(company, "region", CustomFieldKind.CHOICE, **{"choices": (NORTH, SOUTH), **more})
    return company


def region(choice_id: str | None, field_id: str = "region") -> UpdateObjective:
    value = CustomValue(custom_field_id=field_id, choice_id=choice_id)
    return UpdateObjective(objective_id="trust", custom_fields=(value,))


# --- definitions


def test_a_definition_changes_field_by_field_and_only_where_it_differs():
    company = defined()
    update = UpdateCustomField(custom_field_id="region", name="Market", description="Where", is_required=True)
    assert company.do(update) == [
        CustomFieldRenamed(custom_field_id="region", name="Market"),
        CustomFieldDescribed(custom_field_id="region", description="Where"),
        CustomFieldRequirementChanged(custom_field_id="region", is_required=True),
    ]
    assert company.when(update) == []
    assert company.facts.custom_fields["region"].version == 4


def test_a_choice_that_is_left_out_is_retired_and_comes_back_when_it_is_named():
    company = defined()
    east = Choice(choice_id="east", name="East")
    events = company.do(UpdateCustomField(custom_field_id="region", choices=(east, SOUTH)))
    retired = (east, SOUTH, replace(NORTH, is_retired=True))
    assert events == [CustomFieldChoicesChanged(custom_field_id="region", choices=retired)]
    back = (NORTH, east, SOUTH)
    assert company.do(UpdateCustomField(custom_field_id="region", choices=back)) == [
        CustomFieldChoicesChanged(custom_field_id="region", choices=back)
    ]


def test_an_archived_field_gives_its_name_free_and_asks_for_it_when_it_comes_back():
    company = defined()
    assert company.do(ArchiveCustomField(custom_field_id="region")) == [CustomFieldArchived(custom_field_id="region")]
    assert company.when(ArchiveCustomField(custom_field_id="region")) == []
    assert company.refusal(UpdateCustomField(custom_field_id="region", name="x"))[0] is RejectionCode.WRONG_STATE
    define(company, "other", CustomFieldKind.TEXT, name="Region")
    assert company.refusal(RestoreCustomField(custom_field_id="region")) == (RejectionCode.NAME_TAKEN, ("name",))
    company.do(ArchiveCustomField(custom_field_id="other"))
    assert company.do(RestoreCustomField(custom_field_id="region")) == [CustomFieldRestored(custom_field_id="region")]
    # The same name is another field of other things.
    define(company, "of KPIs", CustomFieldKind.TEXT, name="Region", applies_to=CustomFieldNoun.KPI)


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"custom_field_id": "region"}, RejectionCode.ID_TAKEN, ("id",)),
        ({"name": "Region"}, RejectionCode.NAME_TAKEN, ("name",)),
        ({"kind": CustomFieldKind.CHOICE}, RejectionCode.REQUIRED, ("choices",)),
        ({"choices": (NORTH,)}, RejectionCode.INVALID, ("choices",)),
        ({"kind": CustomFieldKind.CHOICE, "choices": (NORTH, NORTH)}, RejectionCode.INVALID, ("choices", "1", "id")),
        (
            {"kind": CustomFieldKind.CHOICE, "choices": (NORTH, replace(SOUTH, name="North"))},
            RejectionCode.NAME_TAKEN,
            ("choices", "1", "name"),
        ),
        (
            {"kind": CustomFieldKind.CHOICE, "choices": (replace(NORTH, is_retired=True),)},
            RejectionCode.REQUIRED,
            ("choices",),
        ),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(more: dict[str, object], code: RejectionCode, path: tuple[str, ...]):
    values = {
        "custom_field_id": "new",
        "applies_to": CustomFieldNoun.OBJECTIVE,
        "kind": CustomFieldKind.TEXT,
        "name": "New",
        **more,
    }
    assert defined().refusal(CreateCustomField(**values)) == (code, path)  # type: ignore[arg-type]


def test_fields_choices_and_texts_are_limited():
    company = defined()
    company.limits = Limits(custom_fields_per_noun=2, choices_per_custom_field=2, custom_text_length=3)
    define(company, "sponsor", CustomFieldKind.TEXT)
    third = CreateCustomField(
        custom_field_id="third", applies_to=CustomFieldNoun.OBJECTIVE, kind=CustomFieldKind.TEXT, name="Third"
    )
    assert company.refusal(third) == (RejectionCode.LIMIT_EXCEEDED, ("appliesTo",))
    # The one that is retired stays and counts.
    choices = (Choice(choice_id="east", name="East"), SOUTH)
    assert company.refusal(UpdateCustomField(custom_field_id="region", choices=choices)) == (
        RejectionCode.LIMIT_EXCEEDED,
        ("choices",),
    )
    long = CustomValue(custom_field_id="sponsor", text="Evas")
    assert company.refusal(UpdateObjective(objective_id="trust", custom_fields=(long,))) == (
        RejectionCode.LIMIT_EXCEEDED,
        ("customFields", "0", "text"),
    )
    company.do(ArchiveCustomField(custom_field_id="sponsor"))
    company.do(third)
    assert company.refusal(RestoreCustomField(custom_field_id="sponsor"))[0] is RejectionCode.LIMIT_EXCEEDED


# --- values


def test_a_value_is_set_changed_and_cleared_each_by_one_event():
    company = defined()
    north = CustomValue(custom_field_id="region", choice_id="north")
    assert company.do(region("north")) == [ObjectiveCustomValuesSet(objective_id="trust", values=(north,))]
    assert company.when(region("north")) == []
    company.do(region("south"))
    assert [each.choice_id for each in company.facts.objectives["trust"].custom_values] == ["south"]
    cleared = CustomValue(custom_field_id="region")
    assert company.do(region(None)) == [ObjectiveCustomValuesSet(objective_id="trust", values=(cleared,))]
    assert company.facts.objectives["trust"].custom_values == ()
    assert company.when(region(None)) == []


def test_what_is_no_longer_to_be_chosen_stays_where_it_was():
    company = defined()
    define(company, "sponsor", CustomFieldKind.PERSON)
    sponsor = CustomValue(custom_field_id="sponsor", person_id="max")
    both = UpdateObjective(
        objective_id="trust", custom_fields=(CustomValue(custom_field_id="region", choice_id="north"), sponsor)
    )
    company.do(both)
    company.do(UpdateCustomField(custom_field_id="region", choices=(SOUTH,)))
    company.do(DeactivatePerson(person_id="max"))
    # A form that sends everything it has is not refused for what it leaves as it is.
    assert company.when(both) == []
    company.objective("other")
    other = replace(both, objective_id="other")
    assert company.refusal(other) == (RejectionCode.WRONG_STATE, ("customFields", "0", "choiceId"))
    assert company.refusal(replace(other, custom_fields=(sponsor,)))[0] is RejectionCode.NOT_FOUND


def test_values_of_an_archived_field_are_not_changed():
    company = defined()
    company.do(region("north"))
    company.do(ArchiveCustomField(custom_field_id="region"))
    assert company.refusal(region("south")) == (RejectionCode.WRONG_STATE, ("customFields", "0", "customFieldId"))
    assert company.when(region("north")) == []


def test_numbers_are_compared_exactly():
    company = running_quarter()
    define(company, "cost", CustomFieldKind.NUMBER)

    def cost(number: str) -> UpdateObjective:
        value = CustomValue(custom_field_id="cost", number=Decimal(number))
        return UpdateObjective(objective_id="trust", custom_fields=(value,))

    company.do(cost("1.50"))
    assert company.when(cost("1.5")) == []
    assert company.when(cost("1.500000000001")) != []


# --- required ones


def test_a_field_that_becomes_required_bites_at_the_next_beginning_only():
    company = defined(is_required=True)
    company.do(UpdateObjective(objective_id="trust", title="Trust"), BECAUSE)
    company.do(CreateObjective(objective_id="draft", cycle_id="q3", title="Draft"))
    define(company, "cost", CustomFieldKind.NUMBER, applies_to=CustomFieldNoun.KEY_RESULT, is_required=True)
    company.key_result("of draft", "draft")
    assert company.refusal(ActivateObjective(objective_id="draft")) == (RejectionCode.REQUIRED, ("customFields",))
    company.do(replace(region("north"), objective_id="draft"))
    assert company.refusal(ActivateObjective(objective_id="draft")) == (RejectionCode.REQUIRED, ("customFields",))
    move = UpdateKeyResult(key_result_id="of draft", objective_id="trust")
    assert company.refusal(move, BECAUSE) == (RejectionCode.REQUIRED, ("customFields",))
    cost = CustomValue(custom_field_id="cost", number=Decimal(5))
    company.do(UpdateKeyResult(key_result_id="of draft", custom_fields=(cost,)))
    company.do(ActivateObjective(objective_id="draft"))
    clear = UpdateKeyResult(key_result_id="of draft", custom_fields=(CustomValue(custom_field_id="cost"),))
    assert company.refusal(clear) == (RejectionCode.REQUIRED, ("customFields", "0"))


def test_what_takes_its_place_keeps_the_values_of_fields_that_are_still_asked_for():
    company = running_quarter()
    define(company, "cost", CustomFieldKind.NUMBER, applies_to=CustomFieldNoun.KEY_RESULT)
    define(company, "until", CustomFieldKind.DATE, applies_to=CustomFieldNoun.KEY_RESULT)
    cost = CustomValue(custom_field_id="cost", number=Decimal(5))
    until = CustomValue(custom_field_id="until", date=date(2026, 9, 1))
    company.do(UpdateKeyResult(key_result_id="replies", labels=("mail",), custom_fields=(cost, until)))
    company.do(ArchiveCustomField(custom_field_id="until"))
    draft = AddKeyResult(key_result_id="calls", objective_id="", title="Calls", metric=REPLY_RATE)
    *_, last = company.do(ReplaceKeyResult(key_result_id="replies", replacements=(draft,)), BECAUSE)
    assert last == KeyResultCustomValuesSet(key_result_id="calls", objective_id="trust", values=(cost,))
    # A carry-over asks for nothing that became required since.
    define(company, "sponsor", CustomFieldKind.TEXT, is_required=True)
    company.do(CarryOverObjective(objective_id="trust", successor_id=NEXT, cycle_id="q4"))
    (carried,) = company.facts.key_results_of(NEXT)
    assert carried.custom_values == (cost,)


def test_texts_and_addresses_are_redacted_and_what_was_chosen_stays():
    values = (
        CustomValue(custom_field_id="a", text="Eva"),
        CustomValue(custom_field_id="b", url="https://example.com/eva"),
        CustomValue(custom_field_id="c", choice_id="north"),
    )
    event = ObjectiveCustomValuesSet(objective_id="trust", values=values)
    blank = (replace(values[0], text=REDACTED), replace(values[1], url=REDACTED), values[2])
    assert without_texts(event) == replace(event, values=blank)
    created = CustomFieldCreated(
        custom_field_id="a", applies_to=CustomFieldNoun.KPI, kind=CustomFieldKind.CHOICE, name="Eva", choices=(NORTH,)
    )
    assert without_texts(created) == replace(created, name=REDACTED, choices=(replace(NORTH, name=REDACTED),))
