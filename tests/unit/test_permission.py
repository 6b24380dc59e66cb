"""Who may do what: every right against everybody, and what one may not see does not exist."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from events.alignment import AlignObjective, UnalignObjective
from events.carry_over import CarryOverObjective
from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn, RetractCheckIn
from events.command import Command
from events.comment import AddReaction, EditComment, ReactionKind, RemoveReaction, WithdrawComment, WriteComment
from events.cycle import CreateCycle
from events.facts import Facts
from events.key_result import AddKeyResult, DropKeyResult, RetargetKeyResult, UpdateKeyResult
from events.metric import Metric, MetricKind
from events.objective import ActivateObjective, CancelObjective, CreateObjective, ReorderObjectives, UpdateObjective, Visibility
from events.organization import UpdateOrganization
from events.permission import check
from events.person import DeactivatePerson, InvitePerson, ReactivatePerson, Role, UpdatePerson
from events.program import RegisterProgram, RetireProgram, UpdateProgram
from events.recognition import RecognizePeople, WithdrawRecognition
from events.rejection import Rejected, RejectionCode
from events.relation import actor_of, sees
from events.right import TABLE, Actor, Right, Scopes, table_page
from events.team import AddTeamMember, ArchiveTeam, CreateTeam, RemoveTeamMember, UpdateTeam
from tests.support.given import BECAUSE, Company

UP = ReactionKind.THUMBS_UP
BINARY = Metric(kind=MetricKind.BINARY)
MEMBERS = frozenset({"owner", "lead", "above", "part_owner", "author", "contributor", "mate", "stranger"})
READERS = frozenset({"viewer", "auditor"})
EVERYBODY = MEMBERS | READERS | {"admin"}
ANSWERABLE = frozenset({"admin", "owner", "lead", "above"})

# Everything that is done with the objective `goal`, its key result `part` and its check-in `sign`, and who may.
WITH_THE_OBJECTIVE: dict[str, tuple[Command, frozenset[str]]] = {
    "update": (UpdateObjective(objective_id="goal", title="x"), ANSWERABLE),
    "activate": (ActivateObjective(objective_id="goal"), ANSWERABLE),
    "cancel": (CancelObjective(objective_id="goal"), ANSWERABLE),
    "align": (AlignObjective(objective_id="goal", parent_id="open"), ANSWERABLE),
    "unalign": (UnalignObjective(objective_id="goal", parent_id="open"), ANSWERABLE),
    "reorder": (ReorderObjectives(cycle_id="q3", objective_ids=("goal",)), ANSWERABLE),
    "carry over": (CarryOverObjective(objective_id="goal", successor_id="next", cycle_id="q4"), ANSWERABLE),
    "into the owner's team": (UpdateObjective(objective_id="goal", team_id="care"), frozenset({"admin", "owner"})),
    "out of every team": (UpdateObjective(objective_id="goal", team_id=None), ANSWERABLE),
    "add a key result": (AddKeyResult(key_result_id="x", objective_id="goal", title="x", metric=BINARY), ANSWERABLE),
    "drop a key result": (DropKeyResult(key_result_id="part"), ANSWERABLE),
    "move a key result": (UpdateKeyResult(key_result_id="part", objective_id="open"), frozenset({"admin"})),
    "update a key result": (UpdateKeyResult(key_result_id="part", title="x"), ANSWERABLE | {"part_owner"}),
    "retarget": (RetargetKeyResult(key_result_id="part", target=Decimal(9)), ANSWERABLE | {"part_owner"}),
    "check in": (
        RecordCheckIn(check_in_id="x", key_result_id="part", value=Decimal(6), status=CheckInStatus.ON_TRACK),
        ANSWERABLE | {"part_owner", "contributor"},
    ),
    "correct": (CorrectCheckIn(check_in_id="sign", value=Decimal(7)), ANSWERABLE | {"part_owner", "author"}),
    "retract": (RetractCheckIn(check_in_id="sign"), ANSWERABLE | {"part_owner", "author"}),
    "comment": (WriteComment(comment_id="x", subject_id="sign", text="x"), MEMBERS | {"admin"}),
    "edit a comment": (EditComment(comment_id="remark", text="x"), frozenset({"author"})),
    "withdraw a comment": (WithdrawComment(comment_id="remark"), frozenset({"admin", "author"})),
    "react": (AddReaction(comment_id="remark", reaction=UP), MEMBERS | {"admin"}),
    "take a reaction back": (RemoveReaction(comment_id="remark", reaction=UP), MEMBERS | {"admin"}),
    "recognize": (
        RecognizePeople(recognition_id="x", person_ids=("contributor",), text="x", subject_id="part"),
        MEMBERS | {"admin"},
    ),
    "withdraw a recognition": (WithdrawRecognition(recognition_id="thanks"), frozenset({"admin", "author"})),
}

SEEN_BY = {
    Visibility.ORGANIZATION: EVERYBODY,
    Visibility.TEAM: frozenset({"admin", "auditor", "owner", "contributor", "lead", "above", "mate"}),
    Visibility.PRIVATE: frozenset({"admin", "auditor", "owner", "contributor"}),
}

# What is done elsewhere, and who may.
ELSEWHERE: dict[str, tuple[Command, frozenset[str]]] = {
    "create": (CreateObjective(objective_id="x", cycle_id="q3", title="x", owner_id="owner"), MEMBERS | {"admin"}),
    "create in a team": (
        CreateObjective(objective_id="x", cycle_id="q3", title="x", team_id="sales"),
        frozenset({"admin", "lead", "above", "mate"}),
    ),
    "create a team": (CreateTeam(team_id="x", name="x"), frozenset({"admin"})),
    "create a team below": (CreateTeam(team_id="x", name="x", parent_id="sales"), frozenset({"admin", "lead", "above"})),
    "rename a team": (UpdateTeam(team_id="sales", name="x"), frozenset({"admin", "lead", "above"})),
    "move a team up": (UpdateTeam(team_id="sales", parent_id=None), frozenset({"admin"})),
    "move a team aside": (UpdateTeam(team_id="sales", parent_id="care"), frozenset({"admin"})),
    "add a member": (AddTeamMember(team_id="sales", person_id="stranger"), frozenset({"admin", "lead", "above"})),
    "remove a member": (RemoveTeamMember(team_id="sales", person_id="mate"), frozenset({"admin", "lead", "above"})),
    "archive a team": (ArchiveTeam(team_id="sales"), frozenset({"admin"})),
    "rename a person": (UpdatePerson(person_id="stranger", sealed="x"), frozenset({"admin", "stranger"})),
    "promote a person": (UpdatePerson(person_id="stranger", role=Role.ADMIN), frozenset({"admin"})),
    "invite": (InvitePerson(person_id="x", sealed="x"), frozenset({"admin"})),
    "deactivate": (DeactivatePerson(person_id="mate"), frozenset({"admin"})),
    "reactivate": (ReactivatePerson(person_id="mate"), frozenset({"admin"})),
    "register a program": (RegisterProgram(program_id="x", name="x"), frozenset({"admin"})),
    "retire a program": (RetireProgram(program_id="robot"), frozenset({"admin"})),
    "plan a cycle": (CreateCycle(cycle_id="x", name="x", starts_on=date(2027, 1, 1)), frozenset({"admin"})),
    "comment on a team": (WriteComment(comment_id="x", subject_id="sales", text="x"), MEMBERS | {"admin"}),
    "recognize for nothing": (
        RecognizePeople(recognition_id="x", person_ids=("auditor",), text="x"),
        MEMBERS | {"admin"},
    ),
    "change the organization": (UpdateOrganization(name="x"), frozenset({"admin"})),
}


def company(visibility: Visibility = Visibility.ORGANIZATION, *, is_draft: bool = False) -> Company:
    """Everybody of `EVERYBODY`, each named after what they are to the objective `goal` of the team `sales`."""
    made = Company()
    for name in sorted(EVERYBODY):
        role = Role(name.upper()) if name.upper() in Role.__members__ else Role.MEMBER
        made.do(InvitePerson(person_id=name, sealed="sealed", role=role))
    made.do(CreateTeam(team_id="all", name="All", lead_id="above"))
    made.do(UpdateTeam(team_id="sales", lead_id="lead", parent_id="all"))
    made.do(AddTeamMember(team_id="sales", person_id="mate"))
    made.do(CreateTeam(team_id="care", name="Care"))
    made.do(AddTeamMember(team_id="care", person_id="owner"))
    made.actor_id = "admin"
    made.objective("open", owner_id="ada", team_id=None)
    goal = CreateObjective(
        objective_id="goal",
        cycle_id="q3",
        title="Goal",
        team_id="sales",
        owner_id="owner",
        visibility=visibility,
        contributor_ids=("contributor",),
    )
    made.do(goal)
    made.do(AddKeyResult(key_result_id="part", objective_id="goal", title="Part", metric=REPLIES, owner_id="part_owner"))
    if not is_draft:
        made.do(ActivateObjective(objective_id="goal"))
        made.actor_id = "author"
        made.check_in("sign", "6", "part")
        made.do(WriteComment(comment_id="remark", subject_id="goal", text="Why?"))
        made.do(RecognizePeople(recognition_id="thanks", person_ids=("owner",), text="Well done", subject_id="goal"))
    return made


def known(name: str, facts: Facts) -> Actor:
    found = actor_of(name, facts)
    assert found is not None
    return found


REPLIES = Metric(kind=MetricKind.INCREASE, start=Decimal(5), target=Decimal(10))


def code_of(command: Command, actor_id: str, made: Company, scopes: Scopes = None) -> RejectionCode | None:
    try:
        check(command, actor_id, made.facts, scopes)
    except Rejected as refused:
        return refused.rejections[0].code
    return None


def expected(name: str, seeing: frozenset[str], allowed: frozenset[str]) -> RejectionCode | None:
    if name in READERS:
        return RejectionCode.FORBIDDEN
    if name not in seeing:
        return RejectionCode.NOT_FOUND
    return None if name in allowed else RejectionCode.FORBIDDEN


@pytest.mark.parametrize("visibility", list(Visibility))
@pytest.mark.parametrize("deed", list(WITH_THE_OBJECTIVE))
def test_every_cell_of_the_table_on_an_objective(deed: str, visibility: Visibility) -> None:
    command, allowed = WITH_THE_OBJECTIVE[deed]
    made = company(visibility)
    found = {name: code_of(command, name, made) for name in EVERYBODY}
    assert found == {name: expected(name, SEEN_BY[visibility], allowed) for name in EVERYBODY}


@pytest.mark.parametrize("deed", list(ELSEWHERE))
def test_every_other_cell(deed: str) -> None:
    command, allowed = ELSEWHERE[deed]
    made = company()
    found = {name for name in EVERYBODY if code_of(command, name, made) is None}
    assert found == allowed
    assert {code_of(command, name, made) for name in EVERYBODY - allowed} == {RejectionCode.FORBIDDEN}


def test_a_draft_is_seen_by_who_wrote_and_who_owns_it() -> None:
    made = company(is_draft=True)
    seeing = frozenset({"admin", "auditor", "owner", "contributor"})
    assert {name for name in EVERYBODY if sees(made.facts.objectives["goal"], known(name, made.facts), made.facts)} == seeing
    command, allowed = WITH_THE_OBJECTIVE["update"]
    assert {name: code_of(command, name, made) for name in EVERYBODY} == {
        name: expected(name, seeing, allowed) for name in EVERYBODY
    }


@pytest.mark.parametrize("visibility", list(Visibility))
def test_visibility_names_who_sees(visibility: Visibility) -> None:
    made = company(visibility)
    goal = made.facts.objectives["goal"]
    assert {name for name in EVERYBODY if sees(goal, known(name, made.facts), made.facts)} == SEEN_BY[visibility]


def test_its_creator_hands_an_objective_over() -> None:
    made = company()
    made.actor_id = "stranger"
    made.do(CreateObjective(objective_id="idea", cycle_id="q3", title="Idea"))
    change = UpdateObjective(objective_id="idea", title="x")
    assert code_of(change, "stranger", made) is None
    made.do(ActivateObjective(objective_id="idea"))
    assert code_of(change, "stranger", made) is None  # nobody else answers for it
    made.do(UpdateObjective(objective_id="idea", owner_id="owner"), BECAUSE)
    assert code_of(change, "stranger", made) is RejectionCode.FORBIDDEN
    assert code_of(change, "owner", made) is None


def test_a_stranger_and_a_deactivated_person_may_do_nothing() -> None:
    made = company()
    command, _ = WITH_THE_OBJECTIVE["check in"]
    assert code_of(command, "nobody", made) is RejectionCode.FORBIDDEN
    made.do(DeactivatePerson(person_id="owner"))
    assert code_of(command, "owner", made) is RejectionCode.FORBIDDEN


def test_rights_end_with_the_relation() -> None:
    made = company(Visibility.TEAM)
    command, _ = WITH_THE_OBJECTIVE["update"]
    made.do(UpdateTeam(team_id="all", lead_id=None))
    made.do(RemoveTeamMember(team_id="sales", person_id="mate"))
    assert code_of(command, "above", made) is RejectionCode.NOT_FOUND
    assert code_of(command, "mate", made) is RejectionCode.NOT_FOUND


REMARKS = {"goal": ("remark", "thanks"), "nowhere": ("silence", "scorn")}
"""What is said of the objective, and of one that nobody has."""

INVISIBLE: list[Callable[[str, str, str], Command]] = [
    lambda objective, _, __: UpdateObjective(objective_id=objective, title="x"),
    lambda objective, _, __: AlignObjective(objective_id="mine", parent_id=objective),
    lambda _, part, __: AlignObjective(objective_id="mine", parent_id=part),
    lambda objective, _, __: UnalignObjective(objective_id="mine", parent_id=objective),
    lambda _, part, __: CreateObjective(objective_id="x", cycle_id="q3", title="x", parent_ids=(part,)),
    lambda objective, _, __: AddKeyResult(key_result_id="x", objective_id=objective, title="x", metric=BINARY),
    lambda objective, _, __: UpdateKeyResult(key_result_id="mine-1", objective_id=objective),
    lambda _, part, __: DropKeyResult(key_result_id=part),
    lambda _, part, __: UpdateKeyResult(key_result_id=part, title="x", expected_version=7),
    lambda _, part, __: RecordCheckIn(check_in_id="x", key_result_id=part, value=Decimal(6)),
    lambda _, __, sign: CorrectCheckIn(check_in_id=sign, value=Decimal(6)),
    lambda _, __, sign: RetractCheckIn(check_in_id=sign),
    lambda objective, _, __: WriteComment(comment_id="x", subject_id=objective, text="x"),
    lambda _, part, __: WriteComment(comment_id="x", subject_id=part, text="x"),
    lambda _, __, sign: WriteComment(comment_id="x", subject_id=sign, text="x"),
    lambda objective, _, __: WriteComment(comment_id="x", subject_id=REMARKS[objective][1], text="x"),
    lambda objective, _, __: WithdrawComment(comment_id=REMARKS[objective][0]),
    lambda objective, _, __: AddReaction(comment_id=REMARKS[objective][0], reaction=UP),
    lambda objective, _, __: RecognizePeople(recognition_id="x", person_ids=("owner",), text="x", subject_id=objective),
    lambda objective, _, __: WithdrawRecognition(recognition_id=REMARKS[objective][1]),
    lambda objective, _, __: ReorderObjectives(cycle_id="q3", objective_ids=("mine", objective)),
    lambda objective, _, __: CarryOverObjective(objective_id=objective, successor_id="x", cycle_id="q4"),
]


@pytest.mark.parametrize("naming", INVISIBLE)
def test_what_one_may_not_see_is_refused_like_what_nobody_has(naming: Callable[[str, str, str], Command]) -> None:
    made = company(Visibility.PRIVATE)
    made.objective("mine", owner_id="stranger", team_id=None)
    made.key_result("mine-1", "mine")

    def refusal(command: Command) -> tuple[object, ...]:
        with pytest.raises(Rejected) as refused:
            check(command, "stranger", made.facts)
        (rejection,) = refused.value.rejections
        return rejection.code, rejection.message, rejection.path

    hidden = refusal(naming("goal", "part", "sign"))
    assert hidden == refusal(naming("nowhere", "nothing", "never"))
    assert hidden[0] is RejectionCode.NOT_FOUND
    assert code_of(naming("goal", "part", "sign"), "admin", made) is None


@pytest.mark.parametrize("visibility", list(Visibility))
def test_nobody_is_mentioned_or_recognized_who_would_not_see_it(visibility: Visibility) -> None:
    made = company(visibility)
    for subject_id in ("goal", "part", "sign", "thanks"):
        found = {
            name
            for name in EVERYBODY
            if code_of(WriteComment(comment_id="x", subject_id=subject_id, text="x", mention_ids=(name,)), "admin", made)
            is None
        }
        assert found == SEEN_BY[visibility]
    recognized = {
        name
        for name in EVERYBODY
        if code_of(RecognizePeople(recognition_id="x", person_ids=(name,), text="x", subject_id="goal"), "admin", made) is None
    }
    assert recognized == SEEN_BY[visibility]


def test_a_comment_out_of_sight_is_edited_no_more_than_one_that_nobody_wrote() -> None:
    made = company(Visibility.PRIVATE)
    for name in ("author", "stranger"):
        assert {code_of(EditComment(comment_id=each, text="x"), name, made) for each in ("remark", "silence")} == {
            RejectionCode.NOT_FOUND
        }


def test_who_was_mentioned_stays_so_after_losing_sight_of_it() -> None:
    made = company()
    made.actor_id = "owner"
    made.do(WriteComment(comment_id="own", subject_id="goal", text="x", mention_ids=("stranger",)))
    made.do(UpdateObjective(objective_id="goal", visibility=Visibility.PRIVATE))
    assert code_of(EditComment(comment_id="own", text="y"), "owner", made) is None
    assert code_of(EditComment(comment_id="own", mention_ids=("stranger", "contributor")), "owner", made) is None
    assert code_of(EditComment(comment_id="own", mention_ids=("stranger", "mate")), "owner", made) is RejectionCode.FORBIDDEN


def test_the_table_names_every_right_and_role() -> None:
    assert set(TABLE) == set(Right)
    assert {frozenset(row) for row in TABLE.values()} == {frozenset(Role)}
    assert {right for right in Right if TABLE[right][Role.AUDITOR] or TABLE[right][Role.VIEWER]} == {Right.SEE_EVERYTHING}


def test_the_page_holds_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "permissions.md").read_text(encoding="utf-8")
    assert table_page() in page, "write the output of `python -m events.permission` into docs/permissions.md"


# --- programs, and what tokens are held to


def test_a_program_does_what_its_role_may_until_it_is_retired() -> None:
    made = company()
    made.do(RegisterProgram(program_id="robot", name="Robot"))
    create = CreateObjective(objective_id="x", cycle_id="q3", title="x")
    assert code_of(create, "robot", made) is None
    assert code_of(WITH_THE_OBJECTIVE["check in"][0], "robot", made) is RejectionCode.FORBIDDEN  # nobody to the objective
    made.do(UpdateProgram(program_id="robot", role=Role.VIEWER))
    assert code_of(create, "robot", made) is RejectionCode.FORBIDDEN
    made.do(UpdateProgram(program_id="robot", role=Role.ADMIN))
    assert code_of(WITH_THE_OBJECTIVE["check in"][0], "robot", made) is None
    made.do(RetireProgram(program_id="robot"))
    assert actor_of("robot", made.facts) is None
    assert code_of(create, "robot", made) is RejectionCode.FORBIDDEN


@pytest.mark.parametrize("deed", [*WITH_THE_OBJECTIVE, *ELSEWHERE])
def test_a_token_that_only_reads_changes_nothing(deed: str) -> None:
    command, _ = (WITH_THE_OBJECTIVE | ELSEWHERE)[deed]
    made = company()
    for name in ("admin", "owner"):
        with pytest.raises(Rejected) as refused:
            check(command, name, made.facts, frozenset())
        assert refused.value.rejections[0].code is RejectionCode.FORBIDDEN


@pytest.mark.parametrize("right", list(Right))
def test_a_token_for_one_right_is_good_for_that_alone(right: Right) -> None:
    made = company()
    for command, _ in (WITH_THE_OBJECTIVE | ELSEWHERE).values():
        # What it needs is what it is refused without.
        needed = {each for each in Right if code_of(command, "admin", made, frozenset(Right) - {each}) is not None}
        assert needed
        assert (code_of(command, "admin", made, frozenset({right})) is None) == (needed == {right})


def test_a_token_adds_nothing_to_what_its_holder_may() -> None:
    made = company()
    everything = frozenset(Right)
    for command, allowed in ELSEWHERE.values():
        assert {name for name in EVERYBODY if code_of(command, name, made, everything) is None} == allowed


def test_a_token_hides_from_an_admin_what_it_is_not_to_see() -> None:
    made = company(Visibility.PRIVATE)
    goal = made.facts.objectives["goal"]
    for scopes, is_seen in ((None, True), (frozenset({Right.SEE_EVERYTHING}), True), (frozenset({Right.CHECK_IN}), False)):
        actor = actor_of("auditor", made.facts, scopes)
        assert actor is not None
        assert sees(goal, actor, made.facts) is is_seen
    check_in = WITH_THE_OBJECTIVE["check in"][0]
    assert code_of(check_in, "ada", made, frozenset({Right.CHECK_IN})) is RejectionCode.NOT_FOUND
    assert code_of(check_in, "ada", made, frozenset({Right.CHECK_IN, Right.SEE_EVERYTHING})) is None
