"""Recovery: after two bad periods in a row a KPI proposes an objective that brings it back to health.

The rule looks at the last reading of the newest period that has one and at that of the period right before. Both must
have been WARNING or CRITICAL by the bands in force when they were read, and the KPI must not be healthy or OUTDATED now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from events.envelope import Context
from events.identifier import Noun, derive_identifier
from events.key_result import AddKeyResult
from events.kpi import BandsInForce, Kpi, bands_at, required_kpi
from events.kpi_calendar import Frequency, PeriodCalendar, health_shown
from events.kpi_link import LinkKpi
from events.kpi_measure import KpiHealth, Measure, band_of, healthy_bound
from events.kpi_reading import KpiReadings
from events.limits import DEFAULT_LIMITS
from events.metric import Metric, MetricKind
from events.objective import CreateObjective
from events.rejection import RejectionCode, refuse

_BAD = (KpiHealth.WARNING, KpiHealth.CRITICAL)
_TITLE = "Bring {} back to health"

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class StartKpiRecovery:
    """Begin the objective that a KPI proposes: a draft in a cycle, with its key result, which takes its values from the KPI.

    Without a `title` it gets the proposed one, without an owner that of the KPI.
    """

    kpi_id: str
    objective_id: str
    cycle_id: str
    title: str | None = None
    owner_id: str | None = None


# --- the proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReading:
    """A value and when it was read."""

    value: Decimal
    effective_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryProposal:
    """What a recovery would be: an objective with one key result, from the value of now to the bound of health."""

    title: str
    key_result_title: str
    metric: Metric


def proposal_of(
    *,
    title: str,
    measure: Measure,
    band_history: Sequence[BandsInForce],
    frequency: Frequency,
    readings: Sequence[LastReading],
    calendar: PeriodCalendar,
    instant: datetime,
) -> RecoveryProposal | None:
    """Answer what a KPI proposes at an instant, None when it is well, unknown, outdated or bad for one period only.

    `readings` are those that count, by effective time; at least those of the newest period that has one and of the
    period before.
    """
    if not readings:
        return None
    last, bands = readings[-1], band_history[-1].bands
    shown = health_shown(
        value=last.value,
        effective_at=last.effective_at,
        bands=bands,
        frequency=frequency,
        calendar=calendar,
        instant=instant,
    )
    begin, previous_begin = calendar.periods_of(frequency, last.effective_at)
    earlier = [each for each in readings if previous_begin <= each.effective_at < begin]
    decisive = [*earlier[-1:], last]
    bad = [each for each in decisive if band_of(bands_at(band_history, each.effective_at), each.value) in _BAD]
    target = healthy_bound(bands, last.value)
    if shown not in _BAD or len(bad) < 2 or target is None:  # noqa: PLR2004 - two bad periods are the rule
        return None
    kind = MetricKind.INCREASE if target > last.value else MetricKind.DECREASE
    room = DEFAULT_LIMITS.title_length - len(_TITLE.format(""))
    return RecoveryProposal(
        title=_TITLE.format(title if len(title) <= room else title[: room - 1] + "…"),
        key_result_title=title,
        metric=Metric(
            kind=kind,
            unit=measure.unit,
            unit_label=measure.unit_label,
            currency=measure.currency,
            start=last.value,
            target=target,
        ),
    )


class RecoveryFacts(Protocol):
    """What a recovery asks of the rest of the organization."""

    def kpi(self, kpi_id: str) -> Kpi | None:
        """Answer a KPI."""
        ...

    def readings_of(self, kpi_id: str) -> KpiReadings:
        """Answer the readings of a KPI."""
        ...

    def period_calendar(self) -> PeriodCalendar:
        """Answer the organization's periods."""
        ...


RecoveryCommands = tuple[CreateObjective, AddKeyResult, LinkKpi]

# --- decide


def commands_of(command: StartKpiRecovery, facts: RecoveryFacts, context: Context) -> RecoveryCommands:
    """Answer the commands that a recovery consists of, in their order.

    Raises:
        Rejected: there is no such KPI, or it proposes nothing.
    """
    kpi = required_kpi(facts.kpi(command.kpi_id))
    counted = facts.readings_of(kpi.kpi_id).counted
    proposal = None
    if kpi.archived_at is None:
        proposal = proposal_of(
            title=kpi.title,
            measure=kpi.measure,
            band_history=kpi.band_history,
            frequency=kpi.frequency,
            readings=[LastReading(value=each.value, effective_at=each.effective_at) for each in counted],
            calendar=facts.period_calendar(),
            instant=context.at,
        )
    if proposal is None:
        raise refuse(RejectionCode.WRONG_STATE, "the KPI was not bad for two periods in a row", "kpiId")
    key_result_id = derive_identifier(Noun.KEY_RESULT, command.objective_id, kpi.kpi_id)
    objective = CreateObjective(
        objective_id=command.objective_id,
        cycle_id=command.cycle_id,
        title=proposal.title if command.title is None else command.title,
        team_id=kpi.team_id,
        owner_id=kpi.owner_id if command.owner_id is None else command.owner_id,
    )
    key_result = AddKeyResult(
        key_result_id=key_result_id,
        objective_id=command.objective_id,
        title=proposal.key_result_title,
        metric=proposal.metric,
    )
    return objective, key_result, LinkKpi(kpi_id=kpi.kpi_id, linked_id=key_result_id, takes_values=True)
