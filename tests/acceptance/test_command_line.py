"""The program as users start it: each command in a process of its own."""

import signal
import subprocess
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil
import pytest

from service.demo.queries import QUERIES
from service.demo.start import Demo, DemoCycle
from tests.support.command_line import START_SECONDS, CommandLine


@pytest.fixture
def command_line(database_url: str) -> CommandLine:
    return CommandLine(database_url=database_url)


def ask(url: str, token: str, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    body = {"query": query, "variables": variables}
    response = httpx.post(url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    answer: dict[str, Any] = response.json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]  # type: ignore[no-any-return] # of the query asked


def first_line(process: subprocess.Popen[str], stream: Any) -> str:
    line: str = stream.readline()
    assert line, process.communicate()
    return line


def test_version_and_help():
    program = CommandLine(database_url=None)

    assert program.run("version").stdout == version("okr-ledger") + "\n"
    assert "import" in program.run("--help").stdout


def test_wrong_usage_settings_and_databases_have_exit_codes_of_their_own(tmp_path: Path):
    unreachable = CommandLine(database_url="postgresql://nobody@127.0.0.1:1/nothing")

    assert "No such command" in unreachable.run("destroy", expected=2).stderr
    assert "not the identifier of an organization" in unreachable.run("verify", "--organization", "acme", expected=2).stderr
    refused = unreachable.run("migrate", expected=3)
    assert refused.stderr.startswith("okr-ledger: ")
    odd = CommandLine(database_url="mysql://localhost/okr").run("migrate", expected=2)
    assert "the URL starts with postgresql://" in odd.stderr


def test_an_organization_is_created_and_served(command_line: CommandLine):
    with command_line.running("serve", "--port", "0") as process:
        assert "The database is empty" in first_line(process, process.stderr)
        assert "okr-ledger organization create" in first_line(process, process.stderr)
        url = first_line(process, process.stderr).split()[-1]
        created = command_line.organization()

        data = ask(url, created["token"], "{ viewer { organization { id name } person { id name role } } }")

        assert data["viewer"]["organization"] == {"id": created["organization"], "name": "Example"}
        assert data["viewer"]["person"] == {"id": created["person"], "name": "Ada", "role": "ADMIN"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_wrong_organization_leaves_nothing_behind(command_line: CommandLine):
    arguments = ("--name", "Example", "--admin-name", "Ada", "--admin-email", "a@b.example", "--time-zone", "Mars/Olympus")

    refused = command_line.run("organization", "create", *arguments, expected=1)

    assert "not a time zone" in refused.stderr
    assert "there is no organization yet" in command_line.run("export", expected=1).stderr


def test_tokens_are_created_listed_and_revoked(command_line: CommandLine):
    created = command_line.organization()

    secret = command_line.run(
        "token", "create", "--person", created["person"], "--name", "laptop", "--days", "3"
    ).stdout.strip()
    listed = [line.split("\t") for line in command_line.run("token", "list").stdout.splitlines()]
    command_line.run("token", "revoke", listed[0][0])

    assert [(line[1], line[3]) for line in listed] == [(created["person"], "laptop"), (created["person"], "first token")]
    assert listed[0][2].startswith("holds until")
    assert secret not in str(listed)
    assert "revoked" in command_line.run("token", "list").stdout.splitlines()[0]
    assert "no token" in command_line.run("token", "revoke", listed[0][0], expected=1).stderr
    stranger = "person_01jgfjjz00ehtsrf388yf729jp"
    refused = command_line.run("token", "create", "--person", stranger, "--name", "x", expected=1)
    assert "no active member" in refused.stderr


HISTORY = [
    {"format": "okr-ledger-history", "version": 1, "at": "2026-01-05T08:00:00Z", "organization": {"name": "Example"}},
    {
        "key": "ada",
        "at": "2026-01-05T08:01:00Z",
        "actor": "system",
        "commands": [{"type": "person.invite", "key": "ada", "name": "Ada", "email": "ada@example.com", "role": "ADMIN"}],
    },
    {
        "key": "sales",
        "at": "2026-01-05T08:02:00Z",
        "actor": "ada",
        "commands": [{"type": "team.create", "key": "sales", "name": "Sales"}],
    },
]


def test_a_history_is_imported_exported_verified_and_rebuilt(command_line: CommandLine, tmp_path: Path):
    history, export = tmp_path / "history.jsonl", tmp_path / "export.jsonl"
    wrong = {**HISTORY[2], "key": "wrong", "at": "2026-01-06T08:00:00Z"}
    history.write_bytes(b"\n".join(orjson.dumps(each) for each in [*HISTORY, wrong]))

    stopped = command_line.run("import", history, expected=1)
    assert "line 4 (key 'wrong'): commands.0: the key 'sales' stands for another thing already" in stopped.stderr
    assert "3 acts are in the log" in stopped.stderr
    history.write_bytes(b"\n".join(orjson.dumps(each) for each in HISTORY))
    assert command_line.run("import", history).stdout == "3 acts are in the log, 3 of them were before; 0 new events\n"

    command_line.run("export", export)
    assert len(export.read_bytes().splitlines()) == 5
    assert "whole from 1 to 3" in CommandLine(database_url=None).run("verify", export).stdout
    export.write_bytes(export.read_bytes().replace(b"Sales", b"Salad"))
    assert "NOT WHOLE at position 3" in CommandLine(database_url=None).run("verify", export, expected=1).stdout

    assert "whole from 1 to 3" in command_line.run("verify", "--full").stdout
    assert "generation 2 up to position 3, switched" in command_line.run("rebuild").stdout
    assert "generation 2 is in use" in command_line.run("rebuild", "--drop", "2", expected=1).stderr
    assert command_line.run("rebuild", "--drop", "1").stdout == "generation 1 is deleted\n"
    assert command_line.run("migrate").stdout == "nothing to do\n"


def test_several_organizations_have_to_be_named(command_line: CommandLine):
    first, second = command_line.organization("One"), command_line.organization("Two")

    refused = command_line.run("export", expected=1)

    assert first["organization"] in refused.stderr
    assert second["organization"] in refused.stderr
    assert command_line.run("export", "--organization", second["organization"]).stdout.count("\n") == 4


def announced(process: subprocess.Popen[str]) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(first_line(process, process.stdout))
    return content


def ended(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return output


COUNT = "{ organization { currentCycles { id name phase } } objectives(first: 1) { totalCount } }"


def test_the_demo_runs_on_a_postgresql_of_its_own(tmp_path: Path):
    program = CommandLine(database_url=None)
    arguments = ("demo", "--data", tmp_path / "data", "--port", "0", "--json")

    with program.running(*arguments) as process:
        ready = announced(process)
        before = ask(ready["url"], ready["token"], COUNT)
        assert httpx.get(ready["url"], headers={"Accept": "text/html"}).text.count(ready["token"]) == 1
        assert ended(process) == ""
    assert not any(str(tmp_path) in " ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"]))

    begun = time.monotonic()
    with program.running(*arguments) as process:
        again = announced(process)
        warm_seconds = time.monotonic() - begun
        assert ask(again["url"], again["token"], COUNT) == before
        assert ended(process) == ""
    assert set(ready) == {"url", "token", "tokens", "organizationId", "cycleIds"}
    assert set(ready["tokens"]) == {"ADMIN", "MEMBER", "VIEWER", "AUDITOR"}
    assert (again["organizationId"], again["cycleIds"]) == (ready["organizationId"], ready["cycleIds"])
    assert before["objectives"]["totalCount"] == 43
    # Ten seconds on a machine that has nothing else to do; this one may run other tests as well.
    assert warm_seconds < 60


def test_a_signal_before_serving_stops_the_postgresql_too(tmp_path: Path):
    folder = tmp_path / "data"
    with CommandLine(database_url=None).running("demo", "--data", folder, "--port", "0", "--json") as process:
        deadline = time.monotonic() + START_SECONDS
        # Written as soon as the server runs; migrations and the import come after.
        while not (folder / "users.json").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)

    assert (process.returncode, output, errors) == (143, "", "")
    assert not (folder / "users.json").exists()
    assert not any(str(tmp_path) in " ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"]))


