"""Each rule of the coach speaks where it should, in every language, and is silent where it should be."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from events.check_in import CheckInStatus
from events.coach.finding import Finding, FindingCode, FindingSeverity, Level
from events.coach.key_result_rules import KEY_RESULT_RULES
from events.coach.objective_rules import LOAD_RULES, OBJECTIVE_RULES
from events.coach.rule import review
from events.coach.rules import RULES, tables
from events.coach.standing_rules import STANDING_RULES
from events.coach.subject import KeyResultText, Load, ObjectiveText, Standing
from events.metric import Metric, MetricKind, Stage, Unit

DONE_OR_NOT = Metric(kind=MetricKind.BINARY)
ESTIMATE = Metric(kind=MetricKind.ESTIMATED)
SHARE = Metric(kind=MetricKind.INCREASE, unit=Unit.PERCENT, start=Decimal(5), target=Decimal(10))
COUNT = Metric(kind=MetricKind.INCREASE, unit=Unit.NUMBER, start=Decimal(0), target=Decimal(30), unit_label="pieces")
AMOUNT = Metric(kind=MetricKind.INCREASE, unit=Unit.CURRENCY, currency="EUR", start=Decimal(0), target=Decimal(2_000_000))


def codes(findings: Sequence[Finding]) -> list[str]:
    return [finding.code.value for finding in findings]


def key_result(title: str, metric: Metric = SHARE, **more: Any) -> KeyResultText:
    return KeyResultText(id="key_result_a", title=title, metric=metric, **{"cycle_ends_on": date(2026, 9, 30), **more})


def of_key_result(title: str, metric: Metric = SHARE, **more: Any) -> list[str]:
    return codes(review(KEY_RESULT_RULES, key_result(title, metric, **more)))


def of_objective(title: str = "Be trusted", *key_results: KeyResultText, **more: Any) -> list[str]:
    parts = key_results or (key_result("Reply rate"), key_result("Win rate"))
    return codes(review(OBJECTIVE_RULES, ObjectiveText(id="objective_a", title=title, key_results=parts, **more)))


def of_standing(**values: Any) -> list[str]:
    standing = Standing(**{"id": "key_result_a", "title": "Reply rate", "check_in_count": 2, "progress": 0.5, **values})
    return codes(review(STANDING_RULES, standing))


# --- objectives


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Build trust from the first conversation", []),
        ("Win 30 customers", ["DIGITS_IN_TITLE"]),
        ("赢得٣个客户", ["DIGITS_IN_TITLE"]),
        ("Získat 30 zákazníků", ["DIGITS_IN_TITLE"]),
        ("Получить 30 клиентов", ["DIGITS_IN_TITLE"]),
        ("让客户信任我们", []),
    ],
)
def test_an_objective_is_said_in_words(title: str, expected: list[str]):
    assert of_objective(title) == expected


@pytest.mark.parametrize(("count", "is_found"), [(0, True), (1, True), (2, False), (5, False), (6, True), (12, True)])
def test_two_to_five_key_results_work_best(count: int, is_found: bool):
    objective = ObjectiveText(id="objective_a", title="Trust", key_results=[key_result("Reply rate")] * count)
    assert codes(review(OBJECTIVE_RULES, objective)) == (["KEY_RESULT_COUNT"] if is_found else [])


def test_an_objective_that_lives_by_its_children_needs_no_key_results():
    assert review(OBJECTIVE_RULES, ObjectiveText(id="objective_a", title="Trust", needs_key_results=False)) == []


@pytest.mark.parametrize(
    ("quantity", "watching"),
    [
        ("New customers", "Complaints of customers"),
        ("新增客户数", "客户投诉数"),
        ("Новые клиенты", "Жалобы клиентов"),
        ("Noví zákazníci", "Stížnosti zákazníků"),
    ],
)
def test_a_quantity_wants_something_that_watches_over_it(quantity: str, watching: str):
    more, most = (
        key_result(quantity, COUNT),
        Metric(kind=MetricKind.AT_MOST, unit=Unit.NUMBER, start=Decimal(9), target=Decimal(5)),
    )
    assert of_objective("Grow", more, more) == ["NO_COUNTER_METRIC"]
    assert of_objective("Grow", more, key_result(watching, COUNT)) == []
    assert of_objective("Grow", more, key_result("Discounts", most)) == []
    assert of_objective("Grow", more, key_result("Win rate")) == []


@pytest.mark.parametrize(
    ("lagging", "leading"),
    [
        ("Revenue growth", "Share of trials begun"),
        ("营收增长率", "方案回复率"),
        ("Рост выручки", "Доля начатых пробных периодов"),
        ("Růst tržeb", "Podíl zahájených zkoušek"),
    ],
)
def test_lagging_metrics_alone_leave_no_time_to_act(lagging: str, leading: str):
    assert of_objective("Grow", key_result(lagging), key_result(lagging)) == ["ONLY_LAGGING_METRICS"]
    assert of_objective("Grow", key_result(lagging), key_result(leading)) == []


def test_the_objective_of_a_team_says_what_it_is_for():
    assert of_objective(is_of_team=True) == ["RELEVANCE_UNSTATED"]
    assert of_objective(is_of_team=True, description=" ") == ["RELEVANCE_UNSTATED"]
    assert of_objective(is_of_team=True, description="Half of all prospects never come back") == []
    assert of_objective(is_of_team=True, parent_ids=frozenset({"objective_b"})) == []
    assert of_objective(is_of_team=False) == []


def test_more_than_five_objectives_are_no_focus():
    assert review(LOAD_RULES, Load(id="team_a", count=5)) == []
    (found,) = review(LOAD_RULES, Load(id="team_a", count=7))
    assert (found.code, found.subject_id) == (FindingCode.TOO_MANY_OBJECTIVES, "team_a")
    assert found.facts == {"count": 7, "most": 5, "surplus": 2}


# --- key results


@pytest.mark.parametrize(
    "title",
    [
        "CRM rolled out and configured",
        "Launch the new portal",
        "→ Launch the new portal",
        "上线新门户",
        "客户门户已部署",
        "Портал запущен",
        "Запустить портал",
        "Portál spuštěn",
        "Spustit portál",
        "SPUSTIT PORTAL",
    ],
)
def test_work_that_is_done_or_not_is_a_task(title: str):
    assert of_key_result(title, DONE_OR_NOT) == ["TASK"]
    assert of_key_result(title, Metric(kind=MetricKind.MILESTONE, stages=(Stage(stage_id="a", title="A"),))) == ["TASK"]


@pytest.mark.parametrize(
    "title",
    ["Certified by an accredited body", "获得安全认证", "Сертификат безопасности получен", "Certifikát bezpečnosti získán"],
)
def test_a_result_that_is_there_or_not_is_no_task(title: str):
    assert of_key_result(title, DONE_OR_NOT) == []


def test_what_measures_a_share_is_no_task_though_it_begins_with_a_verb():
    assert of_key_result("完成新手引导的用户占比") == []
    assert of_key_result("Launch partners who renew") == []
    assert of_key_result("Build dashboards", COUNT) == ["TASK"]


@pytest.mark.parametrize(
    ("activity", "outcome"),
    [
        ("Trade fairs attended", "Agreements signed after trade fairs attended"),
        ("客户拜访量和会议", "会议带来的签约"),
        ("Проведено вебинаров", "Заявки после вебинаров"),
        ("Uspořádané workshopy", "Zakázky získané po workshopech"),
    ],
)
def test_counting_ones_own_doings_is_an_activity(activity: str, outcome: str):
    assert of_key_result(activity, COUNT) == ["ACTIVITY"]
    assert of_key_result(outcome, COUNT) == []
    assert of_key_result(activity, SHARE) == []


@pytest.mark.parametrize(
    ("single", "vanity", "sound"),
    [
        ("Largest deal closed", "Page views", "Deals of at least ten thousand"),
        ("最大订单金额", "应用下载量", "万元以上的订单数"),
        ("Самая крупная сделка", "Просмотры страниц", "Сделки не меньше миллиона"),
        ("Největší zakázka", "Stažení aplikace", "Zakázky nad milion"),
    ],
)
def test_what_one_case_or_money_lifts_is_gameable(single: str, vanity: str, sound: str):
    assert of_key_result(single, AMOUNT) == ["GAMEABLE"]
    assert of_key_result(vanity, COUNT) == ["GAMEABLE"]
    assert of_key_result(sound, COUNT) == []
    # Forced down, the same is a guard.
    down = Metric(kind=MetricKind.AT_MOST, unit=Unit.NUMBER, start=Decimal(50), target=Decimal(30))
    assert of_key_result(single, down) == []


@pytest.mark.parametrize(
    ("objective", "elsewhere", "tied"),
    [
        ("Enter Asia through partners", "Total value of contracts", "Total value of partner contracts"),
        ("通过伙伴打开市场", "合同总额", "伙伴合同总额"),
        ("Выйти на рынок через партнёров", "Общая сумма договоров", "Общая сумма договоров партнёров"),
        ("Vstoupit na trh přes partnery", "Celková hodnota smluv", "Celková hodnota smluv partnerů"),
    ],
)
def test_a_total_wants_to_be_tied_to_its_objective_and_to_begin_somewhere(objective: str, elsewhere: str, tied: str):
    assert of_key_result(elsewhere, AMOUNT, objective_title=objective) == ["GAMEABLE", "UNGROUNDED_TARGET"]
    assert of_key_result(tied, AMOUNT, objective_title=objective) == ["UNGROUNDED_TARGET"]
    known = Metric(kind=MetricKind.INCREASE, unit=Unit.CURRENCY, currency="EUR", start=Decimal(5), target=Decimal(9))
    assert of_key_result(tied, known, objective_title=objective) == []
    assert of_key_result(elsewhere, known) == []


def test_a_leap_wants_a_reason_to_believe_in_it():
    def leap(target: int, **more: Any) -> list[str]:
        metric = Metric(kind=MetricKind.INCREASE, unit=Unit.NUMBER, start=Decimal(20), target=Decimal(target), **more)
        return of_key_result("Leads per month", metric)

    assert leap(200) == []
    assert leap(201) == ["UNGROUNDED_TARGET"]
    assert leap(201, is_relative=True) == []


@pytest.mark.parametrize(
    ("vague", "direction"),
    [
        ("Significantly happier customers", "Improve the mood"),
        ("显著改变客户的看法", "改善客户体验"),
        ("Существенный рост лояльности", "Улучшить настроение"),
        ("Výrazně spokojenější zákazníci", "Zlepšit náladu"),
    ],
)
def test_vague_words_cannot_be_checked(vague: str, direction: str):
    assert of_key_result(vague) == ["VAGUE_WORDING"]
    assert of_key_result(direction, DONE_OR_NOT) == ["VAGUE_WORDING"]
    assert of_key_result(direction, SHARE) == []  # a number says how far


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (SHARE, []),
        (Metric(kind=MetricKind.AT_LEAST, unit=Unit.PERCENT, target=Decimal(50)), ["NO_BASELINE"]),
        (Metric(kind=MetricKind.AT_LEAST, unit=Unit.PERCENT, start=Decimal(10), target=Decimal(50)), []),
        (Metric(kind=MetricKind.RANGE, low=Decimal(1), high=Decimal(2)), ["NO_BASELINE"]),
        (Metric(kind=MetricKind.UNDECIDED), ["UNDECIDED_METRIC"]),
        (DONE_OR_NOT, []),
        (ESTIMATE, ["ESTIMATED_METRIC"]),
    ],
)
def test_a_key_result_wants_a_measure_and_a_baseline(metric: Metric, expected: list[str]):
    assert of_key_result("Reply rate", metric) == expected


def test_a_key_result_ends():
    assert of_key_result("Reply rate", cycle_ends_on=None) == ["NOT_TIME_BOUND"]
    assert of_key_result("Reply rate", cycle_ends_on=None, due_on=date(2026, 9, 1)) == []


def test_a_finding_names_its_subject_the_field_that_is_meant_and_the_facts():
    (found,) = review(KEY_RESULT_RULES, key_result("Trade fairs attended", COUNT))
    assert (found.subject_id, found.path, found.severity) == ("key_result_a", ("title",), FindingSeverity.WARNING)
    assert found.facts == {"title": "Trade fairs attended", "target": Level(metric=COUNT, value=Decimal(30))}


# --- what is reported


@pytest.mark.parametrize(
    ("check_in_count", "confidence", "expected"),
    [(1, 0.95, ["SANDBAGGING"]), (1, 0.9, []), (2, 0.95, []), (1, None, []), (0, None, [])],
)
def test_too_much_confidence_at_the_first_check_in_is_sandbagging(
    check_in_count: int, confidence: float | None, expected: list[str]
):
    assert of_standing(check_in_count=check_in_count, confidence=confidence) == expected


def test_a_low_confidence_names_what_stands_in_the_way():
    assert of_standing(confidence=0.39) == ["LOW_CONFIDENCE_WITHOUT_BLOCKER"]
    assert of_standing(confidence=0.39, has_blockers=True) == []
    assert of_standing(confidence=0.4) == []
    assert of_standing(confidence=0.39, check_in_count=0) == []


def test_on_track_is_not_the_same_for_four_weeks():
    on_track = CheckInStatus.ON_TRACK
    assert of_standing(status=on_track, flat_days=28) == ["ON_TRACK_BUT_FLAT"]
    assert of_standing(status=on_track, flat_days=27) == []
    assert of_standing(status=CheckInStatus.AT_RISK, flat_days=90) == []
    assert of_standing(status=on_track, flat_days=90, progress=1.0) == []  # reached, or held
    assert of_standing(status=on_track, flat_days=90, progress=None) == []  # nothing to measure


# --- the set


def test_every_rule_stands_in_the_table_once():
    assert sorted(rule.code for rule in RULES) == sorted(FindingCode)
    assert all(rule.source for rule in RULES)


def test_the_page_of_the_coach_lists_every_rule():
    page = (Path(__file__).parents[2] / "docs" / "coach.md").read_text(encoding="utf-8")
    assert tables() in page, "write the output of `python -m events.coach.rules` into docs/coach.md"


def test_an_organization_switches_rules_off():
    objective = ObjectiveText(id="objective_a", title="Win 30 customers")
    assert codes(review(OBJECTIVE_RULES, objective)) == ["DIGITS_IN_TITLE", "KEY_RESULT_COUNT"]
    for rule in OBJECTIVE_RULES:
        left = codes(review(OBJECTIVE_RULES, objective, (rule.code.value,)))
        assert left == [code for code in ("DIGITS_IN_TITLE", "KEY_RESULT_COUNT") if code != rule.code]
