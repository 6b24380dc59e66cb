"""The operations of conversation, sent to a running application: what people say, and the meetings they hold."""

import json
from typing import Any

import pytest

from events.person import Role
from tests.support.client import Client
from tests.support.operations import CONTRACT, Company, Content, contract_variables, fill, operation
from tests.support.organization import ExampleOrganization

pytestmark = pytest.mark.usefixtures("payloads")


async def test_every_operation_of_conversation_is_carried_out(client: Client, organization: ExampleOrganization):
    company = Company(client, {"person": organization.people[Role.MEMBER]})
    await fill(company)
    await company.do("team_member_add", teamId=company.ids["team"], personId=company.ids["person"])
    told: dict[str, Content] = {}

    async def tell(name: str) -> Content:
        told[name] = await company.tell(name)
        return told[name]

    company.ids["comment"] = (await tell("comment_create"))["comment"]["id"]
    company.ids["recognition"] = (await tell("recognition_create"))["recognition"]["id"]
    for name in ("reaction_add", "comment_update"):
        await tell(name)
    first = (await client.run("{ organization { history(last: 1) { nodes { recordedAt } } } }"))["organization"]["history"]
    since = {"since": first["nodes"][0]["recordedAt"]}
    for name in ("activity_feed", "comment_mentions", "comment_thread", "recognition_list", "weekly_meeting", "monthly_review"):
        variables = contract_variables(name, company.ids)
        told[name] = await client.run(operation(name), variables | (since if "since" in variables else {}))
    for name in ("reaction_remove", "comment_withdraw", "recognition_withdraw"):
        await tell(name)

    assert told["comment_create"]["comment"]["mentionedPeople"][0]["name"] == "Member Person"
    assert told["reaction_add"]["comment"]["reactions"][0]["count"] == 1
    assert told["comment_thread"]["node"]["comments"]["nodes"][0]["text"] == "Shall we ask the partners first?"
    assert told["comment_mentions"]["viewer"]["person"]["mentions"]["totalCount"] == 0
    assert told["recognition_list"]["recognitions"]["totalCount"] == 1
    assert told["activity_feed"]["activity"]["edges"][0]["node"]["type"] == "COMMENT_EDITED"
    assert told["weekly_meeting"]["team"]["objectives"]["totalCount"] == 1
    assert told["monthly_review"]["team"]["progress"] == 0.5
    assert told["reaction_remove"]["comment"]["reactions"] == []
    groups: dict[str, Any] = json.loads((CONTRACT / "groups.json").read_text(encoding="utf-8"))
    assert set(told) <= set(groups["practice"])
