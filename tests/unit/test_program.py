"""Programs: registered, changed and retired for good."""

import pytest

from events.command import Command
from events.person import Role
from events.program import (
    ProgramRegistered,
    ProgramRetired,
    ProgramUpdated,
    RegisterProgram,
    RetireProgram,
    UpdateProgram,
)
from events.rejection import RejectionCode
from tests.support.given import Company


def registered() -> Company:
    company = Company()
    company.do(RegisterProgram(program_id="robot", name="Robot"))
    return company


def test_a_program_is_registered_once() -> None:
    company = Company()
    command = RegisterProgram(program_id="robot", name="Robot")
    assert company.do(command) == [ProgramRegistered(program_id="robot", name="Robot", role=Role.MEMBER)]
    assert company.refusal(command) == (RejectionCode.ID_TAKEN, ("id",))


def test_only_what_differs_is_changed() -> None:
    company = registered()
    assert company.do(UpdateProgram(program_id="robot", name="Robot", role=Role.MEMBER)) == []
    changed = company.do(UpdateProgram(program_id="robot", role=Role.VIEWER, expected_version=1))
    assert changed == [ProgramUpdated(program_id="robot", role=Role.VIEWER)]
    company.do(UpdateProgram(program_id="robot", name="Arm"))
    program = company.facts.programs["robot"]
    assert (program.name, program.role, program.version) == ("Arm", Role.VIEWER, 3)


def test_a_retired_program_stays_retired() -> None:
    company = registered()
    assert company.do(RetireProgram(program_id="robot")) == [ProgramRetired(program_id="robot")]
    assert company.do(RetireProgram(program_id="robot")) == []
    program = company.facts.programs["robot"]
    assert (program.is_active, program.retired_at) == (False, company.events[-1][1].recorded_at)
    assert company.refusal(UpdateProgram(program_id="robot", name="x")) == (RejectionCode.WRONG_STATE, ("programId",))


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (UpdateProgram(program_id="nobody", name="x"), RejectionCode.NOT_FOUND),
        (RetireProgram(program_id="nobody"), RejectionCode.NOT_FOUND),
        (UpdateProgram(program_id="robot", name="x", expected_version=7), RejectionCode.VERSION_CONFLICT),
        (RetireProgram(program_id="robot", expected_version=7), RejectionCode.VERSION_CONFLICT),
    ],
)
def test_what_does_not_fit_is_refused(command: Command, code: RejectionCode) -> None:
    assert registered().refusal(command)[0] is code


def test_a_program_is_nobody_to_own_something() -> None:
    company = registered()
    assert not company.facts.has_person("robot")
