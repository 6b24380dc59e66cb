from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from events.identifier import uuid_of
from service.assembly import database_of, ledger_of
from service.demo.company import ORGANIZATION_ID
from service.demo.history import demo_history
from service.demo.queries import QUERIES
from service.demo.start import Demo, prepare_demo
from service.history_import import Imported, import_history
from service.settings import Settings
from service.tokens import Bearer, find_bearer
from tests.support.acting import owner

CHOSEN = "chosen-by-the-operator"


@pytest.fixture
def settings() -> Settings:
    return Settings(token=SecretStr(CHOSEN))


class Starts:
    """Starts of the demo, and how many acts each of them imported."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self.settings = settings
        self.database_url = database_url
        self.imported: list[int] = []

    async def start(self) -> Demo:
        seen: list[Imported] = []
        demo = await prepare_demo(self.settings, self.database_url, lambda _, imported: seen.append(imported))
        self.imported.append(seen[-1].acts - seen[-1].known_acts if seen else 0)
        return demo

    async def bearer(self, secret: str) -> Bearer | None:
        async with owner(self.database_url) as connection:
            return await find_bearer(connection, secret)

    async def events(self) -> int:
        async with owner(self.database_url) as connection:
            count: int = await connection.fetchval("select count(*) from okr_ledger.event")
            return count


async def test_the_second_start_imports_nothing_and_hands_out_tokens_again(settings: Settings, database_url: str):
    starts = Starts(settings, database_url)

    first, events = await starts.start(), await starts.events()
    second = await starts.start()

    assert starts.imported[0] > 900
    assert starts.imported[1] == 0
    assert await starts.events() == events
    assert first.tokens["ADMIN"] == second.tokens["ADMIN"] == CHOSEN
    assert set(first.tokens) == {"ADMIN", "MEMBER", "VIEWER", "AUDITOR"}
    assert not ({*first.tokens.values()} & {*second.tokens.values()}) - {CHOSEN}
    bearers = [await starts.bearer(secret) for secret in [*first.tokens.values(), *second.tokens.values()]]
    assert {each.organization_id for each in bearers if each is not None} == {uuid_of(ORGANIZATION_ID)}
    assert len({each.actor_id for each in bearers if each is not None}) == 4


async def test_a_start_that_was_interrupted_on_another_day_is_continued(settings: Settings, database_url: str):
    starts = Starts(settings, database_url)
    begun = list(demo_history(datetime.now(UTC) - timedelta(days=100)))
    async with database_of(settings, database_url) as database:
        ledger = ledger_of(settings, database)
        await import_history(begun[:500], database, ledger)
        await ledger.drain()

    demo = await starts.start()

    assert starts.imported[0] > 500
    assert len(demo.cycles) == 6


async def test_the_running_quarter_comes_first(settings: Settings, database_url: str):
    starts = Starts(settings, database_url)

    demo = await starts.start()

    first, *others = demo.cycles
    assert first.starts_on == sorted(each.starts_on for each in demo.cycles)[-2]
    assert [each.starts_on for each in others] == sorted(each.starts_on for each in others)
    assert demo.announcement("http://127.0.0.1:1")["url"] == "http://127.0.0.1:1/graphql"
    assert all(demo.variables(each).keys() == each.variables.keys() for each in QUERIES)
