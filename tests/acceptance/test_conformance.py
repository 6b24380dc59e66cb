"""GraphQL over HTTP as its public audit sees it."""

import subprocess

from events.person import Role
from tests.acceptance.conftest import RunningServer
from tests.support.javascript import command, environment
from tests.support.organization import ExampleOrganization


def test_the_public_audit_finds_nothing(server: RunningServer, organization: ExampleOrganization):
    audit = command("audit.mjs", f"{server.address}/graphql", organization.tokens[Role.ADMIN])
    ended = subprocess.run(audit, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "61 of 61 checks are ok" in ended.stdout
