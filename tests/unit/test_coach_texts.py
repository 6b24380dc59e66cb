"""What the coach says: complete in four languages, with the facts of each finding in it."""

import re
from decimal import Decimal

import pytest

from events.coach.finding import Finding, FindingCode, FindingSeverity, Level
from events.coach.texts import LONGEST_QUOTE, Language, _catalog, finding_text, rule_text
from events.metric import Metric, MetricKind, Unit

HOLE = re.compile(r"\{(\w+)\}")
PARTS = ("name", "message", "explanation", "suggestion")


@pytest.mark.parametrize("language", Language)
def test_every_rule_is_put_into_words(language: Language):
    texts = _catalog(language)
    assert set(texts) == {f"{code}.{part}" for code in FindingCode for part in PARTS}
    assert all(text.strip() for text in texts.values())


def test_every_language_names_the_same_facts():
    english = _catalog(Language.EN)
    for language in Language:
        for key, text in _catalog(language).items():
            facts = {name for code_part in PARTS for name in HOLE.findall(english[f"{key.split('.')[0]}.{code_part}"])}
            assert set(HOLE.findall(text)) <= facts, (language, key)
            if key.endswith((".name", ".explanation")):
                assert not HOLE.search(text), (language, key)  # they are said of the rule as well, without a finding


def test_languages_are_not_mixed_up():
    assert rule_text(FindingCode.TASK, Language.EN).name == "A task"
    assert rule_text(FindingCode.TASK, Language.ZH).name == "这是任务"
    assert rule_text(FindingCode.TASK, Language.RU).name == "Задача"
    assert rule_text(FindingCode.TASK, Language.CS).name == "Úkol"


@pytest.mark.parametrize(
    ("language", "unit", "shown"),
    [
        (Language.EN, Unit.CURRENCY, "€2,000,000.50"),
        (Language.CS, Unit.CURRENCY, "2 000 000,50 €"),
        (Language.RU, Unit.PERCENT, "2 000 000,5 %"),
        (Language.ZH, Unit.NUMBER, "2,000,000.5 pieces"),
        (Language.ZH, Unit.DAYS, "2,000,000.5天"),
        (Language.EN, Unit.RATIO, "2,000,000.5 pieces"),
    ],
)
def test_values_are_written_as_the_language_does(language: Language, unit: Unit, shown: str):
    label = "pieces" if unit in (Unit.NUMBER, Unit.RATIO) else None
    metric = Metric(kind=MetricKind.INCREASE, unit=unit, currency="EUR", unit_label=label)
    finding = Finding(
        code=FindingCode.ACTIVITY,
        severity=FindingSeverity.WARNING,
        subject_id="key_result_a",
        facts={"title": "Trade {fairs}", "target": Level(metric=metric, value=Decimal("2000000.5"))},
    )
    text = finding_text(finding, language)
    assert shown in text.suggestion.replace("\N{NO-BREAK SPACE}", " ")
    assert "Trade {fairs}" in text.message


def test_a_long_title_is_cut_where_it_is_repeated():
    finding = Finding(
        code=FindingCode.TASK, severity=FindingSeverity.WARNING, subject_id="key_result_a", facts={"title": "b" * 364}
    )
    text = finding_text(finding, Language.EN)
    assert text.message == f"“{'b' * (LONGEST_QUOTE - 1)}…” names work, not what comes of it."


def test_no_digit_of_a_value_is_lost():
    metric = Metric(kind=MetricKind.AT_LEAST, unit=Unit.NUMBER)
    value = Decimal("123456789012345678.000000000001")
    finding = Finding(
        code=FindingCode.NO_BASELINE,
        severity=FindingSeverity.INFO,
        subject_id="key_result_a",
        facts={"title": "Reply rate", "target": Level(metric=metric, value=value)},
    )
    assert "123,456,789,012,345,678.000000000001" in finding_text(finding, Language.EN).message
