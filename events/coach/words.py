"""The words that rules look for, in four languages: lists in `word_lists/`, one file per language.

Russian and Czech inflect, so an entry that ends with `*` stands for every word that begins with it; the others are whole words.
An entry of several words means them side by side. Case, accents and width make no difference. Chinese has no spaces, so an
entry in Han characters is found anywhere in a text, also within a longer word: the price of doing without a segmenter.
Every list is tried on every title: what language a title is in need not be known, and titles mix them.
"""

import re
import tomllib
import unicodedata
from enum import StrEnum
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "zh", "ru", "cs")
_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_IS_HAN = re.compile(f"[{_HAN}]")
_WORD = re.compile(f"[^\\W\\d_{_HAN}]+")
_KIN = 5
"""Words are taken for forms of one word when they begin with this many equal letters."""


class WordList(StrEnum):
    """A list of words; what each is for is said at the head of each in `word_lists/en.toml`."""

    TASK_VERBS = "task_verbs"
    DONE = "done"
    ACTIVITIES = "activities"
    OUTCOMES = "outcomes"
    LAGGING = "lagging"
    QUALITY = "quality"
    SINGLE = "single"
    TOTAL = "total"
    VANITY = "vanity"
    VAGUE = "vague"
    DIRECTION = "direction"


AT_THE_START = frozenset({WordList.TASK_VERBS, WordList.DIRECTION})
"""These lists are looked for where a title begins: as its verb."""


def folded(text: str) -> str:
    """Return a text without case, accents and width, to compare with."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(each for each in decomposed if not unicodedata.combining(each)).casefold()


def has(word_list: WordList, text: str) -> bool:
    """Say whether a text has a word of a list."""
    return _pattern(word_list).search(folded(text)) is not None


def kin(text: str) -> frozenset[str]:
    """Return what two texts about the same thing share: beginnings of words, and pairs of neighbouring Han characters."""
    plain = folded(text)
    beginnings = {word[:_KIN] for word in _WORD.findall(plain) if len(word) >= _KIN}
    pairs = {plain[at : at + 2] for at in range(len(plain) - 1) if all(_IS_HAN.match(each) for each in plain[at : at + 2])}
    return frozenset(beginnings | pairs)


def entries(word_list: WordList, language: str) -> list[str]:
    """Return a list as it is written for a language."""
    written: list[str] = _file(language)[word_list.value]
    return written


@cache
def _file(language: str) -> dict[str, list[str]]:
    return tomllib.loads((files("events.coach") / "word_lists" / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def _pattern(word_list: WordList) -> re.Pattern[str]:
    listed = [folded(entry) for language in LANGUAGES for entry in entries(word_list, language)]
    parts = "|".join(re.escape(entry) for entry in listed if _IS_HAN.search(entry))
    words = "|".join(_words(entry) for entry in listed if not _IS_HAN.search(entry))
    # Not anchored to the very first letter: bullets, quotes and emoji come before it.
    start = r"^[\W\d_]*" if word_list in AT_THE_START else ""
    return re.compile(rf"{start}(?:\b(?:{words})\b|{parts})")


def _words(entry: str) -> str:
    return r"[\W_]+".join(_word(word) for word in entry.split())


def _word(entry: str) -> str:
    beginning = re.escape(entry.removesuffix("*"))
    return beginning + r"\w*" if entry.endswith("*") else beginning
