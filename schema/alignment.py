"""Alignment: what contributes to what, as nodes and links, so that depth costs nothing."""

from enum import StrEnum

import strawberry

import schema.key_result
import schema.objective
from projections.alignment import Graph, Link
from projections.rows import KeyResultRow, ObjectiveRow
from schema.alignable import Alignable
from schema.enumeration import described
from schema.field import column
from schema.identifiers import identifier
from schema.view import View


class AlignmentLinkKind(StrEnum):
    """How two things hang together."""

    ALIGNED = "ALIGNED"
    PART = "PART"


described(
    AlignmentLinkKind,
    "AlignmentLinkKind",
    "How two things hang together. May grow: keep a default branch.",
    {
        AlignmentLinkKind.ALIGNED: "The child contributes to the parent.",
        AlignmentLinkKind.PART: "The key result belongs to the objective.",
    },
)


@strawberry.input(one_of=True, description="Of what to answer.")
class ScopeInput:
    """Exactly one field is given."""

    cycle_id: strawberry.ID | None = strawberry.field(description="One cycle.", default=strawberry.UNSET)
    team_id: strawberry.ID | None = strawberry.field(description="One team and those below.", default=strawberry.UNSET)
    objective_id: strawberry.ID | None = strawberry.field(
        description="One objective and what is aligned to it.", default=strawberry.UNSET
    )
    person_id: strawberry.ID | None = strawberry.field(description="What one person owns.", default=strawberry.UNSET)


@strawberry.type(description="One contribution.")
class AlignmentLink:
    """From a child to a parent."""

    row: strawberry.Private[Link]
    view: strawberry.Private[View]

    child_id: strawberry.ID = column(
        "The id of what contributes.", lambda source: identifier(source.row.child_id, source.view.lens)
    )
    parent_id: strawberry.ID = column(
        "The id of what it contributes to.", lambda source: identifier(source.row.parent_id, source.view.lens)
    )
    kind: AlignmentLinkKind = column("By alignment or as a part.")


@strawberry.type(description="What contributes to what.")
class AlignmentGraph:
    """A scope's objectives and key results with their links."""

    row: strawberry.Private[Graph]
    view: strawberry.Private[View]

    nodes: list[Alignable] = column(
        "Every objective and key result in it that the viewer may see; at most 2000.",
        lambda source: [alignable_of(row, source.view) for row in source.row.nodes],
    )
    links: list[AlignmentLink] = column(
        "Every contribution between them; at most 5000.",
        lambda source: [AlignmentLink(row=row, view=source.view) for row in source.row.links],
    )
    truncated: bool = column("Whether a limit cut something off.", lambda source: source.row.is_truncated)


def alignable_of(row: ObjectiveRow | KeyResultRow, view: View) -> Alignable:
    """Return an objective or a key result as such."""
    if isinstance(row, ObjectiveRow):
        return schema.objective.Objective(row=row, view=view)
    return schema.key_result.KeyResult(row=row, view=view)
