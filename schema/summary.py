"""Summaries: what happened to a person, a team or a cycle between two moments, in sentences that name their events.

Every sentence follows from the log: the same log, moments and reader give the same bytes.
"""

from collections.abc import Sequence
from html import escape
from typing import Annotated

import strawberry

import schema.event
from events.calendar import day_of
from events.coach.texts import Language
from events.identifier import Noun
from projections import comparison
from projections.alignment import GraphScope
from projections.compared_states import ScopeTooLargeError
from schema.context import Context, Info
from schema.enumeration import described
from schema.field import column, relation
from schema.finding import Spoken
from schema.identifiers import parse_identifier
from schema.moment import Moment, MomentInput
from schema.refusal import GraphQLRefusal, RefusalCode
from schema.scalars import BigInt
from schema.subject import load_subject, shown_text
from schema.summary_sections import (
    MOST_EVENTS,
    Section,
    Sentence,
    SummarySectionKind,
    Told,
    sections_of,
)
from schema.summary_words import Format, Said, Words
from schema.view import MOST_SENTENCES, View

described(
    SummarySectionKind,
    "SummarySectionKind",
    "What a section of a summary is about. May grow: keep a default branch and show `title`.",
    {
        SummarySectionKind.MOVED: "What moved, and why.",
        SummarySectionKind.AT_RISK: "What was reported at risk or off track, as it stands at the later moment.",
        SummarySectionKind.CHANGED: "What was changed in the definitions, oldest first.",
        SummarySectionKind.OVERDUE: "Whose check-ins are missing at the later moment.",
        SummarySectionKind.RECOGNIZED: "Who was recognized, oldest first.",
    },
)

SummaryOf = Annotated[
    strawberry.ID,
    strawberry.argument(name="of", description="A person, a team with those below, or a cycle, as at the later moment."),
]
_SCOPES = {Noun.PERSON: GraphScope.PERSON, Noun.TEAM: GraphScope.TEAM, Noun.CYCLE: GraphScope.CYCLE}


@strawberry.type(description="One sentence of a summary.")
class SummarySentence:
    """What is said, and why."""

    row: strawberry.Private[Sentence]
    words: strawberry.Private[Words]

    text: str = column("The sentence, as plain text.", lambda source: source.row.say(source.words))

    @relation(f"The events that it follows from, oldest first; the newest, at most {MOST_EVENTS}.")
    async def events(self, info: Info) -> "list[schema.event.Event]":
        """Load the events."""
        view = await info.context.present()
        rows = await view.events.load_many(list(self.row.positions))
        return [schema.event.event_of(row, view) for row in rows if row is not None]


@strawberry.type(description="One section of a summary.")
class SummarySection:
    """What is said of one matter."""

    row: strawberry.Private[Section]
    words: strawberry.Private[Words]

    kind: SummarySectionKind = column("What it is about.")
    title: str = column("Its heading, in the language asked for.", lambda source: _heading(source.row, source.words))
    sentences: list[SummarySentence] = column(
        f"What it says; at most {MOST_SENTENCES}.",
        lambda source: [SummarySentence(row=each, words=source.words) for each in source.row.sentences],
    )
    more_count: int = column("How many sentences more there would be.", lambda source: source.row.more)


