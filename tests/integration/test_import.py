from collections.abc import AsyncIterator, Iterable
from typing import Any

import orjson
import pytest
import pytest_asyncio

from events.envelope import Origin
from service.database import Database
from service.history_format import HistoryError
from service.history_import import Imported, ImportStoppedError, import_history
from service.ledger import Ledger
from service.person_keys import open_sealed
from tests.support.acting import owner, running_ledger

ORGANIZATION = "organization_01jgfjjz00ehtsrf388yf729jp"
HEADER: dict[str, Any] = {
    "format": "okr-ledger-history",
    "version": 1,
    "at": "2026-01-05T08:00:00Z",
    "organization": {"id": ORGANIZATION, "name": "Example"},
}
ADA = {"type": "person.invite", "key": "ada", "name": "Ada", "email": "ada@example.com", "role": "ADMIN"}
CYCLE = {"type": "cycle.create", "key": "q1", "name": "Q1", "starts_on": "2026-01-01", "ends_on": "2026-03-31"}


def act(key: str, *commands: dict[str, Any], minute: int = 0, actor: str = "ada", **fields: Any) -> dict[str, Any]:
    return {"key": key, "at": f"2026-02-01T08:{minute:02}:00Z", "actor": actor, "commands": list(commands), **fields}


def team(number: int, **fields: Any) -> dict[str, Any]:
    return {"type": "team.create", "key": f"team-{number}", "name": f"Team {number}", **fields}


def company(teams: int = 3) -> list[dict[str, Any]]:
    return [
        HEADER,
        act("ada", ADA, actor="system"),
        *(act(f"t{each}", team(each), minute=each) for each in range(1, teams + 1)),
    ]


def encoded(content: Iterable[dict[str, Any]]) -> list[bytes]:
    return [orjson.dumps(each) for each in content]


class Importer:
    """A ledger of this process and what the log holds."""

    def __init__(self, database_url: str, database: Database, ledger: Ledger) -> None:
        self.database_url = database_url
        self.database = database
        self.ledger = ledger

    async def run(self, content: Iterable[dict[str, Any]]) -> Imported:
        return await import_history(encoded(content), self.database, self.ledger)

    async def stopped(self, content: Iterable[dict[str, Any]]) -> ImportStoppedError:
        with pytest.raises(ImportStoppedError) as caught:
            await self.run(content)
        return caught.value

    async def rows(self, statement: str) -> list[Any]:
        async with owner(self.database_url) as connection:
            return [tuple(row) for row in await connection.fetch(statement)]

    async def types(self) -> list[str]:
        return [row[0] for row in await self.rows("select type from okr_ledger.event order by position")]


@pytest_asyncio.fixture
async def importer(database_url: str) -> AsyncIterator[Importer]:
    async with running_ledger(database_url) as ledger, Database(database_url) as database:
        yield Importer(database_url, database, ledger)


async def test_a_history_keeps_its_times_actors_and_reasons(importer: Importer):
    reason = {"code": "OTHER", "text": "the move"}
    imported = await importer.run(
        [*company(1), act("move", {"type": "team.update", "team": "team-1", "name": "T"}, minute=9, reason=reason)]
    )

    assert (imported.acts, imported.known_acts, imported.events) == (4, 0, 4)
    rows = await importer.rows("select type, recorded_at, actor_id, metadata from okr_ledger.event order by position")
    assert [row[0] for row in rows] == ["organization.created", "person.invited", "team.created", "team.renamed"]
    assert [row[1].isoformat() for row in rows] == [
        "2026-01-05T08:00:00+00:00",
        "2026-02-01T08:00:00+00:00",
        "2026-02-01T08:01:00+00:00",
        "2026-02-01T08:09:00+00:00",
    ]
    assert [row[2].partition("_")[0] for row in rows] == ["system", "system", "person", "person"]
    metadata = [orjson.loads(row[3]) for row in rows]
    assert {each["origin"] for each in metadata} == {Origin.IMPORT}
    assert metadata[-1]["reason"] == reason


async def test_a_second_run_changes_nothing(importer: Importer):
    first = await importer.run(company())
    before = await importer.rows("select * from okr_ledger.event order by position")
    commands = await importer.rows("select * from okr_ledger.command order by command_id")

    second = await importer.run(company())

    assert (second.acts, second.known_acts, second.events) == (first.acts, first.acts, 0)
    assert await importer.rows("select * from okr_ledger.event order by position") == before
    assert await importer.rows("select * from okr_ledger.command order by command_id") == commands
    assert {row[0] for row in await importer.rows("select expires_at from okr_ledger.command")} == {None}


async def test_a_longer_file_goes_on_where_the_first_one_ended(importer: Importer):
    await importer.run(company(2))

    imported = await importer.run(company(5))

    assert (imported.known_acts, imported.events) == (4, 3)
    assert (await importer.types()).count("team.created") == 5


async def test_names_are_sealed_with_keys_that_open_them(importer: Importer):
    await importer.run(
        [*company(0), act("name", {"type": "person.update", "person": "ada", "name": "Ada L.", "email": "a@b.example"})]
    )

    rows = await importer.rows("select data from okr_ledger.event where type like 'person.%' order by position")
    ((key,),) = await importer.rows("select key from okr_ledger.person_key")
    texts = [orjson.loads(row[0])["sealed"] for row in rows]
    assert [open_sealed(key, text) for text in texts] == [("Ada", "ada@example.com"), ("Ada L.", "a@b.example")]
    assert not any(b"Ada" in row[0].encode() for row in rows)


