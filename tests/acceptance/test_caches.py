"""The caches that frontends use, with the kit of docs/clients, against a running server: a script of Node for each."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
import pytest_asyncio

from events.person import Role
from service.database import Database
from service.history_format import HistoryReader, Sealed
from service.history_import import import_history
from service.tokens import create_token
from tests.acceptance.conftest import RunningServer
from tests.support.acting import running_ledger
from tests.support.frontend import make_project, report_of
from tests.support.operations import CONTRACT, Company, Content, fill, operation, plan
from tests.support.past import BECAUSE, HEADER, added, check_in, command, correct

SCREENS = [
    "dashboard",
    "objective_detail",
    "objective_list",
    "team_tree",
    "viewer",
    "audit_trail",
    "initiative_board",
    "comment_thread",
    "custom_field_board",
]
SCREENS_OF = {
    "apollo": SCREENS,
    "graphcache": SCREENS,
    # Relay drops no single fields: what shows lists and histories asks whenever it is opened.
    "relay": ["dashboard", "cycle_list", "alignment_tree"],
}


AREA = {"applies_to": "OBJECTIVE", "kind": "CHOICE", "name": "Area"}
KPI = {"unit": "PERCENT", "bands": {"critical_below": 60, "warning_below": 80}, "frequency": "WEEKLY"}

ASKED = {"placeholders": [{"name": "what", "kind": "TEXT", "example": "mails"}]}


def days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def history() -> list[bytes]:
    """A company of ninety days: names, owners, targets and values of a month ago are others than today's."""
    stages = [{"key": "bought", "title": "Bought"}, {"key": "used", "title": "Used", "weight": 2}]
    milestone = {"kind": "MILESTONE", "stages": stages}
    choices = [{"key": "north", "name": "North"}, {"key": "south", "name": "South"}]
    dates = {"starts_on": days_ago(90)[:10], "ends_on": days_ago(-30)[:10]}
    acts: list[tuple[int, str, *tuple[Content, ...]]] = [
        (89, "system", command("person.invite", key="ada", name="Ada", email="ada@example.org", role="ADMIN")),
        (88, "ada", command("person.invite", key="max", name="Max", email="max@example.org", role="MEMBER")),
        (87, "ada", command("team.create", key="team", name="Outbound", lead="ada")),
        (87, "ada", command("team.add_member", team="team", person="max")),
        (86, "ada", command("cycle.create", key="cycle", name="Then", **dates), command("cycle.activate", cycle="cycle")),
        (
            85,
            "ada",
            command("objective.create", key="parent", cycle="cycle", title="Win", owner="ada"),
            command("objective.create", key="objective", cycle="cycle", title="Be heard", team="team", parents=["parent"]),
            command("key_result.add", objective="objective", **added("keyResult", owner="ada")),
            command("key_result.add", objective="objective", key="steps", title="CRM", metric=milestone),
            command("objective.activate", objective="objective"),
            command("objective.activate", objective="parent"),
        ),
        (
            84,
            "ada",
            command("custom_field.create", key="customField", choices=choices, **AREA),
            command(
                "objective.update", objective="objective", custom_fields=[{"custom_field": "customField", "choice": "north"}]
            ),
        ),
        (
            60,
            "ada",
            command("initiative.create", key="blocker", title="Buy addresses", supports=["keyResult"]),
            command("initiative.create", key="initiative", title="Write", supports=["objective", "parent"], owner="ada"),
            command("initiative.add_dependency", initiative="initiative", blocker="blocker", note="First things first"),
            command("initiative.start", initiative="blocker"),
        ),
        (50, "ada", check_in("checkIn", "keyResult", 3, confidence=0.6)),
        (49, "ada", command("check_in.record", key="bought", key_result="steps", done_stages=["bought"], status="ON_TRACK")),
        (46, "ada", command("comment.write", key="said", subject="objective", text="Louder?", mentions=["max"])),
        (45, "max", command("comment.write", key="answered", subject="objective", reply_to="said", text="Yes")),
        (44, "ada", command("recognition.give", key="thanks", persons=["max"], text="Loud and clear", subject="objective")),
        (25, "ada", command("person.update", person="ada", name="Ada King", email="ada@example.org")),
        (24, "ada", command("team.update", team="team", name="Calls"), command("cycle.update", cycle="cycle", name="Now")),
        (23, "ada", command("key_result.retarget", key_result="keyResult", target=20)),
        (22, "ada", correct("checkIn", value=2)),
        (
            21,
            "ada",
            command("check_in.record", key="used", key_result="steps", done_stages=["bought", "used"], status="AT_RISK"),
        ),
        (21, "ada", command("kpi.create", key="kpi", title="Replies", direction="HIGHER_IS_BETTER", **KPI)),
        (20, "ada", command("kpi_reading.record", key="reading", kpi="kpi", value="70")),
        (
            20,
            "ada",
            command("template.create", key="template", title="Answer {what}", function="SUPPORT", language="en", **ASKED),
        ),
        (20, "max", command("check_in.record", key="reported", key_result="steps", done_stages=["bought"], status="AT_RISK")),
        (20, "ada", command("initiative.complete", initiative="blocker")),
        (20, "ada", command("initiative.update", initiative="initiative", title="Call", owner="max", due_on=days_ago(-9)[:10])),
        (20, "ada", command("objective.update", objective="objective", title="Be answered", owner="max")),
        (19, "ada", command("custom_field.update", custom_field="customField", name="Region", choices=choices[::-1])),
        (
            19,
            "ada",
            command(
                "objective.update", objective="objective", custom_fields=[{"custom_field": "customField", "choice": "south"}]
            ),
        ),
    ]
    header = {**HEADER, "at": days_ago(90)}
    lines = [
        {"key": f"act {number}", "at": days_ago(days), "actor": actor, "reason": BECAUSE, "commands": commands}
        for number, (days, actor, *commands) in enumerate(acts)
    ]
    return [orjson.dumps(line) for line in (header, *lines)]


