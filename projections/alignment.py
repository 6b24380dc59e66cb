"""Alignment as of a lens: objectives and key results mixed, the graph of what contributes to what, candidates."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from projections import key_results, objectives, paging, versions
from projections.condition import ALWAYS, Compare, Condition, Operator
from projections.lens import Lens
from projections.listing import Field, Kind, Listing
from projections.page import Order, Page, Window
from projections.paging import Scope
from projections.reader import Reader
from projections.records import page_of
from projections.rows import KeyResultRow, ObjectiveRow
from projections.statement import fetch
from projections.way import Way

NODE_LIMIT = 2000
LINK_LIMIT = 5000

Alignable = ObjectiveRow | KeyResultRow


class GraphScope(StrEnum):
    """Which objectives a graph begins with."""

    ORGANIZATION = "ORGANIZATION"
    CYCLE = "CYCLE"
    TEAM = "TEAM"
    OBJECTIVE = "OBJECTIVE"
    PERSON = "PERSON"


class LinkKind(StrEnum):
    """How two things hang together."""

    ALIGNED = "ALIGNED"
    PART = "PART"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`child_id` contributes to `parent_id`: aligned to it, or a key result that is part of it."""

    child_id: str
    parent_id: str
    kind: LinkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Objectives with their key results and the links between them; truncated where a limit cut something off."""

    nodes: tuple[Alignable, ...]
    links: tuple[Link, ...]
    is_truncated: bool


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, Alignable]:
    """Answer objectives and key results by identifier."""
    found = await versions.find(reader, lens, {Way.OBJECTIVES: ids, Way.KEY_RESULTS: ids})
    return {thing_id: row for rows in found.values() for thing_id, row in rows.items()}


# --- the graph

BEGINNINGS = {
    GraphScope.ORGANIZATION: "true",
    GraphScope.CYCLE: "o.cycle_id = :scope_id",
    GraphScope.TEAM: """o.team_id in (
        with recursive below (id) as (
            select :scope_id::text collate "C"
            union
            select t.id from below join {projection}.team t on {at:t} and t.parent_id = below.id
        ) select id from below
    )""",
    GraphScope.OBJECTIVE: """o.id in (
        with recursive below (id) as (
            select b.id from {projection}.objective b where {at:b} and {seen:b} and b.id = :scope_id
            union
            select a.child_id from below
            left join {projection}.key_result k on {at:k} and k.objective_id = below.id
            join {projection}.alignment a on {at:a} and a.parent_id in (below.id, k.id)
        ) select id from below
    )""",
    GraphScope.PERSON: "o.owner_id = :scope_id",
}
"""Which objectives `o` a scope begins with; `:scope_id` is that of the cycle, team, objective or owner."""

# Answers the objectives of a scope and all that they contribute to, directly or through others.
_OBJECTIVES_OF_GRAPH = """
with recursive beginning (id) as (
    select o.id from {projection}.objective o where {at:o} and {seen:o} and {beginning} order by o.id limit :size
), above (id) as (
    select id from beginning
    union
    select coalesce(k.objective_id, a.parent_id)
    from above
    join {projection}.alignment a on {at:a} and a.child_id = above.id
    left join {projection}.key_result k on {at:k} and k.id = a.parent_id
)
select id from above order by id limit :size
"""


async def graph(reader: Reader, lens: Lens, scope: GraphScope = GraphScope.ORGANIZATION, scope_id: str = "") -> Graph:
    """Answer the graph of a scope: its objectives, what they contribute to, and their key results.

    `scope_id` is that of the cycle, team (with those below), objective (with what is aligned to it, at any
    depth) or owner. Dropped key results are left out unless something is aligned to them.
    """
    statement = _OBJECTIVES_OF_GRAPH.replace("{beginning}", BEGINNINGS[scope])
    rows = await fetch(reader, lens, statement, scope_id=scope_id, size=NODE_LIMIT + 1)
    found = await objectives.by_ids(reader, lens, [row["id"] for row in rows[:NODE_LIMIT]])
    shown = [found[objective_id] for objective_id in sorted(found)]
    parents = {parent_id for each in shown for parent_id in each.parent_ids}
    parts = await key_results.of_objectives(reader, lens, [each.id for each in shown], include_dropped=True)
    several = [part for each in shown for part in parts[each.id] if part.dropped_at is None or part.id in parents]
    everything: list[Alignable] = [*shown, *several]
    nodes = tuple(everything[:NODE_LIMIT])
    links = _links(nodes)
    is_truncated = len(rows) > NODE_LIMIT or len(everything) > NODE_LIMIT or len(links) > LINK_LIMIT
    return Graph(nodes=nodes, links=tuple(links[:LINK_LIMIT]), is_truncated=is_truncated)


def _links(nodes: Sequence[Alignable]) -> list[Link]:
    known = {node.id for node in nodes}
    links: list[Link] = []
    for node in nodes:
        if isinstance(node, KeyResultRow):
            links.append(Link(child_id=node.id, parent_id=node.objective_id, kind=LinkKind.PART))
        else:
            aligned = (parent_id for parent_id in node.parent_ids if parent_id in known)
            links.extend(Link(child_id=node.id, parent_id=each, kind=LinkKind.ALIGNED) for each in aligned)
    return links


# Answers the objectives of a scope, without what they contribute to.
_OBJECTIVES_OF_SCOPE = """
select o.id from {projection}.objective o where {at:o} and {seen:o} and {beginning} order by o.id limit :size
"""


async def objective_ids(reader: Reader, lens: Lens, scope: GraphScope, scope_id: str) -> list[str]:
    """Answer the objectives of a scope, those aligned to an objective included; at most NODE_LIMIT."""
    statement = _OBJECTIVES_OF_SCOPE.replace("{beginning}", BEGINNINGS[scope])
    return [row["id"] for row in await fetch(reader, lens, statement, scope_id=scope_id, size=NODE_LIMIT)]


# --- candidates

# Open, visible objectives and their key results, without the objective `wanted.id`, its own key results and
# what contributes to it. Rank 0 is its own cycle, 1 the longer ones around it, 2 the rest.
_CANDIDATES = """(
    with recursive below (id) as (
        select wanted.id collate "C"
        union
        select a.child_id from below
        left join {projection}.key_result k on {at:k} and k.objective_id = below.id
        join {projection}.alignment a on {at:a} and a.parent_id in (below.id, k.id)
    ), around (cycle_id, rank) as (
        select w.cycle_id, 0 from {projection}.objective w where {at:w} and w.id = wanted.id
        union all
        select c.parent_id, 1 from around join {projection}.cycle c on {at:c} and c.id = around.cycle_id
        where c.parent_id is not null
    ), open as (
        select o.*, coalesce((select min(around.rank) from around where around.cycle_id = o.cycle_id), 2) as rank
        from {projection}.objective o
        where {at:o} and {seen:o} and o.state in ('DRAFT', 'ACTIVE') and o.id not in (select below.id from below)
    )
    select open.organization_id, open.id, open.from_position, open.to_position, open.rank, open.title_folded
    from open
    union all
    select k.organization_id, k.id, k.from_position, k.to_position, open.rank, k.title_folded
    from open join {projection}.key_result k on {at:k} and k.objective_id = open.id and k.dropped_at is null
        and {seen_part:k}
)"""

_CANDIDATE_LISTING = Listing(
    alias="candidate",
    table=_CANDIDATES,
    columns="candidate.id",
    fields={"title": Field(sql="candidate.title_folded", folded="candidate.title_folded")},
    orders={
        "rank": Field(sql="candidate.rank", kind=Kind.INTEGER),
        "title": Field(sql="candidate.title_folded"),
    },
    default_order=(Order(field="rank"), Order(field="title")),
)
_ALL_CANDIDATES = Scope(listing=_CANDIDATE_LISTING)


async def candidates(reader: Reader, lens: Lens, objective_id: str, words: str | None, window: Window) -> Page[Alignable]:
    """Answer a page of what an objective may be aligned to; `words` stand in the title, whatever their case.

    Its own cycle comes first, then the longer ones around it, each by title.
    """
    found = await paging.pages(reader, lens, _ALL_CANDIDATES, [objective_id], window=window, condition=_containing(words))
    page = found[objective_id]
    rows = await by_ids(reader, lens, [record["id"] for record in page.rows])
    return page_of(page, [rows[record["id"]] for record in page.rows])


async def count_candidates(reader: Reader, lens: Lens, objective_id: str, words: str | None) -> int:
    """Answer how many things an objective may be aligned to."""
    found = await paging.counts(reader, lens, _ALL_CANDIDATES, [objective_id], _containing(words))
    return found[objective_id]


def _containing(words: str | None) -> Condition:
    return Compare("title", Operator.CONTAINS_IGNORE_CASE, words) if words else ALWAYS
