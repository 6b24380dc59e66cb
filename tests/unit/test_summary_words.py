"""The words of summaries: the same sentences in every language, and nobody's markup in any format."""

import re
import string
from decimal import Decimal
from importlib.resources import files
from typing import Any

import html5lib
import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from events.coach.texts import Language
from events.envelope import ReasonCode
from schema import summary_changes
from schema.summary_sections import SummarySectionKind
from schema.summary_words import LONGEST_QUOTE, Format, Words, escaped

PLURALS = {Language.EN: 2, Language.CS: 3, Language.RU: 3, Language.ZH: 1}


def catalog(language: Language) -> dict[str, tuple[str, ...]]:
    with (files("schema") / "catalogs" / f"{language}.po").open("rb") as file:
        return {
            message.id if isinstance(message.id, str) else message.id[0]: (
                (message.string,) if isinstance(message.string, str) else tuple(message.string)
            )
            for message in read_po(file, locale=language.value, abort_invalid=True)
            if message.id
        }


def names(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


@pytest.mark.parametrize("language", Language)
def test_every_language_says_every_sentence_with_the_same_facts(language: Language):
    known, english = catalog(language), catalog(Language.EN)
    assert list(known) == list(english)
    for message, forms in known.items():
        assert len(forms) == (1 if len(english[message]) == 1 else PLURALS[language]), message
        assert all(form and names(form) == names(english[message][0]) for form in forms), message


def test_every_code_has_its_words():
    known = catalog(Language.EN).keys()
    wanted = {f"section.{each}" for each in SummarySectionKind} | {f"reason.{each}" for each in ReasonCode}
    wanted |= {f"event.{each}" for each in summary_changes._STEPS} | {f"field.{each}" for each in summary_changes._FIELDS}
    assert wanted - known == set()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.EN, ["0 key results moved.", "1 key result moved.", "22 key results moved."]),
        (
            Language.CS,
            ["Pohnulo se 0 klíčových výsledků.", "Pohnul se 1 klíčový výsledek.", "Pohnulo se 22 klíčových výsledků."],
        ),
        (
            Language.RU,
            [
                "Сдвинулись 0 ключевых результатов.",
                "Сдвинулся 1 ключевой результат.",
                "Сдвинулись 22 ключевых результата.",
            ],
        ),
        (Language.ZH, ["0个关键结果有变化。", "1个关键结果有变化。", "22个关键结果有变化。"]),
    ],
)
def test_a_number_chooses_the_form_of_its_words(language: Language, said: list[str]):
    words = Words(language=language, format=Format.TEXT)
    assert [words.count("moved", number) for number in (0, 1, 22)] == said


def test_shares_are_written_to_a_tenth_and_no_part_reads_as_the_whole():
    english, czech = (Words(language=each, format=Format.TEXT) for each in (Language.EN, Language.CS))
    assert [english.percent(each) for each in (0, 0.5, 0.12345, 0.99999, 1)] == ["0%", "50%", "12.3%", "99.9%", "100%"]
    assert czech.percent(0.12345) == "12,3 %"
    assert [english.points(Decimal(each)) for each in ("0.1", "-0.0625", "0")] == ["+10 pp", "-6.2 pp", "0 pp"]


@given(st.text(max_size=60))
def test_what_somebody_wrote_is_text_in_every_format(text: str):
    plain = " ".join(text.split())
    assert escaped(text, Format.TEXT) == plain
    written = escaped(text, Format.MARKDOWN)
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", written) == plain
    assert re.search(r"(?<!\\)(?:\\\\)*[<>*_`\[\]#|&:@.]", written) is None
    assert "\n" not in written


@given(st.text(alphabet="<>&\"'abc/= ", max_size=40))
def test_html_shows_what_somebody_wrote(text: str):
    page: Any = html5lib.parse(f"<p>{escaped(text, Format.HTML)}</p>", namespaceHTMLElements=False)
    assert "".join(page.find(".//p").itertext()) == " ".join(text.split())
    assert [each.tag for each in page.find("body").iter()] == ["body", "p"]


def test_what_is_said_is_escaped_once_and_what_is_long_is_cut():
    words = Words(language=Language.EN, format=Format.HTML)
    inner = words.say("quote", text="a < b")
    assert words.say("quote", text=inner) == "““a &lt; b””"
    assert len(escaped("x" * 1_000, Format.TEXT)) == LONGEST_QUOTE
