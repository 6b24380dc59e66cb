"""The operations of a report, carried out in process on the schema that is served over HTTP."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphql import graphql  # pyright: ignore[reportUnknownVariableType] - it leaves type parameters open

from schema.build import build_schema
from schema.context import Context
from schema.refusal import GraphQLRefusal
from service.progress_bar import Advance
from service.report.failure import ReportError

Content = dict[str, Any]
"""A part of an answer."""

OPERATIONS = Path(__file__).with_name("operations")

_AT_ONCE = {"objectives": 10}
"""Members of a page of what takes long, so that there is something to see of its progress."""


def _nobody(done: int, total: int) -> None:
    """Tell nobody of what is done."""


class Queries:
    """Asks through one context, so that all answers show the same head and clock; `page_size` is that of connections."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.page_size = context.limits.page_size

    async def ask(self, operation: str, /, **variables: object) -> Content:
        """Answer the data of an operation, by the name of its file; `$most` stands for the longest page there may be.

        Raises:
            ReportError: the API refuses what was asked for, such as a moment in the future.
        """
        text = (OPERATIONS / f"{operation}.graphql").read_text(encoding="utf-8")
        schema = build_schema()._schema  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - strawberry has no other way to it
        result = await graphql(schema, text, context_value=self.context, variable_values={**variables, "most": self.page_size})
        for error in result.errors or ():
            if isinstance(error.original_error, GraphQLRefusal):
                raise ReportError(error.original_error.message)
            raise error
        return result.data or {}

    async def list(
        self, operation: str, path: tuple[str, ...], most: int, advance: Advance = _nobody, /, **variables: object
    ) -> tuple[list[Content], int]:
        """Answer the first members of the connection at a path of an operation's answers, and how many there are in all.

        The operation takes `first` and `after`. `advance` is told of each page.
        """
        members: list[Content] = []
        after: str | None = None
        while True:
            first = min(_AT_ONCE.get(operation, self.page_size), self.page_size, most - len(members))
            connection = at(await self.ask(operation, first=first, after=after, **variables), path)
            members.extend(connection["nodes"])
            count = connection.get("totalCount", len(members))
            advance(len(members), min(count, most))
            after = connection["pageInfo"]["endCursor"]
            if len(members) >= most or not connection["pageInfo"]["hasNextPage"]:
                return members, count


def at(answer: Mapping[str, Any], path: tuple[str, ...]) -> Content:
    """Answer the part of an answer at a path."""
    part: Any = answer
    for name in path:
        part = part[name]
    content: Content = part
    return content
