"""A company's history of a wanted length, in the history format: what `bench.history` imports and reads.

A quarter that was closed with reviews, and one that runs and is in its twelfth week. Four key results per objective are
checked in together every Friday; what is left up to the wanted length are single check-ins on any working day, as
measures that report themselves make them. Some are late, corrected or retracted; targets, weights, titles, owners,
teams and objectives of key results change on the way. The same numbers and the same day give the same history.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import orjson

from service.history_format import FORMAT, VERSION

Content = dict[str, Any]

EVENTS_PER_OBJECTIVE = 200
KEY_RESULTS_PER_OBJECTIVE = 4
WEEKS = 12
ELAPSED = timedelta(days=82)
"""The running quarter began so long ago."""

PLANNING = timedelta(days=12)
REASONS = ("EXTERNAL_CHANGE", "NEW_INFORMATION", "IRRELEVANT", "CORRECTION")
# How often, per objective of the running quarter, something other than a check-in happens.
INCIDENTS = {
    "correct": 5.0,
    "retract": 1.5,
    "retarget": 4.0,
    "reweight": 2.0,
    "retitle_part": 2.0,
    "reschedule": 1.0,
    "move_part": 0.3,
    "drop": 0.4,
    "restore": 0.1,
    "retitle": 1.0,
    "reown": 0.5,
    "rank": 2.0,
    "transfer": 0.2,
}


@dataclass(slots=True)
class _Part:
    """A key result as it stands."""

    key: str
    objective: "_Aim"
    kind: str
    start: float
    target: float
    weight: int = 1
    is_dropped: bool = False
    titles: int = 0
    check_ins: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class _Aim:
    """An objective as it stands."""

    key: str
    owner: str
    team: str
    priority: int
    titles: int = 0
    parts: list[_Part] = field(default_factory=list[_Part])


class Company:
    """The lines of a history of `events` events that ends at `now`; its things are named by keys as below.

    `people[0]` is the ADMIN, the others are MEMBERs; `cycles` are the closed quarter and the running one.
    """

    cycles = ("closed", "running")

    def __init__(self, events: int, now: datetime) -> None:
        self.objectives = events // EVENTS_PER_OBJECTIVE
        self.key_results = self.objectives * KEY_RESULTS_PER_OBJECTIVE
        self.people = [f"person-{number}" for number in range(max(self.objectives // 4, 5))]
        self.teams = [f"team-{number}" for number in range(max(self.objectives // 20, 3))]
        self.began_on = (now - ELAPSED).date()
        self._events = events
        self._random = Random(events)  # noqa: S311 - it must be the same each time
        self._written = 0
        self._acts = 0
        self._at = _instant(self.began_on - timedelta(days=130), 8)
        self._aims: list[_Aim] = []
        self._parts: list[_Part] = []
        self._check_ins = 0

    def lines(self) -> Iterator[bytes]:
        """Answer the history."""
        organization = {"name": f"Company of {self._events}", "time_zone": "Europe/Prague"}
        header = {"format": FORMAT, "version": VERSION, "at": self._at.isoformat(), "organization": organization}
        self._written = 1
        yield orjson.dumps(header)
        yield from self._founded()
        closed_on = self.began_on - PLANNING - timedelta(days=2)
        yield from self._planned("closed", closed_on - timedelta(days=90), self.objectives // 5)
        yield from self._closed(closed_on)
        yield from self._planned("running", self.began_on, self.objectives - self.objectives // 5)
        yield from self._ran()

    # --- writing

    def _act(self, actor: str, *commands: Content, at: datetime | None = None, is_changed: bool = False) -> bytes:
        """Answer an act, at a time or a second after the last one; every command here makes exactly one event.

        Times of the log rise: in a large company many acts fall on one.
        """
        self._at = self._at + timedelta(seconds=1) if at is None else max(self._at + timedelta(milliseconds=1), at)
        self._acts += 1
        self._written += len(commands)
        line: Content = {"key": str(self._acts), "at": self._at.isoformat(), "actor": actor, "commands": commands}
        if is_changed:
            line["reason"] = {"code": self._random.choice(REASONS), "text": "What we have learned since"}
        return orjson.dumps(line)

    def _founded(self) -> Iterator[bytes]:
        for number, person in enumerate(self.people):
            role = "ADMIN" if number == 0 else "MEMBER"
            email = f"{person}@example.com"
            invite = {"type": "person.invite", "key": person, "name": f"Person {number}", "email": email, "role": role}
            yield self._act(self.people[0] if number else "system", invite)
        for number, team in enumerate(self.teams):
            # A tree: every team has up to four below it.
            parent = None if number == 0 else self.teams[(number - 1) // 4]
            lead = self.people[number % len(self.people)]
            create = {"type": "team.create", "key": team, "name": f"Team {number}", "parent": parent, "lead": lead}
            yield self._act(self.people[0], create)
        for number, person in enumerate(self.people):
            team = self.teams[number % len(self.teams)]
            yield self._act(self.people[0], {"type": "team.add_member", "team": team, "person": person})

    def _planned(self, cycle: str, starts_on: date, count: int) -> Iterator[bytes]:
        """Plan a quarter and kick it off."""
        self._at = max(self._at, _instant(starts_on, 9) - PLANNING)
        ends_on = starts_on + timedelta(days=90)
        create = {"type": "cycle.create", "key": cycle, "name": cycle, "starts_on": str(starts_on), "ends_on": str(ends_on)}
        yield self._act(self.people[0], create)
        self._aims, self._parts = [], []
        for number in range(count):
            yield from self._set(cycle, number)
            self._at += PLANNING / (count + 1)
        yield self._act(self.people[0], {"type": "cycle.activate", "cycle": cycle}, at=_instant(starts_on, 9))

    def _set(self, cycle: str, number: int) -> Iterator[bytes]:
        """Write an objective down, with its key results, and align it to an earlier one."""
        random, key = self._random, f"{cycle}-{number}"
        aim = _Aim(key=key, owner=random.choice(self.people), team=random.choice(self.teams), priority=number)
        create: Content = {
            "type": "objective.create",
            "key": key,
            "cycle": cycle,
            "title": f"Aim number {number}",
            "team": aim.team,
            "owner": aim.owner,
            "priority": number,
            "ambition": random.choices(("COMMITTED", "ASPIRATIONAL"), (30, 70))[0],
            "visibility": random.choices(("ORGANIZATION", "TEAM", "PRIVATE"), (80, 15, 5))[0],
        }
        parts = [self._part(aim, place) for place in range(KEY_RESULTS_PER_OBJECTIVE)]
        yield self._act(aim.owner, create, *parts, {"type": "objective.activate", "objective": key})
        if self._aims and random.randrange(2):
            align = {"type": "objective.align", "objective": key, "parent": random.choice(self._aims).key}
            yield self._act(aim.owner, align)
        self._aims.append(aim)

    def _part(self, aim: _Aim, place: int) -> Content:
        random = self._random
        kind = random.choices(("INCREASE", "DECREASE", "AT_LEAST", "BINARY"), (65, 15, 12, 8))[0]
        low, high = random.randint(0, 40), random.randint(50, 200)
        start, target = (high, low) if kind == "DECREASE" else (low, high)
        part = _Part(key=f"{aim.key}-{place}", objective=aim, kind=kind, start=start, target=target)
        metric: Content = {"kind": kind}
        if kind != "BINARY":
            metric |= {"unit": random.choice(("PERCENT", "NUMBER", "DAYS")), "start": start, "target": target}
        aim.parts.append(part)
        self._parts.append(part)
        added = {"type": "key_result.add", "key": part.key, "objective": aim.key, "title": f"Measure {part.key}"}
        return {**added, "metric": metric, "owner": aim.owner}

    # --- the quarter that is closed

    def _closed(self, ends_on: date) -> Iterator[bytes]:
        for at, number in sorted(self._sheets(ends_on - timedelta(days=90), WEEKS)):
            yield self._sheet(self._aims[number], at)
        self._at = max(self._at, _instant(ends_on, 17))
        yield self._act(self.people[0], {"type": "cycle.review", "cycle": "closed"})
        for aim in self._aims:
            decision = self._random.choice(("KEEP", "MODIFY", "ABANDON"))
            review: Content = {"type": "objective.close", "objective": aim.key, "decision": decision}
            review |= {"score": self._random.randint(0, 10) / 10, "explanation": "Seen from outside"}
            review |= {"root_cause": "A late start", "learned": "Begin earlier"}
            yield self._act(aim.owner, review)
        yield self._act(self.people[0], {"type": "cycle.close", "cycle": "closed"})

    # --- the quarter that runs

    def _ran(self) -> Iterator[bytes]:
        """Let everything happen in the order of time, and fill up with single check-ins to the wanted length."""
        agenda = [(at, "sheet", number) for at, number in self._sheets(self.began_on, ELAPSED.days // 7)]
        planned = len(agenda) * KEY_RESULTS_PER_OBJECTIVE
        for number in range(len(self._aims)):
            for what, often in INCIDENTS.items():
                times = [self._working_time() for _ in range(self._often(often))]
                agenda += [(at, what, number) for at in times]
                planned += len(times)
        singles = self._events - self._written - planned
        agenda += [(self._working_time(), "single", number % len(self._aims)) for number in range(singles)]
        agenda.sort()
        for at, what, number in agenda:
            yield from self._happened(at, what, self._aims[number])

    def _happened(self, at: datetime, what: str, aim: _Aim) -> Iterator[bytes]:
        """Let one thing happen; a single check-in takes the place of each event that there is no occasion for."""
        planned, before = KEY_RESULTS_PER_OBJECTIVE if what == "sheet" else 1, self._written
        if what == "sheet" and any(not part.is_dropped for part in aim.parts):
            yield self._sheet(aim, at)
        elif what != "single" and (fitting := [part for part in aim.parts if what != "restore" or part.is_dropped]):
            command = self._changed(what, self._random.choice(fitting))
            if command is not None:
                yield self._act(aim.owner, command, at=at, is_changed=True)
        for _ in range(before + planned - self._written):
            yield self._single(at)

    def _changed(self, what: str, part: _Part) -> Content | None:
        """Answer the change of a key result or its objective, None where it makes no sense now."""
        if what in ("correct", "retract"):
            return self._amended(what, part)
        if part.is_dropped:
            if what != "restore":
                return None
            part.is_dropped = False
            return {"type": "key_result.restore", "key_result": part.key}
        match what:
            case "drop" if sum(not each.is_dropped for each in part.objective.parts) > 1:
                part.is_dropped = True
                return {"type": "key_result.drop", "key_result": part.key}
            case "retarget" if part.kind != "BINARY":
                away = part.target - part.start
                part.target = round(part.start + away * self._random.choice((0.8, 0.9, 1.1, 1.25)), 2)
                return {"type": "key_result.retarget", "key_result": part.key, "target": part.target}
            case "reweight" | "retitle_part" | "reschedule" | "move_part":
                return self._updated(what, part)
            case "retitle" | "reown" | "rank" | "transfer":
                return self._rewritten(what, part.objective)
            case _:
                return None

    def _updated(self, what: str, part: _Part) -> Content:
        update: Content = {"type": "key_result.update", "key_result": part.key}
        if what == "reweight":
            part.weight = part.weight % 5 + 1
            return update | {"weight": str(part.weight)}
        if what == "retitle_part":
            part.titles += 1
            return update | {"title": f"Measure {part.key}, worded {part.titles} times"}
        if what == "move_part":
            part.objective.parts.remove(part)
            part.objective = self._other(self._aims, part.objective)
            part.objective.parts.append(part)
            return update | {"objective": part.objective.key}
        return update | {"due_on": str(self.began_on + timedelta(days=30 + self._written % 60))}

    def _rewritten(self, what: str, aim: _Aim) -> Content:
        update: Content = {"type": "objective.update", "objective": aim.key}
        if what == "retitle":
            aim.titles += 1
            return update | {"title": f"Aim {aim.key}, worded {aim.titles} times"}
        if what == "reown":
            aim.owner = self._other(self.people, aim.owner)
            return update | {"owner": aim.owner}
        if what == "transfer":
            aim.team = self._other(self.teams, aim.team)
            return update | {"team": aim.team}
        aim.priority += 1
        return update | {"priority": aim.priority}

    def _other(self, several: list[Any], known: Any) -> Any:
        return self._random.choice([each for each in several if each != known])

    def _amended(self, what: str, part: _Part) -> Content | None:
        if part.is_dropped or not part.check_ins or part.kind == "BINARY":
            return None
        place = self._random.randrange(len(part.check_ins))
        if what == "correct":
            # With a digit more than any value has, so that it differs.
            value = f"{self._random.uniform(part.start, part.target):.2f}7"
            return {"type": "check_in.correct", "check_in": part.check_ins[place], "value": value}
        return {"type": "check_in.retract", "check_in": part.check_ins.pop(place)}

    # --- check-ins

    def _sheets(self, starts_on: date, weeks: int) -> Iterator[tuple[datetime, int]]:
        """Answer when the objectives are checked in: on the Fridays of some weeks, some of them days later."""
        for week in range(weeks):
            friday = starts_on + timedelta(days=7 * week + (5 - starts_on.isoweekday()) % 7)
            for number in range(len(self._aims)):
                days_late = self._random.choices((0, 1, 3), (85, 10, 5))[0]
                late = timedelta(days=days_late, seconds=self._random.randrange(3 * 3600))
                yield _instant(friday, 14) + late, number

    def _sheet(self, aim: _Aim, at: datetime) -> bytes:
        """Answer the weekly check-ins of an objective's key results, measured on the Friday before."""
        effective_at = _instant(at.date() - timedelta(days=(at.isoweekday() - 5) % 7), 14)
        parts = [part for part in aim.parts if not part.is_dropped][:KEY_RESULTS_PER_OBJECTIVE]
        return self._act(aim.owner, *(self._check_in(part, effective_at) for part in parts), at=at)

    def _single(self, at: datetime) -> bytes:
        part = self._random.choice(self._parts)
        while part.is_dropped:
            part = self._random.choice(self._parts)
        return self._act(part.objective.owner, self._check_in(part, at), at=at)

    def _check_in(self, part: _Part, effective_at: datetime) -> Content:
        random = self._random
        self._check_ins += 1
        key = f"check-in-{self._check_ins}"
        part.check_ins.append(key)
        share = min(len(part.check_ins) / 30, 1) * random.uniform(0.6, 1.1)
        value = str(random.randint(0, 1)) if part.kind == "BINARY" else f"{part.start + (part.target - part.start) * share:.2f}"
        return {
            "type": "check_in.record",
            "key": key,
            "key_result": part.key,
            "value": value,
            "status": random.choices(("ON_TRACK", "AT_RISK", "OFF_TRACK"), (60, 30, 10))[0],
            "confidence": random.randint(1, 9) / 10,
            "comment": random.choices(("The new introduction works better than the one before", None), (30, 70))[0],
            "effective_at": effective_at.isoformat(),
        }

    # --- chance

    def _working_time(self) -> datetime:
        """Answer an instant on a working day of the quarter so far."""
        days = self._random.randrange(ELAPSED.days)
        day = self.began_on + timedelta(days=days)
        day -= timedelta(days=max(day.isoweekday() - 5, 0))
        seconds = self._random.randrange(10 * 3600)
        return max(_instant(day, 8), _instant(self.began_on, 9)) + timedelta(seconds=seconds)

    def _often(self, mean: float) -> int:
        return int(mean) + (self._random.random() < mean % 1)


def _instant(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)
