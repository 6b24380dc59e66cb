"""What a request has read is gone with it: nothing is left for Python to find among things that refer to each other."""

import gc
from collections import Counter

import pytest

from events.person import Role
from schema.loader import Loader
from schema.view import View
from service.settings import Settings
from tests.support.client import Client
from tests.support.operations import Company, contract_variables, core_operations, fill, operation
from tests.support.organization import ExampleOrganization


@pytest.fixture
def settings() -> Settings:
    return Settings(kept_answer_bytes=0)


async def test_a_request_leaves_nothing_to_be_collected(client: Client, organization: ExampleOrganization):
    company = Company(client, {"person": organization.people[Role.MEMBER]})
    queries = {name: text for name in core_operations() if "mutation " not in (text := operation(name))}
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        await fill(company)
        for name, text in queries.items():
            variables = contract_variables(name, company.ids)
            await client.send(text, variables)
            if "$asOf" in text:
                await client.send(text, {**variables, "asOf": {"position": "12"}})
        gc.collect()
        left = Counter(type(each).__name__ for each in gc.garbage if isinstance(each, View | Loader))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert len(queries) > 10
    assert left == Counter()
