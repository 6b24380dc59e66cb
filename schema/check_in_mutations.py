"""Mutations of check-ins: inputs and the commands that they become."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import strawberry

from events.acknowledgement import AcknowledgeCheckIn
from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn, RetractCheckIn
from events.envelope import UNSET
from events.identifier import Noun, is_identifier
from events.rejection import RejectionCode, refuse
from schema.act import Plan, Step
from schema.context import Context
from schema.input import MutationInput, clearable, fresh, given, known, optional, required, unclearable
from schema.payload import CheckInPayload, CheckInsPayload, mutation

# --- inputs


@strawberry.input(description="One check-in of the weekly sheet.")
class CheckInItemInput:
    """One check-in."""

    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    key_result_id: strawberry.ID = required("Of what.")
    value: Decimal | None = optional("The value; BINARY takes `done` or 0 and 1, MILESTONE takes stages instead.")
    done: bool | None = optional("Whether it is done, for BINARY.")
    done_stage_ids: list[strawberry.ID] | None = optional("All stages reached, for MILESTONE.")
    confidence: float | None = optional("How confident that it will be reached, 0 to 1.")
    status: CheckInStatus | None = optional("As reported; absent keeps the one before, the first needs one.")
    comment: str | None = optional("In words.")
    blockers: str | None = optional("What is in the way.")
    next_steps: str | None = optional("What comes next.")
    effective_at: datetime | None = optional("When it was measured; absent is now.")
    effective_on: date | None = optional(
        "On which day, if the time is not known: its end in the organization's time zone, or now if that is earlier."
    )


@strawberry.input(description="Input of keyResultCheckIn.")
class KeyResultCheckInInput(CheckInItemInput, MutationInput):
    """Input of keyResultCheckIn."""


@strawberry.input(description="Input of keyResultCheckInMany.")
class KeyResultCheckInManyInput(MutationInput):
    """Input of keyResultCheckInMany."""

    check_ins: list[CheckInItemInput] = required("The sheet: all or none, at most 200.")


@strawberry.input(description="Input of checkInCorrect.")
class CheckInCorrectInput(MutationInput):
    """Input of checkInCorrect."""

    check_in_id: strawberry.ID = required("Which.")
    value: Decimal | None = optional("The value.")
    done: bool | None = optional("Whether it is done, for BINARY.")
    done_stage_ids: list[strawberry.ID] | None = optional("All stages reached, for MILESTONE.")
    confidence: float | None = optional("How confident, 0 to 1; null clears it.")
    status: CheckInStatus | None = optional("As reported.")
    comment: str | None = optional("In words; null clears it.")
    blockers: str | None = optional("What is in the way; null clears it.")
    next_steps: str | None = optional("What comes next; null clears it.")
    effective_at: datetime | None = optional("When it was measured.")


@strawberry.input(description="Input of checkInRetract.")
class CheckInRetractInput(MutationInput):
    """Input of checkInRetract."""

    check_in_id: strawberry.ID = required("Which.")


@strawberry.input(description="Input of checkInAcknowledge.")
class CheckInAcknowledgeInput(MutationInput):
    """Input of checkInAcknowledge."""

    check_in_id: strawberry.ID = required("Which.")
    note: str | None = optional("What to say with it, plain.")


# --- commands


async def _check_in(values: KeyResultCheckInInput, context: Context) -> Plan:
    return Plan(steps=(Step(command=await _recorded(values, context)),), client_id=given(values.id))


async def _check_in_many(values: KeyResultCheckInManyInput, context: Context) -> Plan:
    if not values.check_ins:
        raise refuse(RejectionCode.REQUIRED, "the sheet is empty", "checkIns")
    steps: list[Step] = []
    for index, item in enumerate(values.check_ins):
        path = ("checkIns", str(index))
        steps.append(Step(command=await _recorded(item, context, *path), path=path))
    return Plan(steps=tuple(steps))


async def _recorded(values: CheckInItemInput, context: Context, *path: str) -> RecordCheckIn:
    stage_ids = given(values.done_stage_ids)
    return RecordCheckIn(
        check_in_id=fresh(values.id, Noun.CHECK_IN, context.now, *path, "id"),
        key_result_id=known(values.key_result_id, Noun.KEY_RESULT, *path, "keyResultId"),
        value=_value(given(values.value), given(values.done), *path),
        done_stage_ids=None if stage_ids is None else _stages(stage_ids, *path),
        confidence=given(values.confidence),
        status=given(values.status),
        comment=given(values.comment),
        blockers=given(values.blockers),
        next_steps=given(values.next_steps),
        effective_at=await _measured_at(given(values.effective_at), given(values.effective_on), context, *path),
    )


def _value(value: Decimal | None, done: bool | None, *path: str) -> Decimal | None:
    if done is None:
        return value
    if value is not None:
        raise refuse(RejectionCode.INVALID, "give a value or `done`, not both", *path, "done")
    return Decimal(int(done))


def _stages(stage_ids: Sequence[str], *path: str) -> frozenset[str]:
    for index, stage_id in enumerate(stage_ids):
        if not is_identifier(stage_id, Noun.STAGE):
            raise refuse(RejectionCode.NOT_FOUND, "no such stage", *path, "doneStageIds", str(index))
    return frozenset(stage_ids)


async def _measured_at(at: datetime | None, on: date | None, context: Context, *path: str) -> datetime | None:
    if on is None:
        return at
    if at is not None:
        raise refuse(RejectionCode.INVALID, "give an instant or a day, not both", *path, "effectiveOn")
    zone = ZoneInfo((await context.present()).settings.time_zone)
    today = context.now.astimezone(zone).date()
    if on > today:
        raise refuse(RejectionCode.IN_FUTURE, "a check-in cannot be measured in the future", *path, "effectiveOn")
    # Without an instant it counts as measured now, in whichever zone today ends.
    return None if on == today else datetime.combine(on + timedelta(days=1), time.min, tzinfo=zone) - timedelta(microseconds=1)


def _check_in_id(values: CheckInCorrectInput | CheckInRetractInput | CheckInAcknowledgeInput) -> str:
    return known(values.check_in_id, Noun.CHECK_IN, "checkInId")


async def _correct(values: CheckInCorrectInput, _: Context) -> Plan:
    stage_ids = unclearable(values.done_stage_ids, "doneStageIds")
    done = unclearable(values.done, "done")
    value = clearable(values.value)
    if isinstance(done, bool):
        value = _value(given(values.value), done)
    return Plan.of(
        CorrectCheckIn(
            check_in_id=_check_in_id(values),
            value=value,
            done_stage_ids=_stages(stage_ids) if isinstance(stage_ids, list) else UNSET,
            confidence=clearable(values.confidence),
            status=unclearable(values.status, "status"),
            comment=clearable(values.comment),
            blockers=clearable(values.blockers),
            next_steps=clearable(values.next_steps),
            effective_at=unclearable(values.effective_at, "effectiveAt"),
        )
    )


async def _retract(values: CheckInRetractInput, _: Context) -> Plan:
    return Plan.of(RetractCheckIn(check_in_id=_check_in_id(values)))


async def _acknowledge(values: CheckInAcknowledgeInput, _: Context) -> Plan:
    return Plan.of(AcknowledgeCheckIn(check_in_id=_check_in_id(values), note=given(values.note)))


# --- mutations


@strawberry.type
class CheckInMutations:
    """Mutations of check-ins."""

    key_result_check_in = mutation(_check_in, CheckInPayload, "Reports a value of a key result.")
    key_result_check_in_many = mutation(_check_in_many, CheckInsPayload, "Reports several values at once: all or none.")
    check_in_correct = mutation(_correct, CheckInPayload, "Corrects a check-in; the old wording stays readable.")
    check_in_retract = mutation(_retract, CheckInPayload, "Withdraws a check-in: it stays readable and no longer counts.")
    check_in_acknowledge = mutation(
        _acknowledge, CheckInPayload, "Says that a reviewer has read a check-in; a correction asks for it anew."
    )
