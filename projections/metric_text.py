"""Metrics as text in the columns of read models: the same JSON form that events have."""

from functools import lru_cache

import orjson
from pydantic import TypeAdapter

from events.metric import Metric

_ADAPTER = TypeAdapter(Metric)
_REMEMBERED = 10_000
"""Metrics that are remembered by their texts: definitions are rare, and read with every list of key results."""


def metric_text(metric: Metric) -> str:
    """Write a metric down; equal metrics give equal texts."""
    return orjson.dumps(_ADAPTER.dump_python(metric, mode="json"), option=orjson.OPT_SORT_KEYS).decode()


@lru_cache(maxsize=_REMEMBERED)
def metric_of(text: str) -> Metric:
    """Read a metric that `metric_text` wrote."""
    return _ADAPTER.validate_json(text)
