"""The table of check-ins: every wording that each of them had, with what it measures and whether it stands."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from asyncpg import Record

from projections import cycles, key_results, objectives
from projections.check_ins import RevisionRow, revision_row
from projections.export_columns import Column, boolean, decimal, instant, integer, share, text, texts
from projections.export_names import people_named
from projections.export_objective_lines import done_stages
from projections.export_scope import objective_pages
from projections.export_table import PART_ROWS, ExportContent, Extract, Part, Table
from projections.rows import CycleRow, KeyResultRow, ObjectiveRow
from projections.statement import fetch

_PAGE_OBJECTIVES = 100

# Answers the wordings of the check-ins of some key results behind one of them: by key result as given, then in the
# order of recording. Each has its number among the wordings of its check-in, and whether it is the newest.
_WORDINGS = """
select wanted.place, c.position as first_position, c.retracted_at, c.acknowledged_at, c.acknowledged_by_id, w.*, (
    select count(*) from {projection}.check_in_revision e
    where e.organization_id = :organization and e.check_in_id = c.id and e.position <= w.position
) as revision, not exists (
    select from {projection}.check_in_revision l
    where l.organization_id = :organization and l.check_in_id = c.id and l.position > w.position and l.position <= :position
) as is_newest
from unnest(:ids::text[]) with ordinality as wanted (id, place)
join {projection}.check_in c on {at:c} and c.key_result_id = wanted.id
join {projection}.check_in_revision w
    on w.organization_id = :organization and w.check_in_id = c.id and w.position <= :position
where (wanted.place, c.position, w.position) > (:place::bigint, :first_position::bigint, :wording::bigint)
    and (:begins_at::timestamptz is null or w.recorded_at >= :begins_at)
    and (:ends_at::timestamptz is null or w.recorded_at <= :ends_at)
order by wanted.place, c.position, w.position
limit :size
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingLine:
    """One row: a wording of a check-in; `revision` counts from 1, and at most the newest stands."""

    cycle: CycleRow
    objective: ObjectiveRow
    key_result: KeyResultRow
    wording: RevisionRow
    revision: int
    is_standing: bool
    retracted_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by_id: str | None
    author_name: str | None

    def done_stages(self) -> tuple[str, ...]:
        """Answer the stages that were done, by their titles at the moment."""
        return done_stages(self.key_result.metric, self.wording.done_stage_ids)


async def _parts(extract: Extract) -> AsyncIterator[Part[WordingLine]]:
    reader, lens = extract.reader, extract.lens
    async for page in objective_pages(extract, _PAGE_OBJECTIVES):
        found = await objectives.by_ids(reader, lens, page.ids)
        known_cycles = await cycles.by_ids(reader, lens, sorted({each.cycle_id for each in found.values()}))
        parts = await key_results.of_objectives(reader, lens, page.ids, include_dropped=True)
        measured = [part for each in page.ids for part in sorted(parts[each], key=attrgetter("id"))]
        for group in groups(measured):
            async for records in _wordings(extract, [part.id for part in group]):
                people = await people_named(extract, (record["author_id"] for record in records))
                rows = [_line(record, group, found, known_cycles, people) for record in records]
                yield Part(rows=rows, done=page.done, total=page.total)


def groups(parts: Sequence[KeyResultRow], size: int = PART_ROWS) -> Iterator[list[KeyResultRow]]:
    """Gather key results, in their order, as long as all together have no more check-ins than a size."""
    group: list[KeyResultRow] = []
    count = 0
    for part in parts:
        count += part.check_in_count
        if group and count > size:
            yield group
            group, count = [], part.check_in_count
        group.append(part)
    if group:
        yield group


async def _wordings(extract: Extract, ids: Sequence[str]) -> AsyncIterator[list[Record]]:
    behind = {"place": 0, "first_position": 0, "wording": 0}
    span = {"begins_at": extract.begins_at, "ends_at": extract.ends_at}
    while True:
        records = await fetch(extract.reader, extract.lens, _WORDINGS, ids=ids, size=PART_ROWS, **behind, **span)
        if records:
            yield records
        if len(records) < PART_ROWS:
            return
        last = records[-1]
        behind = {"place": last["place"], "first_position": last["first_position"], "wording": last["position"]}


