"""The editable table of people: those who have access."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from operator import attrgetter

from events.identifier import Noun
from events.person import Role
from projections import people
from projections.editable_field import EditableField, FieldKind, ShownThing
from projections.editable_references import References, load_references
from projections.export_table import PART_ROWS, Extract, Part
from projections.lens import Lens
from projections.reader import Reader
from projections.rows import PersonRow

NOUN = Noun.PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class EditablePerson:
    """A person; `address` is None where the reader may not see it."""

    row: PersonRow
    name: str | None
    address: str | None

    @property
    def id(self) -> str:
        """The person's identifier."""
        return self.row.id


FIELDS: tuple[EditableField[EditablePerson], ...] = (
    EditableField(name="id", kind=FieldKind.TEXT, meaning="Who; empty in a new row", read=attrgetter("row.id")),
    EditableField(
        name="email",
        kind=FieldKind.TEXT,
        meaning="Address, which says who it is where `id` is empty; empty for who may not see it",
        read=attrgetter("address"),
        is_needed=True,
    ),
    EditableField(name="name", kind=FieldKind.TEXT, meaning="Name", read=attrgetter("name"), is_needed=True),
    EditableField(
        name="role", kind=FieldKind.MEMBER, meaning="What they may do", read=attrgetter("row.role"), members=Role, is_kept=True
    ),
    EditableField(
        name="version", kind=FieldKind.INTEGER, meaning="How often the definition changed", read=attrgetter("row.version")
    ),
)


async def by_ids(reader: Reader, lens: Lens, ids: list[str], references: References) -> dict[str, EditablePerson]:
    """Answer people by identifier."""
    found = await people.by_ids(reader, lens, ids)
    return {each.id: _person(each, references) for each in found.values()}


def _person(row: PersonRow, references: References) -> EditablePerson:
    return EditablePerson(row=row, name=references.names.get(row.id), address=references.addresses.get(row.id))


async def parts(extract: Extract) -> AsyncIterator[Part[ShownThing[EditablePerson]]]:
    """Answer the rows of the table, in the order of identifiers; people have no scope.

    Raises:
        TooManyPeopleError: there are more people than names are opened for.
    """
    references = await load_references(extract.reader, extract.lens, shows_addresses=extract.shows_addresses)
    ids = references.person_ids
    for start in range(0, len(ids), PART_ROWS):
        found = await by_ids(extract.reader, extract.lens, list(ids[start : start + PART_ROWS]), references)
        rows = [
            ShownThing(thing=found[each], references=references)
            for each in sorted(found)
            if found[each].row.deactivated_at is None and found[each].row.erased_at is None
        ]
        yield Part(rows=rows, done=min(start + PART_ROWS, len(ids)), total=len(ids))
