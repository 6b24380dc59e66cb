"""Comments, mentions, reactions, recognitions and activity over HTTP: what is answered, refused, remembered and hidden."""

from collections.abc import Callable
from typing import Any

import pytest
import pytest_asyncio

from events.identifier import Noun, new_identifier
from events.person import Role
from tests.support.client import Client
from tests.support.operations import Company, Content, contract_variables, fill, operation
from tests.support.organization import ExampleOrganization

pytestmark = pytest.mark.usefixtures("payloads")

BECAUSE = {"code": "NEW_INFORMATION"}
Connect = Callable[[str | None], Client]

COMMENTS = """query ($id: ID!, $asOf: MomentInput, $all: Boolean = false) { objective(id: $id, asOf: $asOf) {
  id comments(includeReplies: $all) { totalCount nodes {
    id entityId text editedAt withdrawnAt viewerCan readAt { position } replyTo { entityId } replies { nodes { entityId text } }
    mentionedPeople { name } revisions { text mentionedPeople { name } }
    reactions { kind count viewerHasReacted actors { id } }
    history { nodes { type changes { field before { text } after { text } } } }
} } } }"""
OF_PERSON = """query ($id: ID!) { person(id: $id) {
  mentions { nodes { id } } open: mentions(onlyOpen: true) { totalCount nodes { id } } recognitions { nodes { id text } }
} }"""
ACTIVITY = """query ($of: ActivityOfInput!, $first: Int, $after: String, $last: Int, $before: String, $filter: EventFilter) {
  activity(of: $of, first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { position type }
} }"""


@pytest_asyncio.fixture
async def company(client: Client, organization: ExampleOrganization) -> Company:
    company = Company(client, {"person": organization.people[Role.MEMBER]})
    await fill(company)
    return company


@pytest_asyncio.fixture
async def member(company: Company, connect: Connect, organization: ExampleOrganization) -> Company:
    return Company(connect(organization.tokens[Role.MEMBER]), company.ids)


def types(payload: Content) -> list[str]:
    return [event["type"] for event in payload["events"]]


async def head(company: Company) -> str:
    position: str = (await company.client.send("{ viewer { id } }")).json()["extensions"]["position"]
    return position


async def said(company: Company, as_of: Content | None = None, **more: Any) -> list[Content]:
    data = await company.client.run(COMMENTS, {"id": company.ids["objective"], "asOf": as_of, **more})
    nodes: list[Content] = data["objective"]["comments"]["nodes"]
    assert data["objective"]["comments"]["totalCount"] == len(nodes)
    return nodes


async def wrote(company: Company, text: str, **values: Any) -> str:
    payload = await company.do("comment_create", **{"subjectId": company.ids["objective"], "text": text, **values})
    comment_id: str = payload["comment"]["id"]
    return comment_id


