"""The editable table of objectives."""

from collections.abc import AsyncIterator
from operator import attrgetter

from events.identifier import Noun
from events.objective import Ambition, ObjectiveState, ProgressDriver, Visibility
from projections import objectives
from projections.editable_field import EditableField, FieldKind, ShownThing
from projections.editable_references import References, load_references
from projections.export_scope import objective_pages
from projections.export_table import Extract, Part
from projections.lens import Lens
from projections.reader import Reader
from projections.rows import ObjectiveRow

NOUN = Noun.OBJECTIVE

_PAGE_OBJECTIVES = 500

FIELDS: tuple[EditableField[ObjectiveRow], ...] = (
    EditableField(name="id", kind=FieldKind.TEXT, meaning="The objective; empty in a new row", read=attrgetter("id")),
    EditableField(name="title", kind=FieldKind.TEXT, meaning="Its title", read=attrgetter("title"), is_needed=True),
    EditableField(name="description", kind=FieldKind.TEXT, meaning="In more words", read=attrgetter("description")),
    EditableField(
        name="cycle",
        kind=FieldKind.REFERENCE,
        meaning="The cycle",
        read=attrgetter("cycle_id"),
        noun=Noun.CYCLE,
        is_needed=True,
    ),
    EditableField(name="team", kind=FieldKind.REFERENCE, meaning="The team", read=attrgetter("team_id"), noun=Noun.TEAM),
    EditableField(
        name="owner", kind=FieldKind.REFERENCE, meaning="Who answers for it", read=attrgetter("owner_id"), noun=Noun.PERSON
    ),
    EditableField(
        name="contributors",
        kind=FieldKind.REFERENCES,
        meaning="Who else works on it",
        read=attrgetter("contributor_ids"),
        noun=Noun.PERSON,
    ),
    EditableField(
        name="ambition",
        kind=FieldKind.MEMBER,
        meaning="Promise or stretch",
        read=attrgetter("ambition"),
        members=Ambition,
        is_kept=True,
    ),
    EditableField(
        name="visibility",
        kind=FieldKind.MEMBER,
        meaning="Who may see it",
        read=attrgetter("visibility"),
        members=Visibility,
        is_kept=True,
    ),
    EditableField(
        name="driver",
        kind=FieldKind.MEMBER,
        meaning="What its progress is computed from",
        read=attrgetter("driver"),
        members=ProgressDriver,
        is_kept=True,
    ),
    EditableField(name="priority", kind=FieldKind.INTEGER, meaning="Smaller is more important", read=attrgetter("priority")),
    EditableField(name="labels", kind=FieldKind.TEXTS, meaning="Its labels", read=attrgetter("labels")),
    EditableField(
        name="state",
        kind=FieldKind.MEMBER,
        meaning="How far along it is; a table makes a DRAFT ACTIVE, and nothing else",
        read=attrgetter("state"),
        members=ObjectiveState,
        is_kept=True,
    ),
    EditableField(
        name="version", kind=FieldKind.INTEGER, meaning="How often the definition changed", read=attrgetter("version")
    ),
)


async def by_ids(reader: Reader, lens: Lens, ids: list[str], references: References) -> dict[str, ObjectiveRow]:
    """Answer objectives by identifier, as far as the reader may see them."""
    del references
    return await objectives.by_ids(reader, lens, ids)


async def parts(extract: Extract) -> AsyncIterator[Part[ShownThing[ObjectiveRow]]]:
    """Answer the rows of the table, in the order of identifiers.

    Raises:
        TooManyPeopleError: there are more people than names are opened for.
    """
    references = await load_references(extract.reader, extract.lens, shows_addresses=extract.shows_addresses)
    async for page in objective_pages(extract, _PAGE_OBJECTIVES):
        found = await objectives.by_ids(extract.reader, extract.lens, page.ids)
        rows = [ShownThing(thing=found[each], references=references) for each in page.ids if each in found]
        yield Part(rows=rows, done=page.done, total=page.total)
