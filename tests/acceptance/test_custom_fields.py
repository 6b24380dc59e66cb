"""Custom fields over the API: definitions, values of every kind, what is refused, filters, orders, history and the past."""

import json
import re
from typing import Any

import pytest
import pytest_asyncio

from events.identifier import Noun, new_identifier
from events.person import Role
from tests.support.client import Client
from tests.support.operations import KEY_RESULT, Company, Content, contract_variables, fill, nodes_of, operation, plan
from tests.support.organization import ExampleOrganization

pytestmark = pytest.mark.usefixtures("payloads")

CHANGES = """query ($position: BigInt!) { event(position: $position) {
    changes { field customField { id } before { text } after { text } } } }"""

COMPARED = """query ($from: MomentInput!) { compare(from: $from) { changed { nodes {
    changes { nodes { field customField { name } before { text } after { text } } } } } } }"""

KPI: Content = {
    "direction": "HIGHER_IS_BETTER",
    "unit": "PERCENT",
    "bands": {"criticalBelow": "80", "warningBelow": "90"},
    "frequency": "DAILY",
}


@pytest_asyncio.fixture
async def company(client: Client, organization: ExampleOrganization) -> Company:
    """A running cycle with an objective, its key result and an initiative behind them, and a field of choices."""
    made = Company(client, {"person": organization.people[Role.MEMBER], "viewer": organization.people[Role.VIEWER]})
    await fill(made)
    await plan(made)
    field = (await told(made, "custom_field_create"))["customField"]
    made.ids |= {"customField": field["id"], "choice": field["choices"][0]["id"], "otherChoice": field["choices"][1]["id"]}
    return made


def types(payload: Content) -> list[str]:
    return [event["type"] for event in payload["events"]]


async def told(company: Company, name: str, **more: Any) -> Content:
    """Send a mutation of the contract with its variables."""
    return await company.do(name, **{**contract_variables(name, company.ids)["input"], **more})


async def asked(company: Company, name: str, **more: Any) -> Content:
    """Send a query of the contract with its variables."""
    data = await company.client.run(operation(name), {**contract_variables(name, company.ids), **more})
    return data if len(data) > 1 else next(iter(data.values()))


async def define(company: Company, noun: str, kind: str, name: str, **more: Any) -> str:
    """Define a field."""
    made = await company.do("custom_field_create", appliesTo=noun, kind=kind, name=name, **more)
    field_id: str = made["customField"]["id"]
    return field_id


