"""Budgets of cost: how much one actor may ask of this process in a stretch of time.

The header fields are those of the draft "RateLimit header fields for HTTP" of the IETF's HTTPAPI group. A budget
belongs to a process: with several, an actor has several.
"""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from service.graphql_errors import ErrorCode, RequestRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What an actor has left: `remaining` of `budget`, all of it again after `seconds`."""

    budget: int
    window_seconds: int
    remaining: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """The header fields that tell it."""
        return {
            "RateLimit-Policy": f'"cost";q={self.budget};w={self.window_seconds}',
            "RateLimit": f'"cost";r={self.remaining};t={self.seconds}',
        }


class CostBudget:
    """The budgets of all actors; those that were not used for two windows are forgotten."""

    def __init__(self, budget: int, window_seconds: int) -> None:
        self._item: RateLimitItem = RateLimitItemPerSecond(budget, window_seconds)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._budget = budget
        self._window_seconds = window_seconds

    async def spend(self, organization_id: str, actor_id: str, cost: int) -> Spent:
        """Take a cost from an actor's budget and answer what is left.

        Raises:
            RequestRefusedError: RATE_LIMITED, when it is not enough; nothing is taken then.
        """
        has_enough = await self._limiter.hit(self._item, organization_id, actor_id, cost=max(1, cost))
        window = await self._limiter.get_window_stats(self._item, organization_id, actor_id)
        seconds = max(1, math.ceil(window.reset_time - time.time()))
        spent = Spent(
            budget=self._budget, window_seconds=self._window_seconds, remaining=max(0, window.remaining), seconds=seconds
        )
        if not has_enough:
            raise RequestRefusedError(
                ErrorCode.RATE_LIMITED,
                f"this costs {cost}, and {spent.remaining} of {spent.budget} are left",
                {**spent.headers, "Retry-After": str(seconds)},
                limit=spent.budget,
                actual=cost,
                remaining=spent.remaining,
                retryAfter=seconds,
            )
        return spent
