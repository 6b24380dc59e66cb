"""Check-ins as of a lens: by identifier, of their key results, and every wording they had."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from asyncpg import Record

from events.check_in import CheckInStatus
from projections import paging, versions
from projections.condition import ALWAYS, Condition
from projections.lens import Lens
from projections.objective_listing import CHECK_INS
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.rows import CheckInRow
from projections.statement import fetch
from projections.way import Way

_ALL = Scope(listing=CHECK_INS)
_OF_KEY_RESULT = Scope(listing=CHECK_INS, predicate="r.key_result_id = wanted.id")

# Answers every wording that some check-ins had until the lens, the first one first.
_REVISIONS = """
select w.* from {projection}.check_in_revision w
join {projection}.key_result k on {at:k} and k.id = w.key_result_id
where w.organization_id = :organization and w.check_in_id = any(:ids::text[]) and w.position <= :position
    and {seen_part:k}
order by w.position
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRow:
    """One wording of a check-in; `position` is that of the event that recorded it, `author_id` who wrote it."""

    check_in_id: str
    position: int
    value: Decimal | None
    done_stage_ids: frozenset[str]
    confidence: float | None
    status: CheckInStatus
    comment: str | None
    blockers: str | None
    next_steps: str | None
    effective_at: datetime
    recorded_at: datetime
    author_id: str


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, CheckInRow]:
    """Answer check-ins by identifier, corrected and retracted ones included."""
    return await versions.by_ids(reader, lens, Way.CHECK_INS, ids)


async def page(
    reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS, orders: Sequence[Order] = ()
) -> Page[CheckInRow]:
    """Answer a page of all check-ins; the newest by effective time first, unless ordered otherwise."""
    found = await versions.pages(
        reader, lens, versions.CHECK_IN, _ALL, EVERYWHERE, window=window, condition=condition, orders=orders
    )
    return found[""]


async def count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many check-ins satisfy a condition."""
    return (await paging.counts(reader, lens, _ALL, EVERYWHERE, condition))[""]


async def pages_of_key_results(
    reader: Reader,
    lens: Lens,
    key_result_ids: Sequence[str],
    *,
    window: Window,
    condition: Condition = ALWAYS,
    orders: Sequence[Order] = (),
) -> dict[str, Page[CheckInRow]]:
    """Answer the same page of the check-ins of each key result, retracted ones included."""
    return await versions.pages(
        reader, lens, versions.CHECK_IN, _OF_KEY_RESULT, key_result_ids, window=window, condition=condition, orders=orders
    )


async def counts_of_key_results(
    reader: Reader, lens: Lens, key_result_ids: Sequence[str], condition: Condition = ALWAYS
) -> dict[str, int]:
    """Answer how many check-ins each key result has, retracted ones included."""
    return await paging.counts(reader, lens, _OF_KEY_RESULT, key_result_ids, condition)


async def revisions(reader: Reader, lens: Lens, check_in_ids: Sequence[str]) -> dict[str, tuple[RevisionRow, ...]]:
    """Answer every wording of each check-in, in the order of recording; the first is the check-in as reported."""
    found: dict[str, list[RevisionRow]] = {check_in_id: [] for check_in_id in check_in_ids}
    for record in await fetch(reader, lens, _REVISIONS, ids=list(found)):
        found[record["check_in_id"]].append(revision_row(record))
    return {check_in_id: tuple(several) for check_in_id, several in found.items()}


def revision_row(record: Record) -> RevisionRow:
    """Answer a wording."""
    return RevisionRow(
        check_in_id=record["check_in_id"],
        position=record["position"],
        value=record["value"],
        done_stage_ids=frozenset(record["done_stage_ids"]),
        confidence=record["confidence"],
        status=CheckInStatus(record["status"]),
        comment=record["comment"],
        blockers=record["blockers"],
        next_steps=record["next_steps"],
        effective_at=record["effective_at"],
        recorded_at=record["recorded_at"],
        author_id=record["author_id"],
    )
