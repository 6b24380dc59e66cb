"""Verification of the log by those who may see all of it."""

from datetime import datetime
from typing import Annotated

import strawberry

from events.right import Right
from events.verify_database import verify_span
from schema.context import Context, Info
from schema.field import relation
from schema.refusal import GraphQLRefusal, RefusalCode
from schema.scalars import BigInt

MOST_VERIFIED_EVENTS = 10_000


@strawberry.type(description="Whether the log is what it was.")
class LogVerification:
    """What one request verified."""

    valid: bool = strawberry.field(description="Whether every hash follows from the one before.")
    position: BigInt = strawberry.field(description="Up to where: the last event that is what it was.")
    hash: str = strawberry.field(description="The hash there, hexadecimal.")
    first_invalid_position: BigInt | None = strawberry.field(description="The first that does not follow; null if all do.")
    checked_event_count: BigInt = strawberry.field(description="How many were checked and are valid.")
    complete: bool = strawberry.field(description="Whether upTo was reached; if not, go on behind position.")
    verified_at: datetime = strawberry.field(description="When.")


async def verify(context: Context, after: int | None, up_to: int | None) -> LogVerification | None:
    """Verify a part of the log with the independent verifier, None for those who may not see all of it.

    Raises:
        GraphQLRefusal: ARGUMENT_INVALID where the part does not lie in the log.
    """
    if not context.may(Right.SEE_EVERYTHING):
        return None
    context.leave_the_log()
    begin = after or 0
    end = context.head.position if up_to is None else up_to
    if not 0 <= begin <= end <= context.head.position:
        raise GraphQLRefusal(
            RefusalCode.ARGUMENT_INVALID, f"after and upTo must rise and lie within 0 and {context.head.position}"
        )
    reader = context.reader
    async with reader.acquire() as connection:
        report = await verify_span(connection, reader.organization_id, begin, min(begin + MOST_VERIFIED_EVENTS, end))
    if report is None:
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, f"there is no event at position {begin}")
    # The head was pinned with its hash: at the end the two must agree.
    first_invalid = None if report.problem is None else report.problem.position
    if first_invalid is None and report.position == context.head.position and report.hash != context.head.hash:
        first_invalid = report.position
    return LogVerification(
        valid=first_invalid is None,
        position=BigInt(report.position),
        hash=report.hash.hex(),
        first_invalid_position=None if first_invalid is None else BigInt(first_invalid),
        checked_event_count=BigInt(report.position - begin),
        complete=report.position == end,
        verified_at=context.now,
    )


@strawberry.type
class VerificationQueries:
    """Queries of the verification of the log."""

    @relation(
        f"Whether the log is what it was, {MOST_VERIFIED_EVENTS} events at most at a time; "
        "for ADMIN and AUDITOR, null for others."
    )
    async def log_verification(
        self,
        info: Info,
        after: Annotated[
            BigInt | None,
            strawberry.argument(description="Behind which position, whose hash is trusted; null is the beginning."),
        ] = None,
        up_to: Annotated[BigInt | None, strawberry.argument(description="Up to which position; null is the end.")] = None,
    ) -> LogVerification | None:
        """Verify a part of the log."""
        return await verify(info.context, after, up_to)
