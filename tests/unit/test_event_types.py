"""Every event that the log may hold has a type and a name of its own in the API."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from events.codec import STORED_TYPES, StoredType
from projections.rows import EventRow
from schema.build import build_schema
from schema.event import event_of
from schema.view import View

GOLDEN = Path(__file__).parent.parent / "golden"
AT = datetime(2026, 8, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema()._schema


def words(stored: StoredType) -> list[str]:
    return stored.name.replace(".", "_").split("_")


def type_name(stored: StoredType) -> str:
    """`key_result.checked_in` is a `KeyResultCheckedInEvent`."""
    return "".join(word.capitalize() for word in words(stored)) + "Event"


def test_the_types_of_the_api_are_those_of_the_log(schema: GraphQLSchema) -> None:
    enum, interface = schema.type_map["EventType"], schema.type_map["Event"]
    assert isinstance(enum, GraphQLEnumType)
    assert isinstance(interface, GraphQLInterfaceType)
    assert sorted(enum.values) == sorted("_".join(words(stored)).upper() for stored in STORED_TYPES)
    members = [each.name for each in schema.get_possible_types(interface)]
    assert sorted(members) == sorted(type_name(stored) for stored in STORED_TYPES)


@pytest.mark.parametrize("stored", STORED_TYPES, ids=lambda stored: stored.name)
def test_a_stored_event_is_shown_as_a_member_of_its_own(schema: GraphQLSchema, stored: StoredType) -> None:
    member = schema.type_map[type_name(stored)]
    assert isinstance(member, GraphQLObjectType)
    assert member.fields.keys() >= cast("GraphQLInterfaceType", schema.type_map["Event"]).fields.keys()
    data = (GOLDEN / f"{stored.name}.{stored.schema_version}.json").read_text(encoding="utf-8")
    shown: Any = event_of(row_of(stored, data), cast("View", None))
    assert type(shown).__name__ == member.name
    assert type(shown.content()) is stored.event_class
    # Of an event whose data was redacted there is nothing to tell, and it is shown all the same.
    redacted: Any = event_of(row_of(stored, None), cast("View", None))
    assert (type(redacted), redacted.content()) == (type(shown), None)


def row_of(stored: StoredType, data: str | None) -> EventRow:
    """A recorded event of a type."""
    return EventRow(
        position=1,
        event_id=UUID(int=1),
        command_id=UUID(int=2),
        type=stored.name,
        schema_version=stored.schema_version,
        data=data,
        actor_id="system",
        effective_at=AT,
        recorded_at=AT,
        hash=bytes(32),
        origin="SYSTEM",
        request_id="test",
        reason_code=None,
        reason_text=None,
        subject_id="thing",
        objective_id=None,
        changes="[]",
    )
