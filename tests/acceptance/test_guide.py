"""The guide tells the truth: every step of its pages goes as it is written there, in an organization of the page's own."""

import pytest

from tests.support.guide import guide, pages

REFUSED = """```graphql
mutation { teamCreate(input: { name: "" }) { team { id } userErrors { message } } }
```
"""
SILENT = """```graphql
mutation { teamCreate(input: { name: "" }) { team { id } } }
```
"""


async def test_every_step_of_the_guide_answers_as_the_page_says_and_no_refusal_is_hidden(database_url: str):
    written = {page.name: page.read_text(encoding="utf-8") for page in pages()}
    assert len(written) == 5
    async with guide(database_url) as told:
        for name, text in written.items():
            assert await told.told(text) == text, name
        for hidden in (REFUSED, SILENT):
            with pytest.raises(AssertionError):
                await told.told(hidden)
