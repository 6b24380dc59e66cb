"""Exports are made in the background, bounded, kept in the database, and gone in time, whatever ends in between."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from events.identifier import uuid_of
from events.objective import UpdateObjective, Visibility
from events.rejection import LimitExceeded, Rejected, RejectionCode
from events.verify_export import verify_export
from projections.export_table import ExportContent, Extract
from schema.export_door import ExportFailureCode, ExportFormat, ExportRequest, ExportRow, ExportState
from service import export_store, exports
from service.exports import ExportLimits, Exports
from service.failure import OverloadedError
from tests.support.acting import owner
from tests.support.reading import Company, company_in

Ask = Callable[..., Awaitable[ExportRow]]


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_in(database_url) as company:
        await company.objective("trust", ["replies", "calls"])
        await company.objective("secret", ["margin"], visibility=Visibility.PRIVATE)
        await company.check_in("first", "replies", 3, comment="größer 大きい")
        yield company


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for files on the way."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Holds every table back until it is set."""
    opened, write_table = asyncio.Event(), exports.write_table

    async def held_back(*arguments: Any, **options: Any) -> None:
        await opened.wait()
        await write_table(*arguments, **options)

    monkeypatch.setattr(exports, "write_table", held_back)
    return opened


@asynccontextmanager
async def running(company: Company, **limits: Any) -> AsyncIterator[Exports]:
    made = Exports(company.database, ExportLimits(**limits))
    async with made.running():
        yield made


async def request(company: Company, person_id: str = "ada", **more: Any) -> ExportRequest:
    extract = Extract(reader=await company.reader(person_id), lens=await company.now())
    fields = {"content": ExportContent.OBJECTIVES, "format": ExportFormat.CSV, "idempotency_key": None, **more}
    return ExportRequest(extract=extract, request_hash=bytes(32), **fields)


async def asked(made: Exports, wanted: ExportRequest) -> ExportRow:
    answer = await made.ask(wanted)
    assert answer.export is not None
    return answer.export


async def found(made: Exports, wanted: ExportRequest, export_id: str) -> ExportRow | None:
    return await made.find(wanted.extract.reader, export_id)


async def settled(made: Exports, wanted: ExportRequest, export_id: str) -> ExportRow:
    for _ in range(1_000):
        row = await found(made, wanted, export_id)
        assert row is not None
        if row.state is not ExportState.RUNNING:
            return row
        await asyncio.sleep(0.01)
    raise TimeoutError


async def content_of(company: Company, url: str) -> bytes:
    _, _, token, name = url.split("/")
    async with company.database.connection(None) as connection:
        stored = await export_store.find_file(connection, token)
    assert stored is not None
    assert stored.file_name == name
    pieces: list[bytes] = []
    async with company.database.connection(stored.organization_id) as connection:
        while piece := await export_store.chunk(connection, stored, len(pieces)):
            pieces.append(piece)
    assert len(b"".join(pieces)) == stored.byte_size
    return b"".join(pieces)


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def counts(database_url: str) -> tuple[int, int]:
    async with owner(database_url) as connection:
        return tuple(
            [await connection.fetchval(f"select count(*) from okr_ledger.{each}") for each in ("export", "export_chunk")]
        )  # type: ignore[return-value] # of two


async def changed(database_url: str, assignments: str) -> None:
    async with owner(database_url) as connection:
        await connection.execute(f"update okr_ledger.export set {assignments}")


async def test_a_file_is_asked_for_made_and_kept(company: Company, folder: Path):
    async with running(company) as made:
        wanted = await request(company)
        row = await asked(made, wanted)
        assert (row.state, row.url, row.expires_at, row.byte_size) == (ExportState.RUNNING, None, None, None)

        ready = await settled(made, wanted, row.id)

    assert ready.state is ExportState.READY
    assert ready.position == (await company.head()).position
    assert ready.url is not None
    assert ready.url.endswith(f"/objectives-{ready.position}.csv")
    content = await content_of(company, ready.url)
    assert ready.byte_size == len(content)
    lines = content.decode().splitlines()
    assert [line.split(",")[7] for line in lines] == ["objective_id", "secret", "trust", "trust"]
    assert left_in(folder) == []


@pytest.mark.parametrize("form", ExportFormat)
async def test_a_file_of_one_moment_is_the_same_in_whatever_pieces_it_is_kept(
    company: Company, form: ExportFormat, monkeypatch: pytest.MonkeyPatch
):
    contents: list[bytes] = []
    async with running(company) as made:
        for size in (1_048_576, 100):
            monkeypatch.setattr(export_store, "CHUNK_BYTES", size)
            wanted = await request(company, format=form, content=ExportContent.CHANGES)
            row = await asked(made, wanted)
            ready = await settled(made, wanted, row.id)
            contents.append(await content_of(company, ready.url or ""))

    assert contents[0] == contents[1]
    assert len(contents[0]) > 100


