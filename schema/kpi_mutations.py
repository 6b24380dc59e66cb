"""Mutations of KPIs: inputs and the commands that they become."""

from datetime import datetime
from decimal import Decimal

import strawberry

from events.envelope import UNSET
from events.identifier import Noun
from events.kpi import ArchiveKpi, CreateKpi, RestoreKpi, UpdateKpi
from events.kpi_calendar import Frequency
from events.kpi_link import LinkKpi, UnlinkKpi
from events.kpi_measure import Bands, Direction
from events.kpi_reading import CorrectKpiReading, RecordKpiReading, RetractKpiReading
from events.kpi_recovery import StartKpiRecovery
from events.metric import Unit
from schema.act import Plan, Step
from schema.context import Context
from schema.custom_value_input import CustomFieldValueInput, custom_values_of
from schema.input import (
    ChangeInput,
    MutationInput,
    clearable,
    defaulted,
    fresh,
    given,
    known,
    known_of,
    known_or_cleared,
    known_or_none,
    optional,
    required,
    unclearable,
)
from schema.kpi_payload import KpiLinkPayload, KpiPayload, KpiReadingPayload, KpiRecoveryPayload
from schema.payload import mutation

# --- inputs


@strawberry.input(
    description="From where a value is no longer healthy. HIGHER_IS_BETTER needs both bounds below, LOWER_IS_BETTER both "
    "above, WITHIN all four; a bound itself belongs to the better band."
)
class KpiBandsInput:
    """The bands of a KPI."""

    critical_below: Decimal | None = optional("Critical below this.")
    warning_below: Decimal | None = optional("Worth a warning below this.")
    warning_above: Decimal | None = optional("Worth a warning above this.")
    critical_above: Decimal | None = optional("Critical above this.")


@strawberry.input(description="Input of kpiCreate.")
class KpiCreateInput(MutationInput):
    """Input of kpiCreate."""

    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    title: str = required("What is measured.")
    description: str | None = optional("In more words.")
    team_id: strawberry.ID | None = optional("Whose; absent or null is the organization's.")
    owner_id: strawberry.ID | None = optional("Who answers for it; absent is the viewer, null nobody.")
    direction: Direction = required("Which way is good.")
    unit: Unit = required("What a value counts.")
    unit_label: str | None = optional("What NUMBER counts, such as customers.")
    currency: str | None = optional("Code of ISO 4217, with unit CURRENCY.")
    bands: KpiBandsInput = required("From where a value is no longer healthy.")
    frequency: Frequency = required("How often it is read.")
    priority: int | None = optional("Smaller is more important.")
    labels: list[str] | None = optional("Labels, at most 20.")
    custom_fields: list[CustomFieldValueInput] | None = optional("Values of custom fields, at most 50.")


@strawberry.input
class _OneKpiInput(ChangeInput):
    kpi_id: strawberry.ID = required("Which.")


@strawberry.input(description="Input of kpiUpdate.")
class KpiUpdateInput(_OneKpiInput):
    """Input of kpiUpdate."""

    title: str | None = optional("What is measured.")
    description: str | None = optional("In more words; null clears it.")
    team_id: strawberry.ID | None = optional("Whose; null is the organization's.")
    owner_id: strawberry.ID | None = optional("Who answers for it; null is nobody.")
    direction: Direction | None = optional("Which way is good; only before the first reading.")
    unit: Unit | None = optional("What a value counts; only before the first reading.")
    unit_label: str | None = optional("What NUMBER counts; only before the first reading.")
    currency: str | None = optional("Code of ISO 4217; only before the first reading.")
    bands: KpiBandsInput | None = optional("All bounds; those of a KPI that is read need a reason.")
    frequency: Frequency | None = optional("How often it is read.")
    priority: int | None = optional("Smaller is more important; null clears it.")
    labels: list[str] | None = optional("All labels, at most 20; null removes them.")
    custom_fields: list[CustomFieldValueInput] | None = optional(
        "Values of custom fields, at most 50; those that are not named stay."
    )


@strawberry.input(description="Input of kpiArchive.")
class KpiArchiveInput(_OneKpiInput):
    """Input of kpiArchive."""


@strawberry.input(description="Input of kpiRestore.")
class KpiRestoreInput(_OneKpiInput):
    """Input of kpiRestore."""


