"""Initiatives and dependencies: what is decided, how they evolve, and who may do what."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from events.command import Command
from events.cycle import CloseCycle, ReviewCycle
from events.dependency import (
    AddInitiativeDependency,
    AddKeyResultDependency,
    Dependency,
    InitiativeDependencyAdded,
    InitiativeDependencyRemoved,
    KeyResultDependencyAdded,
    KeyResultDependencyRemoved,
    RemoveInitiativeDependency,
    RemoveKeyResultDependency,
)
from events.envelope import Reason, ReasonCode
from events.initiative import (
    AddLink,
    AddSupport,
    CompleteInitiative,
    CreateInitiative,
    DropInitiative,
    Initiative,
    InitiativeCompleted,
    InitiativeCreated,
    InitiativeDescribed,
    InitiativeDropped,
    InitiativeLabelled,
    InitiativeLinkAdded,
    InitiativeLinkRemoved,
    InitiativeReopened,
    InitiativeReowned,
    InitiativeRescheduled,
    InitiativeRetitled,
    InitiativeStarted,
    InitiativeState,
    InitiativeSupportAdded,
    InitiativeSupportRemoved,
    Link,
    RemoveLink,
    RemoveSupport,
    ReopenInitiative,
    StartInitiative,
    UpdateInitiative,
)
from events.key_result import DropKeyResult, UpdateKeyResult
from events.limits import Limits
from events.objective import CancelObjective, UpdateObjective, Visibility
from events.permission import check
from events.person import InvitePerson, Role
from events.rejection import Rejected, RejectionCode
from events.relation import sees_initiative
from events.right import Actor
from events.version import check_version
from tests.support.given import BECAUSE, Company

PLAN = "https://example.com/plan"


@pytest.fixture
def company() -> Company:
    """Objectives `trust` (key results `replies`, `calls`) and `speed` (`days`), and an initiative `mail` behind `trust`."""
    made = Company()
    made.objective("trust")
    made.key_result("replies")
    made.key_result("calls")
    made.objective("speed", owner_id="max")
    made.key_result("days", "speed")
    made.do(planned("mail"))
    return made


def planned(initiative_id: str, *supported_ids: str, **fields: object) -> CreateInitiative:
    values: dict[str, object] = {"title": "Rewrite the mail", "supported_ids": supported_ids or ("trust",)} | fields
    return CreateInitiative(initiative_id=initiative_id, **values)  # type: ignore[arg-type]


def known(company: Company, initiative_id: str = "mail") -> Initiative:
    found = company.facts.initiative(initiative_id)
    assert found is not None
    return found


# --- its life


def test_an_initiative_begins_planned_with_everything_that_was_said(company: Company) -> None:
    links = (Link(url=PLAN), Link(url="http://example.com/board", title="Board"), Link(url=PLAN, title="Plan"))
    fields = {"owner_id": "max", "begins_on": date(2026, 7, 1), "due_on": date(2026, 7, 31), "labels": ("mail",)}
    events = company.do(planned("calls-sheet", "calls", "trust", "calls", description="Why", links=links, **fields))
    assert events == [
        InitiativeCreated(
            initiative_id="calls-sheet",
            title="Rewrite the mail",
            supported_ids=("calls", "trust"),
            description="Why",
            **fields,  # type: ignore[arg-type]
        ),
        InitiativeLinkAdded(initiative_id="calls-sheet", url=PLAN, title="Plan"),
        InitiativeLinkAdded(initiative_id="calls-sheet", url="http://example.com/board", title="Board"),
    ]
    made = known(company, "calls-sheet")
    assert (made.state, made.version, made.created_by, made.started_at, made.ended_at) == ("PLANNED", 3, "ada", None, None)
    assert made.links == (Link(url=PLAN, title="Plan"), Link(url="http://example.com/board", title="Board"))
    assert company.facts.objectives_supported(made) == ("trust",)
    assert company.facts.initiatives_behind("trust") == {"mail", "calls-sheet"}
    assert company.facts.initiatives_of("calls") == {"calls-sheet"}


def test_it_never_counts_as_progress(company: Company) -> None:
    objective = company.facts.objectives["trust"]
    before = company.facts.rolled_up.objective_number(objective)
    company.do(CompleteInitiative(initiative_id="mail"))
    assert company.facts.rolled_up.objective_number(objective) == before
    assert company.facts.rolled_up.parts(objective) == company.facts.rolled_up.parts(company.facts.objectives["trust"])


STATES = {
    "PLANNED": (),
    "IN_PROGRESS": (StartInitiative,),
    "DONE": (StartInitiative, CompleteInitiative),
    "DROPPED": (DropInitiative,),
}
ADVANCES = {
    StartInitiative: (InitiativeStarted, {"PLANNED": "IN_PROGRESS", "IN_PROGRESS": None}),
    CompleteInitiative: (InitiativeCompleted, {"PLANNED": "DONE", "IN_PROGRESS": "DONE", "DONE": None}),
    DropInitiative: (InitiativeDropped, {"PLANNED": "DROPPED", "IN_PROGRESS": "DROPPED", "DROPPED": None}),
    ReopenInitiative: (
        InitiativeReopened,
        {"DONE": "IN_PROGRESS", "DROPPED": "PLANNED", "PLANNED": None, "IN_PROGRESS": None},
    ),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", ADVANCES)
def test_every_step_from_every_state(company: Company, state: str, command: type) -> None:
    for step in STATES[state]:
        company.do(step(initiative_id="mail"))
    event, allowed = ADVANCES[command]
    before = known(company)
    assert before.state == state
    if state not in allowed:
        assert company.refusal(command(initiative_id="mail")) == (RejectionCode.WRONG_STATE, ("initiativeId",))
        return
    wanted = allowed[state]
    assert company.do(command(initiative_id="mail")) == ([event(initiative_id="mail")] if wanted else [])
    after = known(company)
    assert after.state == (wanted or state)
    assert (after.ended_at is None) is (after.state in (InitiativeState.PLANNED, InitiativeState.IN_PROGRESS))
    if command is StartInitiative and wanted:
        assert after.started_at == company.at
    else:
        assert after.started_at == before.started_at
    # The same wish twice yields no events.
    assert company.do(command(initiative_id="mail")) == []


def test_an_update_says_what_changed_and_nothing_else(company: Company) -> None:
    changes: tuple[tuple[dict[str, object], type, dict[str, object]], ...] = (
        ({"title": "Call"}, InitiativeRetitled, {"title": "Call"}),
        ({"description": "Why"}, InitiativeDescribed, {"description": "Why"}),
        ({"owner_id": "max"}, InitiativeReowned, {"owner_id": "max"}),
        ({"due_on": date(2026, 8, 1)}, InitiativeRescheduled, {"begins_on": None, "due_on": date(2026, 8, 1)}),
        ({"begins_on": date(2026, 8, 1)}, InitiativeRescheduled, {"begins_on": date(2026, 8, 1), "due_on": date(2026, 8, 1)}),
        ({"labels": ("a", "b")}, InitiativeLabelled, {"labels": ("a", "b")}),
        ({"description": None}, InitiativeDescribed, {"description": None}),
    )
    for fields, event, values in changes:
        version = known(company).version
        command = UpdateInitiative(initiative_id="mail", **fields)  # type: ignore[arg-type]
        assert company.do(command) == [event(initiative_id="mail", **values)]
        assert company.do(command) == []
        assert known(company).version == version + 1
    updated = known(company)
    assert (updated.updated_by, updated.updated_at > updated.created_at) == ("ada", True)
    stale = UpdateInitiative(initiative_id="mail", title="Stale", expected_version=1)
    assert company.refusal(stale) == (RejectionCode.VERSION_CONFLICT, ("expectedVersion",))
    check_version("mail", updated.version, updated.version)


def test_support_and_links_come_and_go(company: Company) -> None:
    added = AddSupport(initiative_id="mail", supported_id="days")
    assert company.do(added) == [InitiativeSupportAdded(initiative_id="mail", supported_id="days")]
    assert company.do(added) == []
    assert company.facts.objectives_supported(known(company)) == ("trust", "speed")
    removed = RemoveSupport(initiative_id="mail", supported_id="trust")
    assert company.do(removed) == [InitiativeSupportRemoved(initiative_id="mail", supported_id="trust")]
    assert company.do(removed) == []
    last = RemoveSupport(initiative_id="mail", supported_id="days")
    assert company.refusal(last) == (RejectionCode.WRONG_STATE, ("supportedId",))
    # It goes with its key result.
    company.do(UpdateKeyResult(key_result_id="days", objective_id="trust"), BECAUSE)
    assert company.facts.objectives_supported(known(company)) == ("trust",)

    link = AddLink(initiative_id="mail", url=PLAN)
    assert company.do(link) == [InitiativeLinkAdded(initiative_id="mail", url=PLAN, title=None)]
    assert company.do(link) == []
    assert company.do(replace(link, title="Plan")) == [InitiativeLinkAdded(initiative_id="mail", url=PLAN, title="Plan")]
    assert known(company).links == (Link(url=PLAN, title="Plan"),)
    unlinked = RemoveLink(initiative_id="mail", url=PLAN)
    assert company.do(unlinked) == [InitiativeLinkRemoved(initiative_id="mail", url=PLAN)]
    assert (company.do(unlinked), known(company).links) == ([], ())


# --- what is refused


@pytest.mark.parametrize(
    ("command", "code", "path"),
    [
        (planned("mail"), "ID_TAKEN", ("id",)),
        (CreateInitiative(initiative_id="x", title="x", supported_ids=()), "REQUIRED", ("supportedIds",)),
        (planned("x", "trust", "nothing"), "NOT_FOUND", ("supportedIds", "1")),
        (planned("x", "max"), "NOT_FOUND", ("supportedIds", "0")),
        (planned("x", owner_id="nobody"), "NOT_FOUND", ("ownerId",)),
        (planned("x", begins_on=date(2026, 8, 2), due_on=date(2026, 8, 1)), "INVALID", ("dueOn",)),
        (planned("x", links=(Link(url=PLAN), Link(url="ftp://example.com"))), "INVALID", ("links", "1", "url")),
        (UpdateInitiative(initiative_id="nothing", title="x"), "NOT_FOUND", ("initiativeId",)),
        (UpdateInitiative(initiative_id="mail", owner_id="nobody"), "NOT_FOUND", ("ownerId",)),
        (AddSupport(initiative_id="mail", supported_id="nothing"), "NOT_FOUND", ("supportedId",)),
        (AddInitiativeDependency(initiative_id="mail", blocker_id="nothing"), "NOT_FOUND", ("blockerId",)),
        (AddInitiativeDependency(initiative_id="mail", blocker_id="replies"), "NOT_FOUND", ("blockerId",)),
        (AddInitiativeDependency(initiative_id="mail", blocker_id="mail"), "DEPENDENCY_CYCLE", ("blockerId",)),
        (AddKeyResultDependency(key_result_id="replies", blocker_id="mail"), "NOT_FOUND", ("blockerId",)),
        (AddKeyResultDependency(key_result_id="replies", blocker_id="replies"), "DEPENDENCY_CYCLE", ("blockerId",)),
    ],
)
def test_what_is_refused(company: Company, command: Command, code: str, path: tuple[str, ...]) -> None:
    assert company.refusal(command) == (code, path)


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com", "//example.com", "javascript:alert(1)", "ftp://example.com/x", "mailto:ada@example.com"),
        *("https://", "https:///path", "https://a b", "https://example.com/\n", "https://example.com:99999", "https://[::1"),
        *("https://ada:secret@example.com", "https://ada@example.com", "https://example.com/\u202e"),
    ],
)
def test_an_address_is_one_of_http_without_a_secret(company: Company, url: str) -> None:
    assert company.refusal(AddLink(initiative_id="mail", url=url)) == (RejectionCode.INVALID, ("url",))


@pytest.mark.parametrize(
    "url", ["http://example.com", "https://example.com:8443/a?b=c#d", "https://例え.jp/改善", "HTTPS://EXAMPLE.COM"]
)
def test_addresses_that_are_taken(company: Company, url: str) -> None:
    assert company.do(AddLink(initiative_id="mail", url=url)) == [
        InitiativeLinkAdded(initiative_id="mail", url=url, title=None)
    ]


def test_what_is_over_keeps_what_stood_behind_it(company: Company) -> None:
    company.do(AddSupport(initiative_id="mail", supported_id="days"))
    company.do(DropKeyResult(key_result_id="calls"))
    assert company.refusal(AddSupport(initiative_id="mail", supported_id="calls")) == ("WRONG_STATE", ("keyResultId",))
    company.do(CancelObjective(objective_id="speed"))
    for command in (
        RemoveSupport(initiative_id="mail", supported_id="days"),
        AddSupport(initiative_id="mail", supported_id="speed"),
        planned("x", "speed"),
        AddKeyResultDependency(key_result_id="days", blocker_id="replies"),
    ):
        assert company.refusal(command)[0] == RejectionCode.WRONG_STATE
    company.do(CancelObjective(objective_id="trust"))
    company.do(ReviewCycle(cycle_id="q3"))
    company.do(CloseCycle(cycle_id="q3"))
    assert company.refusal(planned("x"))[0] == RejectionCode.CYCLE_CLOSED
    # The work itself goes on.
    assert company.do(CompleteInitiative(initiative_id="mail")) == [InitiativeCompleted(initiative_id="mail")]


def test_a_reason_that_says_nothing_is_refused(company: Company) -> None:
    empty = Reason(code=ReasonCode.OTHER, text=" ")
    assert company.refusal(StartInitiative(initiative_id="mail"), empty) == ("REASON_REQUIRED", ("reason", "text"))


def test_every_limit(company: Company) -> None:
    company.limits = Limits(
        initiatives_per_objective=2, supports_per_initiative=2, links_per_initiative=1, dependencies_per_thing=1, url_length=30
    )
    exceeded = RejectionCode.LIMIT_EXCEEDED
    company.do(planned("second", "replies"))
    # Those behind key results count for their objective; the same one twice counts once.
    assert company.refusal(planned("third", "calls")) == (exceeded, ("supportedIds", "0"))
    company.do(AddSupport(initiative_id="second", supported_id="trust"))
    assert company.refusal(AddSupport(initiative_id="second", supported_id="days")) == (exceeded, ("supportedId",))
    three = planned("third", "trust", "speed", "days")
    assert company.refusal(three) == (exceeded, ("supportedIds",))
    company.do(planned("third", "speed"))
    links = (Link(url="https://a.example"), Link(url="https://b.example"))
    assert company.refusal(planned("x", "days", links=links)) == (exceeded, ("links",))
    company.do(AddLink(initiative_id="mail", url="https://a.example"))
    company.do(AddLink(initiative_id="mail", url="https://a.example", title="The same"))
    assert company.refusal(AddLink(initiative_id="mail", url="https://b.example")) == (exceeded, ("url",))
    long = AddLink(initiative_id="second", url=f"https://a.example/{'a' * 13}")
    assert company.refusal(long) == (exceeded, ("url",))
    company.do(AddInitiativeDependency(initiative_id="mail", blocker_id="second"))
    for dependent, blocker in (("mail", "third"), ("third", "second")):
        command = AddInitiativeDependency(initiative_id=dependent, blocker_id=blocker)
        assert company.refusal(command) == (exceeded, ("blockerId",))
    company.do(AddKeyResultDependency(key_result_id="replies", blocker_id="calls"))
    assert company.refusal(AddKeyResultDependency(key_result_id="days", blocker_id="calls")) == (exceeded, ("blockerId",))


# --- dependencies


def test_a_dependency_is_noted_and_taken_back(company: Company) -> None:
    company.do(planned("list"))
    added = AddInitiativeDependency(initiative_id="mail", blocker_id="list", note="First")
    assert company.do(added) == [InitiativeDependencyAdded(initiative_id="mail", blocker_id="list", note="First")]
    assert company.do(added) == []
    assert company.do(replace(added, note=None)) == [InitiativeDependencyAdded(initiative_id="mail", blocker_id="list")]
    assert known(company).dependencies == (Dependency(blocker_id="list"),)
    assert company.facts.dependents_of("list") == {"mail"}
    removed = RemoveInitiativeDependency(initiative_id="mail", blocker_id="list")
    assert company.do(removed) == [InitiativeDependencyRemoved(initiative_id="mail", blocker_id="list")]
    assert (company.do(removed), company.facts.dependents_of("list")) == ([], frozenset())

    key_results = AddKeyResultDependency(key_result_id="replies", blocker_id="days", note="Slow")
    subject = {"key_result_id": "replies", "objective_id": "trust", "blocker_id": "days"}
    version = company.facts.key_results["replies"].version
    assert company.do(key_results) == [KeyResultDependencyAdded(**subject, note="Slow")]
    assert company.do(key_results) == []
    assert company.facts.key_results["replies"].version == version + 1
    taken_back = RemoveKeyResultDependency(key_result_id="replies", blocker_id="days")
    assert company.do(taken_back) == [KeyResultDependencyRemoved(**subject)]
    assert company.do(taken_back) == []


def test_no_circle_however_long(company: Company) -> None:
    names = ["mail", "a", "b", "c", "d"]
    for name in names[1:]:
        company.do(planned(name))
    for dependent, blocker in pairwise(names):
        company.do(AddInitiativeDependency(initiative_id=dependent, blocker_id=blocker))
    # A second way to the same is no circle.
    company.do(AddInitiativeDependency(initiative_id="mail", blocker_id="d"))
    for blocker in names[:-1]:
        command = AddInitiativeDependency(initiative_id="d", blocker_id=blocker)
        assert company.refusal(command) == (RejectionCode.DEPENDENCY_CYCLE, ("blockerId",))
    company.do(AddKeyResultDependency(key_result_id="replies", blocker_id="calls"))
    company.do(AddKeyResultDependency(key_result_id="calls", blocker_id="days"))
    circle = AddKeyResultDependency(key_result_id="days", blocker_id="replies")
    assert company.refusal(circle) == (RejectionCode.DEPENDENCY_CYCLE, ("blockerId",))
    company.do(RemoveKeyResultDependency(key_result_id="replies", blocker_id="calls"))
    assert len(company.do(circle)) == 1


# --- who may


def code_of(command: Command, actor_id: str, company: Company) -> RejectionCode | None:
    try:
        check(command, actor_id, company.facts)
    except Rejected as refused:
        return refused.rejections[0].code
    return None


@pytest.fixture
def private(company: Company) -> Company:
    """`mail`, of `owner`, stands behind the open `trust` of `part` and the private `secret` of `max`; `hidden` behind that."""
    for name in ("owner", "part", "stranger", "helper"):
        company.do(InvitePerson(person_id=name, sealed="sealed"))
    company.do(InvitePerson(person_id="viewer", sealed="sealed", role=Role.VIEWER))
    company.do(UpdateObjective(objective_id="trust", contributor_ids=("helper",), owner_id="part"), BECAUSE)
    company.do(UpdateKeyResult(key_result_id="replies", owner_id="stranger"), BECAUSE)
    company.objective("secret", owner_id="max", visibility=Visibility.PRIVATE, team_id=None)
    company.do(UpdateInitiative(initiative_id="mail", owner_id="owner"))
    company.do(AddSupport(initiative_id="mail", supported_id="secret"))
    company.do(planned("hidden", "secret", owner_id="owner"))
    return company


def test_who_changes_an_initiative(private: Company) -> None:
    changing: tuple[Command, ...] = (
        UpdateInitiative(initiative_id="mail", title="x"),
        StartInitiative(initiative_id="mail"),
        CompleteInitiative(initiative_id="mail"),
        DropInitiative(initiative_id="mail"),
        ReopenInitiative(initiative_id="mail"),
        AddLink(initiative_id="mail", url=PLAN),
        RemoveLink(initiative_id="mail", url=PLAN),
    )
    # The owner, owners of what it supports, leads of their team (max leads sales), ADMINs.
    allowed = {"ada", "owner", "part", "max"}
    for command in changing:
        for name in ("ada", "owner", "part", "max", "stranger", "helper", "viewer"):
            wanted = None if name in allowed else RejectionCode.FORBIDDEN
            assert code_of(command, name, private) == wanted, (command, name)
    private.do(AddSupport(initiative_id="mail", supported_id="replies"))
    assert code_of(changing[0], "stranger", private) is None


def test_who_puts_an_initiative_behind_something(private: Company) -> None:
    expected = {"ada": None, "part": None, "max": None, "helper": None, "stranger": "FORBIDDEN", "viewer": "FORBIDDEN"}
    assert {name: code_of(planned("x"), name, private) for name in expected} == expected
    assert code_of(planned("x", "replies"), "stranger", private) is None
    assert code_of(planned("x", "trust", "secret"), "part", private) == RejectionCode.NOT_FOUND
    own = AddSupport(initiative_id="mail", supported_id="speed")
    assert (code_of(own, "max", private), code_of(own, "owner", private)) == (None, RejectionCode.FORBIDDEN)


def test_what_supports_only_hidden_things_does_not_exist(private: Company) -> None:
    hidden = known(private, "hidden")
    for name, sees in (("ada", True), ("max", True), ("owner", False), ("part", False)):
        person = private.facts.people[name]
        assert sees_initiative(hidden, Actor(actor_id=name, role=person.role), private.facts) is sees
        assert sees_initiative(known(private), Actor(actor_id=name, role=person.role), private.facts)
    for name in ("owner", "part"):
        for initiative_id in ("hidden", "nothing"):
            assert code_of(UpdateInitiative(initiative_id=initiative_id, title="x"), name, private) == "NOT_FOUND"
            dependency = AddInitiativeDependency(initiative_id="mail", blocker_id=initiative_id)
            assert code_of(dependency, name, private) == RejectionCode.NOT_FOUND
        for supported_id in ("secret", "nothing"):
            for command in (AddSupport, RemoveSupport):
                assert code_of(command(initiative_id="mail", supported_id=supported_id), name, private) == "NOT_FOUND"


def test_whoever_sees_one_support_cannot_take_it_away_as_if_there_were_no_other(private: Company) -> None:
    last = RemoveSupport(initiative_id="mail", supported_id="trust")
    with pytest.raises(Rejected) as refused:
        check(last, "part", private.facts)
    # The same as when there is no other one.
    private.do(RemoveSupport(initiative_id="mail", supported_id="secret"))
    with pytest.raises(Rejected) as alone:
        check(last, "part", private.facts)
    assert refused.value.rejections == alone.value.rejections
    assert private.refusal(last) == (alone.value.rejections[0].code, alone.value.rejections[0].path)


def test_who_sees_both_key_results_says_that_one_depends_on_the_other(private: Company) -> None:
    command = AddKeyResultDependency(key_result_id="replies", blocker_id="days")
    assert {name: code_of(command, name, private) for name in ("part", "stranger", "helper")} == {
        "part": None,
        "stranger": None,
        "helper": RejectionCode.FORBIDDEN,
    }
    private.key_result("secret part", "secret")
    hidden = AddKeyResultDependency(key_result_id="replies", blocker_id="secret part")
    assert (code_of(hidden, "part", private), code_of(hidden, "ada", private)) == (RejectionCode.NOT_FOUND, None)
