"""Queries of check-ins."""

import strawberry

from schema.by_id import by_id
from schema.check_in import CheckIn


@strawberry.type
class CheckInQueries:
    """Queries of check-ins."""

    check_in = by_id("One check-in.", CheckIn)
