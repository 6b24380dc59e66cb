"""From a mutation's input to an act and its outcome: the one way on which every mutation writes."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace

from events.act import Accepted, Act, Refused
from events.command import Command
from events.event import Event
from events.rejection import Rejected, Rejection, RejectionCode, VersionConflict
from schema.context import Context, Info
from schema.input import MutationInput, given, reason_of, request_hash

OF_THE_ACT = frozenset({"reason", "idempotencyKey", "expectedVersion"})
"""Fields that stand at the top of every input, whichever of the act's commands is refused for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command and the place in the input that its fields come from.

    `renamed` says where the input has what the command holds under another path.
    """

    command: Command
    path: tuple[str, ...] = ()
    renamed: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict[tuple[str, ...], tuple[str, ...]])

    def place(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """Answer where in the input a refused field of the command stands."""
        if path and path[0] in OF_THE_ACT:
            return path
        for known, name in self.renamed.items():
            if path[: len(known)] == known:
                return (*name, *path[len(known) :])
        return (*self.path, *path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a mutation asks for: its commands in order.

    `client_id` is the identifier that the client brought for what is made; it stands in `client_id_path` of
    the input. `person_keys` are the fresh keys of people whom it invites. `is_table` is that of an act.
    """

    steps: tuple[Step, ...]
    client_id: str | None = None
    client_id_path: tuple[str, ...] = ("id",)
    person_keys: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    is_table: bool = False

    @staticmethod
    def of(command: Command) -> "Plan":
        """Answer the plan of a single command on something that exists."""
        return Plan(steps=(Step(command=command),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a mutation: accepted, or refused for at least one reason."""

    values: MutationInput
    plan: Plan | None = None
    accepted: Accepted | None = None
    rejections: tuple[Rejection, ...] = ()

    @property
    def is_written(self) -> bool:
        """Say whether the log has it, now or from the first time."""
        return self.accepted is not None and not self.values.dry_run

    @property
    def events(self) -> tuple[Event, ...]:
        """The events that were recorded, or that would be."""
        return () if self.accepted is None else tuple(event for event, _ in self.accepted.events)

    def named(self, field_name: str) -> str | None:
        """Answer an identifier in the first event that has the field, else in the first command; None when refused.

        The events come first, because a replay answers what the first request made.
        """
        if self.accepted is None or self.plan is None:
            return None
        sources = (*self.events, *(step.command for step in self.plan.steps))
        found = (getattr(source, field_name, None) for source in sources)
        return next((value for value in found if isinstance(value, str)), None)


async def carry_out(info: Info, values: MutationInput, planning: Awaitable[Plan]) -> Done:
    """Dispatch what a mutation asks for, and pin the head anew, so that the answer shows its own write.

    Raises:
        Exception: the write path's own failures, which are no refusals; see `Dispatch`.
    """
    context = info.context
    try:
        plan = await planning
    except Rejected as rejected:
        return refused(context, values, rejected.rejections)
    act = act_of(info, values, plan)
    outcome = await context.dispatch(act)
    match outcome:
        case Refused():
            rejections = tuple(_placed(each, outcome.command_index, plan, act) for each in outcome.rejections)
            if any(isinstance(each, VersionConflict) for each in rejections):
                # The change in between may be newer than the head that this request began with.
                await context.renew()
            return refused(context, values, rejections, plan)
        case Accepted():
            if outcome.is_replay:
                context.extensions["idempotentReplay"] = True
            await context.renew(outcome)
            return Done(values=values, plan=plan, accepted=outcome)


def refused(context: Context, values: MutationInput, rejections: tuple[Rejection, ...], plan: Plan | None = None) -> Done:
    """Answer a mutation that was refused, and note why for the log of requests."""
    context.refused.update(each.code for each in rejections)
    return Done(values=values, plan=plan, rejections=rejections)


def act_of(info: Info, values: MutationInput, plan: Plan) -> Act:
    """Answer the act by which a plan is carried out for whoever asks."""
    context = info.context
    key = idempotency_key(info, values)
    return Act(
        organization_id=context.reader.organization_id,
        actor_id=context.viewer_person_id,
        commands=tuple(step.command for step in plan.steps),
        origin=context.origin,
        request_id=context.request_id,
        reason=reason_of(values),
        idempotency_key=plan.client_id if key is None else key,
        request_hash=request_hash(info.field_name, values),
        is_dry_run=values.dry_run,
        person_keys=plan.person_keys,
        scopes=context.reader.grants.scopes,
        is_table=plan.is_table,
    )


def idempotency_key(info: Info, values: MutationInput) -> str | None:
    """Answer the key that the input or the header gives; None for none."""
    own = given(values.idempotency_key)
    if own is not None:
        return own
    header = info.context.idempotency_key
    # One header stands for the whole request, which may hold several mutations.
    return None if header is None else f"{header} {'.'.join(str(key) for key in info.path.as_list())}"


def _placed(rejection: Rejection, command_index: int, plan: Plan, act: Act) -> Rejection:
    is_key_the_id = plan.client_id is not None and act.idempotency_key == plan.client_id
    if rejection.code is RejectionCode.IDEMPOTENCY_KEY_REUSED and is_key_the_id:
        return Rejection(code=RejectionCode.ID_TAKEN, message="this id was given to something else", path=plan.client_id_path)
    return replace(rejection, path=plan.steps[command_index].place(rejection.path))
