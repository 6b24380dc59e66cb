"""Alignment: what contributes to what, as nodes and links, so that depth costs nothing."""

from dataclasses import dataclass
from typing import Annotated

import strawberry

import schema.key_result
import schema.objective
from events.identifier import Noun
from projections import alignment
from projections.alignment import Graph, GraphScope, Link, LinkKind
from projections.rows import KeyResultRow, ObjectiveRow
from schema.alignable import Alignable
from schema.argument import AsOf
from schema.context import Context, Info
from schema.enumeration import described
from schema.field import column, relation
from schema.identifiers import Reference, identifier, parse_identifier
from schema.view import View

described(
    LinkKind,
    "AlignmentLinkKind",
    "How two things hang together. May grow: keep a default branch.",
    {
        LinkKind.ALIGNED: "The child contributes to the parent.",
        LinkKind.PART: "The key result belongs to the objective.",
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
    kind: LinkKind = column("By alignment or as a part.")


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


_SCOPES = {
    "cycle_id": ("cycleId", GraphScope.CYCLE, Noun.CYCLE),
    "team_id": ("teamId", GraphScope.TEAM, Noun.TEAM),
    "objective_id": ("objectiveId", GraphScope.OBJECTIVE, Noun.OBJECTIVE),
    "person_id": ("personId", GraphScope.PERSON, Noun.PERSON),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedScope:
    """What a scope names: the field of the input, the kind of scope, and the identifier as it was given."""

    field: str
    kind: GraphScope
    noun: Noun
    id: str


def named_scope(scope: ScopeInput) -> NamedScope:
    """Answer what a scope names."""
    name, given = next((name, value) for name in _SCOPES if isinstance(value := getattr(scope, name), str))
    field, kind, noun = _SCOPES[name]
    return NamedScope(field=field, kind=kind, noun=noun, id=given)


def read_scope(scope: ScopeInput) -> tuple[GraphScope, Reference] | None:
    """Answer what a scope begins with, None when its identifier is of another noun or none at all."""
    named = named_scope(scope)
    reference = parse_identifier(named.id)
    return None if reference is None or reference.noun is not named.noun else (named.kind, reference)


async def load_graph(context: Context, scope: ScopeInput | None, as_of: AsOf) -> AlignmentGraph | None:
    """Answer the graph of a scope, None when the scope names nothing that there may be."""
    view, kind, scope_id = None, GraphScope.ORGANIZATION, ""
    if scope:
        named = read_scope(scope)
        if named is None:
            return None
        kind, reference = named
        scope_id = reference.entity_id
        view = await context.at(as_of, {reference.instant} if reference.instant else set())
    view = view or await context.at(as_of, set())
    return AlignmentGraph(row=await alignment.graph(view.reader, view.lens, kind, scope_id), view=view)


@strawberry.type
class AlignmentQueries:
    """Queries of the graph of alignment."""

    @relation("What contributes to what.")
    async def alignment(
        self,
        info: Info,
        scope: Annotated[
            ScopeInput | None,
            strawberry.argument(description="Of what; null or absent is the whole organization."),
        ] = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> AlignmentGraph | None:
        """Answer the graph of a scope."""
        return await load_graph(info.context, scope, as_of)
