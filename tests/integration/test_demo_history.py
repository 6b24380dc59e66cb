"""The whole demo, imported once: what it must hold, and that nothing of it is refused."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import pytest_asyncio

from events.codec import decode
from events.custom_field import CustomFieldKind
from events.cycle import CyclePhase
from events.envelope import Occurrence
from events.facts import Facts
from events.folding import apply
from events.identifier import uuid_of
from events.kpi_calendar import health_shown
from events.kpi_measure import KpiHealth
from events.objective import Objective, ObjectiveState, Visibility
from events.person import Role
from events.templates.library import library
from events.verify_database import verify_log
from service.database import Database
from service.demo.company import ORGANIZATION_ID
from service.demo.history import READY, demo_history
from service.demo.source import read_source
from service.history_import import Imported, import_history
from tests.support.acting import owner, running_ledger
from tests.support.postgres import database_copy

NOW = datetime(2025, 5, 20, 10, 30, tzinfo=UTC)
"""Past for every machine that runs this: the log takes nothing from the future."""


class Told:
    """The events of the imported demo, and the facts that they make."""

    def __init__(self, imported: Imported, again: Imported, rows: list[Any], is_whole: bool) -> None:
        self.imported = imported
        self.again = again
        self.is_whole = is_whole
        self.rows = rows
        self.facts = Facts(uuid_of(ORGANIZATION_ID))
        self.data = [orjson.loads(row["data"]) for row in rows]
        self.types = Counter(row["type"] for row in rows)
        for row in rows:
            occurrence = Occurrence(
                position=row["position"],
                recorded_at=row["recorded_at"],
                effective_at=row["effective_at"],
                actor_id=row["actor_id"],
            )
            apply(self.facts, decode(row["type"], row["schema_version"], row["data"]), occurrence)

    def of(self, type_name: str) -> list[tuple[Any, dict[str, Any]]]:
        return [(row, data) for row, data in zip(self.rows, self.data, strict=True) if row["type"] == type_name]

    def objective(self, title: str) -> Objective:
        return next(each for each in self.facts.objectives.values() if each.title == title)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(server_url: str, template_database: str) -> AsyncIterator[Told]:
    lines = list(demo_history(NOW))
    async with (
        database_copy(server_url, template_database) as database_url,
        running_ledger(database_url) as ledger,
        Database(database_url) as database,
        owner(database_url) as connection,
    ):
        imported = await import_history(lines, database, ledger)
        again = await import_history(lines, database, ledger)
        rows = await connection.fetch("select * from okr_ledger.event order by position")
        report = await verify_log(connection, imported.organization_id)
        yield Told(imported, again, rows, is_whole=report is not None and report.is_valid)


def test_every_act_is_accepted_and_the_log_is_whole(told: Told):
    assert told.imported.known_acts == 0
    assert told.imported.events == len(told.rows)
    assert told.is_whole


def test_it_has_the_size_of_a_year(told: Told):
    assert 1_500 <= len(told.rows) <= 2_500


def test_a_second_import_changes_nothing(told: Told):
    assert (told.again.acts, told.again.known_acts, told.again.events) == (told.imported.acts, told.imported.acts, 0)


def test_times_rise_up_to_a_minute_ago(told: Told):
    times = [row["recorded_at"] for row in told.rows]
    by_command = list(dict.fromkeys((row["command_id"], row["recorded_at"]) for row in told.rows))

    assert times == sorted(times)
    assert len({at for _, at in by_command}) == len(by_command)
    assert NOW - timedelta(days=4) < times[-1] <= NOW - timedelta(minutes=1)


def test_every_published_objective_and_key_result_is_in_it(told: Told):
    source = read_source()
    created = {data["title"] for _, data in told.of("objective.created")}
    added = Counter(data["title"] for _, data in told.of("key_result.added") if data["carried_over_from_id"] is None)
    published = Counter(each.title for objective in source.values() for each in objective.key_results)

    assert len(source) == 25
    assert published.total() == 73
    assert {each.title for each in source.values()} <= created
    assert all(added[title] >= count for title, count in published.items())


def test_flaws_of_the_source_are_found_in_reviews(told: Told):
    learned = "\n".join(data["learned"] for _, data in told.of("objective.closed"))
    flaws = [flaw for objective in read_source().values() for each in objective.key_results for flaw in each.flaws]

    assert len(flaws) == 6
    assert all(flaw in learned for flaw in flaws)


def test_three_quarters_are_sealed_inside_a_year_and_one_runs(told: Told):
    facts = told.facts
    phases = Counter(cycle.phase for cycle in facts.cycles.values())
    closed = [cycle for cycle in facts.cycles.values() if cycle.phase is CyclePhase.CLOSED]
    running = [each for each in facts.cycles.values() if each.phase is CyclePhase.ACTIVE and each.parent_id is not None]

    assert phases == {CyclePhase.CLOSED: 3, CyclePhase.ACTIVE: 2, CyclePhase.PLANNING: 1}
    assert len({cycle.parent_id for cycle in [*closed, *running]}) == 1
    assert all(told.rows[(cycle.seal_position or 0) - 1]["type"] == "cycle.closed" for cycle in closed)
    assert len(running) == 1
    assert running[0].starts_on <= NOW.date() <= running[0].ends_on  # type: ignore[operator] # it ends


def test_every_objective_of_a_sealed_quarter_is_reviewed_or_cancelled(told: Told):
    for cycle in told.facts.cycles.values():
        if cycle.phase is CyclePhase.CLOSED:
            objectives = [told.facts.objectives[each] for each in told.facts.objective_ids[cycle.cycle_id]]
            assert len(objectives) >= 6
            for each in objectives:
                assert each.review is not None or each.state is ObjectiveState.CANCELLED


def test_reviews_have_scores_causes_and_decisions(told: Told):
    reviews = [data for _, data in told.of("objective.closed")]

    assert {data["decision"] for data in reviews} == {"KEEP", "MODIFY", "ABANDON"}
    assert any(data["score"] != data["proposed_score"] for data in reviews)
    assert all(data["root_cause"] for data in reviews if float(data["score"]) < 0.7)
    assert sum(data["root_cause"] is not None for data in reviews) >= 3


def test_check_ins_are_late_corrected_and_withdrawn(told: Told):
    delays = [(row["recorded_at"] - row["effective_at"]).days for row, _ in told.of("key_result.checked_in")]

    assert len(delays) >= 900
    assert sum(delay >= 1 for delay in delays) >= 100
    assert max(delays) == 29
    assert told.types["check_in.corrected"] >= 10
    assert told.types["check_in.retracted"] >= 5
    assert len({row["actor_id"] for row, _ in told.of("key_result.checked_in")}) >= 8


def test_one_correction_was_undone_minutes_later(told: Told):
    extra = [
        data for _, data in told.of("key_result.checked_in") if data["comment"] == "From the survey that closed on Sunday."
    ]
    (check_in,) = extra
    corrections = [(row, data) for row, data in told.of("check_in.corrected") if data["check_in_id"] == check_in["check_in_id"]]

    assert [data["value"] for _, data in corrections] == ["2.4", "4.2"]
    assert corrections[1][0]["recorded_at"] - corrections[0][0]["recorded_at"] < timedelta(minutes=15)


def test_goalposts_moved_with_reasons(told: Told):
    for type_name, least in (("key_result.retargeted", 9), ("key_result.reweighted", 3), ("key_result.metric_defined", 3)):
        found = told.of(type_name)
        assert len(found) >= least, type_name
        assert all(orjson.loads(row["metadata"])["reason"] for row, _ in found)


def test_key_results_were_dropped_restored_moved_replaced_and_split(told: Told):
    replaced = [len(data["replaced_by_ids"]) for _, data in told.of("key_result.dropped")]

    assert sorted(replaced) == [0, 0, 1, 2]
    assert told.types["key_result.restored"] == 1
    assert told.types["key_result.moved"] == 1
    ((row, moved),) = told.of("key_result.moved")
    same_act = [each["type"] for each in told.rows if each["command_id"] == row["command_id"]]
    assert same_act == ["key_result.moved", "key_result.retargeted", "objective.staffed"]
    assert told.facts.key_results[moved["key_result_id"]].objective_id == moved["to_objective_id"]


def test_placeholders_got_their_metric_weeks_later(told: Told):
    for row, data in told.of("key_result.metric_defined"):
        added = next(each for each, content in told.of("key_result.added") if content["key_result_id"] == data["key_result_id"])
        assert row["recorded_at"] - added["recorded_at"] > timedelta(weeks=2)


def test_objectives_were_carried_over_some_of_them_twice(told: Told):
    facts = told.facts
    carried = [each for each in facts.objectives.values() if each.carried_over_from_id is not None]
    twice = [each for each in carried if facts.objectives[each.carried_over_from_id or ""].carried_over_from_id is not None]

    assert len(carried) == 14
    assert len(twice) == 2
    assert all(each.objective_id in facts.objectives[each.carried_over_from_id or ""].successor_ids for each in carried)


def test_alignment_goes_several_levels_deep_and_to_key_results(told: Told):
    facts = told.facts
    parents = {parent for each in facts.objectives.values() for parent in each.parent_ids}

    assert max(facts.depth_above(each) for each in facts.objectives) >= 5
    assert len(parents & facts.key_results.keys()) >= 3
    assert told.types["objective.unaligned"] == 1


def test_titles_are_in_four_scripts(told: Told):
    titles = {title for objective in read_source().values() for title in objective.titles.values()}

    assert len(titles) == 3
    assert titles <= {each.title for each in told.facts.objectives.values()}
    comments = "".join(data["comment"] or "" for _, data in told.of("key_result.checked_in"))
    assert all(sign in comments for sign in "按ыěthe🎉")


def test_every_kind_of_metric_is_measured(told: Told):
    kinds = Counter(each.metric.kind for each in told.facts.key_results.values())

    assert set(kinds) == {
        "INCREASE", "DECREASE", "AT_LEAST", "AT_MOST", "RANGE", "MILESTONE", "BINARY", "ESTIMATED", "UNDECIDED",
    }  # fmt: skip


def test_people_have_every_role_and_one_has_left(told: Told):
    roles = Counter(each.role for each in told.facts.people.values())

    assert roles == {Role.ADMIN: 1, Role.MEMBER: 9, Role.VIEWER: 1, Role.AUDITOR: 1}
    assert sum(not each.is_active for each in told.facts.people.values()) == 1


def test_the_company_changed(told: Told):
    expected = {
        "team.renamed": 1,
        "team.moved": 1,
        "cycle.renamed": 1,
        "cycle.rescheduled": 1,
        "cycle.reopened": 1,
        "objective.cancelled": 1,
        "objective.retitled": 3,
        "objective.reopened": 1,
        "person.deactivated": 1,
    }

    assert {name: told.types[name] for name in expected} == expected
    assert told.types["objective.prioritized"] >= 20
    ((created, _),) = [(row, data) for row, data in told.of("cycle.created") if data["name"] == "The partner quarter"]
    ((rescheduled, _),) = told.of("cycle.rescheduled")
    assert (rescheduled["recorded_at"] - created["recorded_at"]).total_seconds() == 39


def test_one_objective_is_private_one_for_its_team_and_one_a_draft(told: Told):
    objectives = told.facts.objectives.values()

    assert sum(each.visibility is Visibility.PRIVATE for each in objectives) == 1
    assert any(each.visibility is Visibility.TEAM for each in objectives)
    assert sum(each.state is ObjectiveState.DRAFT and each.template_id is None for each in objectives) == 1


def test_people_ask_each_other_answer_react_and_thank(told: Told):
    least = {
        "comment.written": 30,
        "comment.edited": 4,
        "comment.withdrawn": 3,
        "comment.reaction_added": 10,
        "recognition.given": 9,
    }
    assert {name: told.types[name] for name, count in least.items() if told.types[name] < count} == {}
    comments = told.facts.comments.values()
    assert any(each.mention_ids for each in comments)
    answered = {each.reply_to_id for each in comments if each.reply_to_id}
    waiting = [each for each in comments if each.mention_ids and not each.reply_to_id and each.comment_id not in answered]
    assert waiting
    assert any(each.subject_id in told.facts.cycles for each in comments)


def test_confidence_can_be_held_against_outcomes(told: Told):
    confidences = [data["confidence"] for _, data in told.of("key_result.checked_in") if data["confidence"] is not None]

    assert min(confidences) <= 0.1
    assert max(confidences) >= 0.9
    assert len(set(confidences)) >= 15


@pytest.mark.parametrize("days", [0, 1, 17, 45, 75, 200, 366])
def test_it_can_be_told_on_any_day(days: int):
    lines = list(demo_history(NOW + timedelta(days=days)))

    assert orjson.loads(lines[-1])["key"] == READY
    assert len(lines) > 900


def test_the_same_day_tells_the_same_story():
    assert list(demo_history(NOW)) == list(demo_history(NOW))


def test_an_interrupted_telling_goes_on_with_the_same_acts_on_another_day():
    first = list(demo_history(NOW))
    begun_at = datetime.fromisoformat(orjson.loads(first[0])["at"])

    later = list(demo_history(NOW + timedelta(days=60), begun_at))

    assert later[: len(first) - 1] == first[:-1]
    assert len(later) > len(first)


def test_things_have_values_in_custom_fields_of_every_kind(told: Told):
    facts = told.facts
    kinds = {each.kind for each in facts.custom_fields.values()}
    things = [*facts.objectives.values(), *facts.key_results.values(), *facts.initiatives.values(), *facts.kpis.values()]
    filled = {facts.custom_fields[value.custom_field_id].kind for thing in things for value in thing.custom_values}
    assert kinds == filled == set(CustomFieldKind)
    (region,) = (each for each in facts.custom_fields.values() if each.name == "Region")
    assert [each.name for each in region.choices if each.is_retired] == ["Everywhere"]


def test_kpis_have_a_year_of_readings_one_recovers_and_one_proposes_it(told: Told):
    facts, calendar = told.facts, told.facts.period_calendar()
    health = {
        kpi.title: health_shown(
            value=latest.value,
            effective_at=latest.effective_at,
            bands=kpi.bands,
            frequency=kpi.frequency,
            calendar=calendar,
            instant=NOW,
        )
        for kpi in facts.kpis.values()
        if (latest := facts.readings_of(kpi.kpi_id).latest) is not None
    }
    assert health == {
        "Daily meetings with prospects": KpiHealth.HEALTHY,
        "New and repeat purchases": KpiHealth.WARNING,
        "Customer churn": KpiHealth.CRITICAL,
    }
    assert all(len(facts.readings_of(each).counted) > 40 for each in facts.kpis)
    (key_result_id,) = (each for sourced in facts.kpi_sourced.values() for each in sourced)
    taken = [each for each in facts.measurements_of(key_result_id).counted if each.reading_id is not None]
    assert len(taken) > 20
    assert 0 < (facts.numbers[key_result_id].progress or 0) < 1
    assert (told.types["kpi.bands_changed"], told.types["kpi_reading.corrected"], told.types["kpi_reading.retracted"]) == (
        1,
        1,
        1,
    )


def test_templates_are_taken_written_and_filled_in_and_so_is_one_of_the_library(told: Told):
    facts = told.facts
    kept = {each.content.title: each for each in facts.templates.values()}
    assert set(kept) == {"Shorten the sales cycle for small businesses", "Keep the customers we have in {segment}"}
    assert kept["Keep the customers we have in {segment}"].version == 2
    drafted = {each.title: each for each in facts.objectives.values() if each.template_id is not None}
    assert set(drafted) == {"Keep the customers we have in the public sector", "Make selling transparent and predictable"}
    origins = {title: each.template_id in library() for title, each in drafted.items()}
    assert sorted(origins.values()) == [False, True]
    assert [facts.key_result_count(each.objective_id) for each in drafted.values()] == [2, 3]
