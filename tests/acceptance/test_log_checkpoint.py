"""Checkpoints by GraphQL: for whom, of what, and when none is signed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from pydantic import SecretStr

from events.person import Role
from events.verify_database import verify_log
from events.verify_export import Anchor, VerificationReport
from service.checkpoint import open_checkpoint
from service.settings import Settings
from service.signed_note import SignerKey
from tests.support.acting import owner
from tests.support.client import Client
from tests.support.operations import Company
from tests.support.organization import ExampleOrganization
from tests.support.tampering import disarm

AsRole = Callable[[Role], Client]

KEY = SignerKey.new("okr.example.com")
CHECKPOINT = "{ logCheckpoint { position hash recordedAt note } }"


@pytest.fixture
def settings() -> Settings:
    return Settings(checkpoint_key=SecretStr(KEY.exported()))


async def verified(url: str, organization: ExampleOrganization, **options: Any) -> VerificationReport:
    async with owner(url) as connection:
        report = await verify_log(connection, organization.organization_id, **options)
    assert report is not None
    return report


async def damage(url: str, statement: str) -> None:
    async with owner(url) as connection:
        await disarm(connection)
        await connection.execute(statement)


async def checkpoint(client: Client) -> tuple[dict[str, Any], Anchor]:
    found = (await client.run(CHECKPOINT))["logCheckpoint"]
    return found, open_checkpoint(found["note"].encode(), KEY.verifier, "checkpoint")


async def refusal(client: Client) -> str:
    errors = (await client.send(CHECKPOINT)).json()["errors"]
    assert [error["extensions"]["code"] for error in errors] == ["LOG_NOT_VERIFIED"]
    return str(errors[0]["message"])


@pytest.mark.parametrize("is_verified", [False, True])
async def test_the_head_is_signed_for_those_who_see_all_of_the_log(
    organization: ExampleOrganization, database_url: str, as_role: AsRole, is_verified: bool
):
    if is_verified:
        await verified(database_url, organization)
    await Company(as_role(Role.ADMIN)).cycle()
    for role in (Role.ADMIN, Role.AUDITOR):
        response = (await as_role(role).send(CHECKPOINT)).json()
        found, anchor = await checkpoint(as_role(role))
        assert response["data"]["logCheckpoint"] == found
        assert found["position"] == response["extensions"]["position"] == str(anchor.position)
        assert found["hash"] == anchor.hash.hex()
        assert anchor.organization_id == organization.organization_id
        assert round(datetime.fromisoformat(found["recordedAt"]).timestamp() * 1_000_000) == anchor.recorded_at
        report = await verified(database_url, organization, anchors=[anchor])
        assert report.is_valid
        assert report.hash == anchor.hash
    for role in (Role.MEMBER, Role.VIEWER):
        assert (await as_role(role).run(CHECKPOINT))["logCheckpoint"] is None


async def test_a_checkpoint_stays_held_while_the_log_grows(
    client: Client, organization: ExampleOrganization, database_url: str
):
    _, first = await checkpoint(client)
    await Company(client).cycle()
    _, second = await checkpoint(client)
    assert second.position > first.position
    assert (await verified(database_url, organization, anchors=[first, second])).is_valid


async def test_what_the_request_finds_wrong_is_not_signed(client: Client, organization: ExampleOrganization, database_url: str):
    assert (await verified(database_url, organization)).is_valid
    await Company(client).cycle()
    head, _ = await checkpoint(client)
    await damage(database_url, f"update okr_ledger.event set data = '{{}}' where position = {head['position']}")
    assert await refusal(client) == f"the log is not whole at position {head['position']}"


async def test_a_head_that_is_not_that_of_its_event_is_not_signed(
    client: Client, organization: ExampleOrganization, database_url: str
):
    head, _ = await checkpoint(client)
    await damage(database_url, "update okr_ledger.organization_head set hash = sha256(hash)")
    assert await refusal(client) == f"the log is not whole at position {head['position']}"


async def test_after_a_problem_nothing_is_signed_until_a_verification_finds_none(
    client: Client, organization: ExampleOrganization, database_url: str
):
    await verified(database_url, organization)
    await damage(database_url, "update okr_ledger.event set actor_id = 'x' || actor_id where position = 2")
    await checkpoint(client)  # what was verified is not looked at again
    assert not (await verified(database_url, organization, full=True)).is_valid
    assert "run okr-ledger verify" in await refusal(client)
    await damage(database_url, "update okr_ledger.event set actor_id = substr(actor_id, 2) where position = 2")
    assert "run okr-ledger verify" in await refusal(client)
    assert (await verified(database_url, organization)).is_valid
    await checkpoint(client)


async def test_a_log_too_long_to_verify_in_a_request_has_to_be_verified_before(
    client: Client, organization: ExampleOrganization, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    head, _ = await checkpoint(client)
    monkeypatch.setattr("schema.checkpoint.MOST_VERIFIED_EVENTS", int(head["position"]) - 1)
    assert "run okr-ledger verify" in await refusal(client)
    await verified(database_url, organization)
    assert (await checkpoint(client))[0] == head
    monkeypatch.setattr("schema.checkpoint.MOST_VERIFIED_EVENTS", 2)
    await Company(client).cycle()
    assert int((await checkpoint(client))[0]["position"]) == int(head["position"]) + 2
    await Company(client).cycle("Q4", "2021-01-01", "2021-12-31")
    assert "run okr-ledger verify" in await refusal(client)
