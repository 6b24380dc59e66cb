"""Counts that a process keeps, each by a digest of all that it follows from."""

MOST = 10_000
"""How many statements' counts are kept at most, each of about half a kilobyte."""


class KeptCounts:
    """The counts of one process, `most` at most and never more than `MOST`; what is long unused goes."""

    def __init__(self, most: int) -> None:
        self._most = min(most, MOST)
        self._known: dict[bytes, dict[str, int]] = {}

    def find(self, digest: bytes) -> dict[str, int] | None:
        """Answer the counts of a digest, by their keys, None if they are not kept."""
        found = self._known.pop(digest, None)
        if found is not None:
            self._known[digest] = found
        return found

    def keep(self, digest: bytes, counts: dict[str, int]) -> None:
        """Keep counts."""
        self._known[digest] = counts
        while len(self._known) > self._most:
            del self._known[next(iter(self._known))]
