"""What the demo asks of its things beside what every organization does: a region, a sponsor, a budget, and the board of a KPI.

The acts have a source of chance of their own, so that the rest of the history is the same without them.
"""

from datetime import timedelta
from random import Random

from service.demo.calendar import FiscalYear, moment
from service.demo.timeline import Content, Timeline

_SEED = 20_260_103
_ADMIN = "anna"

_FIELDS: tuple[Content, ...] = (
    {
        "key": "region",
        "applies_to": "OBJECTIVE",
        "kind": "CHOICE",
        "name": "Region",
        "description": "Where it is worked on",
        "choices": [
            {"key": "emea", "name": "EMEA"},
            {"key": "apac", "name": "Asia and Pacific"},
            {"key": "all", "name": "Everywhere"},
        ],
    },
    {"key": "sponsor", "applies_to": "OBJECTIVE", "kind": "PERSON", "name": "Sponsor"},
    {
        "key": "evidence",
        "applies_to": "KEY_RESULT",
        "kind": "URL",
        "name": "Evidence",
        "description": "Where the number stands",
    },
    {"key": "budget", "applies_to": "INITIATIVE", "kind": "NUMBER", "name": "Budget", "description": "In euros"},
    {"key": "decided-on", "applies_to": "INITIATIVE", "kind": "DATE", "name": "Decided on"},
    {"key": "definition", "applies_to": "KPI", "kind": "TEXT", "name": "How it is counted"},
)

_VALUES: tuple[tuple[int, str, str, str, tuple[Content, ...]], ...] = (
    (0, "sofia", "objective", "early-nurture", ({"custom_field": "region", "choice": "emea"},)),
    (0, "petr", "objective", "crm-analytics", ({"custom_field": "region", "choice": "all"},)),
    (0, "sofia", "key_result", "early-nurture-1", ({"custom_field": "evidence", "url": "https://example.com/reports/mails"},)),
    (
        0,
        "sofia",
        "initiative",
        "nurture-mails",
        ({"custom_field": "budget", "number": "1200"}, {"custom_field": "decided-on", "date": "2025-12-01"}),
    ),
    (0, "petr", "initiative", "crm-cleaning", ({"custom_field": "budget", "number": "4500.50"},)),
    (0, "priya", "kpi", "churn", ({"custom_field": "definition", "text": "Contracts that ended and were not renewed"},)),
    (
        3,
        "sofia",
        "objective",
        "acquisition",
        ({"custom_field": "region", "choice": "apac"}, {"custom_field": "sponsor", "person": "anna"}),
    ),
    (3, "james", "objective", "referrals", ({"custom_field": "region", "choice": "emea"},)),
    (3, "james", "initiative", "referral-page", ({"custom_field": "budget", "number": "8000"},)),
)
"""The quarter, who fills in which thing, and with what."""


def add_custom_fields(timeline: Timeline, year: FiscalYear) -> None:
    """Define the fields in the first quarter, fill them, and change the choices of one half a year later."""
    random = Random(_SEED)
    defined_on = year.quarters[0].starts_on + timedelta(weeks=2)
    for field in _FIELDS:
        define: Content = {"type": "custom_field.create", **field}
        timeline.add(f"{field['key']}.defined", moment(defined_on, random, 9), _ADMIN, [define])
    for quarter, actor, noun, key, values in _VALUES:
        day = year.quarters[quarter].starts_on + timedelta(weeks=3)
        fill: Content = {"type": f"{noun}.update", noun: key, "custom_fields": values}
        timeline.add(f"{key}.filled", moment(day, random, 10), actor, [fill])
    choices = [
        {"key": "emea", "name": "Europe, Middle East and Africa"},
        {"key": "apac", "name": "Asia and Pacific"},
        {"key": "nordics", "name": "Nordics"},
    ]
    change: Content = {"type": "custom_field.update", "custom_field": "region", "is_required": False, "choices": choices}
    timeline.add("region.changed", moment(year.quarters[2].starts_on, random), _ADMIN, [change])
