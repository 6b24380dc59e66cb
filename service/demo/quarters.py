"""What happens in every quarter: plans, weekly check-ins, reviews and what is carried over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from events.facts import Facts
from events.key_result import KeyResult
from events.metric import MetricKind
from events.objective import Ambition, ObjectiveState
from events.review import proposed_score
from service.demo.calendar import Quarter, moment
from service.demo.company import PEOPLE, Placement
from service.demo.measures import COURSES, choose_course, measured
from service.demo.remarks import BLOCKERS, LEARNED, NEXT_STEPS, ROOT_CAUSES, comment
from service.demo.source import SourceObjective
from service.demo.timeline import Content, Decided, Timeline
from service.history_commands import Names, UnreadableCommandError

_PEOPLE = {person.key: person for person in PEOPLE}
_LONGEST_DELAY_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultPlan:
    """How one key result will go: `last` is the value that a carried-over one begins with."""

    key: str
    author: str
    metric: dict[str, Any]
    course: str
    last: Decimal | None = None

    @property
    def check_in_key(self) -> str:
        """What the keys of its check-ins begin with; a key of the format has no slash."""
        return self.key.replace("/", ".")

    def value_at(self, share_of_time: float) -> dict[str, Any]:
        """Answer the measured fields of a check-in at a share of the quarter."""
        return measured(self.metric, COURSES[self.course](share_of_time), self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectivePlan:
    """One objective in one quarter."""

    key: str
    owner: str
    key_results: tuple[KeyResultPlan, ...]
    flaws: tuple[str, ...] = ()


def plan_objective(placement: Placement, source: SourceObjective, courses: dict[str, str], random: Random) -> ObjectivePlan:
    """Choose how the key results of a published objective will go; `courses` are the ones that are set."""
    key_results = tuple(
        KeyResultPlan(
            key=(key := f"{placement.objective}-{number}"),
            author=placement.owners[(number - 1) % len(placement.owners)],
            metric=each.metric,
            course=courses.get(key) or choose_course(random),
        )
        for number, each in enumerate(source.key_results, 1)
    )
    flaws = tuple(flaw for each in source.key_results for flaw in each.flaws)
    return ObjectivePlan(key=placement.objective, owner=placement.owner, key_results=key_results, flaws=flaws)


def carried_over(plan: ObjectivePlan, successor: str, random: Random) -> ObjectivePlan:
    """Choose how the copies of an objective's key results will go on."""
    copies = tuple(
        replace(
            each,
            key=f"{successor}/{each.key}",
            # Lucas leaves in the quarter after; what is carried over goes to Petr with the first check-in.
            author="petr" if each.author == "lucas" and "cut-spend" in successor else each.author,
            course=choose_course(random),
            last=Decimal(value) if (value := each.value_at(1.0).get("value")) is not None else None,
        )
        for each in plan.key_results
        if each.metric["kind"] != "MILESTONE"
    )
    return replace(plan, key=successor, key_results=copies)


def creation(placement: Placement, source: SourceObjective, cycle: str, undecided: frozenset[str]) -> list[Content]:
    """Answer the commands that write a published objective down; `undecided` key results have no metric yet."""
    objective: Content = {
        "type": "objective.create",
        "key": placement.objective,
        "cycle": cycle,
        "title": source.title,
        "team": placement.team,
        "owner": placement.owner,
        "description": source.description,
        "ambition": placement.ambition,
        "visibility": placement.visibility,
        "driver": placement.driver,
        "labels": list(placement.labels),
    }
    added: list[Content] = []
    for number, each in enumerate(source.key_results, 1):
        key = f"{placement.objective}-{number}"
        owner = placement.owners[(number - 1) % len(placement.owners)]
        metric = {"kind": "UNDECIDED"} if key in undecided else each.metric
        added.append(
            {
                "type": "key_result.add",
                "key": key,
                "objective": placement.objective,
                "title": each.title,
                "metric": metric,
                "owner": owner,
                "priority": number,
            }
        )
    return [objective, *added]


def add_check_ins(timeline: Timeline, plan: ObjectivePlan, quarter: Quarter, days: Sequence[date], random: Random) -> None:
    """Put down the check-ins of an objective's key results for the days on which they fall due."""
    is_together = random.random() < 0.45 and len({each.author for each in plan.key_results}) <= 2
    for week, day in enumerate(days, 1):
        if is_together:
            present = [each for each in plan.key_results if random.random() > 0.05]
            _add_report(timeline, plan.owner, present, quarter, day, week, random)
        else:
            for each in plan.key_results:
                if random.random() > 0.07:
                    _add_report(timeline, each.author, [each], quarter, day, week, random)
    _add_final_values(timeline, plan, quarter, random)


def _add_final_values(timeline: Timeline, plan: ObjectivePlan, quarter: Quarter, random: Random) -> None:
    at = moment(quarter.ends_on + timedelta(days=1), random, 9)
    measured_at = moment(quarter.ends_on, random, 18)
    reports = [_report(each, f"{each.check_in_key}.end", plan.owner, 1.0, random) for each in plan.key_results]
    for report in reports:
        report["effective_at"] = measured_at.isoformat()
    timeline.add(f"{plan.key}.final", at, plan.owner, only_possible(reports))


