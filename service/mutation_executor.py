"""Mutations: graphql-core carries them out, and a plan fills what their fields have answered.

So graphql-core runs the fields one after the other, reads their arguments, calls each resolver once, and tells what failed.
Below that everything is read. What a plan cannot fill graphql-core fills, from what the resolver has answered: nobody calls the
resolver a second time, so nothing is done twice.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# The library leaves type parameters open.

from collections.abc import Awaitable
from typing import Any

import orjson
import structlog
from graphql import Executor, GraphQLObjectType
from graphql.pyutils import Path

from schema.plan import Plans

_log = structlog.get_logger()


class MutationExecutor(Executor[None]):
    """Carries out one mutation, with the plans of its document."""

    def __init__(self, *arguments: Any, plans: Plans, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._plans = plans

    def complete_object_value(  # noqa: PLR0917 - the signature is graphql-core's
        self,
        return_type: GraphQLObjectType,
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: None,
    ) -> Awaitable[Any] | dict[str, Any]:
        """Answer the data of a thing; of what a field of the mutation has answered as JSON by the plan."""
        if path.prev is None:
            return self._payload(return_type, field_details_list, info, path, result)
        return super().complete_object_value(return_type, field_details_list, info, path, result, position_context)

    async def _payload(
        self, return_type: GraphQLObjectType, field_details_list: Any, info: Any, path: Path, result: Any
    ) -> Any:
        try:
            plan = self._plans.plan(self.operation, self.variable_values)
            text = await plan.run_below(str(path.key), result, return_type.name, self.context_value, self.variable_values)
            return orjson.Fragment(text)
        except Exception as error:  # noqa: BLE001 - whatever it is, the library says what it is to the client
            _log.debug("a mutation is answered without a plan", error=repr(error))
        completed: Any = super().complete_object_value(return_type, field_details_list, info, path, result, None)
        return await completed if self.is_awaitable(completed) else completed
