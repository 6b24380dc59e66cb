"""Search: things whose name, title, description or comment holds every word that is looked for, as of a lens.

Words are compared folded (`definition_rows.folded`) and as parts of words, so that scripts without spaces are searched
like any other. Names of people are sealed and searched in memory.

The order, first that differs: where the words stand (`Place`), open before ended, newest first, identifier.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum

from asyncpg import Record

from projections.conversation_listing import COMMENTS
from projections.definition_rows import folded
from projections.keyset import beyond, key_value, terms_of
from projections.lens import Lens
from projections.listing import Field, Kind, Listing
from projections.memory import cut
from projections.names import names
from projections.page import Order, Page, SortKey, Window
from projections.predicate import Parameters
from projections.reader import Reader
from projections.statement import fetch

SNIPPET_LENGTH = 160
"""Characters of a snippet at most, without the dots at its ends."""

_BEFORE = 60
_HOLE = re.compile(r"\{(place|words):([^}]*)\}")
_EPOCH = datetime.fromtimestamp(0, UTC)


class SearchType(StrEnum):
    """What can be found."""

    OBJECTIVE = "OBJECTIVE"
    KEY_RESULT = "KEY_RESULT"
    INITIATIVE = "INITIATIVE"
    TEAM = "TEAM"
    PERSON = "PERSON"
    CYCLE = "CYCLE"
    COMMENT = "COMMENT"
    KPI = "KPI"
    TEMPLATE = "TEMPLATE"


class Place(IntEnum):
    """Where the words stand, the best first; `TITLE` stands for names too."""

    WHOLE_TITLE = 0
    BEGINNING_OF_TITLE = 1
    TOGETHER_IN_TITLE = 2
    TITLE = 3
    TEXT = 4
    CHECK_IN = 5
    COMMENT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something found; `snippet` is the text around the first word, None where the title has them all."""

    id: str
    title: str
    snippet: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is looked for, folded: the whole text and its words."""

    whole: str
    each: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Words":
        """Split a text at white space; a word that is part of another says nothing more."""
        words = dict.fromkeys(folded(text).split())
        return cls(whole=" ".join(folded(text).split()), each=tuple(words))


ORDERS = (Order(field="place"), Order(field="is_ended"), Order(field="created_at", is_descending=True))

_HITS = Listing(
    alias="hit",
    table="",
    columns="",
    fields={},
    orders={
        "place": Field(sql="hit.place", kind=Kind.INTEGER),
        "is_ended": Field(sql="hit.is_ended", kind=Kind.INTEGER),
        "created_at": Field(sql="hit.created_at", kind=Kind.INSTANT),
    },
    default_order=ORDERS,
)

# The place of the words in a folded title, where it holds them all; else `otherwise`.
_PLACE = """case
    when {title} = :whole::text then 0
    when starts_with({title}, :whole::text) then 1
    when strpos({title}, :whole::text) > 0 then 2
    when {in_title} then 3
    else {otherwise}
end"""

_PARTS = {
    SearchType.OBJECTIVE: """
select o.id, o.title, {place:o.title_folded:4} as place, (o.state in ('CLOSED', 'CANCELLED'))::integer as is_ended,
    o.created_at, array[o.description, array_to_string(o.labels, ', '), o.review_explanation, o.review_root_cause,
    o.review_learned] as texts
from {projection}.objective o
where {at:o} and {seen:o} and {words:o.title_folded:o.text_folded}
""",
    SearchType.KEY_RESULT: """
select k.id, k.title, {place:k.title_folded:5} as place,
    (k.dropped_at is not null or k.objective_state in ('CLOSED', 'CANCELLED'))::integer as is_ended, k.created_at, said.texts
from {projection}.key_result k
left join (
    select distinct on (r.key_result_id) r.key_result_id, array[r.comment, r.blockers, r.next_steps] as texts
    from {projection}.check_in r
    where {at:r} and r.retracted_at is null and {words:r.text_folded}
    order by r.key_result_id, r.effective_at desc, r.position desc
) as said on said.key_result_id = k.id
where {at:k} and {seen_part:k} and (({words:k.title_folded}) or said.key_result_id is not null)
""",
    SearchType.INITIATIVE: """
select i.id, i.title, {place:i.title_folded:4} as place, (i.state in ('DONE', 'DROPPED'))::integer as is_ended,
    i.created_at, array[i.description, array_to_string(i.labels, ', ')] as texts
