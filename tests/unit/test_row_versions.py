"""Batches of row versions: wherever a log is cut, the same rows come out."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.lens import CURRENT
from projections.log_fold import LogFold, LogGapError
from projections.row_versions import BatchRows, Values, merge
from tests.support.chronicle import Chronicle
from tests.support.scenario import Scenario


def whole(batches: list[BatchRows]) -> dict[str, list[Values]]:
    """What a table holds after batches: closing and inserting as the database does it."""
    tables: dict[str, list[Values]] = {}
    for batch in batches:
        for table, rows in batch.tables.items():
            stored = tables.setdefault(table, [])
            current = {row["id"]: row for row in stored if row.get("to_position") == CURRENT}
            for identifier, position in rows.closed.items():
                current[identifier]["to_position"] = position
            stored.extend(dict(row) for row in rows.inserted())
    return {table: sorted(rows, key=repr) for table, rows in tables.items()}


SCENARIO = Chronicle()
Scenario(SCENARIO, seed=7, objectives=5, weeks=6).run(2)


def at_once() -> BatchRows:
    """All rows in one batch."""
    batch = BatchRows(SCENARIO.organization_id)
    for chapter in SCENARIO.chapters:
        batch.add(chapter.rows)
    return batch


@settings(max_examples=40, deadline=None)
@given(cuts=st.sets(st.integers(min_value=1, max_value=len(SCENARIO.chapters) - 1)))
def test_any_cutting_into_batches_leaves_the_same_rows(cuts: set[int]):
    def batches(bounds: list[int]) -> list[BatchRows]:
        made_batches: list[BatchRows] = []
        for start, end in zip([0, *bounds], [*bounds, len(SCENARIO.chapters)], strict=True):
            batch = BatchRows(SCENARIO.organization_id)
            for chapter in SCENARIO.chapters[start:end]:
                batch.add(chapter.rows)
            made_batches.append(batch)
        return made_batches

    assert whole(batches(sorted(cuts))) == whole(batches([]))


def test_taking_finished_rows_early_leaves_the_same_rows():
    growing = BatchRows(SCENARIO.organization_id)
    taken: list[BatchRows] = []
    for number, chapter in enumerate(SCENARIO.chapters):
        growing.add(chapter.rows)
        if number % 17 == 0:
            taken.append(growing.take_finished())
    taken.append(growing.take_all())
    assert whole(taken) == whole([at_once()])


LINKS = ("alignment", "team_member", "initiative_support", "dependency", "comment_mention", "comment_reaction", "kpi_link")
LINKS += ("custom_value",)
"""Tables whose things may end and come again."""


def test_versions_of_a_thing_follow_each_other_without_gap_or_overlap():
    for table, rows in at_once().tables.items():
        assert not rows.closed
        spans: dict[object, list[tuple[Any, Any]]] = {}
        for row in rows.inserted():
            if "from_position" in row:
                spans.setdefault(row["id"], []).append((row["from_position"], row["to_position"]))
        for identifier, versions in spans.items():
            ordered = sorted(versions)
            ends = [end for _, end in ordered]
            begins = [begin for begin, _ in ordered[1:]]
            if table in LINKS:
                assert all(end <= begin for end, begin in zip(ends, begins, strict=False)), identifier
            else:
                assert ends == [*begins, CURRENT], (table, identifier)


def test_a_batch_as_json_has_the_form_that_the_log_writes():
    chapter = next(each for each in reversed(SCENARIO.chapters) if each.logged[0][1].type == "key_result.checked_in")
    written = orjson.loads(merge([chapter.rows]))
    closed = written["key_result_number"]["close"]
    [number] = written["key_result_number"]["insert"]
    assert closed == {number["id"]: chapter.rows.position}
    assert "organization_id" not in number
    assert set(written["check_in"]) == {"insert"}
    assert (number["from_position"], number["to_position"]) == (chapter.rows.position, CURRENT)
    assert isinstance(number["current"], str | None)
    assert merge([]) == "{}"


def test_a_log_folded_page_by_page_makes_the_rows_that_were_written_with_each_command():
    folded = LogFold(SCENARIO.organization_id)
    recorded = [record for chapter in SCENARIO.chapters for _, record in chapter.logged]
    taken = []
    for start in range(0, len(recorded), 7):
        folded.add(recorded[start : start + 7])
        taken.append(folded.rows.take_finished())
    folded.finish()
    assert whole([*taken, folded.rows.take_all()]) == whole([at_once()])
    assert (folded.facts.position, folded.facts.hash) == (SCENARIO.head.position, SCENARIO.head.hash)


def test_a_log_that_is_known_up_to_a_command_makes_the_rows_after_it():
    middle = len(SCENARIO.chapters) // 2
    earlier = BatchRows(SCENARIO.organization_id)
    for chapter in SCENARIO.chapters[:middle]:
        earlier.add(chapter.rows)
    folded = LogFold(SCENARIO.organization_id, rows_after=SCENARIO.chapters[middle - 1].rows.position)
    folded.add(record for chapter in SCENARIO.chapters for _, record in chapter.logged)
    folded.finish()
    assert whole([earlier, folded.rows.take_all()]) == whole([at_once()])


def test_a_log_with_a_gap_is_refused():
    folded = LogFold(SCENARIO.organization_id)
    recorded = [record for chapter in SCENARIO.chapters for _, record in chapter.logged]
    folded.add(recorded[:5])
    with pytest.raises(LogGapError, match="position 6"):
        folded.add(recorded[6:])


def test_a_redacted_event_makes_no_row_and_the_others_still_fold():
    recorded = [record for chapter in SCENARIO.chapters for _, record in chapter.logged]
    place = next(place for place, record in enumerate(recorded) if record.type == "team.renamed")
    recorded[place] = recorded[place]._replace(data=None, salt=None)
    folded = LogFold(SCENARIO.organization_id)
    folded.add(recorded)
    folded.finish()
    subjects = [row["position"] for row in folded.rows.tables["event_subject"].finished]
    assert subjects == [position for position in range(1, SCENARIO.head.position + 1) if position != place + 1]


def test_the_scenario_is_the_same_each_time():
    again = Chronicle()
    Scenario(again, seed=7, objectives=5, weeks=6).run(2)
    assert [(record.type, record.data) for chapter in again.chapters for _, record in chapter.logged] == [
        (record.type, record.data) for chapter in SCENARIO.chapters for _, record in chapter.logged
    ]
