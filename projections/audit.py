"""The audit: recorded events in pages, newest first, of the whole log or of one thing's history.

A page is bounded by positions and read from an index in their order, so it costs the same however long the log is.
What may be seen is decided at the pinned head; an event that moves a key result is seen with the objective it left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from projections import recorded
from projections.condition import ALWAYS, Condition
from projections.event_condition import answerable
from projections.event_listing import Source, anchored, event_listing
from projections.keyset import KeyMismatchError
from projections.lens import CURRENT, Lens
from projections.page import Order, Page, SortKey, Window
from projections.predicate import Parameters, compiled
from projections.reader import Reader
from projections.rows import EventRow
from projections.statement import fetch, fetch_planned

_SEEN = "{seen_event:s}"

# Answers for each key the positions of its page, and one more to know whether there are further ones.
_PAGES = """
select wanted.id as wanted_id, picked.position
from unnest(:keys::text[]) as wanted (id)
cross join lateral (
    select {driving}.position from {source}
        and {driving}.position <= :position and {predicate} and {driving}.position between :lowest and :highest
    order by {driving}.position {direction} limit :size
) picked
order by picked.position {direction}
"""

# Answers the first positions of all keys together, each once.
_FIRST = """
select distinct picked.position
from unnest(:keys::text[]) as wanted (id)
cross join lateral (
    select {driving}.position from {source}
        and {driving}.position <= :position and {predicate} and {driving}.position between :lowest and :highest
    order by {driving}.position limit :size
) picked
order by picked.position limit :size
"""

# Answers for each key how many events there are, whatever they are about.
_COUNTS_OF_ALL = """
select wanted.id as wanted_id, (
    select count(*) from {source} and {driving}.position <= :position and {predicate}
) as event_count
from unnest(:keys::text[]) as wanted (id)
"""

# Answers how many events there are of all keys together, each once, whatever they are about.
_COUNT_OF_ALL = """
select count(distinct picked.position) as event_count
from unnest(:keys::text[]) as wanted (id)
cross join lateral (
    select {driving}.position from {source} and {driving}.position <= :position and {predicate}
) picked
"""

# Answers for each key how many events there are that are seen. What may be seen is decided once for each objective, of
# which there are few, and not for each event.
_COUNTS_OF_SEEN = """
select wanted.id as wanted_id, (
    select coalesce(sum(told.event_count), 0)::bigint
    from (
        select s.objective_id, s.objective_ids, count(*) as event_count
        from {source} and {driving}.position <= :position and {predicate}
        group by s.objective_id, s.objective_ids
    ) told
    where {seen_event:told}
) as event_count
from unnest(:keys::text[]) as wanted (id)
"""

# Answers how many events that are seen there are of all keys together, each once; decided as above.
_COUNT_OF_SEEN = """
select coalesce(sum(told.event_count), 0)::bigint as event_count
from (
    select picked.objective_id, picked.objective_ids, count(distinct picked.position) as event_count
    from unnest(:keys::text[]) as wanted (id)
    cross join lateral (
        select {driving}.position, s.objective_id, s.objective_ids
        from {source} and {driving}.position <= :position and {predicate}
    ) picked
    group by picked.objective_id, picked.objective_ids
) told
where {seen_event:told}
"""

# Answers the positions of all keys together, each once.
_ALL_POSITIONS = """
select picked.position
from unnest({keys}::text[]) as wanted (id)
cross join lateral (
    select {driving}.position from {source} and {driving}.position <= :position and {predicate}
) picked
"""
_COUNT_OF_MERGED = "select count(*) as event_count from ({parts}) as told"

# Answers how many events there are between two positions, decided as above.
_COUNT_BETWEEN = """
select coalesce(sum(told.event_count), 0)::bigint as event_count
from (
    select s.objective_id, s.objective_ids, count(*) as event_count from {projection}.event_subject s
    where s.organization_id = :organization and s.position > :after and s.position <= :upto and {within}
    group by s.objective_id, s.objective_ids
) told
where {seen_event:told}
"""
_WITHIN_THINGS = """s.position in (
        select t.position from {projection}.event_thing t
        where t.organization_id = :organization and t.thing_id = any(:things::text[])
            and t.position > :after and t.position <= :upto
    )"""


def seen_by(reader: Reader) -> str:
    """Answer the condition that a viewer may see what an event is about."""
    return "true" if reader.grants.sees_everything else _SEEN


@dataclass(frozen=True, slots=True, kw_only=True)
class _Selection:
    """Which events: from a source, by a condition that it can answer."""

    source: Source
    condition: Condition

    def of_seen(self, reader: Reader, text: str, **parts: str) -> tuple[str, dict[str, object]]:
        """Answer a statement about the events that the viewer may see."""
        return self._filled(text, seen_by(reader), **parts)

    def of_all(self, text: str) -> tuple[str, dict[str, object]]:
        """Answer a statement that decides by itself what may be seen."""
        return self._filled(text, "true")

    def _filled(self, text: str, seen: str, **parts: str) -> tuple[str, dict[str, object]]:
        parameters = Parameters("c")
        predicate = f"{seen} and {compiled(event_listing(self.source), self.condition, parameters)}"
        driving = self.source.value
        parts = {"source": driving.source(text + predicate), "predicate": predicate, "driving": driving.alias, **parts}
        for name, part in parts.items():
            text = text.replace("{" + name + "}", part)
        return text, parameters.values


async def pages_of(
    reader: Reader,
    lens: Lens,
    source: Source,
    keys: Sequence[str],
    *,
    window: Window,
    condition: Condition = ALWAYS,
    orders: Sequence[Order] = (),  # noqa: ARG001 - newest first is the only order
) -> dict[str, Page[EventRow]]:
    """Answer the same window of the history of several things, as far as the lens.

    `source` is THING for what happened to a thing and to all its parts, SUBJECT for what happened to itself.

    Raises:
        UnknownFieldError, ConditionLimitError: the condition is none of events.
        KeyMismatchError: a bound of the window is no position.
    """
    selection = _Selection(source=source, condition=await answerable(reader, lens, condition))
    wanted = list(dict.fromkeys(keys))
    found = await _windows(reader, lens, selection, wanted, window)
    return await _pages(reader, found)


async def counts_of(
    reader: Reader, lens: Lens, source: Source, keys: Sequence[str], condition: Condition = ALWAYS
) -> dict[str, int]:
    """Answer how many events the history of each thing holds, as far as the lens."""
    selection = _Selection(source=source, condition=await answerable(reader, lens, condition))
    statement, values = selection.of_all(_COUNTS_OF_ALL if reader.grants.sees_everything else _COUNTS_OF_SEEN)
    rows = await fetch(reader, lens, statement, keys=list(dict.fromkeys(keys)), **values)
    return {row["wanted_id"]: row["event_count"] for row in rows}


async def page(reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS) -> Page[EventRow]:
    """Answer a page of the organization's events.

    Raises:
        UnknownFieldError, ConditionLimitError, KeyMismatchError: as `pages_of`.
    """
    source, keys, rest = anchored(await answerable(reader, lens, condition))
    found = await _windows(reader, lens, _Selection(source=source, condition=rest), keys, window)
    return (await _pages(reader, {"": _merged([found], window)}))[""]


async def merged_page(
    reader: Reader, lens: Lens, sources: Sequence[tuple[Source, Sequence[str]]], window: Window, condition: Condition = ALWAYS
) -> Page[EventRow]:
    """Answer a page of the events of several histories together, each event once.

    Raises:
        UnknownFieldError, ConditionLimitError, KeyMismatchError: as `pages_of`.
    """
    asked = await answerable(reader, lens, condition)
    found = [await _windows(reader, lens, _Selection(source=source, condition=asked), keys, window) for source, keys in sources]
    return (await _pages(reader, {"": _merged(found, window)}))[""]


async def merged_count(
    reader: Reader, lens: Lens, sources: Sequence[tuple[Source, Sequence[str]]], condition: Condition = ALWAYS
) -> int:
    """Answer how many events several histories hold together, each event once."""
    asked = await answerable(reader, lens, condition)
    parts: list[str] = []
    values: dict[str, object] = {}
    for number, (source, keys) in enumerate(sources):
        statement, own = _Selection(source=source, condition=asked).of_seen(reader, _ALL_POSITIONS, keys=f":keys_{number}")
        # The condition is the same for every source, and so are its values.
        values |= {**own, f"keys_{number}": list(dict.fromkeys(keys))}
        parts.append(statement)
    (row,) = await fetch(reader, lens, _COUNT_OF_MERGED.replace("{parts}", " union ".join(parts)), **values)
    event_count: int = row["event_count"]
    return event_count


def _merged(found: Sequence[Mapping[str, "_Window"]], window: Window) -> "_Window":
    size = _size(window)
    each_window = [each for windows in found for each in windows.values()]
    is_forward = window.first is not None
    # An event may stand in the history of several of the things wanted.
    positions = sorted({each for several in each_window for each in several.positions}, reverse=True)
    has_more = any(several.has_more for several in each_window) or len(positions) > size
    return _Window(
        positions=positions[:size] if is_forward else positions[max(len(positions) - size, 0) :],
        has_more=has_more,
        has_next=any(several.has_next for several in each_window) or (is_forward and has_more),
        has_previous=any(several.has_previous for several in each_window) or (not is_forward and has_more),
    )


async def count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many events of the organization satisfy a condition."""
    source, keys, rest = anchored(await answerable(reader, lens, condition))
    selection = _Selection(source=source, condition=rest)
    statement, values = selection.of_all(_COUNT_OF_ALL if reader.grants.sees_everything else _COUNT_OF_SEEN)
    (row,) = await fetch(reader, lens, statement, keys=list(keys), **values)
    event_count: int = row["event_count"]
    return event_count


