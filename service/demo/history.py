"""The demo's history as lines of the history format: the same for the same day, whatever the machine."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import orjson

from service.demo.acknowledgements import add_acknowledgements
from service.demo.calendar import FiscalYear, Quarter, fiscal_year, fiscal_year_running, moment
from service.demo.company import CARRIED_OVER, NAME, ORGANIZATION_ID, PEOPLE, PLACEMENTS, TEAMS, TIME_ZONE
from service.demo.conversation import add_conversation
from service.demo.custom_fields import add_custom_fields
from service.demo.incidents import COURSES, GRADES, UNDECIDED, add_incidents
from service.demo.initiatives import add_initiatives
from service.demo.kpis import add_kpis
from service.demo.quarters import (
    KeyResultPlan,
    ObjectivePlan,
    add_check_ins,
    carried_over,
    creation,
    plan_objective,
    review,
    when_reviewed,
)
from service.demo.source import SourceObjective, read_source
from service.demo.templates import add_templates
from service.demo.timeline import Content, Timeline
from service.history_format import FORMAT, VERSION

_SEED = 20_260_101
_LEAD = timedelta(days=30)
"""The company begins so long before its first quarter."""

READY = "ready"
"""The key of the last act."""

_NEWEST = timedelta(minutes=1)
"""The newest act is at least this old, so that none lies in the future of a clock that is a little behind."""


def demo_history(now: datetime, begun_at: datetime | None = None) -> Iterator[bytes]:
    """Answer the lines of a history that ends a minute before `now`; both times have a time zone.

    With `begun_at`, the time of its first event, it is the history that begins there: the same acts as before, and
    those that have become due since.
    """
    zone = ZoneInfo(TIME_ZONE)
    if begun_at is None:
        year = fiscal_year_running(now.astimezone(zone).date())
    else:
        year = fiscal_year(begun_at.astimezone(zone).date() + _LEAD)
    random = Random(_SEED)
    source = read_source()
    timeline = Timeline(_header(year, random))
    _add_company(timeline, year, random)
    plans = _plan_all(source, random)
    _add_year(timeline, year, source, plans["revenue"], random)
    for quarter in year.quarters:
        _add_quarter(timeline, quarter, source, plans, random)
    _add_following(timeline, year, random)
    add_incidents(timeline, year, source, random)
    add_initiatives(timeline, year)
    add_conversation(timeline, year)
    add_kpis(timeline, year)
    add_templates(timeline, year)
    add_acknowledgements(timeline, year)
    add_custom_fields(timeline, year)
    until = now - _NEWEST
    yield from timeline.lines(until - timedelta(seconds=1))
    # Changes nothing. That it is in the log says that all before it is.
    settings = {"type": "organization.update", "fiscal_year_start_month": year.starts_on.month}
    yield orjson.dumps({"key": READY, "at": until.isoformat(), "actor": PEOPLE[0].key, "commands": [settings]})


def _header(year: FiscalYear, random: Random) -> Content:
    at = moment(year.starts_on - _LEAD, random, 8)
    organization = {"id": ORGANIZATION_ID, "name": NAME, "time_zone": TIME_ZONE}
    return {"format": FORMAT, "version": VERSION, "at": at.isoformat(), "organization": organization}


def _add_company(timeline: Timeline, year: FiscalYear, random: Random) -> None:
    first_day = year.starts_on - _LEAD
    for place, person in enumerate(PEOPLE):
        invite = {"type": "person.invite", "key": person.key, "name": person.name, "email": person.email, "role": person.role}
        # The first person has nobody to be invited by.
        actor = "system" if place == 0 else PEOPLE[0].key
        timeline.add(
            f"{person.key}.invited", moment(first_day + timedelta(days=place // 4), random, 9 + place % 4), actor, [invite]
        )
    for place, (key, name, parent, lead) in enumerate(TEAMS):
        members = [person.key for person in PEOPLE if key in person.teams]
        commands: list[Content] = [{"type": "team.create", "key": key, "name": name, "parent": parent, "lead": lead}]
        commands.extend({"type": "team.add_member", "team": key, "person": member} for member in members)
        timeline.add(f"{key}.formed", moment(first_day + timedelta(days=4), random, 9 + place), "anna", commands)
    settings = {"type": "organization.update", "fiscal_year_start_month": year.starts_on.month}
    timeline.add("settings", moment(first_day + timedelta(days=5), random), "anna", [settings])
    create = {
        "type": "cycle.create",
        "key": "year",
        "name": year.year.name,
        "starts_on": year.year.starts_on.isoformat(),
        "ends_on": year.year.ends_on.isoformat(),
    }
    timeline.add("year.planned", moment(first_day + timedelta(days=6), random), "anna", [create])


def _plan_all(source: dict[str, SourceObjective], random: Random) -> dict[str, ObjectivePlan]:
    """Plan the published objectives and their successors; what incidents add is planned with them."""
    plans = {
        placement.objective: plan_objective(placement, source[placement.objective], COURSES, random) for placement in PLACEMENTS
    }
    for objective, key, author, metric, course in (
        ("inbound", "inbound-visitors", "sofia", {"kind": "INCREASE", "unit": "NUMBER", "start": 0, "target": 900}, "good"),
        (
            "crm-transparent",
            "crm-reports-opened",
            "petr",
            {"kind": "AT_LEAST", "unit": "PERCENT", "start": 10, "target": 80},
            "slow",
        ),
        (
            "crm-transparent",
            "crm-reports-built",
            "hana",
            {"kind": "MILESTONE", "stages": [{"key": "pipeline"}, {"key": "forecast"}, {"key": "activity"}]},
            "early",
        ),
        ("asia", "asia-readiness", "mei", {"kind": "ESTIMATED"}, "slow"),
        ("revenue", "revenue-discount", "daniel", {"kind": "RANGE", "unit": "PERCENT", "low": 5, "high": 12}, "good"),
    ):
        added = KeyResultPlan(key=key, author=author, metric=metric, course=course)
        known = plans[objective]
        plans[objective] = ObjectivePlan(
            key=objective, owner=known.owner, key_results=(*known.key_results, added), flaws=known.flaws
        )
    for _, origin, successor in CARRIED_OVER:
        plans[successor] = carried_over(plans[origin], successor, random)
    return plans


def _add_year(
    timeline: Timeline, year: FiscalYear, source: dict[str, SourceObjective], plan: ObjectivePlan, random: Random
) -> None:
    placement = PLACEMENTS[0]
    start = year.starts_on
    commands = creation(placement, source["revenue"], "year", UNDECIDED)
    timeline.add("revenue.written", moment(start - timedelta(days=16), random), placement.owner, commands)
    timeline.add("year.activated", moment(start, random, 8), "anna", [{"type": "cycle.activate", "cycle": "year"}])
    activate = {"type": "objective.activate", "objective": "revenue"}
    timeline.add("revenue.activated", moment(start - timedelta(days=14), random, 9), placement.owner, [activate])
    monthly = year.year.fridays()[3::4]
    add_check_ins(timeline, plan, year.year, monthly, random)


def _add_quarter(
    timeline: Timeline,
    quarter: Quarter,
    source: dict[str, SourceObjective],
    plans: dict[str, ObjectivePlan],
    random: Random,
) -> None:
    cycle = f"quarter-{quarter.number}"
    start = quarter.starts_on
    _add_cycle(timeline, quarter, random)
    placements = [each for each in PLACEMENTS if each.quarter == quarter.number]
    for place, placement in enumerate(placements):
        commands = creation(placement, source[placement.objective], cycle, UNDECIDED)
        written_at = moment(start - timedelta(days=12 - place), random, 11)
        timeline.add(f"{placement.objective}.written", written_at, placement.owner, commands)
        activate = {"type": "objective.activate", "objective": placement.objective}
        activated_at = moment(start - timedelta(days=4 - place % 3), random, 13)
        timeline.add(f"{placement.objective}.activated", activated_at, placement.owner, [activate])
        if placement.parent is not None:
            # Not before all are active: nobody can align to the draft of somebody else.
            align = {"type": "objective.align", "objective": placement.objective, "parent": placement.parent}
            timeline.add(
                f"{placement.objective}.aligned", moment(start - timedelta(days=1), random, 14), placement.owner, [align]
            )
        add_check_ins(timeline, plans[placement.objective], quarter, quarter.fridays(), random)
    order = {"type": "objective.reorder", "cycle": cycle, "objectives": [each.objective for each in placements]}
    timeline.add(f"{cycle}.ordered", moment(start - timedelta(days=1), random), "anna", [order])
    successors = [each for each in CARRIED_OVER if each[0] == quarter.number]
    for _, origin, successor in successors:
        plan = plans[successor]
        carry = {"type": "objective.carry_over", "objective": origin, "key": successor, "cycle": cycle}
        timeline.add(f"{origin}.carried-over", moment(start + timedelta(days=11), random, 16), plan.owner, [carry])
        days = [day for day in quarter.fridays() if (day - start).days > 11]
        add_check_ins(timeline, plan, quarter, days, random)
    reviewed = [each.objective for each in placements] + [each[2] for each in successors]
    for place, key in enumerate(reviewed):
        closed_at = when_reviewed(quarter, place, random)
        timeline.add(f"{key}.reviewed", closed_at, plans[key].owner, review(plans[key], GRADES.get(key), random))
    if quarter.number == 1:
        _add_reopening(timeline, quarter, plans["csat-plus-10"], random)


def _add_cycle(timeline: Timeline, quarter: Quarter, random: Random) -> None:
    cycle, start, end = f"quarter-{quarter.number}", quarter.starts_on, quarter.ends_on
    is_renamed = quarter.number == 1
    create: Content = {
        "type": "cycle.create",
        "key": cycle,
        "name": "The partner quarter" if is_renamed else quarter.name,
        "starts_on": (start + timedelta(days=1) if is_renamed else start).isoformat(),
        "ends_on": end.isoformat(),
        "parent": "year",
    }
    planned_at = moment(start - timedelta(days=15), random, 15)
    timeline.add(f"{cycle}.planned", planned_at, "anna", [create])
    if is_renamed:
        redate = {"type": "cycle.update", "cycle": cycle, "starts_on": start.isoformat()}
        timeline.add(f"{cycle}.redated", planned_at + timedelta(seconds=39), "anna", [redate])
        rename = {"type": "cycle.update", "cycle": cycle, "name": quarter.name}
        timeline.add(f"{cycle}.renamed", quarter.moment(2, random), "anna", [rename])
    for day, phase in ((start, "activate"), (end + timedelta(days=2), "review"), (end + timedelta(days=14), "close")):
        timeline.add(f"{cycle}.{phase}", moment(day, random, 8), "anna", [{"type": f"cycle.{phase}", "cycle": cycle}])


def _add_reopening(timeline: Timeline, quarter: Quarter, plan: ObjectivePlan, random: Random) -> None:
    """Reopen a sealed quarter for a figure that came in late, review once more and seal it again."""
    cycle, objective = f"quarter-{quarter.number}", plan.key
    day = quarter.ends_on + timedelta(days=20)
    reopen: list[Content] = [
        {"type": "cycle.reopen", "cycle": cycle},
        {"type": "objective.reopen", "objective": objective},
    ]
    reason = ("CORRECTION", "The complaints of the last month were not counted.")
    timeline.add(f"{cycle}.reopened", moment(day, random, 9), "anna", reopen, reason)
    report: Content = {
        "type": "check_in.record",
        "key": f"{objective}-3.late",
        "key_result": f"{objective}-3",
        "value": "11.5",
        "status": "AT_RISK",
        "comment": "With the complaints that came by letter.",
        "effective_at": moment(quarter.ends_on, random, 20).isoformat(),
    }
    timeline.add(f"{objective}-3.late", moment(day, random, 10), plan.owner, [report])
    timeline.add(f"{objective}.reviewed-again", moment(day, random, 11), plan.owner, review(plan, None, random))
    close: Content = {"type": "cycle.close", "cycle": cycle}
    timeline.add(f"{cycle}.closed-again", moment(day, random, 15), "anna", [close])


def _add_following(timeline: Timeline, year: FiscalYear, random: Random) -> None:
    """Plan the quarter after the running one, with a draft in it."""
    day = year.quarters[-1].starts_on + timedelta(days=30)
    following = year.following
    create = {
        "type": "cycle.create",
        "key": "following",
        "name": following.name,
        "starts_on": following.starts_on.isoformat(),
        "ends_on": following.ends_on.isoformat(),
    }
    timeline.add("following.planned", moment(day, random), "anna", [create])
    draft: list[Content] = [
        {
            "type": "objective.create",
            "key": "nordics",
            "cycle": "following",
            "title": "Open the Nordic market",
            "team": "new-business",
            "owner": "daniel",
            "description": "A first idea, not agreed with anyone yet.",
            "labels": ["growth"],
        },
        {
            "type": "key_result.add",
            "key": "nordics-1",
            "objective": "nordics",
            "title": "XX qualified conversations",
            "metric": {"kind": "UNDECIDED"},
            "owner": "daniel",
        },
    ]
    timeline.add("nordics.drafted", moment(day + timedelta(days=2), random), "daniel", draft)