async def test_every_operation_of_the_contract_is_carried_out(company: Company):
    ids = company.ids
    (listed,) = nodes_of(await asked(company, "custom_field_list"))
    assert (listed["name"], listed["appliesTo"], listed["kind"], listed["isRequired"]) == (
        "Region",
        "OBJECTIVE",
        "CHOICE",
        False,
    )
    assert [(each["name"], each["isRetired"]) for each in listed["choices"]] == [("North", False), ("South", False)]
    assert listed["viewerCan"] == ["UPDATE", "CANCEL"]

    chosen = await told(company, "custom_field_values")
    (value,) = chosen["objective"]["customFields"]
    assert (value["field"]["name"], value["value"], value["choice"]["id"]) == ("Region", "North", ids["choice"])
    assert (value["textValue"], value["numberValue"], value["dateValue"], value["urlValue"], value["person"]) == (None,) * 5
    assert types(chosen) == ["OBJECTIVE_CUSTOM_VALUES_SET"]
    (change,) = chosen["events"][0]["changes"]
    assert (change["field"], change["customField"]["name"]) == ("customFields", "Region")
    assert (change["before"], change["after"]["text"]) == (None, "North")
    assert types(await told(company, "custom_field_values")) == []
    compared = await company.client.run(COMPARED, {"from": {"position": str(int(chosen["events"][0]["position"]) - 1)}})
    ((difference,),) = [each["changes"]["nodes"] for each in compared["compare"]["changed"]["nodes"]]
    assert difference == {
        "field": "customFields",
        "customField": {"name": "Region"},
        "before": None,
        "after": {"text": "North"},
    }

    updated = await told(
        company, "custom_field_update", choices=[{"id": ids["otherChoice"], "name": "The South"}, {"name": "East"}]
    )
    assert types(updated) == ["CUSTOM_FIELD_RENAMED", "CUSTOM_FIELD_CHOICES_CHANGED"]
    choices = updated["customField"]["choices"]
    assert [(each["name"], each["isRetired"]) for each in choices] == [("The South", False), ("East", False), ("North", True)]
    # The objective shows a choice of the field, which may be called otherwise now.
    assert [each["id"] for each in updated["affected"]] == [ids["objective"], ids["customField"]]
    assert await company.refused(
        "custom_field_values",
        objectiveId=ids["parent"],
        customFields=[{"customFieldId": ids["customField"], "choiceId": ids["choice"]}],
    ) == [("WRONG_STATE", ["customFields", "0", "choiceId"])]

    board = await asked(company, "custom_field_board")
    assert [each["id"] for each in nodes_of(board["objectives"])] == [ids["objective"]]
    detail = await asked(company, "custom_field_detail")
    assert [each["type"] for each in detail["history"]["nodes"]] == [
        "CUSTOM_FIELD_CHOICES_CHANGED",
        "CUSTOM_FIELD_RENAMED",
        "CUSTOM_FIELD_CREATED",
    ]
    assert detail["version"] == 3

    archived = await told(company, "custom_field_archive")
    assert (archived["customField"]["viewerCan"], archived["affected"][0]["customFields"]) == (["REOPEN"], [])
    assert nodes_of(await asked(company, "custom_field_list")) == []
    then = {"position": chosen["events"][0]["position"]}
    past = await asked(company, "custom_field_board", asOf=then)
    (value,) = nodes_of(past["objectives"])[0]["customFields"]
    assert (value["field"]["name"], value["value"]) == ("Region", "North")
    assert "@" in value["choice"]["id"]
    assert await company.refused(
        "custom_field_values",
        objectiveId=ids["objective"],
        customFields=[{"customFieldId": ids["customField"], "choiceId": ids["otherChoice"]}],
    ) == [("WRONG_STATE", ["customFields", "0", "customFieldId"])]
    restored = await told(company, "custom_field_restore")
    assert restored["affected"][0]["customFields"][0]["value"] == "North"


LISTS = {
    "OBJECTIVE": ("objectives", "Objective"),
    "KEY_RESULT": ("keyResults", "KeyResult"),
    "INITIATIVE": ("initiatives", "Initiative"),
    "KPI": ("kpis", "Kpi"),
}
VALUES = {
    "TEXT": ({"text": "Řím, 東京 and Kraków"}, "textValue", {"text": {"containsIgnoreCase": "rim, 東京"}}),
    "NUMBER": ({"number": "-12345678901234567.25"}, "numberValue", {"number": {"lt": -1e16, "gt": -1e17}}),
    "DATE": ({"date": "2026-09-30"}, "dateValue", {"date": {"gte": "2026-09-30", "lte": "2026-09-30"}}),
    "URL": ({"url": "https://example.com/é"}, "urlValue", {"url": {"startsWith": "https://example.com"}}),
    "PERSON": ({"personId": "$person"}, "person", {"personId": {"eq": "$person"}}),
    "CHOICE": ({"choiceId": "$choice"}, "choice", {"choiceId": {"in": ["$choice"]}}),
}


async def found(company: Company, noun: str, **variables: Any) -> list[str]:
    """Answer the things of a list by identifier."""
    root, name = LISTS[noun]
    query = f"query ($filter: {name}Filter, $orderBy: [{name}Order!]) {{ {root}(filter: $filter, orderBy: $orderBy) "
    listed = (await company.client.run(query + "{ totalCount nodes { id } } }", variables))[root]
    assert listed["totalCount"] == len(listed["nodes"])
    return [each["id"] for each in listed["nodes"]]


async def shown(company: Company, thing_id: str) -> list[Content]:
    """Answer the values of a thing."""
    selected = "customFields { field { id } value textValue numberValue dateValue urlValue choice { id } person { id } }"
    members = " ".join(f"... on {name} {{ {selected} }}" for _, name in LISTS.values())
    data = await company.client.run(f"query ($id: ID!) {{ node(id: $id) {{ {members} }} }}", {"id": thing_id})
    values: list[Content] = data["node"]["customFields"]
    return values


