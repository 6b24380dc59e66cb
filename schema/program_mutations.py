"""Mutations of programs: inputs and the commands that they become."""

import strawberry

from events.identifier import Noun
from events.person import Role
from events.program import RegisterProgram, RetireProgram, UpdateProgram
from schema.act import Plan, Step
from schema.context import Context
from schema.input import ChangeInput, MutationInput, defaulted, fresh, given, known, optional, required, unclearable
from schema.payload import ProgramPayload, mutation

# --- inputs


@strawberry.input(description="Input of programRegister.")
class ProgramRegisterInput(MutationInput):
    """Input of programRegister."""

    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    name: str = required("What it is called. Everybody sees it, and it stays in the log: no name of a person.")
    role: Role = defaulted("What it may do.", default=Role.MEMBER)


@strawberry.input
class _OneProgramInput(ChangeInput):
    program_id: strawberry.ID = required("Which.")


@strawberry.input(description="Input of programUpdate.")
class ProgramUpdateInput(_OneProgramInput):
    """Input of programUpdate."""

    name: str | None = optional("What it is called.")
    role: Role | None = optional("What it may do.")


@strawberry.input(description="Input of programRetire.")
class ProgramRetireInput(_OneProgramInput):
    """Input of programRetire."""


# --- commands


async def _register(values: ProgramRegisterInput, context: Context) -> Plan:
    command = RegisterProgram(program_id=fresh(values.id, Noun.PROGRAM, context.now, "id"), name=values.name, role=values.role)
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


def _program_id(values: _OneProgramInput) -> str:
    return known(values.program_id, Noun.PROGRAM, "programId")


async def _update(values: ProgramUpdateInput, _: Context) -> Plan:
    return Plan.of(
        UpdateProgram(
            program_id=_program_id(values),
            name=unclearable(values.name, "name"),
            role=unclearable(values.role, "role"),
            expected_version=given(values.expected_version),
        )
    )


async def _retire(values: ProgramRetireInput, _: Context) -> Plan:
    return Plan.of(RetireProgram(program_id=_program_id(values), expected_version=given(values.expected_version)))


# --- mutations


@strawberry.type
class ProgramMutations:
    """Mutations of programs."""

    program_register = mutation(_register, ProgramPayload, "Makes a program an actor; tokenCreate gives it a token.")
    program_update = mutation(_update, ProgramPayload, "Changes a program's name or role.")
    program_retire = mutation(_retire, ProgramPayload, "Ends a program's access for good, with all its tokens; its past stays.")
