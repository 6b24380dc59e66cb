"""What one run has measured."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.clients import Measured
from bench.growth import Grown
from bench.log_rate import LogRate
from bench.ratios import Ratio
from bench.reads import Read


@dataclass(slots=True, kw_only=True)
class Results:
    """The lines of all tables."""

    machine: str
    writes: list[Measured] = field(default_factory=list[Measured])
    reads: list[Read] = field(default_factory=list[Read])
    logs: list[LogRate] = field(default_factory=list[LogRate])
    growth: list[Grown] = field(default_factory=list[Grown])

    def as_dict(self, compared: Sequence[Ratio]) -> dict[str, Any]:
        """For the JSON file, with the ratios."""
        return {**asdict(self), "ratios": [asdict(each) for each in compared]}
