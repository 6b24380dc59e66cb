"""What of a run's figures is worth comparing between machines: ratios, each with the bar it is held to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.clients import Measured
from bench.inserts import WORK as LIMIT
from bench.log_rate import LogRate
from bench.reads import CARD, FIRST, LEDGER, MONTH_AGO, NOW, REPEATED, Read
from bench.writes import CLIENTS, MANY, ONE

_, SEVERAL, MOST = CLIENTS
_LARGE = "dashboard, 200 objectives"
_PEER = "PostGraphile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Something divided by something of the same run; `is_least` says whether the bar is the least or the most."""

    name: str
    value: float
    bar: float
    is_least: bool

    @property
    def is_held(self) -> bool:
        """Whether it is on the good side of the bar."""
        return self.value >= self.bar if self.is_least else self.value <= self.bar


def ratios_of(writes: Sequence[Measured], reads: Sequence[Read], logs: Sequence[LogRate]) -> list[Ratio]:
    """Answer all ratios whose figures were measured."""
    return [*_of_writes(writes), *_of_reads(reads), *_of_logs(logs)]


def _of_writes(writes: Sequence[Measured]) -> Iterator[Ratio]:
    def rate(fits: Callable[[Measured], bool]) -> float | None:
        return max((each.per_second for each in writes if fits(each)), default=None)

    def ratio(name: str, above: float | None, below: float | None, bar: float) -> Iterator[Ratio]:
        if above is not None and below is not None:
            yield Ratio(name=name, value=above / below, bar=bar, is_least=True)

    most = rate(lambda each: each.work == ONE and each.by == "ledger" and each.clients == MOST)
    many = rate(lambda each: each.work == MANY and each.by == "ledger")
    over_http = rate(lambda each: each.work == ONE and each.by == "HTTP" and each.clients == MOST)
    emmett = rate(lambda each: each.by == "Emmett")
    eventsourcing = rate(lambda each: each.by.startswith("eventsourcing"))
    limit = rate(lambda each: each.work == LIMIT and each.clients == SEVERAL)
    yield from ratio("check-ins of 64 clients ÷ single-row inserts of 16", most, limit, 0.4)
    yield from ratio("check-ins of 64 clients ÷ Emmett's best", most, emmett, 2)
    yield from ratio("check-ins of 64 clients ÷ eventsourcing's best", most, eventsourcing, 8)
    yield from ratio("32 organizations ÷ one organization, 64 clients", many, most, 0.4)
    yield from ratio("check-ins of 64 clients over HTTP ÷ through the ledger", over_http, most, 0.1)


def _of_reads(reads: Sequence[Read]) -> Iterator[Ratio]:
    def server_ms(question: str, by: str, moment: str, occasion: str, *, is_alone: bool = False) -> float | None:
        # Many clients unless one alone: whatever is compiled while it runs has been compiled by then.
        return next(
            (
                each.server_ms
                for each in reads
                if (each.question, each.by, each.moment, each.occasion) == (question, by, moment, occasion)
                and is_alone == (each.clients == 1)
            ),
            None,
        )

    def ratio(name: str, above: float | None, below: float | None, bar: float) -> Iterator[Ratio]:
        if above is not None and below:
            yield Ratio(name=name, value=above / below, bar=bar, is_least=False)

    # Of many clients who ask for the present most get what was made for the first; each asks for a past of its own.
    first, again = server_ms(_LARGE, LEDGER, MONTH_AGO, FIRST), server_ms(_LARGE, LEDGER, NOW, REPEATED)
    peer, peer_card = server_ms(_LARGE, _PEER, NOW, REPEATED), server_ms(CARD, _PEER, NOW, REPEATED)
    card = server_ms(CARD, LEDGER, MONTH_AGO, FIRST)
    now, then = (server_ms(_LARGE, LEDGER, moment, FIRST, is_alone=True) for moment in (NOW, MONTH_AGO))
    yield from ratio(f"{_LARGE}, first time ÷ PostGraphile, processor time of the server", first, peer, 0.5)
    yield from ratio(f"{_LARGE}, repeated ÷ PostGraphile, the same", again, peer, 0.08)
    yield from ratio("one objective, first time ÷ PostGraphile, the same", card, peer_card, 0.8)
    yield from ratio(f"{_LARGE}, a month ago ÷ now, first time, one client, the same", then, now, 1.3)


def _of_logs(logs: Sequence[LogRate]) -> Iterator[Ratio]:
    for work, bar in (("rebuilt", 15_000), ("verified in the database", 80_000)):
        for each in logs:
            if each.work == work:
                yield Ratio(name=f"events {work} in a second of a core", value=each.per_core_second, bar=bar, is_least=True)


def table(ratios: Sequence[Ratio]) -> list[str]:
    """Answer the lines of a table."""
    lines = [f"{'ratio':<84}{'value':>10}{'bar':>12}"]
    for each in ratios:
        bar = f"{'≥' if each.is_least else '≤'} {each.bar:,g}"
        lines.append(f"{each.name:<84}{each.value:>10,.2f}{bar:>12}{'' if each.is_held else '  missed'}")
    return lines
