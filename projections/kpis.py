"""KPIs as of a lens: by identifier, in pages, of teams, and what is linked to them."""

from collections.abc import Mapping, Sequence
from enum import Enum

from asyncpg import Record

from projections import paging, versions
from projections.condition import ALWAYS, Condition
from projections.kpi_listing import KPIS
from projections.lens import Lens
from projections.objective_listing import KEY_RESULTS, OBJECTIVES
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.records import kpi_rows, page_of
from projections.rows import KeyResultRow, KpiRow, ObjectiveRow
from projections.statement import fetch

_ALL = Scope(listing=KPIS)
_LINKED = "exists (select from {projection}.kpi_link l where {at:l} and l.kpi_id = wanted.id and l.linked_id = "


class KpisOf(Enum):
    """Whose KPIs: those of a team, or those that an objective or a key result, which the viewer was shown, is linked to."""

    TEAM = "kpi.team_id = wanted.id"
    LINKED = "exists (select from {projection}.kpi_link l where {at:l} and l.linked_id = wanted.id and l.kpi_id = kpi.id)"


# What is linked follows the rights to itself, so a hidden objective is neither listed nor counted.
_OBJECTIVES = Scope(listing=OBJECTIVES, predicate=f"{_LINKED}o.id)")
_KEY_RESULTS = Scope(listing=KEY_RESULTS, predicate=f"{_LINKED}k.id)")

# Answers the KPIs that some key results, which the viewer was shown, take their values from.
_SOURCES = """
select l.linked_id, {columns}
from {projection}.kpi_link l
join {projection}.kpi kpi on {at:kpi} and kpi.id = l.kpi_id
{numbers}
where {at:l} and l.linked_id = any(:ids::text[]) and l.takes_values
""".replace("{columns}", KPIS.columns).replace("{numbers}", KPIS.numbers)


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, KpiRow]:
    """Answer KPIs by identifier."""
    return {row.id: row for row in kpi_rows(await paging.by_ids(reader, lens, KPIS, ids))}


async def page(
    reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS, orders: Sequence[Order] = ()
) -> Page[KpiRow]:
    """Answer a page of all KPIs, archived ones included; by title unless ordered otherwise."""
    found = await paging.pages(reader, lens, _ALL, EVERYWHERE, window=window, condition=condition, orders=orders)
    return _rows(found[""])


async def count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many KPIs satisfy a condition."""
    return (await paging.counts(reader, lens, _ALL, EVERYWHERE, condition))[""]


async def pages_of(
    reader: Reader,
    lens: Lens,
    relation: KpisOf,
    ids: Sequence[str],
    *,
    window: Window,
    condition: Condition = ALWAYS,
    orders: Sequence[Order] = (),
) -> dict[str, Page[KpiRow]]:
    """Answer the same page of the KPIs of each team or thing."""
    scope = Scope(listing=KPIS, predicate=relation.value)
    found = await paging.pages(reader, lens, scope, ids, window=window, condition=condition, orders=orders)
    return {key: _rows(each) for key, each in found.items()}


async def counts_of(
    reader: Reader, lens: Lens, relation: KpisOf, ids: Sequence[str], condition: Condition = ALWAYS
) -> dict[str, int]:
    """Answer how many KPIs each team or thing has."""
    return await paging.counts(reader, lens, Scope(listing=KPIS, predicate=relation.value), ids, condition)


async def sources_of(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, KpiRow]:
    """Answer the KPI that each key result takes its values from, without those that take none."""
    records = await fetch(reader, lens, _SOURCES, ids=list(ids))
    return {record["linked_id"]: row for record, row in zip(records, kpi_rows(records), strict=True)}


async def pages_of_objectives(
    reader: Reader, lens: Lens, kpi_ids: Sequence[str], *, window: Window, orders: Sequence[Order] = ()
) -> Mapping[str, Page[ObjectiveRow]]:
    """Answer the same page of the objectives linked to each KPI."""
    return await versions.pages(reader, lens, versions.OBJECTIVE, _OBJECTIVES, kpi_ids, window=window, orders=orders)


async def counts_of_objectives(reader: Reader, lens: Lens, kpi_ids: Sequence[str]) -> dict[str, int]:
    """Answer how many objectives are linked to each KPI."""
    return await paging.counts(reader, lens, _OBJECTIVES, kpi_ids)


async def pages_of_key_results(
    reader: Reader, lens: Lens, kpi_ids: Sequence[str], *, window: Window, orders: Sequence[Order] = ()
) -> Mapping[str, Page[KeyResultRow]]:
    """Answer the same page of the key results linked to each KPI."""
    return await versions.pages(reader, lens, versions.KEY_RESULT, _KEY_RESULTS, kpi_ids, window=window, orders=orders)


async def counts_of_key_results(reader: Reader, lens: Lens, kpi_ids: Sequence[str]) -> dict[str, int]:
    """Answer how many key results are linked to each KPI."""
    return await paging.counts(reader, lens, _KEY_RESULTS, kpi_ids)


def _rows(found: Page[Record]) -> Page[KpiRow]:
    return page_of(found, kpi_rows(found.rows))
