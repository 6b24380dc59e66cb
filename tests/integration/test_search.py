"""The search finds what its words stand in, in any script, now and in the past, and only what the viewer may see."""

from collections.abc import AsyncIterator
from random import Random

import pytest
import pytest_asyncio

from events.check_in import CorrectCheckIn, RetractCheckIn
from events.objective import CancelObjective, UpdateObjective, Visibility
from events.person import ErasePerson, Role, UpdatePerson
from events.review import CloseObjective, ReviewDecision
from events.team import RemoveTeamMember
from projections import moments, objectives, search
from projections.definition_rows import folded
from projections.lens import Lens
from projections.page import SortKey, Window
from projections.search import Hit, SearchType, Words, snippet
from tests.support.reading import Company, company_in

EVERYTHING = frozenset(SearchType)


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_in(database_url, [("vic", "Věra Čapková", Role.VIEWER)]) as made:
        yield made


async def hits(
    company: Company, query: str, by: str = "ada", lens: Lens | None = None, types: frozenset[SearchType] = EVERYTHING
) -> list[Hit]:
    """Everything that is found, page by page of two; counted as well."""
    reader, seen = await company.reader(by), lens or await company.now()
    found: list[Hit] = []
    after: SortKey | None = None
    while True:
        page = await search.page(reader, seen, Words.of(query), types, Window(first=2, after=after))
        found += page.rows
        if not page.has_next:
            break
        after = page.keys[-1]
    whole = await search.page(reader, seen, Words.of(query), types, Window(first=100))
    assert list(whole.rows) == found
    if len(found) > 1:
        last = await search.page(reader, seen, Words.of(query), types, Window(last=2, before=whole.keys[-1]))
        assert (list(last.rows), last.has_next) == (found[-3:-1], True)
        assert last.has_previous == (len(found) > 3)
    assert await search.count(reader, seen, Words.of(query), types) == len(found)
    return found


async def ids(company: Company, query: str, by: str = "ada", lens: Lens | None = None) -> list[str]:
    return [hit.id for hit in await hits(company, query, by, lens)]


TITLES = {
    "latin": "Zlepšit důvěru zákazníků",
    "german": "Maßnahmen für die Straße",
    "turkish": "İSTANBUL ışık",
    "cyrillic": "Объём продаж и ёлки",
    "chinese": "提高客户满意度和续约率",
    "japanese": "ガバナンスを強化する",
    "korean": "고객 만족도 향상",
    "arabic": "زيادة رضا العملاء",
    "hebrew": "להגדיל את המכירות",
    "thai": "เพิ่มความพึงพอใจ",
    "emoji": "Family 👨‍👩‍👧 plan 🎉",
    "wide": "ＡＢＣ１２３ rollout",
    "decomposed": "Cafe\u0301 opening",
    "wildcards": "Grow 100% of a_b \\ c",
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("duveru", "latin"),
        ("ZÁKAZNÍK", "latin"),
        ("strasse", "german"),
        ("massnahmen", "german"),
        ("istanbul", "turkish"),
        ("объем", "cyrillic"),
        ("ЕЛКИ", "cyrillic"),
        ("满意度", "chinese"),
        ("续约率 客户", "chinese"),
        ("ガバナンス", "japanese"),
        ("ｶﾞﾊﾞﾅﾝｽ", "japanese"),
        ("만족도", "korean"),
        ("رضا", "arabic"),
        ("המכירות", "hebrew"),
        ("พึงพอใจ", "thai"),
        ("👨‍👩‍👧", "emoji"),
        ("abc123", "wide"),
        ("café", "decomposed"),
        ("cafe", "decomposed"),
        ("100%", "wildcards"),
        ("a_b", "wildcards"),
        ("\\", "wildcards"),
    ],
)
async def test_any_script_is_found(company: Company, query: str, expected: str):
    for key, title in TITLES.items():
        await company.objective(key, title=title)
    assert await ids(company, query) == [expected]


async def test_nothing_stands_for_anything_else(company: Company):
    await company.objective("plain", title="Plain words")
    for query in ("%", "pl_in", "plain.*", "plainx", "words plan"):
        assert await ids(company, query) == []


async def test_where_the_words_stand_decides_the_order(company: Company):
    await company.objective("text", title="Else", description="It is about customer trust alone")
    await company.objective("apart", title="Trust of the customer")
    await company.objective("inside", title="Build customer trust")
    await company.objective("begins", title="Customer trust, at last")
    await company.objective("whole", title="Customer Trust")
    await company.objective("label", title="Label", labels=("customer trust",))
    await company.objective("host", key_results=("said",), title="Host")
    await company.check_in("c1", "said", 1, comment="Nobody has customer trust yet")
    await company.objective("ended", title="Customer trust")
    await company.do(CancelObjective(objective_id="ended"))
    assert await ids(company, "customer  TRUST") == ["whole", "ended", "begins", "inside", "apart", "label", "text", "said"]


async def test_every_noun_and_text_is_searched(company: Company):
    await company.objective("o", key_results=("k",), title="Objective", description="needle one")
    await company.check_in("c", "k", 5, comment="needle two", blockers="needle three", next_steps="needle four")
    await company.objective("closed", key_results=("k2",), title="Closed")
    close = CloseObjective(
        objective_id="closed", decision=ReviewDecision.ABANDON, root_cause="needle five", learned="needle six"
    )
    await company.do(close)
    for word, expected in {"one": "o", "two": "k", "three": "k", "four": "k", "five": "closed", "six": "closed"}.items():
        (hit,) = await hits(company, f"needle {word}")
        assert (hit.id, hit.snippet) == (expected, f"needle {word}")
    assert [(hit.id, hit.title) for hit in await hits(company, "sales")] == [("sales", "Sales")]
    assert [(hit.id, hit.title) for hit in await hits(company, "q3")] == [("q3", "Q3 2024")]
    assert [(hit.id, hit.title, hit.snippet) for hit in await hits(company, "capkova")] == [("vic", "Věra Čapková", None)]
    only = await hits(company, "e", types=frozenset({SearchType.TEAM, SearchType.PERSON}))
    assert {hit.id for hit in only} == {"sales", "eva", "vic"}


