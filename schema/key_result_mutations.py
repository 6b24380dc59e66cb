"""Mutations of key results: inputs and the commands that they become."""

from datetime import date
from decimal import Decimal

import strawberry

from events.envelope import UNSET
from events.identifier import Noun
from events.key_result import DropKeyResult, ReplaceKeyResult, RestoreKeyResult, RetargetKeyResult, UpdateKeyResult
from schema.act import Plan, Step
from schema.context import Context
from schema.custom_value_input import CustomFieldValueInput, custom_values_of
from schema.input import (
    ChangeInput,
    MutationInput,
    clearable,
    exact,
    given,
    known,
    known_or_cleared,
    optional,
    required,
    unclearable,
)
from schema.metric_input import (
    KeyResultDraftInput,
    MetricCheckpointInput,
    MetricInput,
    added_key_result,
    checkpoints_of,
    metric_of,
)
from schema.payload import KeyResultPayload, KeyResultReplacementPayload, mutation

# --- inputs


@strawberry.input(description="Input of keyResultCreate.")
class KeyResultCreateInput(KeyResultDraftInput, MutationInput):
    """Input of keyResultCreate."""

    objective_id: strawberry.ID = required("Of which objective.")


@strawberry.input
class _OneKeyResultInput(ChangeInput):
    key_result_id: strawberry.ID = required("Which.")


@strawberry.input(description="Input of keyResultUpdate.")
class KeyResultUpdateInput(_OneKeyResultInput):
    """Input of keyResultUpdate."""

    title: str | None = optional("What shall be seen.")
    metric: MetricInput | None = optional(
        "All of how it is measured. Kind and unit can change until the first check-in, and where nothing was measurable."
    )
    weight: float | None = optional("How much it counts among its siblings, above 0.")
    owner_id: strawberry.ID | None = optional("Who answers for it; null is nobody.")
    due_on: date | None = optional("By when; null is the cycle's end.")
    priority: int | None = optional("Smaller is more important; null clears it.")
    labels: list[str] | None = optional("All labels, at most 20; null removes them.")
    objective_id: strawberry.ID | None = optional("The objective that it moves to, with its check-ins.")
    custom_fields: list[CustomFieldValueInput] | None = optional(
        "Values of custom fields, at most 50; those that are not named stay."
    )


@strawberry.input(description="Input of keyResultRetarget.")
class KeyResultRetargetInput(_OneKeyResultInput):
    """Input of keyResultRetarget."""

    start: Decimal | None = optional("Where it starts; null clears it.")
    target: Decimal | None = optional("Where it shall get; null clears it.")
    low: Decimal | None = optional("Lower end of a RANGE.")
    high: Decimal | None = optional("Upper end of a RANGE.")
    commit: Decimal | None = optional("The level that is promised; null clears it.")
    stretch: Decimal | None = optional("The level that would be splendid; null clears it.")
    checkpoints: list[MetricCheckpointInput] | None = optional("All dated targets on rising days; null removes them.")


@strawberry.input(description="Input of keyResultDrop.")
class KeyResultDropInput(_OneKeyResultInput):
    """Input of keyResultDrop."""


@strawberry.input(description="Input of keyResultRestore.")
class KeyResultRestoreInput(_OneKeyResultInput):
    """Input of keyResultRestore."""


@strawberry.input(description="Input of keyResultReplace.")
class KeyResultReplaceInput(_OneKeyResultInput):
    """Input of keyResultReplace."""

    key_result: KeyResultDraftInput = required("What takes its place.")
    further_key_results: list[KeyResultDraftInput] | None = optional("What else does, where one key result is split.")


# --- commands


async def _create(values: KeyResultCreateInput, context: Context) -> Plan:
    objective_id = known(values.objective_id, Noun.OBJECTIVE, "objectiveId")
    command = added_key_result(values, objective_id, context.now)
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


def _key_result_id(values: _OneKeyResultInput) -> str:
    return known(values.key_result_id, Noun.KEY_RESULT, "keyResultId")


async def _update(values: KeyResultUpdateInput, _: Context) -> Plan:
    metric = unclearable(values.metric, "metric")
    weight = unclearable(values.weight, "weight")
    objective_id = unclearable(values.objective_id, "objectiveId")
    return Plan.of(
        UpdateKeyResult(
            key_result_id=_key_result_id(values),
            title=unclearable(values.title, "title"),
            metric=metric_of(metric, "metric") if isinstance(metric, MetricInput) else UNSET,
            weight=exact(weight) if isinstance(weight, float) else UNSET,
            owner_id=known_or_cleared(values.owner_id, Noun.PERSON, "ownerId"),
            due_on=clearable(values.due_on),
            priority=clearable(values.priority),
            labels=UNSET if values.labels is strawberry.UNSET else tuple(values.labels or ()),
            custom_fields=custom_values_of(values.custom_fields),
            objective_id=known(objective_id, Noun.OBJECTIVE, "objectiveId") if isinstance(objective_id, str) else UNSET,
            expected_version=given(values.expected_version),
        )
    )


async def _retarget(values: KeyResultRetargetInput, _: Context) -> Plan:
    checkpoints = values.checkpoints
    return Plan.of(
        RetargetKeyResult(
            key_result_id=_key_result_id(values),
            start=clearable(values.start),
            target=clearable(values.target),
            low=clearable(values.low),
            high=clearable(values.high),
            commit=clearable(values.commit),
            stretch=clearable(values.stretch),
            checkpoints=UNSET if checkpoints is strawberry.UNSET else checkpoints_of(checkpoints),
            expected_version=given(values.expected_version),
        )
    )


async def _drop(values: KeyResultDropInput, _: Context) -> Plan:
    return Plan.of(DropKeyResult(key_result_id=_key_result_id(values), expected_version=given(values.expected_version)))


async def _restore(values: KeyResultRestoreInput, _: Context) -> Plan:
    return Plan.of(RestoreKeyResult(key_result_id=_key_result_id(values), expected_version=given(values.expected_version)))


async def _replace(values: KeyResultReplaceInput, context: Context) -> Plan:
    drafts: list[tuple[tuple[str, ...], KeyResultDraftInput]] = [(("keyResult",), values.key_result)]
    for index, draft in enumerate(given(values.further_key_results) or ()):
        drafts.append((("furtherKeyResults", str(index)), draft))
    # The domain puts them below the objective of the one that they replace.
    replacements = [added_key_result(draft, "", context.now, *path) for path, draft in drafts]
    command = ReplaceKeyResult(
        key_result_id=_key_result_id(values),
        replacements=tuple(replacements),
        expected_version=given(values.expected_version),
    )
    places: dict[tuple[str, ...], tuple[str, ...]] = {
        ("replacements", str(index)): path for index, (path, _) in enumerate(drafts)
    }
    return Plan(
        steps=(Step(command=command, renamed=places),),
        client_id=given(values.key_result.id),
        client_id_path=("keyResult", "id"),
    )


# --- mutations


@strawberry.type
class KeyResultMutations:
    """Mutations of key results."""

    key_result_create = mutation(_create, KeyResultPayload, "Adds a key result to an objective.")
    key_result_update = mutation(_update, KeyResultPayload, "Changes a key result or moves it to another objective.")
    key_result_retarget = mutation(_retarget, KeyResultPayload, "Moves the levels of a key result's metric.")
    key_result_drop = mutation(_drop, KeyResultPayload, "Takes a key result out of its objective's progress.")
    key_result_restore = mutation(_restore, KeyResultPayload, "Takes a dropped key result back.")
    key_result_replace = mutation(
        _replace, KeyResultReplacementPayload, "Drops a key result and adds what takes its place, in one act."
    )
