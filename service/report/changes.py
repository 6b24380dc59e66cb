"""What changed in a cycle since its kick-off, arranged for the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.report import words
from service.report.data import Comparison, Listing
from service.report.queries import Content

_COUNTS = (
    ("objectivesAdded", "objective added", "objectives added"),
    ("keyResultsAdded", "key result added", "key results added"),
    ("objectivesRemoved", "objective removed", "objectives removed"),
    ("keyResultsRemoved", "key result removed", "key results removed"),
    ("targetsRaised", "target raised", "targets raised"),
    ("targetsLowered", "target lowered", "targets lowered"),
    ("reweighted", "weight changed", "weights changed"),
    ("ownersChanged", "owner changed", "owners changed"),
    ("realigned", "objective realigned", "objectives realigned"),
    ("retitled", "title changed", "titles changed"),
)
"""Counts of a comparison by the API's names, in words for one and for several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an act changed of what was agreed on a thing: by field, its value before and after. `event` is one of the act."""

    thing: Content
    event: Content
    fields: dict[str, Content]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A thing that came or went, with how many key results of it did so too, and the event that did it, if it is known."""

    thing: Content
    key_result_count: int
    event: Content | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """A comparison as the page tells it; `moved` are the objectives that differ, those that moved the most first."""

    counts: Sequence[str]
    moved: Sequence[Content]
    added: Sequence[Movement]
    removed: Sequence[Movement]
    agreed_anew: Sequence[Change]


def changes_of(comparison: Comparison) -> Changes:
    """Arrange a comparison."""
    summary = comparison.summary
    return Changes(
        counts=[words.counted(summary[field], *told) for field, *told in _COUNTS if summary[field]],
        moved=[each for each in comparison.changed.members if each["subject"]["__typename"] == "Objective"],
        added=_movements(comparison.added),
        removed=_movements(comparison.removed),
        agreed_anew=_agreed_anew(comparison.changed.members),
    )


def _agreed_anew(compared: Sequence[Content]) -> list[Change]:
    """Answer what was changed of what was agreed, oldest first; what one act changed of a thing stands together."""
    of_acts: dict[tuple[str, int], Change] = {}
    for number, each in enumerate(compared):
        for change in each["changes"]["nodes"]:
            if not words.is_agreed(change["field"]):
                continue
            # Events of one act have one instant and one reason.
            key = (change["event"]["recordedAt"], number)
            act = of_acts.setdefault(key, Change(thing=each["subject"], event=change["event"], fields={}))
            first = act.fields.get(change["field"]) or change
            act.fields[change["field"]] = {**change, "before": first["before"]}
    return [of_acts[key] for key in sorted(of_acts)]


def _movements(listing: Listing) -> list[Movement]:
    """Answer what came or went; key results of an objective that did so as well are only counted with it."""
    counts = {each["entityId"]: 0 for each in listing.members if "objective" not in each}
    alone: list[Content] = []
    for each in listing.members:
        objective_id: str = each["objective"]["entityId"] if "objective" in each else ""
        if objective_id in counts:
            counts[objective_id] += 1
        else:
            alone.append(each)
    return [
        Movement(thing=each, key_result_count=counts.get(each["entityId"], 0), event=listing.events.get(each["entityId"]))
        for each in alone
    ]
