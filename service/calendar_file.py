"""An agenda as a file of iCalendar (RFC 5545), for programs that read a calendar from an address.

Everything is on whole days, those of the organization's zone, so no entry has a time of day. An entry keeps its UID for
good; its SEQUENCE and DTSTAMP are the position and the time of the act that last changed it. What is done, cancelled or out
of sight is not in the file any more, and readers drop what they no longer find.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from icalendar import Calendar, Event, Timezone

from projections.agenda import AgendaEntry, AgendaKind
from projections.rows import OrganizationRow

MEDIA_TYPE = "text/calendar; charset=utf-8"
_PRODUCT = "-//OKR Ledger//OKR Ledger//EN"
_REFRESH = timedelta(hours=1)
_GREATEST_SEQUENCE = 2**31 - 1
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ZONE_YEARS = 2
"""For how many years before and after the newest change the zone is described."""

_SUMMARIES = {
    AgendaKind.CHECK_IN: "Check in: {title}",
    AgendaKind.REVIEW: "Review: {title}",
    AgendaKind.KEY_RESULT: "Due: {title}",
    AgendaKind.INITIATIVE: "Due: {title}",
    AgendaKind.CYCLE: "Cycle {title} ({phase})",
}


def calendar_file(entries: Sequence[AgendaEntry], organization: OrganizationRow, year: int) -> bytes:
    """Answer the calendar as its file, with the zone described around a year: the same arguments give the same bytes."""
    first, last = date(year - _ZONE_YEARS, 1, 1), date(year + _ZONE_YEARS, 1, 1)
    # What the library takes is not typed in it.
    calendar: Any = Calendar()
    for name, value in (
        ("prodid", _PRODUCT),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("method", "PUBLISH"),
        ("x-wr-calname", _plain(f"OKR: {organization.name}")),
        ("x-wr-timezone", organization.time_zone),
    ):
        calendar.add(name, value)
    for name in ("refresh-interval", "x-published-ttl"):
        calendar.add(name, _REFRESH, parameters={"VALUE": "DURATION"})
    # A calendar without any component is none.
    calendar.add_component(Timezone.from_tzid(organization.time_zone, first_date=first, last_date=last))
    for entry in entries:
        event: Any = Event()
        for name, content in _properties(entry):
            event.add(name, content)
        calendar.add_component(event)
    file: bytes = calendar.to_ical()
    return file


def _properties(entry: AgendaEntry) -> Iterator[tuple[str, object]]:
    yield "uid", f"{entry.kind.value.lower()}.{entry.id}@okr-ledger"
    yield "sequence", min(entry.version, _GREATEST_SEQUENCE)
    yield "dtstamp", entry.changed_at
    yield "last-modified", entry.changed_at
    yield "summary", _plain(_SUMMARIES[entry.kind].format(title=entry.title, phase=(entry.phase or "").lower()))
    if entry.within is not None:
        yield "description", _plain(entry.within)
    yield "categories", [entry.kind.value.replace("_", " ").title()]
    yield "transp", "TRANSPARENT"
    yield "dtstart", entry.first_on
    if entry.every_days is not None:
        rule = {"freq": "daily", "interval": entry.every_days}
        yield "rrule", rule if entry.last_on is None else {**rule, "until": entry.last_on}
    elif entry.last_on is not None and entry.last_on < date.max:
        yield "dtend", entry.last_on + timedelta(days=1)


def _plain(text: str) -> str:
    # A text of iCalendar holds no control characters but tabs and ends of lines.
    return _CONTROL.sub(" ", text)
