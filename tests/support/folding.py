"""A company in memory whose commands are folded into rows, and what is asked of such rows."""

from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from events.check_in import CheckInStatus, RecordCheckIn
from events.command import Command
from events.cycle import ActivateCycle, CreateCycle
from events.envelope import Reason, ReasonCode
from events.identifier import Noun, format_identifier
from events.key_result import AddKeyResult
from events.metric import Metric, MetricKind, Unit
from events.objective import ActivateObjective, CreateObjective
from events.organization import CreateOrganization
from events.person import InvitePerson, Role
from events.team import CreateTeam
from projections.row_versions import CommandRows, RowChange, Values
from tests.support.chronicle import Chronicle

BECAUSE = Reason(code=ReasonCode.NEW_INFORMATION)
CALLS = Metric(kind=MetricKind.INCREASE, unit=Unit.NUMBER, unit_label="calls", start=Decimal(0), target=Decimal(100))


def running_company() -> Chronicle:
    """People `ada` and `max`, team `sales`, running cycle `q3`, objective `trust` with key result `calls` (0 to 100)."""
    chronicle = Chronicle()
    chronicle.do(
        CreateOrganization(organization_id=format_identifier(Noun.ORGANIZATION, chronicle.organization_id), name="Company")
    )
    chronicle.do(InvitePerson(person_id="ada", sealed="sealed ada", role=Role.ADMIN))
    chronicle.do(InvitePerson(person_id="max", sealed="sealed max"))
    chronicle.do(CreateTeam(team_id="sales", name="Sales"))
    chronicle.do(CreateCycle(cycle_id="q3", name="Q3", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31)))
    chronicle.do(ActivateCycle(cycle_id="q3"))
    add(chronicle, "trust", key_results=("calls",))
    return chronicle


def add(chronicle: Chronicle, objective_id: str, key_results: tuple[str, ...] = (), **fields: Any) -> CommandRows:
    """Begin an active objective in one act."""
    return made(
        chronicle,
        CreateObjective(objective_id=objective_id, cycle_id="q3", title=f"Title {objective_id}", **fields),
        *(AddKeyResult(key_result_id=each, objective_id=objective_id, title=each, metric=CALLS) for each in key_results),
        ActivateObjective(objective_id=objective_id),
    )


def made(chronicle: Chronicle, *commands: Command, actor_id: str = "ada") -> CommandRows:
    """The rows of an act that must change something."""
    rows = chronicle.do(*commands, actor_id=actor_id, reason=BECAUSE)
    assert rows is not None
    return rows


def checked_in(chronicle: Chronicle, check_in_id: str, value: int, key_result_id: str = "calls", **fields: Any) -> CommandRows:
    """The rows of a check-in."""
    check_in = RecordCheckIn(
        check_in_id=check_in_id,
        key_result_id=key_result_id,
        value=Decimal(value),
        **{"status": CheckInStatus.ON_TRACK, **fields},
    )
    return made(chronicle, check_in)


def changed(rows: CommandRows) -> dict[tuple[str, str], RowChange]:
    """The changed rows by place; each place occurs once."""
    places = {(change.table, change.id): change for change in rows.changes}
    assert len(places) == len(rows.changes)
    return places


def values(rows: CommandRows, table: str, identifier: str) -> Values:
    """The new row of a thing."""
    found = changed(rows)[table, identifier].values
    assert found is not None
    return found


def added(rows: CommandRows, table: str) -> list[Values]:
    """The rows added to a table."""
    return list(rows.additions.get(table, ()))


def subjects(rows: CommandRows) -> list[tuple[object, ...]]:
    """What events are about: position, thing, objective and version."""
    names = ("position", "subject_id", "objective_id", "subject_version")
    return [tuple(row[name] for name in names) for row in added(rows, "event_subject")]


def told(rows: CommandRows) -> list[tuple[object, str, Any, Any]]:
    """What a command changed: position, field, before and after."""
    return [
        (row["position"], each["field"], each["before"], each["after"])
        for row in added(rows, "event_subject")
        for each in orjson.loads(str(row["changes"]))
    ]


def fields(rows: CommandRows) -> dict[str, tuple[Any, Any]]:
    """What a command changed, by field."""
    return {field: (before, after) for _, field, before, after in told(rows)}


def text(value: str) -> dict[str, str]:
    """A text as changes tell it."""
    return {"kind": "TEXT", "text": value}


def node(value: str) -> dict[str, str]:
    """A thing as changes tell it."""
    return {"kind": "NODE", "id": value}


def enumeration(value: str) -> dict[str, str]:
    """A value of an enumeration as changes tell it."""
    return {"kind": "ENUM", "text": value}


def calls(value: str) -> dict[str, str | None]:
    """A number of calls as changes tell it."""
    return {"kind": "NUMBER", "number": value, "unit": "NUMBER", "unitLabel": "calls", "currency": None}