async def test_a_thread_reads_as_it_stands_and_as_it_stood(
    company: Company, member: Company, organization: ExampleOrganization
):
    before = await company.client.run("query ($i: ID!) { objective(id: $i) { version } }", {"i": company.ids["objective"]})
    first = await wrote(company, "Shall we?", mentionIds=[company.ids["person"]])
    reply = await wrote(member, "Yes", replyToId=first)
    then = {"position": await head(company)}
    edited = await company.do("comment_update", commentId=first, text="Shall we now?", mentionIds=[])
    assert (types(edited), edited["comment"]["mentionedPeople"]) == (["COMMENT_EDITED"], [])
    assert [change["field"] for change in edited["events"][0]["changes"]] == ["text", "mentionedPeople"]
    assert [each["id"] for each in edited["affected"]] == [first]
    assert types(await company.do("comment_update", commentId=first, text="Shall we now?")) == []

    (now,) = await said(company)
    assert (now["text"], [each["text"] for each in now["revisions"]]) == ("Shall we now?", ["Shall we?", "Shall we now?"])
    assert [[person["name"] for person in each["mentionedPeople"]] for each in now["revisions"]] == [["Member Person"], []]
    assert (now["replies"]["nodes"], now["viewerCan"]) == (
        [{"entityId": reply, "text": "Yes"}],
        ["UPDATE", "CANCEL", "COMMENT", "REACT"],
    )
    assert [each["entityId"] for each in await said(company, all=True)] == [first, reply]
    assert [each["replyTo"] and each["replyTo"]["entityId"] for each in await said(company, all=True)] == [None, first]

    (past,) = await said(company, then)
    assert (past["text"], past["editedAt"], past["viewerCan"], len(past["revisions"])) == ("Shall we?", None, [], 1)
    assert (past["entityId"], past["readAt"]) == (first, then)
    assert past["id"] != first
    assert [person["name"] for person in past["mentionedPeople"]] == ["Member Person"]

    withdrawn = await company.do("comment_withdraw", commentId=first)
    assert (withdrawn["comment"]["text"], withdrawn["comment"]["viewerCan"], types(withdrawn)) == (
        None,
        [],
        ["COMMENT_WITHDRAWN"],
    )
    (last,) = await said(company)
    assert (last["text"], last["withdrawnAt"] is None, last["replies"]["nodes"][0]["text"]) == (None, False, "Yes")
    told = [(each["type"], [change["field"] for change in each["changes"]]) for each in last["history"]["nodes"]]
    assert told == [
        ("COMMENT_WITHDRAWN", ["withdrawnAt"]),
        ("COMMENT_EDITED", ["text", "mentionedPeople"]),
        ("COMMENT_WRITTEN", ["subject", "text", "mentionedPeople"]),
    ]
    assert last["history"]["nodes"][1]["changes"][0]["before"] == {"text": "Shall we?"}
    assert (await said(company, then))[0]["text"] == "Shall we?"
    after = await company.client.run("query ($i: ID!) { objective(id: $i) { version } }", {"i": company.ids["objective"]})
    assert before == after


async def test_reactions_are_counted_and_said_whose_they_are(
    company: Company, member: Company, organization: ExampleOrganization
):
    comment = await wrote(company, "Done")
    for each in (company, member):
        await each.do("reaction_add", commentId=comment, kind="HEART")
    added = await member.do("reaction_add", commentId=comment, kind="ROCKET")
    admin, person = organization.people[Role.ADMIN], organization.people[Role.MEMBER]
    assert [each["id"] for each in added["affected"]] == [comment]
    assert types(await member.do("reaction_add", commentId=comment, kind="ROCKET")) == []
    then = {"position": await head(company)}
    await company.do("reaction_remove", commentId=comment, kind="HEART")
    shown = {name: (await said(each))[0]["reactions"] for name, each in (("admin", company), ("member", member))}
    assert shown["member"] == [
        {"kind": "HEART", "count": 1, "viewerHasReacted": True, "actors": [{"id": person}]},
        {"kind": "ROCKET", "count": 1, "viewerHasReacted": True, "actors": [{"id": person}]},
    ]
    assert [each["viewerHasReacted"] for each in shown["admin"]] == [False, False]
    (past,) = await said(company, then)
    assert [(each["kind"], each["count"], each["viewerHasReacted"]) for each in past["reactions"]] == [
        ("HEART", 2, True),
        ("ROCKET", 1, False),
    ]
    assert past["reactions"][0]["actors"][0]["id"].startswith(admin)


async def test_a_mention_is_open_until_it_is_answered(company: Company, member: Company):
    ids = company.ids
    asked = [await wrote(company, text, mentionIds=[ids["person"]]) for text in ("One?", "Two?", "Three?")]
    await wrote(member, "Note to self", mentionIds=[ids["person"]])

    async def open_mentions() -> list[str]:
        data = (await company.client.run(OF_PERSON, {"id": ids["person"]}))["person"]
        assert len(data["mentions"]["nodes"]) == 4 - len([each for each in asked if each is None])
        assert data["open"]["totalCount"] == len(data["open"]["nodes"])
        return [each["id"] for each in data["open"]["nodes"]]

    assert await open_mentions() == asked[::-1]
    await wrote(member, "One", replyToId=asked[0])
    await member.do("reaction_add", commentId=asked[1], kind="EYES")
    assert await open_mentions() == [asked[2]]
    await member.do("reaction_remove", commentId=asked[1], kind="EYES")
    assert await open_mentions() == [asked[2], asked[1]]
    await company.do("comment_withdraw", commentId=asked[2])
    data = (await member.client.run(operation("comment_mentions")))["viewer"]["person"]["mentions"]
    assert [each["id"] for each in data["nodes"]] == [asked[1]]


