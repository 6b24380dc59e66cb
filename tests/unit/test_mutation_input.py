from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import strawberry

from events.envelope import UNSET
from events.identifier import Noun, format_identifier, new_identifier, new_uuid
from events.objective import ActivateObjective, Ambition
from events.rejection import Rejected, RejectionCode
from schema.act import Step
from schema.input import clearable, exact, fresh, given, known, known_or_cleared, request_hash, unclearable
from schema.key_result_mutations import KeyResultRetargetInput
from schema.objective_mutations import ObjectiveCreateInput

NOW = datetime(2026, 8, 14, 9, tzinfo=UTC)


def made(at: datetime, noun: Noun = Noun.TEAM) -> str:
    return format_identifier(noun, new_uuid(int(at.timestamp() * 1000)))


def refusal(rejected: pytest.ExceptionInfo[Rejected]) -> tuple[RejectionCode, tuple[str, ...]]:
    (rejection,) = rejected.value.rejections
    return rejection.code, rejection.path


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.1, "0.1"), (2.0, "2"), (1e-7, "0.0000001"), (0.30000000000000004, "0.30000000000000004"), (-3.5, "-3.5")],
)
def test_a_float_becomes_the_shortest_decimal_that_reads_the_same(value: float, expected: str):
    assert exact(value) == Decimal(expected)
    assert f"{exact(value):f}" == expected


def test_absent_and_null_are_told_apart_where_something_is_changed():
    assert (given(strawberry.UNSET), given(None), given("text")) == (None, None, "text")
    assert (clearable(strawberry.UNSET), clearable(None), clearable("text")) == (UNSET, None, "text")
    assert (unclearable(strawberry.UNSET, "title"), unclearable("text", "title")) == (UNSET, "text")
    with pytest.raises(Rejected) as rejected:
        unclearable(None, "title")
    assert refusal(rejected) == (RejectionCode.REQUIRED, ("title",))
    assert known_or_cleared(strawberry.UNSET, Noun.TEAM, "teamId") is UNSET
    assert known_or_cleared(None, Noun.TEAM, "teamId") is None


@pytest.mark.parametrize("distance", [timedelta(0), timedelta(hours=23), timedelta(hours=-23)])
def test_a_client_brings_an_id_of_about_now(distance: timedelta):
    identifier = made(NOW + distance)
    assert fresh(identifier, Noun.TEAM, NOW, "id") == identifier


@pytest.mark.parametrize(
    "wrong",
    [
        made(NOW - timedelta(hours=25)),
        made(NOW + timedelta(hours=25)),
        made(NOW, Noun.CYCLE),
        "team_",
        "team",
        f"{made(NOW)}@1755216000000000",
    ],
    ids=["yesterday", "tomorrow", "another noun", "no suffix", "no separator", "of the past"],
)
def test_a_client_brings_no_other_id(wrong: str):
    with pytest.raises(Rejected) as rejected:
        fresh(wrong, Noun.TEAM, NOW, "id")
    assert refusal(rejected) == (RejectionCode.INVALID, ("id",))


def test_a_thing_of_the_past_cannot_be_changed():
    identifier = new_identifier(Noun.TEAM)
    assert known(identifier, Noun.TEAM, "teamId") == identifier
    with pytest.raises(Rejected) as rejected:
        known(f"{identifier}@1755216000000000", Noun.TEAM, "teamId")
    assert refusal(rejected) == (RejectionCode.HISTORICAL_ID, ("teamId",))
    with pytest.raises(Rejected) as rejected:
        known(f"{identifier}@1755216000000000", Noun.CYCLE, "cycleId")
    assert refusal(rejected) == (RejectionCode.NOT_FOUND, ("cycleId",))


def test_one_request_has_one_hash_however_it_was_written():
    cycle_id = strawberry.ID(new_identifier(Noun.CYCLE))
    asked = ObjectiveCreateInput(cycle_id=cycle_id, title="Trust")
    same = ObjectiveCreateInput(
        title="Trust",
        cycle_id=cycle_id,
        ambition=Ambition.ASPIRATIONAL,
        idempotency_key="k",
        client_mutation_id="c",
    )
    assert request_hash("objectiveCreate", asked) == request_hash("objectiveCreate", same)
    others = (
        ObjectiveCreateInput(cycle_id=cycle_id, title="Trust\ud800"),
        ObjectiveCreateInput(cycle_id=cycle_id, title="Trust", description=None),
        ObjectiveCreateInput(cycle_id=cycle_id, title="Trust", dry_run=True),
    )
    hashes = {request_hash("objectiveCreate", each) for each in (asked, *others)}
    assert len(hashes) == 4
    assert request_hash("objectiveUpdate", asked) not in hashes


def test_decimals_are_hashed_as_they_were_given():
    key_result_id = strawberry.ID(new_identifier(Noun.KEY_RESULT))
    one, other = (KeyResultRetargetInput(key_result_id=key_result_id, target=Decimal(target)) for target in ("12", "12.5"))
    assert request_hash("keyResultRetarget", one) != request_hash("keyResultRetarget", other)


def test_a_refused_field_is_found_again_in_the_input():
    step = Step(
        command=ActivateObjective(objective_id=new_identifier(Noun.OBJECTIVE)),
        path=("keyResults", "1"),
        renamed={("replacements", "1"): ("furtherKeyResults", "0")},
    )
    assert step.place(("metric", "target")) == ("keyResults", "1", "metric", "target")
    assert step.place(("reason", "text")) == ("reason", "text")
    assert step.place(("replacements", "1", "title")) == ("furtherKeyResults", "0", "title")
    assert step.place(()) == ("keyResults", "1")
