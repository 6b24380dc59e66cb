"""The schema: the one place where its parts come together."""

from functools import cache

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.actor import SystemActor
from schema.errors import ERROR_TYPES
from schema.event import EVENT_TYPES
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS


@cache
def build_schema() -> strawberry.Schema:
    """Return the schema of the API; making it takes about a second, so it is made once per process and never changed."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        types=[SystemActor, *EVENT_TYPES.values(), *ERROR_TYPES],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
