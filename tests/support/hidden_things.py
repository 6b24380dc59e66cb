"""An organization with things that most of its people may not see: private, of a team, drafts, moved, made private later.

Every text of a hidden thing holds a word of its own, so that a word that comes to light tells where it comes from.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from events.person import Role
from service.database import Database
from service.tokens import create_token
from tests.support.client import Client
from tests.support.operations import KEY_RESULT, Company, Content
from tests.support.organization import ExampleOrganization

Connect = Callable[[str | None], Client]

PREFIX = "Geheim"
"""Begins every word of a hidden text, and stands in no other."""

BECAUSE = {"code": "NEW_INFORMATION"}
PEOPLE = ("owner", "mate", "lead", "above", "demoted", "leaver", "formerOwner", "contributor", "author", "partOwner")
RELATED = ("mate", "lead", "above", "demoted", "formerOwner", "contributor", "author", "partOwner")
"""Those of the people who had to do with what is hidden, and may not see it any more, or never."""

SEES_NOTHING_PRIVATE = [
    "CREATE_OBJECTIVE",
    "PUT_INTO_TEAM",
    "CHANGE_OBJECTIVE",
    "MANAGE_KEY_RESULTS",
    "CHANGE_KEY_RESULT",
    "CHECK_IN",
    "CORRECT_CHECK_IN",
    "ACKNOWLEDGE_CHECK_IN",
    "SUPPORT_OBJECTIVE",
    "CHANGE_INITIATIVE",
    "CREATE_KPI",
    "CHANGE_KPI",
    "RECORD_KPI_READING",
    "CORRECT_KPI_READING",
    "CREATE_TEAM",
    "CHANGE_TEAM",
    "ARCHIVE_TEAM",
    "CHANGE_PERSON",
    "MANAGE_PEOPLE",
    "MANAGE_PROGRAMS",
    "MANAGE_CYCLES",
    "MANAGE_ORGANIZATION",
    "MANAGE_CUSTOM_FIELDS",
    "COMMENT",
    "EDIT_COMMENT",
    "WITHDRAW_COMMENT",
    "RECOGNIZE",
    "WITHDRAW_RECOGNITION",
    "MANAGE_TEMPLATES",
]
"""The scopes of a token that may all that an ADMIN may but see everything."""

_IDENTIFIERS = re.compile(
    r"\b(?:objective|key_result|initiative|check_in|stage|event|comment|recognition)_[0-7][0-9a-hjkmnp-tv-z]{25}\b"
)
_INSIDE = """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Objective {
  id ...Said keyResults(includeDropped: true) { id ...Said metric { stages { id } } checkIns(first: 100) {
    nodes { id ...Said revisions { event { id } } } } }
  initiatives(first: 100) { nodes { id history(first: 100) { nodes { id } } } }
  history(first: 100) { nodes { id ... on RecognitionGivenEvent { recognition { id ...Said } } } } } } }