async def test_values_are_kept_shown_and_found(company: Company):
    ids = company.ids
    ids["kpi"] = (await company.do("kpi_create", title="Renewals", **KPI))["kpi"]["id"]
    await company.do("kpi_create", title="Replies", **KPI)
    things = {"OBJECTIVE": "objective", "KEY_RESULT": "keyResult", "INITIATIVE": "initiative", "KPI": "kpi"}
    kinds = {"OBJECTIVE": "TEXT CHOICE NUMBER", "KEY_RESULT": "DATE PERSON", "INITIATIVE": "URL CHOICE", "KPI": "NUMBER TEXT"}
    for noun, thing in things.items():
        for kind in kinds[noun].split():
            await keep_and_find(company, noun, kind, f"{thing}Id", ids[thing])


async def keep_and_find(company: Company, noun: str, kind: str, name: str, thing_id: str) -> None:
    """Give a thing a value in a new field of a kind, and look for it everywhere."""
    choices = [{"name": "A"}, {"name": "B"}] if kind == "CHOICE" else None
    made = await company.do("custom_field_create", appliesTo=noun, kind=kind, name=f"A {kind}", choices=choices)
    field_id = made["customField"]["id"]
    places = {"$person": company.ids["person"], "$choice": (made["customField"]["choices"] or [{"id": ""}])[-1]["id"]}
    text = re.sub(r"\$(person|choice)", lambda place: places[place[0]], json.dumps(VALUES[kind]))
    value, form, condition = json.loads(text)
    before = await shown(company, thing_id)
    mutation = f"{noun.lower()}_update"
    payload = await company.do(mutation, **{name: thing_id}, customFields=[{"customFieldId": field_id, **value}])
    assert types(payload) == [f"{noun}_CUSTOM_VALUES_SET"]
    (new,) = [each for each in await shown(company, thing_id) if each["field"]["id"] == field_id]
    (given,) = value.values()
    assert (new[form]["id"] if form in ("person", "choice") else new[form]) == given
    assert new["value"] == {"person": "Member Person", "choice": "B"}.get(form, given)
    (change,) = (await company.client.run(CHANGES, {"position": payload["events"][0]["position"]}))["event"]["changes"]
    assert (change["field"], change["customField"]["id"], change["before"]) == ("customFields", field_id, None)
    assert change["after"]["text"] == new["value"]

    everything = await found(company, noun)
    others = [each for each in everything if each != thing_id]
    assert others
    filters = {"customFields": {"customFieldId": field_id, **condition}}
    assert await found(company, noun, filter=filters) == [thing_id]
    assert await found(company, noun, filter={"not": filters}) == others
    for is_null, expected in ((True, others), (False, [thing_id])):
        absent = {"customFields": [{"customFieldId": field_id, next(iter(condition)): {"isNull": is_null}}]}
        assert await found(company, noun, filter=absent) == expected
    for nulls, place in (("LAST", 0), ("FIRST", -1)):
        for direction in ("ASC", "DESC"):
            order = [{"customFieldId": field_id, "nulls": nulls, "direction": direction}]
            assert (await found(company, noun, orderBy=order))[place] == thing_id
    cleared = await company.do(mutation, **{name: thing_id}, customFields=[{"customFieldId": field_id}])
    assert (types(cleared), await shown(company, thing_id)) == ([f"{noun}_CUSTOM_VALUES_SET"], before)


async def test_pages_go_on_in_the_order_of_a_field(company: Company):
    field_id = await define(company, "KPI", "NUMBER", "Rank")
    largest = "9" * 30
    for rank in ("2.5", largest, None, "-1", "2.5"):
        values = [] if rank is None else [{"customFieldId": field_id, "number": rank}]
        await company.do("kpi_create", title=f"Of rank {rank}", customFields=values, **KPI)
    query = """query ($order: [KpiOrder!], $after: String) { kpis(first: 1, orderBy: $order, after: $after) {
        pageInfo { hasNextPage endCursor } nodes { title } } }"""
    for direction, expected in (
        ("ASC", ["-1", "2.5", "2.5", largest, "None"]),
        ("DESC", [largest, "2.5", "2.5", "-1", "None"]),
    ):
        titles: list[str] = []
        variables: Content = {"order": [{"customFieldId": field_id, "direction": direction}], "after": None}
        while len(titles) < len(expected):
            page = (await company.client.run(query, variables))["kpis"]
            titles += [each["title"] for each in page["nodes"]]
            variables["after"] = page["pageInfo"]["endCursor"]
        assert not page["pageInfo"]["hasNextPage"]
        assert titles == [f"Of rank {each}" for each in expected]


