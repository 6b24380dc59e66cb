"""Charts are drawn whatever the numbers are, each time the same, and nothing in them leads out of the page."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vl_convert

from service.report import theme
from service.report.charts import (
    calibration_chart,
    punctuality_chart,
    scores_chart,
    sources_chart,
    two_scores_chart,
)
from service.report.curve_chart import progress_chart
from service.report.curves import Curve, Frame
from service.report.theme import Size, Specification

SIZE = Size(width=400, height=180)
BEGIN = datetime(2026, 1, 1)  # noqa: DTZ001 - of the organization's clock


def curve(days: int, *heights: float | None, retargets: int = 0) -> Curve:
    end = BEGIN + timedelta(days=days)
    points = [(BEGIN + timedelta(days=days * place / max(1, len(heights) - 1)), each) for place, each in enumerate(heights)]
    frame = Frame(begin=BEGIN, end=end, ends_at=end - timedelta(days=days / 10), zone=ZoneInfo("UTC"))
    return Curve(frame=frame, in_force=points, original=points, expected=points, retargets=points[:1] * retargets)


def bands(count: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    bins = [{"from": place / count, "to": (place + 1) / count, "count": place} for place in range(count)]
    return bins, [{"name": f"Band {place}", "from": place / count} for place in range(count)]


def sources(before: float | None, after: float | None, *shares: float) -> dict[str, Any]:
    names = ("byValues", "byTargets", "byWeights", "byScope")
    return {"progressBefore": before, "progressAfter": after, "progressBySource": dict(zip(names, shares, strict=True))}


CHARTS: dict[str, Specification] = {
    "a quarter": progress_chart(curve(90, 0.0, 0.5, 1.0, retargets=2), SIZE, has_legend=True),
    "a day": progress_chart(curve(1, 0.0, 1.0), SIZE, has_legend=False),
    "ten years": progress_chart(curve(3_650, 0.0, 1.0), SIZE, has_legend=False),
    "one point": progress_chart(curve(90, 0.5), SIZE, has_legend=False),
    "a gap": progress_chart(curve(90, 0.5, None, 0.7, retargets=1), SIZE, has_legend=True),
    "nothing": progress_chart(curve(90), SIZE, has_legend=True),
    "two bands": scores_chart(*bands(2), SIZE),
    "twenty bands": scores_chart(*bands(20), SIZE),
    "sources": sources_chart(sources(0.2, 0.6, 0.5, 0.1, -0.3, 0.1), "End", SIZE),
    "sources below nothing and above the whole": sources_chart(sources(None, None, 1.5, -2.0, 0.5, 0.0), "Now", SIZE),
    "check-ins": punctuality_chart({"onTime": 3, "late": 0, "missed": 1}, SIZE, has_legend=True),
    "confidence": calibration_chart([{"stated": 0.5, "outcome": 1.0, "count": 1}], SIZE),
    "two scores": two_scores_chart(0.4, 1.0, SIZE),
    "one score": two_scores_chart(None, 1.0, SIZE),
    "no score": two_scores_chart(None, None, SIZE),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_drawn_the_same_each_time_and_leads_nowhere(name: str, capfd: pytest.CaptureFixture[str]):
    drawn = vl_convert.vegalite_to_svg(theme.inline(CHARTS[name]))

    assert vl_convert.vegalite_to_svg(theme.inline(CHARTS[name])) == drawn
    assert "NaN" not in drawn
    assert "url(" not in drawn
    assert " id=" not in drawn
    # The library tells there what it makes of a specification that is wrong.
    assert capfd.readouterr() == ("", "")


def test_every_colour_of_a_chart_has_its_twin_on_a_dark_page():
    for name, chart in CHARTS.items():
        drawn = vl_convert.vegalite_to_svg(theme.inline(chart))
        used = {part.split('"')[0] for attribute in ("fill", "stroke") for part in drawn.split(f' {attribute}="')[1:]}
        assert used <= {*theme.DARK, "none", "transparent"}, name
