"""The history of a small company: a closed quarter in which much was changed, and the one after it, which runs.

Its texts are what a page must bear: markup, long words, and several scripts.
"""

from typing import Any

import orjson

Content = dict[str, Any]

ORGANIZATION = "organization_01jgfjjz00ehtsrf388yf729jp"
MARKUP = "<script>alert('x')</script> & \"trust\""
ARABIC = "بناء الثقة 🚀"
LONG = "Donaudampfschifffahrtsgesellschaft" * 12
BAND = "</text><script>alert(1)</script>"


def history() -> list[bytes]:
    """Answer the lines of the history."""
    return [orjson.dumps(line) for line in (_HEADER, *_FOUNDING, *_QUARTER, *_REVIEW, *_NEXT)]


def _act(key: str, at: str, *commands: Content, actor: str = "ada", reason: Content | None = None) -> Content:
    return {"key": key, "at": at, "actor": actor, "commands": list(commands), **({"reason": reason} if reason else {})}


def _reason(code: str, text: str | None = None) -> Content:
    return {"code": code} if text is None else {"code": code, "text": text}


def _key_result(key: str, objective: str, title: str, **metric: Any) -> Content:
    return {
        "type": "key_result.add",
        "key": key,
        "objective": objective,
        "title": title,
        "metric": {"kind": "INCREASE", "unit": "PERCENT", "start": 0, "target": 10, **metric},
        "owner": "max",
    }


def _check_in(key: str, key_result: str, at: str, value: str, confidence: float, **more: Any) -> Content:
    command = {"type": "check_in.record", "key": key, "key_result": key_result, "value": value, "confidence": confidence}
    return _act(key, at, {**command, "status": "ON_TRACK", **more}, actor="max")


_HEADER: Content = {
    "format": "okr-ledger-history",
    "version": 1,
    "at": "2025-01-01T08:00:00Z",
    "organization": {"id": ORGANIZATION, "name": "Firma & Co.", "time_zone": "Europe/Prague"},
}
_FOUNDING = (
    _act(
        "people",
        "2025-01-01T08:01:00Z",
        {"type": "person.invite", "key": "ada", "name": "Ada <Admin>", "email": "ada@example.com", "role": "ADMIN"},
        {"type": "person.invite", "key": "max", "name": "Max", "email": "max@example.com", "role": "MEMBER"},
        actor="system",
    ),
    _act(
        "company",
        "2025-01-01T08:02:00Z",
        {
            "type": "organization.update",
            "score_bands": [{"name": BAND, "start": 0}, {"name": "green", "start": 0.7}],
        },
        {"type": "team.create", "key": "sales", "name": "Prodej <b>"},
        {"type": "cycle.create", "key": "q1", "name": "Q1 2025", "starts_on": "2025-01-01", "ends_on": "2025-03-31"},
        {"type": "cycle.create", "key": "q2", "name": "Q2 2025", "starts_on": "2025-04-01", "ends_on": "2025-06-30"},
        {"type": "cycle.create", "key": "q3", "name": "Q3 2025", "starts_on": "2025-07-01", "ends_on": "2025-09-30"},
        {"type": "cycle.create", "key": "again", "name": "Q3 2025 again", "starts_on": "2025-07-01", "ends_on": "2025-09-30"},
    ),
)
_QUARTER = (
    _act(
        "kick-off",
        "2025-01-02T09:00:00Z",
        {"type": "cycle.activate", "cycle": "q1"},
        {
            "type": "objective.create",
            "key": "trust",
            "cycle": "q1",
            "title": MARKUP,
            "team": "sales",
            "owner": "ada",
            "priority": 1,
        },
        _key_result("replies", "trust", "Reply rate"),
        _key_result("deals", "trust", "Deals", unit="CURRENCY", currency="CZK", target="2000000"),
        _key_result("visits", "trust", "Visits", unit="NUMBER", unit_label="visits", target=40),
        {"type": "objective.activate", "objective": "trust"},
        {"type": "objective.create", "key": "vague", "cycle": "q2", "title": "Nothing to measure"},
        {"type": "objective.activate", "objective": "vague"},
        {"type": "objective.create", "key": "gone", "cycle": "q1", "title": "Given up later", "priority": 2},
        _key_result("nothing", "gone", "Nothing"),
        {"type": "objective.activate", "objective": "gone"},
    ),
    _check_in("replies-1", "replies", "2025-01-10T09:00:00Z", "2", 0.6),
    _act(
        "late-comer",
        "2025-01-20T09:00:00Z",
        {
            "type": "objective.create",
            "key": "bridge",
            "cycle": "q1",
            "title": ARABIC,
            "visibility": "PRIVATE",
            "owner": "max",
            "priority": 3,
        },
        _key_result("bridges", "bridge", LONG),
        {"type": "objective.activate", "objective": "bridge"},
        reason=_reason("NEW_INFORMATION", "We <heard> of it"),
    ),
    _check_in("replies-2", "replies", "2025-01-24T09:00:00Z", "40", 0.6),
    _act(
        "typing-error",
        "2025-01-24T09:30:00Z",
        {"type": "check_in.correct", "check_in": "replies-2", "value": "4"},
        actor="max",
        reason=_reason("CORRECTION"),
    ),
    _act(
        "drop",
        "2025-02-03T09:00:00Z",
        {"type": "key_result.drop", "key_result": "visits"},
        reason=_reason("IRRELEVANT", "Nobody travels"),
    ),
    _act(
        "retarget",
        "2025-02-10T09:00:00Z",
        {"type": "key_result.retarget", "key_result": "replies", "target": 8},
        {"type": "key_result.update", "key_result": "replies", "weight": "3"},
        reason=_reason("EXTERNAL_CHANGE", "The law changed"),
    ),
    _act(
        "give-up",
        "2025-02-20T09:00:00Z",
        {"type": "objective.cancel", "objective": "gone"},
        reason=_reason("OTHER", "No money left"),
    ),
    _check_in("deals-1", "deals", "2025-02-21T09:00:00Z", "500000", 0.9),
    _check_in("bridges-1", "bridges", "2025-03-14T09:00:00Z", "3", 0.3),
    _check_in("replies-3", "replies", "2025-03-31T09:00:00Z", "8", 0.9),
)
_REVIEW = (
    _act(
        "review",
        "2025-04-02T09:00:00Z",
        {"type": "cycle.review", "cycle": "q1"},
        {"type": "objective.close", "objective": "trust", "decision": "KEEP", "learned": "Ask <first>"},
        {"type": "objective.close", "objective": "bridge", "decision": "MODIFY", "root_cause": "Too late", "learned": "Begin"},
    ),
    _act(
        "go-on",
        "2025-04-03T09:00:00Z",
        {"type": "objective.carry_over", "key": "bridge-again", "objective": "bridge", "cycle": "q2"},
    ),
    _act("close", "2025-04-04T09:00:00Z", {"type": "cycle.close", "cycle": "q1"}),
)
_NEXT = (
    _act(
        "next",
        "2025-04-07T09:00:00Z",
        {"type": "cycle.activate", "cycle": "q2"},
        {"type": "team.update", "team": "sales", "name": "Renamed"},
    ),
)