async def positions_of(
    reader: Reader, lens: Lens, thing_ids: Sequence[str] | None, bounds: tuple[int, int], size: int
) -> list[int]:
    """Answer the first positions within bounds, rising, of what happened to some things and their parts, each once.

    None for the things is the whole log. Both bounds are inclusive.
    """
    source, keys = (Source.LOG, [""]) if thing_ids is None else (Source.THING, list(thing_ids))
    statement, values = _Selection(source=source, condition=ALWAYS).of_seen(reader, _FIRST)
    lowest, highest = bounds
    rows = await fetch(reader, lens, statement, keys=keys, lowest=lowest, highest=highest, size=size, **values)
    return [row["position"] for row in rows]


async def count_between(reader: Reader, earlier: Lens, later: Lens, thing_ids: Sequence[str] | None = None) -> int:
    """Answer how many events lie between two lenses: of the histories of some things, each once, or of the whole log."""
    within = "true" if thing_ids is None else _WITHIN_THINGS
    values = {"after": earlier.position, "upto": later.position, **({} if thing_ids is None else {"things": list(thing_ids)})}
    (row,) = await fetch_planned(reader, later, _COUNT_BETWEEN.replace("{within}", within), **values)
    event_count: int = row["event_count"]
    return event_count


# --- windows of positions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """The positions of a page, newest first; `has_more` says that the size cut it off."""

    positions: list[int]
    has_more: bool
    has_next: bool
    has_previous: bool


