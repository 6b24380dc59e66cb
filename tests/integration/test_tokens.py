"""Tokens: made once, found by their secret alone, ended at once, and never visible to another organization."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio

from events.identifier import new_uuid
from events.person import Role
from service.authentication import Authenticator
from service.database import Database
from service.graphql_errors import ErrorCode, RequestRefusedError
from service.tokens import create_token, digest_of, find_bearer, list_tokens, revoke_token
from tests.support.organization import ExampleOrganization, make_organization


@pytest_asyncio.fixture
async def organization(database_url: str) -> ExampleOrganization:
    return await make_organization(database_url)


@pytest_asyncio.fixture
async def database(database_url: str, organization: ExampleOrganization) -> AsyncIterator[Database]:
    async with Database(database_url) as database:
        yield database


async def test_a_token_is_found_by_its_secret_from_any_connection(database: Database, organization: ExampleOrganization):
    async with database.connection(None) as connection:
        for role, secret in organization.tokens.items():
            bearer = await find_bearer(connection, secret)
            assert bearer is not None
            assert (bearer.organization_id, bearer.actor_id) == (organization.organization_id, organization.people[role])
        assert await find_bearer(connection, "okr_ledger_unknown") is None
        assert await find_bearer(connection, "") is None


async def test_only_the_digest_of_a_secret_is_kept(database_url: str, organization: ExampleOrganization):
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("select t::text as row, digest from okr_ledger.token t")
    finally:
        await connection.close()
    for secret in organization.tokens.values():
        assert secret.startswith("okr_ledger_")
        assert len(secret) > 50
        assert not any(secret in row["row"] for row in rows)
        assert digest_of(secret) in {row["digest"] for row in rows}


async def test_a_token_that_is_over_or_revoked_is_not_found(database: Database, organization: ExampleOrganization):
    person_id, organization_id = organization.people[Role.ADMIN], organization.organization_id
    async with database.connection(organization_id) as connection:
        past, future = datetime.now(UTC) - timedelta(seconds=1), datetime.now(UTC) + timedelta(hours=1)
        over = await create_token(connection, organization_id, person_id, "over", past)
        assert await find_bearer(connection, over.secret) is None
        lasting = await create_token(connection, organization_id, person_id, "lasting", future)
        assert await find_bearer(connection, lasting.secret) is not None
        assert await revoke_token(connection, organization_id, lasting.token.token_id)
        assert await find_bearer(connection, lasting.secret) is None
        assert not await revoke_token(connection, organization_id, lasting.token.token_id)
        assert not await revoke_token(connection, organization_id, new_uuid())
        listed = {token.name: token for token in await list_tokens(connection, organization_id)}
    assert listed["lasting"].revoked_at is not None
    assert listed["over"].expires_at == past
    assert listed["lasting"].last_used_at is not None
    assert set(listed) == {"over", "lasting", *Role}


async def test_another_organization_sees_and_ends_no_token(
    database: Database, database_url: str, organization: ExampleOrganization
):
    other = await make_organization(database_url, name="Other")
    async with database.connection(organization.organization_id) as connection:
        (victim, *_) = await list_tokens(connection, organization.organization_id)
    async with database.connection(other.organization_id) as connection:
        assert await list_tokens(connection, organization.organization_id) == []
        assert not await revoke_token(connection, organization.organization_id, victim.token_id)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await create_token(connection, organization.organization_id, "person_1", "stolen")


async def test_what_the_authenticator_remembers_does_not_outlive_a_revocation(
    database: Database, organization: ExampleOrganization
):
    authenticator = Authenticator(database)
    secret = organization.tokens[Role.MEMBER]
    for _ in range(2):
        bearer = await authenticator.bearer(secret)
        assert bearer.actor_id == organization.people[Role.MEMBER]
    async with database.connection(organization.organization_id) as connection:
        await revoke_token(connection, organization.organization_id, bearer.token_id)
    with pytest.raises(RequestRefusedError) as caught:
        await authenticator.bearer(secret)
    assert caught.value.code is ErrorCode.UNAUTHENTICATED
    assert caught.value.headers["WWW-Authenticate"] == 'Bearer realm="okr-ledger", error="invalid_token"'
