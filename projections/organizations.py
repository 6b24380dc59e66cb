"""The organization's settings as of a lens."""

from uuid import UUID

import orjson
from asyncpg import Record

from events.connection import Connection
from events.organization import PaceBands, ScoreBand
from projections import moments
from projections.lens import Lens
from projections.reader import Reader
from projections.rows import OrganizationRow
from projections.statement import fetch

# Answers the settings of the organization.
_SETTINGS = "select s.* from {projection}.organization s where {at:s}"


_KEPT = 100
"""Settings of one organization that are kept."""

# Answers what an organization is called now.
_NAME = """
select s.name from {projection}.organization s
where s.organization_id = $1 and s.to_position = 9223372036854775807
"""


async def current_name(connection: Connection, organization_id: UUID) -> str | None:
    """Answer what an organization is called now, None before its first event; the connection works for it."""
    head = await moments.head(connection, organization_id)
    if head is None:
        return None
    name: str | None = await connection.fetchval(
        _NAME.replace("{projection}", f"projection_{head.generation}"), organization_id
    )
    return name


def kept_settings(reader: Reader, lens: Lens) -> OrganizationRow | None:
    """Answer the organization with its settings, if they are kept."""
    for first, last, kept in reader.kept.spans(reader.organization_id, reader.generation, "organization"):
        if first <= lens.position <= last:
            found: OrganizationRow = kept
            return found
    return None


async def settings(reader: Reader, lens: Lens) -> OrganizationRow | None:
    """Answer the organization with its settings, None before its first event; those that hold at the lens are read once."""
    found = kept_settings(reader, lens)
    if found is not None:
        return found
    known = reader.kept.spans(reader.organization_id, reader.generation, "organization")
    rows = await fetch(reader, lens, _SETTINGS)
    if not rows:
        return None
    row = _row(rows[0])
    # What nothing has followed yet holds as far as the head.
    last = min(rows[0]["to_position"] - 1, reader.head_position)
    known[:] = [each for each in known if each[0] != row.from_position][-_KEPT:]
    known.append((row.from_position, last, row))
    return row


def still_hold(reader: Reader, version: int | None) -> None:
    """Note that the settings of a version are those that hold at the reader's head, if they are kept."""
    known = reader.kept.spans(reader.organization_id, reader.generation, "organization")
    known[:] = [(first, max(last, reader.head_position) if row.version == version else last, row) for first, last, row in known]


def _row(row: Record) -> OrganizationRow:
    bands = orjson.loads(row["pace_bands"])
    return OrganizationRow(
        id=row["id"],
        name=row["name"],
        time_zone=row["time_zone"],
        first_day_of_week=row["first_day_of_week"],
        fiscal_year_start_month=row["fiscal_year_start_month"],
        check_in_cadence_days=row["check_in_cadence_days"],
        check_in_grace_days=row["check_in_grace_days"],
        check_in_weekday=row["check_in_weekday"],
        pace_bands=PaceBands(behind=bands["behind"], far_behind=bands["far_behind"]),
        score_bands=tuple(ScoreBand(name=each["name"], start=each["start"]) for each in orjson.loads(row["score_bands"])),
        disabled_findings=tuple(row["disabled_findings"]),
        version=row["version"],
        from_position=row["from_position"],
    )
