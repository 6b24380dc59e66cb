"""Findings: advice on how objectives and key results are written. They never block anything.

Pure functions over plain values, so that the folded states of the write side and the rows of the read
side feed the same rules. Every organization may switch single codes off.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from events.metric import Metric, MetricKind, has_baseline

MOST_OBJECTIVES = 5
"""More objectives than this in one cycle are too many for a team or a person to care for."""
FEWEST_KEY_RESULTS = 2
MOST_KEY_RESULTS = 5
SURE = 0.9
"""A confidence above this at the first check-in says that the target asks for too little."""


class FindingCode(StrEnum):
    """Every kind of advice."""

    TOO_MANY_OBJECTIVES = "TOO_MANY_OBJECTIVES"
    KEY_RESULT_COUNT = "KEY_RESULT_COUNT"
    DIGITS_IN_TITLE = "DIGITS_IN_TITLE"
    NO_BASELINE = "NO_BASELINE"
    UNDECIDED_METRIC = "UNDECIDED_METRIC"
    SANDBAGGING = "SANDBAGGING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One piece of advice about one thing; `path` names the field of it that is meant."""

    code: FindingCode
    message: str
    subject_id: str
    path: tuple[str, ...] = ()


def of_objective(*, objective_id: str, title: str, key_result_count: int, needs_key_results: bool = True) -> list[Finding]:
    """Answer the advice on an objective.

    Args:
        objective_id: the objective.
        title: what it is called.
        key_result_count: its key results that are not dropped.
        needs_key_results: False for an objective that progresses by its aligned children alone.
    """
    findings: list[Finding] = []
    if any(character.isdecimal() for character in title):
        findings.append(
            Finding(
                code=FindingCode.DIGITS_IN_TITLE,
                message="an objective says what to reach in words; numbers belong into its key results",
                subject_id=objective_id,
                path=("title",),
            )
        )
    is_too_few = needs_key_results and key_result_count < FEWEST_KEY_RESULTS
    if is_too_few or key_result_count > MOST_KEY_RESULTS:
        findings.append(
            Finding(
                code=FindingCode.KEY_RESULT_COUNT,
                message=f"{key_result_count} key results; {FEWEST_KEY_RESULTS} to {MOST_KEY_RESULTS} work best",
                subject_id=objective_id,
                path=("keyResults",),
            )
        )
    return findings


def of_key_result(
    *, key_result_id: str, metric: Metric, check_in_count: int = 0, confidence: float | None = None
) -> list[Finding]:
    """Answer the advice on a key result.

    Args:
        key_result_id: the key result.
        metric: what it measures.
        check_in_count: its check-ins that are not retracted.
        confidence: the newest one stated, from 0 to 1.
    """
    findings: list[Finding] = []
    if metric.kind is MetricKind.UNDECIDED:
        findings.append(
            Finding(
                code=FindingCode.UNDECIDED_METRIC,
                message="nothing measurable yet, so it counts in no progress",
                subject_id=key_result_id,
                path=("metric", "kind"),
            )
        )
    if not has_baseline(metric):
        findings.append(
            Finding(
                code=FindingCode.NO_BASELINE,
                message="a target without a start does not show how far the way is",
                subject_id=key_result_id,
                path=("metric", "start"),
            )
        )
    if check_in_count == 1 and confidence is not None and confidence > SURE:
        findings.append(
            Finding(
                code=FindingCode.SANDBAGGING,
                message=f"a confidence above {SURE} at the first check-in: does the target ask for enough?",
                subject_id=key_result_id,
                path=("confidence",),
            )
        )
    return findings


def of_objective_count(*, subject_id: str, count: int) -> list[Finding]:
    """Answer the advice on how many objectives, neither cancelled nor drafts, a team or person has in a cycle."""
    if count <= MOST_OBJECTIVES:
        return []
    return [
        Finding(
            code=FindingCode.TOO_MANY_OBJECTIVES,
            message=f"{count} objectives in one cycle; more than {MOST_OBJECTIVES} is no focus",
            subject_id=subject_id,
        )
    ]


def enabled(findings: Iterable[Finding], disabled_codes: Collection[str]) -> list[Finding]:
    """Leave out what the organization has switched off."""
    return [finding for finding in findings if finding.code not in disabled_codes]
