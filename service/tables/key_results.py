"""Key results in tables: known by their identifier, or by a key of elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from events.command import Command
from events.envelope import UNSET
from events.identifier import Noun, new_identifier
from events.key_result import AddKeyResult, RetargetKeyResult, UpdateKeyResult
from events.metric import Metric, Stage
from events.rejection import Rejected
from projections import editable_key_results
from projections.editable_field import EditableField
from projections.editable_key_results import EditableKeyResult
from service.tables.noun_rules import Asked, Surroundings
from service.tables.objectives import unidentified

_LEVELS = ("start", "target", "low", "high", "commit", "stretch")
_DEFINITION = ("kind", "unit", "unit_label", "currency", "is_relative", "is_strict")
_RENAMED = {"objective": "objective_id", "owner": "owner_id"}
_OWN = ("objective", "title", "weight", "owner", "due_on", "priority")


class KeyResultRules:
    """See `NounRules`. Levels alone are retargeted; with another kind, unit or stages the metric is defined anew."""

    noun = Noun.KEY_RESULT
    fields: Sequence[EditableField[Any]] = editable_key_results.FIELDS
    takes_keys = True

    async def by_ids(self, around: Surroundings, ids: Sequence[str]) -> Mapping[str, EditableKeyResult]:
        """Answer key results."""
        return await editable_key_results.by_ids(around.reader, around.lens, list(ids), around.references)

    async def identified(self, around: Surroundings, rows: Sequence[Mapping[str, Any]]) -> Sequence[Rejected]:
        """Refuse: a title is no identity."""
        del around
        return [unidentified() for _ in rows]

    def create(self, around: Surroundings, asked: Asked) -> Sequence[Command]:
        """Add a key result."""
        del around
        values = {name: value for name, value in asked.values.items() if value is not None}
        metric = Metric(
            **{name: values[name] for name in (*_DEFINITION, *_LEVELS) if name in values},
            stages=_stages(values.get("stages", ()), ()),
        )
        given = _named(values)
        given.setdefault("weight", Decimal(1))
        return [AddKeyResult(key_result_id=asked.thing_id, metric=metric, **given)]

    def change(self, around: Surroundings, asked: Asked, changed: Mapping[str, Any], version: int | None) -> Sequence[Command]:
        """Change what differs."""
        del around
        metric: Metric = asked.thing.row.metric
        levels = {name: changed[name] for name in _LEVELS if name in changed}
        named = _named(changed)
        is_redefined = "stages" in changed or any(name in changed for name in _DEFINITION)
        if is_redefined:
            definition = {name: changed[name] for name in _DEFINITION if name in changed}
            stages = _stages(changed["stages"] or (), metric.stages) if "stages" in changed else metric.stages
            named["metric"] = replace(metric, **definition, **levels, stages=stages)
        commands: list[Command] = []
        if named:
            commands.append(UpdateKeyResult(key_result_id=asked.thing_id, expected_version=version, **named))
        if levels and not is_redefined:
            seen = None if named else version
            commands.append(
                RetargetKeyResult(
                    key_result_id=asked.thing_id,
                    expected_version=seen,
                    **{name: levels.get(name, UNSET) for name in _LEVELS},
                )
            )
        return commands


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    return {_RENAMED.get(name, name): value for name, value in values.items() if name in _OWN}


def _stages(titles: Sequence[str], known: Sequence[Stage]) -> tuple[Stage, ...]:
    """Answer the stages of some titles; those known by a title stay what they are."""
    left = list(known)
    stages: list[Stage] = []
    for title in titles:
        same = next((each for each in left if each.title == title), None)
        if same is not None:
            left.remove(same)
        stages.append(same or Stage(stage_id=new_identifier(Noun.STAGE), title=title))
    return tuple(stages)
