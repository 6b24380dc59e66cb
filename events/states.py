"""All write-side states of one organization, as its log says them up to a position.

They belong to a head: `position` and `hash` say of exactly which log. A batch works on a `fork`, whose changes are absorbed
only after the commit; a fork that is dropped leaves no trace. What an event changes in them is said in `events/folding.py`.
"""

from collections.abc import Callable, MutableMapping
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from events.check_in import Measurements
from events.comment import Comment
from events.custom_field import CustomField
from events.cycle import Cycle
from events.initiative import Initiative
from events.key_result import KeyResult
from events.kpi import Kpi
from events.kpi_reading import KpiReadings
from events.objective import Objective
from events.organization import Organization
from events.overlay import Overlay
from events.person import Person
from events.program import Program
from events.progress import KeyResultNumber
from events.recognition import Recognition
from events.rolled_up import RolledUp
from events.team import Team
from events.template import Template


class States:
    """The folded states of one organization. Mutable; share them only between holders of one position."""

    MAPPINGS = (
        "people",
        "programs",
        "teams",
        "cycles",
        "objectives",
        "key_results",
        "measurements",
        "numbers",
        "stream_versions",
        "aligned",
        "key_result_ids",
        "objective_ids",
        "cycle_names",
        "check_in_owners",
        "check_in_progress",
        "initiatives",
        "supporting",
        "dependents",
        "comments",
        "comment_counts",
        "recognitions",
        "kpis",
        "readings",
        "reading_owners",
        "reading_check_ins",
        "kpi_sourced",
        "templates",
        "custom_fields",
    )
    """Those that hold an entry for each thing of a kind; entries are never deleted."""

    __slots__ = (*MAPPINGS, "hash", "organization", "organization_id", "position", "rolled_up")

    def __init__(self, organization_id: UUID) -> None:
        self.organization_id = organization_id
        self.position = 0
        self.hash = b""
        self.organization: Organization | None = None
        self.people: MutableMapping[str, Person] = {}
        self.programs: MutableMapping[str, Program] = {}
        self.teams: MutableMapping[str, Team] = {}
        self.cycles: MutableMapping[str, Cycle] = {}
        self.objectives: MutableMapping[str, Objective] = {}
        self.key_results: MutableMapping[str, KeyResult] = {}
        self.measurements: MutableMapping[str, Measurements] = {}
        self.numbers: MutableMapping[str, KeyResultNumber] = {}
        self.stream_versions: MutableMapping[str, int] = {}
        self.aligned: MutableMapping[str, frozenset[str]] = {}
        self.key_result_ids: MutableMapping[str, tuple[str, ...]] = {}
        self.objective_ids: MutableMapping[str, frozenset[str]] = {}
        self.cycle_names: MutableMapping[str, str] = {}
        self.check_in_owners: MutableMapping[str, str] = {}
        self.check_in_progress: MutableMapping[str, tuple[Decimal | None, Decimal | None]] = {}
        self.initiatives: MutableMapping[str, Initiative] = {}
        self.supporting: MutableMapping[str, frozenset[str]] = {}
        self.dependents: MutableMapping[str, frozenset[str]] = {}
        self.comments: MutableMapping[str, Comment] = {}
        self.comment_counts: MutableMapping[str, int] = {}
        self.recognitions: MutableMapping[str, Recognition] = {}
        self.kpis: MutableMapping[str, Kpi] = {}
        self.readings: MutableMapping[str, KpiReadings] = {}
        self.reading_owners: MutableMapping[str, str] = {}
        self.reading_check_ins: MutableMapping[str, tuple[str, ...]] = {}
        self.kpi_sourced: MutableMapping[str, frozenset[str]] = {}
        self.templates: MutableMapping[str, Template] = {}
        self.custom_fields: MutableMapping[str, CustomField] = {}
        self.rolled_up = RolledUp(
            self.objectives, self.key_results, self.numbers, key_result_ids=self.key_result_ids, aligned=self.aligned
        )

    def fork(self) -> Self:
        """Return states that begin as these and change without changing these."""
        self.rolled_up.settle()
        return self.viewed(Overlay)

    def viewed(self, through: Callable[[Any], Any]) -> Self:
        """Return states that are as these now, with a mapping made by a function of each of these ones'."""
        viewed = self.__new__(type(self))
        viewed.organization_id = self.organization_id
        viewed.become(self)
        for name in self.MAPPINGS:
            setattr(viewed, name, through(getattr(self, name)))
        viewed.rolled_up = RolledUp(
            viewed.objectives, viewed.key_results, viewed.numbers, key_result_ids=viewed.key_result_ids, aligned=viewed.aligned
        )
        viewed.rolled_up.view(self.rolled_up, through)
        return viewed

    def become(self, other: Self) -> None:
        """Take over all but the mappings of other states of the organization, which say the same."""
        self.position, self.hash, self.organization = other.position, other.hash, other.organization

    def absorb(self, forked: Self) -> None:
        """Take over what changed in a fork of these."""
        self.become(forked)
        for name in self.MAPPINGS:
            changed = getattr(forked, name).changed
            if changed:
                getattr(self, name).update(changed)
        self.rolled_up.absorb(forked.rolled_up)

    def rest_on(self, below: Self) -> None:
        """Lie on other states: those that have absorbed the fork which this one was made of."""
        for name in self.MAPPINGS:
            getattr(self, name).below = getattr(below, name)
        self.rolled_up.rest_on(below.rolled_up)
