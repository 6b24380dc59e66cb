"""The rows of KPIs and of their readings, as the loaders answer them, made of records of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from asyncpg import Record

from events.kpi import BandsInForce
from events.kpi_calendar import Frequency
from events.kpi_measure import Bands, Direction, Measure
from events.metric import Unit
from projections.kpi_rows import bands_of
from projections.page import Page
from projections.records import page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiRow:
    """A KPI with its number; `value` was read at `effective_at`, both None as long as nothing counts."""

    id: str
    title: str
    description: str | None
    team_id: str | None
    owner_id: str | None
    measure: Measure
    band_history: tuple[BandsInForce, ...]
    frequency: Frequency
    archived_at: datetime | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    version: int
    from_position: int
    value: Decimal | None
    effective_at: datetime | None
    reading_id: str | None
    reading_count: int
    number_position: int | None

    @property
    def bands(self) -> Bands:
        """The bands in force."""
        return self.band_history[-1].bands


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiReadingRow:
    """A reading as it stood; `position` is that of its first recording, `written_at` that of its newest event."""

    id: str
    kpi_id: str
    value: Decimal
    comment: str | None
    effective_at: datetime
    recorded_at: datetime
    corrected_at: datetime | None
    retracted_at: datetime | None
    author_id: str
    position: int
    written_at: int
    from_position: int


def kpi_of(record: Record) -> KpiRow:
    """Answer a KPI with its number."""
    return KpiRow(
        id=record["id"],
        title=record["title"],
        description=record["description"],
        team_id=record["team_id"],
        owner_id=record["owner_id"],
        measure=Measure(
            direction=Direction(record["direction"]),
            unit=Unit(record["unit"]),
            unit_label=record["unit_label"],
            currency=record["currency"],
        ),
        band_history=bands_of(record["band_history"]),
        frequency=Frequency(record["frequency"]),
        archived_at=record["archived_at"],
        created_at=record["created_at"],
        created_by=record["created_by"],
        updated_at=record["updated_at"],
        updated_by=record["updated_by"],
        version=record["version"],
        from_position=record["from_position"],
        value=record["value"],
        effective_at=record["effective_at"],
        reading_id=record["reading_id"],
        reading_count=record["reading_count"] or 0,
        number_position=record["number_position"],
    )


def reading_of(record: Record) -> KpiReadingRow:
    """Answer a reading."""
    return KpiReadingRow(
        id=record["id"],
        kpi_id=record["kpi_id"],
        value=record["value"],
        comment=record["comment"],
        effective_at=record["effective_at"],
        recorded_at=record["recorded_at"],
        corrected_at=record["corrected_at"],
        retracted_at=record["retracted_at"],
        author_id=record["author_id"],
        position=record["position"],
        written_at=record["written_at"],
        from_position=record["from_position"],
    )


def kpis_of(page: Page[Record]) -> Page[KpiRow]:
    """Answer a page of KPIs."""
    return page_of(page, [kpi_of(record) for record in page.rows])


def readings_of(page: Page[Record]) -> Page[KpiReadingRow]:
    """Answer a page of readings."""
    return page_of(page, [reading_of(record) for record in page.rows])


def by_key(records: Sequence[Record], key: str) -> dict[str, list[Record]]:
    """Answer records under what they were found for, in their order."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record[key], []).append(record)
    return found
