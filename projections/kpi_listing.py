"""What may be asked of KPIs and their readings, each as the SQL that stands for it. All members may see all of them."""

from events.identifier import Noun
from projections.custom_field_listing import custom_values
from projections.listing import Field, Kind, Listing, Relation
from projections.page import Order


def _first_day(day: str) -> str:
    """Answer the first day of the period that a day belongs to, as `PeriodCalendar.first_day` does."""
    return f"""case kpi.frequency
        when 'DAILY' then {day}
        when 'WEEKLY' then {day} - (extract(isodow from {day})::integer - s.first_day_of_week + 7) % 7
        when 'MONTHLY' then date_trunc('month', {day})::date
        else (date_trunc('month', {day})
            - make_interval(months => (extract(month from {day})::integer - s.fiscal_year_start_month + 12) % 3))::date
    end"""


_DUE_SINCE = """(
    select ({previous})::timestamp at time zone s.time_zone
    from {projection}.organization s
    cross join lateral (
        select (:instant::timestamptz at time zone s.time_zone)::date - s.check_in_grace_days as day
    ) overdue
    cross join lateral (select {first} as first_day) period
    where {at:s}
)""".replace("{previous}", _first_day("(period.first_day - 1)")).replace("{first}", _first_day("overdue.day"))

# The rule of `health_shown` in events/kpi_calendar.py; a bound that is null bounds nothing.
HEALTH_OF_KPIS = f"""case
    when kpi_number.value is null then 'UNKNOWN'
    when kpi_number.effective_at < {_DUE_SINCE} then 'OUTDATED'
    when kpi_number.value < kpi.critical_below or kpi_number.value > kpi.critical_above then 'CRITICAL'
    when kpi_number.value < kpi.warning_below or kpi_number.value > kpi.warning_above then 'WARNING'
    else 'HEALTHY'
end"""

_NUMBERS = """left join lateral (
    select n.* from {projection}.kpi_number n
    where n.organization_id = :organization and n.id = kpi.id and n.to_position > :position
    order by n.to_position limit 1
) kpi_number on kpi_number.from_position <= :position"""

KPIS = Listing(
    alias="kpi",
    table="kpi",
    numbers=_NUMBERS,
    columns="""kpi.*, kpi_number.value, kpi_number.effective_at, kpi_number.reading_id,
        kpi_number.from_position as number_position""",
    fields={
        "id": Field(sql="kpi.id"),
        "title": Field(sql="kpi.title", folded="kpi.title_folded"),
        "health": Field(sql=HEALTH_OF_KPIS),
        "direction": Field(sql="kpi.direction"),
        "frequency": Field(sql="kpi.frequency"),
        "priority": Field(sql="kpi.priority", kind=Kind.INTEGER),
        "label": Field(sql="label.value", each="unnest(kpi.labels) as label (value)"),
        "team_id": Field(sql="kpi.team_id"),
        "owner_id": Field(sql="kpi.owner_id"),
        "archived_at": Field(sql="kpi.archived_at", kind=Kind.INSTANT),
    },
    relations={
        "owner": Relation(noun=Noun.PERSON, source="{projection}.person p where {at:p} and p.id = kpi.owner_id"),
        "team": Relation(noun=Noun.TEAM, source="{projection}.team t where {at:t} and t.id = kpi.team_id"),
        "custom_fields": custom_values("kpi"),
    },
    orders={
        "title": Field(sql="kpi.title_folded"),
        "priority": Field(sql="kpi.priority", kind=Kind.INTEGER),
        "created_at": Field(sql="kpi.created_at", kind=Kind.INSTANT),
        "last_read_at": Field(sql="kpi_number.effective_at", kind=Kind.INSTANT),
    },
    default_order=(Order(field="title"),),
)

KPI_READINGS = Listing(
    alias="reading",
    table="kpi_reading",
    columns="reading.*",
    fields={"id": Field(sql="reading.id")},
    orders={
        "effective_at": Field(sql="reading.effective_at", kind=Kind.INSTANT),
        "recorded_at": Field(sql="reading.recorded_at", kind=Kind.INSTANT),
    },
    default_order=(Order(field="effective_at", is_descending=True), Order(field="recorded_at", is_descending=True)),
)
