"""A running quarter with a KPI, for tests of what is decided about KPIs."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from events.identifier import Noun, derive_identifier
from events.kpi import (
    CreateKpi,
)
from events.kpi_calendar import Frequency, PeriodCalendar
from events.kpi_link import LinkKpi
from events.kpi_measure import Bands, Direction
from events.kpi_reading import RecordKpiReading
from events.metric import Unit
from tests.support.given import Company, running_quarter

RISING = Bands(critical_below=Decimal(80), warning_below=Decimal(90))
FALLING = Bands(warning_above=Decimal(5), critical_above=Decimal(10))
INSIDE = Bands(critical_below=Decimal(0), warning_below=Decimal(10), warning_above=Decimal(20), critical_above=Decimal(30))
PRAGUE = PeriodCalendar(zone="Europe/Prague", first_day_of_week=1, fiscal_year_start_month=1, grace_days=3)
OWNER = "organization_01kay8r1w0e0q9x5c8d1f2g3h4"


def reading_id(name: str) -> str:
    return derive_identifier(Noun.KPI_READING, OWNER, name)


def measured(**fields: Any) -> Company:
    """A running quarter with the KPI `renewals` of team `sales`, a percentage that shall not fall below 90."""
    company = running_quarter()
    company.do(
        CreateKpi(
            **{
                "kpi_id": "renewals",
                "title": "Renewal rate",
                "direction": Direction.HIGHER_IS_BETTER,
                "unit": Unit.PERCENT,
                "bands": RISING,
                "frequency": Frequency.WEEKLY,
                "team_id": "sales",
                "owner_id": "max",
            }
            | fields
        )
    )
    return company


def read(company: Company, name: str, value: str, at: datetime | None = None) -> list[Any]:
    command = RecordKpiReading(reading_id=reading_id(name), kpi_id="renewals", value=Decimal(value), effective_at=at)
    return list(company.do(command))


def sourced() -> Company:
    """The key result `replies` (5 to 10 PERCENT) takes its values from the KPI."""
    company = measured()
    company.do(LinkKpi(kpi_id="renewals", linked_id="replies", takes_values=True))
    return company
