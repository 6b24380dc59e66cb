"""KPIs: lasting measures of an organization or a team, with bands in which their values are healthy. They are no OKRs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, assert_never

from events import custom_value
from events.custom_field import CustomFieldNoun
from events.custom_value import CustomValueFacts, CustomValues, KpiCustomValuesSet, changed_values, require_values
from events.envelope import UNSET, Context, Occurrence, Unset
from events.kpi_calendar import Frequency
from events.kpi_measure import Bands, Direction, Measure, check_bands, check_measure
from events.metric import Unit
from events.objective import check_reason
from events.rejection import RejectionCode, refuse, refuse_limit
from events.version import changed, check_version, created

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateKpi:
    """Begin to measure something; without a team it is the organization's."""

    kpi_id: str
    title: str
    direction: Direction
    unit: Unit
    bands: Bands
    frequency: Frequency
    unit_label: str | None = None
    currency: str | None = None
    description: str | None = None
    team_id: str | None = None
    owner_id: str | None = None
    priority: int | None = None
    labels: tuple[str, ...] = ()
    custom_fields: CustomValues = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateKpi:
    """Change a KPI; fields that are UNSET stay, and custom fields that are not named.

    Unit and direction may change only before the first reading.
    """

    kpi_id: str
    title: str | Unset = UNSET
    description: str | Unset | None = UNSET
    team_id: str | Unset | None = UNSET
    owner_id: str | Unset | None = UNSET
    direction: Direction | Unset = UNSET
    unit: Unit | Unset = UNSET
    unit_label: str | Unset | None = UNSET
    currency: str | Unset | None = UNSET
    bands: Bands | Unset = UNSET
    frequency: Frequency | Unset = UNSET
    priority: int | Unset | None = UNSET
    labels: tuple[str, ...] | Unset = UNSET
    custom_fields: CustomValues = ()
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveKpi:
    """Stop measuring; everything that was read stays."""

    kpi_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreKpi:
    """Measure an archived KPI again."""

    kpi_id: str
    expected_version: int | None = None


KpiCommand = CreateKpi | UpdateKpi | ArchiveKpi | RestoreKpi

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiCreated:
    """A KPI began."""

    kpi_id: str
    title: str
    measure: Measure
    bands: Bands
    frequency: Frequency
    description: str | None = None
    team_id: str | None = None
    owner_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiRetitled:
    """A KPI got another title."""

    kpi_id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiDescribed:
    """A KPI got another description, or none."""

    kpi_id: str
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiReowned:
    """A KPI got another owner, or none."""

    kpi_id: str
    owner_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiMoved:
    """A KPI went to another team, or to the organization."""

    kpi_id: str
    team_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiMeasureDefined:
    """A KPI that was never read got another unit or direction."""

    kpi_id: str
    measure: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiBandsChanged:
    """A KPI got other bands; what was read before keeps those that were in force then."""

    kpi_id: str
    bands: Bands


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiFrequencyChanged:
    """A KPI is to be read more often, or less."""

    kpi_id: str
    frequency: Frequency


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiPrioritized:
    """A KPI got another place in the order."""

    kpi_id: str
    priority: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiLabelled:
    """A KPI got other labels; all as they now stand."""

    kpi_id: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiArchived:
    """A KPI is no longer measured."""

    kpi_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiRestored:
    """An archived KPI is measured again."""

    kpi_id: str


KpiEvent = (
    KpiCreated
    | KpiRetitled
    | KpiDescribed
    | KpiReowned
    | KpiMoved
    | KpiMeasureDefined
    | KpiBandsChanged
    | KpiFrequencyChanged
    | KpiPrioritized
    | KpiLabelled
    | KpiArchived
    | KpiRestored
    | KpiCustomValuesSet
)

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class BandsInForce:
    """Bands and since when they are in force."""

    since: datetime
    bands: Bands


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """A KPI as of some position; `band_history` has all its bands, the oldest first and those of now last."""

    kpi_id: str
    title: str
    measure: Measure
    band_history: tuple[BandsInForce, ...]
    frequency: Frequency
    description: str | None
    team_id: str | None
    owner_id: str | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    archived_at: datetime | None = None
    priority: int | None = None
    labels: tuple[str, ...] = ()
    custom_values: CustomValues = ()
    version: int = 1

    @property
    def bands(self) -> Bands:
        """The bands of now."""
        return self.band_history[-1].bands


