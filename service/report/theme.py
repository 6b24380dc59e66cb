"""How all pictures look: colours, type, axes and legends, as parts of specifications of Vega-Lite.

Colours are told apart by people who see few of them (blue against orange, dark against light), and every one says
what shape, dash or label says as well. The page turns each into its darker or lighter twin by `DARK`.
"""

from dataclasses import dataclass
from typing import Any

Specification = dict[str, Any]
"""A specification of Vega-Lite, or a part of one."""

INK = "#1b2430"
MUTED = "#566270"
LINE = "#d5dce4"
PAPER = "#ffffff"
BLUE = "#0b5cad"
ORANGE = "#c2500a"
GREY = "#7a8694"
PALE = "#b6bfca"

DARK = {
    INK: "#e8edf3",
    MUTED: "#a9b4c0",
    LINE: "#36414d",
    PAPER: "#161c23",
    BLUE: "#6cb2f5",
    ORANGE: "#f0995a",
    GREY: "#8d99a6",
    PALE: "#5a6673",
}
"""The colour on a dark page for each colour on a light one."""

_CONFIG: Specification = {
    "font": "sans-serif",
    # What a picture says is said by the label around it; a label for every mark would only be noise.
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "titleFontWeight": "normal",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "gridColor": LINE,
        "domainColor": PALE,
        "tickColor": PALE,
        "tickSize": 4,
    },
    "axisY": {"domain": False, "ticks": False, "labelPadding": 6},
    "axisX": {"grid": False},
    "legend": {
        "labelColor": INK,
        "labelFontSize": 12,
        "symbolStrokeWidth": 2.5,
        "symbolSize": 300,
        "layout": {"bottom": {"anchor": "start", "center": True, "direction": "horizontal", "margin": 14}},
    },
    "title": {"fontSize": 15, "color": INK, "subtitleFontSize": 12, "subtitleColor": MUTED, "subtitlePadding": 4},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Width and height of what the axes enclose, in CSS pixels."""

    width: int
    height: int


def inline(chart: Specification) -> Specification:
    """Specify a chart as a part of the page, which has titles and paper of its own."""
    return {**chart, "background": None, "padding": 2, "config": _CONFIG}


def alone(chart: Specification, title: str, subtitle: str) -> Specification:
    """Specify a chart that stands outside of the page, with a title that is cut where it is too long."""
    words = {"text": title, "subtitle": subtitle, "limit": chart["width"], "anchor": "start", "offset": 12}
    return {**chart, "background": PAPER, "padding": 16, "title": words, "config": _CONFIG}


def share_axis(height: int) -> Specification:
    """Specify an axis of shares from 0 to 1, with as many steps as its length in pixels has room for."""
    steps = 2 if height < 200 else 4  # noqa: PLR2004 - this is where that is decided
    # A per cent sign behind a narrow space, as the page writes it.
    return {
        "title": None,
        "values": [step / steps for step in range(steps + 1)],
        "labelExpr": "round(datum.value * 100) + '\N{NARROW NO-BREAK SPACE}%'",
    }


def name_axis() -> Specification:
    """Specify an axis of names."""
    return {"title": None, "labelAngle": 0, "ticks": False, "labelPadding": 5}


def legend(symbol: str) -> Specification:
    """Specify a legend below a chart, with symbols of one kind."""
    return {"title": None, "orient": "bottom", "direction": "horizontal", "symbolType": symbol, "labelLimit": 300}


def bar_labels(encoding: Specification) -> Specification:
    """Specify the labels above bars."""
    return {"mark": {"type": "text", "dy": -7, "color": INK, "fontSize": 11, "fontWeight": 600}, "encoding": encoding}
