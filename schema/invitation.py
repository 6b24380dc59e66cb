"""Invitations: secrets that let people link their account at the OpenID provider to who they are here."""

from datetime import datetime
from typing import Annotated

import strawberry

from events.identifier import Noun
from events.rejection import Rejected, RejectionCode, refuse
from events.right import Right
from schema.act import Done, refused
from schema.context import Context, Info
from schema.field import column
from schema.input import MutationInput, known, required
from schema.payload import MutationPayload


@strawberry.input(description="Input of invitationCreate. An idempotency key is not kept: asking again makes another.")
class InvitationCreateInput(MutationInput):
    """Input of invitationCreate."""

    person_id: strawberry.ID = required("Who is to accept it.")


@strawberry.type(description="What invitationCreate did.")
class InvitationCreatePayload(MutationPayload):
    """What inviting answers; nothing is recorded, so there are no events."""

    made: strawberry.Private[tuple[str, datetime] | None]

    secret: str | None = column(
        "What the person sends to `/invitations/accept`, once; told only here. Null if it was refused, or with `dryRun`.",
        lambda payload: None if payload.made is None else payload.made[0],
    )
    expires_at: datetime | None = column(
        "Until when it can be accepted.", lambda payload: None if payload.made is None else payload.made[1]
    )


async def _checked(values: InvitationCreateInput, context: Context) -> str:
    if not context.may(Right.MANAGE_PEOPLE):
        raise refuse(RejectionCode.FORBIDDEN, "the role or the token may not do this")
    person_id = known(values.person_id, Noun.PERSON, "personId")
    row = await (await context.present()).people.load(person_id)
    if row is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such person", "personId")
    if row.deactivated_at is not None or row.erased_at is not None:
        raise refuse(RejectionCode.WRONG_STATE, "the person has no access", "personId")
    return person_id


async def _create(
    info: Info,
    input: Annotated[InvitationCreateInput, strawberry.argument(description="What is asked for.")],  # noqa: A002 - its name is the API's
) -> InvitationCreatePayload | None:
    try:
        person_id = await _checked(input, info.context)
    except Rejected as rejected:
        return InvitationCreatePayload(done=refused(info.context, input, rejected.rejections), made=None)
    made = None if input.dry_run else await info.context.outside.invite(person_id)
    return InvitationCreatePayload(done=Done(values=input), made=made)


@strawberry.type
class InvitationMutations:
    """The mutations of this noun."""

    invitation_create: InvitationCreatePayload | None = strawberry.mutation(
        resolver=_create,
        description="Makes a secret with which a person links their account at the OpenID provider, once; for ADMIN. "
        "The one before ends.",
    )
