"""What wants the viewer's attention: reviews that are due, and drafts; what is due is in `key_results`, the rest in `inbox`."""

from projections import objectives
from projections.condition import Compare, Operator
from projections.lens import Lens
from projections.page import Page, Window
from projections.reader import Reader
from projections.rows import ObjectiveRow

_REVIEW = Compare("is_review_of_viewer", Operator.EQUAL, value=True)
_DRAFT = Compare("is_draft_of_viewer", Operator.EQUAL, value=True)


async def due_reviews(reader: Reader, lens: Lens, window: Window) -> Page[ObjectiveRow]:
    """Answer a page of the viewer's active objectives whose cycle is in review or over."""
    return await objectives.page(reader, lens, window, _REVIEW)


async def count_due_reviews(reader: Reader, lens: Lens) -> int:
    """Answer how many objectives the viewer has to review."""
    return await objectives.count(reader, lens, _REVIEW)


async def drafts(reader: Reader, lens: Lens, window: Window) -> Page[ObjectiveRow]:
    """Answer a page of the drafts that the viewer owns or began."""
    return await objectives.page(reader, lens, window, _DRAFT)


async def count_drafts(reader: Reader, lens: Lens) -> int:
    """Answer how many drafts the viewer has."""
    return await objectives.count(reader, lens, _DRAFT)
