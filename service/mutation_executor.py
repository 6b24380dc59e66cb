"""Mutations: graphql-core carries them out, and a plan fills what their fields have answered.

So graphql-core runs the fields one after the other, reads their arguments, calls each resolver once, and tells what failed. Below
that everything is read. When a plan cannot fill it, graphql-core does, from the value that the resolver has answered: nobody
calls the resolver a second time, so nothing is done twice.
"""

from typing import Any

import structlog
from graphql import Executor, GraphQLObjectType, GraphQLResolveInfo
from graphql.pyutils import AwaitableOrValue, Path

from schema.plan import Plans

_log = structlog.get_logger()


class MutationExecutor(Executor[None]):
    """Carries out one mutation, with the plans of its document."""

    def __init__(self, *arguments: Any, plans: Plans, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._plans = plans

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: Any,
        info: GraphQLResolveInfo,
        path: Path,
        result: Any,
        position_context: None,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """Answer the data of a thing: of what a field of the mutation has answered by the plan."""
        complete = super().complete_object_value
        if path.prev is not None:
            return complete(return_type, field_details_list, info, path, result, position_context)

        async def filled() -> dict[str, Any]:
            try:
                plan = self._plans.plan(self.operation, self.variable_values)
                return await plan.run_below(str(path.key), result, return_type.name, self.context_value, self.variable_values)
            except Exception as error:  # noqa: BLE001 - whatever it is, the library says what it is to the client
                _log.debug("a mutation is answered without a plan", error=repr(error))
            completed = complete(return_type, field_details_list, info, path, result, position_context)
            return await completed if self.is_awaitable(completed) else completed

        return filled()
