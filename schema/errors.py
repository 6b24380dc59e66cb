"""Expected failures of mutations: data, with the place in the input that they are about."""

from typing import Any

import strawberry

from events.rejection import LimitExceeded, Rejection, RejectionCode, VersionConflict
from projections import recorded
from schema.context import Info
from schema.enumeration import described
from schema.event import Event, event_of
from schema.field import column, relation
from schema.node import Subject
from schema.subject import load_subject

MOST_EVENTS_SINCE = 50

described(
    RejectionCode,
    "UserErrorCode",
    "Rules that refuse. May grow: keep a default branch and show `message`.",
    {
        RejectionCode.NOT_FOUND: "It does not exist, or the viewer may not see it.",
        RejectionCode.FORBIDDEN: "The viewer's role may not do this.",
        RejectionCode.INVALID: "A value is not allowed.",
        RejectionCode.REQUIRED: "A value is missing.",
        RejectionCode.LIMIT_EXCEEDED: "A documented limit is exceeded.",
        RejectionCode.HISTORICAL_ID: "The id is one of the past; use the thing's entityId.",
        RejectionCode.ID_TAKEN: "The id that the client brought was given to something else.",
        RejectionCode.VERSION_CONFLICT: "Somebody changed it in between.",
        RejectionCode.IDEMPOTENCY_KEY_REUSED: "The key was used for another request.",
        RejectionCode.REASON_REQUIRED: "This change needs a reason.",
        RejectionCode.START_EQUALS_TARGET: "Start and target are the same.",
        RejectionCode.WRONG_DIRECTION: "The target lies in the other direction.",
        RejectionCode.NOT_POSITIVE: "It must be above zero.",
        RejectionCode.ALIGNMENT_CYCLE: "It would stand below itself.",
        RejectionCode.DEPENDENCY_CYCLE: "It would depend on itself.",
        RejectionCode.WRONG_STATE: "The thing's state does not permit it.",
        RejectionCode.CYCLE_CLOSED: "The cycle is closed and sealed.",
        RejectionCode.IN_FUTURE: "It lies in the future.",
        RejectionCode.METRIC_FROZEN: "Kind and unit are frozen after the first check-in.",
        RejectionCode.NAME_TAKEN: "Another cycle or custom field has the name.",
        RejectionCode.EXPLANATION_REQUIRED: "The score needs an explanation or a root cause.",
    },
)


def _path(error: Any) -> list[str] | None:
    return list(error.row.path) or None


@strawberry.interface(description="Why something was refused. New members come: keep a default branch.")
class UserError:
    """Made from a rejection of the domain, which each member holds as its `row`."""

    code: RejectionCode = column("Which rule.")
    message: str = column("In words, for developers and for a fall-back display.")
    path: list[str] | None = column(
        "The field of the input, places in lists as numbers; null when it is about no field.",
        _path,
    )


@strawberry.type(description="A refusal without further data.")
class PlainError(UserError):
    """Most refusals."""

    row: strawberry.Private[Rejection]


@strawberry.type(description="Somebody else changed the thing in between.")
class VersionConflictError(UserError):
    """With what happened since."""

    row: strawberry.Private[VersionConflict]

    current_version: int = column("The version now.")

    @relation("The thing now; null if the viewer may not see it.")
    async def current(self, info: Info) -> Subject | None:
        """Load the thing."""
        return await load_subject(self.row.subject_id, await info.context.present())

    @relation(f"The changes of its definition since the expected version, oldest first; at most {MOST_EVENTS_SINCE}.")
    async def events_since(self, info: Info) -> list[Event]:
        """Load the events."""
        view = await info.context.present()
        rows = await recorded.events_since(view.reader, self.row.subject_id, self.row.expected_version, MOST_EVENTS_SINCE)
        return [event_of(row, view) for row in rows]


@strawberry.type(description="There is more of something than is allowed.")
class LimitError(UserError):
    """With both numbers."""

    row: strawberry.Private[LimitExceeded]

    limit: int = column("The most that is allowed.")
    actual: int = column("What was given.")


def user_error(rejected: Rejection) -> UserError:
    """Answer a rejection as the API shows it."""
    match rejected:
        case VersionConflict():
            return VersionConflictError(row=rejected)
        case LimitExceeded():
            return LimitError(row=rejected)
        case _:
            return PlainError(row=rejected)


ERROR_TYPES = (PlainError, VersionConflictError, LimitError)
"""All members; the schema is given them, for nothing else refers to them."""
