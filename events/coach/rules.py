"""All rules of the coach, and the version of the set.

`python -m events.coach.rules` prints the tables of docs/coach.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from events.coach.key_result_rules import KEY_RESULT_RULES
from events.coach.objective_rules import LOAD_RULES, OBJECTIVE_RULES
from events.coach.rule import Rule
from events.coach.standing_rules import STANDING_RULES
from events.coach.texts import Language, rule_text

RULE_SET_VERSION = 2
"""Rises whenever a rule, a bound or a word list changes; every finding and every event names it."""

RULES_BY_SUBJECT: Mapping[str, Sequence[Rule[Any]]] = {
    "Of teams and people": LOAD_RULES,
    "Of objectives": OBJECTIVE_RULES,
    "Of key results": KEY_RESULT_RULES,
    "Of what is reported": STANDING_RULES,
}

RULES: tuple[Rule[Any], ...] = tuple(rule for rules in RULES_BY_SUBJECT.values() for rule in rules)


def tables() -> str:
    """Answer the rules in Markdown, one table for each kind of subject."""
    parts: list[str] = []
    for subject, rules in RULES_BY_SUBJECT.items():
        lines = [f"### {subject}", "", "| code | severity | why it matters | source |", "|---|---|---|---|"]
        for rule in rules:
            explanation = rule_text(rule.code, Language.EN).explanation
            lines.append(f"| `{rule.code}` | {rule.severity} | {explanation} | {rule.source} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


if __name__ == "__main__":
    print(tables())  # noqa: T201 - what the module was asked for
