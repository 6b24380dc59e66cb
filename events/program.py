"""Programs: what acts by itself, such as an integration that checks in. A program has a role and owns nothing."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from events.envelope import UNSET, Context, Occurrence, Unset
from events.person import Role
from events.rejection import RejectionCode, refuse
from events.version import check_version

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterProgram:
    """Make a program an actor of the organization."""

    program_id: str
    name: str
    role: Role = Role.MEMBER


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateProgram:
    """Change a program's name or role."""

    program_id: str
    name: str | Unset = UNSET
    role: Role | Unset = UNSET
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireProgram:
    """End a program's access for good; everything it did stays."""

    program_id: str
    expected_version: int | None = None


ProgramCommand = RegisterProgram | UpdateProgram | RetireProgram

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRegistered:
    """A program became an actor of the organization."""

    program_id: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramUpdated:
    """Name or role changed; a field that is None was left as it was."""

    program_id: str
    name: str | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRetired:
    """A program's access ended."""

    program_id: str


ProgramEvent = ProgramRegistered | ProgramUpdated | ProgramRetired

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program as of some position."""

    program_id: str
    name: str
    role: Role
    retired_at: datetime | None = None
    version: int = 1

    @property
    def is_active(self) -> bool:
        """Say whether the program has access."""
        return self.retired_at is None


# --- rejections


def _required(program: Program | None) -> Program:
    if program is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such program", "programId")
    return program


def _unretired(program: Program) -> Program:
    if not program.is_active:
        raise refuse(RejectionCode.WRONG_STATE, "the program is retired", "programId")
    return program


# --- decide


def decide(command: ProgramCommand, program: Program | None, context: Context) -> list[ProgramEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: the id is taken or unknown, the version differs, or the program is retired.
    """
    del context
    match command:
        case RegisterProgram():
            if program is not None:
                raise refuse(RejectionCode.ID_TAKEN, "a program with this id exists already", "id")
            return [ProgramRegistered(program_id=command.program_id, name=command.name, role=command.role)]
        case UpdateProgram():
            return _update(command, _unretired(_required(program)))
        case RetireProgram():
            known = _required(program)
            check_version(known.program_id, known.version, command.expected_version)
            return [ProgramRetired(program_id=known.program_id)] if known.is_active else []
        case _:
            assert_never(command)


def _update(command: UpdateProgram, program: Program) -> list[ProgramEvent]:
    check_version(program.program_id, program.version, command.expected_version)
    name = None if command.name is UNSET or command.name == program.name else command.name
    role = None if command.role is UNSET or command.role == program.role else command.role
    if name is None and role is None:
        return []
    return [ProgramUpdated(program_id=program.program_id, name=name, role=role)]


# --- evolve


def evolve(program: Program | None, event: ProgramEvent, occurrence: Occurrence) -> Program:
    """Answer the program after an event."""
    if isinstance(event, ProgramRegistered):
        return Program(program_id=event.program_id, name=event.name, role=event.role)
    if program is None:
        raise ValueError("a program changes before being registered")
    version = program.version + 1
    match event:
        case ProgramUpdated():
            return replace(program, name=event.name or program.name, role=event.role or program.role, version=version)
        case ProgramRetired():
            return replace(program, retired_at=occurrence.recorded_at, version=version)
        case _:
            assert_never(event)
