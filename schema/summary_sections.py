"""What summaries say, section by section: facts that are put into words later, in any language and format.

A sentence names its events. Those that the reader may not see are left out, and so is a sentence that none is left for.
"""

from asyncio import gather
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import partial

import schema.summary_changes
from events.health import Status
from events.identifier import Noun, noun_of
from projections import activity, audit, summaries
from projections.activity import ActivityOf
from projections.alignment import GraphScope
from projections.attribution import Sources
from projections.comparison import ComparedRow, ComparisonRow
from projections.condition import Compare, Condition, Every, Operator
from projections.event_listing import Source
from projections.page import Window
from projections.rows import EventRow, KeyResultRow, RecognitionRow
from projections.summaries import OpenKeyResult
from schema.subject import load_subject, shown_text
from schema.summary_words import Said, Words
from schema.view import View

MOST_EVENTS = 20
"""Events that a sentence names, the newest ones."""
_MOST_TITLES = 20
"""Key results that a sentence names."""
_MOST_RECOGNITIONS = 100

Say = Callable[[Words], Said]


class SummarySectionKind(StrEnum):
    """What a section is about."""

    MOVED = "MOVED"
    AT_RISK = "AT_RISK"
    CHANGED = "CHANGED"
    OVERDUE = "OVERDUE"
    RECOGNIZED = "RECOGNIZED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """Something to say, and the positions of the events that it follows from, oldest first."""

    say: Say
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The sentences of a section, and how many more there would be."""

    kind: SummarySectionKind
    sentences: tuple[Sentence, ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a summary is of, and the views of its two moments; `present` is that of the pinned head, for events."""

    kind: GraphScope
    scope_id: str
    before: View
    after: View
    present: View

    @property
    def most_sentences(self) -> int:
        """How many sentences a section has at most."""
        return self.present.limits.summary_sentences


_ACTIVITIES = {
    GraphScope.PERSON: ActivityOf.PERSON,
    GraphScope.TEAM: ActivityOf.TEAM,
    GraphScope.CYCLE: ActivityOf.CYCLE,
}


async def sections_of(told: Told, compared: ComparisonRow) -> tuple[Section, ...]:
    """Answer all sections, empty ones too.

    `compared` is the comparison of the two moments.
    """
    after = told.after
    pieces = await summaries.open_key_results(after.reader, after.lens, told.kind, told.scope_id, after.calendar)
    found = await gather(
        _moved(told, compared), _at_risk(told, pieces), _changed(told), _overdue(told, pieces), _recognized(told)
    )
    return tuple(await gather(*(_seen(each, told.present) for each in found)))


async def _seen(section: Section, present: View) -> Section:
    """Answer a section with the events that the viewer may see, and without sentences that have none."""
    positions = sorted({position for each in section.sentences for position in each.positions})
    known = {row.position for row in await present.events.load_many(positions) if row is not None}
    backed = (
        replace(each, positions=tuple(position for position in each.positions if position in known)[-MOST_EVENTS:])
        for each in section.sentences
    )
    return replace(section, sentences=tuple(each for each in backed if each.positions))


def _cut(told: Told, kind: SummarySectionKind, sentences: Sequence[Sentence], more: int = 0) -> Section:
    most = told.most_sentences
    return Section(kind=kind, sentences=tuple(sentences[:most]), more=more + max(len(sentences) - most, 0))


# --- what moved


async def _moved(told: Told, compared: ComparisonRow) -> Section:
    moved = [each for each in compared.changed if each.movement and noun_of(each.id) is Noun.KEY_RESULT]
    shown = moved[: told.most_sentences]
    events = await _between(told, [each.id for each in shown], summaries.MOVING_TYPES)
    rows = await told.after.key_results.load_many([each.id for each in shown])
    comments = await gather(*(_comment(told, events[each.id]) for each in shown))
    parts = [
        Sentence(say=partial(_say_part, row, each, comment), positions=tuple(events[each.id]))
        for each, row, comment in zip(shown, rows, comments, strict=True)
        if row is not None
    ]
    sentences: list[Sentence] = []
    if moved:
        sentences.append(Sentence(say=partial(_say_count, "moved", len(moved)), positions=_all(parts)))
    for message, (objectives, key_results), types in (
        ("came", compared.added, summaries.COMING_TYPES),
        ("went", compared.removed, summaries.GOING_TYPES),
    ):
        if key_results:
            known = await _between(told, [*objectives, *key_results], types)
            several = tuple(sorted({position for each in known.values() for position in each}))
            sentences.append(Sentence(say=partial(_say_count, message, len(key_results)), positions=several))
    whole = _whole(compared, _all([*sentences, *parts]))
    return _cut(told, SummarySectionKind.MOVED, [*whole, *sentences, *parts], len(moved) - len(shown))


def _all(sentences: Iterable[Sentence]) -> tuple[int, ...]:
    return tuple(sorted({position for each in sentences for position in each.positions}))


async def _between(told: Told, ids: Sequence[str], types: Sequence[str]) -> dict[str, list[int]]:
    before, after = told.before, told.after
    return await summaries.events_between(after.reader, before.lens, after.lens, ids, types, size=MOST_EVENTS)


async def _comment(told: Told, positions: Sequence[int]) -> str | None:
    """Answer what the newest check-in of some events says, as it stands at the later moment."""
    rows = await told.present.events.load_many(list(positions))
    ids = [row.subject_id for row in reversed(rows) if row is not None and noun_of(row.subject_id) is Noun.CHECK_IN]
    check_in = await told.after.check_ins.load(ids[0]) if ids else None
    return None if check_in is None or check_in.retracted_at is not None else check_in.comment


def _say_count(message: str, count: int, words: Words) -> Said:
    return words.count(message, count)


def _whole(compared: ComparisonRow, positions: tuple[int, ...]) -> Iterable[Sentence]:
    row = compared.summary
    if row.progress_before != row.progress_after:
        yield Sentence(
            say=lambda words: words.say(
                "whole",
                before=_progress(row.progress_before, words),
                after=_progress(row.progress_after, words),
                sources=_sources(row.sources, words),
            ),
            positions=positions,
        )


def _say_part(row: KeyResultRow, compared: ComparedRow, comment: str | None, words: Words) -> Said:
    facts = {
        "title": row.title,
        "before": _progress(compared.progress_before, words),
        "after": _progress(compared.progress_after, words),
        "sources": _sources(compared.sources, words),
    }
    return words.say("moved.said", **facts, comment=comment) if comment else words.say("moved.part", **facts)


def _progress(value: Decimal | None, words: Words) -> Said:
    return words.say("unknown") if value is None else words.percent(value)


def _sources(sources: Sources, words: Words) -> Said:
    named = {
        "source.values": sources.by_values,
        "source.targets": sources.by_targets,
        "source.weights": sources.by_weights,
        "source.scope": sources.by_scope,
    }
    return words.joined(words.say(name, points=words.points(value)) for name, value in named.items() if value)


# --- what is at risk


async def _at_risk(told: Told, pieces: Sequence[OpenKeyResult]) -> Section:
    risky = [each for each in pieces if each.status in (Status.OFF_TRACK, Status.AT_RISK)]
    risky.sort(key=lambda each: (each.status is not Status.OFF_TRACK, 1 if each.confidence is None else each.confidence))
    sentences = [Sentence(say=partial(_say_risk, each), positions=(each.position,)) for each in risky]
    return _cut(told, SummarySectionKind.AT_RISK, sentences)


def _say_risk(each: OpenKeyResult, words: Words) -> Said:
    details = [words.say(f"status.{each.status}")]
    if each.confidence is not None:
        details.append(words.say("confidence", confidence=words.percent(each.confidence)))
    facts = {"title": each.title, "objective": each.objective_title, "details": words.joined(details)}
    return words.say("at_risk.blocked", **facts, blockers=each.blockers) if each.blockers else words.say("at_risk", **facts)


# --- what was changed


async def _changed(told: Told) -> Section:
    rows, count = await _listed(told, schema.summary_changes.TYPES, told.most_sentences)
    said = await gather(*(schema.summary_changes.sentence_of(row, told.after, told.present) for row in reversed(rows)))
    sentences = [Sentence(say=say, positions=(row.position,)) for row, say in zip(reversed(rows), said, strict=True) if say]
    return Section(kind=SummarySectionKind.CHANGED, sentences=tuple(sentences), more=count - len(rows))


async def _listed(told: Told, types: Sequence[str], size: int) -> tuple[Sequence[EventRow], int]:
    """Answer the newest events of some types in the span, and how many there are."""
    reader, lens = told.after.reader, told.after.lens
    found = await activity.histories(reader, lens, _ACTIVITIES[told.kind], told.scope_id)
    # Of a person, too, only what concerns them, and not all that they did.
    sources = ((Source.THING, found.thing_ids),)
    condition: Condition = Every(
        (
            Compare("type", Operator.IN, tuple(types)),
            Compare("position", Operator.GREATER, told.before.lens.position),
        )
    )
    page = await audit.merged_page(reader, lens, sources, Window(first=size), condition)
    count = await audit.merged_count(reader, lens, sources, condition) if page.has_next else len(page.rows)
    return page.rows, count


# --- who is overdue


async def _overdue(told: Told, pieces: Sequence[OpenKeyResult]) -> Section:
    late: dict[str | None, list[OpenKeyResult]] = defaultdict(list)
    for each in pieces:
        if each.is_overdue:
            late[each.person_id].append(each)
    people = sorted(late, key=lambda person_id: (person_id is None, -len(late[person_id]), person_id or ""))
    names = await gather(*(_name(person_id, told.after) for person_id in people[: told.most_sentences]))
    sentences = [
        Sentence(say=partial(_say_overdue, name, late[person_id]), positions=tuple(sorted(x.position for x in late[person_id])))
        for person_id, name in zip(people, names, strict=False)
    ]
    return _cut(told, SummarySectionKind.OVERDUE, sentences, max(len(people) - told.most_sentences, 0))


def _say_overdue(name: str | None, late: Sequence[OpenKeyResult], words: Words) -> Said:
    titles = [words.say("quote", text=each.title) for each in late[:_MOST_TITLES]]
    if len(late) > _MOST_TITLES:
        titles.append(Said("…"))
    person = words.say("nobody") if name is None else name
    return words.count("overdue", len(late), person=person, titles=words.joined(titles))


# --- who was recognized


async def _recognized(told: Told) -> Section:
    rows, _ = await _listed(told, ("recognition.given",), _MOST_RECOGNITIONS)
    given = await told.after.recognitions.load_many([row.subject_id for row in reversed(rows)])
    standing = [
        each
        for each in given
        if each is not None
        and each.withdrawn_at is None
        and (told.kind is not GraphScope.PERSON or told.scope_id in each.person_ids)
    ]
    say = await gather(*(_say_recognized(each, told.after) for each in standing))
    sentences = [Sentence(say=said, positions=(each.position,)) for each, said in zip(standing, say, strict=True)]
    return _cut(told, SummarySectionKind.RECOGNIZED, sentences)


async def _say_recognized(given: RecognitionRow, view: View) -> Say:
    people = [name for name in await gather(*(_name(each, view) for each in given.person_ids)) if name]
    author = await _name(given.author_id, view)
    return lambda words: words.say(
        "recognized",
        people=words.joined(people),
        author=words.say("unknown") if author is None else author,
        text=given.text or "",
    )


async def _name(thing_id: str | None, view: View) -> str | None:
    return None if thing_id is None else shown_text(await load_subject(thing_id, view)) or None