@strawberry.type(
    description="What happened to a person, a team or a cycle between two moments, in sentences that name their events. The "
    "same log, moments and viewer give the same bytes. What the viewer may not see is not said."
)
class Summary:
    """A scope between two moments."""

    told: strawberry.Private[Told]
    name: strawberry.Private[str]
    parts: strawberry.Private[Sequence[Section]]
    spoken: strawberry.Private[Language]

    from_: Moment = column("The earlier moment.", lambda source: _moment(source.told.before), name="from")
    to: Moment = column("The later moment.", lambda source: _moment(source.told.after))
    title: str = column("Its heading, in the language asked for.", lambda source: source.headed(source.words(Format.TEXT)))
    sections: list[SummarySection] = column(
        "What it says, empty sections too; at most 20.",
        lambda source: [SummarySection(row=each, words=source.words(Format.TEXT)) for each in source.parts],
    )
    markdown: str = column(
        "All of it in Markdown (CommonMark), with the positions of the events behind each sentence. "
        "What people wrote is escaped.",
        lambda source: source.written_as_markdown(),
    )
    html: str = column(
        "All of it as an `article` of HTML, each sentence with the positions of its events in `data-events`. "
        "What people wrote is escaped.",
        lambda source: source.written_as_html(),
    )

    def words(self, format_: Format) -> Words:
        """Answer the words to say it with."""
        return Words(language=self.spoken, format=format_)

    def headed(self, words: Words) -> Said:
        """Answer the heading."""
        before, after = self.told.before, self.told.after
        zone = after.settings.time_zone
        return words.say(
            "title",
            name=self.name,
            begin=words.day(day_of(before.lens.instant, zone)),
            end=words.day(day_of(after.lens.instant, zone)),
        )

    def written_as_markdown(self) -> str:
        """Write it out in Markdown."""
        words = self.words(Format.MARKDOWN)
        blocks = [f"# {self.headed(words)}"]
        for section in self.parts:
            blocks.append(f"## {_heading(section, words)}")
            blocks.append("\n".join(f"- {said}{_numbers(positions)}" for said, positions in _lines(section, words)))
        return "\n\n".join(blocks) + "\n"

    def written_as_html(self) -> str:
        """Write it out as HTML."""
        words = self.words(Format.HTML)
        lines = [f'<article lang="{escape(self.spoken)}">', f"<h1>{self.headed(words)}</h1>"]
        for section in self.parts:
            lines += ["<section>", f"<h2>{_heading(section, words)}</h2>", "<ul>"]
            for said, positions in _lines(section, words):
                events = f' data-events="{" ".join(map(str, positions))}"' if positions else ""
                lines.append(f"<li{events}>{said}</li>")
            lines += ["</ul>", "</section>"]
        return "\n".join([*lines, "</article>"]) + "\n"


async def load_summary(
    context: Context, of: str, from_: MomentInput, to: MomentInput | None, language: Language
) -> Summary | None:
    """Answer the summary of a thing, None when there is no such person, team or cycle at the later moment.

    Raises:
        GraphQLRefusal: ARGUMENT_INVALID when the moments are not in order or the scope is too large, and whatever a moment
            may be refused for.
    """
    reference = parse_identifier(of)
    if reference is None or reference.noun not in _SCOPES:
        return None
    before = await context.at(from_, set())
    after = await context.at(to, {reference.instant} if reference.instant else set())
    if after.lens.instant < before.lens.instant:
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, "the summary ends before it begins")
    thing = await load_subject(reference.entity_id, after)
    if thing is None:
        return None
    kind, limit = _SCOPES[reference.noun], context.limits.compared_objectives
    try:
        compared = await comparison.compare(
            context.reader, before.lens, after.lens, kind, reference.entity_id, objective_limit=limit
        )
    except ScopeTooLargeError as error:
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, str(error)) from error
    told = Told(kind=kind, scope_id=reference.entity_id, before=before, after=after, present=await context.present())
    return Summary(told=told, name=shown_text(thing), parts=await sections_of(told, compared), spoken=language)


def _moment(view: View) -> Moment:
    return Moment(position=BigInt(view.lens.position), time=view.lens.instant)


def _heading(section: Section, words: Words) -> Said:
    return words.say(f"section.{section.kind}")


def _lines(section: Section, words: Words) -> list[tuple[Said, tuple[int, ...]]]:
    lines = [(each.say(words), each.positions) for each in section.sentences]
    if section.more:
        lines.append((words.count("more", section.more), ()))
    return lines or [(words.say("nothing"), ())]


def _numbers(positions: Sequence[int]) -> str:
    return f" ({', '.join(f'#{position}' for position in positions)})" if positions else ""


@strawberry.type
class SummaryQueries:
    """Queries of summaries."""

    @relation(
        "What happened to a person, a team or a cycle between two moments, in sentences that name their events: what moved and "
        "why, what is at risk, what was changed, who is overdue, who was recognized; null if there is no such thing."
    )
    async def summary(
        self,
        info: Info,
        of: SummaryOf,
        from_: Annotated[MomentInput, strawberry.argument(name="from", description="The earlier moment.")],
        to: Annotated[
            MomentInput | None, strawberry.argument(description="The later moment; null or absent is now.")
        ] = strawberry.UNSET,
        language: Spoken = Language.EN,
    ) -> Summary | None:
        """Answer the summary of a thing."""
        return await load_summary(info.context, of, from_, to, language)
