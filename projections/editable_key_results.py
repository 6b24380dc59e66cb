"""The editable table of key results: those that are not dropped."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from operator import attrgetter

from events.identifier import Noun
from events.metric import MetricKind, Unit
from projections import key_results, objectives
from projections.editable_field import EditableField, FieldKind, ShownThing
from projections.editable_references import References, load_references
from projections.export_scope import objective_pages
from projections.export_table import Extract, Part, pieces
from projections.lens import Lens
from projections.reader import Reader
from projections.rows import KeyResultRow

NOUN = Noun.KEY_RESULT

_PAGE_OBJECTIVES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EditableKeyResult:
    """A key result and what its objective is called."""

    row: KeyResultRow
    objective_title: str | None

    @property
    def id(self) -> str:
        """The key result's identifier."""
        return self.row.id

    def stage_titles(self) -> tuple[str, ...] | None:
        """Answer the titles of the stages, None without any."""
        return tuple(each.title for each in self.row.metric.stages) or None


def _level(name: str, meaning: str) -> EditableField[EditableKeyResult]:
    return EditableField(name=name, kind=FieldKind.DECIMAL, meaning=meaning, read=attrgetter(f"row.metric.{name}"))


def _text(name: str, meaning: str) -> EditableField[EditableKeyResult]:
    return EditableField(name=name, kind=FieldKind.TEXT, meaning=meaning, read=attrgetter(f"row.metric.{name}"))


def _flag(name: str, meaning: str) -> EditableField[EditableKeyResult]:
    read = attrgetter(f"row.metric.{name}")
    return EditableField(name=name, kind=FieldKind.BOOLEAN, meaning=meaning, read=read, is_kept=True)


FIELDS: tuple[EditableField[EditableKeyResult], ...] = (
    EditableField(name="id", kind=FieldKind.TEXT, meaning="The key result; empty in a new row", read=attrgetter("row.id")),
    EditableField(
        name="objective",
        kind=FieldKind.REFERENCE,
        meaning="The objective: its identifier, or its `key`",
        read=attrgetter("row.objective_id"),
        noun=Noun.OBJECTIVE,
        is_needed=True,
    ),
    EditableField(
        name="objective_title",
        kind=FieldKind.TEXT,
        meaning="Its title; only shown",
        read=attrgetter("objective_title"),
        is_only_shown=True,
    ),
    EditableField(name="title", kind=FieldKind.TEXT, meaning="Title", read=attrgetter("row.title"), is_needed=True),
    EditableField(
        name="kind",
        kind=FieldKind.MEMBER,
        meaning="How a value becomes progress",
        read=attrgetter("row.metric.kind"),
        members=MetricKind,
        is_needed=True,
    ),
    EditableField(
        name="unit", kind=FieldKind.MEMBER, meaning="What its values count", read=attrgetter("row.metric.unit"), members=Unit
    ),
    _text("unit_label", "What NUMBER counts"),
    _text("currency", "Code of ISO 4217 with CURRENCY"),
    _flag("is_relative", "Whether values are changes against a baseline"),
    _flag("is_strict", "Whether the bound itself does not hold"),
    _level("start", "Where it starts"),
    _level("target", "The target in force"),
    _level("low", "The lower end of a range"),
    _level("high", "The upper end of a range"),
    _level("commit", "The level committed to"),
    _level("stretch", "The level hoped for"),
    EditableField(
        name="stages",
        kind=FieldKind.TEXTS,
        meaning="The titles of the stages, with MILESTONE; a new one weighs 1",
        read=EditableKeyResult.stage_titles,
    ),
    EditableField(
        name="weight", kind=FieldKind.DECIMAL, meaning="Weight in the objective", read=attrgetter("row.weight"), is_kept=True
    ),
    EditableField(
        name="owner", kind=FieldKind.REFERENCE, meaning="Who answers for it", read=attrgetter("row.owner_id"), noun=Noun.PERSON
    ),
    EditableField(name="due_on", kind=FieldKind.DATE, meaning="When it is due", read=attrgetter("row.due_on")),
    EditableField(
        name="priority", kind=FieldKind.INTEGER, meaning="Smaller is more important", read=attrgetter("row.priority")
    ),
    EditableField(
        name="version", kind=FieldKind.INTEGER, meaning="How often the definition changed", read=attrgetter("row.version")
    ),
)


async def by_ids(reader: Reader, lens: Lens, ids: list[str], references: References) -> dict[str, EditableKeyResult]:
    """Answer key results by identifier, dropped ones included, as far as the reader may see them."""
    del references
    found = await key_results.by_ids(reader, lens, ids)
    titles = await objectives.by_ids(reader, lens, sorted({each.objective_id for each in found.values()}))
    return {
        each.id: EditableKeyResult(row=each, objective_title=titles[each.objective_id].title)
        for each in found.values()
        if each.objective_id in titles
    }


async def parts(extract: Extract) -> AsyncIterator[Part[ShownThing[EditableKeyResult]]]:
    """Answer the rows of the table: by objective (in the order of identifiers), then by priority and coming.

    Raises:
        TooManyPeopleError: there are more people than names are opened for.
    """
    references = await load_references(extract.reader, extract.lens, shows_addresses=extract.shows_addresses)
    async for page in objective_pages(extract, _PAGE_OBJECTIVES):
        found = await objectives.by_ids(extract.reader, extract.lens, page.ids)
        of_objectives = await key_results.of_objectives(extract.reader, extract.lens, page.ids)
        rows = [
            ShownThing(thing=EditableKeyResult(row=each, objective_title=found[objective_id].title), references=references)
            for objective_id in page.ids
            if objective_id in found
            for each in of_objectives[objective_id]
        ]
        for piece in pieces(rows):
            yield Part(rows=piece, done=page.done, total=page.total)
