"""What a process knows of which versions are valid when is what the database says, whoever writes and whoever asks."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from events.check_in import CheckInStatus, RecordCheckIn
from events.envelope import Reason, ReasonCode
from events.identifier import Noun, derive_identifier
from events.key_result import KeyResultMoved, UpdateKeyResult
from events.objective import ObjectiveState
from events.rejection import Rejected
from projections import at_hand, news, versions
from projections.generation import ensure_generation
from projections.kept_rows import KeptRows
from projections.lens import Lens
from projections.reader import Grants, Reader
from projections.way import Way
from service.database import Database
from tests.support.acting import owner
from tests.support.chronicle import Chapter, Chronicle, write_chapters
from tests.support.reading import added, company_in, reader_of
from tests.support.scenario import Scenario

ASKED = 12
"""Things of a kind that are asked for at once."""

Wanted = Mapping[Way, Sequence[str]]


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_at_hand_is_what_the_database_finds(database_url: str, seed: int):
    random, chronicle = Random(seed), Chronicle()  # noqa: S311 - it must be the same each time
    Scenario(chronicle, seed=seed, weeks=4).run(2)
    move(chronicle, random)
    viewers = viewers_of(chronicle, random)
    kept, hits = KeptRows(1_000_000, name_seconds=60), Counter[tuple[str, Way, bool]]()
    async with owner(database_url) as connection, Database(database_url) as database:
        await ensure_generation(connection, 1)
        head, written = 0, 0
        while head < len(chronicle.chapters):
            # This process hears of a write some time after the database has it, and perhaps of several at once.
            following = min(head + random.choice((1, 1, 1, 3)), len(chronicle.chapters))
            ahead = min(following + random.choice((0, 0, 2)), len(chronicle.chapters))
            await write_chapters(connection, chronicle.chapters[written:ahead])
            written = max(written, ahead)
            hears = random.random()
            if hears < 0.5:
                before = chronicle.chapters[head - 1].rows.position if head else 0
                commands = [each.rows for each in chronicle.chapters[head:following]]
                news.note(kept, chronicle.organization_id, 1, before, commands)
            head = following
            if random.random() < 0.5:
                continue
            # Whoever is slow reads with a head that is not the newest any more.
            pinned = max(head - random.choice((0, 0, 0, 2)), 1)
            lens = lens_at(chronicle, pinned if random.random() < 0.6 else random.randint(1, pinned))
            wanted = wanted_of(chronicle.chapters[:pinned], random)
            for grants in random.sample(viewers, len(viewers)):
                reader = reader_of(database, chronicle.organization_id, position_of(chronicle, pinned), grants, kept)
                if hears < 0.9:
                    await news.catch_up(reader)
                await compare(reader, lens, wanted, hits)
    for who in ("everything", "member"):
        for way in Way:
            assert hits[who, way, True] > 100, (who, way, hits)
    for way in Way:
        assert sum(hits[who, way, False] for who in ("everything", "member")) > 10, (way, hits)


async def test_a_list_that_was_read_in_the_past_ends_where_another_key_result_comes_to_it(database_url: str):
    async with company_in(database_url) as company:
        await company.objective("growth", ["replies"])
        then = replace(await company.now(), is_past=True)
        await company.do(added("calls", "growth"))
        reader = replace(await company.reader(), kept=KeptRows(1_000))
        for lens, names in ((then, ["replies"]), (await company.now(), ["replies", "calls"])):
            for _ in range(2):
                found = await versions.by_ids(reader, lens, Way.PARTS, ["growth"])
                assert [part.id for part in found["growth"]] == names


def move(chronicle: Chronicle, random: Random) -> None:
    """Let key results go from objective to objective, and let there be check-ins meanwhile."""
    open_ids = sorted(each.objective_id for each in chronicle.facts.objectives.values() if each.state is ObjectiveState.ACTIVE)
    parts = [
        part.key_result_id for each in open_ids for part in chronicle.facts.key_results_of(each) if part.dropped_at is None
    ]
    for number in range(40):
        key_result_id = random.choice(parts)
        check_in = RecordCheckIn(
            check_in_id=derive_identifier(Noun.CHECK_IN, key_result_id, f"moving {number}"),
            key_result_id=key_result_id,
            status=CheckInStatus.AT_RISK,
        )
        to_objective_id = random.choice(open_ids)
        command = check_in if number % 2 else UpdateKeyResult(key_result_id=key_result_id, objective_id=to_objective_id)
        with contextlib.suppress(Rejected):
            chronicle.do(command, reason=Reason(code=ReasonCode.NEW_INFORMATION))
    moved = [event for each in chronicle.chapters for event, _ in each.logged if isinstance(event, KeyResultMoved)]
    assert len(moved) > 5


async def compare(reader: Reader, lens: Lens, wanted: Wanted, hits: Counter[tuple[str, Way, bool]]) -> None:
    """Compare what is at hand with what the database finds, and what is found with both with what is found with none."""
    plain = replace(reader, kept=KeptRows())
    who = "everything" if reader.grants.sees_everything else "member"
    for way, ids in wanted.items():
        truth = shown((await versions.find(plain, lens, {way: ids})).get(way, {}))
        found = shown(at_hand.find(reader, lens, way, ids))
        assert found == {each: truth.get(each) for each in found}, (way, lens, reader.head_position)
        hits[who, way, True] += len(found)
        hits[who, way, False] += len(truth) - len(found)
        assert shown(await versions.by_ids(reader, lens, way, ids)) == truth


def shown(found: Mapping[str, Any]) -> dict[str, str]:
    return {each: repr(row) for each, row in found.items()}


def position_of(chronicle: Chronicle, head: int) -> int:
    return chronicle.chapters[head - 1].rows.position


def lens_at(chronicle: Chronicle, head: int) -> Lens:
    return Lens(position=position_of(chronicle, head), instant=chronicle.chapters[head - 1].command.recorded_at, is_past=True)


def viewers_of(chronicle: Chronicle, random: Random) -> list[Grants]:
    """Answer who sees everything, and members of a team."""
    people, teams = sorted(chronicle.facts.people), sorted(chronicle.facts.teams)
    members = [
        Grants(person_id=random.choice(people), sees_everything=False, member_team_ids=frozenset(random.sample(teams, 1)))
        for _ in range(2)
    ]
    return [Grants(person_id="somebody", sees_everything=True), *members]


def wanted_of(chapters: Sequence[Chapter], random: Random) -> Wanted:
    """Answer some things that there are or were, the newest most of all, and some that are of another kind."""
    ways = {
        "objective": (Way.OBJECTIVES, Way.PARTS),
        "key_result": (Way.KEY_RESULTS,),
        "check_in": (Way.CHECK_INS,),
        "cycle": (Way.CYCLES,),
        "team": (Way.TEAMS,),
        "person": (Way.PEOPLE,),
    }
    found: dict[Way, dict[str, None]] = {way: {} for way in Way}
    for chapter in chapters:
        for change in chapter.rows.changes:
            for way in ways.get(change.table, ()):
                found[way].pop(change.id, None)
                found[way][change.id] = None
    some = {way: list(some_of(list(ids), random)) for way, ids in found.items()}
    # A key that leads somewhere on another way, as a client may send any identifier anywhere.
    astray = [random.choice(ids) for ids in some.values() if ids]
    return {way: [*dict.fromkeys([*ids, *astray])] for way, ids in some.items()}


def some_of(ids: Sequence[str], random: Random) -> Iterable[str]:
    return {*ids[-ASKED // 2 :], *random.sample(ids, min(len(ids), ASKED // 2))}
