"""What a viewer may not see of their own organization stays hidden: in every field, filter, file and refusal, at any moment."""

import asyncio
import re
import zipfile
from base64 import urlsafe_b64decode
from collections import defaultdict
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
import pytest_asyncio
from graphql import parse, validate

from events.identifier import SUFFIX_LENGTH, new_identifier, noun_of
from service.settings import Settings
from tests.support.acting import owner
from tests.support.client import Client
from tests.support.exporting import exported
from tests.support.hidden_things import BECAUSE, PREFIX, RELATED, Hidden, hidden_things
from tests.support.operations import KEY_RESULT, Company
from tests.support.organization import ExampleOrganization
from tests.support.schema_tour import WIDE_LIMITS, Tour
from tests.support.schema_walk import PLACEHOLDER, Place, Walk

Connect = Callable[[str | None], Client]

STRANGERS = ("member", "viewer", "program", *RELATED)
"""Who sees nothing of what is hidden: without a relation, with a token that is not for it, with a relation that is over."""

BRIEF = re.compile(r"(Query|Viewer)\.\w+|(Objective|KeyResult)\.(history|parents|children|members)")
"""The operations of the tour that everybody is sent on; one of them goes on all."""

NOISE = re.compile(r'"requestId":"[^"]*"|"(?:[A-Za-z]+_)?(?:expectedProgress|pace|lastUsedAt)":[^,}]*')
"""What differs from one request to the next: its own name, and what depends on the clock."""

FOR_EVERYBODY = re.compile(
    r'"extensions":\{.*?"position":"\d+"|"position":"\d+","time":"[^"]*"|"to":\{[^}]*\}|"end(?:sAt)?":"[^"]*"'
)
"""What counts for everybody, by docs/api.md: the position of the head, which is that of the log, and the moment of now,
at which the newest stop of the time slider and the newest week of a heat map end. Roll-ups count what is private, too, but
no draft."""


@pytest.fixture
def settings() -> Settings:
    return WIDE_LIMITS.model_copy(update={"exports_per_person": 1_000, "exports_concurrent": 8})


@pytest_asyncio.fixture
async def hidden(client: Client, connect: Connect, organization: ExampleOrganization, database_url: str) -> Hidden:
    return await hidden_things(client, connect, organization, database_url)


def tour(hidden: Hidden) -> list[Place]:
    return list(Tour(hidden.ids).operations())


def moments(hidden: Hidden) -> tuple[dict[str, str] | None, ...]:
    return None, {"position": hidden.ids["past"]}, {"time": hidden.past_time}


async def asked(client: Client, place: Place, moment: dict[str, str] | None) -> httpx.Response:
    return await client.send(place.document, {"asOf": moment} if "$asOf" in place.document else {})


CURSOR = re.compile(r'[cC]ursor":"([^"]+)"')


def told(text: str) -> str:
    """A response with what its cursors hold: whoever takes them apart reads that, too."""
    cursors = (urlsafe_b64decode(each + "=" * (-len(each) % 4)) for each in CURSOR.findall(text))
    return text + " ".join(each.decode(errors="replace") for each in cursors)


def leaks(hidden: Hidden, text: str, *sent: str) -> set[str]:
    """The words and identifiers of hidden things in a text, but for what the viewer sent."""
    words = set(re.findall(rf"(?i){PREFIX}\w*", told(text)))
    return (words | {each for each in hidden.identifiers if each in text}) - set(sent)


async def every_event(hidden: Hidden, name: str) -> httpx.Response:
    head = (await hidden.company.client.send("{ viewer { id } }")).json()["extensions"]["position"]
    parts = " ".join(
        f'e{each}: event(position: "{each}") {{ id type reason {{ text }} subject {{ id }} changes {{'
        " field subject { id } before { text node { id } } after { text node { id } values { text } } } }"
        for each in range(1, int(head) + 1)
    )
    return await hidden.clients[name].send(f"{{ {parts} }}")


def is_brief(place: Place) -> bool:
    return BRIEF.fullmatch(place.name) is not None and not place.name[-1].isdigit()


def is_valid(response: httpx.Response) -> bool:
    """Whether an answer has no error but one that says something of its arguments."""
    codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
    return not codes - {"CURSOR_INVALID", "ARGUMENT_INVALID", "MOMENT_UNKNOWN", "MOMENT_CONFLICT"}


# --- what is read


def test_the_tour_selects_every_field():
    named = Tour(defaultdict(lambda: "x"))
    assert named.reachable() - named.selected() == frozenset()
    assert [place for place in named.operations() if validate(named.schema, parse(place.document))] == []


