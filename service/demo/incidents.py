"""What happens once: moved targets, splits, mistakes, people who leave. Nothing here is rare in real companies.

Each function puts down the incidents of one kind. Weeks count from the first Monday of a quarter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from service.demo.calendar import FiscalYear, moment
from service.demo.source import SourceObjective
from service.demo.timeline import Content, Timeline

UNDECIDED = frozenset({"talent-skills-2", "asia-hackable-3", "csat-90-3", "sales-talent-3"})
"""Key results that begin as placeholders; the first is never decided, since its objective is cancelled."""

DECIDED = (("asia-hackable-3", 1, 4, "elena"), ("csat-90-3", 3, 4, "priya"), ("sales-talent-3", 3, 3, "anna"))
"""Which placeholder got its metric in which quarter and week, and from whom."""

COURSES = {
    "early-nurture-1": "good",
    "pitch-quality-3": "flat",
    "smb-cycle-1": "backwards",
    "channel-partners-1": "last-week",
    "asia-hackable-3": "last-week",
    "record-sales-2": "stalled",
    "churn-minus-2-1": "good",
    "churn-minus-2-2": "early",
    "churn-minus-2-3": "good",
    "acquisition-1": "slow",
    "pipeline-1": "good",
}
"""The courses that are set rather than drawn."""

GRADES = {"churn-minus-2": "0"}
"""Reviews that graded against the progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retarget:
    """A target that was moved in a running quarter."""

    key_result: str
    quarter: int
    week: int
    actor: str
    levels: Content
    reason: tuple[str, str]


RETARGETS = (
    Retarget(
        key_result="early-nurture-1",
        quarter=0,
        week=6,
        actor="sofia",
        levels={"target": 30},
        reason=("NEW_INFORMATION", "The baseline was measured with a smaller group than we thought."),
    ),
    Retarget(
        key_result="smb-cycle-1",
        quarter=0,
        week=9,
        actor="james",
        levels={"target": 8},
        reason=("EXTERNAL_CHANGE", "Customers now need a security review before a demo."),
    ),
    Retarget(
        key_result="channel-partners-1",
        quarter=1,
        week=7,
        actor="mei",
        levels={"target": 20},
        reason=("NEW_INFORMATION", "30 stays as the stretch; 20 is what the market in the east allows."),
    ),
    Retarget(
        key_result="cut-spend-2",
        quarter=1,
        week=5,
        actor="petr",
        levels={"target": 3000},
        reason=("EXTERNAL_CHANGE", "The contract cannot be ended before the year is over."),
    ),
    Retarget(
        key_result="asia-1",
        quarter=2,
        week=1,
        actor="elena",
        levels={},
        reason=("OTHER", "Phased targets: the terms go out in two waves."),
    ),
    Retarget(
        key_result="record-sales-1",
        quarter=2,
        week=4,
        actor="james",
        levels={"target": 8_000_000},
        reason=("OTHER", "The board took the two largest accounts out of the quarter."),
    ),
    Retarget(
        key_result="upsell-1",
        quarter=2,
        week=10,
        actor="priya",
        levels={"target": 400_000},
        reason=("NEW_INFORMATION", "One renewal moved into the next quarter."),
    ),
    Retarget(
        key_result="sales-plus-20-1",
        quarter=3,
        week=4,
        actor="daniel",
        levels={"target": 40},
        reason=("EXTERNAL_CHANGE", "The new region opens a month later."),
    ),
    Retarget(
        key_result="acquisition-1",
        quarter=3,
        week=5,
        actor="sofia",
        levels={"target": 350},
        reason=("NEW_INFORMATION", "The campaign budget was halved."),
    ),
)

WEIGHTS = (
    ("crm-analytics-3", 0, 4, "petr", "2", "This is the one that everybody asks for."),
    ("channel-partners-3", 1, 3, "mei", "0.5", "One weak partner should not decide the quarter."),
    ("acquisition-2", 3, 4, "sofia", "3", "Conversion is what we can move."),
)
"""Key result, quarter, week, actor, new weight and why."""


def add_incidents(timeline: Timeline, year: FiscalYear, source: dict[str, SourceObjective], random: Random) -> None:
    """Put all incidents down."""

    def when(quarter: int, week: float, hour: int = 10) -> datetime:
        return year.quarters[quarter].moment(week, random, hour)

    _decide_placeholders(timeline, source, when)
    _move_goalposts(timeline, year, when)
    _change_key_results(timeline, when)
    _change_objectives(timeline, source, when)
    _make_mistakes(timeline, year, when, random)
    _change_the_company(timeline, when)


When = Callable[..., datetime]