def test_the_queries_of_the_demo_answer_for_every_role(command_line: CommandLine):
    with command_line.running("demo", "--port", "0", "--json") as process:
        ready = announced(process)
        cycles = ask(ready["url"], ready["token"], "{ cycles(first: 10) { nodes { id startsOn endsOn parent { id } } } }")[
            "cycles"
        ]
        demo = _demo(ready, cycles["nodes"])

        for role, token in ready["tokens"].items():
            for each in QUERIES:
                data = ask(ready["url"], token, each.query, demo.variables(each))
                assert data, (role, each.title)
                assert all(_tells_something(found) for found in data.values()), (role, each.title)
        assert ended(process) == ""


def _demo(ready: dict[str, Any], cycles: list[dict[str, Any]]) -> Demo:
    by_id = {each["id"]: each for each in cycles}
    return Demo(
        tokens=ready["tokens"],
        cycles=tuple(
            DemoCycle(
                cycle_id=each,
                starts_on=date.fromisoformat(by_id[each]["startsOn"]),
                ends_on=date.fromisoformat(by_id[each]["endsOn"]),
                parent_id=by_id[each]["parent"] and by_id[each]["parent"]["id"],
            )
            for each in ready["cycleIds"]
        ),
    )


def _tells_something(found: dict[str, Any]) -> bool:
    """Say whether a cycle has objectives, weeks or a score, a comparison differences, a summary sentences, a list members."""
    if "heatMap" in found:
        return all((found["heatMap"]["rows"], found["focus"]["people"], found["alignmentCoverage"]["teams"], found["workload"]))
    if "sections" in found:
        return sum(bool(each["sentences"]) for each in found["sections"]) > 1
    if "changed" in found:
        return bool(found["changed"]["nodes"]) and found["summary"]["eventCount"] > 0
    if "retrospective" in found:
        return found["retrospective"]["meanScore"] > 0
    return bool(found.get("objectives", found)["nodes"])


