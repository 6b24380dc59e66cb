"""GraphiQL: a page and assets that come from this server alone."""

import json
import re

import httpx
import pytest
from starlette.applications import Starlette

from service.graphiql import CONTENT_SECURITY_POLICY, Tab, assets, page


def configuration(document: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="configuration">(.*?)</script>', document, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def test_the_page_carries_tabs_and_headers():
    document = page(
        tabs=[Tab(query="{ viewer { id } }"), Tab(query="query Q($id: ID!) { node(id: $id) { id } }", variables='{"id": "1"}')],
        headers={"Authorization": "Bearer token"},
    )
    assert configuration(document) == {
        "endpoint": "/graphql",
        "headers": {"Authorization": "Bearer token"},
        "tabs": [
            {"query": "{ viewer { id } }"},
            {"query": "query Q($id: ID!) { node(id: $id) { id } }", "variables": '{"id": "1"}'},
        ],
    }


def test_no_text_ends_the_element_that_holds_it():
    hostile = "</script><script>alert(1)</script>"
    document = page(tabs=[Tab(query=hostile)], title=hostile)
    assert hostile not in document
    assert configuration(document)["tabs"] == [{"query": hostile}]


async def test_everything_the_page_loads_is_served_here():
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page())
    assert len(addresses) == 5
    transport = httpx.ASGITransport(Starlette(routes=[assets()]))
    async with httpx.AsyncClient(transport=transport, base_url="http://ledger") as client:
        for address in addresses:
            if address != "data:,":
                assert (await client.get(address)).status_code == 200, address


@pytest.mark.parametrize("elsewhere", ["http:", "https:", "//"])
def test_neither_page_nor_policy_names_another_server(elsewhere: str):
    assert elsewhere not in page()
    assert elsewhere not in CONTENT_SECURITY_POLICY
