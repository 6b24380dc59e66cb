"""Search: what the viewer may see and every word is found in."""

from typing import Annotated, Any

import strawberry

from projections import search
from projections.condition import ALWAYS
from projections.predicate import is_storable
from projections.search import Hit, SearchType, Words
from schema.argument import AsOf
from schema.connection import Asked, Connection, connect
from schema.context import Info
from schema.enumeration import described
from schema.field import column, relation
from schema.node import Subject
from schema.paging import Paging, paged
from schema.refusal import GraphQLRefusal, RefusalCode
from schema.subject import load_subject
from schema.view import View

described(
    SearchType,
    "SearchType",
    "What to search for. May grow: keep a default branch.",
    {
        SearchType.OBJECTIVE: "Objectives, by title, description, labels and review.",
        SearchType.KEY_RESULT: "Key results, by title and what was said in their check-ins.",
        SearchType.INITIATIVE: "Initiatives, by title, description and labels.",
        SearchType.TEAM: "Teams, by name.",
        SearchType.PERSON: "People, by name.",
        SearchType.CYCLE: "Cycles, by name.",
        SearchType.COMMENT: "Comments that were not withdrawn, by their text; called like what they are about.",
        SearchType.KPI: "KPIs, by title and description.",
        SearchType.TEMPLATE: "Templates of the organization, by title, description and key results.",
    },
)

SearchTypes = Annotated[
    list[SearchType] | None, strawberry.argument(description="What to search for; null or absent is everything.")
]
Query = Annotated[
    str,
    strawberry.argument(
        description="Words, separated by white space. Each has to be there, as a word or part of one, "
        "without regard to case, accents and width."
    ),
]


@strawberry.type(description="Something that was found.")
class SearchHit:
    """A hit, its thing loaded only when it is selected."""

    hit: strawberry.Private[Hit]
    view: strawberry.Private[View]

    title: str = column("What to show.", lambda source: source.hit.title)
    snippet: str | None = column(
        "The text around the match, plain; null where the title holds all words.", lambda source: source.hit.snippet
    )

    @relation("What: an objective, key result, initiative, team, person, cycle, comment, KPI or template.")
    async def node(self) -> Subject:
        """Load the thing."""
        found: Any = await load_subject(self.hit.id, self.view)
        thing: Subject = found
        return thing


def words_of(query: str, view: View) -> Words:
    """Answer the words of a query.

    Raises:
        GraphQLRefusal: ARGUMENT_INVALID for none, too many, too long a text, or one that can not be stored.
    """
    most, limits = view.limits.search_characters, view.limits
    if len(query) > most:
        raise GraphQLRefusal(
            RefusalCode.ARGUMENT_INVALID, f"the query has {len(query)} characters, at most {most} are searched for"
        )
    if not is_storable(query):
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, "the query holds characters that no text has")
    words = Words.of(query)
    if not words.each:
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, "the query has no words")
    if len(words.each) > limits.search_terms:
        message = f"the query has {len(words.each)} words, at most {limits.search_terms} are searched for"
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, message)
    return words


async def found(view: View, query: str, types: list[SearchType] | None, paging: Paging) -> Connection[SearchHit]:
    """Answer a page of what was found."""
    words, wanted = words_of(query, view), frozenset(types or SearchType)
    name = f"search for {words.whole!r} among {', '.join(sorted(wanted))}"
    request = Asked(paging=paging, orders=search.ORDERS, condition=ALWAYS, instants=frozenset())

    return await connect(
        view,
        name,
        request,
        node=lambda hit: SearchHit(hit=hit, view=view),
        page=lambda window: search.page(view.reader, view.lens, words, wanted, window),
        count=lambda: search.count(view.reader, view.lens, words, wanted),
    )


@strawberry.type
class SearchQueries:
    """Queries that search."""

    @paged(
        "What holds every word of a query, in what the viewer may see: first where the whole title is the query, then where it "
        "begins with it, holds it, holds all words, then descriptions, check-ins and comments; open before ended, newest first."
    )
    async def search(
        self,
        info: Info,
        *,
        query: Query,
        types: SearchTypes = strawberry.UNSET,
        paging: Paging,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[SearchHit] | None:
        """Answer a page."""
        view = await info.context.at(as_of, set())
        wanted = None if types is strawberry.UNSET else types
        return await found(view, query, wanted, paging)