async def test_people_are_recognized_in_front_of_everybody(
    company: Company, member: Company, organization: ExampleOrganization
):
    ids = company.ids
    await company.do("team_member_add", teamId=ids["team"], personId=ids["person"])
    given = await company.do("recognition_create", personIds=[ids["person"]], text="Well done", subjectId=ids["keyResult"])
    thanks = given["recognition"]
    assert (types(given), thanks["about"], [each["id"] for each in thanks["people"]]) == (
        ["RECOGNITION_GIVEN"],
        {"__typename": "KeyResult", "id": ids["keyResult"]},
        [ids["person"]],
    )
    back = await member.do("recognition_create", personIds=[organization.people[Role.ADMIN]], text="Thank you")
    listed = (await member.client.run("{ recognitions { totalCount nodes { id } } }"))["recognitions"]
    assert [each["id"] for each in listed["nodes"]] == [back["recognition"]["id"], thanks["id"]]
    of_team = (await member.client.run(operation("recognition_list"), contract_variables("recognition_list", ids)))[
        "recognitions"
    ]
    assert [edge["node"]["id"] for edge in of_team["edges"]] == [thanks["id"]]
    await wrote(member, "Thanks!", subjectId=thanks["id"])
    thread = (await member.client.run(operation("comment_thread"), {"id": thanks["id"]}))["node"]
    assert [each["text"] for each in thread["comments"]["nodes"]] == ["Thanks!"]
    withdrawn = await company.do("recognition_withdraw", recognitionId=thanks["id"])
    assert (withdrawn["recognition"]["text"], types(withdrawn)) == (None, ["RECOGNITION_WITHDRAWN"])
    assert (await member.client.run(OF_PERSON, {"id": ids["person"]}))["person"]["recognitions"]["nodes"] == []
    shown = await member.client.run("query ($i: ID!) { recognition(id: $i) { text about { id } } }", {"i": thanks["id"]})
    assert shown["recognition"] == {"text": None, "about": {"id": ids["keyResult"]}}


async def test_what_is_refused_says_why_and_where(company: Company, member: Company, connect: Connect, organization: Any):
    ids, subject = company.ids, {"subjectId": company.ids["objective"]}
    comment = await wrote(company, "Done")
    viewer = Company(connect(organization.tokens[Role.VIEWER]), ids)
    auditor = Company(connect(organization.tokens[Role.AUDITOR]), ids)
    for reader in (viewer, auditor):
        assert await reader.refused("comment_create", **subject, text="x") == [("FORBIDDEN", None)]
        assert (await said(reader))[0]["viewerCan"] == []
    assert await member.refused("comment_update", commentId=comment, text="x") == [("FORBIDDEN", None)]
    assert await member.refused("comment_withdraw", commentId=comment) == [("FORBIDDEN", None)]
    own = await wrote(member, "Mine")
    assert await company.refused("comment_update", commentId=own, text="x") == [("FORBIDDEN", None)]
    await company.do("comment_withdraw", commentId=own)
    refusals: tuple[tuple[str, Content, str, list[str]], ...] = (
        ("comment_create", {**subject, "text": " "}, "REQUIRED", ["text"]),
        ("comment_create", {**subject, "text": "x" * 10_001}, "LIMIT_EXCEEDED", ["text"]),
        ("comment_create", {"subjectId": ids["person"], "text": "x"}, "NOT_FOUND", ["subjectId"]),
        ("comment_create", {**subject, "text": "x", "replyToId": new_identifier(Noun.COMMENT)}, "NOT_FOUND", ["replyToId"]),
        ("comment_create", {**subject, "text": "x", "mentionIds": [ids["team"]]}, "NOT_FOUND", ["mentionIds", "0"]),
        ("comment_update", {"commentId": own, "text": "x"}, "FORBIDDEN", []),
        ("comment_update", {"commentId": comment, "text": None}, "REQUIRED", ["text"]),
        ("reaction_add", {"commentId": own, "kind": "EYES"}, "WRONG_STATE", ["commentId"]),
        ("recognition_create", {"personIds": [], "text": "x"}, "REQUIRED", ["personIds"]),
        ("recognition_create", {"personIds": [organization.people[Role.ADMIN]], "text": "x"}, "INVALID", ["personIds", "0"]),
        ("recognition_withdraw", {"recognitionId": new_identifier(Noun.RECOGNITION)}, "NOT_FOUND", ["recognitionId"]),
    )
    for mutation, values, code, path in refusals:
        assert await company.refused(mutation, **values) == [(code, path or None)], (mutation, values)
    before = await head(company)
    tried = await company.do("comment_create", **subject, text="x", dryRun=True)
    assert (tried["comment"], tried["events"], await head(company)) == (None, [], before)