async def test_a_later_run_seals_a_new_name_with_the_key_that_is_there(importer: Importer):
    await importer.run(company(0))
    update = {"type": "person.update", "person": "ada", "name": "Ada L.", "email": "a@b.example"}

    await importer.run([*company(0), act("name", update)])

    ((key,),) = await importer.rows("select key from okr_ledger.person_key")
    ((data,),) = await importer.rows("select data from okr_ledger.event where type = 'person.updated'")
    assert open_sealed(key, orjson.loads(data)["sealed"]) == ("Ada L.", "a@b.example")


async def test_a_refused_act_stops_the_import_and_leaves_nothing_of_itself_or_after(importer: Importer):
    wrong = act("wrong", team(7), {"type": "team.create", "key": "team-8", "name": "Eight", "parent": "ada"}, minute=30)
    after = [act(f"after-{each}", team(20 + each), minute=31) for each in range(100)]

    error = await importer.stopped([*company(), wrong, *after])

    assert error.problem == "line 6 (key 'wrong'): commands.1: NOT_FOUND: no such parent team (parentId)"
    assert (error.imported.acts, error.imported.events) == (5, 5)
    assert (await importer.types()).count("team.created") == 3
    assert "5 acts are in the log" in str(error)


async def test_a_corrected_file_goes_on_behind_the_error(importer: Importer):
    wrong = act("fix", team(7, parent="ada"), minute=30)
    after = [act(f"after-{each}", team(20 + each), minute=31) for each in range(10)]
    await importer.stopped([*company(), wrong, *after])

    imported = await importer.run([*company(), act("fix", team(7, parent="team-1"), minute=30), *after])

    assert (imported.acts, imported.known_acts, imported.events) == (16, 5, 11)
    assert (await importer.types()).count("team.created") == 14


async def test_a_line_that_cannot_be_read_stops_the_import_after_all_before_it(importer: Importer):
    error = await importer.stopped(
        [*company(), act("odd", {"type": "team.destroy"}, minute=40), act("late", team(9), minute=50)]
    )

    assert error.problem == "line 6 (key 'odd'): commands.0: type: 'team.destroy' is none of the commands of the format"
    assert error.imported.acts == 5
    assert len(await importer.types()) == 5


async def test_a_line_that_was_changed_after_its_import_is_refused(importer: Importer):
    await importer.run(company())
    changed = company()
    changed[3] = act("t2", team(2, lead="ada"), minute=2)

    error = await importer.stopped(changed)

    assert error.problem.startswith("line 4 (key 't2'): commands.0: IDEMPOTENCY_KEY_REUSED")
    assert len(await importer.types()) == 5


async def test_what_lies_behind_the_newest_event_is_refused(importer: Importer):
    await importer.run(company(5))
    late = {"key": "late", "at": "2026-02-01T08:00:30Z", "actor": "ada", "commands": [team(9)]}

    error = await importer.stopped([*company(0), late])

    assert error.problem.startswith("line 3 (key 'late'): commands.0: INVALID: the recorded time lies before the newest event")


async def test_the_future_is_no_history(importer: Importer):
    error = await importer.stopped([*company(0), {**act("next", team(1)), "at": "2999-01-01T00:00:00Z"}])

    assert "line 3 (key 'next'): commands.0: IN_FUTURE" in error.problem


async def test_rules_of_the_domain_hold_for_history_too(importer: Importer):
    error = await importer.stopped([*company(0), act("a", CYCLE), act("b", {**CYCLE, "key": "again"}, minute=1)])

    assert error.problem == "line 4 (key 'b'): commands.0: NAME_TAKEN: another cycle has this name (name)"


async def test_roles_of_then_are_not_asked_for(importer: Importer):
    viewer = {**ADA, "key": "vera", "name": "Vera", "role": "VIEWER"}

    imported = await importer.run([*company(0), act("vera", viewer), act("cycle", CYCLE, actor="vera", minute=1)])

    assert imported.acts == 4


async def test_an_actor_has_to_be_a_person_of_the_organization(importer: Importer):
    stranger = "person_01jgfjjz00ehtsrf388yf729jp"

    error = await importer.stopped([*company(1), act("a", team(4), actor="team-1", minute=3)])
    other = await importer.stopped([*company(1), act("a", team(4), actor=stranger, minute=3)])

    assert error.problem == other.problem == "line 4 (key 'a'): commands.0: NOT_FOUND: no such person (actor)"


async def test_acts_of_one_second_keep_their_order(importer: Importer):
    content = [*company(0), *(act(f"t{each}", team(each), minute=5) for each in range(200))]

    await importer.run(content)

    rows = await importer.rows("select data, recorded_at from okr_ledger.event where type = 'team.created' order by position")
    assert [orjson.loads(row[0])["name"] for row in rows] == [f"Team {each}" for each in range(200)]
    times = [row[1] for row in rows]
    assert times == sorted(set(times))


async def test_an_existing_organization_is_continued(importer: Importer):
    await importer.run(company(1))
    person = (await importer.rows("select stream_id from okr_ledger.event where type = 'person.invited'"))[0][0]
    header = {"format": "okr-ledger-history", "version": 1, "organization": {"id": ORGANIZATION}}

    imported = await importer.run([header, act("more", team(2), actor=person, minute=30)])

    assert (imported.acts, imported.events) == (1, 1)


async def test_an_organization_that_is_to_be_continued_has_to_exist(importer: Importer):
    header = {"format": "okr-ledger-history", "version": 1, "organization": {"id": ORGANIZATION}}

    with pytest.raises(HistoryError, match=r"line 1: organization\.id: there is no such organization"):
        await importer.run([header])

    assert await importer.rows("select 1 from okr_ledger.organization_head") == []


async def test_progress_counts_every_line(importer: Importer):
    seen: list[int] = []

    await import_history(
        encoded(company(400 // 10)), importer.database, importer.ledger, lambda imported: seen.append(imported.line)
    )

    assert seen == list(range(1, 43))
