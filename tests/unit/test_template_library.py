"""The library of templates: complete in every language, sound, and written as the coach asks."""

from collections import Counter, defaultdict
from datetime import date

import pytest

from events.coach.key_result_rules import KEY_RESULT_RULES
from events.coach.objective_rules import OBJECTIVE_RULES
from events.coach.rule import review
from events.coach.subject import KeyResultText, ObjectiveText
from events.coach.texts import Language
from events.identifier import Noun, is_identifier, new_identifier
from events.limits import DEFAULT_LIMITS
from events.template_content import TemplateFunction, check_template, example_value, filled
from events.templates.library import LibraryTemplate, library

LIBRARY = [*library().values()]


@pytest.mark.parametrize("template", LIBRARY, ids=lambda each: f"{each.key} {each.language}")
def test_a_template_filled_in_with_its_examples_is_sound_and_leaves_the_coach_nothing_to_say(template: LibraryTemplate):
    check_template(template.content, template.language, template.template_id, DEFAULT_LIMITS)
    values = {each.name: example_value(each) for each in template.content.placeholders}
    draft = filled(template.content, values, template.language, new_identifier(Noun.OBJECTIVE), DEFAULT_LIMITS)
    parts = [
        KeyResultText(
            id=each.key_result_id,
            title=each.title,
            metric=each.metric,
            objective_title=draft.title,
            cycle_ends_on=date(2026, 12, 31),
        )
        for each in draft.key_results
    ]
    objective = ObjectiveText(id="o", title=draft.title, description=draft.description, key_results=parts, is_of_team=True)
    findings = [*review(OBJECTIVE_RULES, objective), *(found for part in parts for found in review(KEY_RESULT_RULES, part))]
    assert [(each.code, each.facts) for each in findings] == []


def test_every_template_is_written_in_every_language_in_the_same_way():
    by_key: dict[str, list[LibraryTemplate]] = defaultdict(list)
    for each in LIBRARY:
        by_key[each.key].append(each)
    for key, versions in by_key.items():
        assert {each.language for each in versions} == set(Language), key
        assert len({each.function for each in versions}) == 1, key
        asked = {tuple((each.name, each.kind) for each in version.content.placeholders) for version in versions}
        assert len(asked) == 1, key
        texts = {(each.content.title, each.content.description, each.content.key_results) for each in versions}
        assert len(texts) == len(versions), key


def test_there_are_the_sales_objectives_and_forty_for_other_functions():
    counted = Counter(each.function for each in LIBRARY if each.language is Language.EN)
    assert counted[TemplateFunction.SALES] == 25
    assert counted.total() - counted[TemplateFunction.SALES] >= 40
    assert set(counted) == set(TemplateFunction) - {TemplateFunction.OTHER}


def test_identifiers_are_those_that_objectives_already_name():
    (known,) = (each for each in LIBRARY if (each.key, each.language) == ("brand-recall", Language.EN))
    assert known.template_id == "template_01m8ajds00ejar8vs4ta0ppym5"
    assert all(is_identifier(each, Noun.TEMPLATE) for each in library())
    assert len(library()) == len(LIBRARY) == len({(each.key, each.language) for each in LIBRARY})