PLACES = (
    "team",
    "cycle",
    "parent",
    "objective",
    "keyResult",
    "checkIn",
    "reported",
    "initiative",
    "kpi",
    "reading",
    "template",
    "customField",
)


@pytest.fixture(autouse=True)
def quick_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server's clock tick between a screen and the one that it is compared with: always, not once in a while."""
    monkeypatch.setenv("OKR_LEDGER_CLOCK_SECONDS", "1")


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Content]:
    """The company, imported: the token of its administrator, and identifiers by the names of placeholders."""
    lines = history()
    async with running_ledger(database_url) as ledger, Database(database_url) as database:
        imported = await import_history(lines, database, ledger)
        reader = HistoryReader(lines, lambda *_: Sealed(text="", new_key=None))
        list(reader.acts())
        ids = {key: reader.names.resolve(key) for key in PLACES}
        ids["choice"] = reader.names.choice("customField", "north")
        ada, ids["person"] = reader.names.resolve("ada"), reader.names.resolve("max")
        async with database.connection(imported.organization_id) as connection:
            token = await create_token(connection, imported.organization_id, ada, Role.ADMIN)
    yield {"token": token.secret, "ids": ids}


@pytest.mark.parametrize("cache", SCREENS_OF)
async def test_a_cache_with_the_kit_stays_true(cache: str, company: Content, server: RunningServer, tmp_path: Path):
    async with server.client(company["token"]) as client:
        now = Company(client, dict(company["ids"]))
        await fill(now)
        await plan(now)
        created = await client.run(operation("export_create"), {"input": {"content": "OBJECTIVES", "format": "CSV"}})
        now.ids["export"] = created["exportCreate"]["export"]["id"]
    month_ago = {"date": days_ago(30)[:10]}
    given = {
        "url": f"{server.address}/graphql",
        "token": company["token"],
        "contract": str(CONTRACT),
        "ids": now.ids,
        "pastIds": company["ids"],
        "monthAgo": month_ago,
        "screens": SCREENS_OF[cache],
        "queries": {
            "compare_moments": {"from": month_ago},
            "summary": {"from": month_ago},
            "objective_detail": {"asOf": None},
            "initiative_list": {"filter": {}},
            "team_detail": {"asOf": None},
            "weekly_meeting": {"since": days_ago(7)},
            "monthly_review": {"since": days_ago(30)},
        },
    }
    report = await report_of(f"{cache}.mjs", make_project(tmp_path / "project"), given)
    assert report["warnings"] == []
    the_contract_is_read_back(report)
    pages_are_joined(report, is_joining=cache != "relay")
    the_past_leaves_the_present_alone(report)
    screens_show_what_mutations_did(report, cache)


def the_contract_is_read_back(report: Content) -> None:
    queries = {name for name in report["operations"] if operation(name).lstrip("# ").find("query ") >= 0}
    assert {name: found for name, found in report["contract"].items() if found} == {}
    assert set(report["contract"]) <= queries
    assert len(report["contract"]) >= 25


def pages_are_joined(report: Content, *, is_joining: bool) -> None:
    joined = {"count": 4, "pages": [], "putOff": False}
    assert report["pages"] == ({"by_edges": joined, "by_nodes": joined} if is_joining else {})


def the_past_leaves_the_present_alone(report: Content) -> None:
    past = report["past"]
    assert (past["requests"], past["fresh"]) == (0, [])
    assert {name: found for name, found in past["operations"].items() if found["present"] or found["past"]} == {}
    # Things were read there, and again by their identifiers.
    assert past["operations"]["dashboard"]["nodes"] >= 8


def screens_show_what_mutations_did(report: Content, cache: str) -> None:
    told = report["mutations"]
    assert {each["name"]: each["errors"] for each in told if each["errors"]} == {}
    assert {name for name in report["operations"] if "mutation " in operation(name)} == {each["name"] for each in told}
    assert {each["name"]: each["differences"] for each in told if each["differences"]} == {}
    assert {each["name"]: each["missed"] for each in told if each["missed"]} == {}
    asking = {each["name"] for each in told if each["requests"]}
    # Relay has no update of its own: the script marks everything stale after all but a check-in.
    # What makes a file or a link writes no event, and no screen shows an acknowledgement.
    outside = {"export_create", "calendar_link_create", "calendar_link_revoke", "check_in_acknowledge"}
    silent = {"coach_draft", "key_result_check_in"} | (set() if cache == "relay" else outside)
    assert asking == {each["name"] for each in told} - silent
    assert max(each["requests"] for each in told) == 1
