"""Views: everything that is seen through one lens. Relations are loaded in batches, one statement per level.

A view belongs to one request and one lens, so nothing can be loaded without a moment, and nothing of one
moment can answer for another.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property, partial
from typing import Any, TypeVar
from uuid import UUID

from events.calendar import CheckInCalendar, due_dates, is_overdue
from events.health import silence_of
from events.identifier import Noun, noun_of
from events.person import Role
from projections import (
    alignment,
    at_hand,
    breakdown,
    check_ins,
    comments,
    custom_fields,
    cycles,
    dependencies,
    expected_lines,
    explanation,
    flat_values,
    initiatives,
    kpi_readings,
    kpis,
    objectives,
    programs,
    recognitions,
    recorded,
    seals,
    teams,
    templates,
    versions,
)
from projections.breakdown import BreakdownPart
from projections.check_ins import RevisionRow
from projections.comments import CommentRevisionRow, ReactionRow
from projections.curve import CurveTarget
from projections.expected_lines import ExpectedLine
from projections.explanation import KeyResultExplanation
from projections.flat_values import FlatValue
from projections.known_names import Name
from projections.lens import Lens
from projections.reader import Reader
from projections.rows import (
    CheckInRow,
    CommentRow,
    CustomFieldRow,
    CustomValueRow,
    CycleRow,
    DependencyRow,
    EventRow,
    InitiativeRow,
    KeyResultRow,
    KpiReadingRow,
    KpiRow,
    ObjectiveRow,
    OrganizationRow,
    PersonRow,
    ProgramRow,
    RecognitionRow,
    TeamRow,
    TemplateRow,
)
from projections.statement import Sight, sight_of
from projections.way import Way
from projections.written_rows import WrittenEvent
from schema.loader import Batches, Loader, Wanted
from schema.rights import ViewerRights

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


MOST_FINDINGS = 100
"""Findings of one mutation, of which the schema promises no more."""
MOST_ROWS = 500
"""Rows of a list in a view of a cycle (its heat map, focus, alignment, workload), of which the schema promises no more."""
MOST_WEEKS = 53
"""Weeks of a heat map, likewise."""
MOST_SENTENCES = 20
"""Sentences of a section of a summary, likewise; how many more there would be is told."""


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
    findings: int = MOST_FINDINGS
    view_rows: int = MOST_ROWS
    heat_map_weeks: int = MOST_WEEKS
    summary_sentences: int = MOST_SENTENCES


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
        """Begin with nothing loaded; `leave_the_log` is told when something is read that changes without the log.

        `things` are those that relations have led to, by type and then identifier: a thousand key results have a few owners.
        """
        self._leave_the_log = leave_the_log
        self.lens = lens
        self.settings = settings
        self.reader = reader
        self.role = role
        self.limits = limits
        self.rights = ViewerRights(role=role, grants=reader.grants)
        self.things: defaultdict[type[Any], dict[str, Any]] = defaultdict(dict)
        self._loaders: dict[Hashable, Loader[Any, Any]] = {}
        self._written: Mapping[int, WrittenEvent] = {}
        self._ways: dict[Loader[Any, Any], Way] = {}
        self._batches = Batches(self._find)

    def close(self) -> None:
        """Let go of everything that was seen.

        It refers to the view, and the view to it: without this it would stay until Python looks for garbage in circles, which
        holds all other requests up, the longer the more there is.
        """
        vars(self).clear()

    @cached_property
    def silent_before(self) -> datetime:
        """The instant before which a silence must have begun to be too long."""
        days = self.settings
        return silence_of(self.lens.instant, cadence_days=days.check_in_cadence_days, grace_days=days.check_in_grace_days)

    @cached_property
    def calendar(self) -> CheckInCalendar:
        """When check-ins fall due."""
        return CheckInCalendar(
            cadence_days=self.settings.check_in_cadence_days,
            grace_days=self.settings.check_in_grace_days,
            weekday=self.settings.check_in_weekday,
            zone=self.settings.time_zone,
        )

    @cached_property
    def due_at(self) -> Callable[[datetime | None, datetime | None, date | None], datetime | None]:
        """When the next check-in falls due, by when it went live, the newest recording, and the last day of the cycle."""
        return due_dates(self.calendar)

    @cached_property
    def is_overdue(self) -> Callable[[datetime | None], bool]:
        """Whether a check-in that fell due is missing beyond the grace, at the moment read."""
        return cache(partial(is_overdue, self.calendar, instant=self.lens.instant))

    def opened(self, person: PersonRow) -> tuple[str, str] | None:
        """Answer the name and the address of a person, None after erasure."""
        if person.key is None:
            return None
        opened = self._opened
        if person.sealed not in opened:
            opened[person.sealed] = self.reader.open_name(person.sealed, person.key)
        return opened[person.sealed]

    @cached_property
    def _opened(self) -> dict[str, Name | None]:
        return self.reader.kept.names.opened(self.reader.organization_id)

    # --- things by identifier; None where there is none at the lens or the viewer may not see it

    @cached_property
    def people(self) -> Loader[str, PersonRow | None]:
        """People."""
        return self._kept(Way.PEOPLE)

    @cached_property
    def programs(self) -> Loader[str, ProgramRow | None]:
        """Programs."""
        return self._loader(programs.by_ids, None)

    @cached_property
    def teams(self) -> Loader[str, TeamRow | None]:
        """Teams."""
        return self._kept(Way.TEAMS)

    @cached_property
    def cycles(self) -> Loader[str, CycleRow | None]:
        """Cycles."""
        return self._kept(Way.CYCLES)

    @cached_property
    def objectives(self) -> Loader[str, ObjectiveRow | None]:
        """Objectives."""
        return self._kept(Way.OBJECTIVES)

    @cached_property
    def key_results(self) -> Loader[str, KeyResultRow | None]:
        """Key results."""
        return self._kept(Way.KEY_RESULTS)

    @cached_property
    def initiatives(self) -> Loader[str, InitiativeRow | None]:
        """Initiatives."""
        return self._loader(initiatives.by_ids, None)

    @cached_property
    def check_ins(self) -> Loader[str, CheckInRow | None]:
        """Check-ins."""
        return self._kept(Way.CHECK_INS)

    @cached_property
    def comments(self) -> Loader[str, CommentRow | None]:
        """Comments."""
        return self._loader(comments.by_ids, None)

    @cached_property
    def recognitions(self) -> Loader[str, RecognitionRow | None]:
        """Recognitions."""
        return self._loader(recognitions.by_ids, None)

    @cached_property
    def kpis(self) -> Loader[str, KpiRow | None]:
        """KPIs."""
        return self._loader(kpis.by_ids, None)

    @cached_property
    def kpi_readings(self) -> Loader[str, KpiReadingRow | None]:
        """Readings of KPIs."""
        return self._loader(kpi_readings.by_ids, None)

    @cached_property
    def templates(self) -> Loader[str, TemplateRow | None]:
        """Templates, of the library too."""
        return self._loader(templates.by_ids, None)

    @cached_property
    def custom_fields(self) -> Loader[str, CustomFieldRow | None]:
        """Custom fields."""
        return self._loader(custom_fields.by_ids, None)

    @cached_property
    def alignables(self) -> Loader[str, ObjectiveRow | KeyResultRow | None]:
        """Objectives and key results mixed."""
        return self._loader(alignment.by_ids, None)

    @cached_property
    def actors(self) -> Loader[str, PersonRow | ProgramRow | None]:
        """People and programs mixed; None for the system itself."""
        return Loader(self._actors, None, at_hand=self._actors_at_hand)

    def _actors_at_hand(self, ids: Sequence[str]) -> Mapping[str, PersonRow | None]:
        return self.people.at_hand([each for each in ids if noun_of(each) is Noun.PERSON])

    async def _actors(self, ids: Sequence[str]) -> Mapping[str, PersonRow | ProgramRow | None]:
        program_ids = [each for each in ids if noun_of(each) is Noun.PROGRAM]
        person_ids = [each for each in ids if noun_of(each) is Noun.PERSON]
        rows = await asyncio.gather(self.programs.load_many(program_ids), self.people.load_many(person_ids))
        return dict(zip((*program_ids, *person_ids), (*rows[0], *rows[1]), strict=True))

    # --- relations and numbers by the identifier of where they start

    @cached_property
    def key_results_of_objective(self) -> Loader[str, Sequence[KeyResultRow]]:
        """Key results of objectives, dropped ones included."""
        return self._kept(Way.PARTS, ())

    @cached_property
    def dependencies_of(self) -> Loader[str, Sequence[DependencyRow]]:
        """What initiatives and key results depend on."""
        return self._loader(dependencies.of_dependents, ())

    @cached_property
    def dependents_of(self) -> Loader[str, Sequence[DependencyRow]]:
        """What depends on initiatives and key results."""
        return self._loader(dependencies.of_blockers, ())

    @cached_property
    def is_initiative_blocked(self) -> Loader[str, bool]:
        """Whether initiatives wait for something."""
        return self._loader(dependencies.blocked_initiatives, absent=False)

    @cached_property
    def is_key_result_blocked(self) -> Loader[str, bool]:
        """Whether key results wait for something."""
        return self._loader(dependencies.blocked_key_results, absent=False)

    @cached_property
    def custom_values(self) -> Loader[str, Sequence[CustomValueRow]]:
        """What objectives, key results, initiatives and KPIs have in custom fields."""
        return self._loader(custom_fields.values_of, ())

    @cached_property
    def teams_of_person(self) -> Loader[str, Sequence[TeamRow]]:
        """Teams of people."""
        return self._loader(teams.of_people, ())

    @cached_property
    def ancestors_of_team(self) -> Loader[str, Sequence[TeamRow]]:
        """Teams above teams, from the root down."""
        return self._loader(teams.ancestors, ())

    @cached_property
    def revisions_of_check_in(self) -> Loader[str, Sequence[RevisionRow]]:
        """Wordings of check-ins, oldest first."""
        return self._loader(check_ins.revisions, ())

    @cached_property
    def value_source_of_key_result(self) -> Loader[str, KpiRow | None]:
        """KPIs that key results take their values from."""
        return self._loader(kpis.sources_of, None)

    @cached_property
    def readings_since(self) -> Loader[tuple[str, datetime], Sequence[KpiReadingRow]]:
        """Readings of (KPI, instant) that count, from then on."""
        return self._loader(kpi_readings.since, ())

    @cached_property
    def flat_values(self) -> Loader[str, FlatValue | None]:
        """Since when key results have reported the same value."""
        return self._loader(flat_values.of_key_results, None)

    @cached_property
    def reactions_of_comment(self) -> Loader[str, Sequence[ReactionRow]]:
        """Reactions to comments, one row for each kind."""
        return self._loader(comments.reactions, ())

    @cached_property
    def revisions_of_comment(self) -> Loader[str, Sequence[CommentRevisionRow]]:
        """Wordings of comments, oldest first."""
        return self._loader(comments.revisions, ())

    @cached_property
    def expected_of_objective(self) -> Loader[str, float | None]:
        """Where the expected lines of objectives stand."""
        return Loader(self._expected_of_objectives, None, at_hand=self._expected_at_hand)

    def _expected_at_hand(self, ids: Sequence[str]) -> Mapping[str, float | None]:
        if sight_of(self.reader, self.lens) is Sight.PAST:
            return {}
        parts = self.key_results_of_objective.at_hand(ids)
        rows = list(self.objectives.at_hand(list(parts)).values())
        return self._expected(rows, parts, self.cycles.at_hand([row.cycle_id for row in rows if row is not None]))

    async def _expected_of_objectives(self, ids: Sequence[str]) -> Mapping[str, float | None]:
        if sight_of(self.reader, self.lens) is Sight.PAST:
            # Of key results that the viewer may not see any more the line is made as well.
            return await objectives.expected(self.reader, self.lens, ids)
        rows, parts = await asyncio.gather(self.objectives.load_many(ids), self.key_results_of_objective.load_many(ids))
        cycle_ids = [row.cycle_id for row in rows if row is not None]
        cycles = dict(zip(cycle_ids, await self.cycles.load_many(cycle_ids), strict=True))
        return self._expected(rows, dict(zip(ids, parts, strict=True)), cycles)

    def _expected(
        self,
        rows: Iterable[ObjectiveRow | None],
        parts: Mapping[str, Sequence[KeyResultRow]],
        cycles: Mapping[str, CycleRow | None],
    ) -> Mapping[str, float | None]:
        lines = {
            row.id: expected_lines.line_of(row, parts[row.id], cycle, self.settings.time_zone)
            for row in rows
            if row is not None and (cycle := cycles.get(row.cycle_id)) is not None
        }
        return {objective_id: line.height(self.lens.instant) for objective_id, line in lines.items()}

    def expected_line(self, against: CurveTarget) -> Loader[str, ExpectedLine]:
        """Expected lines of objectives."""
        return self.batched(
            ("expected lines", against),
            lambda ids: expected_lines.of_objectives(self.reader, self.lens, ids, against),
        )

    @cached_property
    def parts_of_objective(self) -> Loader[str, Sequence[BreakdownPart]]:
        """What the progress of objectives is made of."""
        return self._loader(breakdown.of_objectives, ())

    @cached_property
    def explanations(self) -> Loader[str, KeyResultExplanation | None]:
        """What made the numbers of key results."""
        return self._loader(explanation.of_key_results, None)

    @cached_property
    def cycle_progress(self) -> Loader[str, float | None]:
        """Roll-ups of cycles."""
        return self._loader(cycles.rollups, None)

    @cached_property
    def seal_validity(self) -> Loader[seals.Seal, bool]:
        """Whether the log still holds seals: as far as verifications have found."""
        self._leave_the_log()
        return self._loader(seals.validity, absent=False)

    @cached_property
    def team_progress(self) -> Loader[tuple[str, str], float | None]:
        """Roll-ups of (team, cycle)."""
        return self._loader(teams.rollups, None)

    # --- events, the same at every moment

    @cached_property
    def events(self) -> Loader[int, EventRow | None]:
        """Events by position."""
        return Loader(self._events, None)

    async def _events(self, positions: Sequence[int]) -> Mapping[int, EventRow | None]:
        written = [self._written[each] for each in positions if each in self._written]
        seen = {each.row.position: each.row for each in written if await self._sees(each)}
        others = [each for each in positions if each not in self._written]
        return {**seen, **await recorded.events(self.reader, others)} if others else seen

    async def _sees(self, event: WrittenEvent) -> bool:
        """Say whether the viewer sees what an event is about, as the hole `seen_event` of statements does."""
        if self.reader.grants.sees_everything:
            return True
        if event.row.objective_id is not None and await self.objectives.load(event.row.objective_id) is None:
            return False
        return event.objective_ids is None or any(await self.objectives.load_many(event.objective_ids))

    @cached_property
    def events_by_id(self) -> Loader[UUID, EventRow | None]:
        """Events by the UUID in their identifier."""
        return self._loader(lambda reader, _, event_ids: recorded.events_by_ids(reader, event_ids), None)

    # ---

    def batched(self, name: Hashable, load: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value]]]) -> Loader[Key, Value]:
        """Answer the loader of a name, which takes together what is asked for at the same level.

        `load` answers every key, and means the same whenever the name is the same.
        """
        known = self._loaders.get(name)
        if known is None:
            known = self._loaders[name] = Loader(load, None)
        return known

    def bound(self, load: Callable[..., Value], *leading: object) -> Callable[..., Value]:
        """Return a function of the read models with this view's reader and lens filled in."""
        return partial(load, self.reader, self.lens, *leading)

    def expect(self, wanted: Mapping[Way, Collection[str]], written: Mapping[int, WrittenEvent]) -> None:
        """Begin to load what will be asked for, all of it in one statement; `written` are events that need not be loaded."""
        self._written = written
        for way, ids in wanted.items():
            # The loaders are named after the ways.
            loader: Loader[str, Any] = self.key_results_of_objective if way is Way.PARTS else getattr(self, way.value)
            loader.ask(ids)

    def _kept(self, way: Way, absent: Any = None) -> Loader[str, Any]:
        """Answer the loader of what is found on a way; what is asked for on several at the same time is one statement."""
        loader: Loader[str, Any] = Loader(None, absent, self._batches, partial(at_hand.find, self.reader, self.lens, way))
        self._ways[loader] = way
        return loader

    async def _find(self, wanted: Wanted) -> Mapping[Loader[Any, Any], Mapping[str, Any]]:
        found = await versions.find(self.reader, self.lens, {self._ways[loader]: ids for loader, ids in wanted.items()})
        self.key_results.know({row.id: row for rows in found.get(Way.PARTS, {}).values() for row in rows})
        return {loader: found.get(self._ways[loader], {}) for loader in wanted}

    def _loader(
        self, load: Callable[[Reader, Lens, Sequence[Key]], Awaitable[Mapping[Key, Value]]], absent: Any
    ) -> Loader[Key, Any]:
        return Loader(self.bound(load), absent)
