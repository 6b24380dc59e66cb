"""How well the coach finds flaws: on key results that others published, and on a set that its lists were not made from."""

import pytest

from events.coach.finding import FindingCode
from events.coach.texts import Language
from tests.support.coach_report import HELD_OUT, PUBLISHED, ROOT, lines, measure, report

MOST_FALSE_ALARMS = 0.1
FEWEST_FOUND = 0.65
"""Of the flaws, in every language; see docs/coach.md for what was found."""


def test_every_flaw_that_reviewers_marked_is_found():
    figures = measure(PUBLISHED)
    assert (figures.objective_count, len(figures.read), len(figures.unmarked)) == (25, 73, 68)
    assert figures.flaw_count == 6
    assert figures.missed == []


def test_on_published_key_results_it_cries_wolf_at_most_once_in_ten():
    figures = measure(PUBLISHED)
    assert figures.false_alarm_rate <= MOST_FALSE_ALARMS, list(lines("published", figures))


@pytest.mark.parametrize("language", [None, *Language])
def test_on_held_out_key_results_it_does_no_worse(language: Language | None):
    figures = measure(HELD_OUT) if language is None else measure(HELD_OUT, language=language)
    assert len(figures.read) >= (60 if language is None else 15)
    assert figures.flaw_count - len(figures.missed) >= FEWEST_FOUND * figures.flaw_count, list(lines("held out", figures))
    assert figures.false_alarm_rate <= MOST_FALSE_ALARMS, list(lines("held out", figures))


def test_the_held_out_set_has_flaws_of_every_rule_that_judges_words():
    marked = {flaw for each in measure(HELD_OUT).read for flaw in each.flaws}
    judging = {"TASK", "ACTIVITY", "GAMEABLE", "VAGUE_WORDING", "UNGROUNDED_TARGET"}
    assert marked == {FindingCode(code) for code in (*judging, "NO_BASELINE")}


def test_the_figures_that_are_written_down_are_those_that_are_measured():
    page = (ROOT / "docs" / "coach.md").read_text(encoding="utf-8")
    assert "\n".join(report()) in page, "write the output of `python -m tests.support.coach_report` into docs/coach.md"
