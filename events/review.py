"""Reviews: the score that an objective is closed with, what was proposed, and the progress that it keeps."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from events.envelope import Occurrence
from events.metric import FORMULA_VERSION
from events.rejection import RejectionCode, refuse


class ReviewDecision(StrEnum):
    """What becomes of an objective after its review."""

    KEEP = "KEEP"
    MODIFY = "MODIFY"
    ABANDON = "ABANDON"


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseObjective:
    """Review and score an objective; without `score` the proposed one counts."""

    objective_id: str
    decision: ReviewDecision
    score: Decimal | None = None
    explanation: str | None = None
    root_cause: str | None = None
    learned: str | None = None
    expected_version: int | None = None


# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveClosed:
    """An objective was reviewed; its number is frozen as computed by `formula_version`."""

    objective_id: str
    score: Decimal
    decision: ReviewDecision
    proposed_score: Decimal | None = None
    progress: Decimal | None = None
    raw_progress: Decimal | None = None
    formula_version: int = FORMULA_VERSION
    explanation: str | None = None
    root_cause: str | None = None
    learned: str | None = None


# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The review of a closed objective; `position` is that of its event."""

    score: Decimal
    decision: ReviewDecision
    position: int
    proposed_score: Decimal | None = None
    explanation: str | None = None
    root_cause: str | None = None
    learned: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenNumber:
    """The progress that a closed or cancelled objective keeps."""

    progress: Decimal | None
    raw_progress: Decimal | None


# --- decide

SCORE_PLACES = Decimal("0.01")
_ROOT_CAUSE_BELOW = Decimal("0.7")


def proposed_score(number: FrozenNumber) -> Decimal | None:
    """Answer the score that the progress proposes, to two places; None without progress."""
    return None if number.progress is None else number.progress.quantize(SCORE_PLACES)


def decide(command: CloseObjective, number: FrozenNumber, *, is_committed: bool) -> ObjectiveClosed:
    """Answer the review of an active objective whose progress is `number`.

    Raises:
        Rejected: a rule of `docs/glossary.md` (Review) refuses it.
    """
    proposed = proposed_score(number)
    score = proposed if command.score is None else command.score
    if score is None:
        raise refuse(RejectionCode.REQUIRED, "there is no progress to propose a score", "score")
    if not 0 <= score <= 1:
        raise refuse(RejectionCode.INVALID, "a score lies between 0 and 1", "score")
    explained = bool((command.explanation or "").strip())
    if score != proposed and not explained:
        raise refuse(RejectionCode.EXPLANATION_REQUIRED, f"the progress proposes {proposed}: say why not", "explanation")
    if is_committed and score < 1 and not explained:
        raise refuse(RejectionCode.EXPLANATION_REQUIRED, "a committed objective below 1.0 needs one", "explanation")
    if score < _ROOT_CAUSE_BELOW and not (command.root_cause or "").strip():
        raise refuse(RejectionCode.EXPLANATION_REQUIRED, "a score below 0.7 needs a root cause", "rootCause")
    return ObjectiveClosed(
        objective_id=command.objective_id,
        score=score,
        decision=command.decision,
        proposed_score=proposed,
        progress=number.progress,
        raw_progress=number.raw_progress,
        explanation=command.explanation,
        root_cause=command.root_cause,
        learned=command.learned,
    )


# --- evolve


def evolve(event: ObjectiveClosed, occurrence: Occurrence) -> Review:
    """Answer the review of an objective after its closing."""
    return Review(
        score=event.score,
        decision=event.decision,
        position=occurrence.position,
        proposed_score=event.proposed_score,
        explanation=event.explanation,
        root_cause=event.root_cause,
        learned=event.learned,
    )