async def test_the_same_wish_again_is_a_replay(company: Company):
    values = {"subjectId": company.ids["objective"], "text": "Once", "id": new_identifier(Noun.COMMENT)}
    first, again = await company.do("comment_create", **values), await company.do("comment_create", **values)
    assert (first["comment"]["id"], again["events"]) == (values["id"], first["events"])
    assert await company.refused("comment_create", **{**values, "text": "Twice"}) == [("ID_TAKEN", ["id"])]
    keyed = {"personIds": [company.ids["person"]], "text": "Thanks", "idempotencyKey": "k"}
    given = [await company.do("recognition_create", **keyed) for _ in range(2)]
    assert given[0]["events"] == given[1]["events"]
    assert len(await said(company)) == 1


async def test_what_is_said_of_what_one_may_not_see_does_not_exist(company: Company, member: Company):
    ids = company.ids
    secret = (await company.objective(ids["cycle"], title="Secret"))["id"]
    comment = await wrote(company, "Nobody knows Rumpelstiltskin", subjectId=secret, mentionIds=[ids["person"]])
    thanks = (await company.do("recognition_create", personIds=[ids["person"]], text="Psst", subjectId=secret))["recognition"][
        "id"
    ]
    on_thanks = await wrote(company, "Rumpelstiltskin, too", subjectId=thanks)
    assert (await member.client.run("query ($i: ID!) { comment(id: $i) { id } }", {"i": comment}))["comment"] == {"id": comment}
    await company.do("objective_update", objectiveId=secret, visibility="PRIVATE")

    found = """query ($ids: [ID!]!) { nodes(ids: $ids) { id } recognitions { totalCount nodes { id } }
        search(query: "rumpel") { totalCount nodes { title } } viewer { person { mentions { totalCount } } } }"""
    shown = await member.client.run(found, {"ids": [comment, thanks, on_thanks]})
    assert shown == {
        "nodes": [None, None, None],
        "recognitions": {"totalCount": 0, "nodes": []},
        "search": {"totalCount": 0, "nodes": []},
        "viewer": {"person": {"mentions": {"totalCount": 0}}},
    }
    assert (await company.client.run(found, {"ids": [comment, thanks, on_thanks]}))["search"]["totalCount"] == 2
    for mutation, values in (
        ("comment_update", {"commentId": comment, "text": "x"}),
        ("reaction_add", {"commentId": comment, "kind": "EYES"}),
        ("comment_withdraw", {"commentId": on_thanks}),
    ):
        assert await member.refused(mutation, **values) == [("NOT_FOUND", ["commentId"])]
    mentioned = {"subjectId": secret, "text": "x", "mentionIds": [ids["person"]]}
    assert await company.refused("comment_create", **mentioned) == [("FORBIDDEN", ["mentionIds", "0"])]


async def test_comments_are_searched_as_they_stand(company: Company):
    first = await wrote(company, "Ask the Ausländer")
    await wrote(company, "Ask nobody", subjectId=company.ids["team"])
    query = """query ($q: String!, $asOf: MomentInput) { search(query: $q, types: [COMMENT], asOf: $asOf) {
        nodes { title snippet node { ... on Comment { entityId } } } } }"""

    async def hits(words: str, as_of: Content | None = None) -> list[tuple[str, str]]:
        nodes = (await company.client.run(query, {"q": words, "asOf": as_of}))["search"]["nodes"]
        return [(each["title"], each["snippet"]) for each in nodes]

    assert await hits("auslander") == [("Answer every mail", "Ask the Ausländer")]
    assert [title for title, _ in await hits("ask")] == ["Sales", "Answer every mail"]
    then = {"position": await head(company)}
    await company.do("comment_update", commentId=first, text="Ask them")
    assert (await hits("auslander"), await hits("auslander", then)) == ([], [("Answer every mail", "Ask the Ausländer")])
    await company.do("comment_withdraw", commentId=first)
    assert await hits("them") == []


