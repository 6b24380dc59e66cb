"""Readings of KPIs as of a lens: by identifier, in pages, and as the steps of a curve."""

from collections.abc import Sequence
from datetime import datetime

from projections import paging
from projections.curve import CurveBasis, Reading, Step
from projections.kpi_listing import KPI_READINGS
from projections.lens import Lens
from projections.page import Order, Page, Window
from projections.paging import Scope
from projections.reader import Reader
from projections.records import kpi_reading_rows, page_of
from projections.rows import KpiReadingRow
from projections.statement import fetch

_OF_KPI = Scope(listing=KPI_READINGS, predicate="reading.kpi_id = wanted.id")

# Answers what some KPIs stood at as it was recorded, the first one first, with the events that moved it.
_RECORDED = """
select n.id as kpi_id, e.recorded_at as at, n.position, n.value
from {projection}.kpi_number n
cross join lateral (
    select x.* from okr_ledger.event x
    where x.organization_id = :organization and x.position = n.from_position limit 1
) e
where n.organization_id = :organization and n.id = any(:ids::text[]) and n.from_position <= :position
order by n.id, n.from_position
"""

# Answers what was read of some KPIs and counts, the first one first, with the events that wrote it.
_MEASURED = """
select reading.kpi_id, reading.effective_at as at, reading.written_at as position, reading.value
from {projection}.kpi_reading reading
where {at:reading} and reading.kpi_id = any(:ids::text[]) and reading.retracted_at is null
order by reading.kpi_id, reading.effective_at, reading.position
"""

# Answers the readings of some KPIs that count, from an instant on for each, by effective time.
_SINCE = """
select reading.* from unnest(:ids::text[], :begins::timestamptz[]) as wanted (kpi_id, begin)
join {projection}.kpi_reading reading on {at:reading} and reading.kpi_id = wanted.kpi_id
    and reading.effective_at >= wanted.begin and reading.retracted_at is null
order by reading.kpi_id, reading.effective_at, reading.position
"""


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, KpiReadingRow]:
    """Answer readings by identifier, corrected and retracted ones included."""
    return {row.id: row for row in kpi_reading_rows(await paging.by_ids(reader, lens, KPI_READINGS, ids))}


async def pages_of_kpis(
    reader: Reader, lens: Lens, kpi_ids: Sequence[str], *, window: Window, orders: Sequence[Order] = ()
) -> dict[str, Page[KpiReadingRow]]:
    """Answer the same page of the readings of each KPI, retracted ones included."""
    found = await paging.pages(reader, lens, _OF_KPI, kpi_ids, window=window, orders=orders)
    return {key: page_of(each, kpi_reading_rows(each.rows)) for key, each in found.items()}


async def counts_of_kpis(reader: Reader, lens: Lens, kpi_ids: Sequence[str]) -> dict[str, int]:
    """Answer how many readings each KPI has, retracted ones included."""
    return await paging.counts(reader, lens, _OF_KPI, kpi_ids)


async def since(
    reader: Reader, lens: Lens, wanted: Sequence[tuple[str, datetime]]
) -> dict[tuple[str, datetime], tuple[KpiReadingRow, ...]]:
    """Answer for each KPI and instant the readings from then on that count, by effective time."""
    begins = dict(wanted)
    found: dict[str, list[KpiReadingRow]] = {}
    for row in kpi_reading_rows(await fetch(reader, lens, _SINCE, ids=list(begins), begins=list(begins.values()))):
        found.setdefault(row.kpi_id, []).append(row)
    return {(kpi_id, begin): tuple(found.get(kpi_id, ())) for kpi_id, begin in wanted}


async def steps(reader: Reader, lens: Lens, kpi_ids: Sequence[str], basis: CurveBasis) -> dict[str, Sequence[Step]]:
    """Answer the steps of each KPI's curve, none where nothing counted; only their values are told.

    RECORDED is what was believed as it was recorded, MEASURED what is known at the lens, each instant once.
    """
    statement = _RECORDED if basis is CurveBasis.RECORDED else _MEASURED
    # A later step at the same instant takes the place of the one before.
    found: dict[str, dict[datetime, Step]] = {kpi_id: {} for kpi_id in kpi_ids}
    for each in await fetch(reader, lens, statement, ids=list(kpi_ids)):
        step = Step(at=each["at"], position=each["position"], reading=Reading(value=each["value"]))
        found[each["kpi_id"]][step.at] = step
    return {kpi_id: list(by_instant.values()) for kpi_id, by_instant in found.items()}
