"""How a report writes numbers, dates and names. What is unknown is a dash, never a nought."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from service.report.queries import Content

NOTHING = "\N{EN DASH}"
_WHOLE = 100
_THIN = "\N{NARROW NO-BREAK SPACE}"
_ARROW = " \N{RIGHTWARDS ARROW}\N{NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"
_UNITS = {"PERCENT": "%", "MINUTES": "min", "HOURS": "h", "DAYS": "days", "WEEKS": "weeks", "MONTHS": "months"}
_KINDS = {"BINARY": "done or not", "ESTIMATED": "as its owner estimates it", "UNDECIDED": "no measure yet"}
_PHASES = {"PLANNING": "in planning", "ACTIVE": "running", "REVIEW": "in review", "CLOSED": "closed and sealed"}
_FIELDS = {
    "title": "Title",
    "description": "Description",
    "cycle": "Cycle",
    "team": "Team",
    "owner": "Owner",
    "contributors": "Contributors",
    "parents": "Contributes to",
    "ambition": "Ambition",
    "visibility": "Visibility",
    "driver": "Progress made of",
    "objective": "Objective",
    "weight": "Weight",
    "dueOn": "Due",
    "kind": "Kind of measure",
    "unit": "Unit",
    "unitLabel": "What is counted",
    "currency": "Currency",
    "isRelative": "Relative",
    "isStrict": "Strict",
    "start": "Start",
    "target": "Target",
    "low": "Lower end",
    "high": "Upper end",
    "commit": "Committed level",
    "stretch": "Stretch level",
    "stages": "Stages",
    "checkpoints": "Phased targets",
    "droppedAt": "Dropped",
}
"""What was agreed of an objective or a key result, by the API's names; anything else that changes is its course."""


def number(value: str | float | Decimal | None) -> str:
    """Answer a number in groups of three digits, without noughts at its end."""
    if value is None:
        return NOTHING
    text = f"{Decimal(str(value)):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(",", _THIN).replace("-", _MINUS)


def percent(value: float | None, places: int = 0) -> str:
    """Answer a share as per cent. What is short of the whole never reads as 100 %."""
    if value is None:
        return NOTHING
    exact = Decimal(str(value)) * 100
    shown = round(exact, places)
    if shown == _WHOLE > exact:
        shown -= Decimal(1).scaleb(-places)
    return f"{shown:.{places}f}{_THIN}%".replace("-", _MINUS)


def points(value: float) -> str:
    """Answer a difference of shares as percentage points with its sign."""
    shown = round(Decimal(str(value)) * 100, 1)
    sign = "" if shown == 0 else "+" if shown > 0 else _MINUS
    return f"{sign}{abs(shown):.1f}"


def score(value: float | None) -> str:
    """Answer a score with two places, as it is given."""
    return NOTHING if value is None else f"{round(Decimal(str(value)), 2):.2f}"


def day(value: date | str) -> str:
    """Answer a day such as 5 Jan 2026."""
    shown = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{shown.day} {shown:%b %Y}"


def instant(value: datetime | str, zone: str) -> str:
    """Answer an instant to the minute in a time zone."""
    shown = _local(value, zone)
    return f"{day(shown.date())}, {shown:%H:%M}"


def day_in(value: datetime | str, zone: str) -> str:
    """Answer the day of an instant in a time zone."""
    return day(_local(value, zone).date())


def _local(value: datetime | str, zone: str) -> datetime:
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(ZoneInfo(zone))


def plain(name: str) -> str:
    """Answer a member of an enumeration in words: ON_TRACK is On track."""
    return name.replace("_", " ").capitalize()


def reason(code: str) -> str:
    """Answer the kind of a reason in words, nothing where the reason's own words are all there is to say."""
    return "" if code == "OTHER" else plain(code).lower()


def phase(name: str) -> str:
    """Answer the phase of a cycle in words."""
    return _PHASES.get(name, plain(name).lower())


def counted(count: int, one: str, several: str = "") -> str:
    """Answer a number of things: 1 objective, 3 objectives."""
    return f"{number(count)} {one if count == 1 else several or one + 's'}"


def quantity(value: str | None, measured: Content) -> str:
    """Answer a value with the unit that a metric, or a value of a change, names; a change of a baseline has its sign."""
    if value is None:
        return NOTHING
    unit = measured["currency"] or measured["unitLabel"] or _UNITS.get(measured["unit"] or "", "")
    sign = "+" if measured.get("isRelative") and Decimal(value) > 0 else ""
    return f"{sign}{number(value)}{_THIN}{unit}" if unit == "%" else f"{sign}{number(value)} {unit}".rstrip()


def goal(metric: Content, levels: Content) -> str:
    """Answer what a key result wants, by levels that were or are in force."""
    match metric["kind"]:
        case "INCREASE" | "DECREASE":
            return f"{number(levels['start'])}{_ARROW}{quantity(levels['target'], metric)}"
        case "AT_LEAST" | "AT_MOST":
            least = metric["kind"] == "AT_LEAST"
            words = ("more than" if least else "less than") if metric["isStrict"] else ("at least" if least else "at most")
            return f"{words} {quantity(levels['target'], metric)}"
        case "RANGE":
            return f"{number(levels['low'])} to {quantity(levels['high'], metric)}"
        case "MILESTONE":
            return counted(len(metric["stages"]), "stage")
        case kind:
            return _KINDS.get(kind, plain(kind).lower())


def current(metric: Content) -> str:
    """Answer where a key result stands, in the terms of its metric."""
    value = metric["current"]
    match metric["kind"]:
        case "MILESTONE":
            done = sum(stage["done"] for stage in metric["stages"])
            return f"{done} of {counted(len(metric['stages']), 'stage')}"
        case "BINARY":
            return NOTHING if value is None else "done" if Decimal(value) else "not done"
        case "ESTIMATED":
            return percent(None if value is None else float(value))
        case "UNDECIDED":
            return NOTHING
        case _:
            return quantity(value, metric)


def is_agreed(field: str) -> bool:
    """Say whether a field of a change is part of what was agreed."""
    return field in _FIELDS


def field_name(field: str) -> str:
    """Answer the name of a field in words."""
    return _FIELDS.get(field, field)


def changed_value(value: Content | None, zone: str) -> str:
    """Answer one side of a change."""
    if value is None:
        return NOTHING
    match value["kind"]:
        case "NUMBER":
            return quantity(value["number"], value)
        case "DATE":
            return day(value["date"])
        case "DATE_TIME":
            return instant(value["text"], zone)
        case "ENUM":
            return plain(value["text"])
        case "BOOLEAN":
            return "yes" if value["text"] == "true" else "no"
        case "LIST":
            return "; ".join(_member(each, zone) for each in value["values"]) or NOTHING
        case _:
            return value["text"] or NOTHING


def _member(value: Content, zone: str) -> str:
    # Phased targets and stages are pairs: a day and a value, a title and a weight.
    parts = value.get("values")
    return ": ".join(changed_value(part, zone) for part in parts) if parts else changed_value(value, zone)
