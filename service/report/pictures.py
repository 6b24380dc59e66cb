"""The pictures of a report: each with its name, what it says in words, and what is drawn."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import vl_convert

from service.report import theme, words
from service.report.charts import (
    SOURCES,
    calibration_chart,
    punctuality_chart,
    scores_chart,
    sources_chart,
    two_scores_chart,
)
from service.report.curve_chart import progress_chart
from service.report.curves import Curve, curve_of, frame_of
from service.report.data import Report
from service.report.queries import Content
from service.report.theme import Size, Specification

_WIDE = Size(width=900, height=240)
_NARROW = Size(width=320, height=190)
_OBJECTIVE = Size(width=320, height=130)
_KEY_RESULT = Size(width=270, height=84)
_CARD = Size(width=400, height=180)
_BAR = Size(width=900, height=26)
_NARROW_BAR = Size(width=320, height=26)
_ROW = Size(width=120, height=16)
_POSTER = Size(width=720, height=300)
_POSTER_BAR = Size(width=720, height=60)
_SCALE = 2
"""Pixels of a PNG for each CSS pixel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart: `shown` on the page, `narrow` instead on a narrow one, `poster` as a file of its own, None without one.

    `description` is what it says, for whoever does not see it.
    """

    name: str
    title: str
    description: str
    shown: Specification
    narrow: Specification | None = None
    poster: Specification | None = None

    def svg(self) -> str:
        """Draw it as a part of the page."""
        return vl_convert.vegalite_to_svg(theme.inline(self.shown))

    def narrow_svg(self) -> str | None:
        """Draw it as a part of a narrow page, None where it is the same."""
        return None if self.narrow is None else vl_convert.vegalite_to_svg(theme.inline(self.narrow))

    def png(self, subtitle: str) -> bytes | None:
        """Draw it as a file."""
        if self.poster is None:
            return None
        return vl_convert.vegalite_to_png(theme.alone(self.poster, self.title, subtitle), scale=_SCALE)


def pictures_of(report: Report) -> list[Picture]:
    """Answer the pictures of a report; empty ones are left out."""
    return [*_of_curves(report), *_of_comparison(report), *_of_retrospective(report)]


def retargets_of(report: Report) -> Mapping[str, Sequence[datetime]]:
    """Answer when each key result was retargeted, by identifier."""
    return {
        each["keyResult"]["entityId"]: [datetime.fromisoformat(event["recordedAt"]) for event in each["events"]]
        for each in report.cycle["retrospective"]["retargetedKeyResults"]
    }


def _of_curves(report: Report) -> Iterator[Picture]:
    frame, retargets = frame_of(report), retargets_of(report)
    end = "in the end" if report.is_final else "now"

    def pictures(
        name: str, thing: Content, key_results: Sequence[str], size: Size, narrow: Size | None = None
    ) -> Iterator[Picture]:
        curve = curve_of(thing, [at for each in key_results for at in retargets.get(each, ())], frame)
        title = thing["title"] if "title" in thing else thing["name"]
        if curve.in_force:
            yield Picture(
                name=name,
                title=title,
                description=_described(title, curve, end),
                shown=progress_chart(curve, size, has_legend=False),
                narrow=None if narrow is None else progress_chart(curve, narrow, has_legend=False),
                poster=progress_chart(curve, _POSTER, has_legend=True),
            )

    yield from pictures("progress", report.cycle, tuple(retargets), _WIDE, _NARROW)
    for number, objective in enumerate(report.objectives, 1):
        ids = [each["entityId"] for each in objective["keyResults"]]
        yield from pictures(objective_name(number), objective, ids, _OBJECTIVE)
        for place, key_result in enumerate(objective["keyResults"], 1):
            yield from pictures(key_result_name(number, place), key_result, ids[place - 1 : place], _KEY_RESULT)


def _described(title: str, curve: Curve, end: str) -> str:
    parts = [f"Progress of {title}: {words.percent(curve.end)} {end}"]
    if curve.original:
        parts.append(f"{words.percent(curve.original_end)} against the original target")
    if curve.expected_end is not None:
        parts.append(f"{words.percent(curve.expected_end)} expected")
    if curve.retargets:
        parts.append(words.counted(len(curve.retargets), "moved target"))
    return ", ".join(parts) + "."


def objective_name(number: int) -> str:
    """Answer the name of the picture of an objective by its place."""
    return f"objective-{number:02}"


def key_result_name(number: int, place: int) -> str:
    """Answer the name of the picture of a key result by its objective's place and its own."""
    return f"{objective_name(number)}-key-result-{place:02}"


def _of_comparison(report: Report) -> Iterable[Picture]:
    if report.comparison is None:
        return
    summary = report.comparison.summary
    shares = summary["progressBySource"]
    end_name = "End" if report.is_final else "Now"
    told = ", ".join(f"{name} {words.points(shares[field])}" for name, field in SOURCES)
    yield Picture(
        name="sources",
        title="What moved the progress",
        description=(
            f"From {words.percent(summary['progressBefore'] or 0.0)} to {words.percent(summary['progressAfter'] or 0.0)};"
            f" in percentage points: {told}."
        ),
        shown=sources_chart(summary, end_name, _CARD),
        poster=sources_chart(summary, end_name, _POSTER),
    )


def _of_retrospective(report: Report) -> Iterator[Picture]:
    retrospective = report.cycle["retrospective"]
    bins = retrospective["scoreDistribution"]
    bands = report.organization["scoreBands"]
    if any(each["count"] for each in bins):
        told = "; ".join(
            f"{band['name']} ({words.number(each['from'])} to {words.number(each['to'])}): {each['count']}"
            for each, band in zip(bins, bands, strict=True)
        )
        yield Picture(
            name="scores",
            title="Scores",
            description=f"Objectives by score. {told}.",
            shown=scores_chart(bins, bands, _CARD),
            poster=scores_chart(bins, bands, _POSTER),
        )
    check_ins = retrospective["checkIns"]
    if check_ins["expected"]:
        yield Picture(
            name="check-ins",
            title="Check-ins",
            description=(
                f"Of {check_ins['expected']} due days {check_ins['onTime']} were answered on time, {check_ins['late']} late,"
                f" {check_ins['missed']} not at all."
            ),
            shown=punctuality_chart(check_ins, _BAR, has_legend=False),
            narrow=punctuality_chart(check_ins, _NARROW_BAR, has_legend=False),
            poster=punctuality_chart(check_ins, _POSTER_BAR, has_legend=True),
        )
    forecasts = retrospective["confidenceCalibration"]["bins"]
    if forecasts:
        told = "; ".join(
            f"{words.percent(each['stated'])} stated, {words.percent(each['outcome'])} reached ({each['count']})"
            for each in forecasts
        )
        yield Picture(
            name="confidence",
            title="Confidence against outcome",
            description=f"Forecasts by stated confidence: {told}.",
            shown=calibration_chart(forecasts, _CARD),
            poster=calibration_chart(forecasts, _POSTER),
        )
    for number, each in enumerate(retrospective["retargetedKeyResults"], 1):
        original, final = each["scoreAgainstOriginal"], each["scoreAgainstFinal"]
        yield Picture(
            name=two_scores_name(number),
            title=each["keyResult"]["title"],
            description=f"{words.score(original)} against the original target, {words.score(final)} against the final one.",
            shown=two_scores_chart(original, final, _ROW),
        )


def two_scores_name(number: int) -> str:
    """Answer the name of the picture in a row of the retargeted key results by its place."""
    return f"scores-{number:02}"
