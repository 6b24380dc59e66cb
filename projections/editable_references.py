"""What the rows of editable tables refer to: cycles, teams and people, by name where that says which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from events.identifier import Noun, noun_of
from projections.lens import Lens
from projections.names import PEOPLE_LIMIT, TooManyPeopleError
from projections.reader import Reader
from projections.statement import fetch

# Answers all cycles and teams.
_NAMED = """
select c.id, c.name from {projection}.cycle c where {at:c}
union all
select t.id, t.name from {projection}.team t where {at:t}
"""

# Answers the sealed names and addresses of all people with their keys.
_PEOPLE = """
select p.id, p.sealed, opens.key from {projection}.person p
left join okr_ledger.person_key opens on opens.organization_id = :organization and opens.person_id = p.id
where {at:p} order by p.id limit :size
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Names by identifier, and identifiers by noun and by name; addresses as far as the reader may see them."""

    names: Mapping[str, str]
    addresses: Mapping[str, str]
    person_ids: tuple[str, ...] = ()
    _by_name: Mapping[tuple[Noun, str], tuple[str, ...]] = field(default_factory=dict[tuple[Noun, str], tuple[str, ...]])
    _by_address: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @classmethod
    def of(
        cls, names: Mapping[str, str | None], addresses: Mapping[str, str], person_ids: tuple[str, ...] = ()
    ) -> "References":
        """Arrange what is known; who has no name has an identifier all the same."""
        by_name: dict[tuple[Noun, str], tuple[str, ...]] = {}
        by_address: dict[str, tuple[str, ...]] = {}
        for identifier, name in names.items():
            noun = noun_of(identifier)
            if noun is not None:
                by_name[noun, identifier] = (identifier,)
                if name is not None and noun_of(name.strip()) is None:
                    key = (noun, name.strip())
                    by_name[key] = (*by_name.get(key, ()), identifier)
        for identifier, address in addresses.items():
            by_address[address.casefold()] = (*by_address.get(address.casefold(), ()), identifier)
        shown = {identifier: name for identifier, name in names.items() if name is not None}
        return cls(names=shown, addresses=dict(addresses), person_ids=person_ids, _by_name=by_name, _by_address=by_address)

    def text_of(self, identifier: str) -> str:
        """Answer the text that means a thing in a table: its name if no other has it, else its identifier."""
        noun, name = noun_of(identifier), self.names.get(identifier, "").strip()
        return name if noun is not None and name and self.find(noun, name) == (identifier,) else identifier

    def find(self, noun: Noun, text: str) -> tuple[str, ...]:
        """Answer what a text may mean: an identifier itself, the address of a person, or else a name."""
        by_address = self._by_address.get(text.casefold(), ()) if noun is Noun.PERSON else ()
        return by_address or self._by_name.get((noun, text), ())

    def at_address(self, address: str) -> tuple[str, ...]:
        """Answer the people who have an address, in whatever case it is written."""
        return self._by_address.get(address.casefold(), ())


async def load_references(reader: Reader, lens: Lens, *, shows_addresses: bool) -> References:
    """Answer what there is at a lens; a reader's own address is always theirs to see.

    Raises:
        TooManyPeopleError: there are more people than names are opened for.
    """
    named = await fetch(reader, lens, _NAMED)
    people = await fetch(reader, lens, _PEOPLE, size=PEOPLE_LIMIT + 1)
    if len(people) > PEOPLE_LIMIT:
        raise TooManyPeopleError
    opened = {row["id"]: None if row["key"] is None else reader.open_name(row["sealed"], row["key"]) for row in people}
    names: dict[str, str | None] = {row["id"]: row["name"] for row in named}
    names.update({person_id: None if known is None else known[0] for person_id, known in opened.items()})
    seen: Iterable[str] = opened if shows_addresses else {reader.grants.person_id} & opened.keys()
    addresses = {person_id: known[1] for person_id in seen if (known := opened[person_id]) is not None}
    return References.of(names, addresses, tuple(opened))
