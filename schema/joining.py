"""Joining: finds what the joined fields of many things are made of, in as few steps as their needs allow."""

import asyncio
from collections.abc import Generator, Sequence
from typing import Any, Generic, TypeVar

from schema.field import Joined, Need

Plan = TypeVar("Plan")

Found = list[list[list[Any]]]
"""What each need of each field has found for some things, in their order."""

Search = Generator[set["asyncio.Future[None]"], None, Found]
"""Finds something in steps: answers what has to be awaited before it goes on, and in the end what was found."""

_Slot = tuple[int, Need, Sequence[int]]
"""The number of something to be found, its need, and the numbers of what its keys follow from."""


class Joining(Generic[Plan]):
    """What some `fields` of one type need, each once: many are made of the same, such as the cycle of each thing."""

    def __init__(self, fields: Sequence[tuple[Plan, Joined]]) -> None:
        """Look at the fields once, for all searches; with each comes what the caller goes on with."""
        self.fields = fields
        slots: dict[tuple[Need, tuple[int, ...]], int] = {}
        depths: list[int] = []
        self._numbers: list[list[int]] = []
        for _, each in fields:
            numbers: list[int] = []
            for need in each.needs:
                sources = tuple(numbers) if need.follows else ()
                number = slots.setdefault((need, sources), len(slots))
                if number == len(depths):
                    depths.append(max((depths[source] + 1 for source in sources), default=0))
                numbers.append(number)
            self._numbers.append(numbers)
        # What follows from nothing is looked for first, at whatever place a field needs it.
        self._steps: list[list[_Slot]] = [[] for _ in range(max(depths, default=-1) + 1)]
        for (need, sources), number in slots.items():
            self._steps[depths[number]].append((number, need, sources))
        self._count = len(slots)

    def search(self, view: Any, things: Sequence[Any]) -> Search:
        """Find what the fields of things of one view are made of."""
        found: list[list[Any]] = [[]] * self._count
        for step in self._steps:
            asked = [
                (number, need.loader(view), need.keys(things, [found[each] for each in sources]))
                for number, need, sources in step
            ]
            arrivals = {arrival for _, loader, keys in asked for arrival in loader.ask(keys)}
            if arrivals:
                yield arrivals
            for number, loader, keys in asked:
                found[number] = loader.answer(keys)
        return [[found[number] for number in numbers] for numbers in self._numbers]


async def together(searches: Sequence[Search]) -> list[Found]:
    """Carry out searches step by step, so that all of them load at once, and answer what each has found."""
    found: list[Found] = [[] for _ in searches]
    unfinished = dict(enumerate(searches))
    while unfinished:
        arrivals: set[asyncio.Future[None]] = set()
        for number, each in list(unfinished.items()):
            try:
                arrivals |= next(each)
            except StopIteration as finished:
                found[number] = finished.value
                del unfinished[number]
        for arrival in arrivals:
            await arrival
    return found