def _add_report(  # noqa: PLR0917 - a timeline, what to report, and when
    timeline: Timeline,
    author: str,
    key_results: Sequence[KeyResultPlan],
    quarter: Quarter,
    day: date,
    week: int,
    random: Random,
) -> None:
    if not key_results:
        return
    delay = _delay(random)
    at = moment(day + timedelta(days=delay), random, random.randrange(9, 18))
    reports = [_report(each, f"{each.check_in_key}.{week}", author, quarter.share(day), random) for each in key_results]
    if delay:
        measured_at = moment(day, random, 17).isoformat()
        reports = [{**report, "effective_at": measured_at} for report in reports]
    act = reports[0]["key"]
    mistaken = _mistaken(reports[0], key_results[0], random) if random.random() < 0.035 else None
    if mistaken is not None:
        correction = {"type": "check_in.correct", "check_in": act, "value": reports[0]["value"]}
        corrected_at = at + timedelta(minutes=random.choice((4, 25, 190, 1500, 2900)))
        timeline.add(f"{act}.corrected", corrected_at, author, only_possible([correction]), ("CORRECTION", "typing error"))
        reports[0] = mistaken
    elif random.random() < 0.015:
        retraction = {"type": "check_in.retract", "check_in": act}
        retracted_at = at + timedelta(minutes=random.choice((2, 40, 900)))
        timeline.add(f"{act}.retracted", retracted_at, author, only_possible([retraction]), ("CORRECTION", "wrong key result"))
    timeline.add(act, at, author, only_possible(reports))


def _delay(random: Random) -> int:
    """Choose by how many days a report is late: most are not."""
    longest = random.choices((0, 1, 3, 9, _LONGEST_DELAY_DAYS), (70, 11, 10, 6, 3))[0]
    return random.randint(longest // 2, longest)


def _mistaken(report: Content, plan: KeyResultPlan, random: Random) -> Content | None:
    value = report.get("value")
    if value is None or plan.metric["kind"] in ("BINARY", "ESTIMATED") or Decimal(value) == 0:
        return None
    factor = random.choice((Decimal(10), Decimal("0.1"), Decimal("1.25")))
    return {**report, "value": str(round(Decimal(value) * factor, 1))}


def _report(plan: KeyResultPlan, key: str, author: str, time: float, random: Random) -> Content:
    person = _PEOPLE[author]
    course = COURSES[plan.course]
    pace = course(time) - time
    felt = pace + person.optimism * 0.6 * (1 - time)
    status = "ON_TRACK" if felt >= -0.1 else "AT_RISK" if felt >= -0.25 else "OFF_TRACK"
    # Near the end people know; before, they extrapolate, each in their own way.
    outcome = 1.0 if course(1.0) >= 0.95 else 0.0
    belief = (1 - time) * (0.62 + pace) + time * (0.25 + 0.6 * outcome) + person.optimism + random.uniform(-0.1, 0.1)
    report: Content = {
        "type": "check_in.record",
        "key": key,
        "key_result": plan.key,
        **plan.value_at(time),
        "confidence": round(min(max(belief, 0.05), 0.95) * 20) / 20,
        "status": status,
    }
    if random.random() < 0.6:
        report["comment"] = comment(person.remarks, status, random)
    if status == "OFF_TRACK" and random.random() < 0.7:
        report["blockers"] = random.choice(BLOCKERS)
    if status != "ON_TRACK" and random.random() < 0.5:
        report["next_steps"] = random.choice(NEXT_STEPS)
    return report


def only_possible(commands: list[Content]) -> Decided:
    """Leave out what has no object any more when its time has come: nobody reports on what was dropped."""

    def decided(facts: Facts, names: Names) -> list[Content]:
        return [possible for each in commands if (possible := _possible(each, facts, names)) is not None]

    return decided


def _possible(command: Content, facts: Facts, names: Names) -> Content | None:
    try:
        subject = names.resolve(command.get("check_in") or command["key_result"])
    except UnreadableCommandError:
        return None
    if "check_in" in command:
        known = facts.check_in(subject)
        if known is None or known.retracted_at is not None:
            return None
        subject = known.key_result_id
    key_result = facts.key_result(subject)
    if key_result is None or not _is_reported_on(key_result, facts):
        return None
    if key_result.metric.kind is MetricKind.UNDECIDED:
        return {name: value for name, value in command.items() if name != "value"}
    return command


def _is_reported_on(key_result: KeyResult, facts: Facts) -> bool:
    objective = facts.objectives[key_result.objective_id]
    return key_result.dropped_at is None and objective.state is ObjectiveState.ACTIVE


def review(plan: ObjectivePlan, grade: str | None, random: Random) -> Decided:
    """Answer the review of an objective: graded by its progress, or by `grade` against it."""
    root_cause, learned = random.choice(ROOT_CAUSES), random.choice(LEARNED)
    # What the publisher's reviewers found is what a review would have brought to light.
    learned = "\n".join([learned, *(f"Flaw found in a key result: {flaw}" for flaw in plan.flaws)])

    def decided(facts: Facts, names: Names) -> list[Content]:
        objective = facts.objectives[names.resolve(plan.key)]
        if objective.state is not ObjectiveState.ACTIVE:
            return []
        proposed = proposed_score(facts.number(objective))
        score = Decimal(grade) if grade is not None else proposed or Decimal(0)
        decision = "KEEP" if score >= Decimal("0.7") else "MODIFY" if score >= Decimal("0.3") else "ABANDON"
        content: Content = {
            "type": "objective.close",
            "objective": plan.key,
            "decision": decision,
            "score": str(score),
            "learned": learned,
        }
        if score != proposed:
            content["explanation"] = "The figures moved, but not because of what we did; we graded our own part."
        elif objective.ambition is Ambition.COMMITTED and score < 1:
            content["explanation"] = "We promised all of it and delivered this much; the rest is planned for next quarter."
        if score < Decimal("0.7"):
            content["root_cause"] = root_cause
        return [content]

    return decided


def when_reviewed(quarter: Quarter, place: int, random: Random) -> datetime:
    """Answer when the objective at a place in a quarter's list is reviewed."""
    return moment(quarter.ends_on + timedelta(days=3 + place % 7), random, 14)
