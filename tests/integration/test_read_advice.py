"""Advice on an act with many things: read at once, and about each team and person once."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from events.coach.finding import FindingCode
from events.command import Command
from events.cycle import ActivateCycle
from events.objective import ActivateObjective, CreateObjective
from schema.act import Done
from schema.advice import load_advice
from schema.input import MutationInput
from tests.support.reading import Company, added, company_in


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_in(database_url) as company:
        await company.do(ActivateCycle(cycle_id="q3"))
        yield company


def written(number: int) -> list[Command]:
    """An objective of Ada's in Sales with a key result, made and activated."""
    title, objective_id = f"Objective {'abcdefghijkl'[number]}", f"objective{number}"
    return [
        CreateObjective(objective_id=objective_id, cycle_id="q3", title=title, owner_id="ada", team_id="sales"),
        added(f"part{number}", objective_id),
        ActivateObjective(objective_id=objective_id),
    ]


@pytest.mark.parametrize("is_tried", [False, True])
async def test_an_act_of_many_objectives_takes_as_many_statements_as_one(company: Company, *, is_tried: bool) -> None:
    async def advised(numbers: range) -> tuple[list[tuple[FindingCode, str, object]], int]:
        commands = [command for number in numbers for command in written(number)]
        accepted = await company.do(*commands, is_dry_run=is_tried)
        view = await (await company.context()).present()
        company.statements.clear()
        found = await load_advice(Done(values=MutationInput(dry_run=is_tried), accepted=accepted), view)
        return [(each.code, each.subject_id, each.facts.get("count")) for each in found], len(company.statements)

    one, few = await advised(range(1))
    many, as_few = await advised(range(1, 9))

    assert as_few == few
    assert {code for code, _, _ in one} < {code for code, _, _ in many}
    crowded = [(subject, count) for code, subject, count in many if code is FindingCode.TOO_MANY_OBJECTIVES]
    expected = 8 if is_tried else 9
    assert crowded == [("sales", expected), ("ada", expected)]
    of_parts = [subject for code, subject, _ in many if code is not FindingCode.TOO_MANY_OBJECTIVES]
    assert {f"objective{number}" for number in range(1, 9)} <= set(of_parts)
