"""Mutations of cycles: inputs and the commands that they become."""

from datetime import date

import strawberry

from events.cycle import ActivateCycle, CloseCycle, CreateCycle, ReopenCycle, ReviewCycle, UpdateCycle
from events.identifier import Noun
from schema.act import Plan, Step
from schema.context import Context
from schema.input import (
    ChangeInput,
    MutationInput,
    clearable,
    fresh,
    given,
    known,
    known_or_cleared,
    known_or_none,
    optional,
    required,
    unclearable,
)
from schema.payload import CyclePayload, mutation

# --- inputs


@strawberry.input(description="Input of cycleCreate.")
class CycleCreateInput(MutationInput):
    """Input of cycleCreate."""

    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    name: str = required("What it is called; no two cycles have one name.")
    starts_on: date = required("Its first day.")
    ends_on: date | None = optional("Its last day; absent or null is open-ended.")
    parent_id: strawberry.ID | None = optional("The longer cycle that it lies in.")


@strawberry.input
class _OneCycleInput(ChangeInput):
    cycle_id: strawberry.ID = required("Which.")


@strawberry.input(description="Input of cycleUpdate.")
class CycleUpdateInput(_OneCycleInput):
    """Input of cycleUpdate."""

    name: str | None = optional("What it is called.")
    starts_on: date | None = optional("Its first day.")
    ends_on: date | None = optional("Its last day; null is open-ended.")
    parent_id: strawberry.ID | None = optional("The longer cycle that it lies in; null is none.")


@strawberry.input(description="Input of cycleActivate.")
class CycleActivateInput(_OneCycleInput):
    """Input of cycleActivate."""


@strawberry.input(description="Input of cycleReview.")
class CycleReviewInput(_OneCycleInput):
    """Input of cycleReview."""


@strawberry.input(description="Input of cycleClose.")
class CycleCloseInput(_OneCycleInput):
    """Input of cycleClose."""


@strawberry.input(description="Input of cycleReopen.")
class CycleReopenInput(_OneCycleInput):
    """Input of cycleReopen."""


# --- commands


async def _create(values: CycleCreateInput, context: Context) -> Plan:
    command = CreateCycle(
        cycle_id=fresh(values.id, Noun.CYCLE, context.now, "id"),
        name=values.name,
        starts_on=values.starts_on,
        ends_on=given(values.ends_on),
        parent_id=known_or_none(values.parent_id, Noun.CYCLE, "parentId"),
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


def _cycle_id(values: _OneCycleInput) -> str:
    return known(values.cycle_id, Noun.CYCLE, "cycleId")


async def _update(values: CycleUpdateInput, _: Context) -> Plan:
    return Plan.of(
        UpdateCycle(
            cycle_id=_cycle_id(values),
            name=unclearable(values.name, "name"),
            starts_on=unclearable(values.starts_on, "startsOn"),
            ends_on=clearable(values.ends_on),
            parent_id=known_or_cleared(values.parent_id, Noun.CYCLE, "parentId"),
            expected_version=given(values.expected_version),
        )
    )


async def _activate(values: CycleActivateInput, _: Context) -> Plan:
    return Plan.of(ActivateCycle(cycle_id=_cycle_id(values), expected_version=given(values.expected_version)))


async def _review(values: CycleReviewInput, _: Context) -> Plan:
    return Plan.of(ReviewCycle(cycle_id=_cycle_id(values), expected_version=given(values.expected_version)))


async def _close(values: CycleCloseInput, _: Context) -> Plan:
    return Plan.of(CloseCycle(cycle_id=_cycle_id(values), expected_version=given(values.expected_version)))


async def _reopen(values: CycleReopenInput, _: Context) -> Plan:
    return Plan.of(ReopenCycle(cycle_id=_cycle_id(values), expected_version=given(values.expected_version)))


# --- mutations


@strawberry.type
class CycleMutations:
    """Mutations of cycles."""

    cycle_create = mutation(_create, CyclePayload, "Plans a cycle.")
    cycle_update = mutation(_update, CyclePayload, "Renames or redates a cycle, or puts it inside another.")
    cycle_activate = mutation(_activate, CyclePayload, "Kicks a planned cycle off.")
    cycle_review = mutation(_review, CyclePayload, "Begins the review of an active cycle.")
    cycle_close = mutation(
        _close, CyclePayload, "Closes and seals a cycle under review; with `dryRun` lists the objectives without a review."
    )
    cycle_reopen = mutation(_reopen, CyclePayload, "Opens a closed cycle again, into review; needs a reason.")