async def test_a_required_field_bites_where_something_begins_to_count(company: Company):
    ids = company.ids
    goal = await define(company, "OBJECTIVE", "TEXT", "Sponsor", isRequired=True)
    part = await define(company, "KEY_RESULT", "NUMBER", "Cost", isRequired=True)
    work = await define(company, "INITIATIVE", "DATE", "Review", isRequired=True)
    measure = await define(company, "KPI", "URL", "Board", isRequired=True)
    missing = [("REQUIRED", ["customFields"])]
    create: Content = {"title": "Grow", "cycleId": ids["cycle"]}
    assert await company.refused("objective_create", **create, draft=False) == missing
    draft = (await company.do("objective_create", **create, draft=True, keyResults=[KEY_RESULT]))["objective"]
    # Both the objective and its key result lack something.
    assert await company.refused("objective_activate", objectiveId=draft["id"]) == missing * 2
    sponsor = [{"customFieldId": goal, "text": "Eva"}]
    await company.do("objective_update", objectiveId=draft["id"], customFields=sponsor)
    await company.do(
        "key_result_update", keyResultId=draft["keyResults"][0]["id"], customFields=[{"customFieldId": part, "number": "5"}]
    )
    assert types(await company.do("objective_activate", objectiveId=draft["id"])) == ["OBJECTIVE_ACTIVATED"]
    assert await company.refused("objective_update", objectiveId=draft["id"], customFields=[{"customFieldId": goal}]) == [
        ("REQUIRED", ["customFields", "0"])
    ]
    # What counts already goes on without.
    await company.do("objective_update", objectiveId=ids["objective"], title="Answer sooner")
    assert await company.refused("key_result_create", objectiveId=ids["objective"], **KEY_RESULT) == missing
    assert await company.refused("initiative_create", title="Do", supportedIds=[ids["objective"]]) == missing
    assert await company.refused("kpi_create", title="Renewals", **KPI) == missing
    await company.do(
        "initiative_create",
        title="Do",
        supportedIds=[ids["objective"]],
        priority=1,
        customFields=[{"customFieldId": work, "date": "2026-10-01"}],
    )
    board = [{"customFieldId": measure, "url": "https://example.com/board"}]
    made = await company.do("kpi_create", title="Renewals", labels=["board"], priority=2, customFields=board, **KPI)
    assert types(made) == ["KPI_CREATED", "KPI_PRIORITIZED", "KPI_LABELLED", "KPI_CUSTOM_VALUES_SET"]
    listed = await asked(company, "custom_field_board", objectives=None, objectiveOrder=None)
    assert [(each["priority"], each["labels"]) for each in nodes_of(listed["kpis"])] == [(2, ["board"])]
    assert [each["priority"] for each in nodes_of(listed["initiatives"])] == [1]
    # A replacement keeps the value; a carried-over objective too, with its key results.
    replaced = await company.do("key_result_replace", keyResultId=draft["keyResults"][0]["id"], keyResult=KEY_RESULT)
    assert types(replaced) == ["KEY_RESULT_DROPPED", "KEY_RESULT_ADDED", "KEY_RESULT_CUSTOM_VALUES_SET"]
    labelled = await company.do("key_result_update", keyResultId=replaced["keyResult"]["id"], labels=["outbound"])
    assert types(labelled) == ["KEY_RESULT_LABELLED"]
    later = await company.cycle("Later")
    carried = await company.do("objective_carry_over", objectiveId=draft["id"], cycleId=later)
    assert [each for each in types(carried) if each.endswith(("SET", "LABELLED"))] == [
        "OBJECTIVE_CUSTOM_VALUES_SET",
        "KEY_RESULT_LABELLED",
        "KEY_RESULT_CUSTOM_VALUES_SET",
    ]
    listed = await asked(company, "custom_field_board", objectives=None, objectiveOrder=None)
    assert listed["keyResults"]["totalCount"] == 2


