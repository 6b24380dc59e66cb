"""The operations that frontends send, with their variables, and an organization to send them in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.client import Client

CONTRACT = Path(__file__).parents[1] / "contract"

Content = dict[str, Any]


@cache
def operation(name: str) -> str:
    """Answer the text of an operation of the contract."""
    return (CONTRACT / f"{name}.graphql").read_text(encoding="utf-8")


@cache
def core_operations() -> tuple[str, ...]:
    """Answer the names of the operations of everyday work."""
    return tuple(json.loads((CONTRACT / "groups.json").read_text(encoding="utf-8"))["core"])


def contract_variables(name: str, placeholders: Mapping[str, str]) -> Content:
    """Answer the variables of an operation with its placeholders, `$thing`, filled in."""
    text = json.loads((CONTRACT / "variables.json").read_text(encoding="utf-8"))
    filled: Content = _filled(text[name], placeholders)
    return filled


def _filled(value: Any, placeholders: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, placeholders) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, placeholders) for each in value]
    return placeholders[value[1:]] if isinstance(value, str) and value.startswith("$") else value


@dataclass(slots=True)
class Company:
    """An organization that is filled through the API alone, by operations of the contract."""

    client: Client
    ids: dict[str, str] = field(default_factory=dict[str, str])

    async def attempt(self, mutation: str, /, **values: Any) -> Content:
        """Send a mutation of the contract and answer its payload, refused or not."""
        data = await self.client.run(operation(mutation), {"input": values})
        (payload,) = data.values()
        content: Content = payload
        return content

    async def do(self, mutation: str, /, **values: Any) -> Content:
        """Send a mutation of the contract that has to be accepted and answer its payload."""
        payload = await self.attempt(mutation, **values)
        assert payload["userErrors"] == [], payload["userErrors"]
        return payload

    async def tell(self, mutation: str, /, **more: Any) -> Content:
        """Send a mutation with the variables of the contract, and others in their place, that has to be accepted."""
        return await self.do(mutation, **{**contract_variables(mutation, self.ids)["input"], **more})

    async def refused(self, mutation: str, /, **values: Any) -> list[tuple[str, list[str] | None]]:
        """Send a mutation of the contract that has to be refused and answer codes and paths."""
        payload = await self.attempt(mutation, **values)
        assert payload["events"] == []
        assert payload.get("affected", []) == []
        return [(error["code"], error["path"]) for error in payload["userErrors"]]

    async def cycle(self, name: str = "Q3", starts_on: str = "2020-01-01", ends_on: str = "2099-12-31") -> str:
        """Plan and kick off a cycle."""
        made = await self.do("cycle_create", name=name, startsOn=starts_on, endsOn=ends_on)
        cycle_id: str = made["cycle"]["id"]
        await self.do("cycle_activate", cycleId=cycle_id)
        return cycle_id

    async def objective(self, cycle_id: str, *key_results: Content, **values: Any) -> Content:
        """Write an active objective down; answers its payload's objective."""
        payload = await self.do(
            "objective_create",
            **{
                "title": "Build trust",
                "draft": False,
                "cycleId": cycle_id,
                "keyResults": key_results or [KEY_RESULT],
                **values,
            },
        )
        made: Content = payload["objective"]
        return made


KEY_RESULT: Content = {
    "title": "Reply rate",
    "metric": {"kind": "INCREASE", "unit": "PERCENT", "start": "0", "target": "10"},
}


def nodes_of(connection: Content) -> list[Content]:
    """Answer what is on a page, whether the operation asks for edges or nodes."""
    if "nodes" in connection:
        nodes: list[Content] = connection["nodes"]
        return nodes
    return [edge["node"] for edge in connection["edges"]]


async def fill(company: Company) -> None:
    """A team with two objectives in a running cycle, one below the other, and a corrected check-in."""
    ids = company.ids
    ids["team"] = (await company.do("team_create", name="Sales"))["team"]["id"]
    ids["cycle"] = await company.cycle("Running")
    parent = await company.objective(ids["cycle"], title="Be trusted")
    ids["parent"] = parent["id"]
    made = await company.objective(
        ids["cycle"],
        {"title": "Replies", "metric": {"kind": "INCREASE", "unit": "PERCENT", "start": "6", "target": "10"}},
        title="Answer every mail",
        teamId=ids["team"],
        parentIds=[parent["id"]],
    )
    ids["objective"], ids["keyResult"] = made["id"], made["keyResults"][0]["id"]
    earlier = datetime.now(UTC) - timedelta(hours=2)
    for value, at in (("8", earlier + timedelta(hours=1)), ("7", earlier)):
        payload = await company.do(
            "key_result_check_in", keyResultId=ids["keyResult"], value=value, status="ON_TRACK", effectiveAt=at.isoformat()
        )
        ids["checkIn"] = payload["checkIn"]["id"]
    await company.do("check_in_correct", checkInId=ids["checkIn"], value="7.2", reason={"code": "CORRECTION"})


async def plan(company: Company) -> None:
    """In a company that is filled: an initiative behind the objective and its key result, one it waits for, and another key
    result that the first one waits for."""
    ids = company.ids
    beside = await company.do("key_result_create", objectiveId=ids["objective"], **{**KEY_RESULT, "title": "Mails sent"})
    ids["blockingKeyResult"] = beside["keyResult"]["id"]
    made = await company.do("initiative_create", title="Buy a list of addresses", supportedIds=[ids["keyResult"]])
    ids["blocker"] = made["initiative"]["id"]
    made = await company.do(
        "initiative_create", title="Write to all of them", supportedIds=[ids["objective"], ids["keyResult"]], dueOn="2026-08-01"
    )
    ids["initiative"] = made["initiative"]["id"]
