"""Checkpoints of the log, signed for those who may see all of it and keep its head elsewhere."""

from datetime import datetime

import strawberry

from events.right import Right
from events.verify_database import verify_newest
from schema.context import Context, Info
from schema.field import relation
from schema.refusal import GraphQLRefusal, RefusalCode
from schema.scalars import BigInt
from schema.verification import MOST_VERIFIED_EVENTS


@strawberry.type(description="The head of the log, signed, to be kept outside the database.")
class LogCheckpoint:
    """What was signed."""

    position: BigInt = strawberry.field(description="Position of the newest event.")
    hash: str = strawberry.field(description="The hash there, hexadecimal, which stands for everything before it.")
    recorded_at: datetime = strawberry.field(description="When that event was recorded.")
    note: str = strawberry.field(
        description="The same as a signed note, byte for byte what `okr-ledger verify --checkpoint` takes."
    )


async def checkpoint(context: Context) -> LogCheckpoint | None:
    """Sign the pinned head, None for those who may not see all of the log and where no key is set.

    Raises:
        GraphQLRefusal: LOG_NOT_VERIFIED where the log is not known to be whole up to there.
    """
    sign = context.outside.sign_checkpoint
    if sign is None or not context.may(Right.SEE_EVERYTHING):
        return None
    reader = context.reader
    async with reader.acquire() as connection:
        report = await verify_newest(connection, reader.organization_id, context.head.position, MOST_VERIFIED_EVENTS)
    if report is None:
        raise GraphQLRefusal(
            RefusalCode.LOG_NOT_VERIFIED,
            f"the last verification found a problem, or more than {MOST_VERIFIED_EVENTS} events came after it:"
            " run okr-ledger verify",
        )
    is_head = report.position != context.head.position or report.hash == context.head.hash
    if report.problem is not None or report.recorded_at is None or not is_head:
        position = report.position if report.problem is None else report.problem.position
        raise GraphQLRefusal(RefusalCode.LOG_NOT_VERIFIED, f"the log is not whole at position {position}")
    return LogCheckpoint(
        position=BigInt(report.position),
        hash=report.hash.hex(),
        recorded_at=report.recorded_at,
        note=sign(report),
    )


@strawberry.type
class CheckpointQueries:
    """Queries of checkpoints."""

    @relation(
        "The head of the log as a signed note, to be kept outside; for ADMIN and AUDITOR, null for others and where no key is "
        f"set. Refused when more than {MOST_VERIFIED_EVENTS} events came after the last verification, or it found a problem."
    )
    async def log_checkpoint(self, info: Info) -> LogCheckpoint | None:
        """Sign the head."""
        return await checkpoint(info.context)
