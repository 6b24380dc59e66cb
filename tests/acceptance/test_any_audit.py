"""Whatever happened, the audit tells all of it and nothing else: for those who see everything, and for a member.

Read over HTTP, page by page both ways, and compared with a plain fold of the events: who, what, when, why, and each field
before and after.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn
from events.cycle import ActivateCycle, CreateCycle
from events.envelope import Reason, ReasonCode
from events.facts import Facts
from events.folding import apply
from events.identifier import Noun, derive_identifier, format_identifier, noun_of
from events.key_result import AddKeyResult, UpdateKeyResult
from events.metric import Metric, MetricKind, Unit
from events.objective import ActivateObjective, CreateObjective, Objective, Visibility
from events.organization import CreateOrganization
from events.person import ErasePerson, InvitePerson, ReactivatePerson, Role, UpdatePerson
from events.rejection import Rejected
from events.team import AddTeamMember, CreateTeam
from projections.generation import ensure_generation
from service.database import Database
from service.tokens import create_token
from tests.support.acting import owner
from tests.support.change_model import Value, answered, changes_of
from tests.support.chronicle import Chronicle, write_chapters
from tests.support.client import Client
from tests.support.plain_fold import Told, told_of
from tests.support.random_commands import REASONS, commands
from tests.support.random_identifiers import SEED

Connect = Callable[[str | None], Client]
Content = dict[str, Any]

ADA, MAX = (derive_identifier(Noun.PERSON, SEED, name) for name in ("ada", "max"))
BECAUSE = Reason(code=ReasonCode.CORRECTION)
SIGN_UPS = Metric(kind=MetricKind.INCREASE, unit=Unit.NUMBER, unit_label="users", start=Decimal(0), target=Decimal(10))
LONGEST_PAGE = 14
"""With every value of every change, a longer page costs more than a query may."""
EVERY_SIZE = 10
"""How many events a list may have for all sizes of its pages to be tried."""

_ROWS = """
  totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  nodes {
    position type recordedAt effectiveAt actor { id } reason { code text } subject { id }
    changes { field before { ...Told } after { ...Told } }
  }