def _line(
    record: Record,
    group: Sequence[KeyResultRow],
    found: Mapping[str, ObjectiveRow],
    known_cycles: Mapping[str, CycleRow],
    people: Mapping[str, str | None],
) -> WordingLine:
    place: int = record["place"]
    key_result = group[place - 1]
    objective = found[key_result.objective_id]
    return WordingLine(
        cycle=known_cycles[objective.cycle_id],
        objective=objective,
        key_result=key_result,
        wording=revision_row(record),
        revision=record["revision"],
        is_standing=record["is_newest"] and record["retracted_at"] is None,
        retracted_at=record["retracted_at"],
        acknowledged_at=record["acknowledged_at"] if record["is_newest"] else None,
        acknowledged_by_id=record["acknowledged_by_id"] if record["is_newest"] else None,
        author_name=people.get(record["author_id"]),
    )


_COLUMNS: tuple[Column[WordingLine], ...] = (
    text("cycle_id", "The cycle, at the moment", attrgetter("cycle.id")),
    text("cycle_name", "Its name at the moment", attrgetter("cycle.name")),
    text("objective_id", "The objective, at the moment", attrgetter("objective.id")),
    text("objective_title", "Its title at the moment", attrgetter("objective.title")),
    text("key_result_id", "What was measured", attrgetter("key_result.id")),
    text("key_result_title", "Its title at the moment", attrgetter("key_result.title")),
    text("key_result_unit", "What its values count", attrgetter("key_result.metric.unit")),
    text("key_result_unit_label", "What NUMBER counts", attrgetter("key_result.metric.unit_label")),
    text("key_result_currency", "Code of ISO 4217 with CURRENCY", attrgetter("key_result.metric.currency")),
    text("check_in_id", "The check-in", attrgetter("wording.check_in_id")),
    integer("revision", "Which of its wordings: 1 is the first, each correction adds one", attrgetter("revision")),
    boolean("is_standing", "Whether the check-in holds with this wording at the moment", attrgetter("is_standing")),
    integer("position", "Position of the event that recorded the wording", attrgetter("wording.position")),
    decimal("value", "The value; empty for MILESTONE and UNDECIDED", attrgetter("wording.value"), "that of the key result"),
    texts("done_stages", "The stages done, with MILESTONE", WordingLine.done_stages),
    share("confidence", "How confident", attrgetter("wording.confidence")),
    text("status", "The status reported", attrgetter("wording.status")),
    text("comment", "In words", attrgetter("wording.comment")),
    text("blockers", "What is in the way", attrgetter("wording.blockers")),
    text("next_steps", "What comes next", attrgetter("wording.next_steps")),
    instant("effective_at", "When it was measured", attrgetter("wording.effective_at")),
    instant("recorded_at", "When this wording was recorded", attrgetter("wording.recorded_at")),
    text("author_id", "Who wrote this wording", attrgetter("wording.author_id")),
    text("author_name", "Their name today; empty once erased", attrgetter("author_name")),
    instant("retracted_at", "When the check-in was taken back; empty if not", attrgetter("retracted_at")),
    instant("acknowledged_at", "When a reviewer acknowledged this wording; empty if not", attrgetter("acknowledged_at")),
    text("acknowledged_by_id", "Which reviewer did", attrgetter("acknowledged_by_id")),
)

CHECK_INS_TABLE = Table(
    content=ExportContent.CHECK_INS,
    rows=(
        "Check-ins of key results in scope, with every wording they had until the moment. One row for each wording. By "
        "objective and key result (in the order of identifiers), then in the order of recording, the wordings of a check-in "
        "together. The span bounds `recorded_at`."
    ),
    columns=_COLUMNS,
    parts=_parts,
)
