"""Views: everything that is seen through one lens. Relations are loaded in batches, one statement per level.

A view belongs to one request and one lens, so nothing can be loaded without a moment, and nothing of one
moment can answer for another.
"""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from events.calendar import CheckInCalendar
from events.person import Role
from projections import (
    alignment,
    breakdown,
    check_ins,
    cycles,
    expected_lines,
    explanation,
    flat_values,
    key_results,
    kpi_readings,
    kpis,
    objectives,
    people,
    programs,
    recorded,
    seals,
    teams,
)
from projections.breakdown import BreakdownPart
from projections.check_ins import RevisionRow
from projections.curve import CurveTarget
from projections.expected_lines import ExpectedLine
from projections.explanation import KeyResultExplanation
from projections.flat_values import FlatValue
from projections.kpi_records import KpiReadingRow, KpiRow
from projections.lens import Lens
from projections.reader import Reader
from projections.rows import (
    CheckInRow,
    CycleRow,
    EventRow,
    KeyResultRow,
    ObjectiveRow,
    OrganizationRow,
    PersonRow,
    ProgramRow,
    TeamRow,
)
from schema.rights import ViewerRights

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """How much one field answers: members of a page and things of `nodes`, of which the schema promises 100 at most.

    `compared_objectives` are those that a comparison looks at, at each of its moments.
    """

    page_size: int = 100
    nodes: int = 100
    compared_objectives: int = 5_000
    search_characters: int = 200
    search_terms: int = 10


