"""Findings as the API shows them."""

import strawberry

import schema.subject
from events import finding
from events.finding import FindingCode
from schema.context import Info
from schema.enumeration import described
from schema.field import column, relation
from schema.node import Subject

described(
    FindingCode,
    "FindingCode",
    "Kinds of advice. May grow: keep a default branch and show `message`.",
    {
        FindingCode.TOO_MANY_OBJECTIVES: "More than 5 objectives of a team or a person in one cycle.",
        FindingCode.KEY_RESULT_COUNT: "Fewer than 2 or more than 5 key results.",
        FindingCode.DIGITS_IN_TITLE: "A number in an objective's title.",
        FindingCode.NO_BASELINE: "A target without a start.",
        FindingCode.UNDECIDED_METRIC: "Nothing measurable yet.",
        FindingCode.SANDBAGGING: "A confidence above 0.9 at the first check-in.",
    },
)


@strawberry.type(description="Advice on how something is written. It never blocks.")
class Finding:
    """Made from a finding of the domain."""

    row: strawberry.Private[finding.Finding]

    code: FindingCode = column("Which rule.")
    message: str = column("In words, for developers and for a fall-back display.")
    path: list[str] | None = column("The field of the subject that is meant.", lambda found: list(found.row.path) or None)

    @relation("What it is about, as it is now; null while it is not written.")
    async def subject(self, info: Info) -> Subject | None:
        """Load the thing."""
        return await schema.subject.load_subject(self.row.subject_id, await info.context.present())
