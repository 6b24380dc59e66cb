"""Progress curves, as specifications of Vega-Lite."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from service.report.curves import Curve, Frame, Point
from service.report.theme import BLUE, GREY, ORANGE, PALE, PAPER, Size, Specification, legend, share_axis

_IN_FORCE = "against the target in force"
_ORIGINAL = "against the original target"
_EXPECTED = "expected"
_RETARGETED = "target moved"

_FEW_DAYS = timedelta(days=60)
_A_YEAR = timedelta(days=400)
_DAYS_OF_MONTH = 30
_PIXELS_OF_MONTH = 80


def progress_chart(curve: Curve, size: Size, *, has_legend: bool) -> Specification:
    """Specify a curve with its expected line, the curve against the original target, and where targets moved."""
    axes = _axes(curve.frame, size)
    layers = [
        *_end_of_cycle(curve.frame),
        _area(curve, axes),
        *_lines(curve, axes, has_legend=has_legend),
        _marks(curve, axes, has_legend=has_legend),
    ]
    return {"width": size.width, "height": size.height, "layer": layers}


def _lines(curve: Curve, axes: Specification, *, has_legend: bool) -> Iterable[Specification]:
    lines = (
        (_EXPECTED, curve.expected, GREY, [3, 3], 1.25),
        (_ORIGINAL, curve.original, ORANGE, [6, 2], 1.75),
        (_IN_FORCE, curve.in_force, BLUE, [1, 0], 2.25),
    )
    drawn = [each for each in lines if each[1]]
    names = [name for name, *_ in drawn]
    line = {"field": "line", "type": "nominal", "legend": legend("stroke") if has_legend else None}
    color = {**line, "scale": {"domain": names, "range": [color for _, _, color, _, _ in drawn]}}
    dash = {**line, "scale": {"domain": names, "range": [dash for _, _, _, dash, _ in drawn]}}
    for name, points, _, _, width in drawn:
        yield {
            "data": {"values": [{**value, "line": name} for value in _values(points)]},
            "mark": {"type": "line", "strokeWidth": width, "strokeJoin": "round"},
            "encoding": {**axes, "color": color, "strokeDash": dash},
        }


def _area(curve: Curve, axes: Specification) -> Specification:
    return {
        "data": {"values": _values(curve.in_force)},
        "mark": {"type": "area", "color": BLUE, "opacity": 0.08},
        "encoding": axes,
    }


def _marks(curve: Curve, axes: Specification, *, has_legend: bool) -> Specification:
    mark = {"type": "point", "size": 70, "fill": ORANGE, "stroke": PAPER, "strokeWidth": 1.25, "opacity": 1}
    symbol = {**legend("diamond"), "symbolFillColor": ORANGE, "symbolStrokeWidth": 0, "symbolSize": 70}
    shape = {
        "field": "mark",
        "type": "nominal",
        "scale": {"domain": [_RETARGETED], "range": ["diamond"]},
        "legend": symbol if has_legend and curve.retargets else None,
    }
    values = [{**value, "mark": _RETARGETED} for value in _values(curve.retargets)]
    return {"data": {"values": values}, "mark": mark, "encoding": {**axes, "shape": shape}}


def _end_of_cycle(frame: Frame) -> Iterable[Specification]:
    """Specify a rule where the cycle ends, if something moved after that."""
    if frame.ends_at is not None and frame.ends_at < frame.end:
        yield {
            "data": {"values": [{"at": _moment(frame.ends_at)}]},
            "mark": {"type": "rule", "color": PALE},
            "encoding": {"x": {"field": "at", "type": "temporal"}},
        }


def _axes(frame: Frame, size: Size) -> Specification:
    span = frame.end - frame.begin
    ticks: Specification = {"tickCount": 4, "format": "%-d %b"}
    if span > _FEW_DAYS:
        months = span.days / _DAYS_OF_MONTH
        step = max(1, round(months * _PIXELS_OF_MONTH / size.width))
        ticks = {"tickCount": {"interval": "month", "step": step}, "format": "%b" if span < _A_YEAR else "%b %y"}
    return {
        "x": {
            "field": "at",
            "type": "temporal",
            # The values are of the organization's clock already, and UTC leaves them as they are.
            "scale": {"type": "utc", "domain": [_moment(frame.begin), _moment(frame.end)]},
            "axis": {"title": None, "labelOverlap": True, "labelBound": 2, **ticks},
        },
        "y": {
            "field": "progress",
            "type": "quantitative",
            "scale": {"domain": [0, 1]},
            "axis": share_axis(size.height),
        },
    }


def _values(points: Iterable[Point]) -> list[Specification]:
    return [{"at": _moment(at), "progress": height} for at, height in points]


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds") + "Z"
