"""What moved a progress, scores, check-ins and confidence, as specifications of Vega-Lite."""

from collections.abc import Sequence
from itertools import accumulate

from service.report import words
from service.report.queries import Content
from service.report.theme import (
    BLUE,
    GREY,
    LINE,
    ORANGE,
    PALE,
    PAPER,
    Size,
    Specification,
    bar_labels,
    legend,
    name_axis,
    share_axis,
)

SOURCES = (("Values", "byValues"), ("Targets", "byTargets"), ("Weights", "byWeights"), ("Scope", "byScope"))
"""What moves a progress, and the API's name of its share."""

_ROOM_FOR_A_NAME = 60
"""Pixels that the name of a score band needs; with less, only where the band begins is told."""


def sources_chart(summary: Content, end_name: str, size: Size) -> Specification:
    """Specify how values, targets, weights and scope led from one progress to another, as steps."""
    before, after = summary["progressBefore"] or 0.0, summary["progressAfter"] or 0.0
    shares: list[float] = [summary["progressBySource"][field] for _, field in SOURCES]
    heights = list(accumulate(shares, initial=before))
    steps = zip((name for name, _ in SOURCES), shares, heights, heights[1:], strict=False)
    bars = [
        _bar("Kick-off", 0.0, before, "whole", words.percent(before)),
        *(_bar(name, low, high, "less" if share < 0 else "more", words.points(share)) for name, share, low, high in steps),
        _bar(end_name, 0.0, after, "whole", words.percent(after)),
    ]
    name = {"field": "name", "type": "nominal", "sort": None, "axis": name_axis(), "scale": {"paddingInner": 0.35}}
    domain = [min(0.0, *heights), max(1.0, *heights)]
    low = {"field": "low", "type": "quantitative", "axis": share_axis(size.height), "scale": {"domain": domain}}
    kinds = {"domain": ["whole", "more", "less"], "range": [GREY, BLUE, ORANGE]}
    color = {"field": "kind", "type": "nominal", "scale": kinds, "legend": None}
    return {
        "width": size.width,
        "height": size.height,
        "data": {"values": bars},
        "layer": [
            {
                "mark": "bar",
                "encoding": {"x": name, "y": low, "y2": {"field": "high"}, "color": color},
            },
            bar_labels({"x": name, "y": {"field": "high", "type": "quantitative"}, "text": {"field": "label"}}),
        ],
    }


def _bar(name: str, end: float, other_end: float, kind: str, label: str) -> Specification:
    return {"name": name, "low": min(end, other_end), "high": max(end, other_end), "kind": kind, "label": label}


def scores_chart(bins: Sequence[Content], bands: Sequence[Content], size: Size) -> Specification:
    """Specify how many objectives got a score in each band; a band is named by the organization."""
    values = [
        {"band": f"{words.number(each['from'])} to {words.number(each['to'])}\n{band['name']}", "count": each["count"]}
        for each, band in zip(bins, bands, strict=True)
    ]
    room = size.width / len(values)
    lines = "split(datum.label, '\\n')" if room > _ROOM_FOR_A_NAME else "split(datum.label, ' ')[0]"
    most = max(each["count"] for each in bins)
    band = {
        "field": "band",
        "type": "nominal",
        "sort": None,
        "axis": {**name_axis(), "labelExpr": lines, "labelLimit": room},
        "scale": {"paddingInner": 0.35},
    }
    count = {
        "field": "count",
        "type": "quantitative",
        "axis": {"title": None, "tickMinStep": 1, "tickCount": min(4, most), "format": "d"},
        "scale": {"domain": [0, most]},
    }
    return {
        "width": size.width,
        "height": size.height,
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "bar", "color": BLUE}, "encoding": {"x": band, "y": count}},
            bar_labels({"x": band, "y": count, "text": {"field": "count"}}),
        ],
    }


def punctuality_chart(check_ins: Content, size: Size, *, has_legend: bool) -> Specification:
    """Specify how many due days were answered on time, late or not at all, as one bar."""
    kinds = (("on time", check_ins["onTime"], BLUE), ("late", check_ins["late"], ORANGE), ("missed", check_ins["missed"], PALE))
    values = [{"kind": name, "place": place, "count": count} for place, (name, count, _) in enumerate(kinds)]
    scale = {"domain": [name for name, _, _ in kinds], "range": [color for _, _, color in kinds]}
    x = {"field": "count", "type": "quantitative", "stack": "normalize", "axis": share_axis(size.width)}
    color = {"field": "kind", "type": "nominal", "scale": scale, "legend": legend("square") if has_legend else None}
    return {
        "width": size.width,
        "height": size.height,
        "data": {"values": values},
        "transform": [{"filter": "datum.count > 0"}],
        "mark": {"type": "bar", "height": size.height, "stroke": PAPER, "strokeWidth": 1.5},
        "encoding": {"x": x, "order": {"field": "place"}, "color": color},
    }


def calibration_chart(bins: Sequence[Content], size: Size) -> Specification:
    """Specify stated confidence against outcome; on the diagonal both are the same. Points are as large as their number."""
    whole = {"domain": [0, 1]}
    axes = {
        "x": {
            "field": "stated",
            "type": "quantitative",
            "axis": {**share_axis(size.width), "title": "Stated confidence"},
            "scale": whole,
        },
        "y": {
            "field": "outcome",
            "type": "quantitative",
            "axis": {**share_axis(size.height), "title": "Reached"},
            "scale": whole,
        },
    }
    sizes = {"rangeMin": 25, "rangeMax": 260, "domainMin": 0}
    return {
        "width": size.width,
        "height": size.height,
        "layer": [
            {
                "data": {"values": [{"stated": 0, "outcome": 0}, {"stated": 1, "outcome": 1}]},
                "mark": {"type": "line", "color": GREY, "strokeDash": [3, 3], "strokeWidth": 1.25},
                "encoding": axes,
            },
            {
                "data": {"values": list(bins)},
                "mark": {"type": "circle", "color": BLUE, "opacity": 0.85, "stroke": PAPER, "strokeWidth": 1},
                "encoding": {
                    **axes,
                    "size": {"field": "count", "type": "quantitative", "scale": sizes, "legend": None},
                },
            },
        ],
    }


def two_scores_chart(original: float | None, final: float | None, size: Size) -> Specification:
    """Specify a score against the original target (a ring) and one against the final target on a line from 0 to 1."""
    rings = [] if original is None else [(original, ORANGE, PAPER)]
    points = rings if final is None else [*rings, (final, BLUE, BLUE)]
    scores = [score for score, _, _ in points]
    x = {"field": "from", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1]}}
    rules = [(0.0, 1.0, LINE), (min(scores, default=0.0), max(scores, default=0.0), GREY)]
    return {
        "width": size.width,
        "height": size.height,
        "layer": [
            *(
                {
                    "data": {"values": [{"from": start, "to": end}]},
                    "mark": {"type": "rule", "color": color, "strokeWidth": 2},
                    "encoding": {"x": x, "x2": {"field": "to"}},
                }
                for start, end, color in rules
            ),
            *(
                {
                    "data": {"values": [{"from": score}]},
                    "mark": {"type": "point", "size": 70, "strokeWidth": 2, "stroke": color, "fill": fill, "opacity": 1},
                    "encoding": {"x": x},
                }
                for score, color, fill in points
            ),
        ],
    }