async def test_no_answer_holds_anything_hidden(hidden: Hidden):
    places = tour(hidden)
    found: dict[str, set[str]] = {}
    present, past, past_time = moments(hidden)
    for name in STRANGERS:
        # What has no past is read now by all of them.
        for moment in (present, past_time) if name == "member" else (past,):
            for place in places if name == "member" and moment is None else filter(is_brief, places):
                response = await asked(hidden.clients[name], place, moment)
                assert is_valid(response), (name, place, response.text[-600:])
                if leaked := leaks(hidden, response.text):
                    found[f"{name} {place.name} {moment}"] = leaked
    assert found == {}
    assert len(places) > 150
    for name in STRANGERS:
        response = await every_event(hidden, name)
        assert '"e1":{' in response.text
        assert leaks(hidden, response.text) == set()
    refused = [await asked(hidden.clients["leaver"], place, None) for place in places[:5]]
    assert [each.status_code for each in refused] == [401] * 5
    assert not any(leaks(hidden, each.text) for each in refused)


async def test_whoever_may_sees_every_word_and_identifier(hidden: Hidden):
    """The same operations answer to them what is hidden from the others: the tour does not look at nothing."""
    places = sorted(tour(hidden), key=lambda place: not place.name.startswith(("Event", "CheckIn", "KeyResult.metric")))
    for name in ("admin", "auditor", "owner"):
        missing = set(hidden.words) | hidden.identifiers
        for moment, place in product(moments(hidden), places):
            response = await asked(hidden.clients[name], place, moment)
            missing -= leaks(hidden, response.text)
            if not missing:
                break
        assert missing == set(), name


# --- what is asked for by name


ITEM_ID = re.compile(r"Mutation\..*\(input(\.\w+)*\.id\)")
"""The identifiers that clients bring for what they create: `ID_TAKEN` tells that one is in use, by docs/permissions.md."""


ALIKE = (".neq)", ".in)", ".contains)", ".startsWith)", "(after)", "(before)")
"""Arguments read by the same code as others: of comparators one that names and one that leaves out are enough. And cursors."""


def absent(identifier: str) -> str:
    """An identifier of the same noun that nobody has."""
    bare = identifier.partition("@")[0]
    noun = noun_of(bare)
    assert noun is not None
    return new_identifier(noun) + identifier[len(noun) + 1 + SUFFIX_LENGTH :]


def normalized(response: httpx.Response, sent: str) -> tuple[int, str]:
    made_by_chance = r'"[a-z_]+_[0-9a-hjkmnp-tv-z]{26}[^"]*"|"\d{4}-\d\d-\d\dT[^"]*"'
    return response.status_code, re.sub(made_by_chance, "", NOISE.sub("", response.text.replace(sent, "SENT")))


def walked(hidden: Hidden, leaf: str) -> Iterator[Place]:
    ids = {**hidden.ids, "position": hidden.ids["past"], "nextCycle": hidden.ids["cycle"], "parentId": hidden.ids["parent"]}
    walk = Walk({**ids, "contributor": ids["person"]}, leaf=leaf, deepest=3 if leaf == "String" else 2)
    yield from (place for place in walk.places() if not place.name.endswith(ALIKE))


async def test_no_argument_tells_what_is_hidden_from_nothing(
    hidden: Hidden, organization: ExampleOrganization, database_url: str
):
    """In queries and in mutations, for one who has every right but to see it: the same answer, and nothing is written."""
    async with owner(database_url) as connection:
        before = await exported(connection, organization.organization_id)
    names = ("private", "team only measured", "once public first check-in", "private initiative")
    instant = hidden.past_identifier.partition("@")[2]
    sent = [hidden.ids[name] for name in names] + [f"{hidden.ids['private']}@{instant}"]
    differing: dict[str, Any] = {}
    for place in walked(hidden, "ID"):
        if ITEM_ID.search(place.name):
            continue
        # A mutation refuses whatever is of the past.
        asking = [("program", each) for each in sent[: 4 if place.document.startswith("mutation") else 5]]
        for name, each in (*asking, ("member", hidden.ids["draft"])):
            fresh = absent(each)
            answers = [await hidden.clients[name].send(place.operation, {PLACEHOLDER[1:]: it}) for it in (each, fresh)]
            assert is_valid(answers[0]), (place, answers[0].text[:600])
            leaked = leaks(hidden, answers[0].text, each, each.partition("@")[0])
            if leaked or normalized(answers[0], each) != normalized(answers[1], fresh):
                differing[f"{name} {place.name} {each}"] = leaked, answers[0].text[:400], answers[1].text[:400]
    assert differing == {}
    async with owner(database_url) as connection:
        assert await exported(connection, organization.organization_id) == before