def test_programs_are_registered_get_tokens_and_are_retired(command_line: CommandLine):
    created = command_line.organization()
    program_id = command_line.run("program", "register", "--name", "Robot", "--role", "VIEWER").stdout.strip()
    assert command_line.run("program", "list").stdout == f"{program_id}\tVIEWER\tactive\tRobot\n"
    made = command_line.run("token", "create", "--program", program_id, "--name", "robot", "--scope", "CHECK_IN")
    reading = command_line.run("token", "create", "--person", created["person"], "--name", "report", "--read-only")
    assert made.stdout.startswith("okr_ledger_")
    assert reading.stdout.startswith("okr_ledger_")
    listed = [line.split("\t") for line in command_line.run("token", "list").stdout.splitlines()]
    assert [(line[1], line[3], line[4]) for line in listed] == [
        (created["person"], "report", "reads only"),
        (program_id, "robot", "CHECK_IN"),
        (created["person"], "first token", "all rights"),
    ]
    assert "is retired" in command_line.run("program", "retire", program_id).stdout
    assert command_line.run("program", "list").stdout == f"{program_id}\tVIEWER\tretired\tRobot\n"
    no_access = command_line.run("token", "create", "--program", program_id, "--name", "x", expected=1)
    assert "no active member or program" in no_access.stderr
    nobody = "program_" + "0" * 26
    assert "no such program" in command_line.run("program", "retire", nobody, expected=1).stderr
    elsewhere = ("--organization", "organization_" + "0" * 26)
    assert "no log" in command_line.run("program", "register", "--name", "x", *elsewhere, expected=1).stderr
    assert "not the identifier" in command_line.run("program", "retire", "robot", expected=2).stderr
    assert "a person or a program" in command_line.run("token", "create", "--name", "x", expected=2).stderr


def test_the_first_admin_can_sign_in_through_a_provider_at_once(command_line: CommandLine):
    admin = ("--admin-name", "Ada", "--admin-email", "ada@example.com", "--admin-subject", "ada")
    assert "name the issuer" in command_line.run("organization", "create", "--name", "x", *admin, expected=2).stderr
    created = command_line.run("organization", "create", "--name", "x", *admin, "--admin-issuer", "https://id.example")
    person_id = created.stdout.splitlines()[1].removeprefix("person ")
    assert command_line.run("identity", "list").stdout == f"{person_id}\thttps://id.example\tada\n"