async def test_activity_is_what_concerns_somebody_page_by_page(company: Company, member: Company):
    ids = company.ids
    await company.do("team_member_add", teamId=ids["team"], personId=ids["person"])
    await wrote(company, "Look", subjectId=ids["parent"], mentionIds=[ids["person"]])
    await wrote(company, "Not for them", subjectId=ids["parent"])
    await wrote(member, "Of them", subjectId=ids["cycle"])
    await company.do("recognition_create", personIds=[ids["person"]], text="Well done")
    await company.do("objective_update", objectiveId=ids["objective"], title="Mail", ownerId=ids["person"], reason=BECAUSE)

    async def all_of(of: Content, **more: Any) -> list[str]:
        whole = (await company.client.run(ACTIVITY, {"of": of, "first": 100, **more}))["activity"]
        assert whole["totalCount"] == len(whole["nodes"])
        positions = [int(each["position"]) for each in whole["nodes"]]
        assert positions == sorted(set(positions), reverse=True)
        for size in (1, 3):
            forward: list[Content] = []
            after: str | None = None
            while True:
                page = (await company.client.run(ACTIVITY, {"of": of, "first": size, "after": after, **more}))["activity"]
                forward += page["nodes"]
                assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
                if not page["pageInfo"]["hasNextPage"]:
                    break
                after = page["pageInfo"]["endCursor"]
            backward: list[Content] = []
            before: str | None = None
            while len(backward) < len(forward):
                page = (await company.client.run(ACTIVITY, {"of": of, "last": size, "before": before, **more}))["activity"]
                backward = page["nodes"] + backward
                before = page["pageInfo"]["startCursor"]
            assert forward == backward == whole["nodes"]
        return [each["type"] for each in whole["nodes"]]

    of_person = await all_of({"personId": ids["person"]})
    assert of_person[:2] == ["OBJECTIVE_REOWNED", "OBJECTIVE_RETITLED"]
    conversation = [each for each in of_person if each.startswith(("COMMENT", "RECOGNITION"))]
    assert conversation == ["RECOGNITION_GIVEN", "COMMENT_WRITTEN", "COMMENT_WRITTEN"]
    assert of_person[-1] == "PERSON_INVITED"
    of_team = await all_of({"teamId": ids["team"]})
    assert "TEAM_MEMBER_ADDED" in of_team
    assert [each for each in of_team if each.startswith(("COMMENT", "RECOGNITION"))] == ["RECOGNITION_GIVEN"]
    assert "KEY_RESULT_CHECKED_IN" in of_team
    of_cycle = await all_of({"cycleId": ids["cycle"]})
    assert [each for each in of_cycle if each.startswith(("COMMENT", "RECOGNITION"))] == ["COMMENT_WRITTEN"] * 3
    only = {"filter": {"type": {"eq": "COMMENT_WRITTEN"}}}
    assert await all_of({"cycleId": ids["cycle"]}, **only) == ["COMMENT_WRITTEN"] * 3
    assert await all_of({"personId": ids["person"]}, **only) == ["COMMENT_WRITTEN"] * 2
    outside = {"filter": {"cycleId": {"isNull": True}}}
    assert "COMMENT_WRITTEN" not in await all_of({"personId": ids["person"]}, **outside)
    nothing = {"of": {"teamId": new_identifier(Noun.TEAM)}}
    assert (await company.client.run(ACTIVITY, nothing))["activity"] is None
    assert (await company.client.run(ACTIVITY, {"of": {"teamId": ids["person"]}}))["activity"] is None