fragment Said on Commentable { comments(first: 100, includeReplies: true) { nodes { id } } }"""


@dataclass(slots=True)
class Hidden:
    """The hidden things: their words, the identifiers of all of them, and by names those to walk with.

    `ids["past"]` is a position of the log at which everybody of RELATED could see something of it.
    """

    company: Company
    words: list[str] = field(default_factory=list[str])
    ids: dict[str, str] = field(default_factory=dict[str, str])
    identifiers: frozenset[str] = frozenset()
    clients: dict[str, Client] = field(default_factory=dict[str, Client])

    left_events: frozenset[str] = frozenset()
    past_identifier: str = ""
    past_time: str = ""

    def text(self, meaning: str) -> str:
        """Answer a text with a word that stands nowhere else."""
        word = PREFIX + "".join(each.capitalize() for each in meaning.split())
        assert word not in self.words
        self.words.append(word)
        return f"{word} {meaning}"

    async def do(self, mutation: str, /, **values: Any) -> Content:
        """Send a mutation for the ADMIN, with a reason that everybody may read unless it brings one."""
        return await self.company.do(mutation, **{"reason": BECAUSE, **values})

    async def write(self, name: str, **values: Any) -> Content:
        """Write down an objective with two key results, all of whose texts are hidden; keeps identifiers by `name`."""
        made = await self.company.do(
            "objective_create",
            **{
                "title": self.text(f"{name} title"),
                "description": self.text(f"{name} description"),
                "labels": [self.text(f"{name} label")],
                "customFields": [{"customFieldId": self.ids["customField"], "text": self.text(f"{name} value")}],
                "draft": False,
                "cycleId": self.ids["cycle"],
                "ownerId": self.ids["owner"],
                "keyResults": [self.measured(name), self.staged(name)],
                **values,
            },
        )
        objective: Content = made["objective"]
        self.ids[name] = objective["id"]
        self.ids[f"{name} measured"], self.ids[f"{name} staged"] = (each["id"] for each in objective["keyResults"])
        return objective

    def measured(self, name: str) -> Content:
        """A key result with a unit of its own."""
        metric = {"kind": "INCREASE", "unit": "NUMBER", "unitLabel": self.text(f"{name} unit"), "start": "0", "target": "731"}
        return {
            "title": self.text(f"{name} measured title"),
            "metric": metric,
            "ownerId": self.ids["partOwner"],
            "labels": [self.text(f"{name} measured label")],
            "customFields": [{"customFieldId": self.ids["part field"], "text": self.text(f"{name} measured value")}],
        }

    def staged(self, name: str) -> Content:
        """A key result of stages."""
        stages = [{"title": self.text(f"{name} {number} stage")} for number in ("first", "second")]
        return {"title": self.text(f"{name} staged title"), "metric": {"kind": "MILESTONE", "stages": stages}}

    async def live(self, name: str) -> None:
        """Let happen to an objective what happens: it is measured, corrected, retargeted, retitled; parts go and come."""
        company, measured = self.company, self.ids[f"{name} measured"]
        for number in ("first", "second"):
            texts = {each: self.text(f"{name} {number} {each}") for each in ("comment", "blockers", "nextSteps")}
            by = Company(self.clients["author"]) if name == "private" and number == "first" else company
            made = await by.do(
                "key_result_check_in", keyResultId=measured, value="70", status="AT_RISK", confidence=0.31, **texts
            )
            self.ids[f"{name} {number} check-in"] = made["checkIn"]["id"]
        corrected = {"comment": self.text(f"{name} corrected"), "reason": self.reason(f"{name} correction")}
        await company.do("check_in_correct", checkInId=self.ids[f"{name} first check-in"], value="71", **corrected)
        reviewer = Company(self.clients["formerOwner" if name == "private" else "owner"])
        note = self.text(f"{name} acknowledgement")
        await reviewer.do("check_in_acknowledge", checkInId=self.ids[f"{name} first check-in"], note=note)
        retraction = self.reason(f"{name} retraction")
        await company.do("check_in_retract", checkInId=self.ids[f"{name} second check-in"], reason=retraction)
        retargeting = self.reason(f"{name} retargeting")
        await company.do("key_result_retarget", keyResultId=measured, target="300", reason=retargeting)
        await self.do("key_result_update", keyResultId=measured, title=self.text(f"{name} retitled"))
        dropping = self.reason(f"{name} dropping")
        await company.do("key_result_drop", keyResultId=self.ids[f"{name} staged"], reason=dropping)
        replaced = await company.do(
            "key_result_replace",
            keyResultId=measured,
            keyResult={**KEY_RESULT, "title": self.text(f"{name} successor")},
            reason=self.reason(f"{name} replacing"),
        )
        self.ids[f"{name} replaced"] = replaced["keyResult"]["id"]

    async def talk(self, name: str, listener: str) -> None:
        """Let be said what is said: comments on all parts, one edited, one withdrawn, mentions, reactions, a recognition."""
        company, measured = self.company, self.ids[f"{name} measured"]
        person, said = [self.ids[listener]], list[str]()
        for part, subject_id in (("", self.ids[name]), ("part ", measured), ("report ", self.ids[f"{name} first check-in"])):
            text = self.text(f"{name} {part}comment")
            made = await company.do("comment_create", subjectId=subject_id, text=text, mentionIds=person)
            said.append(made["comment"]["id"])
        self.ids[f"{name} comment"] = said[0]
        reply = {"subjectId": self.ids[name], "replyToId": said[0], "mentionIds": person}
        await company.do("comment_create", **reply, text=self.text(f"{name} reply"))
        await company.do("comment_update", commentId=said[0], text=self.text(f"{name} reworded"))
        await company.do("reaction_add", commentId=said[0], kind="HEART")
        await company.do("comment_withdraw", commentId=said[1])
        thanks = self.text(f"{name} thanks")
        given = await company.do("recognition_create", personIds=person, text=thanks, subjectId=measured)
        about = {"subjectId": given["recognition"]["id"], "text": self.text(f"{name} thanks comment")}
        await company.do("comment_create", **about)

    async def close(self, name: str) -> None:
        """Close an objective with a review."""
        texts = {each: self.text(f"{name} {each}") for each in ("explanation", "rootCause", "learned")}
        await self.do("objective_close", objectiveId=self.ids[name], score=0.4, decision="MODIFY", **texts)

    async def plan(self, name: str, *supported: str) -> None:
        """Plan an initiative behind an objective, all of whose texts are hidden, and another one that waits for it."""
        initiatives: list[str] = []
        for number in ("initiative", "waiting"):
            made = await self.do(
                "initiative_create",
                title=self.text(f"{name} {number} title"),
                supportedIds=[self.ids[name], *supported],
                description=self.text(f"{name} {number} description"),
                labels=[self.text(f"{name} {number} label")],
                ownerId=self.ids["partOwner"],
                customFields=[{"customFieldId": self.ids["work field"], "text": self.text(f"{name} {number} value")}],
                links=[{"url": f"https://example.org/{self.text(f'{name} {number} url').split()[0]}", "title": None}],
            )
            initiatives.append(made["initiative"]["id"])
        blocker, waiting = self.ids[f"{name} initiative"], self.ids[f"{name} waiting"] = initiatives
        await self.do("initiative_update", initiativeId=blocker, title=self.text(f"{name} initiative retitled"))
        link = {"url": "https://example.org/plan", "title": self.text(f"{name} link title")}
        await self.do("initiative_link_add", initiativeId=blocker, **link)
        note = self.text(f"{name} initiative note")
        await self.do("initiative_dependency_add", initiativeId=waiting, blockerId=blocker, note=note)
        await self.do("initiative_start", initiativeId=blocker)

    def reason(self, meaning: str) -> Content:
        """A reason with a hidden text."""
        return {"code": "OTHER", "text": self.text(f"{meaning} reason")}

    async def inside(self, *names: str) -> frozenset[str]:
        """Answer the identifiers of objectives, and of all that they hold and that happened to them."""
        ids = [self.ids[name] for name in names]
        return frozenset(_IDENTIFIERS.findall(json.dumps(await self.company.client.run(_INSIDE, {"ids": ids}))))


async def hidden_things(client: Client, connect: Connect, organization: ExampleOrganization, database_url: str) -> Hidden:
    """Make the organization: first everybody is somebody to what will be hidden, then `past`, then nobody is."""
    company = Company(client)
    hidden = Hidden(company)
    await _people(hidden, connect, organization, database_url)
    await _visible(hidden)
    await _written(hidden)
    hidden.ids["past"] = (await client.send("{ viewer { id } }")).json()["extensions"]["position"]
    shown = "query ($id: ID!, $at: BigInt!) { objective(id: $id, asOf: { position: $at }) { id readAt { time } } }"
    past = (await client.run(shown, {"id": hidden.ids["private"], "at": hidden.ids["past"]}))["objective"]
    hidden.past_identifier, hidden.past_time = past["id"], past["readAt"]["time"]
    await _parted(hidden)
    await _moved(hidden)
    await _worked(hidden)
    # The move out of an objective that everybody sees is theirs to see, too.
    open_events = await hidden.inside("objective", "parent")
    hidden.identifiers = (
        await hidden.inside("private", "team only", "draft", "once public", "predecessor", "successor")
        - open_events
        - hidden.left_events
    )
    await _programs(hidden, connect)
    return hidden


async def _people(hidden: Hidden, connect: Connect, organization: ExampleOrganization, database_url: str) -> None:
    company, ids = hidden.company, hidden.ids
    hidden.clients = {role.lower(): connect(organization.tokens[role]) for role in Role}
    ids["person"] = organization.people[Role.MEMBER]
    ids["organization"] = organization.identifier
    async with Database(database_url) as database, database.connection(organization.organization_id) as connection:
        for name in PEOPLE:
            role = "ADMIN" if name == "demoted" else "MEMBER"
            ids[name] = (await company.do("person_invite", name=name, email=f"{name}@example.org", role=role))["person"]["id"]
            token = await create_token(connection, organization.organization_id, ids[name], name)
            hidden.clients[name] = connect(token.secret)
    everybody = await company.do("team_create", name="All", leadId=ids["above"])
    ids["all"] = everybody["team"]["id"]
    sales = await company.do("team_create", name="Sales", parentId=ids["all"], leadId=ids["lead"])
    ids["team"] = sales["team"]["id"]
    for name in ("mate", "owner"):
        await company.do("team_member_add", teamId=ids["team"], personId=ids[name])


async def _visible(hidden: Hidden) -> None:
    """What everybody sees: an objective above, one with a key result that is measured, and an earlier cycle with one."""
    company, ids = hidden.company, hidden.ids
    ids["cycle"] = await company.cycle("Running")
    ids["earlier"] = await company.cycle("Earlier", "2019-01-01", "2019-12-31")
    for name, noun in (("customField", "OBJECTIVE"), ("part field", "KEY_RESULT"), ("work field", "INITIATIVE")):
        made = await company.do("custom_field_create", appliesTo=noun, kind="TEXT", name=f"Note of {noun}")
        ids[name] = made["customField"]["id"]
    choices = [{"name": "North"}]
    made = await company.do("custom_field_create", appliesTo="KPI", kind="CHOICE", name="Region", choices=choices)
    ids["choice"] = made["customField"]["choices"][0]["id"]
    parent = await company.objective(ids["cycle"], title="Be trusted", ownerId=ids["person"], teamId=ids["team"])
    ids["parent"], ids["parent part"] = parent["id"], parent["keyResults"][0]["id"]
    ids["carried"] = (await company.objective(ids["earlier"], title="Began early", ownerId=ids["person"]))["id"]


async def _written(hidden: Hidden) -> None:
    company, ids = hidden.company, hidden.ids
    people = {"contributorIds": [ids["contributor"], ids["author"]], "ownerId": ids["formerOwner"]}
    above = [ids["parent"], ids["parent part"]]
    await hidden.write("private", visibility="PRIVATE", parentIds=above, teamId=ids["team"], **people)
    await hidden.write("team only", visibility="TEAM", teamId=ids["team"], parentIds=above)
    await hidden.write("draft", draft=True, teamId=ids["team"], parentIds=[ids["parent"]])
    await hidden.write("once public", teamId=ids["team"])
    await hidden.write("predecessor", visibility="PRIVATE", cycleId=ids["earlier"])
    for name, listener in (("private", "formerOwner"), ("team only", "mate"), ("once public", "mate")):
        await hidden.live(name)
        await hidden.plan(name)
        await hidden.talk(name, listener)
    await _measured(hidden)
    await _drafted(hidden)
    aligned = [ids["private"], ids["team only measured"], ids["once public"]]
    child = await company.objective(
        ids["cycle"],
        KEY_RESULT,
        {**KEY_RESULT, "title": "Calls"},
        title="Answer every mail",
        parentIds=aligned,
        ownerId=ids["person"],
    )
    ids["id"] = ids["subject"] = ids["linked"] = child["id"]
    ids["objective"], ids["keyResult"], ids["leaving"] = child["id"], *(each["id"] for each in child["keyResults"])
    made = await company.do("key_result_check_in", keyResultId=ids["keyResult"], value="7", status="ON_TRACK", comment="Well")
    ids["checkIn"] = made["checkIn"]["id"]
    said = await company.do("comment_create", subjectId=ids["objective"], text="Why?", mentionIds=[ids["person"]])
    ids["comment"] = ids["replyTo"] = said["comment"]["id"]
    given = await company.do("recognition_create", personIds=[ids["person"]], text="Well done", subjectId=ids["keyResult"])
    ids["recognition"] = given["recognition"]["id"]


async def _measured(hidden: Hidden) -> None:
    """A KPI that everybody sees, linked to what is hidden: there its readings become check-ins."""
    company, ids = hidden.company, hidden.ids
    measure = {"direction": "HIGHER_IS_BETTER", "unit": "PERCENT", "frequency": "DAILY"}
    bands = {"criticalBelow": "2", "warningBelow": "6"}
    made = await company.do("kpi_create", title="Mails answered", ownerId=ids["person"], bands=bands, **measure)
    ids["kpi"] = made["kpi"]["id"]
    for name in ("private", "once public", "parent"):
        await company.do("kpi_link", kpiId=ids["kpi"], linkedId=ids[name])
    for name in ("private replaced", "team only replaced"):
        await company.do("kpi_link", kpiId=ids["kpi"], linkedId=ids[name], takesValues=True)
    for value in ("5", "4"):
        made = await company.do("kpi_reading_record", kpiId=ids["kpi"], value=value)
        ids["reading"] = made["reading"]["id"]
    await company.do("kpi_reading_correct", readingId=ids["reading"], value="3", reason={"code": "CORRECTION"})
    await company.do("kpi_unlink", kpiId=ids["kpi"], linkedId=ids["once public"])


async def _drafted(hidden: Hidden) -> None:
    """A template that everybody sees, from which a hidden draft is made and that says what nobody hides."""
    company, ids = hidden.company, hidden.ids
    asked = [{"name": "what", "kind": "TEXT", "example": "mails"}]
    made = await company.do("template_create", title="Answer all {what}", function="SUPPORT", placeholders=asked)
    ids["template"] = made["template"]["id"]
    values = {"values": [{"name": "what", "text": hidden.text("drafted title")}], "ownerId": ids["owner"]}
    await hidden.do("objective_create_from_template", templateId=ids["template"], cycleId=ids["cycle"], **values)


async def _parted(hidden: Hidden) -> None:
    """Whoever was somebody to what is hidden is nobody to it any more."""
    ids = hidden.ids
    await hidden.do("objective_update", objectiveId=ids["private"], ownerId=ids["owner"], contributorIds=[])
    await hidden.do("objective_update", objectiveId=ids["once public"], visibility="PRIVATE")
    await hidden.do("team_member_remove", teamId=ids["team"], personId=ids["mate"])
    await hidden.do("team_update", teamId=ids["team"], leadId=ids["owner"])
    await hidden.do("team_update", teamId=ids["all"], leadId=ids["owner"])
    await hidden.do("person_update", personId=ids["demoted"], role="MEMBER")
    await hidden.do("person_deactivate", personId=ids["leaver"])


async def _moved(hidden: Hidden) -> None:
    """What goes over the border: alignments, key results that move, and what is carried over; then closings."""
    ids = hidden.ids
    aligning = {"objectiveId": ids["objective"], "parentId": ids["private"]}
    await hidden.do("objective_unalign", **aligning)
    # What comes out into the open brings its check-ins along, but not what it was called before.
    came = await hidden.do(
        "key_result_create", objectiveId=ids["private"], **{**KEY_RESULT, "title": hidden.text("came title")}
    )
    ids["came"] = came["keyResult"]["id"]
    await hidden.do("key_result_update", keyResultId=ids["came"], title="Came")
    await hidden.do("key_result_retarget", keyResultId=ids["came"], target="20", reason=hidden.reason("came retargeting"))
    made = await hidden.do("key_result_check_in", keyResultId=ids["came"], value="9", status="ON_TRACK")
    correcting = hidden.reason("came correction")
    await hidden.do("check_in_correct", checkInId=made["checkIn"]["id"], value="8", reason=correcting)
    await hidden.do("key_result_update", keyResultId=ids["came"], objectiveId=ids["objective"], reason=hidden.reason("coming"))
    await hidden.do("key_result_update", keyResultId=ids["leaving"], objectiveId=ids["private"])
    await hidden.do("key_result_update", keyResultId=ids["leaving"], title=hidden.text("left title"))
    await hidden.do(
        "key_result_check_in", keyResultId=ids["leaving"], value="3", status="ON_TRACK", comment=hidden.text("left comment")
    )
    # What is carried over takes its wording along.
    plain = {"title": "Came over", "description": None, "labels": [], "customFields": [{"customFieldId": ids["customField"]}]}
    await hidden.do("objective_update", objectiveId=ids["predecessor"], **plain)
    await hidden.close("predecessor")
    over = {"objectiveId": ids["predecessor"], "cycleId": ids["cycle"], "keyResultIds": []}
    carried = await hidden.do("objective_carry_over", **over)
    ids["came over"] = carried["objective"]["id"]
    shown = {"visibility": "ORGANIZATION", "ownerId": ids["person"]}
    await hidden.do("objective_update", objectiveId=ids["came over"], **shown)
    closing = {"score": 0.5, "explanation": "Half", "rootCause": "Late", "learned": "Begin", "decision": "KEEP"}
    await hidden.do("objective_close", objectiveId=ids["carried"], **closing)
    following = await hidden.do("objective_carry_over", objectiveId=ids["carried"], cycleId=ids["cycle"])
    ids["successor"] = following["objective"]["id"]
    secret = {"title": hidden.text("successor title"), "visibility": "PRIVATE", "ownerId": ids["owner"]}
    await hidden.do("objective_update", objectiveId=ids["successor"], **secret)
    await hidden.close("team only")
    await hidden.do("cycle_review", cycleId=ids["earlier"])
    await hidden.do("cycle_close", cycleId=ids["earlier"])


async def _worked(hidden: Hidden) -> None:
    """Initiatives over the border: one behind open and private things that waits for hidden ones, one that came out."""
    ids, child = hidden.ids, hidden.ids["objective"]
    blocker = await hidden.do("initiative_create", title="Buy a list", supportedIds=[child, ids["keyResult"]])
    ids["blocker"] = blocker["initiative"]["id"]
    made = await hidden.do(
        "initiative_create", title="Write to all", supportedIds=[child, ids["private"]], ownerId=ids["person"]
    )
    ids["initiative"], ids["supported"] = made["initiative"]["id"], child
    waiting = {"initiativeId": ids["initiative"]}
    await hidden.do("initiative_dependency_add", **waiting, blockerId=ids["blocker"], note="First things first")
    for name in ("private", "once public"):
        note = hidden.text(f"{name} blocker note")
        await hidden.do("initiative_dependency_add", **waiting, blockerId=ids[f"{name} initiative"], note=note)
        blocked = {"initiativeId": ids[f"{name} waiting"], "blockerId": ids["blocker"]}
        await hidden.do("initiative_dependency_add", **blocked, note=hidden.text(f"{name} waiting note"))
    await hidden.do("initiative_complete", initiativeId=ids["blocker"])
    # Whoever looks sees nothing that it waits for.
    for one, other in (("keyResult", "private replaced"), ("once public replaced", "parent part")):
        note = hidden.text(f"{one} dependency note")
        await hidden.do("key_result_dependency_add", keyResultId=ids[one], blockerId=ids[other], note=note)
    # What comes out into the open was called something else before.
    came = await hidden.do("initiative_create", title=hidden.text("came initiative"), supportedIds=[ids["private"]])
    out = {"initiativeId": came["initiative"]["id"]}
    await hidden.do("initiative_update", **out, title="Came out")
    await hidden.do("initiative_support_add", **out, supportedId=child)
    await hidden.do("initiative_support_remove", **out, supportedId=ids["private"])
    # And what goes into hiding is called something else after.
    left = await hidden.do("initiative_create", title="Goes", supportedIds=[child])
    ids["left initiative"] = gone = left["initiative"]["id"]
    await hidden.do("initiative_support_add", initiativeId=gone, supportedId=ids["private"])
    await hidden.do("initiative_support_remove", initiativeId=gone, supportedId=child)
    events = "query ($id: ID!) { initiative(id: $id) { history(first: 100) { nodes { id } } } }"
    known = await hidden.company.client.run(events, {"id": gone})
    hidden.left_events = frozenset(each["id"] for each in known["initiative"]["history"]["nodes"])
    await hidden.do("initiative_update", initiativeId=gone, title=hidden.text("left initiative"))


async def _programs(hidden: Hidden, connect: Connect) -> None:
    """A program that could see everything, with a token that is not for it."""
    client = hidden.company.client
    registered = "mutation ($i: ProgramRegisterInput!) { programRegister(input: $i) { program { id } } }"
    program = await client.run(registered, {"i": {"name": "Robot", "role": "ADMIN"}})
    hidden.ids["program"] = program["programRegister"]["program"]["id"]
    created = "mutation ($i: TokenCreateInput!) { tokenCreate(input: $i) { secret token { id } } }"
    token = {"name": "narrow", "programId": hidden.ids["program"], "scopes": SEES_NOTHING_PRIVATE}
    made = (await client.run(created, {"i": token}))["tokenCreate"]
    hidden.ids["token"] = made["token"]["id"]
    linked = 'mutation { calendarLinkCreate(input: { name: "Phone" }) { calendarLink { id } } }'
    hidden.ids["calendarLink"] = (await client.run(linked))["calendarLinkCreate"]["calendarLink"]["id"]
    hidden.clients["program"] = connect(made["secret"])
