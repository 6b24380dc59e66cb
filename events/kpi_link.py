"""Links from objectives and key results to the KPIs that they are about, and from which a key result may take its values.

A link belongs to the objective: who may not see the objective does not see the link.
"""

from dataclasses import dataclass
from typing import assert_never

from events.envelope import Context
from events.kpi_measure import Measure
from events.metric import Metric, MetricKind
from events.rejection import RejectionCode, refuse, refuse_limit

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkKpi:
    """Link an objective or a key result to a KPI; a key result `takes_values` from one KPI at most.

    Linking again says anew whether it does.
    """

    kpi_id: str
    linked_id: str
    takes_values: bool = False
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkKpi:
    """Take a link back; values that came from the KPI stay."""

    kpi_id: str
    linked_id: str
    expected_version: int | None = None


KpiLinkCommand = LinkKpi | UnlinkKpi

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveKpiLinked:
    """An objective is about a KPI."""

    objective_id: str
    kpi_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveKpiUnlinked:
    """An objective is no longer about a KPI."""

    objective_id: str
    kpi_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultKpiLinked:
    """A key result is about a KPI, from which it takes its values or not."""

    key_result_id: str
    objective_id: str
    kpi_id: str
    takes_values: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultKpiUnlinked:
    """A key result is no longer about a KPI, and takes no values from it."""

    key_result_id: str
    objective_id: str
    kpi_id: str


ObjectiveLinkEvent = ObjectiveKpiLinked | ObjectiveKpiUnlinked
KeyResultLinkEvent = KeyResultKpiLinked | KeyResultKpiUnlinked

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiLink:
    """A KPI that something is linked to, and whether it gives the values."""

    kpi_id: str
    takes_values: bool = False


Links = tuple[KpiLink, ...]
"""The links of a thing, in the order of their making."""


def value_source(links: Links) -> str | None:
    """Answer the KPI from which values are taken."""
    return next((link.kpi_id for link in links if link.takes_values), None)


def _link(links: Links, kpi_id: str) -> KpiLink | None:
    return next((link for link in links if link.kpi_id == kpi_id), None)


# --- rejections

_VALUED = (MetricKind.INCREASE, MetricKind.DECREASE, MetricKind.AT_LEAST, MetricKind.AT_MOST, MetricKind.RANGE)


def fits(metric: Metric, measure: Measure) -> bool:
    """Say whether the values of a KPI can be those of a key result: a number, not relative, in the same unit."""
    is_number = metric.kind in _VALUED and not metric.is_relative
    return is_number and (metric.unit, metric.currency) == (measure.unit, measure.currency)


def _check_source(kpi_id: str, metric: Metric | None, measure: Measure, links: Links) -> None:
    if metric is None:
        raise refuse(RejectionCode.INVALID, "only a key result can take its values from a KPI", "takesValues")
    if not fits(metric, measure):
        raise refuse(RejectionCode.INVALID, "the key result does not measure in the unit of the KPI", "takesValues")
    if value_source(links) not in (None, kpi_id):
        raise refuse(RejectionCode.WRONG_STATE, "the key result takes its values from another KPI", "takesValues")


# --- decide


def decide_objective(command: KpiLinkCommand, links: Links, measure: Measure, context: Context) -> list[ObjectiveLinkEvent]:
    """Answer the events of a command on an objective that has some links.

    Raises:
        Rejected: an objective takes no values, or has too many links.
    """
    match command:
        case LinkKpi():
            if command.takes_values:
                _check_source(command.kpi_id, None, measure, links)
            if _link(links, command.kpi_id) is not None:
                return []
            _check_count(links, context)
            return [ObjectiveKpiLinked(objective_id=command.linked_id, kpi_id=command.kpi_id)]
        case UnlinkKpi():
            is_linked = _link(links, command.kpi_id) is not None
            return [ObjectiveKpiUnlinked(objective_id=command.linked_id, kpi_id=command.kpi_id)] if is_linked else []
        case _:
            assert_never(command)


def decide_key_result(
    command: KpiLinkCommand,
    objective_id: str,
    metric: Metric,
    links: Links,
    *,
    measure: Measure,
    sources: int,
    context: Context,
) -> list[KeyResultLinkEvent]:
    """Answer the events of a command on a key result; `sources` counts those that take their values from the KPI.

    Raises:
        Rejected: it does not measure in the KPI's unit, takes its values from another, or there are too many links.
    """
    subject = {"key_result_id": command.linked_id, "objective_id": objective_id, "kpi_id": command.kpi_id}
    match command:
        case LinkKpi():
            known = _link(links, command.kpi_id)
            if known is not None and known.takes_values is command.takes_values:
                return []
            if command.takes_values:
                _check_source(command.kpi_id, metric, measure, links)
                limit = context.limits.key_results_per_kpi
                if sources >= limit:
                    raise refuse_limit("key results that take values from the KPI", limit, sources + 1, "kpiId")
            if known is None:
                _check_count(links, context)
            return [KeyResultKpiLinked(**subject, takes_values=command.takes_values)]
        case UnlinkKpi():
            return [] if _link(links, command.kpi_id) is None else [KeyResultKpiUnlinked(**subject)]
        case _:
            assert_never(command)


def _check_count(links: Links, context: Context) -> None:
    limit, count = context.limits.kpi_links_per_thing, len(links) + 1
    if count > limit:
        raise refuse_limit("KPIs of one thing", limit, count, "kpiId")


# --- evolve


def evolve(links: Links, event: ObjectiveLinkEvent | KeyResultLinkEvent) -> Links:
    """Answer the links after an event."""
    match event:
        case ObjectiveKpiLinked():
            return (*links, KpiLink(kpi_id=event.kpi_id))
        case KeyResultKpiLinked():
            made = KpiLink(kpi_id=event.kpi_id, takes_values=event.takes_values)
            if _link(links, event.kpi_id) is None:
                return (*links, made)
            return tuple(made if link.kpi_id == event.kpi_id else link for link in links)
        case ObjectiveKpiUnlinked() | KeyResultKpiUnlinked():
            return tuple(link for link in links if link.kpi_id != event.kpi_id)
        case _:
            assert_never(event)
