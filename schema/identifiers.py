"""Identifiers as clients see them: a thing's own in the present, with the instant added in the past.

`objective_01…` is the objective now; `objective_01…@1755216000000000` is the same as it was at that
microsecond of Unix time. A thing of the past has another identifier, or caches would mix the two.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from strawberry import ID

from events.identifier import Noun, noun_of
from projections.lens import Lens

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PAST = re.compile(r"([a-z0-9_]{1,60})@(\d{1,18})", re.ASCII)


MOMENT = "\0"
"""Stands in a text for what identifiers of a moment have in that place; no text of the database can hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What an identifier refers to; `instant` is None for the present."""

    entity_id: str
    noun: Noun
    instant: datetime | None


def identifier(entity_id: str, lens: Lens) -> ID:
    """Return the identifier of a thing as seen through a lens."""
    return ID(entity_id + lens.suffix)


def parse_identifier(text: str) -> Reference | None:
    """Return what an identifier of either kind refers to, or None when it is none."""
    entity_id, instant = text, None
    match = _PAST.fullmatch(text)
    if match is not None:
        entity_id = match.group(1)
        try:
            instant = _EPOCH + int(match.group(2)) * _MICROSECOND
        except OverflowError:
            return None
    noun = noun_of(entity_id)
    return None if noun is None else Reference(entity_id=entity_id, noun=noun, instant=instant)
