"""Arguments that several fields take, with their descriptions."""

from typing import Annotated

import strawberry

from schema.moment import MomentInput

Id = Annotated[
    strawberry.ID, strawberry.argument(description="Id of the thing. An id read in the past reads the same past again.")
]
CycleId = Annotated[strawberry.ID, strawberry.argument(description="The cycle.")]
OfCycle = Annotated[strawberry.ID | None, strawberry.argument(description="The cycle; null or absent are those that run.")]
AsOf = Annotated[MomentInput | None, strawberry.argument(description="The moment to read at. Null or absent is now.")]