async def _windows(
    reader: Reader, lens: Lens, selection: _Selection, keys: Sequence[str], window: Window
) -> dict[str, _Window]:
    highest = CURRENT if window.after is None else _position(window.after) - 1
    lowest = 0 if window.before is None else _position(window.before) + 1
    size, is_forward = _size(window), window.first is not None
    rows = await _positions(reader, lens, selection, keys, (lowest, highest), size=size + 1, is_forward=is_forward)
    newer: Mapping[str, list[int]] = {}
    older: Mapping[str, list[int]] = {}
    if window.after is not None:
        newer = await _positions(reader, lens, selection, keys, (highest + 1, CURRENT), size=1, is_forward=True)
    if window.before is not None:
        older = await _positions(reader, lens, selection, keys, (0, lowest - 1), size=1, is_forward=True)
    found: dict[str, _Window] = {}
    for key, positions in rows.items():
        has_more = len(positions) > size
        found[key] = _Window(
            positions=positions[:size] if is_forward else positions[:size][::-1],
            has_more=has_more,
            has_next=bool(older.get(key)) or (is_forward and has_more),
            has_previous=bool(newer.get(key)) or (not is_forward and has_more),
        )
    return found


async def _positions(
    reader: Reader,
    lens: Lens,
    selection: _Selection,
    keys: Sequence[str],
    bounds: tuple[int, int],
    *,
    size: int,
    is_forward: bool,
) -> dict[str, list[int]]:
    statement, values = selection.of_seen(reader, _PAGES, direction="desc" if is_forward else "asc")
    lowest, highest = bounds
    bound = {"keys": list(keys), "lowest": lowest, "highest": highest, "size": size}
    found: dict[str, list[int]] = {key: [] for key in keys}
    for row in await fetch(reader, lens, statement, **bound, **values):
        found[row["wanted_id"]].append(row["position"])
    return found


def _size(window: Window) -> int:
    return (window.last or 0) if window.first is None else window.first


def _position(key: SortKey) -> int:
    """Answer the position in a sort key.

    Raises:
        KeyMismatchError: it holds something else.
    """
    match key:
        case (int() as position,) if not isinstance(position, bool) and 0 < position < CURRENT:
            return position
        case _:
            raise KeyMismatchError


async def _pages(reader: Reader, windows: Mapping[str, _Window]) -> dict[str, Page[EventRow]]:
    events = await recorded.events(reader, sorted({each for window in windows.values() for each in window.positions}))
    return {
        key: Page(
            rows=tuple(events[position] for position in window.positions),
            keys=tuple((position,) for position in window.positions),
            has_next=window.has_next,
            has_previous=window.has_previous,
        )
        for key, window in windows.items()
    }
