"""Workload: what the people of a cycle answer for."""

from collections.abc import Mapping, Sequence

import strawberry

import schema.person
from projections import workload
from projections.rows import CycleRow, PersonRow
from projections.workload import WorkloadRow
from schema.field import column, joined, need
from schema.node import present, seen
from schema.view import View


@strawberry.type(description="What one person answers for in a cycle that is still open, as far as the viewer may see it.")
class PersonWorkload:
    """One person's."""

    row: strawberry.Private[WorkloadRow]
    view: strawberry.Private[View]

    objective_count: int = column("How many active objectives they own.", lambda source: len(source.row.objective_ids))
    key_result_count: int = column(
        "How many key results they answer for: their own, and those without an owner of their objectives.",
        lambda source: source.row.key_results,
    )
    check_ins_per_week: float = column(
        "How many check-ins fall due for these in a week, on average; none for key results that are UNDECIDED, "
        "or whose last due day of the cycle has been answered or is over."
    )
    overdue_check_in_count: int = column(
        "For how many of these a check-in is missing beyond the grace, at the moment read.", lambda source: source.row.overdue
    )
    initiative_count: int = column(
        "How many initiatives behind active objectives of the cycle they own that are neither done nor dropped.",
        lambda source: source.row.initiatives,
    )

    @joined("Who.", need("people", "row.person_id"))
    def person(self, row: PersonRow | None) -> "schema.person.Person":
        """Show the person."""
        return present(seen(schema.person.Person, row, self.view))


async def workload_of(cycle: CycleRow, view: View) -> list[PersonWorkload]:
    """Answer the workload of the people of a cycle as seen through a view."""

    async def load(ids: Sequence[str]) -> Mapping[str, Sequence[WorkloadRow]]:
        return await workload.of_cycles(view.reader, view.lens, ids, view.calendar)

    rows = await view.batched("workload", load).load(cycle.id)
    return [PersonWorkload(row=each, view=view) for each in rows[: view.limits.view_rows]]