def _decide_placeholders(timeline: Timeline, source: dict[str, SourceObjective], when: When) -> None:
    for key, quarter, week, actor in DECIDED:
        objective, _, number = key.rpartition("-")
        metric = source[objective].key_results[int(number) - 1].metric
        command = {"type": "key_result.update", "key_result": key, "metric": metric}
        reason = ("NEW_INFORMATION", "Now there is a figure to go by.")
        timeline.add(f"{key}.decided", when(quarter, week), actor, [command], reason)


def _move_goalposts(timeline: Timeline, year: FiscalYear, when: When) -> None:
    for each in RETARGETS:
        levels = each.levels
        if each.key_result == "asia-1":
            middle = year.quarters[each.quarter].starts_on + timedelta(days=45)
            end = year.quarters[each.quarter].ends_on
            steps = [{"on": middle.isoformat(), "target": 5}, {"on": end.isoformat(), "target": 15}]
            levels = {"checkpoints": steps}
        command = {"type": "key_result.retarget", "key_result": each.key_result, **levels}
        key = f"{each.key_result}.retargeted"
        timeline.add(key, when(each.quarter, each.week), each.actor, [command], each.reason)
    for key_result, quarter, week, actor, weight, text in WEIGHTS:
        command = {"type": "key_result.update", "key_result": key_result, "weight": weight}
        timeline.add(f"{key_result}.weighed", when(quarter, week), actor, [command], ("OTHER", text))


def _change_key_results(timeline: Timeline, when: When) -> None:
    drop = {"type": "key_result.drop", "key_result": "csat-plus-10-2"}
    why = ("IRRELEVANT", "We call when there is something to say.")
    timeline.add("csat-plus-10-2.dropped", when(1, 6), "priya", [drop], why)
    drop = {"type": "key_result.drop", "key_result": "smb-cycle-3"}
    timeline.add("smb-cycle-3.dropped", when(0, 5), "james", [drop], ("IRRELEVANT", "Signing is quick enough."))
    restore = {"type": "key_result.restore", "key_result": "smb-cycle-3"}
    reason = ("CORRECTION", "It is not: legal took nine days last week.")
    timeline.add("smb-cycle-3.restored", when(0, 7), "james", [restore], reason)

    visitors = {
        "key": "inbound-visitors",
        "title": "Visitors of our stands who left their address",
        "metric": {"kind": "INCREASE", "unit": "NUMBER", "unit_label": "people", "start": 0, "target": 900},
        "owner": "sofia",
    }
    command = {"type": "key_result.replace", "key_result": "inbound-1", "replacements": [visitors]}
    reason = ("NEW_INFORMATION", "Fairs are an activity; what counts is whom we reach there.")
    timeline.add("inbound-1.replaced", when(1, 4), "sofia", [command], reason)

    built = {
        "key": "crm-reports-built",
        "title": "Reports and dashboards built, by stage",
        "metric": {
            "kind": "MILESTONE",
            "stages": [
                {"key": "pipeline", "title": "Pipeline by stage"},
                {"key": "forecast", "title": "Forecast", "weight": "2"},
                {"key": "activity", "title": "Activity by person"},
            ],
        },
        "owner": "hana",
    }
    opened = {
        "key": "crm-reports-opened",
        "title": "Sales people who open the dashboard at least weekly",
        "metric": {"kind": "AT_LEAST", "unit": "PERCENT", "start": 10, "target": 80},
        "owner": "petr",
    }
    command = {"type": "key_result.replace", "key_result": "crm-transparent-2", "replacements": [built, opened]}
    reason = ("OTHER", "Split: nothing said that anyone opens them.")
    timeline.add("crm-transparent-2.split", when(2, 3), "petr", [command], reason)

    move: list[dict[str, Any]] = [
        {"type": "key_result.update", "key_result": "sales-plus-10-2", "objective": "upsell"},
        {"type": "key_result.retarget", "key_result": "sales-plus-10-2", "target": 15},
        {"type": "objective.update", "objective": "upsell", "contributors": ["daniel"]},
    ]
    reason = ("NEW_INFORMATION", "Larger deals come from customers we have.")
    timeline.add("sales-plus-10-2.moved", when(2, 5), "anna", move, reason)

    due = {"type": "key_result.update", "key_result": "onboarding-3", "due_on": when(0, 9).date().isoformat()}
    timeline.add("onboarding-3.due", when(0, 2), "lucas", [due], ("EXTERNAL_CHANGE", "The new hires start then."))
    title = {"type": "key_result.update", "key_result": "upsell-3", "title": "Growth of the average order value, net"}
    timeline.add("upsell-3.retitled", when(2, 2), "priya", [title])
    readiness = {
        "type": "key_result.add",
        "key": "asia-readiness",
        "objective": "asia",
        "title": "How ready our own organization is, as we see it",
        "metric": {"kind": "ESTIMATED"},
        "owner": "mei",
    }
    timeline.add("asia-readiness.added", when(2, 2), "elena", [readiness])
    discount = {
        "type": "key_result.add",
        "key": "revenue-discount",
        "objective": "revenue",
        "title": "Average discount on new contracts",
        "metric": {"kind": "RANGE", "unit": "PERCENT", "low": 5, "high": 12},
        "owner": "daniel",
    }
    timeline.add("revenue-discount.added", when(1, 2), "anna", [discount])


