"""Payloads: what every mutation answers, and the one way of declaring a mutation.

All fields are read after the write, from the head as it is then: a client sees its own write. A refused
mutation answers null for its things and says why in `userErrors`. With `dryRun` nothing is written: the
things are as they are now (null for what would be new), `events` and `affected` are empty.
"""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Annotated, Any, TypeVar, get_type_hints

import strawberry

import schema.check_in
import schema.comment
import schema.custom_field
import schema.cycle
import schema.initiative
import schema.key_result
import schema.objective
import schema.organization
import schema.person
import schema.program
import schema.recognition
import schema.team
from events.check_in import CheckedIn
from events.coach.texts import Language
from events.key_result import KeyResultAdded, KeyResultDropped
from events.objective import ReorderObjectives
from events.review import FrozenNumber, proposed_score
from projections import recorded
from schema.act import Done, Plan, carry_out
from schema.advice import load_advice
from schema.affected import MOST_AFFECTED, load_affected
from schema.context import Context, Info
from schema.errors import UserError, user_error
from schema.event import Event, event_of
from schema.field import column, relation
from schema.finding import Finding, Spoken, findings_of
from schema.input import MutationInput, given
from schema.node import Subject, seen
from schema.view import MOST_FINDINGS, View

Values = TypeVar("Values", bound=MutationInput)


@strawberry.type
class MutationPayload:
    """What every mutation answers."""

    done: strawberry.Private[Done]

    user_errors: list[UserError] = column(
        "Why nothing was done; empty on success.",
        lambda payload: [user_error(rejected) for rejected in payload.done.rejections],
    )
    client_mutation_id: str | None = column(
        "The clientMutationId of the input.", lambda payload: given(payload.done.values.client_mutation_id)
    )

    @relation("The events recorded, in order; none if nothing changed or nothing was written. A replay answers the first ones.")
    async def events(self, info: Info) -> list[Event]:
        """Load the events."""
        accepted = self.done.accepted
        if accepted is None or not self.done.is_written:
            return []
        view = await info.context.present()
        positions = [record.position for _, record in accepted.events]
        rows = await recorded.events(view.reader, positions)
        return [event_of(rows[position], view) for position in positions if position in rows]

    @relation(
        f"All whose shown values this changed, as they are now, so that caches can take them over; at most {MOST_AFFECTED}."
    )
    async def affected(self, info: Info) -> list[Subject]:
        """Load what changed."""
        accepted = self.done.accepted
        if accepted is None or not self.done.is_written:
            return []
        return await load_affected(accepted, await info.context.present())

    @relation(f"Advice on what was written, at most {MOST_FINDINGS}; it never blocks.")
    async def findings(self, info: Info, language: Spoken = Language.EN) -> list[Finding]:
        """Look for advice."""
        found = await load_advice(self.done, await info.context.present())
        return findings_of(found[: info.context.limits.findings], language)


def _view(info: Info) -> Awaitable[View]:
    return info.context.present()


async def _objective(objective_id: str | None, info: Info) -> "schema.objective.Objective | None":
    view = await _view(info)
    row = await view.objectives.load(objective_id) if objective_id else None
    return seen(schema.objective.Objective, row, view)


async def _key_result(key_result_id: str | None, info: Info) -> "schema.key_result.KeyResult | None":
    view = await _view(info)
    row = await view.key_results.load(key_result_id) if key_result_id else None
    return seen(schema.key_result.KeyResult, row, view)


async def _check_in(check_in_id: str | None, info: Info) -> "schema.check_in.CheckIn | None":
    view = await _view(info)
    row = await view.check_ins.load(check_in_id) if check_in_id else None
    return seen(schema.check_in.CheckIn, row, view)


@strawberry.type
class ObjectivePayload(MutationPayload):
    """What mutations of one objective answer."""

    @relation("The objective as it is now.")
    async def objective(self, info: Info) -> "schema.objective.Objective | None":
        """Load it."""
        return await _objective(self.done.named("objective_id"), info)


