"""The numbers of objectives, and their sums by cycle: what follows from the states, and is remembered.

Computing them for every check-in anew would take longer the more objectives there are.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from events.key_result import KeyResult
from events.metric import ONE, clamped
from events.numbered import NOTHING, Ending, Numbered, Sum, Sums, counted, numbered
from events.objective import Objective, ObjectiveState, ProgressDriver
from events.overlay import Overlay
from events.progress import KeyResultNumber, Live, ObjectiveNumber, Part, reported, weighted_mean
from events.review import FrozenNumber

_OF_CHILDREN, _OF_KEY_RESULTS = ProgressDriver.CHILDREN, ProgressDriver.KEY_RESULTS
_COUNTING = (ObjectiveState.ACTIVE, ObjectiveState.CLOSED)


class RolledUp:
    """Numbers and sums as they were when they were last settled; of `unsettled` objectives something has changed since.

    They follow from states by identifier, which are those of their organization and not changed here. `at` is when the newest
    event was recorded, and `has_endings` says if its act has ended objectives. Against the original targets these stand where
    that act leaves them, whatever it does after ending them.
    """

    __slots__ = (
        "_aligned",
        "_key_result_ids",
        "_key_result_numbers",
        "_key_results",
        "_objectives",
        "at",
        "endings",
        "has_endings",
        "numbers",
        "sums",
        "unsettled",
    )

    def __init__(
        self,
        objectives: Mapping[str, Objective],
        key_results: Mapping[str, KeyResult],
        key_result_numbers: Mapping[str, KeyResultNumber],
        *,
        key_result_ids: Mapping[str, tuple[str, ...]],
        aligned: Mapping[str, frozenset[str]],
    ) -> None:
        self._objectives, self._key_results, self._key_result_numbers = objectives, key_results, key_result_numbers
        self._key_result_ids, self._aligned = key_result_ids, aligned
        self.numbers: MutableMapping[str, Numbered | None] = {}
        self.sums: MutableMapping[str, Sums] = {}
        self.endings: MutableMapping[str, Ending] = {}
        self.unsettled: set[str] = set()
        self.at: datetime | None = None
        self.has_endings = False

    # --- forking

    def view(self, other: "RolledUp", through: Callable[[Any], Any]) -> None:
        """Be as another one, which must be settled, with a mapping made by a function of each of those ones'."""
        self.numbers, self.sums, self.endings = through(other.numbers), through(other.sums), through(other.endings)
        self.at, self.has_endings = other.at, other.has_endings

    def absorb(self, forked: "RolledUp") -> None:
        """Take over what changed in a fork of this, whose mappings are overlays."""
        for mapping, overlay in self._beside(forked):
            if isinstance(overlay, Overlay):
                mapping.update(overlay.changed)
        self.unsettled |= forked.unsettled
        self.at, self.has_endings = forked.at, forked.has_endings

    def rest_on(self, below: "RolledUp") -> None:
        """Lie on another one, as `States.rest_on` says."""
        for overlay, mapping in self._beside(below):
            if isinstance(overlay, Overlay):
                overlay.below = mapping

    def _beside(self, other: "RolledUp") -> Sequence[tuple[MutableMapping[str, Any], MutableMapping[str, Any]]]:
        return (self.numbers, other.numbers), (self.sums, other.sums), (self.endings, other.endings)

    def begin_act(self, at: datetime) -> None:
        """Let what the act before has ended stand where it is. Every act has an instant of its own."""
        if self.has_endings:
            self.settle()
            self.has_endings = False
        self.at = at

    # --- numbers

    def parts(self, known: Objective) -> list[Part]:
        """Answer what an objective's progress is computed from, in the order of identifiers."""
        self.settle()
        return self._parts(known, self._live(known.objective_id))

    def number(self, known: Objective) -> FrozenNumber:
        """Answer an objective's progress: the frozen one, or the weighted mean of its parts."""
        self.settle()
        remembered = self.numbers.get(known.objective_id)
        if remembered is not None and remembered.known is known:
            return remembered.number
        return known.frozen_number or _mean(self._parts(known, self._live(known.objective_id)))

    def objective_number(self, known: Objective) -> ObjectiveNumber:
        """Answer everything that an objective's parts say together."""
        self.settle()
        remembered = self._numbered(known)
        return ObjectiveNumber(remembered.number.progress, remembered.number.raw_progress, *remembered.reported)

    def original_progress(self, known: Objective) -> Decimal | None:
        """Answer an objective's progress against the original targets; if it has ended, where it stood then."""
        self.settle()
        return self._numbered(known).original_progress

    def _numbered(self, known: Objective) -> Numbered:
        return self.numbers.get(known.objective_id) or self._number_anew(known)

    def _number_anew(self, known: Objective) -> Numbered:
        live = self._live(known.objective_id)
        number = known.frozen_number or _mean(self._parts(known, live))
        original_progress = self._original_of(known, number, live)
        is_counted = known.state in _COUNTING
        anew = numbered(known, number, original_progress, reported(live), is_counted=is_counted)
        self.numbers[known.objective_id] = anew
        return anew

    def _live(self, objective_id: str) -> list[Live]:
        """Answer the key results of an objective that are not dropped, with their numbers."""
        key_results, numbers = self._key_results, self._key_result_numbers
        return [
            (known, numbers[each])
            for each in self._key_result_ids.get(objective_id, ())
            if (known := key_results[each]).dropped_at is None
        ]

    def _parts(self, known: Objective, live: Sequence[Live]) -> list[Part]:
        parts: list[Part] = []
        if known.driver is not _OF_CHILDREN:
            for each, number in live:
                if number.progress is not None and number.raw_progress is not None:
                    parts.append(Part(each.key_result_id, each.weight, number.progress, number.raw_progress))
        if known.driver is not _OF_KEY_RESULTS:
            for child_id in self._aligned.get(known.objective_id, ()):
                child = self._objectives[child_id]
                if child.state in _COUNTING:
                    below = self._numbered(child).number
                    if below.progress is not None and below.raw_progress is not None:
                        parts.append(Part(child_id, ONE, below.progress, below.raw_progress))
        parts.sort()  # no two have the same identifier
        return parts

    def _original_of(self, known: Objective, number: FrozenNumber, live: Sequence[Live]) -> Decimal | None:
        if known.frozen_number is None:
            return self._against_original_targets(known, number.progress, live)
        ending = self.endings[known.objective_id]
        if ending.at == self.at:
            progress = self._against_original_targets(known, number.progress, live)
            ending = self.endings[known.objective_id] = Ending(ending.at, progress)
        return ending.original_progress

    def _against_original_targets(self, known: Objective, progress: Decimal | None, live: Sequence[Live]) -> Decimal | None:
        """Compute the progress against the original targets, which is `progress` where no part's differs."""
        differs = False
        parts: list[tuple[Decimal, Decimal | None]] = []
        if known.driver is not _OF_CHILDREN:
            for each, number in live:
                parts.append((each.weight, number.original_progress))
                differs = differs or number.original_progress is not number.progress
        if known.driver is not _OF_KEY_RESULTS:
            for child_id in self._aligned.get(known.objective_id, ()):
                child = self._objectives[child_id]
                if child.state in _COUNTING:
                    below = self._numbered(child)
                    parts.append((ONE, below.original_progress))
                    differs = differs or below.original_progress is not below.number.progress
        if not differs and known.frozen_number is None:
            return progress
        mean = weighted_mean([(weight, each) for weight, each in parts if each is not None])
        return None if mean is None else clamped(mean)

    def cycle_sum(self, cycle_id: str) -> Sum:
        """Answer the sum of the progress of a cycle's active and closed objectives, in units, and of how many it is."""
        self.settle()
        return self.sums.get(cycle_id, NOTHING).current

    def original_cycle_sum(self, cycle_id: str) -> Sum:
        """Answer the same of their progress against the original targets."""
        self.settle()
        return self.sums.get(cycle_id, NOTHING).original

    def settle(self) -> None:
        """Bring numbers and sums up to date: of what has changed, and of what counts it."""
        if not self.unsettled:
            return
        stale = self._upwards(self.unsettled)
        before = [self.numbers.get(each.objective_id) for each in stale]
        self.unsettled = set()
        if len(stale) == 1:
            self._replace(before[0], self._number_anew(stale[0]))
            return
        for each in stale:  # some of them count others
            self.numbers[each.objective_id] = None
        for known, earlier in zip(stale, before, strict=True):
            self._replace(earlier, self._numbered(known))

    def _upwards(self, objective_ids: Iterable[str]) -> list[Objective]:
        """Answer objectives and all above them whose numbers depend on them."""
        found: dict[str, Objective] = {}
        pending = list(objective_ids)
        while pending:
            objective_id = pending.pop()
            known = self._objectives.get(objective_id)
            if known is None or objective_id in found:
                continue
            found[objective_id] = known
            pending += (each for each in known.parent_ids if self._counts_children(each))
        return list(found.values())

    def _counts_children(self, parent_id: str) -> bool:
        # A parent that is a key result takes nothing from what is aligned to it.
        known = self._objectives.get(parent_id)
        return known is not None and known.driver is not _OF_KEY_RESULTS

    def _replace(self, before: Numbered | None, after: Numbered) -> None:
        """Count an objective as it is now and no longer as it was before."""
        cycle_id = after.known.cycle_id
        if before is None:
            self.sums[cycle_id] = counted(self.sums.get(cycle_id, NOTHING), after, 1)
        elif before.known.cycle_id == cycle_id:
            self.sums[cycle_id] = counted(counted(self.sums.get(cycle_id, NOTHING), before, -1), after, 1)
        else:
            was_in = before.known.cycle_id
            self.sums[was_in] = counted(self.sums.get(was_in, NOTHING), before, -1)
            self.sums[cycle_id] = counted(self.sums.get(cycle_id, NOTHING), after, 1)


def _mean(parts: Sequence[Part]) -> FrozenNumber:
    progress = raw = weighted_mean([(part.weight, part.raw_progress) for part in parts])
    for part in parts:
        if part.progress is not part.raw_progress and part.progress != part.raw_progress:
            progress = weighted_mean([(part.weight, part.progress) for part in parts])
            break
    return FrozenNumber(progress=None if progress is None else clamped(progress), raw_progress=raw)
