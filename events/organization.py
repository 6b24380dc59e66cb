"""The organization: the tenant, its calendar and its bands."""

from dataclasses import dataclass, replace
from typing import assert_never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from events.envelope import UNSET, Context, Occurrence, Unset
from events.limits import camel_case
from events.rejection import RejectionCode, refuse, refuse_limit
from events.version import check_version

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOrganization:
    """Begin an organization's log."""

    organization_id: str
    name: str
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOrganization:
    """Change settings of the organization."""

    name: str | Unset = UNSET
    time_zone: str | Unset = UNSET
    first_day_of_week: int | Unset = UNSET
    fiscal_year_start_month: int | Unset = UNSET
    check_in_cadence_days: int | Unset = UNSET
    check_in_grace_days: int | Unset = UNSET
    check_in_weekday: int | Unset = UNSET
    pace_bands: "PaceBands | Unset" = UNSET
    score_bands: "tuple[ScoreBand, ...] | Unset" = UNSET
    disabled_findings: tuple[str, ...] | Unset = UNSET
    expected_version: int | None = None


OrganizationCommand = CreateOrganization | UpdateOrganization

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceBands:
    """At or above `behind` a pace is fine; below `far_behind` it is bad; both are differences of progress."""

    behind: float = -0.1
    far_behind: float = -0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreBand:
    """A name for scores from `start` (inclusive) up to the next band's start."""

    name: str
    start: float


DEFAULT_SCORE_BANDS = (
    ScoreBand(name="red", start=0.0),
    ScoreBand(name="yellow", start=0.4),
    ScoreBand(name="green", start=0.7),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationCreated:
    """An organization began."""

    organization_id: str
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationUpdated:
    """Settings changed; a field that is None was left as it was."""

    organization_id: str
    name: str | None = None
    time_zone: str | None = None
    first_day_of_week: int | None = None
    fiscal_year_start_month: int | None = None
    check_in_cadence_days: int | None = None
    check_in_grace_days: int | None = None
    check_in_weekday: int | None = None
    pace_bands: PaceBands | None = None
    score_bands: tuple[ScoreBand, ...] | None = None
    disabled_findings: tuple[str, ...] | None = None


OrganizationEvent = OrganizationCreated | OrganizationUpdated

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organization as of some position.

    Weekdays are ISO numbers, 1 Monday to 7 Sunday. A check-in is due every `check_in_cadence_days` at
    the end of `check_in_weekday` and late after `check_in_grace_days` more.
    """

    organization_id: str
    name: str
    time_zone: str
    first_day_of_week: int = 1
    fiscal_year_start_month: int = 1
    check_in_cadence_days: int = 7
    check_in_grace_days: int = 3
    check_in_weekday: int = 5
    pace_bands: PaceBands = PaceBands()
    score_bands: tuple[ScoreBand, ...] = DEFAULT_SCORE_BANDS
    disabled_findings: tuple[str, ...] = ()
    version: int = 1


# --- rejections

MOST_SCORE_BANDS = 20
_BOUNDS: dict[str, tuple[int, int]] = {
    "first_day_of_week": (1, 7),
    "fiscal_year_start_month": (1, 12),
    "check_in_cadence_days": (1, 92),
    "check_in_grace_days": (0, 31),
    "check_in_weekday": (1, 7),
}


def _check_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise refuse(RejectionCode.INVALID, "not a time zone of the IANA database", "timeZone") from error


def _check_bounds(field: str, value: object, low: int, high: int) -> None:
    if isinstance(value, int) and not low <= value <= high:
        raise refuse(RejectionCode.INVALID, f"must lie between {low} and {high}", camel_case(field))


def _check_bands(command: UpdateOrganization) -> None:
    bands = command.pace_bands
    if isinstance(bands, PaceBands) and not -1 <= bands.far_behind < bands.behind <= 0:
        raise refuse(RejectionCode.INVALID, "needs -1 <= farBehind < behind <= 0", "paceBands")
    scores = command.score_bands
    if isinstance(scores, tuple):
        if len(scores) > MOST_SCORE_BANDS:
            raise refuse_limit("score bands", MOST_SCORE_BANDS, len(scores), "scoreBands")
        starts = [band.start for band in scores]
        if not starts or starts[0] != 0 or starts != sorted(set(starts)) or starts[-1] > 1:
            raise refuse(RejectionCode.INVALID, "bands must rise from 0 and stay within 1", "scoreBands")


# --- decide


def decide(command: OrganizationCommand, organization: Organization | None, context: Context) -> list[OrganizationEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: it exists already, is missing, a setting is out of bounds, or the version differs.
    """
    del context
    match command:
        case CreateOrganization():
            if organization is not None:
                raise refuse(RejectionCode.ID_TAKEN, "the organization exists already", "organizationId")
            _check_time_zone(command.time_zone)
            return [
                OrganizationCreated(organization_id=command.organization_id, name=command.name, time_zone=command.time_zone)
            ]
        case UpdateOrganization():
            if organization is None:
                raise refuse(RejectionCode.NOT_FOUND, "no such organization")
            return _update(command, organization)
        case _:
            assert_never(command)


_SETTINGS = (
    "name",
    "time_zone",
    "first_day_of_week",
    "fiscal_year_start_month",
    "check_in_cadence_days",
    "check_in_grace_days",
    "check_in_weekday",
    "pace_bands",
    "score_bands",
    "disabled_findings",
)


def _update(command: UpdateOrganization, organization: Organization) -> list[OrganizationEvent]:
    check_version(organization.organization_id, organization.version, command.expected_version)
    for field, (low, high) in _BOUNDS.items():
        _check_bounds(field, getattr(command, field), low, high)
    if isinstance(command.time_zone, str):
        _check_time_zone(command.time_zone)
    _check_bands(command)
    changed = {
        field: value
        for field in _SETTINGS
        if (value := getattr(command, field)) is not UNSET and value != getattr(organization, field)
    }
    if not changed:
        return []
    return [OrganizationUpdated(organization_id=organization.organization_id, **changed)]


# --- evolve


def evolve(organization: Organization | None, event: OrganizationEvent, occurrence: Occurrence) -> Organization:
    """Answer the organization after an event."""
    del occurrence
    match event:
        case OrganizationCreated():
            return Organization(organization_id=event.organization_id, name=event.name, time_zone=event.time_zone)
        case OrganizationUpdated():
            if organization is None:
                raise ValueError("an organization is updated before it is created")
            changed = {field: value for field in _SETTINGS if (value := getattr(event, field)) is not None}
            return replace(organization, version=organization.version + 1, **changed)
        case _:
            assert_never(event)
