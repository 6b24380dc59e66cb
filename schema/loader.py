"""Loaders: what is asked for by key at the same time is loaded in one batch, and each key once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

Load = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value]]]
"""Answers the values of some keys; those that it leaves out are absent."""

AtHand = Callable[[Sequence[Key]], Mapping[Key, Value]]
"""Answers the values of those keys that need not be loaded."""

Wanted = Mapping["Loader[Any, Any]", Sequence[Any]]
"""Keys by the loaders that are asked for them."""

LoadTogether = Callable[[Wanted], Awaitable[Mapping["Loader[Any, Any]", Mapping[Any, Any]]]]
"""Answers the values of the keys of several loaders, by loader."""


class Batches:
    """What loaders are asked for until the event loop's next turn is one batch, of which all who wait have one future."""

    def __init__(self, load: LoadTogether) -> None:
        self._load = load
        self._gathered: dict[Loader[Any, Any], list[Any]] = {}
        self._running: set[asyncio.Task[None]] = set()

    def add(self, loader: "Loader[Any, Any]", key: Hashable) -> "asyncio.Future[None]":
        """Take a key into the batch that begins next, and answer what to await before its value is there."""
        if not self._gathered:
            loop = asyncio.get_running_loop()
            self._arrival: asyncio.Future[None] = loop.create_future()
            # Perhaps nobody waits for it any more, and then nobody needs to know that it failed.
            self._arrival.add_done_callback(lambda done: done.cancelled() or done.exception())
            loop.call_soon(self._begin)
        self._gathered.setdefault(loader, []).append(key)
        return self._arrival

    def _begin(self) -> None:
        batch = asyncio.ensure_future(self._run(self._gathered, self._arrival))
        self._gathered = {}
        self._running.add(batch)
        batch.add_done_callback(self._running.discard)

    async def _run(self, wanted: Wanted, arrival: "asyncio.Future[None]") -> None:
        found: Mapping[Loader[Any, Any], Mapping[Any, Any]] | None = None
        try:
            found = await self._load(wanted)
        except Exception as error:  # noqa: BLE001 - whatever it was, those who wait have to be told
            if not arrival.done():
                arrival.set_exception(error)
        finally:
            for loader, keys in wanted.items():
                loader.arrived(keys, None if found is None else found.get(loader, {}))
        if not arrival.done():
            arrival.set_result(None)


class Loader(Generic[Key, Value]):
    """Values by key, loaded in batches of its own or, with `batches`, in those of several loaders.

    A list of a thousand things asks for a few values a thousand times, so what is known is answered without a future.
    """

    def __init__(
        self,
        load: Load[Key, Value] | None,
        absent: Value,
        batches: Batches | None = None,
        at_hand: AtHand[Key, Value] | None = None,
    ) -> None:
        """`absent` is answered for keys that are left out when they are loaded; `load` loads where there are no `batches`.

        What is `at_hand` is not loaded at all.
        """
        self._absent = absent
        self._at_hand = at_hand
        self._batches = batches or Batches(_load_alone)
        self._load = load
        self._known: dict[Key | None, Value] = {None: absent}
        self._arrivals: dict[Key, asyncio.Future[None]] = {}

    async def load_now(self, keys: Sequence[Key]) -> Mapping[Key, Value]:
        """Answer the values of some keys, without those that are absent, past all batches."""
        return {} if self._load is None else await self._load(keys)

    def know(self, values: Mapping[Key, Value]) -> None:
        """Take note of values that were loaded otherwise."""
        self._known.update(values.items())

    def arrived(self, keys: Sequence[Key], values: Mapping[Key, Value] | None) -> None:
        """Take in what was loaded for keys, or with None that it failed: then they are loaded anew when they are asked for."""
        if values is not None:
            self._known.update(dict.fromkeys(keys, self._absent))
            self._known.update(values.items())
        for key in keys:
            self._arrivals.pop(key, None)

    async def load(self, key: Key | None) -> Value:
        """Answer the value of a key; None has none."""
        for arrival in self.ask((key,)):
            await arrival
        return self._known[key]

    async def load_many(self, keys: Sequence[Key | None]) -> list[Value]:
        """Answer the values of some keys, in their order; None has none."""
        for arrival in self.ask(keys):
            await arrival
        return self.answer(keys)

    def at_hand(self, keys: Sequence[Key]) -> dict[Key, Value]:
        """Answer the values of those keys that are there or need not be loaded, without those that are absent."""
        self._missing(keys)
        found = ((key, self._known.get(key, self._absent)) for key in keys)
        return {key: value for key, value in found if value is not self._absent}

    def ask(self, keys: Iterable[Key | None]) -> "set[asyncio.Future[None]]":
        """Begin to load the values of some keys and answer what to await before they are there."""
        return {self._arrival(key) for key in self._missing(keys)}

    def _missing(self, keys: Iterable[Key | None]) -> list[Key]:
        """Answer the keys whose values have to be loaded; what is at hand is there from now on."""
        known = self._known
        missing = [key for key in dict.fromkeys(keys) if key is not None and key not in known]
        if not missing or self._at_hand is None:
            return missing
        known.update(self._at_hand(missing).items())
        return [key for key in missing if key not in known]

    def answer(self, keys: Sequence[Key | None]) -> list[Value]:
        """Answer the values of keys that are there."""
        known = self._known
        return [known[key] for key in keys]

    def _arrival(self, key: Key) -> "asyncio.Future[None]":
        arrival = self._arrivals.get(key)
        # Whoever waits may be cancelled, and what it waits for with it.
        if arrival is None or arrival.cancelled():
            arrival = self._arrivals[key] = self._batches.add(self, key)
        return arrival


async def _load_alone(wanted: Wanted) -> Mapping[Loader[Any, Any], Mapping[Any, Any]]:
    """Load what one loader is asked for; no method of the loader, which would hold itself in a circle."""
    return {loader: await loader.load_now(keys) for loader, keys in wanted.items()}