async def test_a_value_that_does_not_fit_is_refused_by_its_field(company: Company):
    ids = company.ids
    text, number, day, url, person = [
        await define(company, "OBJECTIVE", kind, kind.title()) for kind in ("TEXT", "NUMBER", "DATE", "URL", "PERSON")
    ]
    other = await define(company, "KPI", "TEXT", "Text")
    await company.do("person_deactivate", personId=ids["viewer"])
    for value, code, part in (
        ({"customFieldId": text, "number": "1"}, "INVALID", "number"),
        ({"customFieldId": number, "text": "1"}, "INVALID", "text"),
        ({"customFieldId": text, "text": "x" * 1001}, "LIMIT_EXCEEDED", "text"),
        ({"customFieldId": text, "text": " "}, "REQUIRED", "text"),
        ({"customFieldId": number, "number": "1." + "0" * 13}, "LIMIT_EXCEEDED", "number"),
        ({"customFieldId": url, "url": "ftp://example.com"}, "INVALID", "url"),
        ({"customFieldId": url, "url": "https://me:secret@example.com"}, "INVALID", "url"),
        ({"customFieldId": person, "personId": ids["viewer"]}, "NOT_FOUND", "personId"),
        ({"customFieldId": person, "personId": new_identifier(Noun.PERSON)}, "NOT_FOUND", "personId"),
        ({"customFieldId": ids["customField"], "choiceId": new_identifier(Noun.CHOICE)}, "NOT_FOUND", "choiceId"),
        ({"customFieldId": other, "text": "x"}, "NOT_FOUND", "customFieldId"),
        ({"customFieldId": "x", "text": "x"}, "NOT_FOUND", "customFieldId"),
        ({"customFieldId": new_identifier(Noun.CUSTOM_FIELD), "text": "x"}, "NOT_FOUND", "customFieldId"),
    ):
        refused = await company.refused("objective_update", objectiveId=ids["objective"], customFields=[value])
        assert refused == [(code, ["customFields", "0", part])], value
    twice = [{"customFieldId": day, "date": "2026-01-01"}, {"customFieldId": day, "date": "2026-01-02"}]
    assert await company.refused("objective_update", objectiveId=ids["objective"], customFields=twice) == [
        ("INVALID", ["customFields", "1", "customFieldId"])
    ]
    same = {"appliesTo": "OBJECTIVE", "kind": "TEXT", "name": "Text"}
    assert await company.refused("custom_field_create", **same) == [("NAME_TAKEN", ["name"])]
    assert await company.refused("custom_field_create", appliesTo="KPI", kind="CHOICE", name="One") == [
        ("REQUIRED", ["choices"])
    ]
    for order in (
        {"customFieldId": new_identifier(Noun.CUSTOM_FIELD)},
        {"customFieldId": "x"},
        {},
        {"field": "TITLE", "customFieldId": text},
    ):
        codes = await company.client.codes(operation("custom_field_board"), {"objectiveOrder": [order]})
        assert codes == ["ARGUMENT_INVALID"], order
    many = [{"customFieldId": each} for each in (text, number, day, url)]
    assert await company.client.codes(operation("custom_field_board"), {"objectiveOrder": many}) == ["ARGUMENT_INVALID"]


async def test_files_of_custom_fields_are_the_organizations_and_of_a_moment(company: Company):
    asking = {"content": "CUSTOM_FIELDS", "format": "CSV"}
    for more, path in (
        ({"scope": {"cycleId": company.ids["cycle"]}}, "scope"),
        ({"span": {"from": "2026-01-01T00:00:00Z"}}, "span"),
    ):
        payload = await company.attempt("export_create", **asking, **more)
        assert [(each["code"], each["path"]) for each in payload["userErrors"]] == [("INVALID", [path])]
    assert (await company.do("export_create", **asking))["export"]["state"] == "RUNNING"