"""
_TOLD = """
fragment Told on ChangeValue { ...Plain node { id } values { ...Plain node { id } values { ...Plain } } }
fragment Plain on ChangeValue { kind text number unit unitLabel currency boolean date dateTime }
"""
LOG = f"""
query ($first: Int, $after: String, $last: Int, $before: String, $filter: EventFilter) {{
  list: auditLog(first: $first, after: $after, last: $last, before: $before, filter: $filter) {{ {_ROWS} }}
}}
{_TOLD}
"""
_PAGE = "first: $first, after: $after, last: $last, before: $before"
HISTORY = f"""
query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {{
  node(id: $id) {{ ... on %s {{ list: history({_PAGE}%s) {{ {_ROWS} }} }} }}
}}
{_TOLD}
"""
NOUNS = {
    Noun.ORGANIZATION: "Organization",
    Noun.PERSON: "Person",
    Noun.TEAM: "Team",
    Noun.CYCLE: "Cycle",
    Noun.OBJECTIVE: "Objective",
    Noun.KEY_RESULT: "KeyResult",
    Noun.INITIATIVE: "Initiative",
    Noun.COMMENT: "Comment",
    Noun.RECOGNITION: "Recognition",
    Noun.TEMPLATE: "Template",
    Noun.CUSTOM_FIELD: "CustomField",
}
"""What has a history; a check-in has none of its own."""


def written(data: st.DataObject) -> Chronicle:
    """A random history with a private objective, one of a team, and a key result that went from one to the other."""
    chronicle = Chronicle(uuid4())
    chronicle.at = datetime(2026, 7, 2, 22, 0, tzinfo=UTC)
    organization_id = format_identifier(Noun.ORGANIZATION, chronicle.organization_id)
    cycle_id, team_id = derive_identifier(Noun.CYCLE, SEED, "cycle"), derive_identifier(Noun.TEAM, SEED, "team")
    chronicle.do(
        CreateOrganization(organization_id=organization_id, name="Office", time_zone="Europe/Prague"),
        InvitePerson(person_id=ADA, sealed="c2VhbGVk", role=Role.ADMIN),
        InvitePerson(person_id=MAX, sealed="c2VhbGVk", role=Role.MEMBER),
    )
    chronicle.do(CreateTeam(team_id=team_id, name="Sales", lead_id=ADA), actor_id=ADA)
    if data.draw(st.booleans()):
        chronicle.do(AddTeamMember(team_id=team_id, person_id=MAX), actor_id=ADA)
    starts_on = chronicle.at.date()
    chronicle.do(CreateCycle(cycle_id=cycle_id, name="2026", starts_on=starts_on, ends_on=None), actor_id=ADA)
    chronicle.do(ActivateCycle(cycle_id=cycle_id), actor_id=ADA)
    ids = [derive_identifier(Noun.OBJECTIVE, SEED, visibility) for visibility in Visibility]
    for objective_id, visibility in zip(ids, Visibility, strict=True):
        made = CreateObjective(
            objective_id=objective_id, cycle_id=cycle_id, title=visibility.value, team_id=team_id, visibility=visibility
        )
        chronicle.do(made, ActivateObjective(objective_id=objective_id), actor_id=ADA)
    part, check_in = derive_identifier(Noun.KEY_RESULT, SEED, "part"), derive_identifier(Noun.CHECK_IN, SEED, "check-in")
    places = data.draw(st.permutations(ids))
    added = AddKeyResult(key_result_id=part, objective_id=places[0], title="Sign-ups", metric=SIGN_UPS)
    reported = RecordCheckIn(check_in_id=check_in, key_result_id=part, value=Decimal(3), status=CheckInStatus.ON_TRACK)
    chronicle.do(added, reported, actor_id=MAX, reason=BECAUSE)
    chronicle.do(UpdateKeyResult(key_result_id=part, objective_id=places[1]), actor_id=ADA, reason=BECAUSE)
    chronicle.do(CorrectCheckIn(check_in_id=check_in, value=Decimal(4)), actor_id=MAX, reason=BECAUSE)
    for _ in range(data.draw(st.integers(min_value=5, max_value=40))):
        chronicle.at += timedelta(hours=data.draw(st.sampled_from([0, 0, 1, 30])))
        several = [data.draw(commands(chronicle.facts)) for _ in range(data.draw(st.sampled_from([1, 1, 2])))]
        if any(isinstance(each, ErasePerson) and each.person_id in (ADA, MAX) for each in several):
            continue
        try:
            chronicle.do(*several, actor_id=data.draw(st.sampled_from(["system", ADA, MAX])), reason=data.draw(REASONS))
        except Rejected:
            continue
    # Both have to be let in at the end, and to be who they are.
    for person_id, role in ((ADA, Role.ADMIN), (MAX, Role.MEMBER)):
        chronicle.do(ReactivatePerson(person_id=person_id), UpdatePerson(person_id=person_id, role=role))
    return chronicle


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is to be told of one event."""

    told: Told
    changes: list[tuple[str, Value, Value]]

    def shown(self, viewer: "Viewer") -> tuple[Any, ...]:
        """Answer the row as a viewer reads it."""
        event, reason = self.told.recorded, self.told.reason_code
        return (
            event.position,
            event.type.replace(".", "_").upper(),
            event.recorded_at,
            event.effective_at,
            event.actor_id,
            reason,
            self.told.subject_id if viewer.sees_thing(self.told.subject_id) else None,
            sorted(((name, viewer.named(old), viewer.named(new)) for name, old, new in self.changes), key=repr),
        )