@strawberry.type
class ObjectiveReviewPayload(ObjectivePayload):
    """What closing an objective answers."""

    @relation("The score that the progress proposes, also when the closing was only tried or refused; null without progress.")
    async def proposed_score(self, info: Info) -> float | None:
        """Compute it as the closing does."""
        plan = self.done.plan
        objective = await _objective(getattr(plan.steps[0].command, "objective_id", None) if plan else None, info)
        if objective is None:
            return None
        if objective.row.review is not None:
            return objective.row.review.proposed_score
        progress = objective.row.progress
        number = FrozenNumber(progress=None if progress is None else Decimal(repr(progress)), raw_progress=None)
        proposed = proposed_score(number)
        return None if proposed is None else float(proposed)


@strawberry.type
class ObjectivesPayload(MutationPayload):
    """What reordering answers."""

    @relation("The objectives in their order; empty when refused.")
    async def objectives(self, info: Info) -> "list[schema.objective.Objective]":
        """Load them."""
        plan = self.done.plan
        if self.done.accepted is None or plan is None:
            return []
        command = plan.steps[0].command
        ids = command.objective_ids if isinstance(command, ReorderObjectives) else ()
        view = await _view(info)
        rows = await view.objectives.load_many(list(ids))
        return [schema.objective.Objective(row=row, view=view) for row in rows if row is not None]


@strawberry.type
class KeyResultPayload(MutationPayload):
    """What mutations of one key result answer."""

    @relation("The key result as it is now.")
    async def key_result(self, info: Info) -> "schema.key_result.KeyResult | None":
        """Load it."""
        return await _key_result(self.done.named("key_result_id"), info)


@strawberry.type
class KeyResultReplacementPayload(MutationPayload):
    """What replacing a key result answers."""

    @relation("The first that took the place.")
    async def key_result(self, info: Info) -> "schema.key_result.KeyResult | None":
        """Load it."""
        added = [event.key_result_id for event in self.done.events if isinstance(event, KeyResultAdded)]
        return await _key_result(added[0] if added else None, info)

    @relation("All that took the place, one for a replacement, several for a split.")
    async def key_results(self, info: Info) -> "list[schema.key_result.KeyResult]":
        """Load them."""
        added = [event.key_result_id for event in self.done.events if isinstance(event, KeyResultAdded)]
        view = await _view(info)
        rows = await view.key_results.load_many(added)
        return [schema.key_result.KeyResult(row=row, view=view) for row in rows if row is not None]

    @relation("The one that was dropped.")
    async def replaced(self, info: Info) -> "schema.key_result.KeyResult | None":
        """Load it."""
        dropped = [event.key_result_id for event in self.done.events if isinstance(event, KeyResultDropped)]
        return await _key_result(dropped[0] if dropped else None, info)


@strawberry.type
class InitiativePayload(MutationPayload):
    """What mutations of one initiative answer."""

    @relation("The initiative as it is now; null if the viewer may no longer see it.")
    async def initiative(self, info: Info) -> "schema.initiative.Initiative | None":
        """Load it."""
        view, initiative_id = await _view(info), self.done.named("initiative_id")
        row = await view.initiatives.load(initiative_id) if initiative_id else None
        return seen(schema.initiative.Initiative, row, view)


@strawberry.type
class CheckInPayload(MutationPayload):
    """What mutations of one check-in answer."""

    @relation("The check-in as it is now.")
    async def check_in(self, info: Info) -> "schema.check_in.CheckIn | None":
        """Load it."""
        return await _check_in(self.done.named("check_in_id"), info)

    @relation("The key result as it is now.")
    async def key_result(self, info: Info) -> "schema.key_result.KeyResult | None":
        """Load it."""
        key_result_id = self.done.named("key_result_id")
        if key_result_id is None:
            # A wish that was fulfilled already has no event that names the key result.
            check_in = await _check_in(self.done.named("check_in_id"), info)
            key_result_id = check_in.row.key_result_id if check_in else None
        return await _key_result(key_result_id, info)


@strawberry.type
class CheckInsPayload(MutationPayload):
    """What the weekly sheet answers."""

    @relation("The check-ins in the order of the sheet; empty when refused.")
    async def check_ins(self, info: Info) -> "list[schema.check_in.CheckIn]":
        """Load them."""
        ids = [event.check_in_id for event in self.done.events if isinstance(event, CheckedIn)]
        view = await _view(info)
        rows = await view.check_ins.load_many(ids)
        return [schema.check_in.CheckIn(row=row, view=view) for row in rows if row is not None]


