"""Loaders: what is asked for by key at the same time is loaded in one batch, and each key once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

Load = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value]]]
"""Answers the values of some keys; those that it leaves out are absent."""


class Loader(Generic[Key, Value]):
    """Values by key. All keys that are asked for until the event loop's next turn are one batch.

    A list of a thousand things asks for a few values a thousand times, so what is known is answered without a future, and
    whoever waits for a batch waits for the one future of it.
    """

    def __init__(self, load: Load[Key, Value], absent: Value) -> None:
        """`absent` is answered for the keys that `load` leaves out."""
        self._load = load
        self._absent = absent
        self._known: dict[Key | None, Value] = {None: absent}
        self._arrivals: dict[Key, asyncio.Future[None]] = {}
        self._gathered: list[Key] = []
        self._batches: set[asyncio.Task[None]] = set()

    def know(self, key: Key, value: Value) -> None:
        """Take note of a value that was loaded otherwise."""
        self._known[key] = value

    def know_all(self, values: Mapping[Key, Value]) -> None:
        """Take note of values that were loaded otherwise."""
        self._known.update(values.items())

    async def load(self, key: Key | None) -> Value:
        """Answer the value of a key; None has none."""
        if key is not None and key not in self._known:
            await self._arrival(key)
        return self._known[key]

    async def load_many(self, keys: Sequence[Key | None]) -> list[Value]:
        """Answer the values of some keys, in their order; None has none."""
        for arrival in self.ask(keys):
            await arrival
        return self.answer(keys)

    def ask(self, keys: Iterable[Key | None]) -> "set[asyncio.Future[None]]":
        """Begin to load the values of some keys and answer what to await before they are there."""
        known = self._known
        return {self._arrival(key) for key in dict.fromkeys(key for key in keys if key not in known) if key is not None}

    def answer(self, keys: Sequence[Key | None]) -> list[Value]:
        """Answer the values of keys that are there."""
        known = self._known
        return [known[key] for key in keys]

    def _arrival(self, key: Key) -> "asyncio.Future[None]":
        arrival = self._arrivals.get(key)
        # Whoever waits may be cancelled, and what it waits for with it.
        if arrival is None or arrival.cancelled():
            if not self._gathered:
                loop = asyncio.get_running_loop()
                self._next: asyncio.Future[None] = loop.create_future()
                loop.call_soon(self._begin)
            self._gathered.append(key)
            arrival = self._arrivals[key] = self._next
        return arrival

    def _begin(self) -> None:
        batch = asyncio.ensure_future(self._run(self._gathered, self._next))
        self._gathered = []
        self._batches.add(batch)
        batch.add_done_callback(self._batches.discard)

    async def _run(self, keys: Sequence[Key], arrival: "asyncio.Future[None]") -> None:
        try:
            found = await self._load(keys)
        except Exception as error:  # noqa: BLE001 - whatever it was, those who wait have to be told
            if not arrival.done():
                arrival.set_exception(error)
        else:
            self._known.update(dict.fromkeys(keys, self._absent))
            self._known.update(found.items())
            if not arrival.done():
                arrival.set_result(None)
        finally:
            for key in keys:
                self._arrivals.pop(key, None)