async def test_no_text_is_found_in_what_is_hidden(hidden: Hidden):
    """Search and filters answer for a hidden word what they answer for one that stands nowhere."""
    wanted = {
        f"{PREFIX}{each}"
        for each in ("PrivateTitle", "PrivateSuccessor", "PrivateCorrected", "CameTitle", "PrivateInitiativeTitle")
    }
    words = sorted(wanted & set(hidden.words))
    differing: dict[str, str] = {}
    places = [place for place in walked(hidden, "String") if place.document.startswith("query")]
    for place in places:
        nothing, *answers = [
            await hidden.clients["partOwner"].send(place.operation, {PLACEHOLDER[1:]: each}) for each in ("Nirgends", *words)
        ]
        for word, answer in zip(words, answers, strict=True):
            if normalized(answer, word) != normalized(nothing, "Nirgends"):
                differing[f"{place.name} {word}"] = answer.text[:600]
    assert differing == {}
    assert (len(places) > 10, len(words)) == (True, 5)


# --- what changes nothing for who does not see it


async def test_a_draft_of_somebody_else_changes_no_answer(hidden: Hidden):
    """Byte for byte, but for the clock and the head: a draft counts in no roll-up."""
    head = {"position": (await hidden.company.client.send("{ viewer { id } }")).json()["extensions"]["position"]}
    places = [place for place in tour(hidden) if not place.name[-1].isdigit()]
    present = [place for place in places if "urve" not in place.name]
    pinned = [place for place in places if "$asOf" in place.document and (is_brief(place) or place not in present)]

    async def answers() -> dict[str, str]:
        responses = {f"{each.name} now": await asked(hidden.clients["member"], each, None) for each in present}
        responses |= {f"{each.name} at {head}": await asked(hidden.clients["member"], each, head) for each in pinned}
        return {name: FOR_EVERYBODY.sub("", NOISE.sub("", each.text)) for name, each in responses.items()}

    before = await answers()
    admin = hidden.company
    texts = {"title": f"{PREFIX}Late", "draft": True, "teamId": hidden.ids["team"], "parentIds": [hidden.ids["parent"]]}
    people = {"ownerId": hidden.ids["owner"], "contributorIds": [hidden.ids["owner"]]}
    made = await admin.do(
        "objective_create", cycleId=hidden.ids["cycle"], keyResults=[KEY_RESULT, KEY_RESULT], **texts, **people
    )
    part = {"keyResultId": made["objective"]["keyResults"][0]["id"]}
    await admin.do("key_result_update", **part, title=f"{PREFIX}Later")
    after = await answers()
    assert {each for each in before if before[each] != after[each]} == set()


# --- what is written next to it


