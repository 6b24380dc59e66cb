"""Rows of KPIs, their numbers, readings and links, made of the folded states."""

from typing import Any

import orjson
from pydantic import TypeAdapter

from events.facts import Facts
from events.kpi import BandsInForce, Kpi
from events.kpi_link import KpiLink
from projections.definition_rows import SEPARATOR, folded, folded_texts
from projections.row_versions import Values

_BANDS: TypeAdapter[tuple[BandsInForce, ...]] = TypeAdapter(tuple[BandsInForce, ...])


def bands_text(history: tuple[BandsInForce, ...]) -> str:
    """Write the bands of a KPI down, the oldest first."""
    content: Any = _BANDS.dump_python(history, mode="json")
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def bands_of(text: str) -> tuple[BandsInForce, ...]:
    """Read what `bands_text` wrote."""
    return _BANDS.validate_json(text)


def kpi_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the definition of a KPI."""
    known = facts.kpis.get(identifier)
    return None if known is None else _definition(known)


def _definition(known: Kpi) -> Values:
    return {
        "title": known.title,
        "title_folded": folded(known.title),
        "description": known.description,
        "text_folded": folded_texts(known.description, *known.labels),
        "priority": known.priority,
        "labels": known.labels,
        "team_id": known.team_id,
        "owner_id": known.owner_id,
        "direction": known.measure.direction,
        "unit": known.measure.unit,
        "unit_label": known.measure.unit_label,
        "currency": known.measure.currency,
        "critical_below": known.bands.critical_below,
        "warning_below": known.bands.warning_below,
        "warning_above": known.bands.warning_above,
        "critical_above": known.bands.critical_above,
        "band_history": bands_text(known.band_history),
        "frequency": known.frequency,
        "archived_at": known.archived_at,
        "created_at": known.created_at,
        "created_by": known.created_by,
        "updated_at": known.updated_at,
        "updated_by": known.updated_by,
        "version": known.version,
    }


def kpi_number_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the number of a KPI, or None when it was never read."""
    if not facts.has_readings(identifier):
        return None
    readings = facts.readings_of(identifier)
    latest = readings.latest
    return {
        "value": None if latest is None else latest.value,
        "effective_at": None if latest is None else latest.effective_at,
        "reading_id": None if latest is None else latest.reading_id,
        "reading_count": sum(each.retracted_at is None for each in readings.readings.values()),
        "position": readings.moved_at,
    }


def kpi_reading_row(facts: Facts, identifier: str) -> Values | None:
    """Answer a reading as it stands, or None when there is none."""
    known = facts.reading(identifier)
    if known is None:
        return None
    return {
        "kpi_id": known.kpi_id,
        "value": known.value,
        "comment": known.comment,
        "effective_at": known.effective_at,
        "recorded_at": known.recorded_at,
        "corrected_at": known.corrected_at,
        "retracted_at": known.retracted_at,
        "author_id": known.author_id,
        "position": known.position,
        "written_at": known.written_at,
    }


def kpi_link_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the row of a link while it lasts."""
    kpi_id, linked_id = identifier.split(SEPARATOR)
    thing = facts.key_result(linked_id) or facts.objective(linked_id)
    links: tuple[KpiLink, ...] = () if thing is None else thing.kpi_links
    link = next((each for each in links if each.kpi_id == kpi_id), None)
    return None if link is None else {"kpi_id": kpi_id, "linked_id": linked_id, "takes_values": link.takes_values}
