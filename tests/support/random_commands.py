"""Random commands that fit the facts of the moment often enough to get far, and miss them often enough to be refused."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from events.acknowledgement import AcknowledgeCheckIn
from events.alignment import AlignObjective, UnalignObjective
from events.carry_over import CarryOverObjective
from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn, RetractCheckIn
from events.command import Command
from events.comment import AddReaction, EditComment, ReactionKind, RemoveReaction, WithdrawComment, WriteComment
from events.cycle import ActivateCycle, CloseCycle, CreateCycle, ReopenCycle, ReviewCycle, UpdateCycle
from events.dependency import (
    AddInitiativeDependency,
    AddKeyResultDependency,
    RemoveInitiativeDependency,
    RemoveKeyResultDependency,
)
from events.envelope import Reason, ReasonCode
from events.facts import Facts
from events.identifier import Noun
from events.initiative import (
    AddLink,
    AddSupport,
    CompleteInitiative,
    CreateInitiative,
    DropInitiative,
    Link,
    RemoveLink,
    RemoveSupport,
    ReopenInitiative,
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
    CancelObjective,
    CreateObjective,
    ProgressDriver,
    ReopenObjective,
    ReorderObjectives,
    UpdateObjective,
    Visibility,
)
from events.organization import UpdateOrganization
from events.person import DeactivatePerson, ErasePerson, InvitePerson, ReactivatePerson, Role, UpdatePerson
from events.recognition import RecognizePeople, WithdrawRecognition
from events.review import CloseObjective, ReviewDecision
from events.team import (
    AddTeamMember,
    ArchiveTeam,
    CreateTeam,
    RemoveTeamMember,
    RestoreTeam,
    UpdateTeam,
)
from tests.support.random_custom_field_commands import custom_field_commands
from tests.support.random_identifiers import fresh, one_of
from tests.support.random_kpi_commands import kpi_commands
from tests.support.random_template_commands import template_commands

TITLES = st.sampled_from(["Build trust", "Sell faster", "改善关系", "Выйти на рынок", "Udržet pipeline"])
VALUES = st.decimals(min_value=-50, max_value=150, places=1)
LEVELS = st.integers(min_value=0, max_value=100).map(Decimal)
REASONS = st.sampled_from([None, Reason(code=ReasonCode.NEW_INFORMATION), Reason(code=ReasonCode.OTHER, text="Because")])
KIND_WEIGHTS = ["check in"] * 8 + ["key result"] * 6 + ["objective"] * 6 + ["initiative"] * 5 + ["kpi"] * 5
KIND_WEIGHTS += ["cycle"] * 3 + ["team"] * 2 + ["person"]
KIND_WEIGHTS += ["conversation"] * 3 + ["custom field"] * 3 + ["template"] * 2


def metrics(facts: Facts) -> st.SearchStrategy[Metric]:
    """Metrics of all kinds, some of them unsound."""
    plan, ship = fresh(Noun.STAGE, facts, "plan"), fresh(Noun.STAGE, facts, "ship")
    return st.one_of(
        st.builds(
            Metric,
            kind=st.sampled_from([MetricKind.INCREASE, MetricKind.DECREASE]),
            unit=st.just(Unit.PERCENT),
            start=LEVELS,
            target=LEVELS,
        ),
        st.builds(
            Metric,
            kind=st.sampled_from([MetricKind.AT_LEAST, MetricKind.AT_MOST]),
            start=st.none() | LEVELS,
            target=LEVELS,
            is_strict=st.booleans(),
        ),
        st.builds(Metric, kind=st.just(MetricKind.RANGE), low=LEVELS, high=LEVELS),
        st.just(Metric(kind=MetricKind.MILESTONE, stages=(Stage(stage_id=plan, title="P"), Stage(stage_id=ship, title="S")))),
        st.sampled_from([Metric(kind=kind) for kind in (MetricKind.BINARY, MetricKind.ESTIMATED, MetricKind.UNDECIDED)]),
    )


@st.composite
def commands(draw: st.DrawFn, facts: Facts) -> Command:
    """One command for the facts of the moment."""
    kind = draw(st.sampled_from(KIND_WEIGHTS))
    if not facts.cycles:
        return draw(cycle_commands(facts))
    if kind == "cycle":
        return draw(cycle_commands(facts))
    if kind == "team":
        return draw(team_commands(facts))
    if kind == "person":
        return draw(person_commands(facts))
    if kind == "conversation":
        return draw(conversation_commands(facts))
    if kind == "kpi":
        return draw(kpi_commands(facts))
    if kind == "template":
        return draw(template_commands(facts))
    if kind == "custom field":
        return draw(custom_field_commands(facts))
    if kind == "objective" or not facts.objectives:
        return draw(objective_commands(facts))
    if kind == "key result" or not facts.key_results:
        return draw(key_result_commands(facts))
    if kind == "initiative":
        return draw(initiative_commands(facts))
    return draw(check_in_commands(facts))


def moving_commands(facts: Facts) -> st.SearchStrategy[Command]:
    """Commands that move numbers, on things that are there."""
    key_result, objective = st.sampled_from(sorted(facts.key_results)), st.sampled_from(sorted(facts.objectives))
    return st.one_of(
        st.builds(
            RecordCheckIn,
            check_in_id=st.just(fresh(Noun.CHECK_IN, facts, "check-in")),
            key_result_id=key_result,
            value=LEVELS,
            status=st.just(CheckInStatus.ON_TRACK),
        ),
        st.builds(RetargetKeyResult, key_result_id=key_result, target=LEVELS),
        st.builds(UpdateKeyResult, key_result_id=key_result, weight=st.sampled_from([Decimal(1), Decimal(2), Decimal(7)])),
        st.builds(UpdateKeyResult, key_result_id=key_result, objective_id=objective),
        st.builds(UpdateObjective, objective_id=objective, driver=st.sampled_from(ProgressDriver)),
        st.sampled_from([DropKeyResult, RestoreKeyResult]).flatmap(lambda kind: st.builds(kind, key_result_id=key_result)),
        st.sampled_from([CancelObjective, ReopenObjective]).flatmap(lambda kind: st.builds(kind, objective_id=objective)),
        st.builds(
            CloseObjective,
            objective_id=objective,
            decision=st.just(ReviewDecision.KEEP),
            score=st.just(Decimal(1)),
            explanation=st.just("Why"),
        ),
    )


def cycle_commands(facts: Facts) -> st.SearchStrategy[Command]:
    """Commands about cycles."""
    cycle = one_of(facts.cycles, Noun.CYCLE)
    days = st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 12, 31))
    names = st.sampled_from(["Q1", "Q2", "Q3", "Year"])
    return st.one_of(
        st.builds(
            CreateCycle,
            cycle_id=st.just(fresh(Noun.CYCLE, facts, "cycle")),
            name=names,
            starts_on=days,
            ends_on=st.none() | days,
            parent_id=st.none() | cycle,
        ),
        st.builds(UpdateCycle, cycle_id=cycle, name=names),
        st.builds(UpdateCycle, cycle_id=cycle, ends_on=st.none() | days, parent_id=st.none() | cycle),
        st.builds(ActivateCycle, cycle_id=cycle),
        st.builds(ReviewCycle, cycle_id=cycle),
        st.builds(CloseCycle, cycle_id=cycle),
        st.builds(ReopenCycle, cycle_id=cycle),
    )


def team_commands(facts: Facts) -> st.SearchStrategy[Command]:
    """Commands about teams and the organization."""
    team, person = one_of(facts.teams, Noun.TEAM), one_of(facts.people, Noun.PERSON)
    names = st.sampled_from(["Sales", "Growth", "East"])
    return st.one_of(
        st.builds(
            CreateTeam,
            team_id=st.just(fresh(Noun.TEAM, facts, "team")),
            name=names,
            parent_id=st.none() | team,
            lead_id=st.none() | person,
        ),
        st.builds(UpdateTeam, team_id=team, name=names, parent_id=st.none() | team),
        st.builds(AddTeamMember, team_id=team, person_id=person),
        st.builds(RemoveTeamMember, team_id=team, person_id=person),
        st.builds(ArchiveTeam, team_id=team),
        st.builds(RestoreTeam, team_id=team),
        st.builds(UpdateOrganization, check_in_grace_days=st.integers(min_value=-1, max_value=32)),
    )


def person_commands(facts: Facts) -> st.SearchStrategy[Command]:
    """Commands about people."""
    person = one_of(facts.people, Noun.PERSON)
    sealed = st.sampled_from(["c2VhbGVk", "b3RoZXI="])
    return st.one_of(
        st.builds(
            InvitePerson,
            person_id=st.just(fresh(Noun.PERSON, facts, "person")),
            sealed=sealed,
            role=st.sampled_from(Role),
            team_ids=st.lists(one_of(facts.teams, Noun.TEAM), max_size=2).map(tuple),
        ),
        st.builds(UpdatePerson, person_id=person, sealed=sealed, role=st.sampled_from(Role)),
        st.builds(DeactivatePerson, person_id=person),
        st.builds(ReactivatePerson, person_id=person),
        st.builds(ErasePerson, person_id=person),
    )


def objective_commands(facts: Facts) -> st.SearchStrategy[Command]:
    """Commands about objectives."""
    objective, cycle = one_of(facts.objectives, Noun.OBJECTIVE), one_of(facts.cycles, Noun.CYCLE)
    parent = one_of([*facts.objectives, *facts.key_results], Noun.OBJECTIVE)
    person, team = one_of(facts.people, Noun.PERSON), one_of(facts.teams, Noun.TEAM)
    return st.one_of(
        st.builds(
            CreateObjective,
            objective_id=st.just(fresh(Noun.OBJECTIVE, facts, "objective")),
            cycle_id=cycle,
            title=TITLES,
            team_id=st.none() | team,
            owner_id=st.none() | person,
            driver=st.sampled_from(ProgressDriver),
            visibility=st.sampled_from(Visibility),
            parent_ids=st.lists(parent, max_size=2).map(tuple),
        ),
        st.builds(ActivateObjective, objective_id=objective),
        st.builds(ActivateObjective, objective_id=objective),
        st.builds(UpdateObjective, objective_id=objective, title=TITLES, owner_id=st.none() | person),
        st.builds(UpdateObjective, objective_id=objective, cycle_id=cycle, driver=st.sampled_from(ProgressDriver)),
        st.builds(AlignObjective, objective_id=objective, parent_id=parent),
        st.builds(UnalignObjective, objective_id=objective, parent_id=parent),
        st.builds(
            CloseObjective,
            objective_id=objective,
            decision=st.sampled_from(ReviewDecision),
            score=st.none() | st.sampled_from([Decimal("0.3"), Decimal(1)]),
            explanation=st.just("Why"),
            root_cause=st.just("Late start"),
        ),
        st.builds(ReopenObjective, objective_id=objective),
        st.builds(CancelObjective, objective_id=objective),
        st.builds(
            CarryOverObjective,
            objective_id=objective,
            successor_id=st.just(fresh(Noun.OBJECTIVE, facts, "successor")),
            cycle_id=cycle,
        ),
        st.builds(ReorderObjectives, cycle_id=cycle, objective_ids=st.lists(objective, max_size=3).map(tuple)),
    )


def key_result_commands(facts: Facts) -> st.SearchStrategy[Command]:
    """Commands about key results."""
    key_result, objective = one_of(facts.key_results, Noun.KEY_RESULT), one_of(facts.objectives, Noun.OBJECTIVE)
    weights = st.sampled_from([Decimal(0), Decimal(1), Decimal("2.5")])
    added = st.builds(
        AddKeyResult,
        key_result_id=st.just(fresh(Noun.KEY_RESULT, facts, "key result")),
        objective_id=objective,
        title=TITLES,
        metric=metrics(facts),
        weight=st.sampled_from([Decimal(1), Decimal(3)]),
    )
    return st.one_of(
        added,
        added,
        st.builds(RetargetKeyResult, key_result_id=key_result, target=LEVELS),
        st.builds(UpdateKeyResult, key_result_id=key_result, weight=weights, title=TITLES),
        st.builds(UpdateKeyResult, key_result_id=key_result, objective_id=objective),
        st.builds(UpdateKeyResult, key_result_id=key_result, metric=metrics(facts)),
        st.builds(DropKeyResult, key_result_id=key_result),
        st.builds(RestoreKeyResult, key_result_id=key_result),
        st.builds(ReplaceKeyResult, key_result_id=key_result, replacements=st.lists(added, max_size=1).map(tuple)),
    )


def initiative_commands(facts: Facts) -> st.SearchStrategy[Command]:
    """Commands about initiatives, and about dependencies among them and among key results."""
    supported = one_of([*facts.objectives, *facts.key_results], Noun.OBJECTIVE)
    initiative, key_result = one_of(facts.initiatives, Noun.INITIATIVE), one_of(facts.key_results, Noun.KEY_RESULT)
    days = st.none() | st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 12, 31))
    urls = st.sampled_from(["https://example.com/plan", "http://example.com/改善", "ftp://example.com", "https://"])
    notes = st.none() | TITLES
    created = st.builds(
        CreateInitiative,
        initiative_id=st.just(fresh(Noun.INITIATIVE, facts, "initiative")),
        title=TITLES,
        supported_ids=st.lists(supported, max_size=3).map(tuple),
        owner_id=st.none() | one_of(facts.people, Noun.PERSON),
        due_on=days,
        links=st.lists(st.builds(Link, url=urls, title=notes), max_size=1).map(tuple),
    )
    if not facts.initiatives:
        return created
    advancing = st.sampled_from([StartInitiative, CompleteInitiative, DropInitiative, ReopenInitiative])
    return st.one_of(
        created,
        st.builds(UpdateInitiative, initiative_id=initiative, title=TITLES, begins_on=days, due_on=days),
        st.builds(UpdateInitiative, initiative_id=initiative, description=notes, labels=st.just(("改善", "q1"))),
        advancing.flatmap(lambda kind: st.builds(kind, initiative_id=initiative)),
        st.builds(AddSupport, initiative_id=initiative, supported_id=supported),
        st.builds(RemoveSupport, initiative_id=initiative, supported_id=supported),
        st.sampled_from([AddLink, RemoveLink]).flatmap(lambda kind: st.builds(kind, initiative_id=initiative, url=urls)),
        st.builds(AddInitiativeDependency, initiative_id=initiative, blocker_id=initiative, note=notes),
        st.builds(RemoveInitiativeDependency, initiative_id=initiative, blocker_id=initiative),
        st.builds(AddKeyResultDependency, key_result_id=key_result, blocker_id=key_result, note=notes),
        st.builds(RemoveKeyResultDependency, key_result_id=key_result, blocker_id=key_result),
    )


def check_in_commands(facts: Facts) -> st.SearchStrategy[Command]:
    """Commands about check-ins, on time and late."""
    key_result, check_in = one_of(facts.key_results, Noun.KEY_RESULT), one_of(facts.check_in_owners, Noun.CHECK_IN)
    stages = sorted({stage.stage_id for each in facts.key_results.values() for stage in each.metric.stages})
    days_ago = st.integers(min_value=0, max_value=29)
    at = datetime(2026, 7, 1, tzinfo=UTC)
    recorded = st.builds(
        RecordCheckIn,
        check_in_id=st.just(fresh(Noun.CHECK_IN, facts, "check-in")),
        key_result_id=key_result,
        value=VALUES | st.sampled_from([Decimal(0), Decimal(1), None]),
        done_stage_ids=st.none() | st.frozensets(st.sampled_from(stages), max_size=2) if stages else st.none(),
        status=st.sampled_from(CheckInStatus),
        confidence=st.none() | st.floats(min_value=0, max_value=1),
        effective_at=st.none() | days_ago.map(lambda days: at - timedelta(days=days)),
    )
    return st.one_of(
        recorded,
        recorded,
        recorded,
        st.builds(CorrectCheckIn, check_in_id=check_in, value=VALUES),
        st.builds(CorrectCheckIn, check_in_id=check_in, effective_at=days_ago.map(lambda days: at - timedelta(days=days))),
        st.builds(RetractCheckIn, check_in_id=check_in),
        st.builds(AcknowledgeCheckIn, check_in_id=check_in, note=st.sampled_from([None, "Read"])),
    )


def conversation_commands(facts: Facts) -> st.SearchStrategy[Command]:
    """Commands about comments, reactions and recognitions."""
    things = [*facts.objectives, *facts.key_results, *facts.check_in_owners, *facts.cycles, *facts.teams]
    comment, recognition = one_of(facts.comments, Noun.COMMENT), one_of(facts.recognitions, Noun.RECOGNITION)
    people = st.lists(one_of(facts.people, Noun.PERSON), max_size=2).map(tuple)
    texts, kinds = st.sampled_from(["Well done", "Why?", " "]), st.sampled_from(list(ReactionKind)[:2])
    comment_id = fresh(Noun.COMMENT, facts, "comment")
    written = st.builds(
        WriteComment,
        comment_id=st.just(comment_id),
        subject_id=one_of([*things, *facts.recognitions], Noun.OBJECTIVE),
        text=texts,
        mention_ids=people,
    )

    def reply(known_id: str) -> Command:
        known = facts.comment(known_id)
        subject_id = known.subject_id if known else known_id
        return WriteComment(comment_id=comment_id, subject_id=subject_id, text="Because", reply_to_id=known_id)

    return st.one_of(
        written,
        written,
        comment.map(reply),
        st.builds(EditComment, comment_id=comment, text=texts),
        st.builds(EditComment, comment_id=comment, mention_ids=people),
        st.builds(WithdrawComment, comment_id=comment),
        st.builds(AddReaction, comment_id=comment, reaction=kinds),
        st.builds(RemoveReaction, comment_id=comment, reaction=kinds),
        st.builds(
            RecognizePeople,
            recognition_id=st.just(fresh(Noun.RECOGNITION, facts, "recognition")),
            person_ids=people,
            text=texts,
            subject_id=st.none() | one_of(things, Noun.OBJECTIVE),
        ),
        st.builds(WithdrawRecognition, recognition_id=recognition),
    )
