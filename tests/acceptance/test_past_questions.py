"""The page about the past tells the truth: the demo answers each of its queries as it is written there."""

from tests.support.questions import demo_client, questions


async def test_the_demo_answers_as_the_page_says(database_url: str):
    asked = questions()
    assert len(asked) == 7
    async with demo_client(database_url) as client:
        for query, expected in asked:
            assert await client.run(query) == expected, query
