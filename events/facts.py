"""What is known of one organization: its folded states, and the questions that decisions ask of them."""

from events.check_in import NO_MEASUREMENTS, CheckIn, Measurements
from events.comment import Comment
from events.custom_field import CustomField, CustomFieldNoun
from events.custom_value import CustomValues
from events.cycle import Cycle
from events.dependency import Dependency
from events.initiative import Initiative
from events.key_result import KeyResult
from events.kpi import Kpi
from events.kpi_calendar import PeriodCalendar
from events.kpi_reading import NO_READINGS, KpiReading, KpiReadings
from events.objective import Objective, ObjectiveState
from events.person import Role
from events.recognition import Recognition
from events.review import FrozenNumber
from events.states import States
from events.team import Team
from events.template import Template

NOBODY: frozenset[str] = frozenset()


class Facts(States):
    """The folded states of one organization, with questions; what nouns need of them is said by a protocol of each."""

    __slots__ = ()

    # --- questions

    def team(self, team_id: str) -> Team | None:
        """Answer a team."""
        return self.teams.get(team_id)

    def has_team(self, team_id: str) -> bool:
        """Say whether a team exists."""
        return team_id in self.teams

    def has_person(self, person_id: str) -> bool:
        """Say whether a person exists; one that was erased can be given nothing new."""
        known = self.people.get(person_id)
        return known is not None and known.erased_at is None

    def is_active_person(self, person_id: str) -> bool:
        """Say whether there is such a person and they have access."""
        known = self.people.get(person_id)
        return known is not None and known.is_active

    def other_admins(self, person_id: str) -> int:
        """Count the active people with role ADMIN except one."""
        return sum(each.role is Role.ADMIN and each.is_active and each.person_id != person_id for each in self.people.values())

    def cycle(self, cycle_id: str) -> Cycle | None:
        """Answer a cycle."""
        return self.cycles.get(cycle_id)

    def cycle_id_of_name(self, name: str) -> str | None:
        """Answer the cycle that has a name, or None."""
        return self.cycle_names.get(name) or None

    def unreviewed_objective_ids(self, cycle_id: str) -> list[str]:
        """Answer the active objectives of a cycle, in the order of their identifiers."""
        ids = self.objective_ids.get(cycle_id, NOBODY)
        return sorted(each for each in ids if self.objectives[each].state is ObjectiveState.ACTIVE)

    def objective(self, objective_id: str) -> Objective | None:
        """Answer an objective."""
        return self.objectives.get(objective_id)

    def key_result(self, key_result_id: str) -> KeyResult | None:
        """Answer a key result."""
        return self.key_results.get(key_result_id)

    def key_results_of(self, objective_id: str) -> list[KeyResult]:
        """Answer an objective's key results, dropped ones included, in the order of their addition."""
        return [self.key_results[each] for each in self.key_result_ids.get(objective_id, ())]

    def key_result_count(self, objective_id: str) -> int:
        """Answer how many key results an objective has that are not dropped."""
        return sum(each.dropped_at is None for each in self.key_results_of(objective_id))

    def measurements_of(self, key_result_id: str) -> Measurements:
        """Answer the check-ins of a key result."""
        return self.measurements.get(key_result_id, NO_MEASUREMENTS)

    def has_check_ins(self, key_result_id: str) -> bool:
        """Say whether a key result was ever checked in, retracted check-ins included."""
        return bool(self.measurements_of(key_result_id).check_ins)

    def check_in(self, check_in_id: str) -> CheckIn | None:
        """Answer a check-in."""
        owner = self.check_in_owners.get(check_in_id)
        return None if owner is None else self.measurements[owner].check_ins[check_in_id]

    # --- initiatives and dependencies

    def initiative(self, initiative_id: str) -> Initiative | None:
        """Answer an initiative."""
        return self.initiatives.get(initiative_id)

    def initiatives_of(self, supported_id: str) -> frozenset[str]:
        """Answer the initiatives that stand directly behind an objective or a key result."""
        return self.supporting.get(supported_id, NOBODY)

    def initiatives_behind(self, objective_id: str) -> frozenset[str]:
        """Answer the initiatives that support an objective or one of its key results."""
        parts = self.key_result_ids.get(objective_id, ())
        return self.initiatives_of(objective_id).union(*(self.initiatives_of(each) for each in parts))

    def objectives_supported(self, known: Initiative) -> tuple[str, ...]:
        """Answer the objectives that an initiative stands behind, itself or behind a key result, each once."""
        parts = (self.key_results.get(each) for each in known.supported_ids)
        owners = (part.objective_id if part else each for part, each in zip(parts, known.supported_ids, strict=True))
        return tuple(dict.fromkeys(owners))

    def dependencies_of(self, dependent_id: str) -> tuple[Dependency, ...]:
        """Answer what an initiative or a key result depends on."""
        known = self.initiatives.get(dependent_id) or self.key_results.get(dependent_id)
        return known.dependencies if known else ()

    def dependents_of(self, blocker_id: str) -> frozenset[str]:
        """Answer what depends on an initiative or a key result."""
        return self.dependents.get(blocker_id, NOBODY)

    # --- conversation

    def comment(self, comment_id: str) -> Comment | None:
        """Answer a comment."""
        return self.comments.get(comment_id)

    def comment_count(self, subject_id: str) -> int:
        """Answer how many comments there are about a thing, withdrawn ones included."""
        return self.comment_counts.get(subject_id, 0)

    def recognition(self, recognition_id: str) -> Recognition | None:
        """Answer a recognition."""
        return self.recognitions.get(recognition_id)

    def is_praiseworthy(self, thing_id: str) -> bool:
        """Say whether there is such a thing and people may be recognized for it."""
        things = (self.objectives, self.key_results, self.check_in_owners, self.cycles, self.teams)
        is_organization = self.organization is not None and self.organization.organization_id == thing_id
        return is_organization or any(thing_id in each for each in things)

    def is_discussable(self, thing_id: str) -> bool:
        """Say whether there is such a thing and comments may be about it."""
        return self.is_praiseworthy(thing_id) or thing_id in self.recognitions

    def anchor_of(self, thing_id: str) -> str | None:
        """Answer the objective or key result that decides who sees what is said of a thing; None if everybody does."""
        given = self.recognitions.get(thing_id)
        if given is not None:
            return None if given.subject_id is None else self.anchor_of(given.subject_id)
        anchor_id = self.check_in_owners.get(thing_id, thing_id)
        return anchor_id if anchor_id in self.key_results or anchor_id in self.objectives else None

    def objective_around(self, thing_id: str) -> str | None:
        """Answer the objective that a thing is or belongs to now, None for what belongs to none."""
        anchor_id = self.anchor_of(thing_id)
        part = None if anchor_id is None else self.key_results.get(anchor_id)
        return part.objective_id if part else anchor_id

    def template(self, template_id: str) -> Template | None:
        """Answer a template of the organization."""
        return self.templates.get(template_id)

    # --- KPIs

    def kpi(self, kpi_id: str) -> Kpi | None:
        """Answer a KPI."""
        return self.kpis.get(kpi_id)

    def readings_of(self, kpi_id: str) -> KpiReadings:
        """Answer the readings of a KPI."""
        return self.readings.get(kpi_id, NO_READINGS)

    def has_readings(self, kpi_id: str) -> bool:
        """Say whether a KPI was ever read, retracted readings included."""
        return bool(self.readings_of(kpi_id).readings)

    def reading(self, reading_id: str) -> KpiReading | None:
        """Answer a reading."""
        owner = self.reading_owners.get(reading_id)
        return None if owner is None else self.readings[owner].readings[reading_id]

    def sourced_from(self, kpi_id: str) -> frozenset[str]:
        """Answer the key results that take their values from a KPI."""
        return self.kpi_sourced.get(kpi_id, NOBODY)

    def check_ins_of_reading(self, reading_id: str) -> tuple[str, ...]:
        """Answer the check-ins that a reading made."""
        return self.reading_check_ins.get(reading_id, ())

    # --- custom fields

    def custom_field(self, custom_field_id: str) -> CustomField | None:
        """Answer a custom field."""
        return self.custom_fields.get(custom_field_id)

    def custom_fields_of(self, noun: CustomFieldNoun) -> list[CustomField]:
        """Answer the custom fields of a noun that are not archived, in the order of their creation."""
        return [each for each in self.custom_fields.values() if each.applies_to is noun and each.archived_at is None]

    def values_of_key_results(self, objective_id: str) -> list[tuple[str, CustomValues]]:
        """Answer title and values of each key result of an objective that is not dropped."""
        return [(each.title, each.custom_values) for each in self.key_results_of(objective_id) if each.dropped_at is None]

    # ---

    def time_zone(self) -> str:
        """Answer the organization's time zone."""
        return "UTC" if self.organization is None else self.organization.time_zone

    def period_calendar(self) -> PeriodCalendar:
        """Answer the organization's periods, by which KPIs are read."""
        known = self.organization
        return PeriodCalendar(
            zone=self.time_zone(),
            first_day_of_week=1 if known is None else known.first_day_of_week,
            fiscal_year_start_month=1 if known is None else known.fiscal_year_start_month,
            grace_days=0 if known is None else known.check_in_grace_days,
        )

    # --- alignment

    def aligned_to(self, parent_id: str) -> frozenset[str]:
        """Answer the objectives that are aligned to an objective or a key result."""
        return self.aligned.get(parent_id, NOBODY)

    def alignable(self, parent_id: str) -> bool:
        """Say whether an id is that of an objective or of a key result."""
        return parent_id in self.objectives or parent_id in self.key_results

    def objectives_above(self, objective_id: str) -> list[str]:
        """Answer the objectives that one is aligned to, through a key result or not."""
        above: list[str] = []
        known = self.objectives.get(objective_id)
        for parent_id in known.parent_ids if known else ():
            part = self.key_results.get(parent_id)
            above.append(part.objective_id if part else parent_id)
        return above

    def objectives_below(self, objective_id: str) -> frozenset[str]:
        """Answer the objectives aligned to one or to one of its key results."""
        below = self.aligned_to(objective_id)
        for key_result_id in self.key_result_ids.get(objective_id, ()):
            below |= self.aligned_to(key_result_id)
        return below

    def stands_above(self, objective_id: str, other_id: str) -> bool:
        """Say whether an objective is the other thing, contains it, or is anywhere above it."""
        part = self.key_results.get(other_id)
        pending = [part.objective_id if part else other_id]
        seen: set[str] = set()
        while pending:
            current = pending.pop()
            if current == objective_id:
                return True
            if current not in seen:
                seen.add(current)
                pending.extend(self.objectives_above(current))
        return False

    def depth_above(self, parent_id: str) -> int:
        """Answer how many objectives stand above something, itself included, on the longest way."""
        part = self.key_results.get(parent_id)
        level, depth = {part.objective_id if part else parent_id}, 0
        while level:
            depth += 1
            level = {above for each in level for above in self.objectives_above(each)}
        return depth

    def depth_below(self, objective_id: str) -> int:
        """Answer how many objectives stand below one, itself included, on the longest way."""
        level, depth = {objective_id}, 0
        while level:
            depth += 1
            level = {below for each in level for below in self.objectives_below(each)}
        return depth

    def number(self, known: Objective) -> FrozenNumber:
        """Answer an objective's progress: the frozen one, or the weighted mean of its parts."""
        return self.rolled_up.number(known)
