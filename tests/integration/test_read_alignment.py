"""What is aligned to what, what may be, and what events say about it."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio

from events.alignment import AlignObjective
from events.cycle import CreateCycle, UpdateCycle
from events.key_result import DropKeyResult, UpdateKeyResult
from events.objective import CancelObjective, UpdateObjective, Visibility
from events.team import CreateTeam
from projections import alignment, recorded
from projections.alignment import GraphScope, LinkKind
from projections.page import Window
from tests.support.reading import Company, added, company_in

EVERYTHING = Window(first=100)


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_in(database_url) as company:
        yield company


@pytest_asyncio.fixture
async def tree(company: Company) -> Company:
    """In the year: goal. In q3: growth below goal's key result g1, calls and rings below growth, other alone."""
    year = CreateCycle(cycle_id="year", name="2024", starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31))
    await company.do(year, UpdateCycle(cycle_id="q3", parent_id="year"))
    await company.do(CreateTeam(team_id="inside", name="Inside", parent_id="sales"))
    await company.objective("goal", ["g1", "g2"], cycle_id="year", owner_id="ada")
    await company.objective("growth", ["r1", "r2"], team_id="sales", owner_id="max")
    await company.objective("calls", ["c1"], team_id="inside")
    await company.objective("rings", [], visibility=Visibility.PRIVATE)
    await company.objective("other", ["o1"])
    for child_id, parent_id in (("growth", "g1"), ("calls", "growth"), ("rings", "r1")):
        await company.do(AlignObjective(objective_id=child_id, parent_id=parent_id))
    return company


def nodes(graph: alignment.Graph) -> set[str]:
    return {node.id for node in graph.nodes}


async def test_the_whole_graph(tree: Company):
    graph = await alignment.graph(await tree.reader(), await tree.now())
    assert nodes(graph) == {"goal", "g1", "g2", "growth", "r1", "r2", "calls", "c1", "rings", "other", "o1"}
    assert {(link.child_id, link.parent_id) for link in graph.links if link.kind is LinkKind.ALIGNED} == {
        ("growth", "g1"),
        ("calls", "growth"),
        ("rings", "r1"),
    }
    assert {(link.child_id, link.parent_id) for link in graph.links if link.kind is LinkKind.PART} == {
        ("g1", "goal"),
        ("g2", "goal"),
        ("r1", "growth"),
        ("r2", "growth"),
        ("c1", "calls"),
        ("o1", "other"),
    }
    assert graph.is_truncated is False


async def test_the_graph_of_a_scope_holds_what_its_objectives_contribute_to(tree: Company):
    reader, lens = await tree.reader(), await tree.now()
    for scope, scope_id, expected in (
        (GraphScope.CYCLE, "year", {"goal", "g1", "g2"}),
        (GraphScope.TEAM, "inside", {"calls", "c1", "growth", "r1", "r2", "goal", "g1", "g2"}),
        (GraphScope.TEAM, "sales", {"calls", "c1", "growth", "r1", "r2", "goal", "g1", "g2"}),
        (GraphScope.OBJECTIVE, "growth", {"growth", "r1", "r2", "calls", "c1", "rings", "goal", "g1", "g2"}),
        (GraphScope.PERSON, "max", {"growth", "r1", "r2", "goal", "g1", "g2"}),
        (GraphScope.PERSON, "nobody", set[str]()),
    ):
        assert nodes(await alignment.graph(reader, lens, scope, scope_id)) == expected, (scope, scope_id)


async def test_a_dropped_key_result_stays_in_the_graph_while_something_is_aligned_to_it(tree: Company):
    await tree.do(DropKeyResult(key_result_id="g1"))
    await tree.do(DropKeyResult(key_result_id="g2"))
    graph = await alignment.graph(await tree.reader(), await tree.now())
    assert "g1" in nodes(graph)
    assert "g2" not in nodes(graph)


async def test_what_is_out_of_sight_is_in_no_graph(tree: Company):
    graph = await alignment.graph(await tree.reader("eva"), await tree.now())
    assert "rings" not in nodes(graph)
    assert not [link for link in graph.links if "rings" in (link.child_id, link.parent_id)]


