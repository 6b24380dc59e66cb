"""The lines of the table of objectives: each objective of a scope with each of its key results."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from events.calendar import expected_progress
from events.health import Status, pace_of, silence_of, status_shown
from events.metric import Metric
from events.objective import ObjectiveState
from projections import alignment, cycles, key_results, objectives, organizations, teams
from projections.export_names import people_named
from projections.export_scope import objective_pages
from projections.export_table import Extract, Part, pieces
from projections.rows import CycleRow, KeyResultRow, ObjectiveRow, OrganizationRow, TeamRow

_PAGE_OBJECTIVES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the lines of a page share: settings and instant of the moment, and what its things refer to.

    `visible_ids` are those of the things referred to that the viewer may see.
    """

    extract: Extract
    settings: OrganizationRow
    cycles: Mapping[str, CycleRow]
    teams: Mapping[str, TeamRow]
    people: Mapping[str, str | None]
    expected: Mapping[str, float | None]
    visible_ids: frozenset[str]

    @property
    def silent_before(self) -> datetime:
        """The instant before which a silence must have begun to be too long."""
        days, instant = self.settings, self.extract.lens.instant
        return silence_of(instant, cadence_days=days.check_in_cadence_days, grace_days=days.check_in_grace_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveLine:
    """One row: an objective with one of its key results, or with none."""

    objective: ObjectiveRow
    part: KeyResultRow | None
    around: Around

    @property
    def cycle(self) -> CycleRow:
        """The objective's cycle."""
        return self.around.cycles[self.objective.cycle_id]

    def team_name(self) -> str | None:
        """Answer what its team was called."""
        team = self.around.teams.get(self.objective.team_id or "")
        return None if team is None else team.name

    def person(self, person_id: str | None) -> str | None:
        """Answer what somebody is called now."""
        return None if person_id is None else self.around.people.get(person_id)

    def contributor_names(self) -> tuple[str, ...]:
        """Answer what its contributors are called now, without those erased."""
        names = (self.person(each) for each in self.objective.contributor_ids)
        return tuple(name for name in names if name is not None)

    def visible(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Answer those of some identifiers whose things the viewer may see."""
        return tuple(each for each in ids if each in self.around.visible_ids)

    def if_visible(self, thing_id: str | None) -> str | None:
        """Answer an identifier if the viewer may see its thing."""
        return thing_id if thing_id in self.around.visible_ids else None

    # --- what depends on the clock: the same functions of the moment as in the API

    def status(self) -> Status:
        """Answer the health of the objective."""
        return status_shown(
            state=self.objective.state,
            is_dropped=False,
            reported=self.objective.reported_status,
            stale_since=self.objective.stalest_at,
            silent_before=self.around.silent_before,
        )

    def expected(self) -> float | None:
        """Answer where the expected line of the objective stands."""
        return self.around.expected.get(self.objective.id)

    def pace(self) -> float | None:
        """Answer the objective's progress less the expected one; None unless it is active."""
        is_active = self.objective.state is ObjectiveState.ACTIVE
        return pace_of(self.objective.progress, self.expected()) if is_active else None

    def part_status(self) -> Status | None:
        """Answer the health of the key result."""
        if self.part is None:
            return None
        return status_shown(
            state=self.part.objective_state,
            is_dropped=self.part.dropped_at is not None,
            reported=self.part.reported_status,
            stale_since=self.part.stale_since,
            silent_before=self.around.silent_before,
        )

    def part_expected(self) -> float | None:
        """Answer where the expected line of the key result stands."""
        if self.part is None:
            return None
        zone, instant = self.around.settings.time_zone, self.around.extract.lens.instant
        return expected_progress(self.part.metric, self.cycle.starts_on, self.cycle.ends_on, zone, instant)

    def part_pace(self) -> float | None:
        """Answer the key result's progress less the expected one; None when dropped or the objective is not active."""
        if self.part is None or not self.part.is_running:
            return None
        return pace_of(self.part.progress, self.part_expected())


def done_stages(metric: Metric, done_stage_ids: frozenset[str]) -> tuple[str, ...]:
    """Answer the stages that are done by their titles, in the metric's order; by identifier if one is gone."""
    titles = {stage.stage_id: stage.title for stage in metric.stages}
    known = [title for stage_id, title in titles.items() if stage_id in done_stage_ids]
    return (*known, *sorted(done_stage_ids - titles.keys()))


async def objective_lines(extract: Extract) -> AsyncIterator[Part[ObjectiveLine]]:
    """Answer the lines of a scope, by objective, then by priority and coming of the key results."""
    settings = await organizations.settings(extract.reader, extract.lens)
    if settings is None:
        return
    async for page in objective_pages(extract, _PAGE_OBJECTIVES):
        for piece in pieces(await _lines(extract, settings, page.ids)):
            yield Part(rows=piece, done=page.done, total=page.total)


async def _lines(extract: Extract, settings: OrganizationRow, ids: list[str]) -> list[ObjectiveLine]:
    reader, lens = extract.reader, extract.lens
    found = await objectives.by_ids(reader, lens, ids)
    parts = await key_results.of_objectives(reader, lens, ids, include_dropped=True)
    rows = [found[each] for each in ids if each in found]
    several = [part for each in parts.values() for part in each]
    around = Around(
        extract=extract,
        settings=settings,
        cycles=await cycles.by_ids(reader, lens, sorted({each.cycle_id for each in rows})),
        teams=await teams.by_ids(reader, lens, sorted({each.team_id for each in rows if each.team_id is not None})),
        people=await people_named(extract, _people_of(rows, several)),
        expected=await objectives.expected(reader, lens, ids),
        visible_ids=frozenset(await alignment.by_ids(reader, lens, sorted(_references(rows, several)))),
    )
    return [ObjectiveLine(objective=row, part=part, around=around) for row in rows for part in (parts.get(row.id) or (None,))]


def _people_of(rows: Iterable[ObjectiveRow], parts: Iterable[KeyResultRow]) -> set[str | None]:
    owners = {each.owner_id for each in parts}
    return owners.union(*((row.owner_id, row.created_by, *row.contributor_ids) for row in rows))


def _references(rows: Iterable[ObjectiveRow], parts: Iterable[KeyResultRow]) -> set[str]:
    ids = {each for part in parts for each in (part.replaces_id, part.carried_over_from_id)}
    ids = ids.union(*((row.carried_over_from_id, *row.parent_ids) for row in rows))
    return {each for each in ids if each is not None}
