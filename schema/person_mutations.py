"""Mutations of people: inputs and the commands that they become.

Names and addresses are sealed here, with the person's own key, before they become part of a command.
"""

import strawberry

import schema.person
from events.envelope import UNSET, Unset
from events.identifier import Noun
from events.person import DeactivatePerson, ErasePerson, InvitePerson, ReactivatePerson, Role, UpdatePerson
from events.rejection import RejectionCode, refuse
from schema.act import Plan, Step
from schema.context import Context
from schema.input import (
    ChangeInput,
    MutationInput,
    all_known,
    defaulted,
    fresh,
    given,
    known,
    optional,
    required,
    unclearable,
)
from schema.payload import PersonPayload, mutation
from schema.person_name import check_name_and_address

# --- inputs


@strawberry.input(description="Input of personInvite.")
class PersonInviteInput(MutationInput):
    """Input of personInvite."""

    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    name: str = required("Their name.")
    email: str = required("Their address.")
    role: Role = defaulted("What they may do.", default=Role.MEMBER)
    team_ids: list[strawberry.ID] | None = optional("The teams that they join, at most 50.")


@strawberry.input
class _OnePersonInput(ChangeInput):
    person_id: strawberry.ID = required("Who.")


@strawberry.input(description="Input of personUpdate.")
class PersonUpdateInput(_OnePersonInput):
    """Input of personUpdate."""

    name: str | None = optional("Their name.")
    email: str | None = optional("Their address.")
    role: Role | None = optional("What they may do.")


@strawberry.input(description="Input of personDeactivate.")
class PersonDeactivateInput(_OnePersonInput):
    """Input of personDeactivate."""


@strawberry.input(description="Input of personReactivate.")
class PersonReactivateInput(_OnePersonInput):
    """Input of personReactivate."""


@strawberry.input(description="Input of personErase.")
class PersonEraseInput(_OnePersonInput):
    """Input of personErase."""


# --- commands


async def _invite(values: PersonInviteInput, context: Context) -> Plan:
    check_name_and_address(values.name, values.email)
    sealed, key = context.seal(name=values.name, email=values.email, key=None)
    command = InvitePerson(
        person_id=fresh(values.id, Noun.PERSON, context.now, "id"),
        sealed=sealed,
        role=values.role,
        team_ids=all_known(given(values.team_ids) or (), Noun.TEAM, "teamIds"),
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id), person_keys={command.person_id: key})


def _person_id(values: _OnePersonInput) -> str:
    return known(values.person_id, Noun.PERSON, "personId")


async def _update(values: PersonUpdateInput, context: Context) -> Plan:
    name, email = unclearable(values.name, "name"), unclearable(values.email, "email")
    expected_version = given(values.expected_version)
    sealed: str | Unset = UNSET
    if isinstance(name, str) or isinstance(email, str):
        sealed, version = await _resealed(_person_id(values), name, email, context)
        # Name and address are sealed together: a change of one must not take back one of the other.
        expected_version = version if expected_version is None else expected_version
    return Plan.of(
        UpdatePerson(
            person_id=_person_id(values),
            sealed=sealed,
            role=unclearable(values.role, "role"),
            expected_version=expected_version,
        )
    )


async def _resealed(person_id: str, name: str | Unset, email: str | Unset, context: Context) -> tuple[str | Unset, int]:
    view = await context.present()
    row = await view.people.load(person_id)
    if row is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such person", "personId")
    opened = schema.person.Person(row=row, view=view).opened()
    if row.key is None or opened is None:
        raise refuse(RejectionCode.WRONG_STATE, "the person's data was erased", "personId")
    wanted = (name if isinstance(name, str) else opened[0], email if isinstance(email, str) else opened[1])
    if wanted == opened:
        # Every sealing of one name looks different, so without this the same wish twice would be two events.
        return UNSET, row.version
    check_name_and_address(*wanted)
    sealed, _ = context.seal(name=wanted[0], email=wanted[1], key=row.key)
    return sealed, row.version


async def _deactivate(values: PersonDeactivateInput, _: Context) -> Plan:
    return Plan.of(DeactivatePerson(person_id=_person_id(values), expected_version=given(values.expected_version)))


async def _reactivate(values: PersonReactivateInput, _: Context) -> Plan:
    return Plan.of(ReactivatePerson(person_id=_person_id(values), expected_version=given(values.expected_version)))


async def _erase(values: PersonEraseInput, _: Context) -> Plan:
    return Plan.of(ErasePerson(person_id=_person_id(values), expected_version=given(values.expected_version)))


# --- mutations


@strawberry.type
class PersonMutations:
    """Mutations of people."""

    person_invite = mutation(_invite, PersonPayload, "Makes somebody a member.")
    person_update = mutation(
        _update, PersonPayload, "Changes a person's name, address or role. Who renames over another renaming gets a conflict."
    )
    person_deactivate = mutation(_deactivate, PersonPayload, "Closes a person's access; everything they did stays.")
    person_reactivate = mutation(_reactivate, PersonPayload, "Opens a person's access again.")
    person_erase = mutation(
        _erase, PersonPayload, "Erases a person's name and address for good, in the past too, and closes their access."
    )
