"""Answers of plans beside those of graphql-core, made in the same request of the same things."""

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from graphql import Executor

from service.mutation_executor import MutationExecutor


@dataclass(slots=True)
class Compared:
    """What was answered both ways: the names of what has a plan, why the others have none, and what differs."""

    planned: list[str | None] = field(default_factory=list[str | None])
    unplanned: list[str | None] = field(default_factory=list[str | None])
    differing: list[Any] = field(default_factory=list[Any])


def list_of(value: Any) -> Any:
    """Make dictionaries to lists, so that their order counts."""
    if isinstance(value, dict):
        return [(name, list_of(each)) for name, each in value.items()]
    if isinstance(value, list):
        return [list_of(each) for each in value]
    return (type(value), value)


def compare_payloads(monkeypatch: pytest.MonkeyPatch) -> Compared:
    """Let the payload of every mutation be filled by its plan and by the library, from what its resolver answered once."""
    found = Compared()

    async def both(self: Any, return_type: Any, *details: Any) -> Any:
        _, info, path, result = details
        try:
            plan = self._plans.plan(self.operation, self.variable_values)
            text = await plan.run_below(path.key, result, return_type.name, self.context_value, self.variable_values)
            planned: Any = orjson.loads(text)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is compared
            planned = error
        errors = self.collected_errors.errors
        before = len(errors)
        complete: Any = Executor.complete_object_value
        completed = complete(self, return_type, *details, None)
        plain = await completed if self.is_awaitable(completed) else completed
        if isinstance(planned, Exception):
            # Where the library has no error either, something is missing in plans.
            found.unplanned.append(None if len(errors) > before else repr(planned))
        else:
            found.planned.append(info.field_name)
            if len(errors) > before or list_of(planned) != list_of(plain):
                found.differing.append((planned, plain, errors[before:]))
        return plain

    monkeypatch.setattr(MutationExecutor, "_payload", both)
    return found
