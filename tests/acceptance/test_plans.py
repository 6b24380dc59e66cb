"""Plans answer what the library answers: the contract, a tour of the whole schema, and made-up operations, right or wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from graphql import ExecutionResult, OperationType

from events.person import Role
from service.graphql_http import GraphQLEndpoint
from service.settings import Settings
from tests.support.client import Client
from tests.support.hidden_things import Hidden, hidden_things
from tests.support.organization import ExampleOrganization
from tests.support.schema_tour import Tour

Connect = Callable[[str | None], Client]


@dataclass(slots=True)
class Compared:
    """What was answered both ways: the names of operations with a plan, without one, and those that differ."""

    planned: list[str | None] = field(default_factory=list[str | None])
    unplanned: list[str | None] = field(default_factory=list[str | None])
    differing: list[Any] = field(default_factory=list[Any])


@pytest.fixture
def settings() -> Settings:
    """Wide limits: the tour selects whatever there is."""
    return Settings(
        query_characters=1_000_000,
        query_tokens=100_000,
        query_selections=100_000,
        query_repetitions=100_000,
        query_aliases=10_000,
        query_root_fields=1_000,
        query_cost=10_000_000,
        cost_budget=1_000_000_000_000,
        query_depth=30,
        cached_documents=5_000,
        kept_answer_bytes=0,
    )


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Compared:
    """Let every query be answered by its plan and by the library, in the same request."""
    found, execute = Compared(), GraphQLEndpoint._execute

    async def both(self: Any, document: Any, asked: Any, request: Any, session: Any) -> ExecutionResult:
        plain: ExecutionResult = await execute(self, replace(document, plans=None), asked, request, session)
        if session is None or asked.operation is not OperationType.QUERY:
            return plain
        try:
            answer = await document.plans.run(asked, session.context, request.variables)
        except Exception as error:
            # Where the library has no error either, something is missing in plans.
            found.unplanned.append(repr(error) if plain.errors is None else None)
        else:
            found.planned.append(asked.name.value if asked.name else None)
            if plain.errors is not None or list_of(answer) != list_of(plain.data):
                found.differing.append((answer, plain))
        return plain

    monkeypatch.setattr(GraphQLEndpoint, "_execute", both)
    return found


def list_of(value: Any) -> Any:
    """Make dictionaries to lists, so that their order counts."""
    if isinstance(value, dict):
        return [(name, list_of(each)) for name, each in value.items()]
    if isinstance(value, list):
        return [list_of(each) for each in value]
    return (type(value), value)


async def test_the_whole_schema_is_answered_alike(
    compared: Compared, client: Client, connect: Connect, organization: ExampleOrganization, database_url: str
):
    hidden: Hidden = await hidden_things(client, connect, organization, database_url)
    past = {"position": hidden.ids["past"]}
    for by in (client, connect(organization.tokens[Role.MEMBER])):
        for place in Tour(hidden.ids).operations():
            for moment in (None, past) if by is client and "$asOf" in place.document else (None,):
                await by.send(place.document, {"asOf": moment} if "$asOf" in place.document else {})
    assert compared.differing == []
    assert [each for each in compared.unplanned if each] == []
    assert len(compared.planned) > 300
