"""Rules of the coach as the API shows them, to choose among."""

from collections.abc import Collection

import strawberry

from events.coach.finding import FindingCode, FindingSeverity
from events.coach.rules import RULES
from events.coach.texts import Language, rule_text


@strawberry.type(description="A rule that the coach advises by.")
class CoachRule:
    """A rule, and whether an organization wants it."""

    code: FindingCode = strawberry.field(description="By what it is switched off: `OrganizationUpdateInput.disabledFindings`.")
    severity: FindingSeverity = strawberry.field(description="How much its findings are worth to look at.")
    name: str = strawberry.field(description="What it is called, in the language asked for.")
    explanation: str = strawberry.field(description="Why it matters, in the language asked for.")
    source: str = strawberry.field(description="Where the advice comes from; a reference, in no language of choice.")
    is_enabled: bool = strawberry.field(description="Whether the organization has it switched on.")


def coach_rules(disabled_codes: Collection[str], language: Language) -> list[CoachRule]:
    """Answer all rules."""
    rules: list[CoachRule] = []
    for rule in RULES:
        text = rule_text(rule.code, language)
        rules.append(
            CoachRule(
                code=rule.code,
                severity=rule.severity,
                name=text.name,
                explanation=text.explanation,
                source=rule.source,
                is_enabled=rule.code not in disabled_codes,
            )
        )
    return rules
