"""The demo's reviewers: every few weeks they read what waits for them, and sometimes say something."""

from random import Random

from events.acknowledgement import reviewer_of
from events.facts import Facts
from events.objective import ObjectiveState
from service.demo.calendar import FiscalYear
from service.demo.company import PEOPLE
from service.demo.timeline import Content, Decided, Timeline
from service.history_commands import Names

_SEED = 20_260_104
"""Its own: what is read changes nothing of what happens."""

_WEEKS = (3, 6, 9, 11)
_NOTES = (None, None, None, "Thank you, clear as always.", "Let us talk about this on Friday.", "Good that you say so early.")


def add_acknowledgements(timeline: Timeline, year: FiscalYear) -> None:
    """Put down what is read in every quarter; of the running one the last weeks still wait."""
    random = Random(_SEED)
    for quarter in year.quarters:
        for week in _WEEKS:
            for person in PEOPLE:
                key = f"quarter-{quarter.number}.read-{week}-{person.key}"
                timeline.add(key, quarter.moment(week, random, 16), person.key, _waiting(person.key, random.random()))


def _waiting(person: str, chance: float) -> Decided:
    def decided(facts: Facts, names: Names) -> list[Content]:
        person_id = names.resolve(person)
        notes = Random(chance)
        return [_acknowledge(each, notes.choice(_NOTES)) for each in _unread(person_id, facts)]

    return decided


def _acknowledge(check_in_id: str, note: str | None) -> Content:
    content: Content = {"type": "check_in.acknowledge", "check_in": check_in_id}
    return content if note is None else {**content, "note": note}


def _unread(person_id: str, facts: Facts) -> list[str]:
    """Answer the check-ins that wait for a person, in the order of their key results."""
    unread: list[str] = []
    for key_result in facts.key_results.values():
        latest = facts.measurements_of(key_result.key_result_id).latest
        objective = facts.objectives[key_result.objective_id]
        if latest is None or latest.acknowledged_at or latest.reading_id or key_result.dropped_at:
            continue
        team = facts.team(objective.team_id or "")
        waits_for = reviewer_of(latest.author_id, objective.owner_id, team.lead_id if team else None)
        if waits_for == person_id and objective.state is ObjectiveState.ACTIVE:
            unread.append(latest.check_in_id)
    return unread