def bands_at(history: Sequence[BandsInForce], instant: datetime) -> Bands:
    """Answer the bands that were in force at an instant; before the first ones, these."""
    in_force = [each.bands for each in history if each.since <= instant]
    return in_force[-1] if in_force else history[0].bands


class KpiFacts(CustomValueFacts, Protocol):
    """What a decision about a KPI asks of the rest of the organization."""

    def has_team(self, team_id: str) -> bool:
        """Say whether a team exists."""
        ...

    def has_person(self, person_id: str) -> bool:
        """Say whether a person exists."""
        ...

    def has_readings(self, kpi_id: str) -> bool:
        """Say whether a KPI was ever read, retracted readings included."""
        ...


# --- rejections


def required_kpi(kpi: Kpi | None) -> Kpi:
    """Answer the KPI, or refuse.

    Raises:
        Rejected: there is none.
    """
    if kpi is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such KPI", "kpiId")
    return kpi


def require_in_use(kpi: Kpi) -> None:
    """Refuse to work on an archived KPI.

    Raises:
        Rejected: it is archived.
    """
    if kpi.archived_at is not None:
        raise refuse(RejectionCode.WRONG_STATE, "the KPI is archived; restore it first", "kpiId")


def _check_links(team_id: str | Unset | None, owner_id: str | Unset | None, facts: KpiFacts) -> None:
    if isinstance(team_id, str) and not facts.has_team(team_id):
        raise refuse(RejectionCode.NOT_FOUND, "no such team", "teamId")
    if isinstance(owner_id, str) and not facts.has_person(owner_id):
        raise refuse(RejectionCode.NOT_FOUND, "no such person", "ownerId")


# --- decide


