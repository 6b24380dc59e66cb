"""People in tables: known by their identifier or their address, invited where nobody has it."""

from collections.abc import Mapping, Sequence
from typing import Any

from events.command import Command
from events.envelope import UNSET
from events.identifier import Noun, new_identifier
from events.person import InvitePerson, Role, UpdatePerson
from events.rejection import Rejected, RejectionCode, refuse
from projections import editable_people
from projections.editable_field import EditableField
from projections.editable_people import EditablePerson
from schema.person_name import check_name_and_address
from service.person_keys import new_key, seal
from service.tables.noun_rules import Asked, Surroundings


class PeopleRules:
    """See `NounRules`. No identifier comes from an address: it would outlive the erasure of the address."""

    noun = Noun.PERSON
    fields: Sequence[EditableField[Any]] = editable_people.FIELDS
    takes_keys = False

    def __init__(self) -> None:
        self.person_keys: dict[str, bytes] = {}

    async def by_ids(self, around: Surroundings, ids: Sequence[str]) -> Mapping[str, EditablePerson]:
        """Answer people."""
        return await editable_people.by_ids(around.reader, around.lens, list(ids), around.references)

    async def identified(
        self, around: Surroundings, rows: Sequence[Mapping[str, Any]]
    ) -> Sequence[tuple[str, EditablePerson | None] | Rejected]:
        """Find people by their addresses."""
        found = [around.references.at_address(each.get("email") or "") for each in rows]
        people = await self.by_ids(around, sorted({person_id for each in found for person_id in each}))
        answers: list[tuple[str, EditablePerson | None] | Rejected] = []
        new: dict[str, str] = {}
        for row, ids in zip(rows, found, strict=True):
            if len(ids) > 1:
                answers.append(refuse(RejectionCode.INVALID, "several people have this address: name one by its id", "email"))
            elif ids:
                answers.append((ids[0], people[ids[0]]))
            else:
                address = (row.get("email") or "").casefold()
                answers.append((new.setdefault(address, new_identifier(Noun.PERSON)), None))
        return answers

    def create(self, around: Surroundings, asked: Asked) -> Sequence[Command]:
        """Invite somebody."""
        del around
        name, address = asked.values.get("name"), asked.values.get("email")
        check_name_and_address(name or "", address or "")
        key = self.person_keys.setdefault(asked.thing_id, new_key())
        sealed = seal(key, name or "", address or "")
        return [InvitePerson(person_id=asked.thing_id, sealed=sealed, role=asked.values.get("role") or Role.MEMBER)]

    def change(self, around: Surroundings, asked: Asked, changed: Mapping[str, Any], version: int | None) -> Sequence[Command]:
        """Change a name, an address or a role. A name goes with an address, so both are compared with what was seen."""
        del around
        person: EditablePerson = asked.thing
        sealed: Any = UNSET
        if {"name", "email"} & changed.keys():
            if person.row.key is None or person.name is None:
                raise refuse(RejectionCode.WRONG_STATE, "the person's data was erased", "id")
            if person.address is None:
                message = "who may not see the address cannot change the name"
                raise refuse(RejectionCode.FORBIDDEN, message, *sorted({"name", "email"} & changed.keys())[:1])
            name, address = changed.get("name", person.name), changed.get("email", person.address)
            check_name_and_address(name, address)
            sealed, version = seal(person.row.key, name, address), version or person.row.version
        return [
            UpdatePerson(person_id=asked.thing_id, sealed=sealed, role=changed.get("role", UNSET), expected_version=version)
        ]
