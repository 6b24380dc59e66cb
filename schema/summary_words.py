"""The words of summaries, in four languages and three formats: catalogues of gettext in `catalogs/`.

They are read as they are written (`.po`), as those of the coach. An id says which sentence it is; where a number decides about
the form of a word, the catalogue has one form for each that its language needs.
"""

import html
import string
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from events.coach.texts import Language, number

LONGEST_QUOTE = 300
"""Characters of a text of somebody's that a sentence repeats; longer ones are cut."""

_WHOLE = Decimal(100)


class Format(StrEnum):
    """How a text is written."""

    TEXT = "TEXT"
    MARKDOWN = "MARKDOWN"
    HTML = "HTML"


class Said(str):
    """A text that is ready for its format: nothing in it is escaped again."""

    __slots__ = ()


# CommonMark takes a backslash before any punctuation of ASCII as "this is no markup"; so do its extensions, for addresses too.
_MARKDOWN = str.maketrans({each: f"\\{each}" for each in string.punctuation})


def escaped(text: str, format_: Format) -> Said:
    """Answer a text of somebody's on one line, in which nothing is markup."""
    plain = " ".join(text.split())
    if len(plain) > LONGEST_QUOTE:
        plain = plain[: LONGEST_QUOTE - 1].rstrip() + "…"
    match format_:
        case Format.TEXT:
            return Said(plain)
        case Format.MARKDOWN:
            return Said(plain.translate(_MARKDOWN))
        case Format.HTML:
            return Said(html.escape(plain))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Puts facts into sentences of a language and a format. Facts that are not yet said are escaped."""

    language: Language
    format: Format

    def say(self, message: str, **facts: str) -> Said:
        """Answer a sentence."""
        return self._filled(_catalog(self.language).gettext(message), facts)

    def count(self, message: str, count: int, **facts: str) -> Said:
        """Answer a sentence with a number in it, in the form that the number asks for."""
        text = _catalog(self.language).ngettext(message, message, count)
        return self._filled(text, {**facts, "count": number(Decimal(count), self.language)})

    def joined(self, parts: Iterable[str]) -> Said:
        """Answer a list of several parts."""
        return Said(self.say("separator").join(self._ready(each) for each in parts))

    def percent(self, value: Decimal | float) -> Said:
        """Answer a share in per cent, to a tenth. What is short of the whole never reads as it."""
        exact = Decimal(str(value)) * 100
        shown = round(exact, 1)
        if shown == _WHOLE > exact:
            shown -= Decimal("0.1")
        return self.say("percent", number=number(_bare(shown), self.language))

    def points(self, value: Decimal) -> Said:
        """Answer a difference of shares in percentage points, to a tenth and with its sign."""
        shown = _bare(round(value * 100, 1))
        return self.say("points", number=("+" if shown > 0 else "") + number(shown, self.language))

    def day(self, day: date) -> Said:
        """Answer a day."""
        return escaped(format_date(day, locale=self.language.value), self.format)

    def _filled(self, text: str, facts: dict[str, str]) -> Said:
        # The texts of the catalogues have no markup, but some of their characters would be taken for it.
        parts = string.Formatter().parse(text)
        return Said("".join(self._own(literal) + (self._ready(facts[name]) if name else "") for literal, name, _, _ in parts))

    def _own(self, literal: str) -> str:
        return html.escape(literal) if self.format is Format.HTML else literal

    def _ready(self, fact: str) -> str:
        return fact if isinstance(fact, Said) else escaped(fact, self.format)


def _bare(value: Decimal) -> Decimal:
    """Answer a number without noughts at its end."""
    return value.normalize() + 0 if value == value.to_integral_value() else value


@cache
def _catalog(language: Language) -> GNUTranslations:
    compiled = BytesIO()
    with (files("schema") / "catalogs" / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language.value))
    compiled.seek(0)
    return GNUTranslations(compiled)