@strawberry.type
class CyclePayload(MutationPayload):
    """What mutations of one cycle answer."""

    @relation("The cycle as it is now.")
    async def cycle(self, info: Info) -> "schema.cycle.Cycle | None":
        """Load it."""
        view, cycle_id = await _view(info), self.done.named("cycle_id")
        return seen(schema.cycle.Cycle, await view.cycles.load(cycle_id) if cycle_id else None, view)


@strawberry.type
class TeamPayload(MutationPayload):
    """What mutations of one team answer."""

    @relation("The team as it is now.")
    async def team(self, info: Info) -> "schema.team.Team | None":
        """Load it."""
        view, team_id = await _view(info), self.done.named("team_id")
        return seen(schema.team.Team, await view.teams.load(team_id) if team_id else None, view)


@strawberry.type
class PersonPayload(MutationPayload):
    """What mutations of one person answer."""

    @relation("The person as they are now.")
    async def person(self, info: Info) -> "schema.person.Person | None":
        """Load them."""
        view, person_id = await _view(info), self.done.named("person_id")
        return seen(schema.person.Person, await view.people.load(person_id) if person_id else None, view)


@strawberry.type
class ProgramPayload(MutationPayload):
    """What mutations of one program answer."""

    @relation("The program as it is now.")
    async def program(self, info: Info) -> "schema.program.Program | None":
        """Load it."""
        view, program_id = await _view(info), self.done.named("program_id")
        return seen(schema.program.Program, await view.programs.load(program_id) if program_id else None, view)


@strawberry.type
class CustomFieldPayload(MutationPayload):
    """What mutations of one custom field answer."""

    @relation("The custom field as it is now.")
    async def custom_field(self, info: Info) -> "schema.custom_field.CustomField | None":
        """Load it."""
        view, field_id = await _view(info), self.done.named("custom_field_id")
        return seen(schema.custom_field.CustomField, await view.custom_fields.load(field_id) if field_id else None, view)


@strawberry.type
class CommentPayload(MutationPayload):
    """What mutations of one comment answer."""

    @relation("The comment as it is now.")
    async def comment(self, info: Info) -> "schema.comment.Comment | None":
        """Load it."""
        view, comment_id = await _view(info), self.done.named("comment_id")
        return seen(schema.comment.Comment, await view.comments.load(comment_id) if comment_id else None, view)


@strawberry.type
class RecognitionPayload(MutationPayload):
    """What mutations of one recognition answer."""

    @relation("The recognition as it is now.")
    async def recognition(self, info: Info) -> "schema.recognition.Recognition | None":
        """Load it."""
        view, recognition_id = await _view(info), self.done.named("recognition_id")
        row = await view.recognitions.load(recognition_id) if recognition_id else None
        return seen(schema.recognition.Recognition, row, view)


@strawberry.type
class TeamMemberPayload(TeamPayload, PersonPayload):
    """What mutations of a membership answer."""


@strawberry.type
class OrganizationPayload(MutationPayload):
    """What mutations of the organization answer."""

    @relation("The organization as it is now.")
    async def organization(self, info: Info) -> "schema.organization.Organization | None":
        """Answer it."""
        view = await _view(info)
        return None if self.done.accepted is None else schema.organization.Organization(row=view.settings, view=view)


def mutation(plan: Callable[[Values, Context], Awaitable[Plan]], payload: type[MutationPayload], description: str) -> Any:
    """Declare a mutation: its input is that of `plan`, its payload a type of its own made from `payload`.

    The payload of the input ThingChangeInput is named ThingChangePayload.
    """
    input_type: type = get_type_hints(plan)["values"]
    name = input_type.__name__.removesuffix("Input")
    field_name = name[0].lower() + name[1:]
    made: Any = strawberry.type(
        type(f"{name}Payload", (payload,), {"__doc__": f"What {field_name} did.", "__module__": __name__}),
        description=f"What {field_name} did.",
    )

    async def resolve(info: Info, input: Values) -> MutationPayload:  # noqa: A002 - the argument is named so
        outcome: MutationPayload = made(done=await carry_out(info, input, plan(input, info.context)))
        return outcome

    argument = Annotated[input_type, strawberry.argument(description="What is asked for.")]  # type: ignore[valid-type]
    resolve.__annotations__ = {"info": Info, "input": argument, "return": made | None}
    return strawberry.mutation(resolver=resolve, description=description)
