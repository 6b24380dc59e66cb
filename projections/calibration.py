"""Calibration: what check-ins of cycles said of their chances, against how the key results ended."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from events.metric import ZERO, quotient, rounded
from projections.lens import Lens
from projections.objective_listing import KEY_RESULTS
from projections.reader import Reader
from projections.statement import fetch

BANDS = 10
"""How many bands of one width the confidences fall into; 1 falls into the last one."""

# Answers, per cycle and band of confidence, how many forecasts there are, the sums of what they stated and of the
# outcomes, and that of the squares of the differences. Confidences are taken with all the digits that were given,
# and sums are exact, because those of floats depend on the order of the rows. There are few different confidences, so
# equal forecasts are counted first.
_BANDS = """
with forecast as (
    select k.cycle_id, c.confidence, (k_number.progress = 1)::integer as reached, count(*) as count
    from {projection}.key_result k
    {numbers}
    join {projection}.check_in c on {at:c} and c.key_result_id = k.id and c.retracted_at is null
        and c.confidence is not null
    where {at:k} and k.cycle_id = any(:ids::text[]) and k.objective_state in ('ACTIVE', 'CLOSED')
        and k.dropped_at is null and k_number.progress is not null
    group by k.cycle_id, c.confidence, reached
)
select cycle_id, band.number, sum(count)::bigint as count, sum(count * exact.stated) as stated,
    sum(count * reached) as reached, sum(count * (exact.stated - reached) * (exact.stated - reached)) as squares
from forecast
cross join lateral (select confidence::text::numeric as stated) exact
cross join lateral (select least(width_bucket(exact.stated, 0, 1, :bands::integer), :bands) as number) band
group by cycle_id, band.number
order by cycle_id, band.number
""".replace("{numbers}", KEY_RESULTS.numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationBin:
    """Forecasts of about the same confidence: the means of what they stated and of the outcomes, in [0, 1]."""

    stated: float
    outcome: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How well confidence foretold the outcome, by bands of confidence, the lowest first; empty ones are left out.

    `brier_score` is that of Brier (1950), "Verification of forecasts expressed in terms of probability", for one
    event: the mean of the squares of stated less outcome, in [0, 1], less is better; None without forecasts.
    """

    brier_score: float | None
    bins: tuple[CalibrationBin, ...]


async def of_cycles(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, Calibration]:
    """Answer the calibration of each cycle, for every viewer the same.

    A forecast is a confidence in a check-in as it stands at the lens, without those retracted; its outcome is 1 when
    the key result's progress at the lens is 1, else 0. UNDECIDED key results have no outcome and are left out.
    """
    bins: dict[str, list[CalibrationBin]] = defaultdict(list)
    squares: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in await fetch(reader, lens, _BANDS, ids=list(ids), bands=BANDS):
        count = Decimal(row["count"])
        bins[row["cycle_id"]].append(
            CalibrationBin(stated=_mean(row["stated"], count), outcome=_mean(row["reached"], count), count=row["count"])
        )
        squares[row["cycle_id"]] += row["squares"]
    return {
        cycle_id: Calibration(
            brier_score=_mean(squares[cycle_id], Decimal(sum(each.count for each in bins[cycle_id])))
            if bins[cycle_id]
            else None,
            bins=tuple(bins[cycle_id]),
        )
        for cycle_id in ids
    }


def _mean(sum_: Decimal, count: Decimal) -> float:
    return float(rounded(quotient(sum_, count)))
