"""What may be asked of events, and the indexes that answer it: in whose order the log is walked.

Every source yields positions in order, so a page costs what it shows and what its filter leaves out on the way,
however long the log is. Aliases: `s` the subject of an event, `e` the event, `t` its place in a thing's history.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from projections.condition import ALWAYS, Compare, Condition, Every, Operator
from projections.listing import Field, Kind, Listing
from projections.predicate import values_of

# One row for one row, and no join that could lose the order of what comes before.
_SUBJECT = """cross join lateral (
    select x.position, x.subject_id, x.objective_id, x.objective_ids, x.reason_code from {projection}.event_subject x
    where x.organization_id = :organization and x.position = {driving}.position limit 1
) s"""
_EVENT = """cross join lateral (
    select x.type, x.actor_id, x.effective_at from okr_ledger.event x
    where x.organization_id = :organization and x.position = {driving}.position limit 1
) e"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driving:
    """A table in whose index positions are walked; `wanted.id` stands for the value asked for."""

    alias: str
    table: str
    predicate: str

    @property
    def position(self) -> str:
        """The position that the index orders by."""
        return f"{self.alias}.position"

    def source(self, text: str) -> str:
        """Answer what follows `from`, its predicate included; `text` is all else that the statement asks for.

        An event that was redacted may have no subject, and then is in no history; so events alone are joined to it always.
        """
        asked = text.replace("(", " ")
        asks_subject = " s." in asked or ":s}" in asked
        joins = [_SUBJECT] if self.alias == "e" or (self.alias != "s" and asks_subject) else []
        if self.alias != "e" and " e." in asked:
            joins.append(_EVENT)
        joined = " ".join(joins).replace("{driving}", self.alias)
        return f"{self.table} {self.alias} {joined} where {self.alias}.organization_id = :organization and {self.predicate}"


class Source(Enum):
    """The ways into the log."""

    LOG = Driving(alias="s", table="{projection}.event_subject", predicate="true")
    SUBJECT = Driving(alias="s", table="{projection}.event_subject", predicate="s.subject_id = wanted.id")
    THING = Driving(alias="t", table="{projection}.event_thing", predicate="t.thing_id = wanted.id")
    REASON = Driving(alias="s", table="{projection}.event_subject", predicate="s.reason_code = wanted.id")
    TYPE = Driving(alias="e", table="okr_ledger.event", predicate="e.type = wanted.id")
    ACTOR = Driving(alias="e", table="okr_ledger.event", predicate="e.actor_id = wanted.id")


_FIELDS: Mapping[str, Field] = {
    "type": Field(sql="e.type"),
    "effective_at": Field(sql="e.effective_at", kind=Kind.INSTANT),
    "actor_id": Field(sql="e.actor_id"),
    "subject_id": Field(sql="s.subject_id"),
    "reason_code": Field(sql="s.reason_code"),
    "thing_id": Field(
        sql="listed.thing_id",
        each="""(
            select l.thing_id from {projection}.event_thing l
            where l.organization_id = :organization and l.position = s.position
        ) as listed""",
    ),
    "is_outside_cycles": Field(
        sql="""(s.objective_id is null and not exists (
            select from {projection}.cycle c where c.organization_id = :organization and c.id = s.subject_id
        ))""",
        kind=Kind.BOOLEAN,
    ),
}


def event_listing(source: Source) -> Listing:
    """Answer what may be asked of events that come from a source; `thing_id` is never absent."""
    position = Field(sql=source.value.position, kind=Kind.INTEGER)
    return Listing(
        alias=source.value.alias,
        table=source.value.table,
        columns=source.value.position,
        fields={**_FIELDS, "position": position},
        orders={},
        default_order=(),
    )


# The most telling first.
_ANCHORS = {
    "subject_id": Source.SUBJECT,
    "thing_id": Source.THING,
    "reason_code": Source.REASON,
    "type": Source.TYPE,
    "actor_id": Source.ACTOR,
}


def anchored(condition: Condition) -> tuple[Source, tuple[str, ...], Condition]:
    """Answer the source that a condition is best answered from, the values wanted of it, and what is left to ask."""
    conjuncts = _conjuncts(condition)
    for field, source in _ANCHORS.items():
        for number, each in enumerate(conjuncts):
            if isinstance(each, Compare) and each.field == field and each.operator in (Operator.EQUAL, Operator.IN):
                rest = Every(tuple(conjuncts[:number] + conjuncts[number + 1 :]))
                return source, tuple(dict.fromkeys(str(value) for value in values_of(each.value))), rest
    return Source.LOG, ("",), condition if conjuncts else ALWAYS


def _conjuncts(condition: Condition) -> list[Condition]:
    if isinstance(condition, Every):
        return [each for part in condition.conditions for each in _conjuncts(part)]
    return [condition]
