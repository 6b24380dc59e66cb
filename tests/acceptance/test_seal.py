"""Seals of closed cycles: whether the log still holds them, as every role reads it."""

from collections.abc import Callable
from typing import Any

import pytest
import pytest_asyncio

from events.person import Role
from events.verify_database import verify_log
from events.verify_export import VerificationReport
from tests.support.acting import owner
from tests.support.client import Client
from tests.support.operations import Company
from tests.support.organization import ExampleOrganization
from tests.support.tampering import disarm

AsRole = Callable[[Role], Client]

SEALS = (
    "query ($asOf: MomentInput) { cycles(first: 10, asOf: $asOf) { nodes { name seal { position hash recordedAt valid } } } }"
)
YEARS = ("2023", "2024", "2025")


@pytest_asyncio.fixture
async def seals(client: Client, organization: ExampleOrganization) -> dict[str, int]:
    """Positions of the seals of three years, closed one after the other, and of one that is not closed."""
    company = Company(client)
    positions: dict[str, int] = {}
    for year in YEARS:
        cycle_id = await company.cycle(year, f"{year}-01-01", f"{year}-12-31")
        await company.do("cycle_review", cycleId=cycle_id)
        closed = await company.do("cycle_close", cycleId=cycle_id)
        positions[year] = int(closed["cycle"]["seal"]["position"])
    await company.cycle("2026", "2026-01-01", "2026-12-31")
    return positions


async def valid(client: Client, as_of: dict[str, str] | None = None) -> dict[str, bool]:
    nodes = (await client.run(SEALS, {"asOf": as_of}))["cycles"]["nodes"]
    return {node["name"]: node["seal"]["valid"] for node in nodes if node["seal"] is not None}


async def verified(url: str, organization: ExampleOrganization, **options: Any) -> VerificationReport:
    async with owner(url) as connection:
        report = await verify_log(connection, organization.organization_id, **options)
    assert report is not None
    return report


async def flip_a_bit(url: str, column: str, position: int) -> None:
    async with owner(url) as connection:
        await disarm(connection)
        await connection.execute(
            f"update okr_ledger.event set {column} = set_bit({column}, 5, 1 - get_bit({column}, 5)) where position = $1",
            position,
        )


async def test_seals_hold_before_and_after_a_verification(
    client: Client, seals: dict[str, int], organization: ExampleOrganization, database_url: str
):
    assert await valid(client) == dict.fromkeys(YEARS, True)
    assert (await verified(database_url, organization)).is_valid
    assert await valid(client) == dict.fromkeys(YEARS, True)


async def test_a_flipped_bit_breaks_the_seals_above_it_for_every_viewer_once_it_was_found(
    seals: dict[str, int], organization: ExampleOrganization, database_url: str, as_role: AsRole
):
    async def seen() -> dict[str, bool]:
        by_role = [await valid(as_role(role)) for role in Role]
        assert all(each == by_role[0] for each in by_role)
        return by_role[0]

    assert (await verified(database_url, organization)).is_valid
    victim = seals["2024"] - 1
    await flip_a_bit(database_url, "salt", victim)
    assert (await verified(database_url, organization)).is_valid
    assert await seen() == dict.fromkeys(YEARS, True)

    found = (await verified(database_url, organization, full=True)).problem
    assert found is not None
    assert found.position == victim
    broken = {"2023": True, "2024": False, "2025": False}
    assert await seen() == broken
    assert (await verified(database_url, organization)).problem == found
    assert await seen() == broken

    await flip_a_bit(database_url, "salt", victim)
    assert await seen() == broken
    assert (await verified(database_url, organization)).is_valid
    assert await seen() == dict.fromkeys(YEARS, True)


@pytest.mark.parametrize("column", ["hash", "salt"])
async def test_a_problem_at_the_closing_event_breaks_its_seal(
    client: Client, seals: dict[str, int], organization: ExampleOrganization, database_url: str, column: str
):
    await flip_a_bit(database_url, column, seals["2025"])
    # Another hash is seen at once, another payload by a verification.
    assert await valid(client) == {"2023": True, "2024": True, "2025": column != "hash"}
    assert not (await verified(database_url, organization)).is_valid
    assert await valid(client) == {"2023": True, "2024": True, "2025": False}


async def test_a_problem_behind_a_seal_leaves_it_whole(
    client: Client, seals: dict[str, int], organization: ExampleOrganization, database_url: str
):
    await flip_a_bit(database_url, "salt", seals["2023"] + 1)
    assert not (await verified(database_url, organization)).is_valid
    assert await valid(client) == {"2023": True, "2024": False, "2025": False}


async def test_a_closing_event_that_is_gone_is_no_seal(client: Client, seals: dict[str, int], database_url: str):
    async with owner(database_url) as connection:
        await disarm(connection)
        await connection.execute("delete from okr_ledger.event where position = $1", seals["2025"])
    assert await valid(client) == {"2023": True, "2024": True, "2025": False}


async def test_a_seal_read_in_the_past_is_as_valid_as_now(
    client: Client, seals: dict[str, int], organization: ExampleOrganization, database_url: str
):
    await flip_a_bit(database_url, "salt", seals["2023"] - 1)
    await verified(database_url, organization)
    assert await valid(client, {"position": str(seals["2024"])}) == {"2023": False, "2024": False}


async def test_a_problem_of_another_organization_is_none_of_this_one(client: Client, seals: dict[str, int], database_url: str):
    async with owner(database_url) as connection:
        await connection.execute(
            "insert into okr_ledger.verification (organization_id, position, hash, verified_at, problem_position)"
            " values (gen_random_uuid(), 1, sha256('x'), now(), 1)"
        )
    assert await valid(client) == dict.fromkeys(YEARS, True)


async def test_the_seals_of_a_level_are_one_statement(client: Client, seals: dict[str, int], statements: list[str]):
    statements.clear()
    await valid(client)
    assert sum("okr_ledger.verification" in statement for statement in statements) == 1
