"""People: members of the organization. Their names and addresses occur in the log only sealed.

`sealed` is base64 of a ciphertext made with the person's own key (see `service/person_keys.py`); erasing
a person deletes the key, and with it every name and address that the log ever held.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from events.envelope import UNSET, Context, Occurrence, Unset
from events.rejection import RejectionCode, refuse
from events.version import check_version


class Role(StrEnum):
    """What a person may do; see `events/permission.py`."""

    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    VIEWER = "VIEWER"
    AUDITOR = "AUDITOR"


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitePerson:
    """Make somebody a member."""

    person_id: str
    sealed: str
    role: Role = Role.MEMBER
    team_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePerson:
    """Change a person's name, address (both inside `sealed`) or role."""

    person_id: str
    sealed: str | Unset = UNSET
    role: Role | Unset = UNSET
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeactivatePerson:
    """Close a person's access; everything they did stays."""

    person_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactivatePerson:
    """Open a person's access again."""

    person_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePerson:
    """Forget a person's name and address for good, and close their access; everything they did stays, under no name."""

    person_id: str
    expected_version: int | None = None


PersonCommand = InvitePerson | UpdatePerson | DeactivatePerson | ReactivatePerson | ErasePerson

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonInvited:
    """Somebody became a member."""

    person_id: str
    sealed: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonUpdated:
    """Name, address or role changed; a field that is None was left as it was."""

    person_id: str
    sealed: str | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDeactivated:
    """A person's access was closed."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReactivated:
    """A person's access was opened again."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased:
    """The key of a person's name and address was deleted, with all that it opened, and their access was closed."""

    person_id: str


PersonEvent = PersonInvited | PersonUpdated | PersonDeactivated | PersonReactivated | PersonErased

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as of some position."""

    person_id: str
    sealed: str
    role: Role
    deactivated_at: datetime | None = None
    erased_at: datetime | None = None
    version: int = 1

    @property
    def is_active(self) -> bool:
        """Say whether the person has access."""
        return self.deactivated_at is None and self.erased_at is None


# --- rejections


def _required(person: Person | None) -> Person:
    if person is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such person", "personId")
    return person


def _unerased(person: Person) -> Person:
    if person.erased_at is not None:
        raise refuse(RejectionCode.WRONG_STATE, "the person's data was erased", "personId")
    return person


def _keep_an_admin(person: Person, other_admins: int, *path: str) -> None:
    # Without this nobody could ever manage the organization again.
    if person.role is Role.ADMIN and person.is_active and other_admins == 0:
        raise refuse(RejectionCode.WRONG_STATE, "the organization would be left without an active ADMIN", *path)


# --- decide


def decide(command: PersonCommand, person: Person | None, other_admins: int, context: Context) -> list[PersonEvent]:
    """Answer the events of a command; `other_admins` counts the other active people with role ADMIN.

    Raises:
        Rejected: the id is taken or unknown, the version differs, or no ADMIN would be left.
    """
    del context
    match command:
        case InvitePerson():
            if person is not None:
                raise refuse(RejectionCode.ID_TAKEN, "a person with this id exists already", "id")
            return [PersonInvited(person_id=command.person_id, sealed=command.sealed, role=command.role)]
        case UpdatePerson():
            return _update(command, _unerased(_required(person)), other_admins)
        case DeactivatePerson():
            known = _required(person)
            check_version(known.person_id, known.version, command.expected_version)
            _keep_an_admin(known, other_admins, "personId")
            return [PersonDeactivated(person_id=known.person_id)] if known.is_active else []
        case ReactivatePerson():
            known = _unerased(_required(person))
            check_version(known.person_id, known.version, command.expected_version)
            return [] if known.is_active else [PersonReactivated(person_id=known.person_id)]
        case ErasePerson():
            known = _required(person)
            check_version(known.person_id, known.version, command.expected_version)
            _keep_an_admin(known, other_admins, "personId")
            return [PersonErased(person_id=known.person_id)] if known.erased_at is None else []
        case _:
            assert_never(command)


def _update(command: UpdatePerson, person: Person, other_admins: int) -> list[PersonEvent]:
    check_version(person.person_id, person.version, command.expected_version)
    role = None if command.role is UNSET or command.role == person.role else command.role
    sealed = None if command.sealed is UNSET or command.sealed == person.sealed else command.sealed
    if role is not None:
        _keep_an_admin(person, other_admins, "role")
    if role is None and sealed is None:
        return []
    return [PersonUpdated(person_id=person.person_id, sealed=sealed, role=role)]


# --- evolve


def evolve(person: Person | None, event: PersonEvent, occurrence: Occurrence) -> Person:
    """Answer the person after an event."""
    if isinstance(event, PersonInvited):
        return Person(person_id=event.person_id, sealed=event.sealed, role=event.role)
    if person is None:
        raise ValueError("a person changes before being invited")
    version = person.version + 1
    match event:
        case PersonUpdated():
            return replace(person, sealed=event.sealed or person.sealed, role=event.role or person.role, version=version)
        case PersonDeactivated():
            return replace(person, deactivated_at=occurrence.recorded_at, version=version)
        case PersonReactivated():
            return replace(person, deactivated_at=None, version=version)
        case PersonErased():
            return replace(person, sealed="", erased_at=occurrence.recorded_at, version=version)
        case _:
            assert_never(event)
