"""A company whose quarters run at random, the same for the same seed, using everything that the domain has."""

import contextlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from events.acknowledgement import AcknowledgeCheckIn
from events.alignment import AlignObjective, UnalignObjective
from events.carry_over import CarryOverObjective
from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn, RetractCheckIn
from events.command import Command
from events.comment import AddReaction, EditComment, ReactionKind, RemoveReaction, WithdrawComment, WriteComment
from events.cycle import ActivateCycle, CloseCycle, CreateCycle, ReopenCycle, ReviewCycle, UpdateCycle
from events.dependency import AddInitiativeDependency, AddKeyResultDependency, RemoveInitiativeDependency
from events.envelope import Reason, ReasonCode
from events.identifier import Noun, derive_identifier, format_identifier
from events.initiative import (
    AddLink,
    AddSupport,
    CompleteInitiative,
    CreateInitiative,
    DropInitiative,
    RemoveSupport,
    StartInitiative,
    UpdateInitiative,
)
from events.key_result import (
    AddKeyResult,
    DropKeyResult,
    ReplaceKeyResult,
    RestoreKeyResult,
    RetargetKeyResult,
    UpdateKeyResult,
)
from events.metric import Metric, MetricKind, Stage, Unit
from events.objective import (
    ActivateObjective,
    Ambition,
    CancelObjective,
    CreateObjective,
    ObjectiveState,
    ProgressDriver,
    ReopenObjective,
    ReorderObjectives,
    UpdateObjective,
    Visibility,
)
from events.organization import CreateOrganization, PaceBands, UpdateOrganization
from events.person import DeactivatePerson, ErasePerson, InvitePerson, ReactivatePerson, Role, UpdatePerson
from events.program import RegisterProgram, RetireProgram, UpdateProgram
from events.recognition import RecognizePeople, WithdrawRecognition
from events.rejection import Rejected
from events.review import CloseObjective, ReviewDecision
from events.team import AddTeamMember, ArchiveTeam, CreateTeam, RemoveTeamMember, RestoreTeam, UpdateTeam
from tests.support.chronicle import Chronicle
from tests.support.custom_field_scenario import ask
from tests.support.kpi_scenario import measure
from tests.support.template_scenario import keep_templates

BECAUSE = Reason(code=ReasonCode.NEW_INFORMATION, text="the market has moved")
TITLES = ("Build trust", "Sell faster", "改善关系", "Выйти на новый рынок", "Udržet pipeline", "Grow ÉLAN 🚀")
STATUSES = tuple(CheckInStatus)


