"""Spans: stretches of time that an argument asks for."""

from datetime import datetime

import strawberry

from schema.refusal import GraphQLRefusal, RefusalCode


@strawberry.input(description="A stretch of time, both ends inclusive.")
class SpanInput:
    """From an instant to an instant."""

    from_: datetime | None = strawberry.field(
        name="from", description="Where it begins; absent is the start of everything.", default=strawberry.UNSET
    )
    to: datetime | None = strawberry.field(description="Where it ends; absent is now.", default=strawberry.UNSET)


def bounds_of(span: SpanInput | None) -> tuple[datetime | None, datetime | None]:
    """Answer where a span begins and ends, None where it says nothing.

    Raises:
        GraphQLRefusal: ARGUMENT_INVALID when it ends before it begins.
    """
    begin, end = (span.from_ or None, span.to or None) if span else (None, None)
    if begin is not None and end is not None and end < begin:
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, "span ends before it begins")
    return begin, end