async def test_a_file_shows_what_its_creator_may_see_and_nobody_else_finds_it(company: Company):
    async with running(company) as made:
        wanted = await request(company, "max")
        row = await asked(made, wanted)
        ready = await settled(made, wanted, row.id)
        for_others = [await made.find(await company.reader(each), row.id) for each in ("ada", "aud", "eva")]

    assert b"secret" not in await content_of(company, ready.url or "")
    assert for_others == [None, None, None]


async def test_the_log_comes_whole_and_verifies(company: Company):
    async with running(company) as made:
        wanted = await request(company, content=ExportContent.EVENTS, format=ExportFormat.JSONL)
        # What is written before its turn comes is in the log as well.
        await company.check_in("late", "replies", 4)
        row = await asked(made, wanted)
        ready = await settled(made, wanted, row.id)

    report = verify_export(BytesIO(await content_of(company, ready.url or "")))
    head = await company.head()
    assert (report.is_valid, report.position, report.hash) == (True, head.position, head.hash)
    assert (row.position, ready.position) == (head.position - 1, head.position)


async def test_a_file_with_too_many_rows_or_bytes_fails_and_says_what_to_do(company: Company, folder: Path, database_url: str):
    async def failed(**limits: Any) -> tuple[ExportFailureCode | None, str | None]:
        async with running(company, **limits) as made:
            row = await asked(made, wanted)
            ended = await settled(made, wanted, row.id)
        assert (ended.state, ended.url) == (ExportState.FAILED, None)
        return ended.failure_code, ended.failure_message

    code = ExportFailureCode.LIMIT_EXCEEDED
    wanted = await request(company)
    assert await failed(rows=2) == (code, "it would have more than 2 rows: narrow the scope")
    assert await failed(bytes=500) == (code, "it would have more than 500 bytes: narrow the scope")
    wanted = await request(company, format=ExportFormat.XLSX)
    assert await failed(bytes=500) == (code, "it would have more than 500 bytes: narrow the scope")
    wanted = await request(company, content=ExportContent.CHANGES)
    assert await failed(rows=2) == (code, "it would have more than 2 rows: narrow the scope or the span")
    wanted = await request(company, content=ExportContent.EVENTS, format=ExportFormat.JSONL)
    advice = "take the log by the command line, `okr-ledger export`"
    assert await failed(rows=2) == (code, f"it would have more than 2 rows: {advice}")
    assert (await counts(database_url), left_in(folder)) == ((5, 0), [])
    async with running(company, rows=3) as made:
        wanted = await request(company)
        assert (await settled(made, wanted, (await asked(made, wanted)).id)).state is ExportState.READY


async def test_only_so_many_are_made_at_once_and_wait(company: Company, gate: asyncio.Event):
    async with running(company, concurrent=2, queue=1) as made:
        wanted = await request(company)
        rows = [await asked(made, wanted) for _ in range(3)]
        with pytest.raises(OverloadedError) as overloaded:
            await made.ask(wanted)
        assert (overloaded.value.retry_after, str(overloaded.value)) == (1.0, "too many exports are waiting")
        gate.set()
        ended = [await settled(made, wanted, row.id) for row in rows]
        # There is room again, and somebody makes it.
        last = await asked(made, wanted)
        ended.append(await settled(made, wanted, last.id))

    assert [row.state for row in ended] == [ExportState.READY] * 4


async def test_a_person_has_so_many_files_until_they_expire_or_fail(company: Company, database_url: str):
    async with running(company, per_person=2) as made:
        wanted = await request(company)
        rows = [await asked(made, wanted) for _ in range(2)]
        with pytest.raises(Rejected) as refused:
            await made.ask(wanted)
        with pytest.raises(Rejected):
            await made.ask(replace(wanted, is_dry_run=True))
        (rejection,) = refused.value.rejections
        assert isinstance(rejection, LimitExceeded)
        assert (rejection.limit, rejection.actual, rejection.path) == (2, 3, ())
        assert (await asked(made, await request(company, "max"))).state is ExportState.RUNNING

        for row in rows:
            await settled(made, wanted, row.id)
        await changed(database_url, f"expires_at = clock_timestamp() where export_id = '{uuid_of(rows[0].id)}'")
        assert (await asked(made, wanted)).state is ExportState.RUNNING