@dataclass(slots=True)
class Scenario:
    """Lets a chronicle grow; `quarters` may be called again and again."""

    chronicle: Chronicle
    seed: int = 1
    people: int = 6
    objectives: int = 6
    weeks: int = 12
    random: Random = field(init=False)
    quarter: int = 0
    made: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - it must be the same each time
        self._found()

    def run(self, quarters: int) -> None:
        """Play whole quarters, each closed but the last one of a call."""
        for number in range(quarters):
            self._begin_quarter()
            for _ in range(self.weeks):
                self._week()
            if number < quarters - 1:
                self._end_quarter()
        passing = self._new(Noun.PERSON)
        self.chronicle.do(InvitePerson(person_id=passing, sealed="Z29uZQ=="), actor_id="system", reason=BECAUSE)
        self.chronicle.do(ErasePerson(person_id=passing), actor_id="system", reason=BECAUSE)
        robot = self._new(Noun.PROGRAM)
        self.chronicle.do(RegisterProgram(program_id=robot, name="Robot"), actor_id="system", reason=BECAUSE)
        self.chronicle.do(UpdateProgram(program_id=robot, role=Role.VIEWER), actor_id="system", reason=BECAUSE)
        self.chronicle.do(RetireProgram(program_id=robot), actor_id="system", reason=BECAUSE)
        self._talk()
        measure(self.chronicle, self._new, "system")
        keep_templates(self.chronicle, self._new, "system")
        ask(self.chronicle, self._new, "system")

    def _talk(self) -> None:
        """Let a check-in be talked about, and somebody be thanked for what it measures."""
        facts = self.chronicle.facts
        if not facts.check_in_owners:
            return
        ada, bob, *_ = sorted(each.person_id for each in facts.people.values() if each.erased_at is None)
        check_in_id, objective_id = max(facts.check_in_owners), max(facts.objectives)
        first, reply, thanks = self._new(Noun.COMMENT), self._new(Noun.COMMENT), self._new(Noun.RECOGNITION)
        said: tuple[tuple[str, Command], ...] = (
            (ada, WriteComment(comment_id=first, subject_id=check_in_id, text="Why?", mention_ids=(bob, ada))),
            (bob, WriteComment(comment_id=reply, subject_id=check_in_id, text="Rain", reply_to_id=first)),
            (ada, EditComment(comment_id=first, text="Why so?", mention_ids=(bob,))),
            (ada, AddReaction(comment_id=reply, reaction=ReactionKind.HEART)),
            (bob, AddReaction(comment_id=reply, reaction=ReactionKind.EYES)),
            (bob, RemoveReaction(comment_id=reply, reaction=ReactionKind.EYES)),
            (ada, RecognizePeople(recognition_id=thanks, person_ids=(bob,), text="Honest", subject_id=check_in_id)),
            (bob, WriteComment(comment_id=self._new(Noun.COMMENT), subject_id=thanks, text="Thanks")),
            (bob, WriteComment(comment_id=self._new(Noun.COMMENT), subject_id=objective_id, text="Bold")),
            (
                ada,
                RecognizePeople(
                    recognition_id=self._new(Noun.RECOGNITION), person_ids=(bob,), text="Bold", subject_id=objective_id
                ),
            ),
            (bob, WithdrawComment(comment_id=reply)),
            (ada, WithdrawRecognition(recognition_id=thanks)),
        )
        for actor_id, command in said:
            self.chronicle.do(command, actor_id=actor_id, reason=BECAUSE)
        for check_in_id in sorted(facts.check_in_owners)[-9:]:
            self._try(AcknowledgeCheckIn(check_in_id=check_in_id, note="Read"))

    # --- beginning

    def _new(self, noun: Noun) -> str:
        self.made += 1
        owner = format_identifier(Noun.ORGANIZATION, self.chronicle.organization_id)
        return derive_identifier(noun, owner, f"{self.seed} {self.made}")

    def _try(self, *commands: Command, reason: Reason | None = BECAUSE) -> bool:
        """Act as somebody; what the rules refuse is left out, since chance asks for impossible things too."""
        people = [each.person_id for each in self.chronicle.facts.people.values() if each.is_active]
        try:
            self.chronicle.do(*commands, actor_id=self.random.choice(people or ["system"]), reason=reason)
        except Rejected:
            return False
        return True

    def _found(self) -> None:
        organization_id = format_identifier(Noun.ORGANIZATION, self.chronicle.organization_id)
        ada = self._new(Noun.PERSON)
        assert self._try(
            CreateOrganization(organization_id=organization_id, name="Sailmakers", time_zone="Europe/Prague"),
            InvitePerson(person_id=ada, sealed="c2VhbGVk", role=Role.ADMIN),
        )
        parent_id: str | None = None
        for name in ("Sales", "Élan", "Growth"):
            team_id = self._new(Noun.TEAM)
            assert self._try(CreateTeam(team_id=team_id, name=name, parent_id=parent_id, lead_id=ada))
            parent_id = team_id
        for _ in range(self.people - 1):
            teams = self.random.sample(sorted(self.chronicle.facts.teams), 2)
            person_id = self._new(Noun.PERSON)
            assert self._try(InvitePerson(person_id=person_id, sealed="b3RoZXI=", team_ids=tuple(teams)))

    # --- a quarter

    def _begin_quarter(self) -> None:
        self.quarter += 1
        starts_on = date(2026, 1, 1) + timedelta(days=91 * self.quarter)
        cycle_id = self._new(Noun.CYCLE)
        years = [each.cycle_id for each in self.chronicle.facts.cycles.values() if each.ends_on is None]
        assert self._try(
            CreateCycle(
                cycle_id=cycle_id,
                parent_id=years[-1] if years else None,
                name=f"Quarter {self.quarter}",
                starts_on=starts_on,
                ends_on=starts_on + timedelta(days=90),
            )
        )
        for _ in range(self.objectives):
            self._objective(cycle_id)
        assert self._try(ActivateCycle(cycle_id=cycle_id))

    def _objective(self, cycle_id: str) -> None:
        facts, random = self.chronicle.facts, self.random
        above = [*self._ids(ObjectiveState.ACTIVE), *sorted(facts.key_results)]
        objective_id = self._new(Noun.OBJECTIVE)
        parts = [
            AddKeyResult(
                key_result_id=self._new(Noun.KEY_RESULT),
                objective_id=objective_id,
                title=random.choice(TITLES),
                metric=self._metric(),
                weight=Decimal(random.choice(["1", "2", "0.5"])),
                owner_id=random.choice([None, *sorted(facts.people)]),
                due_on=random.choice([None, date(2026, 12, 24)]),
                priority=random.choice([None, 1, 2]),
            )
            for _ in range(random.randint(0, 4))
        ]
        created = CreateObjective(
            objective_id=objective_id,
            cycle_id=cycle_id,
            title=random.choice(TITLES),
            team_id=random.choice([None, *sorted(facts.teams)]),
            owner_id=random.choice(sorted(facts.people)),
            ambition=random.choice(list(Ambition)),
            visibility=random.choice(list(Visibility)),
            driver=random.choice(list(ProgressDriver)),
            labels=("new", "bold") if random.random() < 0.3 else (),
            parent_ids=tuple(random.sample(above, min(len(above), random.randint(0, 2)))),
        )
        is_draft = random.random() < 0.15
        activated = () if is_draft else (ActivateObjective(objective_id=objective_id),)
        self._try(created, *parts, *activated)

    def _metric(self) -> Metric:
        random = self.random
        low, high = sorted(random.sample(range(1, 100), 2))
        start, target = Decimal(low), Decimal(high)
        kind = random.choice(list(MetricKind))
        match kind:
            case MetricKind.INCREASE:
                return Metric(kind=kind, unit=Unit.PERCENT, start=start, target=target)
            case MetricKind.DECREASE:
                return Metric(kind=kind, unit=Unit.CURRENCY, currency="EUR", start=target, target=start)
            case MetricKind.AT_LEAST | MetricKind.AT_MOST:
                return Metric(kind=kind, unit=Unit.NUMBER, unit_label="calls", target=target, is_strict=random.random() < 0.5)
            case MetricKind.RANGE:
                return Metric(kind=kind, unit=Unit.DAYS, low=start, high=target)
            case MetricKind.MILESTONE:
                stages = tuple(Stage(stage_id=self._new(Noun.STAGE), title=title) for title in ("Plan", "Build", "Ship"))
                return Metric(kind=kind, stages=stages)
            case _:
                return Metric(kind=kind)

    # --- a week

    def _week(self) -> None:
        for key_result_id in sorted(self.chronicle.facts.key_results):
            if self.random.random() < 0.6:
                self._check_in(key_result_id)
        for _ in range(6):
            self._incident()
        self._work()

    def _check_in(self, key_result_id: str) -> None:
        random, metric = self.random, self.chronicle.facts.key_results[key_result_id].metric
        value: Decimal | None = Decimal(random.randint(-50, 1500)) / 10
        stages: frozenset[str] | None = None
        if metric.kind in (MetricKind.BINARY, MetricKind.ESTIMATED):
            value = Decimal(random.randint(0, 1))
        elif metric.kind is MetricKind.MILESTONE:
            value, stages = None, frozenset(each.stage_id for each in metric.stages if random.random() < 0.5)
        elif metric.kind is MetricKind.UNDECIDED:
            value = None
        days_late = random.choice([0, 0, 0, 0, 1, 3, 29])
        self._try(
            RecordCheckIn(
                check_in_id=self._new(Noun.CHECK_IN),
                key_result_id=key_result_id,
                value=value,
                done_stage_ids=stages,
                confidence=random.choice([None, random.randint(0, 10) / 10]),
                status=random.choice(STATUSES),
                comment=random.choice([None, "Better than feared"]),
                blockers=random.choice([None, "Nobody answers"]),
                next_steps=random.choice([None, "Call them"]),
                effective_at=self.chronicle.at - timedelta(days=days_late),
            )
        )

    def _incident(self) -> None:
        facts, random = self.chronicle.facts, self.random
        key_results, active = sorted(facts.key_results), self._ids(ObjectiveState.ACTIVE)
        if not key_results or not active:
            return
        key_result_id, objective_id = random.choice(key_results), random.choice(active)
        metric = facts.key_results[key_result_id].metric
        replacement = AddKeyResult(
            key_result_id=self._new(Noun.KEY_RESULT), objective_id=objective_id, title="Instead", metric=self._metric()
        )
        check_ins = sorted(facts.check_in_owners)
        check_in_id = random.choice(check_ins) if check_ins else ""
        moved = Decimal(random.randint(1, 200))
        cycle_id = facts.objectives[objective_id].cycle_id
        person_id, team_id = random.choice(sorted(facts.people)), random.choice(sorted(facts.teams))
        incidents: tuple[tuple[Command, ...], ...] = (
            (RetargetKeyResult(key_result_id=key_result_id, target=moved),),
            (RetargetKeyResult(key_result_id=key_result_id, target=moved, start=moved - 1),),
            (UpdateKeyResult(key_result_id=key_result_id, weight=Decimal(random.randint(1, 5)), title=random.choice(TITLES)),),
            (UpdateKeyResult(key_result_id=key_result_id, objective_id=objective_id, owner_id=person_id),),
            (UpdateKeyResult(key_result_id=key_result_id, metric=self._metric() if metric.kind == "UNDECIDED" else metric),),
            (DropKeyResult(key_result_id=key_result_id),),
            (RestoreKeyResult(key_result_id=key_result_id),),
            (ReplaceKeyResult(key_result_id=key_result_id, replacements=(replacement,)),),
            (CorrectCheckIn(check_in_id=check_in_id, value=moved, comment="It was more"),),
            (RetractCheckIn(check_in_id=check_in_id),),
            (UpdateObjective(objective_id=objective_id, title=random.choice(TITLES), owner_id=person_id),),
            (UpdateObjective(objective_id=objective_id, driver=random.choice(list(ProgressDriver)), team_id=team_id),),
            (UpdateObjective(objective_id=objective_id, contributor_ids=(person_id,), labels=("bold",), description="Why"),),
            (AlignObjective(objective_id=objective_id, parent_id=random.choice([*active, *key_results])),),
            tuple(UnalignObjective(objective_id=objective_id, parent_id=p) for p in facts.objectives[objective_id].parent_ids),
            (CancelObjective(objective_id=objective_id),) if random.random() < 0.3 else (),
            (ReopenObjective(objective_id=random.choice(sorted(facts.objectives))),),
            (ActivateObjective(objective_id=random.choice(sorted(facts.objectives))),),
            (ReorderObjectives(cycle_id=cycle_id, objective_ids=tuple(random.sample(active, 2)) if active[1:] else ()),),
            (self._close(objective_id),) if random.random() < 0.3 else (),
            (UpdateTeam(team_id=team_id, name=random.choice(TITLES), lead_id=person_id),),
            (AddTeamMember(team_id=team_id, person_id=person_id),),
            (RemoveTeamMember(team_id=team_id, person_id=person_id),),
            (ArchiveTeam(team_id=team_id),),
            (RestoreTeam(team_id=team_id),),
            (UpdatePerson(person_id=person_id, sealed=f"c2VhbGVk{random.randint(0, 9)}"),),
            (DeactivatePerson(person_id=person_id),),
            (ReactivatePerson(person_id=person_id),),
            (UpdateCycle(cycle_id=cycle_id, name=f"{random.choice(TITLES)} {random.randint(1, 99)}"),),
            (UpdateOrganization(pace_bands=PaceBands(behind=-random.randint(1, 9) / 100)),),
        )
        commands = random.choice(incidents)
        if commands:
            self._try(*commands, reason=random.choice([None, BECAUSE, BECAUSE, BECAUSE]))

    def _work(self) -> None:
        """Plan initiatives and let things happen to them, by chances of its own: nothing else goes another way for it."""
        facts, random = self.chronicle.facts, Random(f"{self.seed} {self.chronicle.head.position}")  # noqa: S311 - as above
        supported = [*self._ids(ObjectiveState.ACTIVE), *sorted(facts.key_results)]
        if len(facts.key_results) < 2:
            return
        organization_id = format_identifier(Noun.ORGANIZATION, self.chronicle.organization_id)
        initiative_id = derive_identifier(Noun.INITIATIVE, organization_id, f"{self.seed} at {self.chronicle.head.position}")
        several = tuple(random.sample(supported, min(len(supported), 2)))
        known = [*sorted(facts.initiatives), initiative_id]
        first, second = random.choice(known), random.choice(known)
        key_results = random.sample(sorted(facts.key_results), 2)
        for command in (
            CreateInitiative(
                initiative_id=initiative_id,
                title=random.choice(TITLES),
                supported_ids=several,
                description=random.choice([None, "Why"]),
                owner_id=random.choice([None, *sorted(facts.people)]),
                begins_on=random.choice([None, date(2026, 1, 5)]),
                labels=("new",),
            ),
            UpdateInitiative(initiative_id=first, title=random.choice(TITLES), due_on=date(2026, 12, 24)),
            AddSupport(initiative_id=first, supported_id=random.choice(supported)),
            RemoveSupport(initiative_id=second, supported_id=several[0]),
            AddLink(initiative_id=second, url="https://example.com/plan", title=random.choice([None, "Plan"])),
            AddInitiativeDependency(initiative_id=first, blocker_id=second, note=random.choice([None, "First things first"])),
            AddKeyResultDependency(key_result_id=key_results[0], blocker_id=key_results[1]),
            RemoveInitiativeDependency(initiative_id=second, blocker_id=first),
            random.choice([StartInitiative, CompleteInitiative, DropInitiative])(initiative_id=first),
        ):
            with contextlib.suppress(Rejected):
                self.chronicle.do(command, reason=BECAUSE)

    def _ids(self, state: ObjectiveState) -> list[str]:
        return sorted(each.objective_id for each in self.chronicle.facts.objectives.values() if each.state is state)

    # --- the end of a quarter

    def _close(self, objective_id: str) -> CloseObjective:
        return CloseObjective(
            objective_id=objective_id,
            decision=self.random.choice(list(ReviewDecision)),
            score=Decimal(self.random.randint(0, 10)) / 10,
            explanation="Seen from outside",
            root_cause="A late start",
            learned="Begin earlier",
        )

    def _end_quarter(self) -> None:
        facts = self.chronicle.facts
        running = [each.cycle_id for each in facts.cycles.values() if each.phase == "ACTIVE"]
        following = self._new(Noun.CYCLE)
        starts_on = date(2040, 1, 1) + timedelta(days=self.quarter)
        assert self._try(CreateCycle(cycle_id=following, name=f"After quarter {self.quarter}", starts_on=starts_on))
        for cycle_id in sorted(running):
            for objective_id in sorted(facts.objective_ids.get(cycle_id, ())):
                if self.random.random() < 0.2:
                    successor_id = self._new(Noun.OBJECTIVE)
                    self._try(CarryOverObjective(objective_id=objective_id, successor_id=successor_id, cycle_id=following))
                self._try(self._close(objective_id))
            assert self._try(ReviewCycle(cycle_id=cycle_id), CloseCycle(cycle_id=cycle_id))
            if self.random.random() < 0.3:
                assert self._try(ReopenCycle(cycle_id=cycle_id))
                assert self._try(CloseCycle(cycle_id=cycle_id))