async def test_only_what_counts_of_check_ins_is_found(company: Company):
    await company.objective("o", key_results=("k",), title="Objective")
    await company.check_in("c1", "k", 5, comment="first wording")
    await company.check_in("c2", "k", 6, comment="taken back")
    await company.do(CorrectCheckIn(check_in_id="c1", comment="second wording"), RetractCheckIn(check_in_id="c2"))
    assert await ids(company, "first wording") == []
    assert await ids(company, "taken back") == []
    assert await ids(company, "second wording") == ["k"]
    # All words in one of them, not in two together.
    assert await ids(company, "second back") == []


async def test_what_may_not_be_seen_is_not_found_or_counted(company: Company):
    for key, visibility in (("open", "ORGANIZATION"), ("team", "TEAM"), ("private", "PRIVATE"), ("draft", "ORGANIZATION")):
        await company.objective(
            key,
            key_results=(f"{key}-part",),
            title=f"Needle {key}",
            visibility=Visibility(visibility),
            team_id="sales",
            is_draft=key == "draft",
        )
        if key != "draft":
            await company.check_in(f"{key}-said", f"{key}-part", 1, comment="needle in a haystack")
    parts = {"open", "open-part"}
    assert set(await ids(company, "needle", "max")) == parts
    assert set(await ids(company, "needle", "eva")) == parts | {"team", "team-part"}
    everything = parts | {"team", "team-part", "private", "private-part", "draft"}
    assert set(await ids(company, "needle", "aud")) == set(await ids(company, "needle", "ada")) == everything
    before = await company.now()
    await company.do(RemoveTeamMember(team_id="sales", person_id="eva"))
    past = Lens(position=before.position, instant=before.instant, is_past=True)
    assert set(await ids(company, "needle", "eva", past)) == parts


async def test_the_past_is_found_under_its_own_words(company: Company):
    await company.objective("o", key_results=("k",), title="Old title")
    await company.check_in("c", "k", 5, comment="old comment")
    before = await company.now()
    await company.do(
        UpdateObjective(objective_id="o", title="New title"), CorrectCheckIn(check_in_id="c", comment="new comment")
    )
    past = Lens(position=before.position, instant=before.instant, is_past=True)
    assert (await ids(company, "old title", lens=past), await ids(company, "new title", lens=past)) == (["o"], [])
    assert (await ids(company, "old title"), await ids(company, "new title")) == ([], ["o"])
    assert (await ids(company, "old comment", lens=past), await ids(company, "old comment")) == (["k"], [])


async def test_an_erased_person_is_found_by_nobody(company: Company):
    before = await company.now()
    past = Lens(position=before.position, instant=before.instant, is_past=True)
    assert await ids(company, "Věra") == ["vic"]
    await company.do(ErasePerson(person_id="vic"))
    assert await ids(company, "Věra") == []
    assert await ids(company, "Věra", lens=past) == []
    assert await ids(company, "erased") == []
    await company.do(UpdatePerson(person_id="max", role=Role.VIEWER))


async def test_random_texts_are_found_as_a_plain_loop_finds_them(company: Company):
    random = Random(7)  # noqa: S311 - the same each time
    syllables = ["ka", "Ří", "ß", "提", "升", "и", "Ё", "x y", "%", "é", " "]

    def text(most: int) -> str:
        return "".join(random.choice(syllables) for _ in range(random.randint(1, most))).strip() or "a"

    known: dict[str, tuple[str, str]] = {}
    for number in range(40):
        key, title, about = f"o{number}", text(6), text(8)
        known[key] = (title, about)
        await company.objective(key, title=title, description=about)
    for _ in range(60):
        query = text(3)
        words = folded(query).split()
        expected = {
            key
            for key, (title, about) in known.items()
            if all(word in folded(title) or word in folded(about) for word in words)
        }
        reader, lens = await company.reader(), await company.now()
        found = await search.page(reader, lens, Words.of(query), {SearchType.OBJECTIVE}, Window(first=100))
        assert {hit.id for hit in found.rows} == expected, query


def test_a_snippet_is_short_plain_and_around_the_word():
    words = Words.of("néedle")
    long = "before " * 40 + "the NEEDLE is here " + "after " * 40
    shown = snippet([None, "nothing", long], words)
    assert shown is not None
    assert "the NEEDLE is here" in shown
    assert shown.startswith("…before")
    assert shown.endswith("…")
    assert len(shown) <= search.SNIPPET_LENGTH + 2
    assert snippet(["ＮＥＥＤＬＥ"], words) == "ＮＥＥＤＬＥ"
    assert snippet(["a\n\nneedle\tb"], words) == "a needle b"
    assert snippet(["客户" * 200], Words.of("户客")) is not None
    assert snippet([None], words) is None


async def test_a_node_is_loaded_with_its_hit(company: Company):
    await company.objective("o", title="Needle")
    reader, lens = await company.reader(), moments.lens_now(await company.head(), company.at)
    (hit,) = (await search.page(reader, lens, Words.of("needle"), EVERYTHING, Window(first=5))).rows
    assert (await objectives.by_ids(reader, lens, [hit.id]))["o"].title == "Needle"
