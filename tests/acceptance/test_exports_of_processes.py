"""Exports of servers that end and start again, and the command that writes files without a server."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest_asyncio
from click.testing import Result
from typer.testing import CliRunner

from events.person import Role
from events.verify_export import verify_export
from service.command_line import program
from service.export_commands import ExportNotPossibleError
from tests.support.client import Client
from tests.support.operations import Company
from tests.support.organization import ExampleOrganization
from tests.support.spreadsheet import read_sheet

PROGRAM = Path(sys.executable).with_name("okr-ledger")
SECONDS = 120

CREATE = """
mutation ($input: ExportCreateInput!) { exportCreate(input: $input) { export { id state } userErrors { message } } }
"""
STATUS = "query ($id: ID!) { export(id: $id) { id state url failure { code message } } }"
Ask = Callable[..., dict[str, Any]]


def environment(database_url: str, **settings: object) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OKR_LEDGER_")}
    named = {f"OKR_LEDGER_{name.upper()}": str(value) for name, value in settings.items()}
    return {**kept, "DATABASE_URL": database_url, **named}


def run(database_url: str, *arguments: str | Path, expected: int = 0) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [PROGRAM, *arguments], env=environment(database_url), capture_output=True, timeout=SECONDS, check=False
    )
    assert done.returncode == expected, (done.stdout, done.stderr)
    assert b"Traceback" not in done.stderr
    return done


@contextmanager
def serving(database_url: str, log: Path, **settings: object) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server whose messages and log go to a file."""
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [PROGRAM, "serve", "--port", "0"], env=environment(database_url, **settings), stderr=errors
        ) as process,
    ):
        try:
            deadline = time.monotonic() + SECONDS
            while "Serving " not in log.read_text() and time.monotonic() < deadline:
                time.sleep(0.05)
            address = log.read_text().partition("Serving ")[2].partition("/graphql")[0]
            yield process, address
        finally:
            process.kill()


