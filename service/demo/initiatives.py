"""The work behind the objectives: projects that are planned, begun, done and given up, some of which wait for others."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from service.demo.calendar import FiscalYear, moment
from service.demo.timeline import Content, Timeline

_SEED = 20_260_102
"""Of its own, so that a further initiative moves nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiative:
    """One initiative in one quarter; weeks count from the quarter's first day, and None is not yet, or never.

    `owner` answers for one of the things supported. `blockers` are keys with a note each.
    """

    key: str
    quarter: int
    title: str
    owner: str
    supports: tuple[str, ...]
    due_week: int
    planned_week: int = 0
    started_week: int | None = None
    ended_week: int | None = None
    is_dropped: bool = False
    description: str | None = None
    labels: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    blockers: tuple[tuple[str, str], ...] = ()


INITIATIVES = (
    Initiative(
        key="nurture-mails",
        quarter=0,
        title="Write a series of four mails for the first month",
        owner="sofia",
        supports=("early-nurture", "early-nurture-1"),
        due_week=5,
        started_week=1,
        ended_week=6,
        labels=("mail",),
        links=(("https://example.com/plans/nurture-mails", "Outline of the four mails"),),
    ),
    Initiative(
        key="crm-cleaning",
        quarter=0,
        title="Clean the contacts before they are moved",
        owner="petr",
        supports=("crm-analytics",),
        due_week=4,
        started_week=0,
        ended_week=5,
    ),
    Initiative(
        key="crm-import",
        quarter=0,
        title="Move contacts and deals into the new CRM",
        owner="petr",
        supports=("crm-analytics",),
        due_week=8,
        started_week=6,
        ended_week=9,
        blockers=(("crm-cleaning", "What is moved twice is never cleaned."),),
    ),
    Initiative(
        key="partner-portal",
        quarter=1,
        title="Open a portal in which partners register their deals",
        owner="mei",
        supports=("channel-partners",),
        due_week=10,
        started_week=3,
        ended_week=8,
        is_dropped=True,
        description="Given up: a shared sheet does it for twenty partners.",
        labels=("partners",),
    ),
    Initiative(
        key="forecast-board",
        quarter=2,
        title="Build a forecast that everybody reads on Monday",
        owner="petr",
        supports=("crm-transparent",),
        due_week=9,
        started_week=2,
        ended_week=10,
        labels=("crm",),
        links=(("https://example.com/boards/forecast", "Board"),),
    ),
    Initiative(
        key="referral-terms",
        quarter=3,
        title="Agree on terms for referrals with the lawyers",
        owner="james",
        supports=("referrals",),
        due_week=3,
        started_week=0,
        ended_week=4,
    ),
    Initiative(
        key="referral-page",
        quarter=3,
        title="Put up a page on which customers refer others",
        owner="james",
        supports=("referrals", "pipeline-2"),
        due_week=6,
        planned_week=1,
        started_week=4,
        blockers=(("referral-terms", "The page shows the terms."),),
        links=(("https://example.com/plans/referral-page", "Draft of the page"),),
    ),
    Initiative(
        key="referral-campaign",
        quarter=3,
        title="Tell the hundred happiest customers about it",
        owner="sofia",
        supports=("acquisition", "acquisition-1"),
        due_week=9,
        planned_week=2,
        blockers=(("referral-page", "There has to be somewhere to send them."),),
    ),
    Initiative(
        key="complaint-rota",
        quarter=3,
        title="Answer complaints in the first hour, in turns",
        owner="priya",
        supports=("csat-90", "csat-90-1"),
        due_week=4,
        started_week=1,
        description="Everybody in care takes one morning a week.",
    ),
)

KEY_RESULT_DEPENDENCIES = (
    (0, 1, "early-nurture-1", "early-nurture-2", "sofia", "Nobody answers a mail that is not opened."),
    (3, 1, "pipeline-1", "acquisition-1", "petr", "The pipeline fills with what is won there."),
)
"""The quarter and week, the key result that waits, the one it waits for, who said so, and why."""


def add_initiatives(timeline: Timeline, year: FiscalYear) -> None:
    """Put down what happens to the initiatives, and which key results wait for others."""
    random = Random(_SEED)
    for each in INITIATIVES:
        _add(timeline, each, year, random)
    for quarter, week, dependent, blocker, actor, note in KEY_RESULT_DEPENDENCIES:
        at = moment(year.quarters[quarter].starts_on + timedelta(weeks=week), random, 11)
        command = {"type": "key_result.add_dependency", "key_result": dependent, "blocker": blocker, "note": note}
        timeline.add(f"{dependent}.waits", at, actor, [command])


def _add(timeline: Timeline, initiative: Initiative, year: FiscalYear, random: Random) -> None:
    start, key, owner = year.quarters[initiative.quarter].starts_on, initiative.key, initiative.owner

    def add(name: str, week: int, hour: int, *commands: Content) -> None:
        timeline.add(f"{key}.{name}", moment(start + timedelta(weeks=week, days=1), random, hour), owner, list(commands))

    dependencies: list[Content] = [
        {"type": "initiative.add_dependency", "initiative": key, "blocker": blocker, "note": note}
        for blocker, note in initiative.blockers
    ]
    add(
        "planned",
        initiative.planned_week,
        13,
        {
            "type": "initiative.create",
            "key": key,
            "title": initiative.title,
            "supports": initiative.supports,
            "description": initiative.description,
            "owner": owner,
            "begins_on": (start + timedelta(weeks=initiative.planned_week)).isoformat(),
            "due_on": (start + timedelta(weeks=initiative.due_week, days=4)).isoformat(),
            "labels": initiative.labels,
            "links": [{"url": url, "title": title} for url, title in initiative.links],
        },
        *dependencies,
    )
    if initiative.started_week is not None:
        add("started", initiative.started_week, 14, {"type": "initiative.start", "initiative": key})
    if initiative.ended_week is not None:
        kind = "initiative.drop" if initiative.is_dropped else "initiative.complete"
        add("ended", initiative.ended_week, 15, {"type": kind, "initiative": key})