class Viewer:
    """Somebody who reads, and what they may see by the rules of the glossary and the facts of today."""

    def __init__(self, person_id: str, facts: Facts, client: Client) -> None:
        self.person_id, self.facts, self.client = person_id, facts, client

    def sees(self, objective: Objective) -> bool:
        if self.person_id in (ADA, objective.owner_id, objective.created_by, *objective.contributor_ids):
            return True
        team = self.facts.teams.get(objective.team_id or "")
        is_of_team = team is not None and self.person_id in (team.lead_id, *team.member_ids)
        is_open = objective.visibility == "ORGANIZATION" or (objective.visibility == "TEAM" and is_of_team)
        return objective.state != "DRAFT" and is_open

    def sees_event(self, told: Told) -> bool:
        if told.objective_ids is not None:
            return any(self.sees(self.facts.objectives[each]) for each in told.objective_ids)
        return told.objective_id is None or self.sees(self.facts.objectives[told.objective_id])

    def sees_thing(self, thing_id: str) -> bool:
        initiative = self.facts.initiatives.get(thing_id)
        if initiative is not None:
            return any(self.sees_thing(each) for each in initiative.supported_ids)
        said = self.facts.comment(thing_id) or self.facts.recognition(thing_id)
        if said is not None:
            return said.subject_id is None or self.sees_thing(said.subject_id)
        key_result_id = self.facts.check_in_owners.get(thing_id, thing_id)
        part = self.facts.key_results.get(key_result_id)
        objective = self.facts.objectives.get(part.objective_id if part else thing_id)
        return objective is None or self.sees(objective)

    def named(self, value: Value) -> Value:
        """Answer a value with the names of what the viewer may not see left out."""
        match value:
            case ("NODE", "system"):
                # Nothing that has a history.
                return ("NODE", None)
            case ("NODE", str() as thing_id):
                return ("NODE", thing_id if self.sees_thing(thing_id) else None)
            case ("LIST", tuple() as several):
                return ("LIST", tuple(self.named(each) for each in several))
            case _:
                return value

    async def walk(self, query: str, expected: list[Row], sizes: list[int], **variables: Any) -> None:
        """Read a list in pages of each size, forwards and backwards, and compare what all of them tell."""
        rows = [row.shown(self) for row in reversed(expected) if self.sees_event(row.told)]
        for size in sizes:
            there, after = [], None
            while True:
                page = await self.page(query, first=size, after=after, **variables)
                there += page["nodes"]
                assert page["totalCount"] == len(rows)
                assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
                if not page["pageInfo"]["hasNextPage"]:
                    break
                after = page["pageInfo"]["endCursor"]
            assert [shown(node) for node in there] == rows, (size, variables)
            back: list[Content] = []
            before: str | None = None
            while len(back) < len(rows):
                page = await self.page(query, last=size, before=before, **variables)
                back = page["nodes"] + back
                assert page["pageInfo"]["hasPreviousPage"] == (len(back) < len(rows))
                before = page["pageInfo"]["startCursor"]
            assert back == there, (size, variables)

    async def page(self, query: str, **variables: Any) -> Content:
        data = await self.client.run(query, {name: value for name, value in variables.items() if value is not None})
        found: Content = data["list"] if "list" in data else data["node"]["list"]
        return found


def shown(node: Content) -> tuple[Any, ...]:
    """Answer an event of the API in the form of a row."""
    reason = node["reason"]
    # Of a reason the model knows the code; its text is that of `REASONS`.
    assert reason is None or (reason["text"] == "Because") == (reason["code"] == "OTHER")
    return (
        int(node["position"]),
        node["type"],
        datetime.fromisoformat(node["recordedAt"]),
        datetime.fromisoformat(node["effectiveAt"]),
        node["actor"]["id"],
        reason and reason["code"],
        node["subject"] and node["subject"]["id"],
        sorted(((each["field"], answered(each["before"]), answered(each["after"])) for each in node["changes"]), key=repr),
    )


def told_rows(chronicle: Chronicle) -> tuple[list[Row], Facts]:
    """Fold a history event by event."""
    logged = [each for chapter in chronicle.chapters for each in chapter.logged]
    told = told_of(logged, Facts(chronicle.organization_id))
    facts, rows = Facts(chronicle.organization_id), list[Row]()
    for each, (event, recorded) in zip(told, logged, strict=True):
        after = facts.fork()
        apply(after, event, recorded.occurrence)
        rows.append(Row(told=each, changes=changes_of(event, facts, after)))
        facts.absorb(after)
    return rows, facts


# --- filters, and what they mean


@st.composite
def filters(draw: st.DrawFn, rows: list[Row], depth: int = 2) -> Content:
    """A filter that some of the events satisfy."""
    kind = draw(st.sampled_from(["one"] * 4 + ["and", "or", "not", "several"] if depth else ["one"]))
    if kind == "not":
        return {"not": draw(filters(rows, depth - 1))}
    if kind in ("and", "or"):
        return {kind: draw(st.lists(filters(rows, depth - 1), min_size=1, max_size=3))}
    found = _one(draw, rows)
    return {**found, **_one(draw, rows)} if kind == "several" else found


def _one(draw: st.DrawFn, rows: list[Row]) -> Content:
    one, other = (draw(st.sampled_from(rows)).told for _ in range(2))
    name = draw(
        st.sampled_from(["subjectId", "subjectIdOrPart", "actorId", "type", "reasonCode", "cycleId", "span", "position"])
    )
    if name == "span":
        begin, end = sorted((one.recorded.recorded_at, other.recorded.recorded_at))
        bounds = st.sampled_from([("gte", "lte"), ("gt", "lt"), ("gte", "lt")])
        return {"recordedAt": dict(zip(draw(bounds), (begin.isoformat(), end.isoformat()), strict=True))}
    if name == "position":
        return {name: {draw(st.sampled_from(["gt", "lte", "eq"])): str(one.position)}}
    values = [_drawn(draw, name, each) for each in (one, other)]
    if name in ("reasonCode", "cycleId") and (None in values or draw(st.booleans())):
        return {name: {"isNull": draw(st.booleans())}}
    return {name: {"in": values} if draw(st.booleans()) else {"eq": values[0]}}


