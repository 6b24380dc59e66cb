"""Dependencies: what blocks an initiative or a key result, and what it blocks; as far as the viewer may see the other one."""

from collections.abc import Sequence
from typing import Any, TypeVar

import strawberry

import schema.initiative
import schema.key_result
from projections.rows import DependencyRow
from schema.field import column, joined
from schema.loader import Loader
from schema.view import View

Row = TypeVar("Row")


@strawberry.type(description="A dependency of an initiative, seen from one side.")
class InitiativeDependency:
    """The initiative on the other side, and what was said of it."""

    row: strawberry.Private[DependencyRow]
    other: strawberry.Private[Any]
    view: strawberry.Private[View]

    note: str | None = column("What was said of it.")

    @joined("The other initiative.")
    def initiative(self) -> "schema.initiative.Initiative":
        """Answer the other side."""
        return schema.initiative.Initiative(row=self.other, view=self.view)


@strawberry.type(description="A dependency of a key result, seen from one side.")
class KeyResultDependency:
    """The key result on the other side, and what was said of it."""

    row: strawberry.Private[DependencyRow]
    other: strawberry.Private[Any]
    view: strawberry.Private[View]

    note: str | None = column("What was said of it.")

    @joined("The other key result.")
    def key_result(self) -> "schema.key_result.KeyResult":
        """Answer the other side."""
        return schema.key_result.KeyResult(row=self.other, view=self.view)


async def blockers(view: View, dependent_id: str, things: Loader[str, Row | None]) -> list[tuple[DependencyRow, Row]]:
    """Answer what something depends on, each with the thing itself."""
    rows = await view.dependencies_of.load(dependent_id)
    return _seen(rows, await things.load_many([row.blocker_id for row in rows]))


async def dependents(view: View, blocker_id: str, things: Loader[str, Row | None]) -> list[tuple[DependencyRow, Row]]:
    """Answer what depends on something, each with the thing itself."""
    rows = await view.dependents_of.load(blocker_id)
    return _seen(rows, await things.load_many([row.dependent_id for row in rows]))


def _seen(rows: Sequence[DependencyRow], others: Sequence[Row | None]) -> list[tuple[DependencyRow, Row]]:
    return [(row, other) for row, other in zip(rows, others, strict=True) if other is not None]
