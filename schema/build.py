"""The schema: the one place where its parts come together."""

from functools import cache

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter

from schema.actor import SystemActor
from schema.errors import ERROR_TYPES
from schema.event import EVENT_TYPES
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS

_ONE_OF = "directive @oneOf on INPUT_OBJECT"


class _Names(NameConverter):
    """Names that are made once: strawberry makes those of arguments anew for every request."""

    apply_naming_config = cache(NameConverter.apply_naming_config)


class _Schema(strawberry.Schema):
    """A schema in whose text directives have a description like everything else."""

    def as_str(self) -> str:
        """Return the schema as text."""
        return super().as_str().replace(_ONE_OF, f'"""Exactly one field is given, and it is not null."""\n{_ONE_OF}', 1)


@cache
def build_schema() -> strawberry.Schema:
    """Return the schema of the API; making it takes about a second, so it is made once per process and never changed."""
    return _Schema(
        query=Query,
        mutation=Mutation,
        types=[SystemActor, *EVENT_TYPES.values(), *ERROR_TYPES],
        config=StrawberryConfig(scalar_map=SCALARS, name_converter=_Names()),
    )
