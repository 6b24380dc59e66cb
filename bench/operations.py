"""What is asked for: the operations that frontends send, each at the moments and for the viewers that matter.

Their texts are those of `tests/contract`. What the schema does not have is named and left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema, parse, validate

Variables = dict[str, Any]

NOW = "now"
CONTRACT = Path(__file__).parents[1] / "tests" / "contract"
VIEWERS = ("ADMIN", "MEMBER")

_AT_RISK = [{"status": {"in": ["AT_RISK", "OFF_TRACK", "OUTDATED"]}}, {"progress": {"lt": 0.3}}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """What the operations are about: identifiers of the present, times of the past, and cursors into histories.

    `moments` are the times by their names, `past_cycle_ids` the identifiers of the running cycle as of each.
    """

    running_id: str
    closed_id: str
    objective_id: str
    team_id: str
    organization_id: str
    head_position: int
    moments: Mapping[str, str]
    past_cycle_ids: Mapping[str, str]
    middle_of_log: str
    middle_of_cycle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An operation for one viewer; `variables` are those for each moment, the present first."""

    name: str
    text: str
    viewer: str
    variables: Mapping[str, Variables]


@dataclass(slots=True)
class Operations:
    """All operations that a server of this schema can answer; `skipped` says of the others what is missing."""

    asked: list[Asked] = field(default_factory=list[Asked])
    skipped: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, things: Things, schema_language: str) -> "Operations":
        """Choose those that fit a schema."""
        operations, schema = cls(), build_schema(schema_language)
        for name, text, variables in (*_screens(things), *_histories(things), *_curves(things)):
            missing = _missing(schema, text)
            if missing is not None:
                operations.skipped[name] = missing
                continue
            operations.asked += [Asked(name=name, text=text, viewer=viewer, variables=variables) for viewer in VIEWERS]
        return operations


def contract(name: str) -> str:
    """Answer the text of an operation of the contract."""
    return (CONTRACT / f"{name}.graphql").read_text(encoding="utf-8")


def _missing(schema: GraphQLSchema, text: str) -> str | None:
    errors = validate(schema, parse(text))
    return errors[0].message if errors else None


Operation = tuple[str, str, Mapping[str, Variables]]


def _screens(things: Things) -> Iterator[Operation]:
    as_of = {NOW: None, **{name: {"time": time} for name, time in things.moments.items()}}

    def at_all_moments(**variables: Any) -> dict[str, Variables]:
        return {name: {**variables, "asOf": moment} for name, moment in as_of.items()}

    yield "dashboard", contract("dashboard"), at_all_moments(cycleId=things.running_id, first=50)
    conditions = {"and": [{"cycle": {"id": {"eq": things.running_id}}}, {"or": _AT_RISK}]}
    order = [{"field": "PROGRESS", "direction": "ASC", "nulls": "FIRST"}]
    yield "objectives at risk", contract("objective_list"), at_all_moments(filter=conditions, orderBy=order, first=25)
    yield "explain progress", contract("explain_progress"), at_all_moments(id=things.objective_id)
    yield "viewer", contract("viewer"), {NOW: {}}
    since_kick_off = {"scope": {"cycleId": things.running_id}, "from": {"time": things.moments["kick-off"]}, "to": None}
    yield "compare kick-off and now", contract("compare_moments"), {NOW: {**since_kick_off, "first": 50}}
    for view in ("cycle_heat_map", "cycle_focus", "cycle_alignment_coverage", "cycle_workload"):
        yield view.removeprefix("cycle_").replace("_", " "), contract(view), at_all_moments(cycleId=things.running_id)
    yield "comparison of teams", contract("team_comparison"), at_all_moments(cycleId=things.running_id)
    yield "comparison of quarters", contract("cycle_comparison"), at_all_moments(first=8)
    for name, cycle_id in (("running", things.running_id), ("closed", things.closed_id)):
        variables = {"cycleId": cycle_id, "compareWith": []}
        yield f"retrospective, {name} quarter", contract("cycle_retrospective"), {NOW: variables}


def _histories(things: Things) -> Iterator[Operation]:
    """Answer pages of histories, with their counts as the contract has them, and pages alone."""
    log, trail = contract("audit_log"), contract("audit_trail")
    of_cycle = trail.replace("objective(id: $id)", "cycle(id: $id)")
    retargeted = {"type": {"in": ["KEY_RESULT_RETARGETED"]}}
    up_to_middle = {"position": {"lte": str(things.head_position // 2)}}
    yield "audit log, counted", log, {NOW: {}}
    yield "audit log, page", uncounted(log), {NOW: {}}
    yield "audit log, middle page", uncounted(log), {NOW: {"filter": up_to_middle, "after": things.middle_of_log}}
    yield "audit log of a type, counted", log, {NOW: {"filter": retargeted}}
    yield "audit log of a type, page", uncounted(log), {NOW: {"filter": retargeted}}
    yield "history of an objective, counted", trail, {NOW: {"id": things.objective_id}}
    yield "history of an objective, page", uncounted(trail), {NOW: {"id": things.objective_id}}
    yield "history of a cycle, counted", of_cycle, {NOW: {"id": things.running_id}}
    yield "history of a cycle, page", uncounted(of_cycle), {NOW: {"id": things.running_id}}
    middle = {"id": things.running_id, "filter": up_to_middle, "after": things.middle_of_cycle}
    yield "history of a cycle, middle page", uncounted(of_cycle), {NOW: middle}
    yield "time slider", contract("time_slider"), {NOW: {"scope": {"cycleId": things.running_id}, "resolution": "DAY"}}


def uncounted(text: str) -> str:
    """Answer an operation that counts nothing."""
    return text.replace("totalCount", "")


def _curves(things: Things) -> Iterator[Operation]:
    text, by_day = contract("progress_curve"), {"resolution": "DAY"}
    past = {name: {"id": cycle_id, **by_day} for name, cycle_id in things.past_cycle_ids.items()}
    yield "curve of a cycle", text, {NOW: {"id": things.running_id, **by_day}, **past}
    yield "curve of the organization", text, {NOW: {"id": things.organization_id, **by_day}}
    yield "curve of a team", text, {NOW: {"id": things.team_id, **by_day}}
    yield "curve of an objective", text, {NOW: {"id": things.objective_id, **by_day}}
    original = {"id": things.running_id, "against": "ORIGINAL_TARGET", **by_day}
    yield "curve of a cycle, original targets", text, {NOW: original}
    yield "curve of a cycle, measured", text, {NOW: {"id": things.running_id, "basis": "MEASURED", **by_day}}


def middle_cursors(running_id: str, head_position: int) -> tuple[tuple[str, Variables], tuple[str, Variables]]:
    """Answer the operations whose end cursors lie in the middle of the log, and of the running cycle's history."""
    filtered = {"filter": {"position": {"lte": str(head_position // 2)}}, "first": 50}
    of_cycle = contract("audit_trail").replace("objective(id: $id)", "cycle(id: $id)")
    return (contract("audit_log"), filtered), (of_cycle, {"id": running_id, **filtered})
