"""Mutations of tokens: inputs, payloads, and what they ask of the door."""

from datetime import datetime
from typing import Annotated

import strawberry

from events.identifier import Noun, is_identifier
from events.rejection import Rejected, RejectionCode, refuse
from events.right import Right
from schema.act import Done, refused
from schema.context import Context, Info
from schema.field import column
from schema.input import MutationInput, given, known, optional, required
from schema.payload import MutationPayload
from schema.token import Token
from schema.token_door import MadeToken, TokenRequest, TokenRow

# --- inputs


@strawberry.input(description="Input of tokenCreate. An idempotency key is not kept: asking again makes another.")
class TokenCreateInput(MutationInput):
    """Input of tokenCreate."""

    name: str = required("What it is for, 200 characters at most.")
    program_id: strawberry.ID | None = optional("Of which program, for ADMIN; absent or null is the viewer's own.")
    scopes: list[Right] | None = optional(
        "The rights that it may use, of those that its holder has at the time; an empty list is for reading only. Absent or "
        "null is all, or those of the token that asks."
    )
    expires_at: datetime | None = optional("Until when it holds; absent or null is as long as is usual.")


@strawberry.input(description="Input of tokenRevoke.")
class TokenRevokeInput(MutationInput):
    """Input of tokenRevoke."""

    token_id: strawberry.ID = required("Which.")


# --- payloads


@strawberry.type(description="What tokenCreate did.")
class TokenCreatePayload(MutationPayload):
    """What making a token answers; nothing is recorded, so there are no events."""

    made: strawberry.Private[MadeToken | None]

    secret: str | None = column(
        "What goes behind `Authorization: Bearer`; told only here. Null if it was refused, or with `dryRun`.",
        lambda payload: None if payload.made is None else payload.made.secret,
    )
    token: Token | None = column("The token.", lambda payload: None if payload.made is None else Token(row=payload.made.token))


@strawberry.type(description="What tokenRevoke did.")
class TokenRevokePayload(MutationPayload):
    """What ending a token answers; nothing is recorded, so there are no events."""

    ended: strawberry.Private[TokenRow | None]

    token: Token | None = column("The token.", lambda payload: None if payload.ended is None else Token(row=payload.ended))


# --- mutations


async def _request(values: TokenCreateInput, context: Context) -> TokenRequest:
    scopes = given(values.scopes)
    return TokenRequest(
        actor_id=await _holder(values, context),
        name=values.name,
        scopes=None if scopes is None else frozenset(scopes),
        expires_at=given(values.expires_at),
        is_dry_run=values.dry_run,
    )


async def _holder(values: TokenCreateInput, context: Context) -> str:
    if not given(values.program_id):
        if context.own_person_id is None:
            raise refuse(RejectionCode.FORBIDDEN, "a program makes no tokens of its own; name the program")
        return context.own_person_id
    if not context.may(Right.MANAGE_PROGRAMS):
        raise refuse(RejectionCode.FORBIDDEN, "the role or the token may not do this", "programId")
    program_id = known(values.program_id or "", Noun.PROGRAM, "programId")
    row = await (await context.present()).programs.load(program_id)
    if row is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such program", "programId")
    if row.retired_at is not None:
        raise refuse(RejectionCode.WRONG_STATE, "the program is retired", "programId")
    return program_id


async def _create(
    info: Info,
    input: Annotated[TokenCreateInput, strawberry.argument(description="What is asked for.")],  # noqa: A002 - its name is the API's
) -> TokenCreatePayload | None:
    try:
        made = await info.context.outside.tokens.create(await _request(input, info.context))
    except Rejected as rejected:
        return TokenCreatePayload(done=refused(info.context, input, rejected.rejections), made=None)
    return TokenCreatePayload(done=Done(values=input), made=made)


async def _revoke(
    info: Info,
    input: Annotated[TokenRevokeInput, strawberry.argument(description="What is asked for.")],  # noqa: A002
) -> TokenRevokePayload | None:
    context, ended = info.context, None
    if is_identifier(input.token_id, Noun.TOKEN):
        with_programs = context.may(Right.MANAGE_PROGRAMS)
        ended = await context.outside.tokens.revoke(input.token_id, with_programs=with_programs, is_dry_run=input.dry_run)
    if ended is None:
        rejections = refuse(RejectionCode.NOT_FOUND, "no such token", "tokenId").rejections
        return TokenRevokePayload(done=refused(context, input, rejections), ended=None)
    return TokenRevokePayload(done=Done(values=input), ended=ended)


@strawberry.type
class TokenMutations:
    """The mutations of this noun."""

    token_create: TokenCreatePayload | None = strawberry.mutation(
        resolver=_create,
        description="Makes a token of the viewer or, for ADMIN, of a program. It is never for more, nor for longer, than the "
        "token that asks.",
    )
    token_revoke: TokenRevokePayload | None = strawberry.mutation(
        resolver=_revoke,
        description="Ends a token at once: one of the viewer or, for ADMIN, of a program. A token with scopes ends no other "
        "one of its holder.",
    )
