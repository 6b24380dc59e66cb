"""The editable table of check-ins: those that stand, as they are worded now."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from events.check_in import CheckInStatus
from events.identifier import Noun
from projections import check_ins, key_results
from projections.editable_field import EditableField, FieldKind, ShownThing
from projections.editable_references import References
from projections.export_check_ins import groups
from projections.export_objective_lines import done_stages
from projections.export_scope import objective_pages
from projections.export_table import Extract, Part, pieces
from projections.lens import Lens
from projections.reader import Reader
from projections.records import check_in_rows
from projections.rows import CheckInRow, KeyResultRow
from projections.statement import fetch

NOUN = Noun.CHECK_IN

_PAGE_OBJECTIVES = 100

# Answers the check-ins of some key results that stand, by key result as given, then by effective time.
_STANDING = """
select r.* from unnest(:ids::text[]) with ordinality as wanted (id, place)
join {projection}.check_in r on {at:r} and r.key_result_id = wanted.id
join {projection}.key_result k on {at:k} and k.id = r.key_result_id and {seen_part:k}
where r.retracted_at is null
order by wanted.place, r.effective_at, r.position
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditableCheckIn:
    """A check-in and the key result that it measures."""

    row: CheckInRow
    key_result: KeyResultRow

    @property
    def id(self) -> str:
        """The check-in's identifier."""
        return self.row.id

    def done_stages(self) -> tuple[str, ...] | None:
        """Answer the stages that were done, by their titles; None without any."""
        return done_stages(self.key_result.metric, self.row.done_stage_ids) or None


FIELDS: tuple[EditableField[EditableCheckIn], ...] = (
    EditableField(name="id", kind=FieldKind.TEXT, meaning="The check-in; empty in a new row", read=attrgetter("row.id")),
    EditableField(
        name="key_result",
        kind=FieldKind.REFERENCE,
        meaning="What is measured: its identifier, or its `key`",
        read=attrgetter("row.key_result_id"),
        noun=Noun.KEY_RESULT,
        is_needed=True,
    ),
    EditableField(
        name="key_result_title",
        kind=FieldKind.TEXT,
        meaning="Its title; only shown",
        read=attrgetter("key_result.title"),
        is_only_shown=True,
    ),
    EditableField(
        name="effective_at",
        kind=FieldKind.INSTANT,
        meaning="When it was measured: an instant, or a day, which is the beginning of that day in the organization's zone",
        read=attrgetter("row.effective_at"),
        is_needed=True,
    ),
    EditableField(name="value", kind=FieldKind.DECIMAL, meaning="The value; with MILESTONE none", read=attrgetter("row.value")),
    EditableField(
        name="done_stages",
        kind=FieldKind.TEXTS,
        meaning="The titles of the stages done, with MILESTONE",
        read=EditableCheckIn.done_stages,
    ),
    EditableField(name="confidence", kind=FieldKind.SHARE, meaning="How confident", read=attrgetter("row.confidence")),
    EditableField(
        name="status",
        kind=FieldKind.MEMBER,
        meaning="The status reported",
        read=attrgetter("row.status"),
        members=CheckInStatus,
        is_kept=True,
    ),
    EditableField(name="comment", kind=FieldKind.TEXT, meaning="In words", read=attrgetter("row.comment")),
    EditableField(name="blockers", kind=FieldKind.TEXT, meaning="What is in the way", read=attrgetter("row.blockers")),
    EditableField(name="next_steps", kind=FieldKind.TEXT, meaning="What comes next", read=attrgetter("row.next_steps")),
)


async def by_ids(reader: Reader, lens: Lens, ids: list[str], references: References) -> dict[str, EditableCheckIn]:
    """Answer check-ins by identifier, retracted ones included, as far as the reader may see them."""
    del references
    found = await check_ins.by_ids(reader, lens, ids)
    measured = await key_results.by_ids(reader, lens, sorted({each.key_result_id for each in found.values()}))
    return _with_key_results(found.values(), measured)


async def standing(reader: Reader, lens: Lens, measured: Mapping[str, KeyResultRow]) -> list[EditableCheckIn]:
    """Answer the check-ins of key results that stand, by key result as given, then by effective time."""
    rows = check_in_rows(await fetch(reader, lens, _STANDING, ids=list(measured)))
    return list(_with_key_results(rows, measured).values())


def _with_key_results(rows: Iterable[CheckInRow], measured: Mapping[str, KeyResultRow]) -> dict[str, EditableCheckIn]:
    return {
        each.id: EditableCheckIn(row=each, key_result=measured[each.key_result_id])
        for each in rows
        if each.key_result_id in measured
    }


async def parts(extract: Extract) -> AsyncIterator[Part[ShownThing[EditableCheckIn]]]:
    """Answer the rows of the table: by objective and key result (in the order of identifiers), then by effective time."""
    reader, lens = extract.reader, extract.lens
    references = References.of({}, {})
    async for page in objective_pages(extract, _PAGE_OBJECTIVES):
        of_objectives = await key_results.of_objectives(reader, lens, page.ids, include_dropped=True)
        measured = [part for each in page.ids for part in sorted(of_objectives[each], key=attrgetter("id"))]
        for group in groups(measured):
            found = await standing(reader, lens, {each.id: each for each in group})
            for piece in pieces([ShownThing(thing=each, references=references) for each in found]):
                yield Part(rows=piece, done=page.done, total=page.total)
