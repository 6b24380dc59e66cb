"""All that a report shows, read at one moment: a closed cycle at its seal, any other as it stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from events.calendar import day_of, end_of_day
from events.identifier import Noun, is_identifier
from projections import moments
from service.command_options import Moment
from service.progress_bar import Advance
from service.report.failure import ReportError
from service.report.queries import Content, Queries

_ARRIVALS = ("OBJECTIVE_ACTIVATED", "OBJECTIVE_MOVED", "KEY_RESULT_ADDED", "KEY_RESULT_MOVED", "KEY_RESULT_RESTORED")
_DEPARTURES = ("OBJECTIVE_CANCELLED", "OBJECTIVE_MOVED", "KEY_RESULT_DROPPED", "KEY_RESULT_MOVED")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLimits:
    """How much a report shows: `objectives` whose curves are drawn, `rows` of one table."""

    objectives: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The first members of a list, with the events that took them there by identifier, and how many there are in all."""

    members: Sequence[Content]
    count: int
    events: Mapping[str, Content]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What became of a cycle since its kick-off: the end of the day on which it was activated, or of its first day."""

    summary: Content
    begin: datetime
    added: Listing
    removed: Listing
    changed: Listing

    @property
    def tells_something(self) -> bool:
        """Whether anything came, went or differs."""
        return any(listing.count for listing in (self.added, self.removed, self.changed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A cycle at a moment, as the API answers it; `objectives` are the first of `objective_count`, by priority."""

    organization: Content
    cycle: Content
    position: int
    read_at: datetime
    objectives: Sequence[Content]
    objective_count: int
    comparison: Comparison | None
    limits: ReportLimits

    @property
    def zone(self) -> str:
        """The organization's time zone."""
        zone: str = self.organization["timeZone"]
        return zone

    @property
    def name(self) -> str:
        """What it is about, in a line."""
        return f"{self.organization['name']}, {self.cycle['name']}"

    @property
    def is_final(self) -> bool:
        """Whether nothing can change any more."""
        return self.cycle["seal"] is not None


async def load(queries: Queries, wanted: str, as_of: Moment | None, limits: ReportLimits, advance: Advance) -> Report:
    """Read the report of a cycle, given by its identifier or name, as of a moment, or now.

    Raises:
        ReportError: there is no such cycle, not only one of that name, nothing in it, or it did not exist then.
    """
    cycle_id = wanted if is_identifier(wanted, Noun.CYCLE) else await _by_name(queries, wanted)
    moment = _moment(as_of)
    found = (await queries.ask("moment", id=cycle_id, asOf=moment))["cycle"]
    if found is None:
        raise ReportError(f"there is no cycle {wanted}" + ("" if as_of is None else " at that moment"))
    if found["seal"] is not None:
        moment = {"time": found["seal"]["recordedAt"]}
    answer = await queries.ask("cycle", id=cycle_id, asOf=moment)
    cycle = answer["cycle"]
    objectives, count = await queries.list(
        "objectives", ("cycle", "objectives"), limits.objectives, advance, cycleId=cycle_id, asOf=moment
    )
    if count == 0:
        raise ReportError(f"{cycle['name']} has no active or closed objective to report on")
    present = moments.lens_now(queries.context.head, queries.context.now)
    read_at = present.instant if cycle["readAt"] is None else datetime.fromisoformat(cycle["readAt"]["time"])
    begin = _kick_off(cycle, answer["organization"]["timeZone"])
    comparison: Comparison | None = None
    if begin is not None and begin < read_at:
        compared = await _comparison(queries, cycle_id, begin, moment, limits.rows)
        comparison = compared if compared.tells_something else None
    return Report(
        organization=answer["organization"],
        cycle=cycle,
        position=present.position if cycle["readAt"] is None else int(cycle["readAt"]["position"]),
        read_at=read_at,
        objectives=objectives,
        objective_count=count,
        comparison=comparison,
        limits=limits,
    )


def _moment(as_of: Moment | None) -> Content | None:
    match as_of:
        case None:
            return None
        case int():
            return {"position": str(as_of)}
        case datetime():
            return {"time": as_of.isoformat()}
        case date():
            return {"date": as_of.isoformat()}


async def _by_name(queries: Queries, wanted: str) -> str:
    """Answer the cycle of a name, else the only one whose name contains the text whatever its case."""
    answer = await queries.ask("find_cycles", name=wanted)
    found = answer["named"]["nodes"] or answer["similar"]["nodes"]
    called_so = [each for each in found if each["name"].casefold() == wanted.casefold()] or found
    if not called_so:
        raise ReportError(f"there is no cycle {wanted}")
    if len(called_so) > 1:
        names = ", ".join(f"{each['name']} ({each['entityId']})" for each in called_so)
        raise ReportError(f"{wanted} may mean several cycles: {names}")
    cycle_id: str = called_so[0]["entityId"]
    return cycle_id


def _kick_off(cycle: Content, zone: str) -> datetime | None:
    activations = cycle["kickOff"]["nodes"]
    if not activations:
        return None
    activated_on = day_of(datetime.fromisoformat(activations[0]["recordedAt"]), zone)
    return end_of_day(max(activated_on, date.fromisoformat(cycle["startsOn"])), zone)


async def _comparison(queries: Queries, cycle_id: str, begin: datetime, moment: Content | None, rows: int) -> Comparison:
    scope = {"cycleId": cycle_id, "from": {"time": begin.isoformat()}, "to": moment}
    compared = (await queries.ask("comparison", **scope))["compare"]
    added, added_count = await queries.list("added", ("compare", "added"), rows, **scope)
    removed, removed_count = await queries.list("removed", ("compare", "removed"), rows, **scope)
    changed, changed_count = await queries.list("changed", ("compare", "changed"), rows, **scope)
    span = {"behind": compared["from"]["position"], "upTo": compared["to"]["position"]}
    return Comparison(
        summary=compared["summary"],
        begin=begin,
        added=Listing(members=added, count=added_count, events=await _movements(queries, added, _ARRIVALS, span)),
        removed=Listing(members=removed, count=removed_count, events=await _movements(queries, removed, _DEPARTURES, span)),
        changed=Listing(members=changed, count=changed_count, events={}),
    )


async def _movements(
    queries: Queries, things: Iterable[Content], types: Sequence[str], span: Mapping[str, object]
) -> Mapping[str, Content]:
    """Answer the newest event that took each thing to where it is, by identifier."""
    ids = [each["entityId"] for each in things]
    newest: dict[str, Content] = {}
    for start in range(0, len(ids), queries.page_size):
        chosen = ids[start : start + queries.page_size]
        # Nothing comes and goes so often that a handful of events each would not tell.
        events, _ = await queries.list("movements", ("auditLog",), 10 * len(chosen), ids=chosen, types=types, **span)
        for event in events:
            if event["subject"] is not None:
                newest.setdefault(event["subject"]["entityId"], event)
    return newest