@strawberry.input(description="Input of kpiReadingRecord.")
class KpiReadingRecordInput(MutationInput):
    """Input of kpiReadingRecord."""

    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    kpi_id: strawberry.ID = required("Of which KPI.")
    value: Decimal = required("The value.")
    comment: str | None = optional("In words.")
    effective_at: datetime | None = optional("When it was read; absent is now.")


@strawberry.input(description="Input of kpiReadingCorrect.")
class KpiReadingCorrectInput(MutationInput):
    """Input of kpiReadingCorrect."""

    reading_id: strawberry.ID = required("Which.")
    value: Decimal | None = optional("The value.")
    comment: str | None = optional("In words; null clears it.")
    effective_at: datetime | None = optional("When it was read.")


@strawberry.input(description="Input of kpiReadingRetract.")
class KpiReadingRetractInput(MutationInput):
    """Input of kpiReadingRetract."""

    reading_id: strawberry.ID = required("Which.")


@strawberry.input
class _LinkInput(ChangeInput):
    kpi_id: strawberry.ID = required("Which KPI.")
    linked_id: strawberry.ID = required("The objective or key result; expectedVersion is of it.")


@strawberry.input(description="Input of kpiLink.")
class KpiLinkInput(_LinkInput):
    """Input of kpiLink."""

    takes_values: bool = defaulted(
        "Whether the key result takes its values from the KPI: from now on each reading is a check-in of it.", default=False
    )


@strawberry.input(description="Input of kpiUnlink.")
class KpiUnlinkInput(_LinkInput):
    """Input of kpiUnlink."""


@strawberry.input(description="Input of kpiRecoveryStart.")
class KpiRecoveryStartInput(MutationInput):
    """Input of kpiRecoveryStart."""

    id: strawberry.ID | None = optional("The id that the objective shall have, if the client brings one.")
    kpi_id: strawberry.ID = required("Which KPI shall recover.")
    cycle_id: strawberry.ID = required("In which cycle.")
    title: str | None = optional("What is to be achieved; absent or null is the proposed title.")
    owner_id: strawberry.ID | None = optional("Who answers for it; absent or null is the owner of the KPI.")


# --- commands


def _bands(values: KpiBandsInput) -> Bands:
    return Bands(
        critical_below=given(values.critical_below),
        warning_below=given(values.warning_below),
        warning_above=given(values.warning_above),
        critical_above=given(values.critical_above),
    )


