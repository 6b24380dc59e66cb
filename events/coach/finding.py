"""Findings: what a rule of the coach has to say about one thing, as facts; `texts.py` puts them into words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from events.metric import Metric


class FindingCode(StrEnum):
    """Every rule. A code is for ever: organizations switch rules off by it."""

    TOO_MANY_OBJECTIVES = "TOO_MANY_OBJECTIVES"
    KEY_RESULT_COUNT = "KEY_RESULT_COUNT"
    DIGITS_IN_TITLE = "DIGITS_IN_TITLE"
    NO_BASELINE = "NO_BASELINE"
    UNDECIDED_METRIC = "UNDECIDED_METRIC"
    SANDBAGGING = "SANDBAGGING"
    NO_COUNTER_METRIC = "NO_COUNTER_METRIC"
    ONLY_LAGGING_METRICS = "ONLY_LAGGING_METRICS"
    RELEVANCE_UNSTATED = "RELEVANCE_UNSTATED"
    TASK = "TASK"
    ACTIVITY = "ACTIVITY"
    GAMEABLE = "GAMEABLE"
    VAGUE_WORDING = "VAGUE_WORDING"
    ESTIMATED_METRIC = "ESTIMATED_METRIC"
    UNGROUNDED_TARGET = "UNGROUNDED_TARGET"
    NOT_TIME_BOUND = "NOT_TIME_BOUND"
    LOW_CONFIDENCE_WITHOUT_BLOCKER = "LOW_CONFIDENCE_WITHOUT_BLOCKER"
    ON_TRACK_BUT_FLAT = "ON_TRACK_BUT_FLAT"


class FindingSeverity(StrEnum):
    """How much a finding is worth to look at."""

    INFO = "INFO"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A value of a metric, to be written with the metric's unit."""

    metric: Metric
    value: Decimal


Fact = str | int | float | Decimal | Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a rule has found: the field that is meant and the facts that its texts name."""

    path: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict[str, Fact])


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One piece of advice about one thing; `path` names the field of it that is meant."""

    code: FindingCode
    severity: FindingSeverity
    subject_id: str
    path: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict[str, Fact])
