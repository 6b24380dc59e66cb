from decimal import Decimal

import pytest

from events.finding import Finding, FindingCode, enabled, of_key_result, of_objective, of_objective_count
from events.metric import Metric, MetricKind, Unit

ON_THE_WAY = Metric(kind=MetricKind.INCREASE, unit=Unit.PERCENT, start=Decimal(5), target=Decimal(10))


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code.value for finding in findings]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Build trust from the first conversation", []),
        ("Win 30 customers", ["DIGITS_IN_TITLE"]),
        ("赢得٣个客户", ["DIGITS_IN_TITLE"]),
        ("Be the one that customers name", []),
    ],
)
def test_an_objective_is_said_in_words(title: str, expected: list[str]):
    assert codes(of_objective(objective_id="objective_a", title=title, key_result_count=3)) == expected


@pytest.mark.parametrize(("count", "is_found"), [(0, True), (1, True), (2, False), (5, False), (6, True), (12, True)])
def test_two_to_five_key_results_work_best(count: int, is_found: bool):
    found = of_objective(objective_id="objective_a", title="Trust", key_result_count=count)
    assert codes(found) == (["KEY_RESULT_COUNT"] if is_found else [])


def test_an_objective_that_lives_by_its_children_needs_no_key_results():
    assert of_objective(objective_id="objective_a", title="Trust", key_result_count=0, needs_key_results=False) == []


def test_a_finding_names_its_subject_and_the_field_that_is_meant():
    (found,) = of_objective(objective_id="objective_a", title="Trust", key_result_count=6)
    assert (found.subject_id, found.path) == ("objective_a", ("keyResults",))
    assert found.message == "6 key results; 2 to 5 work best"


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (ON_THE_WAY, []),
        (Metric(kind=MetricKind.AT_LEAST, unit=Unit.PERCENT, target=Decimal(50)), ["NO_BASELINE"]),
        (Metric(kind=MetricKind.AT_LEAST, unit=Unit.PERCENT, start=Decimal(10), target=Decimal(50)), []),
        (Metric(kind=MetricKind.RANGE, low=Decimal(1), high=Decimal(2)), ["NO_BASELINE"]),
        (Metric(kind=MetricKind.UNDECIDED), ["UNDECIDED_METRIC"]),
        (Metric(kind=MetricKind.BINARY), []),
    ],
)
def test_a_key_result_wants_a_measure_and_a_baseline(metric: Metric, expected: list[str]):
    assert codes(of_key_result(key_result_id="key_result_a", metric=metric)) == expected


@pytest.mark.parametrize(
    ("check_in_count", "confidence", "expected"),
    [(1, 0.95, ["SANDBAGGING"]), (1, 0.9, []), (2, 0.95, []), (1, None, []), (0, None, [])],
)
def test_too_much_confidence_at_the_first_check_in_is_sandbagging(
    check_in_count: int, confidence: float | None, expected: list[str]
):
    found = of_key_result(key_result_id="key_result_a", metric=ON_THE_WAY, check_in_count=check_in_count, confidence=confidence)
    assert codes(found) == expected


def test_more_than_five_objectives_are_no_focus():
    assert of_objective_count(subject_id="team_a", count=5) == []
    (found,) = of_objective_count(subject_id="team_a", count=6)
    assert (found.code, found.subject_id) == (FindingCode.TOO_MANY_OBJECTIVES, "team_a")


def test_an_organization_switches_codes_off():
    found = of_objective(objective_id="objective_a", title="Win 30 customers", key_result_count=0)
    assert codes(enabled(found, ("KEY_RESULT_COUNT",))) == ["DIGITS_IN_TITLE"]
    assert codes(enabled(found, ())) == ["DIGITS_IN_TITLE", "KEY_RESULT_COUNT"]
