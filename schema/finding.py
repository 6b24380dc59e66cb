"""Findings as the API shows them."""

from collections.abc import Iterable
from typing import Annotated

import strawberry

import schema.subject
from events.coach import finding
from events.coach.finding import FindingCode, FindingSeverity
from events.coach.rules import RULE_SET_VERSION
from events.coach.texts import FindingText, Language, finding_text
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
        FindingCode.NO_COUNTER_METRIC: "A quantity, and nothing that watches over its cost or quality.",
        FindingCode.ONLY_LAGGING_METRICS: "Only what is seen when it is too late to act.",
        FindingCode.RELEVANCE_UNSTATED: "A team's objective with neither a description nor an alignment.",
        FindingCode.TASK: "Work instead of what comes of it.",
        FindingCode.ACTIVITY: "One's own doings are counted.",
        FindingCode.GAMEABLE: "A number that can be reached without the objective.",
        FindingCode.VAGUE_WORDING: "Words that nobody can check.",
        FindingCode.ESTIMATED_METRIC: "Estimated by its owner, not measured.",
        FindingCode.UNGROUNDED_TARGET: "A target that no figure supports.",
        FindingCode.NOT_TIME_BOUND: "Neither a due date nor an end of the cycle.",
        FindingCode.LOW_CONFIDENCE_WITHOUT_BLOCKER: "A confidence below 0.4, and no blocker named.",
        FindingCode.ON_TRACK_BUT_FLAT: "Reported as on track, with the same value for four weeks.",
    },
)
described(
    FindingSeverity,
    "FindingSeverity",
    "How much a finding is worth to look at. May grow: keep a default branch.",
    {
        FindingSeverity.INFO: "To think about; often right as it is.",
        FindingSeverity.WARNING: "Most likely to be changed.",
    },
)
described(
    Language,
    "Language",
    "A language that the coach speaks. May grow: keep a default branch.",
    {Language.EN: "English.", Language.ZH: "Chinese.", Language.RU: "Russian.", Language.CS: "Czech."},
)

Spoken = Annotated[Language, strawberry.argument(description="The language of the texts.")]


@strawberry.type(description="Advice on how something is written. It never blocks.")
class Finding:
    """Made from a finding of the domain."""

    row: strawberry.Private[finding.Finding]
    text: strawberry.Private[FindingText]

    code: FindingCode = column("Which rule.")
    severity: FindingSeverity = column("How much it is worth to look at.")
    message: str = column("What was found, in the language asked for.", lambda found: found.text.message)
    explanation: str = column("Why it matters, in the language asked for.", lambda found: found.text.explanation)
    suggestion: str = column("What to write instead, in the language asked for.", lambda found: found.text.suggestion)
    path: list[str] | None = column("The field of the subject that is meant.", lambda found: list(found.row.path) or None)
    rule_set_version: int = column("The version of the set of rules that it was found by.", lambda _: RULE_SET_VERSION)

    @relation("What it is about, as it is now; null while it is not written.")
    async def subject(self, info: Info) -> Subject | None:
        """Load the thing."""
        return await schema.subject.load_subject(self.row.subject_id, await info.context.present())


def findings_of(found: Iterable[finding.Finding], language: Language) -> list[Finding]:
    """Put findings into words of a language."""
    return [Finding(row=each, text=finding_text(each, language)) for each in found]
