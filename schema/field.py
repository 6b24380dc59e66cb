"""Fields of the API: a column of the row, a pure function of what is seen, or a relation.

Columns and functions are read without an `Info`, without arguments and without awaiting: that is what
makes a list of thousands of scalars cheap. Relations await their batch loader.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Self, cast

from strawberry.types import Info
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import UNRESOLVED, FieldType, StrawberryField

_WAITS = "waits for the database"


class LateField(StrawberryField):
    """A field whose type may stand in a module that is still being imported.

    The nouns refer to each other in circles (a team has people, a person has teams), so each module imports
    the others as modules and names their types in quotes; strawberry tries once too early and again later.
    """

    @property
    def waits_for_database(self) -> bool:
        """Say whether it awaits more than batch loaders; see `schema/plan.py`."""
        return bool(self.metadata.get(_WAITS))

    def resolve_type(self, *, type_definition: StrawberryObjectDefinition | None = None) -> FieldType:
        """Answer the type, or that it cannot be known yet."""
        try:
            return super().resolve_type(type_definition=type_definition)
        except AttributeError:
            return cast("FieldType", UNRESOLVED)


class Column(LateField):
    """A field that is read from its source without a resolver."""

    def __init__(self, *arguments: Any, read: Callable[[Any], object] | None = None, **options: Any) -> None:
        """Read the row's field of the same name, or what `read` answers for the source."""
        super().__init__(*arguments, **options)  # pyright: ignore[reportUnknownMemberType]
        self.read = read
        self.init = self.repr = self.compare = False

    def __copy__(self) -> Self:
        """Copy for a specialised generic type."""
        copied = super().__copy__()
        copied.read = self.read
        return copied

    def get_result(
        self,
        source: Any,
        info: Info | None,  # noqa: ARG002 - the signature is strawberry's
        args: list[Any],  # noqa: ARG002
        kwargs: Any,  # noqa: ARG002
    ) -> Awaitable[Any] | Any:
        """Answer the value."""
        if self.read is not None:
            return self.read(source)
        return getattr(source.row, self.python_name)


def column(description: str, read: Callable[[Any], object] | None = None, *, name: str | None = None) -> Any:
    """Declare a column of the row, or with `read` a pure function of the source (its row and its view)."""
    return Column(description=description, read=read, graphql_name=name)


def relation(
    description: str, *, name: str | None = None, waits_for_database: bool = False
) -> Callable[[Callable[..., object]], Any]:
    """Declare a field that has arguments or awaits a batch loader.

    One without arguments that awaits anything else, such as a statement of its own, `waits_for_database`.
    """
    return LateField(description=description, graphql_name=name, metadata={_WAITS: waits_for_database})