async def test_a_meeting_and_a_review_are_answered_in_one_query_each(company: Company, member: Company):
    ids = company.ids
    await company.do("team_member_add", teamId=ids["team"], personId=ids["person"])
    last_week = (await company.client.run(operation("audit_trail"), {"id": ids["objective"], "first": 1}))["objective"]
    since = last_week["history"]["edges"][0]["node"]["recordedAt"]
    report = {"keyResultId": ids["keyResult"], "value": "6", "confidence": 0.2, "status": "OFF_TRACK"}
    await company.do("key_result_check_in", **report, blockers="Nobody answers", nextSteps="Call them")
    reason = {"code": "EXTERNAL_CHANGE", "text": "The market"}
    await company.do("key_result_retarget", keyResultId=ids["keyResult"], target="20", reason=reason)
    await company.do("key_result_create", objectiveId=ids["objective"], title="Calls", metric={"kind": "BINARY"}, reason=reason)
    mention = await wrote(company, "Can you call?", mentionIds=[ids["person"]])
    await company.do("recognition_create", personIds=[ids["person"]], text="Kept calm")

    variables = {**contract_variables("weekly_meeting", ids), "since": since}
    week = await member.client.run(operation("weekly_meeting"), variables)
    (objective,) = week["team"]["objectives"]["nodes"]
    part = next(each for each in objective["keyResults"] if each["id"] == ids["keyResult"])
    assert (part["lastCheckIn"]["blockers"], part["lastCheckIn"]["nextSteps"]) == ("Nobody answers", "Call them")
    assert [each["text"] for each in objective["comments"]["nodes"]] == ["Can you call?"]
    moved = {each["subject"]["id"]: each for each in week["moved"]["changed"]["nodes"]}[ids["keyResult"]]
    assert (moved["subjectBefore"]["confidence"], moved["subject"]["confidence"]) == (None, 0.2)
    assert moved["progressAfter"] < moved["progressBefore"]
    assert [each["id"] for each in week["endangered"]["nodes"]] == [ids["keyResult"]]
    assert [each["text"] for each in week["recognitions"]["nodes"]] == ["Kept calm"]
    (who,) = week["team"]["members"]["nodes"]
    assert [each["id"] for each in who["mentions"]["nodes"]] == [mention]

    variables = {**contract_variables("monthly_review", ids), "since": since}
    month = await member.client.run(operation("monthly_review"), variables)
    (objective,) = month["team"]["objectives"]["nodes"]
    assert objective["trend"]["points"][-1]["progress"] == objective["progress"]
    assert month["team"]["progress"] == month["team"]["trend"]["points"][-1]["progress"]
    changes = month["changes"]
    assert (changes["summary"]["targetsRaised"], changes["summary"]["keyResultsAdded"]) == (1, 1)
    assert [each["title"] for each in changes["added"]["nodes"]] == ["Calls"]
    found = {each["subject"]["id"]: each for each in changes["changed"]["nodes"]}[ids["keyResult"]]
    (change,) = found["changes"]["nodes"]
    assert (change["field"], change["event"]["reason"]) == ("target", reason)
    assert [each["lastCheckIn"]["blockers"] for each in month["risks"]["nodes"]] == ["Nobody answers"]
    assert [each["id"] for each in month["stoppable"]["nodes"]] == [ids["objective"]]


EVERYTHING_SAID = """{ objectives(first: 5) { nodes { comments(first: 5) { totalCount nodes {
  text viewerCan subject { id } author { name } mentionedPeople { name } reactions { count actors { name } }
  revisions { text mentionedPeople { name } } replyTo { id } replies(first: 5) { totalCount nodes { text author { name } } }
} } } } people(first: 5) { nodes { mentions(first: 5, onlyOpen: true) { totalCount nodes { text } }
  recognitions(first: 5) { totalCount nodes { text people { name } about { id } author { name } } } } } }"""


async def test_more_things_take_no_more_statements(
    company: Company, client: Client, organization: ExampleOrganization, statements: list[str]
):
    async def told(person_id: str, *names: str) -> tuple[int, int]:
        for name in names:
            comment = await wrote(company, name, subjectId=company.ids[name], mentionIds=[person_id])
            await wrote(company, f"To {name}", subjectId=company.ids[name], replyToId=comment)
            await company.do("reaction_add", commentId=comment, kind="HEART")
            await company.do("recognition_create", personIds=[person_id], text=name, subjectId=company.ids[name])
        statements.clear()
        found = await client.run(EVERYTHING_SAID)
        return len(statements), sum(one["comments"]["totalCount"] for one in found["objectives"]["nodes"])

    few = await told(organization.people[Role.MEMBER], "objective")
    many = await told(organization.people[Role.VIEWER], "objective", "parent", "parent")
    assert (few[1], many[1]) == (1, 4)
    assert few[0] == many[0]
