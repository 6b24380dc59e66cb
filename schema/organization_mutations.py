"""Mutations of the organization: inputs and the commands that they become."""

import strawberry

from events.coach.finding import FindingCode
from events.envelope import UNSET
from events.organization import PaceBands, ScoreBand, UpdateOrganization
from schema.act import Plan
from schema.context import Context
from schema.input import ChangeInput, given, optional, required, unclearable
from schema.payload import OrganizationPayload, mutation

# --- inputs


@strawberry.input(description="Where the bands of pace begin; pace is progress minus expected progress.")
class PaceBandsInput:
    """Where the bands of pace begin."""

    behind: float = required("Below this it is BEHIND, at most 0.")
    far_behind: float = required("Below this it is FAR_BEHIND, at least -1 and less than `behind`.")


@strawberry.input(description="A name for scores from a bound up to the next band's.")
class ScoreBandInput:
    """A band of scores."""

    name: str = required("What it is called.")
    from_: float = strawberry.field(name="from", description="The lowest score in it; the first band begins at 0.")


@strawberry.input(description="Input of organizationUpdate.")
class OrganizationUpdateInput(ChangeInput):
    """Input of organizationUpdate."""

    name: str | None = optional("What it is called.")
    time_zone: str | None = optional("Its time zone, of the IANA database, such as Europe/Prague.")
    first_day_of_week: int | None = optional("First day of the week to show, 1 Monday to 7 Sunday.")
    fiscal_year_start_month: int | None = optional("First month of the fiscal year, 1 to 12.")
    check_in_cadence_days: int | None = optional("Days between check-ins, 1 to 92.")
    check_in_grace_days: int | None = optional("Days after which a check-in is late, 0 to 31.")
    check_in_weekday: int | None = optional("The day on which check-ins are due, 1 Monday to 7 Sunday.")
    pace_bands: PaceBandsInput | None = optional("Where the bands of pace begin.")
    score_bands: list[ScoreBandInput] | None = optional("All bands of scores, rising from 0.")
    disabled_findings: list[FindingCode] | None = optional("All advice that is switched off.")


# --- commands


async def _update(values: OrganizationUpdateInput, _: Context) -> Plan:
    pace = unclearable(values.pace_bands, "paceBands")
    scores = unclearable(values.score_bands, "scoreBands")
    disabled = unclearable(values.disabled_findings, "disabledFindings")
    return Plan.of(
        UpdateOrganization(
            name=unclearable(values.name, "name"),
            time_zone=unclearable(values.time_zone, "timeZone"),
            first_day_of_week=unclearable(values.first_day_of_week, "firstDayOfWeek"),
            fiscal_year_start_month=unclearable(values.fiscal_year_start_month, "fiscalYearStartMonth"),
            check_in_cadence_days=unclearable(values.check_in_cadence_days, "checkInCadenceDays"),
            check_in_grace_days=unclearable(values.check_in_grace_days, "checkInGraceDays"),
            check_in_weekday=unclearable(values.check_in_weekday, "checkInWeekday"),
            pace_bands=PaceBands(behind=pace.behind, far_behind=pace.far_behind) if isinstance(pace, PaceBandsInput) else UNSET,
            score_bands=tuple(ScoreBand(name=band.name, start=band.from_) for band in scores)
            if isinstance(scores, list)
            else UNSET,
            disabled_findings=tuple(code.value for code in disabled) if isinstance(disabled, list) else UNSET,
            expected_version=given(values.expected_version),
        )
    )


# --- mutations


@strawberry.type
class OrganizationMutations:
    """Mutations of the organization."""

    organization_update = mutation(_update, OrganizationPayload, "Changes the organization's settings.")
