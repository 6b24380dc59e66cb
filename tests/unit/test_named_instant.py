"""The instant that variables name is found before anything of the operation is known."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schema.moment import named_instant

INSTANT = datetime(2026, 8, 14, 9, 0, 0, 5, tzinfo=UTC)
PAST = "objective_01jd8m3v6re0q9x5c8d1f2g3h4@1786698000000005"


@pytest.mark.parametrize(
    "variables",
    [
        {"asOf": {"time": "2026-08-14T11:00:00.000005+02:00"}},
        {"first": 10, "from": {"position": "7"}, "to": {"time": "2026-08-14T09:00:00.000005Z"}},
        {"id": PAST, "asOf": None},
        {"asOf": {"time": "soon"}, "id": PAST},
    ],
)
def test_an_instant_is_found_in_moments_and_identifiers(variables: dict[str, Any]):
    assert named_instant(variables) == INSTANT


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"asOf": None, "id": "objective_01jd8m3v6re0q9x5c8d1f2g3h4"},
        {"asOf": {"time": None}},
        {"asOf": {"time": "2026-02-30T09:00:00Z"}},
        {"asOf": {"date": "2026-08-14"}},
        {"time": "2026-08-14T09:00:00Z", "text": "write to me@1 or objective_x@2"},
        {"id": "objective_01jd8m3v6re0q9x5c8d1f2g3h4@999999999999999999"},
        {"ids": [PAST], "input": {"asOf": {"time": "2026-08-14T09:00:00Z"}}},
    ],
)
def test_what_names_no_instant_is_nothing_to_look_up(variables: dict[str, Any]):
    assert named_instant(variables) is None