async def _create(values: KpiCreateInput, context: Context) -> Plan:
    is_owned_by_viewer = values.owner_id is strawberry.UNSET
    command = CreateKpi(
        kpi_id=fresh(values.id, Noun.KPI, context.now, "id"),
        title=values.title,
        description=given(values.description),
        team_id=known_or_none(values.team_id, Noun.TEAM, "teamId"),
        owner_id=context.own_person_id if is_owned_by_viewer else known_or_none(values.owner_id, Noun.PERSON, "ownerId"),
        direction=values.direction,
        unit=values.unit,
        unit_label=given(values.unit_label),
        currency=given(values.currency),
        bands=_bands(values.bands),
        frequency=values.frequency,
        priority=given(values.priority),
        labels=tuple(given(values.labels) or ()),
        custom_fields=custom_values_of(values.custom_fields),
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


def _kpi_id(values: _OneKpiInput | _LinkInput | KpiReadingRecordInput | KpiRecoveryStartInput) -> str:
    return known(values.kpi_id, Noun.KPI, "kpiId")


async def _update(values: KpiUpdateInput, _: Context) -> Plan:
    bands = unclearable(values.bands, "bands")
    return Plan.of(
        UpdateKpi(
            kpi_id=_kpi_id(values),
            title=unclearable(values.title, "title"),
            description=clearable(values.description),
            team_id=known_or_cleared(values.team_id, Noun.TEAM, "teamId"),
            owner_id=known_or_cleared(values.owner_id, Noun.PERSON, "ownerId"),
            direction=unclearable(values.direction, "direction"),
            unit=unclearable(values.unit, "unit"),
            unit_label=clearable(values.unit_label),
            currency=clearable(values.currency),
            bands=_bands(bands) if isinstance(bands, KpiBandsInput) else UNSET,
            frequency=unclearable(values.frequency, "frequency"),
            priority=clearable(values.priority),
            labels=UNSET if values.labels is strawberry.UNSET else tuple(values.labels or ()),
            custom_fields=custom_values_of(values.custom_fields),
            expected_version=given(values.expected_version),
        )
    )


async def _archive(values: KpiArchiveInput, _: Context) -> Plan:
    return Plan.of(ArchiveKpi(kpi_id=_kpi_id(values), expected_version=given(values.expected_version)))


async def _restore(values: KpiRestoreInput, _: Context) -> Plan:
    return Plan.of(RestoreKpi(kpi_id=_kpi_id(values), expected_version=given(values.expected_version)))


async def _record(values: KpiReadingRecordInput, context: Context) -> Plan:
    command = RecordKpiReading(
        reading_id=fresh(values.id, Noun.KPI_READING, context.now, "id"),
        kpi_id=_kpi_id(values),
        value=values.value,
        comment=given(values.comment),
        effective_at=given(values.effective_at),
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


def _reading_id(values: KpiReadingCorrectInput | KpiReadingRetractInput) -> str:
    return known(values.reading_id, Noun.KPI_READING, "readingId")


async def _correct(values: KpiReadingCorrectInput, _: Context) -> Plan:
    return Plan.of(
        CorrectKpiReading(
            reading_id=_reading_id(values),
            value=unclearable(values.value, "value"),
            comment=clearable(values.comment),
            effective_at=unclearable(values.effective_at, "effectiveAt"),
        )
    )


async def _retract(values: KpiReadingRetractInput, _: Context) -> Plan:
    return Plan.of(RetractKpiReading(reading_id=_reading_id(values)))


def _linked_id(values: _LinkInput) -> str:
    return known_of(values.linked_id, (Noun.OBJECTIVE, Noun.KEY_RESULT), "linkedId")


def _linking(command: LinkKpi | UnlinkKpi) -> Plan:
    # The rules of objectives and key results name the field that they have elsewhere.
    renamed: dict[tuple[str, ...], tuple[str, ...]] = {("objectiveId",): ("linkedId",), ("keyResultId",): ("linkedId",)}
    return Plan(steps=(Step(command=command, renamed=renamed),))


async def _link(values: KpiLinkInput, _: Context) -> Plan:
    return _linking(
        LinkKpi(
            kpi_id=_kpi_id(values),
            linked_id=_linked_id(values),
            takes_values=values.takes_values,
            expected_version=given(values.expected_version),
        )
    )


async def _unlink(values: KpiUnlinkInput, _: Context) -> Plan:
    return _linking(
        UnlinkKpi(kpi_id=_kpi_id(values), linked_id=_linked_id(values), expected_version=given(values.expected_version))
    )


async def _start_recovery(values: KpiRecoveryStartInput, context: Context) -> Plan:
    command = StartKpiRecovery(
        kpi_id=_kpi_id(values),
        objective_id=fresh(values.id, Noun.OBJECTIVE, context.now, "id"),
        cycle_id=known(values.cycle_id, Noun.CYCLE, "cycleId"),
        title=given(values.title),
        owner_id=known_or_none(values.owner_id, Noun.PERSON, "ownerId"),
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


# --- mutations


@strawberry.type
class KpiMutations:
    """Mutations of KPIs."""

    kpi_create = mutation(_create, KpiPayload, "Begins to measure something.")
    kpi_update = mutation(_update, KpiPayload, "Changes a KPI; what was read keeps the bands that were in force then.")
    kpi_archive = mutation(_archive, KpiPayload, "Stops measuring; everything that was read stays.")
    kpi_restore = mutation(_restore, KpiPayload, "Measures an archived KPI again.")
    kpi_reading_record = mutation(
        _record, KpiReadingPayload, "Reports a value of a KPI, and so of the key results that take theirs from it."
    )
    kpi_reading_correct = mutation(
        _correct, KpiReadingPayload, "Corrects a reading, and the check-ins that it made; the old wording stays readable."
    )
    kpi_reading_retract = mutation(
        _retract,
        KpiReadingPayload,
        "Withdraws a reading, and the check-ins that it made; all stay readable.",
    )
    kpi_link = mutation(_link, KpiLinkPayload, "Links an objective or key result to a KPI, or says anew if it takes values.")
    kpi_unlink = mutation(_unlink, KpiLinkPayload, "Takes a link back; values that came from the KPI stay.")
    kpi_recovery_start = mutation(
        _start_recovery,
        KpiRecoveryPayload,
        "Begins the objective that a KPI proposes: a draft with baseline and target.",
    )
