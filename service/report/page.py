"""The page of a report: one HTML file that loads nothing and runs nothing."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from service.progress_bar import Advance
from service.report import theme, words
from service.report.changes import changes_of
from service.report.charts import SOURCES
from service.report.data import Report
from service.report.pictures import Picture, key_result_name, objective_name, two_scores_name
from service.report.queries import Content

_TEMPLATES = Path(__file__).with_name("templates")
_PAGE = "page.html.jinja"


def render(report: Report, pictures: Sequence[Picture], advance: Advance) -> str:
    """Answer the page; drawing the pictures is what takes the time."""
    drawn: dict[str, Markup] = {}
    for number, picture in enumerate(pictures, 1):
        drawn[picture.name] = _figure(picture)
        advance(number, len(pictures))
    retrospective: Content = report.cycle["retrospective"]
    environment = _environment(report.zone)
    return environment.get_template(_PAGE).render(
        report=report,
        cycle=report.cycle,
        retrospective=retrospective,
        comparison=report.comparison,
        changes=None if report.comparison is None else changes_of(report.comparison),
        pictures=drawn,
        retargets={each["keyResult"]["entityId"]: each["events"] for each in retrospective["retargetedKeyResults"]},
    )


def _environment(zone: str) -> Environment:
    # Every text is somebody's, so every text is escaped; only pictures and the style are not.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shared: dict[str, Any] = {
        "words": words,
        "theme": theme,
        "sources": SOURCES,
        "instant": partial(words.instant, zone=zone),
        "day_in": partial(words.day_in, zone=zone),
        "changed_value": partial(words.changed_value, zone=zone),
        "objective_name": objective_name,
        "key_result_name": key_result_name,
        "two_scores_name": two_scores_name,
    }
    environment.globals.update(shared)
    return environment


def _figure(picture: Picture) -> Markup:
    """Answer a picture as a part of the page. The library that draws has escaped what is in it."""
    narrow = picture.narrow_svg()
    classes = ("", "") if narrow is None else (" wide", " narrow")
    shown = _labelled(picture.svg(), picture.description, classes[0])
    return shown if narrow is None else shown + _labelled(narrow, picture.description, classes[1])


def _labelled(svg: str, description: str, further_class: str) -> Markup:
    return Markup('<div class="chart{}" role="img" aria-label="{}">{}</div>').format(
        further_class,
        description,
        Markup(svg),  # noqa: S704 - the drawing library escapes what it draws
    )
