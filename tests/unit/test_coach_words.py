"""The word lists, and how words of four languages are found."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.check_in import CheckInStatus
from events.coach.key_result_rules import KEY_RESULT_RULES
from events.coach.objective_rules import OBJECTIVE_RULES
from events.coach.rule import review
from events.coach.rules import RULE_SET_VERSION
from events.coach.standing_rules import STANDING_RULES
from events.coach.subject import KeyResultText, ObjectiveText, Standing
from events.coach.texts import Language, finding_text
from events.coach.words import LANGUAGES, WordList, entries, folded, has, kin
from events.metric import Metric, MetricKind, Stage, Unit

COACH = Path(__file__).parents[2] / "events" / "coach"
RULE_SET = {2: "72ac1555d628b4ed"}
"""Digests of the rules and word lists of each version. A version that was published never changes."""


def test_what_the_coach_advises_has_a_version_of_its_own():
    files = [*sorted(COACH.glob("*_rules.py")), COACH / "words.py", *sorted((COACH / "word_lists").glob("*.toml"))]
    digest = hashlib.sha256(b"".join(file.read_bytes().replace(b"\r\n", b"\n") for file in files)).hexdigest()
    assert RULE_SET[RULE_SET_VERSION] == digest[:16], "raise RULE_SET_VERSION and note its digest here"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_list_is_there_in_every_language(language: str):
    for word_list in WordList:
        several = entries(word_list, language)
        assert several, word_list
        assert len(set(several)) == len(several), word_list
        assert all(has(word_list, entry.replace("*", "x" if language != "zh" else "")) for entry in several), word_list


def test_case_accents_width_and_endings_make_no_difference():
    assert folded("Příliš ŽLUŤOUČKÝ ｋůň") == "prilis zlutoucky kun"
    for title in ("Schůzky se zákazníky", "POČET SCHŮZEK", "pocet schuzek"):
        assert has(WordList.ACTIVITIES, title)
    for title in ("Встречи с клиентами", "Число встреч", "ВСТРЕЧАМИ"):
        assert has(WordList.ACTIVITIES, title)


def test_words_are_whole_words_where_nothing_else_is_said():
    assert has(WordList.ACTIVITIES, "Cold calls")
    assert not has(WordList.ACTIVITIES, "Recalls")
    assert has(WordList.ACTIVITIES, "Blog–posts, weekly")
    assert not has(WordList.VAGUE, "Awesome")


def test_a_verb_of_a_task_stands_at_the_start():
    assert has(WordList.TASK_VERBS, "1. Launch it")
    assert has(WordList.TASK_VERBS, "«Запустить» портал")
    assert not has(WordList.TASK_VERBS, "Customers who launch it")


def test_kin_are_words_of_one_stem_and_pairs_of_characters():
    assert kin("Partners who signed") & kin("through a partner")
    assert kin("Договоры партнёров") & kin("через партнеров")
    assert kin("伙伴合同") & kin("通过伙伴")
    assert not kin("合同总额") & kin("通过伙伴打开市场")
    assert not kin("of a few in it") & kin("of a few in it")  # short words say nothing


TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=80) | st.sampled_from(
    ["{title}", "{0}", "%(x)s", "largest total \u0000 总额 общая", "a" * 5_000, "出" * 400, "\u0301" * 50]
)
VALUE = st.decimals(min_value=-(10**29), max_value=10**29, places=12) | st.just(None)


METRIC = st.builds(
    Metric,
    kind=st.sampled_from(MetricKind),
    unit=st.sampled_from([None, *Unit]),
    unit_label=TEXT,
    currency=st.sampled_from([None, "EUR", "CZK", "ZZZ"]),
    is_relative=st.booleans(),
    start=VALUE,
    target=VALUE,
    low=VALUE,
    high=VALUE,
    stages=st.just((Stage(stage_id="a", title="A"),)),
)


@given(TEXT, TEXT, METRIC)
def test_the_coach_never_fails_whatever_is_written(title: str, other: str, metric: Metric):
    part = KeyResultText(id="key_result_a", title=title, metric=metric, objective_title=other)
    whole = ObjectiveText(id="objective_a", title=other, description=title, key_results=[part, part], is_of_team=True)
    reported = Standing(
        id="key_result_a",
        title=title,
        check_in_count=1,
        status=CheckInStatus.ON_TRACK,
        confidence=0.95,
        flat_days=30,
        progress=0.1,
    )
    found = [
        *review(KEY_RESULT_RULES, part),
        *review(OBJECTIVE_RULES, whole),
        *review(STANDING_RULES, reported),
    ]
    for finding in found:
        for language in Language:
            text = finding_text(finding, language)
            assert text.message
            assert text.suggestion