def _change_objectives(timeline: Timeline, source: dict[str, SourceObjective], when: When) -> None:
    for key, origin, script, quarter, week, actor in (
        ("early-nurture-again", "early-nurture", "zh", 1, 3, "sofia"),
        ("asia", "asia", "ru", 2, 1, "elena"),
        ("pipeline", "pipeline", "cs", 3, 1, "petr"),
    ):
        command = {"type": "objective.update", "objective": key, "title": source[origin].titles[script]}
        timeline.add(f"{key}.retitled", when(quarter, week), actor, [command])
    cancel = {"type": "objective.cancel", "objective": "talent-skills"}
    reason = ("EXTERNAL_CHANGE", "The training budget went into the trade fairs.")
    timeline.add("talent-skills.cancelled", when(1, 7), "lucas", [cancel], reason)
    realign = [
        {"type": "objective.unalign", "objective": "efficiency", "parent": "crm-transparent"},
        {"type": "objective.align", "objective": "efficiency", "parent": "revenue"},
    ]
    timeline.add("efficiency.realigned", when(2, 8), "hana", realign, ("NEW_INFORMATION", "It serves more than the CRM."))
    staff = {"type": "objective.update", "objective": "asia", "contributors": ["mei", "daniel"]}
    timeline.add("asia.staffed", when(2, 3), "elena", [staff])
    order = ["asia", "sales-plus-10", "record-sales", "upsell", "crm-transparent", "efficiency"]
    reorder = {"type": "objective.reorder", "cycle": "quarter-2", "objectives": order}
    timeline.add("quarter-2.reordered", when(2, 6), "anna", [reorder])


def _make_mistakes(timeline: Timeline, year: FiscalYear, when: When, random: Random) -> None:
    # Corrected, and the correction undone eleven minutes later.
    at = when(1, 8, 15)
    check_in: Content = {
        "type": "check_in.record",
        "key": "csat-plus-10-1.extra",
        "key_result": "csat-plus-10-1",
        "value": "4.2",
        "confidence": 0.6,
        "status": "AT_RISK",
        "comment": "From the survey that closed on Sunday.",
    }
    timeline.add("csat-plus-10-1.extra", at, "priya", [check_in])
    for minutes, value, why in ((9, "2.4", "digits swapped"), (20, "4.2", "no, it was right")):
        command = {"type": "check_in.correct", "check_in": "csat-plus-10-1.extra", "value": value}
        key = f"csat-plus-10-1.extra.{minutes}"
        timeline.add(key, at + timedelta(minutes=minutes), "priya", [command], ("CORRECTION", why))

    # Remembered a whole 29 days later.
    day = year.quarters[0].fridays()[6]
    forgotten: Content = {
        "type": "check_in.record",
        "key": "pitch-quality-3.forgotten",
        "key_result": "pitch-quality-3",
        "value": "36.5",
        "confidence": 0.4,
        "status": "AT_RISK",
        "comment": "Found in my notes, for completeness.",
        "effective_at": moment(day, random, 12).isoformat(),
    }
    timeline.add("pitch-quality-3.forgotten", moment(day + timedelta(days=29), random, 13), "daniel", [forgotten])

    # A target moved by mistake and moved back a few minutes later.
    at = when(3, 3, 11)
    for minutes, target, why in ((0, "40", "Coverage of the year"), (6, "4", "A slip: a multiple, not a percentage")):
        command = {"type": "key_result.retarget", "key_result": "pipeline-1", "target": target}
        timeline.add(f"pipeline-1.target.{minutes}", at + timedelta(minutes=minutes), "petr", [command], ("CORRECTION", why))


def _change_the_company(timeline: Timeline, when: When) -> None:
    move = {"type": "team.update", "team": "partners", "parent": "sales"}
    timeline.add("partners.moved", when(1, 9), "anna", [move], ("OTHER", "Partners report to the head of sales."))
    rename = {"type": "team.update", "team": "customer-care", "name": "Customer Success"}
    timeline.add("customer-care.renamed", when(2, 2), "anna", [rename])
    hand_over = {"type": "key_result.update", "key_result": "cut-spend-again/cut-spend-2", "owner": "petr"}
    reason = ("EXTERNAL_CHANGE", "Lucas leaves the company.")
    timeline.add("lucas.hands-over", when(2, 3, 9), "anna", [hand_over], reason)
    leave = [
        {"type": "team.remove_member", "team": "operations", "person": "lucas"},
        {"type": "person.deactivate", "person": "lucas"},
    ]
    timeline.add("lucas.leaves", when(2, 4, 9), "anna", leave)
