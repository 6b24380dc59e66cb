"""The published OKRs that the demo is made from (`sales-okrs.json`), as they are, flaws included."""

from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceKeyResult:
    """One published key result; `metric` is in the form of the history format."""

    title: str
    metric: dict[str, Any]
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceObjective:
    """One published objective; `initiatives` are what the publisher proposes to do."""

    key: str
    title: str
    description: str | None
    key_results: tuple[SourceKeyResult, ...]
    titles: dict[str, str] = field(default_factory=dict[str, str])


def read_source() -> dict[str, SourceObjective]:
    """Return the published objectives by their keys, in the order of the file."""
    content = orjson.loads((files("service.demo") / "sales-okrs.json").read_bytes())
    titles: dict[str, dict[str, str]] = content["titlesInOtherScripts"]
    return {each["key"]: _objective(each, titles.get(each["key"], {})) for each in content["objectives"]}


def _objective(content: dict[str, Any], titles: dict[str, str]) -> SourceObjective:
    initiatives = "\n".join(f"- {each}" for each in content.get("initiatives", ()))
    parts = [part for part in (content.get("description"), initiatives) if part]
    return SourceObjective(
        key=content["key"],
        title=content["title"],
        description="\n\n".join(parts) or None,
        key_results=tuple(_key_result(each) for each in content["keyResults"]),
        titles=titles,
    )


def _key_result(content: dict[str, Any]) -> SourceKeyResult:
    names = {"kind": "kind", "unit": "unit", "unitLabel": "unit_label", "currency": "currency"}
    metric: dict[str, Any] = {name: content[source] for source, name in names.items() if source in content}
    for level in ("start", "target"):
        if level in content:
            metric[level] = content[level]
    if content.get("stretch") is True:
        metric["stretch"] = content["target"]
    # "Growth of the deal size by 15 %" is a change against a baseline that the publisher does not give.
    is_change = content["title"].startswith(("Growth of", "Fall in", "Shortening of"))
    if is_change and content.get("unit") == "PERCENT":
        metric["is_relative"] = True
    return SourceKeyResult(title=content["title"], metric=metric, flaws=tuple(content.get("flaws", ())))
