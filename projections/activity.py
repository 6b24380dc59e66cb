"""Activity: the events that concern a person, a team or a cycle, as pages of the log's own indexes.

Nothing is written for it: what somebody has to do with is found first, and the histories of all that are merged. It is
what it is at the lens, as far as the viewer may see it; the histories are whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from projections.conversation_listing import COMMENTS, RECOGNITIONS
from projections.event_listing import Source
from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

MOST_THINGS = 1_000
"""The histories of so many things are merged, those of the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """Whose histories make an activity: those of things, and of what somebody did."""

    thing_ids: tuple[str, ...]
    actor_ids: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[tuple[Source, Sequence[str]], ...]:
        """The ways into the log, each with its keys; no key is left out that is the only one."""
        return (
            ((Source.THING, self.thing_ids), (Source.ACTOR, self.actor_ids))
            if self.actor_ids
            else ((Source.THING, self.thing_ids),)
        )


# Answers what a person has to do with: themselves, what they own or work on, comments that mention them, what they wrote
# and what they are recognized for.
_OF_PERSON = """
select :id as id, 0::bigint as since
union all
select found.id, found.since from (
    select o.id, o.from_position as since from {projection}.objective o
    where {at:o} and (o.owner_id = :id or :id = any(o.contributor_ids)) and {seen:o}
    union all
    select k.id, k.from_position from {projection}.key_result k where {at:k} and k.owner_id = :id and {seen_part:k}
    union all
    select said.id, said.position from {projection}.comment said
    where {at:said} and {seen_comment} and said.id in (
        select m.comment_id from {projection}.comment_mention m where {at:m} and m.person_id = :id
    )
    union all
    select praise.id, praise.position from {projection}.recognition praise
    where {at:praise} and {seen_recognition} and praise.id in (
        select m.recognition_id from {projection}.recognition_person m where {at:m} and m.person_id = :id
    )
    order by since desc, id limit :size
) found
"""

# Answers what a team has to do with: itself and the teams below, their objectives, and what their members are recognized for.
_OF_TEAM = """
with recursive team (id) as (
    select :id::text collate "C"
    union
    select t.id from team join {projection}.team t on {at:t} and t.parent_id = team.id
)
select team.id, 0::bigint as since from team
union all
select found.id, found.since from (
    select o.id, o.from_position as since from team
    join {projection}.objective o on {at:o} and o.team_id = team.id where {seen:o}
    union all
    select praise.id, praise.position from {projection}.recognition praise
    where {at:praise} and {seen_recognition} and exists (
        select from team join {projection}.team_member m on {at:m} and m.team_id = team.id
        where m.person_id = any(praise.person_ids)
    )
    order by since desc, id limit :size
) found
"""


class ActivityOf(Enum):
    """Of what."""

    PERSON = "PERSON"
    TEAM = "TEAM"
    CYCLE = "CYCLE"


async def histories(reader: Reader, lens: Lens, of: ActivityOf, thing_id: str) -> Histories:
    """Answer whose histories make the activity of a person, a team or a cycle.

    In the history of a cycle stands already what happens to everything in it.
    """
    if of is ActivityOf.CYCLE:
        return Histories(thing_ids=(thing_id,))
    statement = _OF_PERSON if of is ActivityOf.PERSON else _OF_TEAM
    for name, listing in (("seen_comment", COMMENTS), ("seen_recognition", RECOGNITIONS)):
        statement = statement.replace("{" + name + "}", listing.seen)
    rows = await fetch(reader, lens, statement, id=thing_id, size=MOST_THINGS)
    actors = (thing_id,) if of is ActivityOf.PERSON else ()
    return Histories(thing_ids=tuple(dict.fromkeys(row["id"] for row in rows)), actor_ids=actors)
