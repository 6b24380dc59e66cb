"""The search for garbage: objects that refer to each other in circles, found only by looking through all others."""

import gc

_NEW_OBJECTS = 50_000
_SEARCHES = 20


def search_seldom() -> None:
    """Keep what is there now out of the search, and search after more new objects than Python does by itself.

    What is there lives as long as the process: modules, and the types of the schema. To look through it for garbage holds every
    request up for a fifth of a second. What requests, batches and rebuilds make stays, or goes as soon as nothing refers to it.
    """
    gc.collect()
    keep_out()
    gc.set_threshold(_NEW_OBJECTS, _SEARCHES, _SEARCHES)


def keep_out() -> None:
    """Keep what is there now out of the search; a folded log has millions of objects and no circles."""
    gc.freeze()