async def test_an_export_that_takes_too_long_fails_and_lets_the_next_one_in(
    company: Company, gate: asyncio.Event, database_url: str
):
    async with running(company, seconds=3, concurrent=1) as made:
        wanted = await request(company, idempotency_key="again")
        row = await asked(made, wanted)
        ended = await settled(made, wanted, row.id)
        assert (ended.state, ended.failure_code) == (ExportState.FAILED, ExportFailureCode.INTERRUPTED)
        assert ended.failure_message == "it was not finished in time: ask again"
        gate.set()
        second = await asked(made, wanted)
        assert second.id != row.id
        assert (await settled(made, wanted, second.id)).state is ExportState.READY
    assert (await counts(database_url))[0] == 2


async def test_a_key_is_free_as_soon_as_its_export_reads_as_failed(company: Company, gate: asyncio.Event, database_url: str):
    async with running(company, concurrent=1) as made:
        wanted = await request(company, idempotency_key="again")
        row = await asked(made, wanted)
        await changed(database_url, f"fails_at = clock_timestamp() where export_id = '{uuid_of(row.id)}'")
        async with owner(database_url) as connection, connection.transaction():
            # As when its maker is just writing down that it failed.
            await connection.execute("select from okr_ledger.export for update")
            asking = asyncio.create_task(asked(made, wanted))
            await asyncio.sleep(0.3)
        second = await asking
        assert second.id != row.id
        ended = await made.find(wanted.extract.reader, row.id)
        assert ended is not None
        assert (ended.state, ended.failure_code) == (ExportState.FAILED, ExportFailureCode.INTERRUPTED)


async def test_a_stop_fails_what_is_under_way_and_what_waits(company: Company, gate: asyncio.Event, folder: Path):
    async with running(company, concurrent=1) as made:
        wanted = await request(company)
        rows = [await asked(made, wanted) for _ in range(3)]
        await asyncio.sleep(0.1)

    ended = [await settled(made, wanted, row.id) for row in rows]
    told = {(row.state, row.failure_code, row.failure_message) for row in ended}
    assert told == {(ExportState.FAILED, ExportFailureCode.INTERRUPTED, "the server was stopped: ask again")}
    assert left_in(folder) == []


async def test_what_a_dead_process_left_reads_as_failed_and_can_be_asked_for_again(
    company: Company, gate: asyncio.Event, database_url: str
):
    dead = Exports(company.database)
    wanted = await request(company, idempotency_key="again")
    row = await asked(dead, wanted)
    async with company.database.connection(company.organization_id) as connection:
        await export_store.keep(connection, company.organization_id, uuid_of(row.id), 0, b"half a file")
    assert (await settled_or_running(dead, wanted, row.id)).state is ExportState.RUNNING
    await changed(database_url, "fails_at = clock_timestamp()")

    left = await found(dead, wanted, row.id)
    assert left is not None
    assert (left.state, left.failure_code) == (ExportState.FAILED, ExportFailureCode.INTERRUPTED)
    assert await counts(database_url) == (1, 1)
    async with running(company) as made:
        again = await asked(made, wanted)
        assert again.id != row.id
        assert await counts(database_url) == (2, 0)
        gate.set()
        assert (await settled(made, wanted, again.id)).state is ExportState.READY
    # The dead process wakes up: its export has been given up.
    await asyncio.sleep(0.1)
    assert (await settled(dead, wanted, row.id)).state is ExportState.FAILED
    await dead._stop()
    assert await counts(database_url) == (2, 1)


async def settled_or_running(made: Exports, wanted: ExportRequest, export_id: str) -> ExportRow:
    await asyncio.sleep(0.05)
    row = await found(made, wanted, export_id)
    assert row is not None
    return row


async def test_an_expired_file_is_gone_and_deleted(company: Company, database_url: str):
    async with running(company, expiry_seconds=1) as made:
        wanted = await request(company)
        row = await asked(made, wanted)
        ready = await settled(made, wanted, row.id)
        url = ready.url or ""
        assert await content_of(company, url)
        assert await counts(database_url) == (1, 1)
        await asyncio.sleep(1.1)

        assert await found(made, wanted, row.id) is None
        async with company.database.connection(None) as connection:
            assert await export_store.find_file(connection, url.split("/")[2]) is None
            await export_store.sweep(connection)
    assert await counts(database_url) == (0, 0)


async def test_a_start_sweeps_what_is_over(company: Company, database_url: str):
    async with running(company) as made:
        wanted = await request(company)
        row = await asked(made, wanted)
        await settled(made, wanted, row.id)
    await changed(database_url, "expires_at = clock_timestamp()")

    async with running(company):
        for _ in range(500):
            if await counts(database_url) == (0, 0):
                break
            await asyncio.sleep(0.01)

    assert await counts(database_url) == (0, 0)