def asking(address: str, token: str) -> Ask:
    def ask(query: str, *, is_whole: bool = False, **variables: Any) -> dict[str, Any]:
        response = httpx.post(
            f"{address}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        body = response.json()
        assert "errors" not in body, body["errors"]
        answer: dict[str, Any] = body["data"] if is_whole else next(iter(body["data"].values()))
        return answer

    return ask


def created(ask: Ask, **values: Any) -> str:
    payload = ask(CREATE, input={"content": "CHANGES", "format": "CSV", **values})
    assert payload["userErrors"] == []
    export_id: str = payload["export"]["id"]
    return export_id


def many_created(ask: Ask, count: int) -> list[str]:
    """Ask for files in one request, faster than any can be made; their keys are `key 0`, `key 1`, …"""
    fields = [
        f'a{number}: exportCreate(input: {{content: CHANGES, format: XLSX, idempotencyKey: "key {number}"}}) '
        "{ export { id } userErrors { message } }"
        for number in range(count)
    ]
    return [payload["export"]["id"] for payload in ask("mutation {" + " ".join(fields) + "}", is_whole=True).values()]


def settled(ask: Ask, export_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + SECONDS
    while (export := ask(STATUS, id=export_id))["state"] == "RUNNING" and time.monotonic() < deadline:
        time.sleep(0.05)
    return export


def test_what_a_killed_server_left_fails_in_time_and_is_made_when_asked_for_again(
    database_url: str, organization: ExampleOrganization, tmp_path: Path
):
    token = organization.tokens[Role.ADMIN]
    limits = {"exports_concurrent": 1, "export_seconds": 3}
    with serving(database_url, tmp_path / "first", **limits) as (process, address):
        ask = asking(address, token)
        ids = many_created(ask, 15)
        process.kill()
        process.wait(SECONDS)
    with serving(database_url, tmp_path / "second", **limits) as (process, address):
        ask = asking(address, token)
        left = [each for each in ids if ask(STATUS, id=each)["state"] != "READY"]
        assert len(left) > 3
        for each in left:
            ended = settled(ask, each)
            assert (ended["state"], ended["url"]) == ("FAILED", None)
            assert ended["failure"] == {"code": "INTERRUPTED", "message": "it was not finished in time: ask again"}
        again = created(ask, format="XLSX", idempotencyKey=f"key {ids.index(left[-1])}")
        assert again != left[-1]
        assert settled(ask, again)["state"] == "READY"
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


def test_a_server_that_ends_gives_up_its_exports_and_says_so(
    database_url: str, organization: ExampleOrganization, tmp_path: Path
):
    token = organization.tokens[Role.ADMIN]
    with serving(database_url, tmp_path / "first", exports_concurrent=1) as (process, address):
        ask = asking(address, token)
        ids = many_created(ask, 15)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    with serving(database_url, tmp_path / "second") as (_, address):
        ask = asking(address, token)
        ended = [ask(STATUS, id=each) for each in ids]
        failed = [each["failure"] for each in ended if each["state"] == "FAILED"]
        assert {each["state"] for each in ended} <= {"READY", "FAILED"}
        # A fast machine may have made them all.
        assert {each["message"] for each in failed} <= {"the server was stopped: ask again"}
        assert [each["state"] for each in ended] == ["READY"] * (15 - len(failed)) + ["FAILED"] * len(failed)


def test_no_log_holds_an_address_and_a_slow_reader_gets_all(
    database_url: str, organization: ExampleOrganization, tmp_path: Path
):
    log = tmp_path / "log"
    with serving(database_url, log) as (_, address):
        ask = asking(address, organization.tokens[Role.ADMIN])
        export = settled(ask, created(ask, format="PARQUET"))
        token = export["url"].split("/")[2]
        with httpx.stream("GET", address + export["url"]) as response:
            pieces = [piece for piece in response.iter_raw(7) if time.sleep(0.001) is None]
        assert response.status_code == 200
        assert len(b"".join(pieces)) == int(response.headers["content-length"])
        head = httpx.head(address + export["url"])
        assert (head.status_code, head.headers["content-length"]) == (200, response.headers["content-length"])
        for path in (
            f"/exports/{token}",
            f"/exports/{token}/x",
            f"//exports/{token}/x",
            f"/Exports/{token}/x",
            f"/x/exports/{token}",
            f"/calendar/{token}.ics",
        ):
            assert httpx.get(address + path).status_code == 404
        metrics = httpx.get(f"{address}/metrics").text

    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    assert ("/exports/*", 200) in {(line["path"], line["status"]) for line in requests}
    assert ("/calendar/*", 404) in {(line["path"], line["status"]) for line in requests}
    assert token not in log.read_text()
    assert token not in metrics
    assert 'path="/exports/*",status="200"' in metrics


@pytest_asyncio.fixture
async def company(client: Client, organization: ExampleOrganization) -> dict[str, str]:
    """A cycle with a private objective of the ADMIN's and one of the MEMBER's that all may see."""
    made = Company(client)
    cycle, member = await made.cycle("Q3"), organization.people[Role.MEMBER]
    secret = await made.objective(cycle, title="Secret", visibility="PRIVATE")
    shared = await made.objective(cycle, title="Shared", ownerId=member)
    return {"cycle": cycle, "secret": secret["id"], "shared": shared["id"], "member": member}


def invoked(database_url: str, *arguments: str | Path) -> Result:
    """The command in this process, for what does not need one of its own."""
    return CliRunner(env=environment(database_url)).invoke(program, ["export", *map(str, arguments)])


def test_the_command_writes_tables_with_everything_and_the_log_by_default(
    database_url: str, company: dict[str, str], tmp_path: Path
):
    def table(*arguments: str | Path) -> list[dict[str, Any]]:
        done = invoked(database_url, "--format", "JSONL", "--content", "OBJECTIVES", *arguments)
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in done.stdout_bytes.splitlines()]

    assert verify_export(BytesIO(run(database_url, "export").stdout)).is_valid
    run(database_url, "export", tmp_path / "changes.parquet", "--content", "CHANGES", "--format", "PARQUET")
    query = (
        f"select after from '{tmp_path / 'changes.parquet'}' where field = 'title' and subject_type = 'OBJECTIVE' order by 1"
    )
    with duckdb.connect() as connection:
        assert connection.sql(query).fetchall() == [("Secret",), ("Shared",)]
    everything = table()
    assert [row["objective_title"] for row in everything] == ["Secret", "Shared"]
    assert [row["objective_owner_name"] for row in everything] == ["Admin Person", "Member Person"]
    assert [row["objective_title"] for row in table("--cycle", company["cycle"])] == ["Secret", "Shared"]
    assert [row["objective_title"] for row in table("--person", company["member"])] == ["Shared"]
    assert [row["objective_title"] for row in table("--objective", company["secret"])] == ["Secret"]
    # Five events of the organization, two of the cycle, three of the first objective.
    assert [row["objective_title"] for row in table("--as-of", "10")] == ["Secret"]
    assert table("--as-of", everything[0]["objective_created_at"])[0]["objective_title"] == "Secret"
    assert len(table("--as-of", datetime.now(UTC).date().isoformat())) == 2

    assert invoked(database_url, tmp_path / "log.jsonl").exit_code == 0
    assert verify_export(BytesIO((tmp_path / "log.jsonl").read_bytes())).is_valid
    assert invoked(database_url, tmp_path / "steps.xlsx", "--content", "CURVES", "--format", "XLSX").exit_code == 0
    assert len(read_sheet(tmp_path / "steps.xlsx")) == 1 + 2 * (1 + 1) * 2
    done = invoked(database_url, "--content", "check_ins", "--format", "csv")
    assert done.stdout_bytes.startswith(b"cycle_id,cycle_name,")
    assert done.stdout_bytes.count(b"\r\n") == 1


def test_the_command_refuses_what_has_no_meaning(database_url: str, company: dict[str, str], tmp_path: Path):
    def refused(*arguments: str) -> str:
        done = invoked(database_url, tmp_path / "file", *arguments)
        assert done.exit_code == 2
        # A message may be broken into lines within a frame.
        return " ".join(done.stderr.replace("│", " ").split())

    objectives = ("--content", "OBJECTIVES", "--format", "CSV")
    assert "the log comes whole and as JSONL" in refused("--format", "CSV")
    assert "the log comes whole and as JSONL" in refused("--cycle", company["cycle"])
    assert "the log comes whole and as JSONL" in refused("--as-of", "3")
    assert "not the identifier of a cycle" in refused(*objectives, "--cycle", company["shared"])
    assert "one scope at a time" in refused(*objectives, "--cycle", company["cycle"], "--person", company["member"])
    assert "a position, a day such as 2026-09-30" in refused(*objectives, "--as-of", "yesterday")
    assert "an instant has an offset" in refused(*objectives, "--as-of", "2026-09-30T12:00:00")
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_there_is_not_and_leaves_no_file(database_url: str, company: dict[str, str], tmp_path: Path):
    objectives = (tmp_path / "file", "--content", "OBJECTIVES", "--format", "CSV")

    def refused(*arguments: str) -> str:
        done = invoked(database_url, *objectives, *arguments)
        assert isinstance(done.exception, ExportNotPossibleError), done
        return str(done.exception)

    unknown = "team_01jd8m3v6re0q9x5c8d1f2g3h4"
    ended = run(database_url, "export", *objectives, "--team", unknown, expected=1)
    assert ended.stderr.decode() == f"okr-ledger: there is no {unknown} at that moment\n"
    assert refused("--objective", company["shared"], "--as-of", "6") == f"there is no {company['shared']} at that moment"
    for future in ("9999-01-01", "9999-12-31T23:59:59Z", "99999999999999999999"):
        assert refused("--as-of", future) == "the moment lies after the present"
    for unheard_of in ("2020-01-01", "0001-01-01T00:00:00Z", "0"):
        assert refused("--as-of", unheard_of) == "the moment lies before the organization's first event"
    assert list(tmp_path.iterdir()) == []