def _drawn(draw: st.DrawFn, name: str, told: Told) -> str | None:
    match name:
        case "subjectIdOrPart":
            return draw(st.sampled_from(sorted(told.things)))
        case "cycleId":
            return min(told.cycle_ids, default=None)
        case "actorId":
            return told.recorded.actor_id
        case "type":
            return told.recorded.type.replace(".", "_").upper()
        case "reasonCode":
            return told.reason_code
        case _:
            return told.subject_id


def holds(wanted: Content, told: Told, viewer: Viewer) -> bool:
    """Decide a filter on an event; an objective that the viewer may not see is none that a filter could name."""
    return all(_holds(name, condition, told, viewer) for name, condition in wanted.items())


def _holds(name: str, condition: Any, told: Told, viewer: Viewer) -> bool:
    match name:
        case "and":
            return all(holds(each, told, viewer) for each in condition)
        case "or":
            return any(holds(each, told, viewer) for each in condition)
        case "not":
            return not holds(condition, told, viewer)
        case "recordedAt":
            at = told.recorded.recorded_at
            return all(_compared(operator, at, datetime.fromisoformat(value)) for operator, value in condition.items())
        case "position":
            return all(_compared(operator, told.position, int(value)) for operator, value in condition.items())
    values = {
        "subjectId": {told.subject_id},
        "subjectIdOrPart": {each for each in told.things if noun_of(each) is not Noun.OBJECTIVE or viewer.sees_thing(each)},
        "actorId": {told.recorded.actor_id},
        "type": {told.recorded.type.replace(".", "_").upper()},
        "reasonCode": {told.reason_code} - {None},
        "cycleId": set(told.cycle_ids),
    }[name]
    ((operator, value),) = condition.items()
    if operator == "isNull":
        return (not values) == value
    return bool(values & set(value if operator == "in" else [value]))


def _compared(operator: str, value: Any, bound: Any) -> bool:
    return {
        "gt": value > bound,
        "gte": value >= bound,
        "lt": value < bound,
        "lte": value <= bound,
        "eq": value == bound,
    }[operator]


# --- the test


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
async def test_the_audit_tells_what_happened_to_whoever_may_know(
    database_url: str, connect: Connect, data: st.DataObject
) -> None:
    chronicle = written(data)
    rows, facts = told_rows(chronicle)
    async with owner(database_url) as connection:
        await ensure_generation(connection)
        await write_chapters(connection, chronicle.chapters)
    viewers: list[Viewer] = []
    async with Database(database_url) as database, database.connection(chronicle.organization_id) as connection:
        for person_id in (ADA, MAX):
            token = await create_token(connection, chronicle.organization_id, person_id, "reading")
            viewers.append(Viewer(person_id, facts, connect(token.secret)))
    wanted = data.draw(st.lists(filters(rows), min_size=2, max_size=4))
    things = data.draw(st.lists(st.sampled_from(sorted({each for row in rows for each in row.told.things})), max_size=3))
    size = data.draw(st.integers(min_value=1, max_value=LONGEST_PAGE))
    for viewer in viewers:
        await viewer.walk(LOG, rows, [size])
        for each in wanted:
            chosen = [row for row in rows if holds(each, row.told, viewer)]
            await viewer.walk(LOG, chosen, sizes_for(chosen, size), filter=each)
        for thing_id in things:
            noun = noun_of(thing_id)
            # What one may not see has no history to read.
            if noun in NOUNS and viewer.sees_thing(thing_id):
                of_thing = [row for row in rows if thing_id in row.told.things]
                query = HISTORY % (NOUNS[noun], "")
                await viewer.walk(query, of_thing, sizes_for(of_thing, size), id=thing_id)
                if noun in (Noun.OBJECTIVE, Noun.KEY_RESULT):
                    alone = [row for row in rows if thing_id == row.told.subject_id]
                    query = HISTORY % (NOUNS[noun], ", includeParts: false")
                    await viewer.walk(query, alone, sizes_for(alone, size), id=thing_id)


def sizes_for(rows: list[Row], size: int) -> list[int]:
    """All sizes of pages for a short list, and one for a long one."""
    return list(range(1, len(rows) + 2)) if len(rows) <= EVERY_SIZE else [size]
