"""The demo's KPIs, read every Friday: one healthy, one that falls, recovers and gives its values to a key result, one critical.

They have a source of chance of their own, so that the rest of the history is the same without them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from events.envelope import ReasonCode
from service.demo.calendar import FiscalYear, moment
from service.demo.timeline import Content, Timeline

_SEED = 20_260_102
_RECOVERY = "purchases-recovery"
_RECOVERY_SHARE = 0.35
"""How much of the year has gone by when the falling KPI has been bad for weeks."""

_TIGHTER_SHARE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class _KpiPlan:
    """How one KPI will go: `course` answers its value at a share of the year, `noise` how far one reading may lie off."""

    key: str
    title: str
    team: str
    owner: str
    measure: dict[str, Any]
    course: Callable[[float], float]
    noise: float
    places: int = 0


_PLANS = (
    _KpiPlan(
        key="meetings",
        title="Daily meetings with prospects",
        team="new-business",
        owner="daniel",
        measure={
            "direction": "HIGHER_IS_BETTER",
            "unit": "NUMBER",
            "unit_label": "meetings",
            "bands": {"critical_below": 18, "warning_below": 24},
        },
        course=lambda share: 27 + 9 * share,
        noise=2,
    ),
    _KpiPlan(
        key="purchases",
        title="New and repeat purchases",
        team="operations",
        owner="petr",
        measure={
            "direction": "HIGHER_IS_BETTER",
            "unit": "NUMBER",
            "unit_label": "purchases",
            "bands": {"critical_below": 300, "warning_below": 360},
        },
        course=lambda share: 400 - 420 * share if share < _RECOVERY_SHARE else 253 + 140 * (share - _RECOVERY_SHARE),
        noise=6,
    ),
    _KpiPlan(
        key="churn",
        title="Customer churn",
        team="customer-care",
        owner="priya",
        measure={
            "direction": "LOWER_IS_BETTER",
            "unit": "PERCENT",
            "bands": {"warning_above": 4, "critical_above": 6},
        },
        course=lambda share: 2.5 + 4.6 * share,
        noise=0.2,
        places=1,
    ),
)


def add_kpis(timeline: Timeline, year: FiscalYear) -> None:
    """Begin the KPIs with the year and read them to its end."""
    random = Random(_SEED)
    begun_on = year.starts_on - timedelta(days=3)
    fridays = [day for quarter in year.quarters for day in quarter.fridays()]
    for plan in _PLANS:
        create: Content = {
            "type": "kpi.create",
            "key": plan.key,
            "title": plan.title,
            "team": plan.team,
            "owner": plan.owner,
            "frequency": "WEEKLY",
            **plan.measure,
        }
        timeline.add(f"{plan.key}.begun", moment(begun_on, random, 15), "anna", [create])
        for day in fridays:
            _add_reading(timeline, plan, year, day, random)
    _add_corrections(timeline, fridays, random)
    _add_recovery(timeline, year, random)
    _add_bands(timeline, year, random)


def _add_reading(timeline: Timeline, plan: _KpiPlan, year: FiscalYear, day: date, random: Random) -> None:
    value = plan.course(year.year.share(day)) + random.uniform(-plan.noise, plan.noise)
    record: Content = {
        "type": "kpi_reading.record",
        "key": f"{plan.key}.{day.isoformat()}",
        "kpi": plan.key,
        "value": str(round(Decimal(value), plan.places)),
    }
    timeline.add(f"{plan.key}.{day.isoformat()}.read", moment(day, random, 17), plan.owner, [record])


def _add_corrections(timeline: Timeline, fridays: list[date], random: Random) -> None:
    """A figure is read once more, and one is withdrawn."""
    reason = (ReasonCode.CORRECTION.value, "Two contracts were counted twice.")
    counted: Content = {"type": "kpi_reading.correct", "reading": f"churn.{fridays[5].isoformat()}", "value": "2.6"}
    timeline.add("churn.counted", moment(fridays[6] - timedelta(days=3), random), "priya", [counted], reason)
    withdrawn: Content = {"type": "kpi_reading.retract", "reading": f"meetings.{fridays[9].isoformat()}"}
    reason = (ReasonCode.CORRECTION.value, "It was a week of holidays.")
    timeline.add("meetings.withdrawn", moment(fridays[10] - timedelta(days=2), random), "daniel", [withdrawn], reason)


def _add_recovery(timeline: Timeline, year: FiscalYear, random: Random) -> None:
    """The KPI that was bad for weeks gets an objective of the year, whose key result takes its values."""
    day = _monday(year, _RECOVERY_SHARE)
    start: Content = {"type": "kpi.start_recovery", "key": _RECOVERY, "kpi": "purchases", "cycle": "year"}
    timeline.add("purchases.recovery", moment(day, random, 9), "petr", [start])
    activate: Content = {"type": "objective.activate", "objective": _RECOVERY}
    timeline.add("purchases.recovery.activated", moment(day + timedelta(days=1), random, 9), "petr", [activate])


def _add_bands(timeline: Timeline, year: FiscalYear, random: Random) -> None:
    update: Content = {"type": "kpi.update", "kpi": "meetings", "bands": {"critical_below": 20, "warning_below": 26}}
    reason = (ReasonCode.NEW_INFORMATION.value, "The new region has its own people now.")
    timeline.add("meetings.bands", moment(_monday(year, _TIGHTER_SHARE), random), "daniel", [update], reason)


def _monday(year: FiscalYear, share: float) -> date:
    day = year.starts_on + timedelta(days=round(share * (year.year.ends_on - year.starts_on).days))
    return day - timedelta(days=day.weekday())