from {projection}.initiative i
where {at:i} and {seen_initiative:i} and {words:i.title_folded:i.text_folded}
""",
    SearchType.TEAM: """
select t.id, t.name as title, {place:t.name_folded:4} as place, (t.archived_at is not null)::integer as is_ended,
    'epoch'::timestamptz as created_at, null::text[] as texts
from {projection}.team t where {at:t} and {words:t.name_folded}
""",
    SearchType.CYCLE: """
select c.id, c.name as title, {place:c.name_folded:4} as place, (c.phase = 'CLOSED')::integer as is_ended,
    c.created_at, null::text[] as texts
from {projection}.cycle c where {at:c} and {words:c.name_folded}
""",
    # Called like what it is about; a recognition is called by its own words.
    SearchType.COMMENT: """
select said.id, coalesce(
        (select o.title from {projection}.objective o where {at:o} and o.id = said.subject_id),
        (select left(praise.text, :title_length) from {projection}.recognition praise
            where {at:praise} and praise.id = said.subject_id),
        (select k.title from {projection}.key_result k where {at:k} and k.id = said.key_result_id),
        (select c.name from {projection}.cycle c where {at:c} and c.id = said.subject_id),
        (select t.name from {projection}.team t where {at:t} and t.id = said.subject_id),
        (select s.name from {projection}.organization s where {at:s} and s.id = said.subject_id), ''
    ) as title, 6 as place, 0 as is_ended, said.written_at as created_at, array[said.text] as texts
from {projection}.comment said
where {at:said} and {seen_comment} and {words:said.text_folded}
""".replace("{seen_comment}", COMMENTS.seen),
    SearchType.KPI: """
select kpi.id, kpi.title, {place:kpi.title_folded:4} as place, (kpi.archived_at is not null)::integer as is_ended,
    kpi.created_at, array[kpi.description, array_to_string(kpi.labels, ', ')] as texts
from {projection}.kpi kpi where {at:kpi} and {words:kpi.title_folded:kpi.text_folded}
""",
    SearchType.TEMPLATE: """
select template.id, template.title, {place:template.title_folded:4} as place,
    (template.archived_at is not null)::integer as is_ended, template.created_at, array[template.description] as texts
