"""What key results measure week by week: courses as real teams have them, and the values that they mean."""

import math
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

Course = Callable[[float], float]
"""From the share of the time gone by, 0 to 1, to the share of the way gone."""


def _good(time: float) -> float:
    return 0.98 * time + 0.05 * math.sin(4 * time)


def _early(time: float) -> float:
    return 1.12 * (1 - math.exp(-3.2 * time))


def _slow(time: float) -> float:
    return 0.62 * math.pow(time, 1.4)


def _flat(time: float) -> float:
    return 0.18 + 0.04 * math.sin(9 * time)


def _last_week(time: float) -> float:
    return 0.3 * time if time < 0.93 else 1.0


def _backwards(time: float) -> float:
    return -0.25 * math.sin(math.pi * time) + 0.1 * time


def _stalled(time: float) -> float:
    return min(0.9 * time, 0.45)


COURSES: dict[str, Course] = {
    "good": _good,
    "early": _early,
    "slow": _slow,
    "flat": _flat,
    "last-week": _last_week,
    "backwards": _backwards,
    "stalled": _stalled,
}
_WEIGHTS = {"good": 9, "early": 4, "slow": 3, "flat": 1, "last-week": 2, "backwards": 1, "stalled": 2}


def choose_course(random: Random) -> str:
    """Choose the name of a course: most go well, some do not."""
    return random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]


def measured(metric: dict[str, Any], share: float, last: Decimal | None) -> dict[str, Any]:
    """Answer the fields of a check-in for the share of the way gone; `last` is where a carried-over one began.

    `metric` is in the form of the history format; amounts come out as exact as people report them.
    """
    kind = metric["kind"]
    if kind == "UNDECIDED":
        return {}
    if kind == "MILESTONE":
        keys = [stage["key"] for stage in metric["stages"]]
        return {"done_stages": keys[: max(0, min(len(keys), int(share * len(keys) + 0.05)))]}
    if kind == "BINARY":
        return {"value": "1" if share >= 0.93 else "0"}
    if kind == "ESTIMATED":
        return {"value": str(round(min(max(share, 0.0), 1.0), 2))}
    start, end = _ends(metric)
    begin = start if last is None else float(last)
    if (end - begin) * (end - start) <= 0:
        # Carried over although it was reached: some more of the same.
        end = begin + 0.1 * (end - start)
    return {"value": _as_reported(metric, begin + share * (end - begin))}


def _ends(metric: dict[str, Any]) -> tuple[float, float]:
    if metric["kind"] == "RANGE":
        low, high = float(metric["low"]), float(metric["high"])
        return high + 0.6 * (high - low), (low + high) / 2
    target = float(metric["target"])
    if "start" in metric:
        return float(metric["start"]), target
    # A bound without a baseline: a team that does not hold it yet begins some way off.
    return (target * 0.55, target * 1.03) if metric["kind"] == "AT_LEAST" else (target * 1.7, target * 0.97)


def _as_reported(metric: dict[str, Any], value: float) -> str:
    if not metric.get("is_relative"):
        value = max(value, 0.0)
    if metric["unit"] == "CURRENCY":
        places = -4 if float(metric.get("target", 0)) >= 1_000_000 else -1
    elif metric["unit"] in ("NUMBER", "MINUTES"):
        places = 0
    else:
        places = 1
    return f"{round(value, places):.{max(places, 0)}f}"
