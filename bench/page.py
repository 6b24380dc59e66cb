"""The page of a run: its ratios, its plots and its tables, one HTML file that needs nothing else."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import vl_convert

from bench import clients, history, log_rate, reads
from bench.ratios import Ratio
from bench.results import Results

Specification = dict[str, Any]

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "pre{font-size:12px;overflow-x:auto}svg{max-width:100%;height:auto}"
    "table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:left;border-bottom:1px solid #ddd}"
    "td.number{text-align:right}.missed{color:#a40000;font-weight:bold}"
)


def page_of(results: Results, compared: Sequence[Ratio]) -> str:
    """Answer the page."""
    parts = ["<!doctype html><html lang=en><meta charset=utf-8>", "<meta name=viewport content='width=device-width'>"]
    parts += ["<title>OKR Ledger, measured</title>", f"<style>{_STYLE}</style>", "<h1>OKR Ledger, measured</h1>"]
    parts.append(f"<p>{escape(results.machine)}. Compare within this run only: see bench/README.md.</p>")
    parts += [*_ratios(compared), *_writes(results), *_reads(results), *_logs(results), *_growth(results)]
    return "\n".join(parts) + "\n"


def _ratios(compared: Sequence[Ratio]) -> Iterator[str]:
    if compared:
        yield "<h2>Ratios</h2><table><tr><th>ratio<th>value<th>bar<th>"
        for each in compared:
            bar = f"{'≥' if each.is_least else '≤'} {each.bar:,g}"
            missed = "" if each.is_held else "<span class=missed>missed</span>"
            yield f"<tr><td>{escape(each.name)}<td class=number>{each.value:,.2f}<td class=number>{bar}<td>{missed}"
        yield "</table>"


def _writes(results: Results) -> Iterator[str]:
    if results.writes:
        yield "<h2>Writing</h2>"
        values = [
            {"what": f"{each.work}, {each.by}", "clients": f"{each.clients} clients", "value": each.per_second}
            for each in results.writes
        ]
        yield _drawn(_bars(values, "per second", "clients"))
        yield _text([clients.title(), *map(clients.line, results.writes)])


def _reads(results: Results) -> Iterator[str]:
    if results.reads:
        yield "<h2>Reading</h2>"
        values = [
            {"what": each.question, "by": f"{each.by}, {each.moment}, {each.occasion}", "value": each.server_ms}
            for each in results.reads
            if each.clients > 1 and each.server_ms is not None
        ]
        yield _drawn(_bars(values, "ms of the server's processor for an answer, many clients", "by"))
        yield _text([reads.title(), *map(reads.line, results.reads)])


def _logs(results: Results) -> Iterator[str]:
    if results.logs:
        yield "<h2>Whole logs</h2>"
        values = [{"what": f"{each.work}, {each.by}", "by": "", "value": each.per_second} for each in results.logs]
        yield _drawn(_bars(values, "events per second", "by"))
        yield _text([log_rate.title(), *map(log_rate.line, results.logs)])


def _growth(results: Results) -> Iterator[str]:
    if results.growth:
        yield "<h2>Growth</h2>"
        values = [
            {"what": f"{answer.operation}, {answer.viewer}", "events": answer.events, "value": answer.median_ms}
            for each in results.growth
            for answer in each.history.answers
            if answer.moment == "now"
        ]
        yield _drawn(_lines(values))
        for each in results.growth:
            yield f"<h3>{each.events:,} events</h3>"
            yield _text([clients.title(), *map(clients.line, each.writes), log_rate.title(), *map(log_rate.line, each.logs)])
        yield _text(list(history.table([each.history for each in results.growth])))


def _bars(values: list[Specification], title: str, group: str) -> Specification:
    return {
        "data": {"values": values},
        "mark": "bar",
        "width": 560,
        "height": {"step": 9},
        "encoding": {
            "y": {"field": "what", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 380}},
            "x": {"field": "value", "type": "quantitative", "title": title},
            "yOffset": {"field": group, "type": "nominal", "sort": None},
            "color": {"field": group, "type": "nominal", "sort": None, "legend": {"title": None, "labelLimit": 400}},
        },
    }


def _lines(values: list[Specification]) -> Specification:
    return {
        "data": {"values": values},
        "mark": {"type": "line", "point": True},
        "width": 560,
        "height": 400,
        "encoding": {
            "x": {"field": "events", "type": "quantitative", "scale": {"type": "log"}, "title": "events"},
            "y": {"field": "value", "type": "quantitative", "scale": {"type": "log"}, "title": "median ms"},
            "color": {"field": "what", "type": "nominal", "legend": {"title": None, "labelLimit": 400, "symbolLimit": 60}},
        },
    }


def _drawn(specification: Specification) -> str:
    schema = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json"}
    svg: str = vl_convert.vegalite_to_svg(schema | specification)
    return f"<figure>{svg}</figure>"


def _text(lines: Sequence[str]) -> str:
    return f"<pre>{escape(chr(10).join(lines))}</pre>"
