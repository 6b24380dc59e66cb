"""Mutations of objectives: inputs, payloads and the commands that they become."""

import strawberry

from events.alignment import AlignObjective, UnalignObjective
from events.carry_over import CarryOverObjective
from events.envelope import UNSET
from events.identifier import Noun
from events.objective import (
    ActivateObjective,
    Ambition,
    CancelObjective,
    CreateObjective,
    ProgressDriver,
    ReopenObjective,
    ReorderObjectives,
    UpdateObjective,
    Visibility,
)
from events.review import CloseObjective, ReviewDecision
from schema.act import Plan, Step
from schema.context import Context
from schema.custom_value_input import CustomFieldValueInput, custom_values_of
from schema.input import (
    ChangeInput,
    MutationInput,
    all_known,
    clearable,
    defaulted,
    exact,
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
from schema.metric_input import KeyResultDraftInput, added_key_result
from schema.payload import ObjectivePayload, ObjectiveReviewPayload, ObjectivesPayload, mutation

# --- inputs


@strawberry.input(description="Input of objectiveCreate.")
class ObjectiveCreateInput(MutationInput):
    """Input of objectiveCreate."""

    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    cycle_id: strawberry.ID = required("In which cycle.")
    team_id: strawberry.ID | None = optional("Whose.")
    owner_id: strawberry.ID | None = optional("Who answers for it; absent is the viewer, null nobody.")
    title: str = required("What is to be achieved.")
    description: str | None = optional("In more words.")
    ambition: Ambition = defaulted("Promise or stretch.", default=Ambition.ASPIRATIONAL)
    visibility: Visibility = defaulted("Who may see it.", default=Visibility.ORGANIZATION)
    driver: ProgressDriver = defaulted("What its progress is computed from.", default=ProgressDriver.KEY_RESULTS)
    draft: bool = defaulted("Whether it is still a draft.", default=True)
    priority: int | None = optional("Smaller is more important.")
    labels: list[str] | None = optional("Labels, at most 20.")
    contributor_ids: list[strawberry.ID] | None = optional("Who else works on it, at most 50.")
    parent_ids: list[strawberry.ID] | None = optional("What it contributes to, at most 20.")
    custom_fields: list[CustomFieldValueInput] | None = optional("Values of custom fields, at most 50.")
    key_results: list[KeyResultDraftInput] | None = optional("Key results to start with, at most 50.")


@strawberry.input
class _OneObjectiveInput(ChangeInput):
    objective_id: strawberry.ID = required("Which.")


@strawberry.input(description="Input of objectiveUpdate.")
class ObjectiveUpdateInput(_OneObjectiveInput):
    """Input of objectiveUpdate."""

    title: str | None = optional("What is to be achieved.")
    description: str | None = optional("In more words; null clears it.")
    ambition: Ambition | None = optional("Promise or stretch.")
    visibility: Visibility | None = optional("Who may see it.")
    driver: ProgressDriver | None = optional("What its progress is computed from.")
    owner_id: strawberry.ID | None = optional("Who answers for it; null is nobody.")
    team_id: strawberry.ID | None = optional("Whose; null is nobody's.")
    cycle_id: strawberry.ID | None = optional("In which cycle.")
    priority: int | None = optional("Smaller is more important; null clears it.")
    labels: list[str] | None = optional("All labels, at most 20; null removes them.")
    contributor_ids: list[strawberry.ID] | None = optional("All who else work on it, at most 50; null removes them.")
    custom_fields: list[CustomFieldValueInput] | None = optional(
        "Values of custom fields, at most 50; those that are not named stay."
    )


@strawberry.input(description="Input of objectiveActivate.")
class ObjectiveActivateInput(_OneObjectiveInput):
    """Input of objectiveActivate."""


@strawberry.input(description="Input of objectiveAlign.")
class ObjectiveAlignInput(_OneObjectiveInput):
    """Input of objectiveAlign."""

    parent_id: strawberry.ID = required("The objective or key result that it contributes to.")


@strawberry.input(description="Input of objectiveUnalign.")
class ObjectiveUnalignInput(_OneObjectiveInput):
    """Input of objectiveUnalign."""

    parent_id: strawberry.ID = required("The objective or key result that it no longer contributes to.")


@strawberry.input(description="Input of objectiveClose.")
class ObjectiveCloseInput(_OneObjectiveInput):
    """Input of objectiveClose."""

    score: float | None = optional("The score, 0 to 1; absent takes the one that the progress proposes.")
    explanation: str | None = optional("Why a committed one fell short, or why the score differs from the proposed one.")
    root_cause: str | None = optional("Why it fell below 0.7.")
    learned: str | None = optional("What was learned.")
    decision: ReviewDecision = required("What becomes of it.")


@strawberry.input(description="Input of objectiveReopen.")
class ObjectiveReopenInput(_OneObjectiveInput):
    """Input of objectiveReopen."""


@strawberry.input(description="Input of objectiveCancel.")
class ObjectiveCancelInput(_OneObjectiveInput):
    """Input of objectiveCancel."""


@strawberry.input(description="Input of objectiveCarryOver.")
class ObjectiveCarryOverInput(_OneObjectiveInput):
    """Input of objectiveCarryOver."""

    id: strawberry.ID | None = optional("The id that the successor shall have, if the client brings one.")
    cycle_id: strawberry.ID = required("The cycle in which it continues.")
    key_result_ids: list[strawberry.ID] | None = optional(
        "The key results to take along; absent takes all that are not dropped."
    )


@strawberry.input(description="Input of objectiveReorder.")
class ObjectiveReorderInput(MutationInput):
    """Input of objectiveReorder."""

    cycle_id: strawberry.ID = required("In which cycle.")
    objective_ids: list[strawberry.ID] = required("They get the priorities 1, 2, 3, … in this order; at most 200.")


# --- commands

_ALIGNABLE = (Noun.OBJECTIVE, Noun.KEY_RESULT)


async def _create(values: ObjectiveCreateInput, context: Context) -> Plan:
    objective_id = fresh(values.id, Noun.OBJECTIVE, context.now, "id")
    is_owner_absent = values.owner_id is strawberry.UNSET
    create = CreateObjective(
        objective_id=objective_id,
        cycle_id=known(values.cycle_id, Noun.CYCLE, "cycleId"),
        team_id=known_or_none(values.team_id, Noun.TEAM, "teamId"),
        owner_id=context.own_person_id if is_owner_absent else known_or_none(values.owner_id, Noun.PERSON, "ownerId"),
        title=values.title,
        description=given(values.description),
        ambition=values.ambition,
        visibility=values.visibility,
        driver=values.driver,
        priority=given(values.priority),
        labels=tuple(given(values.labels) or ()),
        contributor_ids=all_known(given(values.contributor_ids) or (), Noun.PERSON, "contributorIds"),
        parent_ids=tuple(
            known_of(parent_id, _ALIGNABLE, "parentIds", str(index))
            for index, parent_id in enumerate(given(values.parent_ids) or ())
        ),
        custom_fields=custom_values_of(values.custom_fields),
    )
    steps = [Step(command=create)]
    for index, draft in enumerate(given(values.key_results) or ()):
        path = ("keyResults", str(index))
        steps.append(Step(command=added_key_result(draft, objective_id, context.now, *path), path=path))
    if not values.draft:
        steps.append(Step(command=ActivateObjective(objective_id=objective_id)))
    return Plan(steps=tuple(steps), client_id=given(values.id))


async def _update(values: ObjectiveUpdateInput, _: Context) -> Plan:
    labels, contributors = values.labels, values.contributor_ids
    cycle_id = unclearable(values.cycle_id, "cycleId")
    return Plan.of(
        UpdateObjective(
            objective_id=_objective_id(values),
            title=unclearable(values.title, "title"),
            description=clearable(values.description),
            owner_id=known_or_cleared(values.owner_id, Noun.PERSON, "ownerId"),
            team_id=known_or_cleared(values.team_id, Noun.TEAM, "teamId"),
            cycle_id=known(cycle_id, Noun.CYCLE, "cycleId") if isinstance(cycle_id, str) else UNSET,
            ambition=unclearable(values.ambition, "ambition"),
            visibility=unclearable(values.visibility, "visibility"),
            driver=unclearable(values.driver, "driver"),
            priority=clearable(values.priority),
            labels=UNSET if labels is strawberry.UNSET else tuple(labels or ()),
            contributor_ids=UNSET
            if contributors is strawberry.UNSET
            else all_known(contributors or (), Noun.PERSON, "contributorIds"),
            custom_fields=custom_values_of(values.custom_fields),
            expected_version=given(values.expected_version),
        )
    )


def _objective_id(values: _OneObjectiveInput) -> str:
    return known(values.objective_id, Noun.OBJECTIVE, "objectiveId")


async def _activate(values: ObjectiveActivateInput, _: Context) -> Plan:
    return Plan.of(ActivateObjective(objective_id=_objective_id(values), expected_version=given(values.expected_version)))


async def _align(values: ObjectiveAlignInput, _: Context) -> Plan:
    return Plan.of(
        AlignObjective(
            objective_id=_objective_id(values),
            parent_id=known_of(values.parent_id, _ALIGNABLE, "parentId"),
            expected_version=given(values.expected_version),
        )
    )


async def _unalign(values: ObjectiveUnalignInput, _: Context) -> Plan:
    return Plan.of(
        UnalignObjective(
            objective_id=_objective_id(values),
            parent_id=known_of(values.parent_id, _ALIGNABLE, "parentId"),
            expected_version=given(values.expected_version),
        )
    )


async def _close(values: ObjectiveCloseInput, _: Context) -> Plan:
    score = given(values.score)
    return Plan.of(
        CloseObjective(
            objective_id=_objective_id(values),
            decision=values.decision,
            score=None if score is None else exact(score),
            explanation=given(values.explanation),
            root_cause=given(values.root_cause),
            learned=given(values.learned),
            expected_version=given(values.expected_version),
        )
    )


async def _reopen(values: ObjectiveReopenInput, _: Context) -> Plan:
    return Plan.of(ReopenObjective(objective_id=_objective_id(values), expected_version=given(values.expected_version)))


async def _cancel(values: ObjectiveCancelInput, _: Context) -> Plan:
    return Plan.of(CancelObjective(objective_id=_objective_id(values), expected_version=given(values.expected_version)))


async def _carry_over(values: ObjectiveCarryOverInput, context: Context) -> Plan:
    key_result_ids = given(values.key_result_ids)
    command = CarryOverObjective(
        objective_id=_objective_id(values),
        successor_id=fresh(values.id, Noun.OBJECTIVE, context.now, "id"),
        cycle_id=known(values.cycle_id, Noun.CYCLE, "cycleId"),
        key_result_ids=None if key_result_ids is None else all_known(key_result_ids, Noun.KEY_RESULT, "keyResultIds"),
        expected_version=given(values.expected_version),
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


async def _reorder(values: ObjectiveReorderInput, _: Context) -> Plan:
    return Plan.of(
        ReorderObjectives(
            cycle_id=known(values.cycle_id, Noun.CYCLE, "cycleId"),
            objective_ids=all_known(values.objective_ids, Noun.OBJECTIVE, "objectiveIds"),
        )
    )


# --- mutations


@strawberry.type
class ObjectiveMutations:
    """Mutations of objectives."""

    objective_create = mutation(_create, ObjectivePayload, "Writes an objective down, as a draft or active at once.")
    objective_update = mutation(_update, ObjectivePayload, "Changes an objective, its team or its cycle.")
    objective_activate = mutation(_activate, ObjectivePayload, "Makes a draft count; its targets become the original ones.")
    objective_align = mutation(_align, ObjectivePayload, "Says that an objective serves an objective or a key result.")
    objective_unalign = mutation(_unalign, ObjectivePayload, "Takes an alignment back.")
    objective_close = mutation(
        _close, ObjectiveReviewPayload, "Reviews and scores an objective; with `dryRun` shows the proposed score."
    )
    objective_reopen = mutation(_reopen, ObjectivePayload, "Makes a closed or cancelled objective active again.")
    objective_cancel = mutation(_cancel, ObjectivePayload, "Gives an objective up; its history stays.")
    objective_carry_over = mutation(
        _carry_over, ObjectivePayload, "Continues an objective in another cycle; answers the successor."
    )
    objective_reorder = mutation(_reorder, ObjectivesPayload, "Gives the objectives of a cycle their order.")
