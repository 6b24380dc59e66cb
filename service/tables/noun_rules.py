"""What the import of a table asks of each noun: which thing a row is about, and which commands make it so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from events.command import Command
from events.identifier import Noun, derive_uuid, format_identifier
from events.rejection import Rejected
from projections.editable_field import EditableField
from projections.editable_references import References
from projections.lens import Lens
from projections.reader import Reader
from projections.rows import KeyResultRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What rows are compared with: all that the reader sees at a lens.

    `objective_ids` and `key_results` are those that the file refers to and the reader sees.
    """

    reader: Reader
    lens: Lens
    now: datetime
    time_zone: str
    references: References
    objective_ids: frozenset[str] = frozenset()
    key_results: Mapping[str, KeyResultRow] = field(default_factory=dict[str, KeyResultRow])

    def keyed(self, noun: Noun, key: str) -> str:
        """Answer the identifier that a key of elsewhere stands for in this organization, always the same.

        It has no time, so that it can be told without knowing when the thing was made.
        """
        return format_identifier(noun, derive_uuid(0, f"{self.reader.organization_id} {noun} {key}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A row whose cells are read: `values` are those of the fields that the file has, `thing_id` names what it is about.

    `thing` is what the reader sees of it now, None where the row makes it.
    """

    number: int
    values: Mapping[str, Any]
    thing_id: str
    thing: Any


class NounRules(Protocol):
    """The rules of one noun. `person_keys` gathers the fresh keys of people who are invited."""

    noun: Noun
    fields: Sequence[EditableField[Any]]
    takes_keys: bool

    async def by_ids(self, around: Surroundings, ids: Sequence[str]) -> Mapping[str, Any]:
        """Answer things by identifier, as far as the reader sees them."""
        ...

    async def identified(self, around: Surroundings, rows: Sequence[Mapping[str, Any]]) -> Sequence[tuple[str, Any] | Rejected]:
        """Answer what rows with neither identifier nor key are about: the identifier, and the thing if there is one."""
        ...

    def create(self, around: Surroundings, asked: Asked) -> Sequence[Command]:
        """Answer the commands that make a thing.

        Raises:
            Rejected: a value is missing or does not fit; the path names the field.
        """
        ...

    def change(self, around: Surroundings, asked: Asked, changed: Mapping[str, Any], version: int | None) -> Sequence[Command]:
        """Answer the commands that change a thing so that the changed fields are as the row has them.

        Raises:
            Rejected: a table cannot change a field that way.
        """
        ...