async def test_what_is_written_beside_hidden_things_tells_nothing_of_them(hidden: Hidden):
    """Payloads: what was affected, advice, and refusals of things whose parents, children or team are hidden."""
    ids = hidden.ids
    objective, part = {"objectiveId": ids["objective"]}, {"keyResultId": ids["keyResult"]}
    acts: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("member", "key_result_check_in", {**part, "value": "8", "status": "ON_TRACK"}),
        ("member", "key_result_retarget", {**part, "target": "20"}),
        ("member", "key_result_update", {"keyResultId": ids["came"], "title": "Other", "expectedVersion": 1}),
        ("member", "key_result_update", {"keyResultId": ids["came"], "title": "Other"}),
        ("member", "objective_update", {**objective, "title": "Other", "expectedVersion": 1}),
        ("member", "objective_align", {**objective, "parentId": ids["parent"]}),
        ("member", "objective_unalign", {**objective, "parentId": ids["parent"]}),
        ("member", "objective_reorder", {"cycleId": ids["cycle"], "objectiveIds": [ids["objective"], ids["parent"]]}),
        ("member", "objective_close", {**objective, "score": 0.5, "explanation": "a", "rootCause": "b", "decision": "KEEP"}),
        ("member", "objective_reopen", objective),
        ("member", "objective_cancel", {"objectiveId": ids["parent"]}),
        ("program", "initiative_update", {"initiativeId": ids["initiative"], "title": "Other", "expectedVersion": 1}),
        ("program", "initiative_update", {"initiativeId": ids["initiative"], "title": "Other"}),
        ("program", "initiative_start", {"initiativeId": ids["initiative"]}),
        ("program", "initiative_support_remove", {"initiativeId": ids["initiative"], "supportedId": ids["objective"]}),
        ("program", "initiative_reopen", {"initiativeId": ids["blocker"]}),
        ("member", "comment_create", {"subjectId": ids["came"], "text": "Why?", "mentionIds": [ids["owner"]]}),
        ("member", "comment_create", {"subjectId": ids["objective"], "text": "Because", "replyToId": ids["comment"]}),
        ("member", "reaction_add", {"commentId": ids["comment"], "kind": "EYES"}),
        ("member", "recognition_create", {"subjectId": ids["came"], "text": "Well done", "personIds": [ids["owner"]]}),
        ("program", "comment_withdraw", {"commentId": ids["comment"]}),
        ("program", "team_update", {"teamId": ids["team"], "name": "Other"}),
        ("program", "team_archive", {"teamId": ids["team"]}),
        ("program", "person_update", {"personId": ids["owner"], "name": "Other"}),
        ("program", "person_deactivate", {"personId": ids["partOwner"]}),
        ("program", "cycle_update", {"cycleId": ids["cycle"], "name": "Other"}),
        ("program", "cycle_review", {"cycleId": ids["cycle"]}),
        ("program", "cycle_close", {"cycleId": ids["cycle"]}),
        ("program", "organization_update", {"name": "Other"}),
        ("program", "custom_field_archive", {"customFieldId": ids["customField"]}),
        ("program", "custom_field_restore", {"customFieldId": ids["customField"]}),
        ("member", "kpi_reading_record", {"kpiId": ids["kpi"], "value": "5"}),
        ("member", "kpi_reading_correct", {"readingId": ids["reading"], "value": "4"}),
        ("member", "kpi_reading_retract", {"readingId": ids["reading"]}),
        ("member", "kpi_update", {"kpiId": ids["kpi"], "title": "Other"}),
        ("member", "kpi_archive", {"kpiId": ids["kpi"]}),
        ("program", "template_update", {"templateId": ids["template"], "description": "Other"}),
        ("program", "template_archive", {"templateId": ids["template"]}),
    )
    accepted = 0
    for name, mutation, values in acts:
        payload = await Company(hidden.clients[name]).attempt(mutation, reason=BECAUSE, **values)
        assert leaks(hidden, str(payload)) == set(), mutation
        accepted += payload["userErrors"] == []
    assert accepted > 12


# --- files


async def fetched(client: Client, **values: Any) -> bytes:
    """Ask for a file and fetch it."""
    create = """mutation ($input: ExportCreateInput!) { exportCreate(input: $input) { export { id } userErrors { code } } }"""
    made = (await client.run(create, {"input": values}))["exportCreate"]
    assert made["userErrors"] == []
    for _ in range(600):
        query = "query ($id: ID!) { export(id: $id) { state url } }"
        export = (await client.run(query, {"id": made["export"]["id"]}))["export"]
        if export["state"] != "RUNNING":
            break
        await asyncio.sleep(0.02)
    return (await client.http.get(export["url"])).content


def unpacked(content: bytes, form: str, path: Path) -> str:
    """What stands in a file, as a text."""
    if form == "XLSX":
        with zipfile.ZipFile(BytesIO(content)) as parts:
            return " ".join(parts.read(each).decode() for each in parts.namelist())
    if form == "PARQUET":
        path.write_bytes(content)
        return str(duckdb.sql(f"select * from read_parquet('{path}')").fetchall())
    return content.decode()


async def test_no_file_holds_anything_hidden(hidden: Hidden, tmp_path: Path):
    contents = ("OBJECTIVES", "CHECK_INS", "CURVES", "CHANGES", "CUSTOM_FIELD_VALUES")
    forms = ("CSV", "XLSX", "PARQUET", "JSONL")
    seen = set[str]()
    for name in ("member", "program", "mate", "formerOwner", "partOwner", "owner"):
        for content, form in product(contents, forms if name in ("member", "owner") else ("JSONL",)):
            for moment in (None, {"position": hidden.ids["past"]}):
                values = {"content": content, "format": form, "asOf": moment}
                text = unpacked(await fetched(hidden.clients[name], **values), form, tmp_path / "file.parquet")
                if name == "owner":
                    seen |= {form} if leaks(hidden, text) else set()
                else:
                    assert leaks(hidden, text) == set(), (name, values)
    assert seen == set(forms)
    log = """mutation { exportCreate(input: { content: EVENTS, format: JSONL }) { export { id } userErrors { code } } }"""
    for name in STRANGERS:
        refused = (await hidden.clients[name].run(log))["exportCreate"]
        assert (refused["export"], len(refused["userErrors"])) == (None, 1)