async def test_a_large_graph_is_cut_off_and_says_so(tree: Company, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(alignment, "NODE_LIMIT", 4)
    graph = await alignment.graph(await tree.reader(), await tree.now())
    assert (len(graph.nodes), graph.is_truncated) == (4, True)
    monkeypatch.setattr(alignment, "NODE_LIMIT", 100)
    monkeypatch.setattr(alignment, "LINK_LIMIT", 4)
    graph = await alignment.graph(await tree.reader(), await tree.now())
    assert (len(graph.nodes), len(graph.links), graph.is_truncated) == (11, 4, True)


# --- candidates


async def test_candidates_close_no_circle_and_the_nearest_cycle_comes_first(tree: Company):
    far = CreateCycle(cycle_id="far", name="Far", starts_on=date(2025, 1, 1))
    await tree.do(far)
    await tree.objective("a far one", cycle_id="far")
    reader, lens = await tree.reader(), await tree.now()
    page = await alignment.candidates(reader, lens, "growth", None, EVERYTHING)
    assert [row.id for row in page.rows] == ["o1", "other", "g1", "g2", "goal", "a far one"]
    assert await alignment.count_candidates(reader, lens, "growth", None) == 6
    page = await alignment.candidates(reader, lens, "calls", None, EVERYTHING)
    assert {row.id for row in page.rows} == {"o1", "other", "g1", "g2", "goal", "a far one", "growth", "r1", "r2", "rings"}
    page = await alignment.candidates(reader, lens, "goal", None, EVERYTHING)
    assert [row.id for row in page.rows] == ["a far one", "o1", "other"]


async def test_candidates_are_open_and_in_sight(tree: Company):
    await tree.do(CancelObjective(objective_id="other"))
    await tree.do(DropKeyResult(key_result_id="g2"))
    await tree.objective("draft", ["d1"], is_draft=True)
    lens = await tree.now()
    page = await alignment.candidates(await tree.reader(), lens, "calls", None, EVERYTHING)
    assert {row.id for row in page.rows} == {"g1", "goal", "growth", "r1", "r2", "rings", "draft", "d1"}
    page = await alignment.candidates(await tree.reader("eva"), lens, "calls", None, EVERYTHING)
    assert {row.id for row in page.rows} == {"g1", "goal", "growth", "r1", "r2"}


async def test_candidates_are_searched_by_title_and_paged(tree: Company):
    await tree.do(UpdateObjective(objective_id="other", title="ÁRVÍZ 100%"))
    reader, lens = await tree.reader(), await tree.now()
    for words, expected in (("árvíz", ["other"]), ("G", ["g1", "g2", "goal"]), ("%", ["other"]), ("nothing", [])):
        page = await alignment.candidates(reader, lens, "growth", words, EVERYTHING)
        assert [row.id for row in page.rows] == expected
        assert await alignment.count_candidates(reader, lens, "growth", words) == len(expected)
    everything = await alignment.candidates(reader, lens, "growth", None, EVERYTHING)
    first = await alignment.candidates(reader, lens, "growth", None, Window(first=3))
    rest = await alignment.candidates(reader, lens, "growth", None, Window(first=3, after=first.keys[-1]))
    assert (*first.rows, *rest.rows) == everything.rows
    assert (first.has_next, rest.has_next, rest.has_previous) == (True, False, True)


async def test_objectives_and_key_results_are_read_together(tree: Company):
    reader, lens = await tree.reader("eva"), await tree.now()
    assert set(await alignment.by_ids(reader, lens, ["goal", "g1", "rings", "none"])) == {"goal", "g1"}


# --- events


async def test_events_are_read_with_their_reason_and_what_they_changed(company: Company):
    await company.objective("growth", ["replies"])
    act = await company.do(UpdateObjective(objective_id="growth", title="Grow", priority=2), by="max")
    reader = await company.reader()
    positions = [recorded_event.position for _, recorded_event in act.events]
    found = await recorded.events(reader, [*positions, 10_000])
    assert sorted(found) == positions
    for _, recorded_event in act.events:
        row = found[recorded_event.position]
        assert (row.type, row.data, row.hash) == (recorded_event.type, recorded_event.data, recorded_event.hash)
        assert (row.actor_id, row.recorded_at, row.subject_id) == ("max", company.at, "growth")
        assert (row.origin, row.request_id, row.reason_code, row.reason_text) == ("IMPORT", "test", "NEW_INFORMATION", None)
    assert {change.field for row in found.values() for change in recorded.changes_in(row)} == {"title", "priority"}


async def test_events_since_a_version_are_those_of_the_definition(company: Company):
    await company.objective("growth", ["replies"])
    await company.do(UpdateKeyResult(key_result_id="replies", title="Answers"))
    await company.check_in("one", "replies", 5)
    last = await company.do(UpdateKeyResult(key_result_id="replies", priority=3))
    await company.do(added("calls", "growth"))
    reader = await company.reader()
    found = await recorded.events_since(reader, "replies", 1, 10)
    assert [row.type for row in found] == ["key_result.retitled", "key_result.prioritized"]
    assert [row.type for row in await recorded.events_since(reader, "replies", 1, 1)] == ["key_result.retitled"]
    found = await recorded.events_since(reader, "replies", 2, 10)
    assert [row.position for row in found] == [last.last_position]
    assert await recorded.events_since(reader, "replies", 3, 10) == []


async def test_events_about_what_is_out_of_sight_are_out_of_sight(company: Company):
    act = await company.objective("growth", ["replies"])
    check_in = await company.check_in("one", "replies", 5)
    positions = [recorded_event.position for _, recorded_event in (*act.events, *check_in.events)]
    reader = await company.reader("eva")
    assert len(await recorded.events(reader, positions)) == len(positions)
    await company.do(UpdateObjective(objective_id="growth", visibility=Visibility.PRIVATE))
    reader = await company.reader("eva")
    assert await recorded.events(reader, positions) == {}
    assert await recorded.events_since(reader, "growth", 0, 10) == []
    assert len(await recorded.events(await company.reader("aud"), positions)) == len(positions)
    # What is about nobody's objective is seen by everybody.
    assert len(await recorded.events(reader, [1, 2])) == 2