async def test_one_key_is_one_export(company: Company):
    async with running(company) as made:
        wanted = await request(company, idempotency_key="key")
        answers = await asyncio.gather(*(made.ask(wanted) for _ in range(5)))
        assert len({answer.export.id for answer in answers if answer.export}) == 1
        assert sorted(answer.is_replay for answer in answers) == [False, True, True, True, True]
        other = replace(wanted, request_hash=bytes([1] * 32))
        with pytest.raises(Rejected) as refused:
            await made.ask(other)
        assert refused.value.rejections[0].code is RejectionCode.IDEMPOTENCY_KEY_REUSED
        assert refused.value.rejections[0].path == ("idempotencyKey",)
        # Keys belong to a person.
        assert not (await made.ask(await request(company, "max", idempotency_key="key"))).is_replay
        assert (await made.ask(replace(other, is_dry_run=True))).export is None


async def test_a_key_that_a_change_has_used_is_refused(company: Company):
    await company.do(UpdateObjective(objective_id="trust", title="Be trusted"), idempotency_key="taken")
    async with running(company) as made:
        with pytest.raises(Rejected) as refused:
            await made.ask(await request(company, idempotency_key="taken"))
    assert refused.value.rejections[0].code is RejectionCode.IDEMPOTENCY_KEY_REUSED


@pytest.mark.parametrize("key", ["", "k" * 256, "\x00", "\ud800"])
async def test_a_key_that_cannot_be_kept_is_refused(company: Company, key: str):
    with pytest.raises(Rejected) as refused:
        await Exports(company.database).ask(await request(company, idempotency_key=key))
    assert (refused.value.rejections[0].code, refused.value.rejections[0].path) == (RejectionCode.INVALID, ("idempotencyKey",))


async def test_a_dry_run_leaves_nothing(company: Company, database_url: str):
    async with running(company) as made:
        assert (await made.ask(await request(company, is_dry_run=True, idempotency_key="key"))).export is None
    assert await counts(database_url) == (0, 0)


async def test_an_erasure_takes_all_files_of_the_organization_along(company: Company, gate: asyncio.Event, database_url: str):
    async with running(company) as made:
        wanted = await request(company)
        gate.set()
        row = await asked(made, wanted)
        ready = await settled(made, wanted, row.id)
        gate.clear()
        await asked(made, wanted)
        async with owner(database_url) as connection:
            await connection.execute("delete from okr_ledger.person_key where person_id = 'eva'")
        assert await counts(database_url) == (0, 0)
        async with company.database.connection(None) as connection:
            assert await export_store.find_file(connection, (ready.url or "").split("/")[2]) is None
        gate.set()
        # The one that was under way finds nobody who wants it.
        await asyncio.sleep(0.3)
        assert await counts(database_url) == (0, 0)
        later = await asked(made, wanted)
        assert (await settled(made, wanted, later.id)).state is ExportState.READY


async def test_exports_go_with_their_organization(company: Company, database_url: str):
    async with running(company) as made:
        wanted = await request(company)
        row = await asked(made, wanted)
        await settled(made, wanted, row.id)
    async with owner(database_url) as connection:
        await connection.execute("select okr_ledger.remove_organization($1, 'a test')", company.organization_id)
    assert await counts(database_url) == (0, 0)


async def test_a_failure_of_the_program_is_not_told(company: Company, monkeypatch: pytest.MonkeyPatch):
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("with a secret")

    monkeypatch.setattr(exports, "write_table", broken)
    async with running(company) as made:
        wanted = await request(company)
        row = await asked(made, wanted)
        ended = await settled(made, wanted, row.id)

    assert (ended.failure_code, ended.failure_message) == (ExportFailureCode.INTERNAL, "the server could not make it")


async def test_no_transaction_stays_open_while_a_file_is_written(company: Company, gate: asyncio.Event, database_url: str):
    async with running(company) as made:
        wanted = await request(company)
        row = await asked(made, wanted)
        await asyncio.sleep(0.05)
        async with owner(database_url) as connection:
            open_ones = await connection.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                " and state <> 'idle'"
            )
        gate.set()
        await settled(made, wanted, row.id)
    assert open_ones == 0


def test_tokens_cannot_be_guessed_and_are_kept_as_digests():
    first, second = (export_store.token_of(bytes([n]) * 32, uuid_of("export_01jd8m3v6re0q9x5c8d1f2g3h4")) for n in (1, 2))

    assert first != second
    assert len(first) == 43
    assert export_store.token_of(bytes([1]) * 32, uuid_of("export_01jd8m3v6re0q9x5c8d1f2g3h5")) != first
    assert export_store.digest_of(first) != export_store.digest_of(second)
