"""The demo's templates: one made of an objective that went well, one written down, and drafts from the library and from both.

They have a source of chance of their own, so that the rest of the history is the same without them.
"""

from datetime import timedelta
from random import Random

from events.templates.library import library
from service.demo.calendar import FiscalYear, moment
from service.demo.timeline import Content, Timeline

_SEED = 20_260_103
_OWN = "renewal-talks"
_TAKEN = "sales-cycle-template"
_PUBLISHED = ("predictable", "en")
"""Key and language of the template of the library that a draft is made of."""


def add_templates(timeline: Timeline, year: FiscalYear) -> None:
    """Keep templates from the second quarter on and begin drafts for the quarter that follows the year."""
    random = Random(_SEED)
    _add_own(timeline, year, random)
    _add_drafts(timeline, year, random)


def _add_own(timeline: Timeline, year: FiscalYear, random: Random) -> None:
    """One is taken from an objective of the first quarter, the other one is written down and later said better."""
    taken: Content = {
        "type": "template.create_from_objective",
        "key": _TAKEN,
        "objective": "smb-cycle",
        "function": "SALES",
        "language": "en",
        "numbers": "PLACEHOLDERS",
    }
    timeline.add(f"{_TAKEN}.taken", year.quarters[1].moment(2, random), "james", [taken])
    written: Content = {
        "type": "template.create",
        "key": _OWN,
        "title": "Keep the customers of {segment}",
        "description": "Whoever hears from us long before the contract ends has no reason to look elsewhere.",
        "function": "SUPPORT",
        "language": "en",
        "placeholders": [
            {"name": "segment", "kind": "TEXT", "example": "the public sector"},
            {"name": "renewed_now", "kind": "NUMBER", "example": "78"},
            {"name": "renewed", "kind": "NUMBER", "example": "88"},
            {"name": "talked_until", "kind": "DATE", "example": "2026-08-31"},
        ],
        "key_results": [
            {
                "title": "Contracts of {segment} that are renewed",
                "metric": {
                    "kind": "INCREASE",
                    "unit": "PERCENT",
                    "start": {"placeholder": "renewed_now"},
                    "target": {"placeholder": "renewed"},
                },
            },
            {
                "title": "Customers of {segment} who told us by {talked_until} what they need next",
                "metric": {"kind": "AT_LEAST", "unit": "PERCENT", "start": {"value": "20"}, "target": {"value": "80"}},
                "due_placeholder": "talked_until",
            },
        ],
    }
    timeline.add(f"{_OWN}.written", year.quarters[1].moment(5, random), "priya", [written])
    reworded: Content = {"type": "template.update", "template": _OWN, "title": "Keep the customers we have in {segment}"}
    timeline.add(f"{_OWN}.reworded", year.quarters[2].moment(1, random), "priya", [reworded])


def _add_drafts(timeline: Timeline, year: FiscalYear, random: Random) -> None:
    following, day = year.following, year.quarters[-1].starts_on + timedelta(days=33)
    talked_until = following.starts_on + timedelta(days=60)
    own: Content = {
        "type": "objective.create_from_template",
        "key": "renewals-public-sector",
        "template": _OWN,
        "cycle": "following",
        "team": "customer-care",
        "owner": "priya",
        "values": [
            {"name": "segment", "text": "the public sector"},
            {"name": "renewed_now", "number": "81"},
            {"name": "renewed", "number": "90"},
            {"name": "talked_until", "date": talked_until.isoformat()},
        ],
    }
    timeline.add("renewals-public-sector.drafted", moment(day, random), "priya", [own])
    published = next(each for each in library().values() if (each.key, each.language) == _PUBLISHED)
    forecast: Content = {
        "type": "objective.create_from_template",
        "key": "forecast",
        "template": published.template_id,
        "cycle": "following",
        "team": "operations",
        "owner": "petr",
        "values": [{"name": each.name, "number": each.example} for each in published.content.placeholders],
    }
    timeline.add("forecast.drafted", moment(day + timedelta(days=4), random), "petr", [forecast])
