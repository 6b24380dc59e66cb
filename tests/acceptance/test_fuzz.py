"""Documents made up by a fuzzer from the schema: none gets a server error, an inside, or no answer in time."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from events.person import Role
from service.graphql_errors import ALL_CODES
from tests.acceptance.conftest import RunningServer
from tests.support.operations import CONTRACT
from tests.support.organization import ExampleOrganization

SCHEMA = CONTRACT.parents[1] / "schema" / "schema.graphql"
SCALARS = CONTRACT.parent / "support" / "fuzz_scalars.py"
PROGRAM = Path(sys.executable).with_name("schemathesis")
EXAMPLES = 12
"""Of each root field, of which there are more than sixty; once with a token and once without."""

LEAST_CASES = 2_000
LONGEST_SECONDS = 10
INSIDES = ("Traceback", "asyncpg", "site-packages", "okr_ledger.", "projection_", "INTERNAL")
REFUSALS = {"GraphQL server error", "GraphQL client error", "API rejected schema-compliant request"}
"""Checks that take every error in an answer for a fault; what the error says is checked here instead."""


def fuzzed(server: RunningServer, token: str | None, folder: Path) -> Iterator[dict[str, Any]]:
    """Run the fuzzer with all its checks and answer what it reports of each root field."""
    report = folder / f"{'anonymous' if token is None else 'authorized'}.ndjson"
    header = [] if token is None else ["--header", f"Authorization: Bearer {token}"]
    ended = subprocess.run(
        [
            *(PROGRAM, "run", SCHEMA, "--url", f"{server.address}/graphql", "--checks", "all", "--workers", "2"),
            *("--max-examples", str(EXAMPLES), "--generation-deterministic", "--no-shrink", "--phases", "fuzzing"),
            *("--request-timeout", str(LONGEST_SECONDS), "--suppress-health-check", "all", "--continue-on-failure"),
            *("--no-color", "--report", "ndjson", "--report-ndjson-path", report),
            *header,
        ],
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(SCALARS)},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
        cwd=folder,
    )
    assert ended.returncode in (0, 1), ended.stdout[-4_000:] + ended.stderr[-2_000:]
    for line in report.read_bytes().splitlines():
        told: dict[str, Any] = orjson.loads(line)
        assert "NonFatalError" not in told, line[:1_000]
        assert "FatalError" not in told, line[:1_000]
        if "ScenarioFinished" in told:
            yield told["ScenarioFinished"]["recorder"]


def problem_of(response: dict[str, Any] | None) -> str | None:
    """What is wrong with an answer; None for a good one."""
    if response is None:
        return "no answer"
    text = base64.b64decode((response["content"] or {"$base64": ""})["$base64"]).decode()
    if response["status_code"] >= 500:
        return f"{response['status_code']}: {text[:500]}"
    codes = {error["extensions"]["code"] for error in orjson.loads(text).get("errors", ())}
    if not codes <= set(ALL_CODES):
        return f"codes that are not documented: {codes}"
    return next((f"tells of {inside}: {text[:500]}" for inside in INSIDES if inside in text), None)


def test_no_document_breaks_the_server(server: RunningServer, organization: ExampleOrganization, tmp_path: Path):
    cases, problems, failures = 0, [], set[str]()
    for token in (organization.tokens[Role.ADMIN], None):
        for recorded in fuzzed(server, token, tmp_path):
            for interaction in recorded["interactions"].values():
                cases += 1
                problem = problem_of(interaction["response"])
                if problem is not None:
                    problems.append((recorded["label"], problem, interaction["request"]["body"]))
            for checks in recorded["checks"].values():
                failures |= {each["failure_info"]["failure"]["title"] for each in checks if each["status"] == "failure"}
    assert problems == []
    assert failures <= REFUSALS
    assert cases >= LEAST_CASES
