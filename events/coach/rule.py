"""A rule: one piece of advice, where it comes from, and the function that looks for it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from events.coach.finding import Finding, FindingCode, FindingSeverity, Remark


class Identified(Protocol):
    """What has an identifier."""

    @property
    def id(self) -> str:
        """Which thing it is."""
        ...


Subject = TypeVar("Subject", bound=Identified)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[Subject]):
    """One piece of advice; `source` is where it is given, `look` answers None where there is nothing to say."""

    code: FindingCode
    severity: FindingSeverity
    source: str
    look: Callable[[Subject], Remark | None]


def review(rules: Iterable[Rule[Subject]], subject: Subject, disabled_codes: Collection[str] = ()) -> list[Finding]:
    """Answer what the rules find, without those that the organization has switched off."""
    return [
        Finding(code=rule.code, severity=rule.severity, subject_id=subject.id, path=remark.path, facts=remark.facts)
        for rule in rules
        if rule.code not in disabled_codes and (remark := rule.look(subject)) is not None
    ]
