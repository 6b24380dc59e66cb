"""Templates over HTTP: what the operations of the contract answer, now and in the past, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from events.person import Role
from events.template_content import PlaceholderKind
from tests.support.client import Client
from tests.support.operations import Company, Content, contract_variables, fill, operation
from tests.support.organization import ExampleOrganization

pytestmark = pytest.mark.usefixtures("payloads")

FIELDS = {PlaceholderKind.TEXT: "text", PlaceholderKind.NUMBER: "number", PlaceholderKind.DATE: "date"}
USED_BY = (
    "query ($id: ID!, $asOf: MomentInput) { template(id: $id, asOf: $asOf) { title usedBy { totalCount nodes { title } } } }"
)


def types(payload: Content) -> list[str]:
    return [event["type"] for event in payload["events"]]


def examples(template: Content) -> list[Content]:
    """Answer the examples of a template as the values of a draft."""
    return [{"name": each["name"], FIELDS[each["kind"]]: each["example"]} for each in template["placeholders"]]


class Story:
    """A company that uses templates, told by the operations and variables of the contract."""

    def __init__(self, client: Client, organization: ExampleOrganization) -> None:
        self.client = client
        self.company = Company(client, {"person": organization.people[Role.MEMBER]})
        self.ids, self.tell = self.company.ids, self.company.tell

    async def begin(self) -> Content:
        await fill(self.company)
        created = await self.tell("template_create")
        self.ids["template"] = created["template"]["id"]
        return created

    async def ask(self, name: str, **variables: Any) -> Content:
        return await self.client.run(operation(name), {**contract_variables(name, self.ids), **variables})

    async def detail(self, **variables: Any) -> Content:
        template: Content = (await self.ask("template_detail", **variables))["template"]
        return template


@pytest.fixture
def story(client: Client, organization: ExampleOrganization) -> Story:
    return Story(client, organization)


async def test_a_template_is_written_filled_in_changed_and_archived(story: Story):
    created = await story.begin()
    assert types(created) == ["TEMPLATE_CREATED"]
    assert [thing["__typename"] for thing in created["affected"]] == ["Template"]
    template = created["template"]
    assert (template["version"], template["origin"], template["key"]) == (1, "ORGANIZATION", None)
    assert template["viewerCan"] == ["UPDATE", "CANCEL", "CREATE_OBJECTIVE"]
    assert template["keyResults"][0]["metric"]["target"] == {"value": None, "placeholder": "target"}
    assert template["keyResults"][1]["metric"]["stages"][1] == {"title": "First contract", "weight": 2}

    tried = await story.tell("objective_create_from_template", dryRun=True, idempotencyKey=None)
    assert (tried["objective"], tried["events"], tried["affected"]) == (None, [], [])
    assert [finding["code"] for finding in tried["findings"]] == []
    drafted = await story.tell("objective_create_from_template")
    assert types(drafted) == [
        "OBJECTIVE_CREATED",
        "KEY_RESULT_ADDED",
        "KEY_RESULT_ADDED",
        "OBJECTIVE_DRAFTED_FROM_TEMPLATE",
    ]
    objective = drafted["objective"]
    assert (objective["title"], objective["state"], objective["version"]) == ("Win hospitals", "DRAFT", 1)
    assert objective["fromTemplate"] == {
        "id": template["id"],
        "title": template["title"],
        "origin": "ORGANIZATION",
        "version": 1,
    }
    share, offers = objective["keyResults"]
    assert (share["title"], share["dueOn"]) == ("Share of hospitals that renew", "2098-11-30")
    assert (share["metric"]["start"], share["metric"]["target"]) == ("5", "12.5")
    assert [stage["title"] for stage in offers["metric"]["stages"]] == ["First offer to hospitals", "First contract"]
    again = await story.tell("objective_create_from_template")
    assert again["objective"]["id"] == objective["id"]

    changed = await story.tell("template_update")
    assert types(changed) == ["TEMPLATE_REWRITTEN", "TEMPLATE_CLASSIFIED"]
    detail = await story.detail()
    assert (detail["title"], detail["function"], detail["version"]) == ("Win more {segment}", "MARKETING", 3)
    assert [used["title"] for used in detail["usedBy"]["nodes"]] == ["Win hospitals"]
    assert [event["type"] for event in detail["history"]["nodes"]] == [
        "TEMPLATE_CLASSIFIED",
        "TEMPLATE_REWRITTEN",
        "OBJECTIVE_DRAFTED_FROM_TEMPLATE",
        "TEMPLATE_CREATED",
    ]
    assert [change["field"] for change in detail["history"]["nodes"][3]["changes"]] == [
        "title", "description", "function", "language", "placeholders", "keyResults",
    ]  # fmt: skip
    assert detail["history"]["nodes"][3]["changes"][4]["after"]["text"] == (
        "segment, TEXT, schools, target, NUMBER, 10, due, DATE, 2026-12-15"
    )
    (lineage,) = detail["history"]["nodes"][2]["changes"]
    assert (lineage["field"], lineage["after"]["text"]) == ("fromTemplate", "Win more {segment}")
    then = await story.detail(asOf={"position": created["events"][0]["position"]})
    assert (then["title"], then["function"], then["usedBy"]["totalCount"]) == ("Win {segment}", "SALES", 0)
    assert (then["entityId"], then["viewerCan"]) == (template["id"], [])
    assert then["id"] != template["id"]

    archived = await story.tell("template_archive")
    assert (archived["template"]["archivedAt"] is None, archived["template"]["viewerCan"]) == (False, ["REOPEN"])
    listed = await story.ask("template_list")
    assert listed["templates"]["totalCount"] == 0
    restored = await story.tell("template_restore")
    assert (types(restored), restored["template"]["archivedAt"]) == (["TEMPLATE_RESTORED"], None)
    found = await story.client.run('{ search(query: "renew", types: [TEMPLATE]) { nodes { title node { id } } } }')
    assert found["search"]["nodes"] == [{"title": "Win more {segment}", "node": {"id": template["id"]}}]


async def test_a_template_is_made_of_an_objective_and_listed_in_pages(story: Story):
    await story.begin()
    made = await story.tell("template_create_from_objective")
    assert types(made) == ["TEMPLATE_CREATED"]
    template = made["template"]
    assert (template["title"], template["function"]) == ("Answer every mail", "SUPPORT")
    assert [(each["name"], each["example"]) for each in template["placeholders"]] == [("start_1", "6"), ("target_1", "10")]
    listed = (await story.ask("template_list", first=1))["templates"]
    assert (listed["totalCount"], [each["title"] for each in listed["nodes"]]) == (2, ["Answer every mail"])
    rest = (await story.ask("template_list", first=1, after=listed["pageInfo"]["endCursor"]))["templates"]
    assert ([each["title"] for each in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (["Win {segment}"], False)


async def test_the_library_is_searched_and_used_at_any_moment(story: Story):
    await story.begin()
    library = (await story.ask("template_library", function="MARKETING", query="BRAND survey"))["templateLibrary"]
    [template] = library["nodes"]
    assert (template["key"], library["totalCount"]) == ("brand-recall", 1)
    page = (await story.ask("template_library", function=None, query=None, first=2))["templateLibrary"]
    rest = (await story.ask("template_library", function=None, query=None, after=page["pageInfo"]["endCursor"], first=100))[
        "templateLibrary"
    ]
    assert len(page["nodes"]) + len(rest["nodes"]) == page["totalCount"]
    with pytest.raises(AssertionError, match="CURSOR_INVALID"):
        await story.ask("template_library", language="CS", query=None, after=page["pageInfo"]["endCursor"])

    values = {"templateId": template["id"], "values": examples(template)}
    drafted = await story.tell("objective_create_from_template", **values)
    assert drafted["objective"]["fromTemplate"]["origin"] == "LIBRARY"
    assert not [finding for finding in drafted["findings"] if finding["severity"] == "WARNING"]
    shown = await story.detail(id=template["id"])
    assert (shown["createdBy"]["__typename"], shown["viewerCan"]) == ("SystemActor", ["CREATE_OBJECTIVE"])
    assert [event["type"] for event in shown["history"]["nodes"]] == ["OBJECTIVE_DRAFTED_FROM_TEMPLATE"]
    assert {each["language"] for each in shown["translations"]}.isdisjoint({"EN"})
    node = await story.client.run("query ($id: ID!) { node(id: $id) { __typename id } }", {"id": template["id"]})
    assert node["node"] == {"__typename": "Template", "id": template["id"]}
    moment = {"position": drafted["events"][0]["position"]}
    then = await story.client.run(USED_BY, {"id": template["id"], "asOf": moment})
    assert then["template"]["usedBy"]["totalCount"] == 0
    assert await story.company.refused("template_update", templateId=template["id"], title="Mine") == [
        ("WRONG_STATE", ["templateId"])
    ]


async def test_what_is_wrong_is_refused_with_its_place_and_leaves_nothing(story: Story):
    await story.begin()
    company = story.company
    created = {**contract_variables("template_create", story.ids)["input"], "idempotencyKey": None}
    assert await company.refused("template_create", **{**created, "title": "Win {nobody}"}) == [("INVALID", ["title"])]
    assert await company.refused("template_create", **{**created, "placeholders": []}) == [
        ("INVALID", ["keyResults", "0", "title"])
    ]
    level = {"title": "Replies", "metric": {"kind": "AT_LEAST", "target": {}}}
    assert await company.refused("template_create", **{**created, "keyResults": [level]}) == [
        ("INVALID", ["keyResults", "0", "metric", "target"])
    ]
    many = [{"name": f"p{number}", "kind": "TEXT", "example": "x"} for number in range(101)]
    assert await company.refused("template_create", **{**created, "placeholders": many}) == [
        ("LIMIT_EXCEEDED", ["placeholders"])
    ]
    assert await company.refused("template_update", templateId=story.ids["template"], title=None) == [("REQUIRED", ["title"])]
    assert await company.refused("template_update", templateId=story.ids["template"], title="x", expectedVersion=9) == [
        ("VERSION_CONFLICT", ["expectedVersion"])
    ]
    draft = {**contract_variables("objective_create_from_template", story.ids)["input"], "idempotencyKey": None}
    values = [{"name": "target", "text": "many"}, {"name": "due", "date": "2026-09-01"}]
    assert await company.refused("objective_create_from_template", **{**draft, "values": values}) == [
        ("INVALID", ["values", "0", "number"]),
        ("REQUIRED", ["values", "segment"]),
    ]
    assert await company.refused("objective_create_from_template", **{**draft, "templateId": story.ids["team"]}) == [
        ("NOT_FOUND", ["templateId"])
    ]
    assert (await story.detail())["usedBy"]["totalCount"] == 0
    assert (await story.ask("template_list", filter=None))["templates"]["totalCount"] == 1


async def test_whoever_is_of_a_team_manages_templates_and_others_use_them(
    story: Story, as_role: Callable[[Role], Client], organization: ExampleOrganization
):
    await story.begin()
    template = {"templateId": story.ids["template"]}
    member = Company(as_role(Role.MEMBER))
    can = "{ viewer { can } }"
    assert "CREATE_TEMPLATE" not in (await member.client.run(can))["viewer"]["can"]
    assert await member.refused("template_update", **template, title="Mine {segment}") == [("FORBIDDEN", None)]
    drafted = await member.do(
        "objective_create_from_template",
        **{**contract_variables("objective_create_from_template", story.ids)["input"], "teamId": None, "idempotencyKey": None},
    )
    assert drafted["objective"]["owner"]["id"] == organization.people[Role.MEMBER]
    await story.company.do("team_member_add", teamId=story.ids["team"], personId=organization.people[Role.MEMBER])
    assert "CREATE_TEMPLATE" in (await member.client.run(can))["viewer"]["can"]
    changed = await member.do("template_update", **template, title="Mine {segment}")
    assert changed["template"]["viewerCan"] == ["UPDATE", "CANCEL", "CREATE_OBJECTIVE"]
    viewer = Company(as_role(Role.VIEWER))
    assert [code for code, _ in await viewer.refused("template_archive", **template)] == ["FORBIDDEN"]


async def test_a_template_does_not_tell_of_a_hidden_objective(story: Story, as_role: Callable[[Role], Client]):
    await story.begin()
    hidden = await story.company.objective(story.ids["cycle"], title="Hidden", visibility="PRIVATE")
    member = Company(as_role(Role.MEMBER))
    variables = contract_variables("template_detail", story.ids)
    before = await member.client.run(operation("template_detail"), variables)
    await story.tell("objective_create_from_template", ownerId=None)
    assert await member.client.run(operation("template_detail"), variables) == before
    assert (await story.detail())["usedBy"]["totalCount"] == 1
    await story.company.do("team_update", teamId=story.ids["team"], leadId=story.ids["person"])
    refused = {"objectiveId": hidden["id"], "function": "SALES"}
    assert await member.refused("template_create_from_objective", **refused) == [("NOT_FOUND", ["objectiveId"])]
