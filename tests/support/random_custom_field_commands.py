"""Random commands about custom fields and what things have in them, and about labels and priorities."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from events.command import Command
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
from events.facts import Facts
from events.identifier import Noun, derive_identifier
from events.initiative import UpdateInitiative
from events.key_result import UpdateKeyResult
from events.kpi import UpdateKpi
from events.objective import UpdateObjective
from tests.support.random_identifiers import SEED, fresh, one_of

NAMES = st.sampled_from(["Region", "Sponsor", "分類"])
CHOICES = [Choice(choice_id=derive_identifier(Noun.CHOICE, SEED, name), name=name) for name in ("North", "South", "East")]
SOME_CHOICES = st.permutations(CHOICES).flatmap(lambda order: st.sampled_from([tuple(order), tuple(order[:2]), ()]))


def _values(facts: Facts) -> st.SearchStrategy[CustomValue]:
    """Values of fields that there are, most of them of the field's kind."""
    field_ids = sorted(facts.custom_fields)
    parts: dict[CustomFieldKind, st.SearchStrategy[dict[str, object]]] = {
        CustomFieldKind.TEXT: st.sampled_from([{"text": "Eva"}, {"text": "改善 №1"}]),
        CustomFieldKind.NUMBER: st.sampled_from([{"number": Decimal("1.50")}, {"number": Decimal(-3)}]),
        CustomFieldKind.DATE: st.just({"date": date(2026, 9, 30)}),
        CustomFieldKind.CHOICE: st.sampled_from([{"choice_id": each.choice_id} for each in CHOICES]),
        CustomFieldKind.PERSON: one_of(facts.people, Noun.PERSON).map(lambda person_id: {"person_id": person_id}),
        CustomFieldKind.URL: st.sampled_from([{"url": "https://example.com/a"}, {"url": "ftp://example.com"}]),
    }

    def value(field_id: str) -> st.SearchStrategy[CustomValue]:
        fitting = parts[facts.custom_fields[field_id].kind]
        given = st.one_of(fitting, fitting, fitting, st.just({}), st.one_of(*parts.values()))
        return given.map(lambda part: CustomValue(custom_field_id=field_id, **part))  # type: ignore[arg-type]

    return st.sampled_from(field_ids).flatmap(value)


def custom_field_commands(facts: Facts) -> st.SearchStrategy[Command]:
    """Commands about custom fields, most of them on what there is."""
    field = one_of(facts.custom_fields, Noun.CUSTOM_FIELD)
    kinds = st.sampled_from(CustomFieldKind)
    created = kinds.flatmap(
        lambda kind: st.builds(
            CreateCustomField,
            custom_field_id=st.just(fresh(Noun.CUSTOM_FIELD, facts, "field")),
            applies_to=st.sampled_from(CustomFieldNoun),
            kind=st.just(kind),
            name=NAMES,
            description=st.none() | NAMES,
            is_required=st.sampled_from([False, False, False, True]),
            choices=SOME_CHOICES if kind is CustomFieldKind.CHOICE else st.just(()),
        )
    )
    if not facts.custom_fields:
        return created
    values = st.lists(_values(facts), min_size=1, max_size=2).map(tuple)
    labels, priorities = st.sampled_from([(), ("改善", "q1")]), st.none() | st.integers(min_value=1, max_value=3)
    valued = st.one_of(
        st.builds(UpdateObjective, objective_id=one_of(facts.objectives, Noun.OBJECTIVE), custom_fields=values),
        st.builds(
            UpdateKeyResult, key_result_id=one_of(facts.key_results, Noun.KEY_RESULT), custom_fields=values, labels=labels
        ),
        st.builds(
            UpdateInitiative,
            initiative_id=one_of(facts.initiatives, Noun.INITIATIVE),
            custom_fields=values,
            priority=priorities,
        ),
        st.builds(
            UpdateKpi,
            kpi_id=one_of(facts.kpis, Noun.KPI),
            custom_fields=st.just(()) | values,
            labels=labels,
            priority=priorities,
        ),
    )
    return st.one_of(
        created,
        valued,
        valued,
        valued,
        valued,
        st.builds(UpdateCustomField, custom_field_id=field, name=NAMES, is_required=st.booleans()),
        st.builds(UpdateCustomField, custom_field_id=field, description=st.none() | NAMES, choices=SOME_CHOICES),
        st.builds(ArchiveCustomField, custom_field_id=field),
        st.builds(RestoreCustomField, custom_field_id=field),
    )
