"""What the coach says, in four languages: the catalogues of gettext in `catalogs/`, with the facts of a finding filled in.

They are read as they are written (`.po`), so nothing has to be compiled and nothing can be stale. An id is the code of a
rule and a part of its text. Texts name numbers behind a colon or with a unit, so that none needs a plural form of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

from events.coach.finding import Fact, Finding, FindingCode, Level
from events.metric import Unit

LONGEST_QUOTE = 80
"""Characters of a title that a text repeats; longer ones are cut."""
_PRECISION = 200
"""The library rounds to the precision of the context, which is less than the digits that a value may have."""


class Language(StrEnum):
    """A language that the coach speaks, by its code of ISO 639."""

    EN = "en"
    ZH = "zh"
    RU = "ru"
    CS = "cs"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """What a rule is called, and why it matters."""

    name: str
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingText:
    """What was found, why it matters, and what to write instead."""

    message: str
    explanation: str
    suggestion: str


def rule_text(code: FindingCode, language: Language) -> RuleText:
    """Answer what is said of a rule."""
    texts = _catalog(language)
    return RuleText(name=texts[f"{code}.name"], explanation=texts[f"{code}.explanation"])


def finding_text(finding: Finding, language: Language) -> FindingText:
    """Put a finding into words."""
    texts = _catalog(language)
    shown = {name: _shown(fact, language) for name, fact in finding.facts.items()}
    return FindingText(
        message=texts[f"{finding.code}.message"].format_map(shown),
        explanation=texts[f"{finding.code}.explanation"],
        suggestion=texts[f"{finding.code}.suggestion"].format_map(shown),
    )


@cache
def _catalog(language: Language) -> Mapping[str, str]:
    with (files("events.coach") / "catalogs" / f"{language}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale=language.value) if message.id}


_OF_DURATIONS = {
    Unit.MINUTES: "duration-minute",
    Unit.HOURS: "duration-hour",
    Unit.DAYS: "duration-day",
    Unit.WEEKS: "duration-week",
    Unit.MONTHS: "duration-month",
}


def _shown(fact: Fact, language: Language) -> str:
    match fact:
        case str():
            return fact if len(fact) <= LONGEST_QUOTE else fact[: LONGEST_QUOTE - 1].rstrip() + "…"
        case Level():
            metric = fact.metric
            return amount(fact.value, metric.unit, metric.unit_label, metric.currency, language)
        case float():
            return number(Decimal(repr(fact)), language)
        case int() | Decimal():
            return number(Decimal(fact), language)


def number(value: Decimal, language: Language) -> str:
    """Write a number with all its digits."""
    with localcontext(prec=_PRECISION):
        return format_decimal(value, locale=language.value, decimal_quantization=False)


def amount(value: Decimal, unit: Unit | None, unit_label: str | None, currency: str | None, language: Language) -> str:
    """Write a number with all its digits and its unit."""
    match unit:
        case Unit.CURRENCY if currency:
            with localcontext(prec=_PRECISION):
                return format_currency(value, currency, locale=language.value, decimal_quantization=False)
        case Unit.PERCENT:
            return f"{number(value, language)} %"
        case None | Unit.NUMBER | Unit.RATIO | Unit.CURRENCY:
            return " ".join(filter(None, (number(value, language), unit_label)))
        case duration:
            with localcontext(prec=_PRECISION):
                return format_unit(value, _OF_DURATIONS[duration], locale=language.value)