from {projection}.template template
where {at:template} and {words:template.title_folded:template.text_folded}
""",
}

# Answers a page of what was found.
_PAGE = """
select hit.* from ({parts}) as hit
where {bounds}
order by {ordering}
limit :size
"""

# Answers how much was found.
_COUNT = "select count(*) as found from ({parts}) as hit"

# Answers who of some people have no access any more.
_ENDED = """
select p.id from {projection}.person p
where {at:p} and p.id = any(:ids::text[]) and (p.deactivated_at is not null or p.erased_at is not null)
"""


async def page(reader: Reader, lens: Lens, words: Words, types: Collection[SearchType], window: Window) -> Page[Hit]:
    """Answer a page of what the viewer may see and every word is found in.

    Raises:
        TooManyPeopleError: there are more people than names are opened for.
        KeyMismatchError: a bound of the window is none of this order.
    """
    terms, parameters = terms_of(_HITS, ORDERS), Parameters("c")
    flipped = tuple(term.flipped for term in terms)
    bounds = " and ".join(
        beyond(direction, bound, parameters)
        for direction, bound in ((terms, window.after), (flipped, window.before))
        if bound is not None
    )
    size = window.last or 0 if window.first is None else window.first
    entries = await _people(reader, lens, words) if SearchType.PERSON in types else []
    parts = _parts(words, types)
    if parts:
        shown = flipped if window.first is None else terms
        statement = _PAGE.replace("{parts}", parts).replace("{bounds}", bounds or "true")
        statement = statement.replace("{ordering}", ", ".join(term.ordering for term in shown))
        values = {**_values(words), **parameters.values}
        entries += [_entry(row, words) for row in await fetch(reader, lens, statement, size=size + 1, **values)]
    found = cut(entries, ORDERS, window)
    # What lies outside of a bound was not read; the row that a bound was taken from does.
    has_next, has_previous = found.has_next or window.before is not None, found.has_previous or window.after is not None
    return Page(rows=found.rows, keys=found.keys, has_next=has_next, has_previous=has_previous)


async def count(reader: Reader, lens: Lens, words: Words, types: Collection[SearchType]) -> int:
    """Answer how much `page` would answer in all."""
    people = len(await _people(reader, lens, words)) if SearchType.PERSON in types else 0
    parts = _parts(words, types)
    if not parts:
        return people
    (row,) = await fetch(reader, lens, _COUNT.replace("{parts}", parts), **_values(words))
    return people + int(row["found"])


def _values(words: Words) -> dict[str, object]:
    return {
        "whole": words.whole,
        "title_length": SNIPPET_LENGTH,
        **{f"word_{number}": word for number, word in enumerate(words.each)},
    }


def _parts(words: Words, types: Collection[SearchType]) -> str:
    return "union all".join(_filled(part, words) for kind, part in _PARTS.items() if kind in types)


def _filled(part: str, words: Words) -> str:
    """Fill the holes of a part: `{words:a:b}` says that a or b holds each word, `{place:title:n}` where they stand."""

    def fill(hole: re.Match[str]) -> str:
        columns = hole[2].split(":")
        if hole[1] == "words":
            return _holding(columns, words)
        title, otherwise = columns
        place = _PLACE.replace("{in_title}", _holding([title], words))
        return place.replace("{title}", title).replace("{otherwise}", otherwise)

    return _HOLE.sub(fill, part)


def _holding(columns: Sequence[str], words: Words) -> str:
    each = [
        " or ".join(f"strpos({column}, :word_{number}::text) > 0" for column in columns) for number in range(len(words.each))
    ]
    return "(" + " and ".join(f"({one})" for one in each) + ")"


def _entry(row: Record, words: Words) -> tuple[SortKey, Hit]:
    in_title = row["place"] <= Place.TITLE
    hit = Hit(id=row["id"], title=row["title"], snippet=None if in_title else snippet(row["texts"] or (), words))
    return (row["place"], row["is_ended"], key_value(row["created_at"]), row["id"]), hit


async def _people(reader: Reader, lens: Lens, words: Words) -> list[tuple[SortKey, Hit]]:
    known = await names(reader, lens)
    found = {id_: (name, place) for id_, name in known.items() if name and (place := _place_in_name(name, words)) is not None}
    if not found:
        return []
    ended = {row["id"] for row in await fetch(reader, lens, _ENDED, ids=sorted(found))}
    return [
        ((place.value, int(id_ in ended), key_value(_EPOCH), id_), Hit(id=id_, title=name, snippet=None))
        for id_, (name, place) in found.items()
    ]


def _place_in_name(name: str, words: Words) -> Place | None:
    title = folded(name)
    if not all(word in title for word in words.each):
        return None
    if title == words.whole:
        return Place.WHOLE_TITLE
    if title.startswith(words.whole):
        return Place.BEGINNING_OF_TITLE
    return Place.TOGETHER_IN_TITLE if words.whole in title else Place.TITLE


def snippet(texts: Sequence[str | None], words: Words) -> str | None:
    """Answer the text around the first of the words that one of some texts holds, dots at each end that was cut."""
    found = {text: [start for word in words.each if (start := _found_at(text, word)) is not None] for text in texts if text}
    # The first of those that hold the most of them.
    text = max(found, key=lambda each: len(found[each]), default=None)
    return None if text is None or not found[text] else _around(text, min(found[text]))


def _found_at(text: str, word: str) -> int | None:
    """Answer where in a text a folded word begins: folding changes lengths."""
    if (start := folded(text).find(word)) < 0:
        return None
    # The shortest beginning of the text that has the word's beginning behind it.
    low, high = 0, len(text)
    while low < high:
        middle = (low + high) // 2
        if len(folded(text[: middle + 1])) > start:
            high = middle
        else:
            low = middle + 1
    return low


def _around(text: str, start: int) -> str:
    begin = max(0, start - _BEFORE)
    # At a space, where one is near: half a word says little.
    if begin and 0 < (space := text.find(" ", begin, start)) < begin + _BEFORE // 2:
        begin = space + 1
    end = min(len(text), begin + SNIPPET_LENGTH)
    if end < len(text) and (space := text.rfind(" ", end - _BEFORE // 2, end)) > start:
        end = space
    shown = " ".join(text[begin:end].split())
    return f"{'…' if begin else ''}{shown}{'…' if end < len(text) else ''}"
