"""A company with a past: a history of 2024, imported with its own times, and read through the API at its moments.

Times are written and shown as `07-05 12:00`, in UTC. What is read is brought into short tuples, so that a test can
compare all of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from events.person import Role
from service.database import Database
from service.history_format import HistoryReader, Sealed
from service.history_import import import_history
from service.ledger import Ledger
from service.tokens import create_token
from tests.support.client import Client

Content = dict[str, Any]
Line = list[tuple[str, str | None, float | None, str]]
"""The points of a curve: when, value, progress, and the type of the event named."""

BECAUSE = {"code": "NEW_INFORMATION"}
HEADER: Content = {
    "format": "okr-ledger-history",
    "version": 1,
    "at": "2024-06-24T08:00:00Z",
    "organization": {"name": "Sailmakers"},
}
ADDED, CHECKED_IN = "KEY_RESULT_ADDED", "KEY_RESULT_CHECKED_IN"
CORRECTED, RETRACTED = "CHECK_IN_CORRECTED", "CHECK_IN_RETRACTED"

_CURVE = """
query ($id: ID!, $basis: CurveBasis!, $against: CurveTarget!, $asOf: MomentInput) {
  thing: %s(id: $id, asOf: $asOf) {
    progressCurve(basis: $basis, against: $against, resolution: STEP) {
      resolution goalpostShare points { at value progress event { type } }
    }
  }
}
"""
_OBJECTIVE = """
query ($id: ID!, $asOf: MomentInput) {
  objective(id: $id, asOf: $asOf) {
    title state status progress rawProgress score owner { name } team { name parent { name } } cycle { name }
    keyResults(includeDropped: true) {
      title status progress weight droppedAt owner { name } metric { current start target original { target } }
    }
  }
}
"""
_BREAKDOWN = """
query ($id: ID!, $asOf: MomentInput) {
  objective(id: $id, asOf: $asOf) {
    progress breakdown { weight share progress contribution part { title } event { type recordedAt } }
  }
}
"""
_HISTORY = """
query ($ids: [ID!]!, $includeParts: Boolean!) {
  nodes(ids: $ids) {
    ... on Objective { history(first: 100, includeParts: $includeParts) { nodes { ...Told } } }
    ... on KeyResult { history(first: 100, includeParts: $includeParts) { nodes { ...Told } } }
    ... on Cycle { history(first: 100) { nodes { ...Told } } }
    ... on Team { history(first: 100) { nodes { ...Told } } }
    ... on Person { history(first: 100) { nodes { ...Told } } }
  }
}
fragment Told on Event {
  type recordedAt actor { name } changes { field before { text } after { text } }
}
"""
_REVISIONS = """
query ($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on CheckIn {
      value author { name } recordedAt correctedAt retractedAt
      revisions { value effectiveAt recordedAt author { name } event { type recordedAt } }
    }
  }
}
"""
_EVERYTHING = """
query ($asOf: MomentInput!, $cycle: ID!) {
  organization(asOf: $asOf) { name version progressCurve(resolution: STEP) { ...Drawn } }
  teams(first: 6, asOf: $asOf) { nodes { name version archivedAt parent { name } lead { name } progress(cycleId: $cycle) } }
  people(first: 6, asOf: $asOf) { nodes { name role deactivatedAt version } }
  cycles(first: 6, asOf: $asOf) {
    nodes { name phase startsOn endsOn progress expectedProgress seal { position hash } version }
  }
  objectives(first: 6, asOf: $asOf) {
    nodes {
      id title state status progress rawProgress confidence score pace expectedProgress priority version
      owner { name } team { name } cycle { name } parents { id } carriedOverFrom { id } carriedOverTo { id }
      review { score proposedScore explanation rootCause learned decision }
      breakdown { weight share progress contribution part { id } event { type position } }
      recorded: progressCurve(resolution: STEP) { ...Drawn goalpostShare }
      measured: progressCurve(resolution: STEP, basis: MEASURED) { ...Drawn }
      original: progressCurve(resolution: STEP, against: ORIGINAL_TARGET) { ...Drawn }
      history(first: 30) { totalCount nodes { id position changes { field before { ...Value } after { ...Value } } } }
      keyResults(includeDropped: true) {
        id title status progress rawProgress confidence weight dueOn priority droppedAt version pace checkInDueAt
        owner { name } replaces { id } carriedOverFrom { id }
        metric { kind unit start target low high current heldShare original { start target } }
        lastCheckIn { id value }
        checkIns(first: 10) {
          nodes { id value status effectiveAt recordedAt correctedAt retractedAt revisions { value effectiveAt } }
        }
        recorded: progressCurve(resolution: STEP) { ...Drawn goalpostShare }
        measured: progressCurve(resolution: STEP, basis: MEASURED) { ...Drawn }
      }
    }
  }
}
fragment Drawn on ProgressCurve { points { at value progress confidence expected event { type position } } }
fragment Value on ChangeValue { kind number dateTime }
"""


def iso(at: str) -> str:
    """Answer a time as the API writes it."""
    return f"2024-{at.replace(' ', 'T')}:00Z"


def when(text: str | None) -> str | None:
    """Answer a time of the API as it is written here."""
    return None if text is None else f"{datetime.fromisoformat(text):%m-%d %H:%M}"


def check_in(key: str, key_result: str, value: float | str, **more: Any) -> Content:
    """A check-in, on track unless told otherwise."""
    if "effective_at" in more:
        more["effective_at"] = iso(more["effective_at"])
    return {"type": "check_in.record", "key": key, "key_result": key_result, "value": value, "status": "ON_TRACK", **more}


def correct(check_in: str, **more: Any) -> Content:
    """A correction of a check-in."""
    if "effective_at" in more:
        more["effective_at"] = iso(more["effective_at"])
    return {"type": "check_in.correct", "check_in": check_in, **more}


def retract(check_in: str) -> Content:
    """A retraction of a check-in."""
    return {"type": "check_in.retract", "check_in": check_in}


def close(objective: str, score: float | None = None, **more: Any) -> Content:
    """The closing of an objective, with every explanation that may be asked for."""
    texts = {"decision": "KEEP", "explanation": "as measured", "root_cause": "a late start"}
    stated = {} if score is None else {"score": score}
    return {"type": "objective.close", "objective": objective, **texts, **stated, **more}


def added(key: str, target: int = 10, **more: Any) -> Content:
    """A key result from 0 to a target, in per cent, titled by its key."""
    metric = {"kind": "INCREASE", "unit": "PERCENT", "start": 0, "target": target}
    return {"key": key, "title": key.capitalize(), "metric": metric, **more}


def command(name: str, /, **fields: Any) -> Content:
    """Any other command of the history format."""
    return {"type": name, **fields}


@dataclass(slots=True)
class Past:
    """Ada (ADMIN) and Max (MEMBER), the team Sales, and the running cycle q3 of 2024.

    What was written since the last reading is imported before the next one.
    """

    database: Database
    ledger: Ledger
    connect: Callable[[str | None], Client]
    lines: list[Content] = field(default_factory=lambda: [HEADER])
    _client: Client | None = None
    _imported: int = 0
    _reader: HistoryReader | None = None

    def __post_init__(self) -> None:
        for key, role in (("ada", "ADMIN"), ("max", "MEMBER")):
            person = {"key": key, "name": key.capitalize(), "email": f"{key}@example.org", "role": role}
            self.act("06-24 08:01", command("person.invite", **person), by="system")
        self.act("06-24 08:03", command("team.create", key="sales", name="Sales", lead="ada"))
        dates = {"starts_on": "2024-07-01", "ends_on": "2024-09-30"}
        self.act(
            "06-24 08:04",
            command("cycle.create", key="q3", name="Q3", **dates),
            command("cycle.activate", cycle="q3"),
        )

    def act(self, at: str, *commands: Content, by: str = "ada", because: Content | None = BECAUSE) -> None:
        """Write an act down, to be imported with the next reading."""
        line = {"key": f"act {len(self.lines)}", "at": iso(at), "actor": by, "commands": list(commands)}
        self.lines.append(line if because is None else {**line, "reason": because})

    def objective(self, at: str, key: str, *key_results: Content, **more: Any) -> None:
        """Write a draft down with its key results, and activate it an hour later."""
        fields = {"cycle": "q3", "title": key.capitalize(), "owner": "ada", "team": "sales", **more}
        parts = [command("key_result.add", objective=key, **each) for each in key_results]
        self.act(at, command("objective.create", key=key, **fields), *parts)
        hour = f"{int(at[6:8]) + 1:02}"
        self.act(f"{at[:6]}{hour}{at[8:]}", command("objective.activate", objective=key))

    # --- reading

    async def run(self, query: str, **variables: Any) -> Content:
        """Import what is new, and send an operation for Ada."""
        await self._import()
        assert self._client is not None
        return await self._client.run(query, variables)

    async def _import(self) -> None:
        if self._imported == len(self.lines):
            return
        encoded = [orjson.dumps(line) for line in self.lines]
        imported = await import_history(encoded, self.database, self.ledger)
        assert imported.acts == len(self.lines)
        self._imported = len(self.lines)
        self._reader = HistoryReader(encoded, lambda *_: Sealed(text="", new_key=None))
        list(self._reader.acts())
        if self._client is None:
            async with self.database.connection(imported.organization_id) as connection:
                token = await create_token(connection, imported.organization_id, self.id("ada"), Role.ADMIN)
            self._client = self.connect(token.secret)

    def id(self, key: str) -> str:
        """Answer the identifier of what was imported under a key."""
        assert self._reader is not None
        return self._reader.names.resolve(key)

    async def ids(self, *keys: str) -> list[str]:
        """Import what is new, and answer the identifiers of keys."""
        await self._import()
        return [self.id(key) for key in keys]

    async def curve(
        self,
        noun: str,
        key: str,
        *,
        basis: str = "RECORDED",
        against: str = "CURRENT_TARGET",
        as_of: str | None = None,
    ) -> tuple[Line, float | None]:
        """Answer the steps of a curve and its goalpost share."""
        (thing_id,) = await self.ids(key)
        variables = {"id": thing_id, "basis": basis, "against": against, "asOf": moment(as_of)}
        curve = (await self.run(_CURVE % noun, **variables))["thing"]["progressCurve"]
        assert curve["resolution"] == "STEP"
        points = [(when(each["at"]) or "", each["value"], each["progress"], each["event"]["type"]) for each in curve["points"]]
        return points, curve["goalpostShare"]

    async def believed(self, noun: str, key: str, as_of: str | None = None) -> Line:
        """Answer the recorded curve: what was believed."""
        return (await self.curve(noun, key, as_of=as_of))[0]

    async def known(self, noun: str, key: str, as_of: str | None = None) -> Line:
        """Answer the measured curve: what is known."""
        return (await self.curve(noun, key, basis="MEASURED", as_of=as_of))[0]

    async def original(
        self, noun: str, key: str, basis: str = "RECORDED", as_of: str | None = None
    ) -> tuple[Line, float | None]:
        """Answer the curve against the original target, and the goalpost share."""
        return await self.curve(noun, key, against="ORIGINAL_TARGET", basis=basis, as_of=as_of)

    async def card(self, key: str, as_of: str | None = None) -> Content:
        """Answer an objective and its key results; these as value, target, original target, progress and status."""
        (objective_id,) = await self.ids(key)
        found: Content = (await self.run(_OBJECTIVE, id=objective_id, asOf=moment(as_of)))["objective"]
        found["owner"] = found["owner"] and found["owner"]["name"]
        team = found["team"]
        found["team"] = team and " < ".join(each["name"] for each in (team, team["parent"]) if each)
        found["cycle"] = found["cycle"]["name"]
        found["keyResults"] = [
            (
                each["title"],
                each["metric"]["current"],
                each["metric"]["target"],
                each["metric"]["original"]["target"],
                each["progress"],
                each["status"],
            )
            for each in found["keyResults"]
        ]
        return found

    async def parts(self, key: str, as_of: str | None = None) -> tuple[float | None, list[tuple[Any, ...]]]:
        """Answer a progress and its parts: title, weight, share, progress, contribution, event and when it was."""
        (objective_id,) = await self.ids(key)
        found = (await self.run(_BREAKDOWN, id=objective_id, asOf=moment(as_of)))["objective"]
        parts = [
            (
                part["part"]["title"],
                part["weight"],
                part["share"],
                part["progress"],
                part["contribution"],
                part["event"]["type"],
                when(part["event"]["recordedAt"]),
            )
            for part in found["breakdown"]
        ]
        return found["progress"], sorted(parts)

    async def history(self, key: str, *, include_parts: bool = True) -> list[tuple[Any, ...]]:
        """Answer what happened to a thing, newest first: when, type, by whom, and each field before and after."""
        ids = await self.ids(key)
        (node,) = (await self.run(_HISTORY, ids=ids, includeParts=include_parts))["nodes"]
        return [
            (
                when(event["recordedAt"]),
                event["type"],
                event["actor"]["name"],
                {
                    change["field"]: (
                        change["before"] and change["before"]["text"],
                        change["after"] and change["after"]["text"],
                    )
                    for change in event["changes"]
                },
            )
            for event in node["history"]["nodes"]
        ]

    async def wordings(self, key: str) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
        """Answer a check-in (value, author, recorded, corrected, retracted) and each wording that it had.

        A wording is its value, when it was measured, when it was written, by whom, and the event's type.
        """
        (node,) = (await self.run(_REVISIONS, ids=await self.ids(key)))["nodes"]
        times = [when(node[name]) for name in ("recordedAt", "correctedAt", "retractedAt")]
        wordings = [
            (
                each["value"],
                when(each["effectiveAt"]),
                when(each["recordedAt"]),
                each["author"]["name"],
                each["event"]["type"],
            )
            for each in node["revisions"]
        ]
        assert [each["recordedAt"] for each in node["revisions"]] == [each["event"]["recordedAt"] for each in node["revisions"]]
        return (node["value"], node["author"]["name"], *times), wordings

    async def everything(self, as_of: str) -> Content:
        """Answer all that the API tells of the company at a moment: the same for ever."""
        (cycle_id,) = await self.ids("q3")
        return await self.run(_EVERYTHING, asOf=moment(as_of), cycle=cycle_id)


def moment(as_of: str | None) -> Content | None:
    """Answer the argument for a time, None for now."""
    return None if as_of is None else {"time": iso(as_of)}
