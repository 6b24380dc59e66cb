"""Objectives in tables: known by their identifier, or by a key of elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

from events.command import Command
from events.identifier import Noun
from events.objective import ActivateObjective, CreateObjective, ObjectiveState, UpdateObjective
from events.rejection import Rejected, RejectionCode, refuse
from projections import editable_objectives
from projections.editable_field import EditableField
from projections.rows import ObjectiveRow
from service.tables.noun_rules import Asked, Surroundings

_RENAMED = {"cycle": "cycle_id", "team": "team_id", "owner": "owner_id", "contributors": "contributor_ids"}
_COLLECTIONS = {"labels", "contributors"}


class ObjectiveRules:
    """See `NounRules`."""

    noun = Noun.OBJECTIVE
    fields: Sequence[EditableField[Any]] = editable_objectives.FIELDS
    takes_keys = True

    async def by_ids(self, around: Surroundings, ids: Sequence[str]) -> Mapping[str, ObjectiveRow]:
        """Answer objectives."""
        return await editable_objectives.by_ids(around.reader, around.lens, list(ids), around.references)

    async def identified(self, around: Surroundings, rows: Sequence[Mapping[str, Any]]) -> Sequence[Rejected]:
        """Refuse: a title is no identity."""
        del around
        return [unidentified() for _ in rows]

    def create(self, around: Surroundings, asked: Asked) -> Sequence[Command]:
        """Write an objective down, and activate it if the row says so."""
        del around
        state = asked.values.get("state") or ObjectiveState.DRAFT
        if state not in (ObjectiveState.DRAFT, ObjectiveState.ACTIVE):
            raise refuse(RejectionCode.WRONG_STATE, "a new objective is DRAFT or ACTIVE", "state")
        # What is empty has the default of the command.
        given = {name: value for name, value in _named(asked.values).items() if value not in (None, ())}
        created = CreateObjective(objective_id=asked.thing_id, **given)
        return [created] if state is ObjectiveState.DRAFT else [created, ActivateObjective(objective_id=asked.thing_id)]

    def change(self, around: Surroundings, asked: Asked, changed: Mapping[str, Any], version: int | None) -> Sequence[Command]:
        """Change what differs; a draft may be activated."""
        del around
        commands: list[Command] = []
        named = _named(changed)
        if named:
            commands.append(UpdateObjective(objective_id=asked.thing_id, expected_version=version, **named))
        if "state" in changed:
            if (asked.thing.state, changed["state"]) != (ObjectiveState.DRAFT, ObjectiveState.ACTIVE):
                message = f"a table makes a DRAFT ACTIVE and nothing else; this one is {asked.thing.state}"
                raise refuse(RejectionCode.WRONG_STATE, message, "state")
            seen = None if named else version
            commands.append(ActivateObjective(objective_id=asked.thing_id, expected_version=seen))
        return commands


def unidentified() -> Rejected:
    """Answer the refusal of a row of which nothing says what it is about."""
    return refuse(RejectionCode.REQUIRED, "a row needs an id, or a key of your own", "id")


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the values by the names of the command's fields."""
    named: dict[str, Any] = {}
    for name, value in values.items():
        if name not in ("id", "key", "state", "version"):
            named[_RENAMED.get(name, name)] = () if value is None and name in _COLLECTIONS else value
    return named