class View:
    """What is seen through `lens`; `settings` are the organization's at that moment, `role` the viewer's now."""

    def __init__(
        self,
        *,
        lens: Lens,
        settings: OrganizationRow,
        reader: Reader,
        role: Role,
        limits: ReadLimits,
        leave_the_log: Callable[[], None],
    ) -> None:
        """Begin with nothing loaded; `leave_the_log` is told when something is read that changes without the log."""
        self._leave_the_log = leave_the_log
        self.lens = lens
        self.settings = settings
        self.reader = reader
        self.role = role
        self.limits = limits
        self.rights = ViewerRights(role=role, grants=reader.grants)
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    @property
    def calendar(self) -> CheckInCalendar:
        """When check-ins fall due."""
        return CheckInCalendar(
            cadence_days=self.settings.check_in_cadence_days,
            grace_days=self.settings.check_in_grace_days,
            weekday=self.settings.check_in_weekday,
            zone=self.settings.time_zone,
        )

    # --- things by identifier; None where there is none at the lens or the viewer may not see it

    @cached_property
    def people(self) -> DataLoader[str, PersonRow | None]:
        """People."""
        return self._loader(people.by_ids, None)

    @cached_property
    def programs(self) -> DataLoader[str, ProgramRow | None]:
        """Programs."""
        return self._loader(programs.by_ids, None)

    @cached_property
    def teams(self) -> DataLoader[str, TeamRow | None]:
        """Teams."""
        return self._loader(teams.by_ids, None)

    @cached_property
    def cycles(self) -> DataLoader[str, CycleRow | None]:
        """Cycles."""
        return self._loader(cycles.by_ids, None)

    @cached_property
    def objectives(self) -> DataLoader[str, ObjectiveRow | None]:
        """Objectives."""
        return self._loader(objectives.by_ids, None)

    @cached_property
    def key_results(self) -> DataLoader[str, KeyResultRow | None]:
        """Key results."""
        return self._loader(key_results.by_ids, None)

    @cached_property
    def check_ins(self) -> DataLoader[str, CheckInRow | None]:
        """Check-ins."""
        return self._loader(check_ins.by_ids, None)

    @cached_property
    def kpis(self) -> DataLoader[str, KpiRow | None]:
        """KPIs."""
        return self._loader(kpis.by_ids, None)

    @cached_property
    def kpi_readings(self) -> DataLoader[str, KpiReadingRow | None]:
        """Readings of KPIs."""
        return self._loader(kpi_readings.by_ids, None)

    @cached_property
    def alignables(self) -> DataLoader[str, ObjectiveRow | KeyResultRow | None]:
        """Objectives and key results mixed."""
        return self._loader(alignment.by_ids, None)

    # --- relations and numbers by the identifier of where they start

    @cached_property
    def key_results_of_objective(self) -> DataLoader[str, Sequence[KeyResultRow]]:
        """Key results of objectives, dropped ones included."""
        return self._loader(partial(key_results.of_objectives, include_dropped=True), ())

    @cached_property
    def teams_of_person(self) -> DataLoader[str, Sequence[TeamRow]]:
        """Teams of people."""
        return self._loader(teams.of_people, ())

    @cached_property
    def ancestors_of_team(self) -> DataLoader[str, Sequence[TeamRow]]:
        """Teams above teams, from the root down."""
        return self._loader(teams.ancestors, ())

    @cached_property
    def revisions_of_check_in(self) -> DataLoader[str, Sequence[RevisionRow]]:
        """Wordings of check-ins, oldest first."""
        return self._loader(check_ins.revisions, ())

    @cached_property
    def value_source_of_key_result(self) -> DataLoader[str, KpiRow | None]:
        """KPIs that key results take their values from."""
        return self._loader(kpis.sources_of, None)

    @cached_property
    def readings_since(self) -> DataLoader[tuple[str, datetime], Sequence[KpiReadingRow]]:
        """Readings of (KPI, instant) that count, from then on."""
        return self._loader(kpi_readings.since, ())

    @cached_property
    def flat_values(self) -> DataLoader[str, FlatValue | None]:
        """Since when key results have reported the same value."""
        return self._loader(flat_values.of_key_results, None)

    @cached_property
    def expected_of_objective(self) -> DataLoader[str, float | None]:
        """Where the expected lines of objectives stand."""
        return self._loader(objectives.expected, None)

    def expected_line(self, against: CurveTarget) -> DataLoader[str, ExpectedLine]:
        """Expected lines of objectives."""
        return self.batched(
            ("expected lines", against),
            lambda ids: expected_lines.of_objectives(self.reader, self.lens, ids, against),
        )

    @cached_property
    def parts_of_objective(self) -> DataLoader[str, Sequence[BreakdownPart]]:
        """What the progress of objectives is made of."""
        return self._loader(breakdown.of_objectives, ())

    @cached_property
    def explanations(self) -> DataLoader[str, KeyResultExplanation | None]:
        """What made the numbers of key results."""
        return self._loader(explanation.of_key_results, None)

    @cached_property
    def cycle_progress(self) -> DataLoader[str, float | None]:
        """Roll-ups of cycles."""
        return self._loader(cycles.rollups, None)

    @cached_property
    def seal_validity(self) -> DataLoader[seals.Seal, bool]:
        """Whether the log still holds seals: as far as verifications have found."""
        self._leave_the_log()
        return self._loader(seals.validity, absent=False)

    @cached_property
    def team_progress(self) -> DataLoader[tuple[str, str], float | None]:
        """Roll-ups of (team, cycle)."""
        return self._loader(teams.rollups, None)

    # --- events, the same at every moment

    @cached_property
    def events(self) -> DataLoader[int, EventRow | None]:
        """Events by position."""
        return self._loader(lambda reader, _, positions: recorded.events(reader, positions), None)

    @cached_property
    def events_by_id(self) -> DataLoader[UUID, EventRow | None]:
        """Events by the UUID in their identifier."""
        return self._loader(lambda reader, _, event_ids: recorded.events_by_ids(reader, event_ids), None)

    # ---

    def batched(
        self, name: Hashable, load: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value]]]
    ) -> DataLoader[Key, Value]:
        """Answer the loader of a name, which takes together what is asked for at the same level.

        `load` answers every key, and means the same whenever the name is the same.
        """
        known = self._loaders.get(name)
        if known is None:

            async def batch(keys: Sequence[Key]) -> Sequence[Value]:
                found = await load(keys)
                return [found[key] for key in keys]

            known = self._loaders[name] = DataLoader(load_fn=batch)  # pyright: ignore[reportArgumentType]
        return known

    def bound(self, load: Callable[..., Value], *leading: object) -> Callable[..., Value]:
        """Return a function of the read models with this view's reader and lens filled in."""
        return partial(load, self.reader, self.lens, *leading)

    def _loader(
        self, load: Callable[[Reader, Lens, Sequence[Key]], Awaitable[Mapping[Key, Value]]], absent: Any
    ) -> DataLoader[Key, Any]:
        async def batch(keys: Sequence[Key]) -> Sequence[Any]:
            found = await load(self.reader, self.lens, keys)
            return [found.get(key, absent) for key in keys]

        return DataLoader(load_fn=batch)  # pyright: ignore[reportArgumentType]