def decide(command: KpiCommand, kpi: Kpi | None, facts: KpiFacts, context: Context) -> list[KpiEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: a rule of `docs/glossary.md` (KPI) refuses it.
    """
    check_reason(context)
    if isinstance(command, CreateKpi):
        if kpi is not None:
            raise refuse(RejectionCode.ID_TAKEN, "a KPI with this id exists already", "id")
        values = changed_values(CustomFieldNoun.KPI, (), command.custom_fields, facts, context, is_draft=False)
        require_values(CustomFieldNoun.KPI, values, facts)
        return [_created(command, facts), *_ordered(command, None, ()), *_valued(command.kpi_id, values)]
    known = required_kpi(kpi)
    check_version(known.kpi_id, known.version, command.expected_version)
    match command:
        case UpdateKpi():
            require_in_use(known)
            return _update(command, known, facts, context)
        case ArchiveKpi():
            return [KpiArchived(kpi_id=known.kpi_id)] if known.archived_at is None else []
        case RestoreKpi():
            return [] if known.archived_at is None else [KpiRestored(kpi_id=known.kpi_id)]
        case _:
            assert_never(command)


def _ordered(command: CreateKpi | UpdateKpi, priority: int | None, labels: tuple[str, ...]) -> list[KpiEvent]:
    events: list[KpiEvent] = []
    if command.priority is not UNSET and command.priority != priority:
        events.append(KpiPrioritized(kpi_id=command.kpi_id, priority=command.priority))
    if command.labels is not UNSET and command.labels != labels:
        events.append(KpiLabelled(kpi_id=command.kpi_id, labels=command.labels))
    return events


def _valued(kpi_id: str, values: CustomValues) -> list[KpiEvent]:
    return [KpiCustomValuesSet(kpi_id=kpi_id, values=values)] if values else []


def _created(command: CreateKpi, facts: KpiFacts) -> KpiCreated:
    measure = Measure(direction=command.direction, unit=command.unit, unit_label=command.unit_label, currency=command.currency)
    check_measure(measure)
    check_bands(command.bands, command.direction)
    _check_links(command.team_id, command.owner_id, facts)
    return KpiCreated(
        kpi_id=command.kpi_id,
        title=command.title,
        measure=measure,
        bands=command.bands,
        frequency=command.frequency,
        description=command.description,
        team_id=command.team_id,
        owner_id=command.owner_id,
    )


def _update(command: UpdateKpi, known: Kpi, facts: KpiFacts, context: Context) -> list[KpiEvent]:
    _check_links(command.team_id, command.owner_id, facts)
    events: list[KpiEvent] = []
    if command.title is not UNSET and command.title != known.title:
        events.append(KpiRetitled(kpi_id=known.kpi_id, title=command.title))
    if command.description is not UNSET and command.description != known.description:
        events.append(KpiDescribed(kpi_id=known.kpi_id, description=command.description))
    if command.owner_id is not UNSET and command.owner_id != known.owner_id:
        events.append(KpiReowned(kpi_id=known.kpi_id, owner_id=command.owner_id))
    if command.team_id is not UNSET and command.team_id != known.team_id:
        events.append(KpiMoved(kpi_id=known.kpi_id, team_id=command.team_id))
    events.extend(_remeasured(command, known, facts, context))
    if command.frequency is not UNSET and command.frequency != known.frequency:
        events.append(KpiFrequencyChanged(kpi_id=known.kpi_id, frequency=command.frequency))
    events += _ordered(command, known.priority, known.labels)
    noun = CustomFieldNoun.KPI
    values = changed_values(noun, known.custom_values, command.custom_fields, facts, context, is_draft=False)
    return [*events, *_valued(known.kpi_id, values)]


def _remeasured(command: UpdateKpi, known: Kpi, facts: KpiFacts, context: Context) -> list[KpiEvent]:
    names = ("direction", "unit", "unit_label", "currency")
    changed = {name: value for name in names if (value := getattr(command, name)) is not UNSET}
    measure = replace(known.measure, **changed)
    bands = known.bands if command.bands is UNSET else command.bands
    events: list[KpiEvent] = []
    was_read = facts.has_readings(known.kpi_id)
    if measure != known.measure:
        if was_read:
            raise refuse(
                RejectionCode.METRIC_FROZEN,
                "unit and direction are frozen after the first reading; begin another KPI instead",
                "direction" if measure.direction is not known.measure.direction else "unit",
            )
        check_measure(measure)
        events.append(KpiMeasureDefined(kpi_id=known.kpi_id, measure=measure))
    check_bands(bands, measure.direction)
    if bands != known.bands:
        if was_read and context.reason is None:
            raise refuse(RejectionCode.REASON_REQUIRED, "other bands of a KPI that is read need a reason", "reason")
        count = len(known.band_history) + 1
        if count > context.limits.bands_per_kpi:
            raise refuse_limit("bands of a KPI", context.limits.bands_per_kpi, count, "bands")
        events.append(KpiBandsChanged(kpi_id=known.kpi_id, bands=bands))
    return events


# --- evolve


def evolve(kpi: Kpi | None, event: KpiEvent, occurrence: Occurrence) -> Kpi:
    """Answer the KPI after an event."""
    if isinstance(event, KpiCreated):
        return Kpi(
            kpi_id=event.kpi_id,
            title=event.title,
            measure=event.measure,
            band_history=(BandsInForce(since=occurrence.recorded_at, bands=event.bands),),
            frequency=event.frequency,
            description=event.description,
            team_id=event.team_id,
            owner_id=event.owner_id,
            **created(occurrence),
        )
    if kpi is None:
        raise ValueError("a KPI changes before it is created")
    change = changed(kpi.version, occurrence)
    match event:
        case KpiRetitled():
            return replace(kpi, title=event.title, **change)
        case KpiDescribed():
            return replace(kpi, description=event.description, **change)
        case KpiReowned():
            return replace(kpi, owner_id=event.owner_id, **change)
        case KpiMoved():
            return replace(kpi, team_id=event.team_id, **change)
        case KpiMeasureDefined():
            return replace(kpi, measure=event.measure, **change)
        case KpiBandsChanged():
            in_force = BandsInForce(since=occurrence.recorded_at, bands=event.bands)
            return replace(kpi, band_history=(*kpi.band_history, in_force), **change)
        case KpiFrequencyChanged():
            return replace(kpi, frequency=event.frequency, **change)
        case KpiPrioritized():
            return replace(kpi, priority=event.priority, **change)
        case KpiLabelled():
            return replace(kpi, labels=event.labels, **change)
        case KpiCustomValuesSet():
            return replace(kpi, custom_values=custom_value.evolve(kpi.custom_values, event.values), **change)
        case KpiArchived():
            return replace(kpi, archived_at=occurrence.recorded_at, **change)
        case KpiRestored():
            return replace(kpi, archived_at=None, **change)
        case _:
            assert_never(event)
