"""People as of a lens: by identifier, in pages, of teams; and what a person may do and see now."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from asyncpg import Record

from events.connection import Connection
from events.person import Role
from events.right import Actor, Scopes
from projections import paging, versions
from projections.condition import ALWAYS, Condition
from projections.definition_rows import folded
from projections.lens import Lens
from projections.memory import cut
from projections.moments import Head
from projections.names import PEOPLE_LIMIT, TooManyPeopleError, opened_name
from projections.organization_listing import PEOPLE
from projections.page import Order, Page, SortKey, Window
from projections.paging import EVERYWHERE, Scope
from projections.predicate import UnknownFieldError
from projections.reader import Grants, Reader
from projections.records import person_rows
from projections.rows import PersonRow
from projections.way import Way

DEFAULT_ORDER = (Order(field="name"),)
_REMEMBERED = 1_000

_ALL = Scope(listing=PEOPLE)
_OF_TEAM = Scope(
    listing=PEOPLE,
    predicate="""p.id in (
        select m.person_id from {projection}.team_member m where {at:m} and m.team_id = wanted.id
    )""",
)

# Answers an actor's role, the teams they belong to and those they lead, with all below these, unless they have no access.
# A program belongs to no team and leads none. The teams led are null where no team has changed since a position at which they
# are known: to walk down from a lead of everything costs more than all the rest.
_ACCESS = """
with recursive led (id) as (
    select t.id from {projection}.team t
    where t.organization_id = $1 and t.lead_id = $2 and t.to_position > $3 and t.from_position <= $3
    union
    select t.id from led join {projection}.team t
        on t.organization_id = $1 and t.parent_id = led.id and t.to_position > $3 and t.from_position <= $3
)
select p.role, array(
    select m.team_id from {projection}.team_member m
    where m.organization_id = p.organization_id and m.person_id = p.id and m.to_position > $3 and m.from_position <= $3
    order by 1
) as member_team_ids, case when $4::bigint <= $3 and not exists (
    select from {projection}.team t where t.organization_id = $1 and t.from_position > $4 and t.from_position <= $3
) then null else array(select id from led order by 1) end as led_team_ids
from {projection}.person p
where p.organization_id = $1 and p.id = $2 and p.to_position > $3 and p.from_position <= $3
    and p.deactivated_at is null and p.erased_at is null
union all
select g.role, '{}', '{}' from {projection}.program g
where g.organization_id = $1 and g.id = $2 and g.to_position > $3 and g.from_position <= $3 and g.retired_at is null
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What an actor may do, by their role and the scopes of their token, and see, by their teams: always that of the head."""

    role: Role
    grants: Grants


async def access(
    connection: Connection, organization_id: UUID, pinned: Head, actor_id: str, scopes: Scopes = None
) -> Access | None:
    """Answer the access of a person or program at the pinned head, with a token of these scopes.

    None for who is unknown, deactivated, erased or retired.
    """
    row = await connection.fetchrow(access_statement(pinned.generation), organization_id, actor_id, pinned.position, None)
    return None if row is None else access_of(row, actor_id, scopes)


def access_statement(generation: int, *expressions: str) -> str:
    """Answer the statement that finds an actor's role and teams.

    Its parameters are the organization, the actor, the position, and that at which the led teams are known or null, unless
    expressions are given in their place.
    """
    statement = _ACCESS.replace("{projection}", f"projection_{generation:d}")
    for number, expression in enumerate(expressions, start=1):
        statement = statement.replace(f"${number}", expression)
    return statement


def access_of(row: Record, actor_id: str, scopes: Scopes, known_led_team_ids: frozenset[str] = frozenset()) -> Access:
    """Answer the access that a row of the statement tells of, with a token of these scopes."""
    led = known_led_team_ids if row["led_team_ids"] is None else frozenset(row["led_team_ids"])
    return _access(row["role"], frozenset(row["member_team_ids"]), led, actor_id, scopes)


@lru_cache(maxsize=_REMEMBERED)
def _access(
    role_name: str, member_team_ids: frozenset[str], led_team_ids: frozenset[str], actor_id: str, scopes: Scopes
) -> Access:
    """Make of what the database has just said what it means, which is the same every time."""
    role = Role(role_name)
    actor = Actor(actor_id=actor_id, role=role, scopes=scopes)
    grants = Grants(
        person_id=actor_id,
        member_team_ids=member_team_ids,
        led_team_ids=led_team_ids,
        sees_everything=actor.sees_everything(),
        scopes=scopes,
    )
    return Access(role=role, grants=grants)


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, PersonRow]:
    """Answer people by identifier."""
    return await versions.by_ids(reader, lens, Way.PEOPLE, ids)


async def page(
    reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS, orders: Sequence[Order] = ()
) -> Page[PersonRow]:
    """Answer a page of all people, by name; erased ones, who have none, come last unless ordered otherwise.

    Raises:
        TooManyPeopleError: more people satisfy the condition than names are opened for.
    """
    return (await _pages(reader, lens, _ALL, EVERYWHERE, window, condition, orders))[""]


async def count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many people satisfy a condition."""
    return (await paging.counts(reader, lens, _ALL, EVERYWHERE, condition))[""]


async def pages_of_teams(
    reader: Reader,
    lens: Lens,
    team_ids: Sequence[str],
    *,
    window: Window,
    condition: Condition = ALWAYS,
    orders: Sequence[Order] = (),
) -> dict[str, Page[PersonRow]]:
    """Answer the same page of the members of each team, by name."""
    return await _pages(reader, lens, _OF_TEAM, team_ids, window, condition, orders)


async def counts_of_teams(reader: Reader, lens: Lens, team_ids: Sequence[str], condition: Condition = ALWAYS) -> dict[str, int]:
    """Answer how many members each team has."""
    return await paging.counts(reader, lens, _OF_TEAM, team_ids, condition)


async def _pages(  # noqa: PLR0917 - both callers pass everything on
    reader: Reader,
    lens: Lens,
    scope: Scope,
    keys: Sequence[str],
    window: Window,
    condition: Condition,
    orders: Sequence[Order],
) -> dict[str, Page[PersonRow]]:
    asked = tuple(orders) or DEFAULT_ORDER
    if any(order.field != "name" for order in asked):
        raise UnknownFieldError("people are ordered by name")
    everyone = Window(first=PEOPLE_LIMIT)
    found = await paging.pages(reader, lens, scope, keys, window=everyone, condition=condition)
    if any(each.has_next for each in found.values()):
        raise TooManyPeopleError
    return {
        key: cut([(_sort_key(reader, row, len(asked)), row) for row in person_rows(each.rows)], asked, window)
        for key, each in found.items()
    }


def _sort_key(reader: Reader, row: PersonRow, order_count: int) -> SortKey:
    name = opened_name(reader, row.sealed, row.key)
    sort_name = None if name is None else folded(name)
    return (*[sort_name] * order_count, row.id)
