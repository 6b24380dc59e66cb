"""What may be asked of each noun: its fields, relations and orders, each as the SQL that stands for it.

This is the whole list: a condition or an order that names anything else is refused, and values are always
parameters. Aliases of tables: `o` objective, `k` key result, `i` initiative, `p` person, `t` team, `c` cycle,
`g` program, `r` check-in, `said` comment, `praise` recognition, `v` value of a custom field;
`o_number` and `k_number` are the numbers. A relation's source names the alias of the thing it starts from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from events.identifier import Noun
from projections.check_in_due import DUE_AT, DUE_STATE
from projections.page import Order


class Kind(StrEnum):
    """The database type of a field; texts, bigints, floats, dates and instants only, which keep their index."""

    TEXT = "text"
    INTEGER = "bigint"
    FLOAT = "float8"
    DATE = "date"
    INSTANT = "timestamptz"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a row: `sql` is its expression, `folded` that for comparing without case.

    With `each`, the field has many values: `each` is what to select them from, and a condition holds when
    it holds for one of them, or, if it negates, when it holds for all.
    """

    sql: str
    kind: Kind = Kind.TEXT
    folded: str | None = None
    each: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A way to other things: `source` is what follows `from`, with the condition that relates them."""

    noun: Noun
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What can be listed: a noun's table, or a subquery, of an alias of its own; `columns` are selected.

    `numbers` joins the table of numbers, of alias `<alias>_number`; `orders` are the fields to order by, and
    `default_order` is used without any. The identifier is always the last. `seen` says what the viewer may see.
    """

    alias: str
    table: str
    columns: str
    fields: Mapping[str, Field]
    orders: Mapping[str, Field]
    default_order: tuple[Order, ...]
    relations: Mapping[str, Relation] = field(default_factory=dict[str, Relation])
    numbers: str = ""
    seen: str = "true"

    @property
    def version(self) -> str:
        """The columns that tell the versions of a thing apart."""
        number = f"{self.alias}_number.from_position" if self.numbers else "null::bigint"
        return f"{self.alias}.id, {self.alias}.from_position, {number} as number_position"

    @property
    def source(self) -> str:
        """What follows `from`."""
        table = self.table if self.table.startswith("(") else f"{{projection}}.{self.table}"
        return f"{table} {self.alias}"


# The instant before which a silence that began is too long: cadence and grace before the moment read.
_SILENCE = """(
    select :instant::timestamptz - make_interval(hours => 24 * (s.check_in_cadence_days + s.check_in_grace_days))
    from {projection}.organization s where {at:s}
)"""


def status_of_objectives(silence: str) -> str:
    """Answer the rule of `status_shown` in events/health.py as SQL; a silence that began before `silence` is too long."""
    return f"""case
    when o.state in ('CLOSED', 'CANCELLED') then 'CLOSED'
    when o.state = 'DRAFT' then 'PENDING'
    when o_number.stalest_at < {silence} then 'OUTDATED'
    else coalesce(o_number.reported_status, 'PENDING')
end"""


def status_of_key_results(silence: str) -> str:
    """Answer the same rule for key results; greatest() passes over nulls."""
    return f"""case
    when k.objective_state in ('CLOSED', 'CANCELLED') or k.dropped_at is not null then 'CLOSED'
    when k.objective_state = 'DRAFT' then 'PENDING'
    when greatest(k_number.checked_in_at, k.live_at) < {silence} then 'OUTDATED'
    else coalesce(k_number.reported_status, 'PENDING')
end"""


STATUS_OF_OBJECTIVES = status_of_objectives(_SILENCE)
STATUS_OF_KEY_RESULTS = status_of_key_results(_SILENCE)

_OBJECTIVE_NUMBERS = """left join lateral (
    select n.* from {projection}.objective_number n
    where n.organization_id = :organization and n.id = o.id and n.to_position > :position
    order by n.to_position limit 1
) o_number on o_number.from_position <= :position"""

_KEY_RESULT_NUMBERS = """left join lateral (
    select n.* from {projection}.key_result_number n
    where n.organization_id = :organization and n.id = k.id and n.to_position > :position
    order by n.to_position limit 1
) k_number on k_number.from_position <= :position"""

# The objectives and key results that a column names, as far as the viewer may see them: a filter must not tell of a
# hidden link.
_SEEN_LINKS = """(
    select link.id from unnest({column}) as link (id)
    cross join lateral (
        select coalesce((
            select part.objective_id from {projection}.key_result part
            where part.organization_id = :organization and part.id = link.id
                and part.to_position > :head and part.from_position <= :head
        ), link.id) as objective_id
    ) as target
    where {seen_objective:target}
) as linked (id)"""


def custom_values(alias: str) -> Relation:
    """Answer the way from a thing to what it has in custom fields."""
    return Relation(noun=Noun.CUSTOM_FIELD, source=f"{{projection}}.custom_value v where {{at:v}} and v.thing_id = {alias}.id")


# An initiative waits for what is not done; one that has ended itself waits for nothing.
BLOCKED_INITIATIVES = """(i.state in ('PLANNED', 'IN_PROGRESS') and exists (
    select from {projection}.dependency waits
    join {projection}.initiative blocker on {at:blocker} and blocker.id = waits.blocker_id
    where {at:waits} and waits.dependent_id = i.id and blocker.state <> 'DONE' and {seen_initiative:blocker}
))"""

# A key result waits for what is not achieved; one that is dropped, or whose objective has ended, waits for nothing.
BLOCKED_KEY_RESULTS = """(k.dropped_at is null and k.objective_state in ('DRAFT', 'ACTIVE') and exists (
    select from {projection}.dependency waits
    join {projection}.key_result blocker on {at:blocker} and blocker.id = waits.blocker_id
    join {projection}.key_result_number achieved on {at:achieved} and achieved.id = blocker.id
    where {at:waits} and waits.dependent_id = k.id and coalesce(achieved.progress, 0) < 1 and {seen_part:blocker}
))"""

OBJECTIVES = Listing(
    alias="o",
    table="objective",
    numbers=_OBJECTIVE_NUMBERS,
    seen="{seen:o}",
    columns="""o.*, o_number.progress, o_number.raw_progress, o_number.confidence, o_number.reported_status,
        o_number.checked_in_at, o_number.stalest_at, o_number.from_position as number_position""",
    fields={
        "id": Field(sql="o.id"),
        "title": Field(sql="o.title", folded="o.title_folded"),
        "state": Field(sql="o.state"),
        "status": Field(sql=STATUS_OF_OBJECTIVES),
        "ambition": Field(sql="o.ambition"),
        "visibility": Field(sql="o.visibility"),
        "priority": Field(sql="o.priority", kind=Kind.INTEGER),
        "label": Field(sql="label.value", each="unnest(o.labels) as label (value)"),
        "parent_id": Field(sql="linked.id", each=_SEEN_LINKS.replace("{column}", "o.parent_ids")),
        "contributor_id": Field(sql="contributor.id", each="unnest(o.contributor_ids) as contributor (id)"),
        "cycle_id": Field(sql="o.cycle_id"),
        "team_id": Field(sql="o.team_id"),
        "owner_id": Field(sql="o.owner_id"),
        "progress": Field(sql="o_number.progress", kind=Kind.FLOAT),
        "confidence": Field(sql="o_number.confidence", kind=Kind.FLOAT),
        "created_at": Field(sql="o.created_at", kind=Kind.INSTANT),
        "updated_at": Field(sql="o.updated_at", kind=Kind.INSTANT),
        "is_draft_of_viewer": Field(
            sql="(o.state = 'DRAFT' and coalesce(:viewer in (o.owner_id, o.created_by), false))", kind=Kind.BOOLEAN
        ),
        # The viewer answers for it, it is still open, and its cycle is in review or over.
        "is_review_of_viewer": Field(
            sql="""(o.state = 'ACTIVE' and coalesce(:viewer = o.owner_id, false) and exists (
                select from {projection}.cycle ended where {at:ended} and ended.id = o.cycle_id and (
                    ended.phase = 'REVIEW' or (ended.phase = 'ACTIVE' and ended.ends_on < (
                        select (:instant::timestamptz at time zone s.time_zone)::date
                        from {projection}.organization s where {at:s}))))
            )""",
            kind=Kind.BOOLEAN,
        ),
    },
    relations={
        "owner": Relation(noun=Noun.PERSON, source="{projection}.person p where {at:p} and p.id = o.owner_id"),
        "team": Relation(noun=Noun.TEAM, source="{projection}.team t where {at:t} and t.id = o.team_id"),
        "cycle": Relation(noun=Noun.CYCLE, source="{projection}.cycle c where {at:c} and c.id = o.cycle_id"),
        # Its key results share its visibility; one that has since gone to an objective out of sight does not.
        "key_result_some": Relation(
            noun=Noun.KEY_RESULT,
            source="{projection}.key_result k "
            + _KEY_RESULT_NUMBERS
            + " where {at:k} and k.objective_id = o.id and k.dropped_at is null and {seen_part:k}",
        ),
        "custom_fields": custom_values("o"),
    },
    orders={
        "priority": Field(sql="o.priority", kind=Kind.INTEGER),
        "title": Field(sql="o.title_folded"),
        "progress": Field(sql="o_number.progress", kind=Kind.FLOAT),
        "confidence": Field(sql="o_number.confidence", kind=Kind.FLOAT),
        "created_at": Field(sql="o.created_at", kind=Kind.INSTANT),
        "updated_at": Field(sql="o.updated_at", kind=Kind.INSTANT),
        "cycle": Field(sql="(select c.starts_on from {projection}.cycle c where {at:c} and c.id = o.cycle_id)", kind=Kind.DATE),
    },
    default_order=(Order(field="priority"), Order(field="created_at")),
)

KEY_RESULTS = Listing(
    alias="k",
    table="key_result",
    numbers=_KEY_RESULT_NUMBERS,
    seen="{seen_part:k}",
    columns="""k.*, k_number.progress, k_number.raw_progress, k_number.current, k_number.done_stage_ids,
        k_number.held_share, k_number.confidence, k_number.reported_status, k_number.last_check_in_id,
        k_number.check_in_count, k_number.checked_in_at, k_number.from_position as number_position""",
    fields={
        "id": Field(sql="k.id"),
        "title": Field(sql="k.title", folded="k.title_folded"),
        "dropped_at": Field(sql="k.dropped_at", kind=Kind.INSTANT),
        "status": Field(sql=STATUS_OF_KEY_RESULTS),
        "kind": Field(sql="k.kind"),
        "progress": Field(sql="k_number.progress", kind=Kind.FLOAT),
        "confidence": Field(sql="k_number.confidence", kind=Kind.FLOAT),
        "due_on": Field(sql="k.due_on", kind=Kind.DATE),
        "priority": Field(sql="k.priority", kind=Kind.INTEGER),
        "label": Field(sql="label.value", each="unnest(k.labels) as label (value)"),
        "objective_id": Field(sql="k.objective_id"),
        "cycle_id": Field(sql="k.cycle_id"),
        "owner_id": Field(sql="k.owner_id"),
        "is_blocked": Field(sql=BLOCKED_KEY_RESULTS, kind=Kind.BOOLEAN),
        "check_in_state": Field(sql=DUE_STATE),
    },
    relations={
        "owner": Relation(noun=Noun.PERSON, source="{projection}.person p where {at:p} and p.id = k.owner_id"),
        "objective": Relation(
            noun=Noun.OBJECTIVE,
            source="{projection}.objective o " + _OBJECTIVE_NUMBERS + " where {at:o} and o.id = k.objective_id",
        ),
        "custom_fields": custom_values("k"),
    },
    orders={
        "priority": Field(sql="k.priority", kind=Kind.INTEGER),
        "ordinal": Field(sql="k.ordinal", kind=Kind.INTEGER),
        "title": Field(sql="k.title_folded"),
        "progress": Field(sql="k_number.progress", kind=Kind.FLOAT),
        "confidence": Field(sql="k_number.confidence", kind=Kind.FLOAT),
        "due_on": Field(sql="k.due_on", kind=Kind.DATE),
        "check_in_due_at": Field(sql=DUE_AT, kind=Kind.INSTANT),
    },
    default_order=(Order(field="priority"), Order(field="ordinal")),
)

INITIATIVES = Listing(
    alias="i",
    table="initiative",
    seen="{seen_initiative:i}",
    columns="i.*",
    fields={
        "id": Field(sql="i.id"),
        "title": Field(sql="i.title", folded="i.title_folded"),
        "work_state": Field(sql="i.state"),
        "begins_on": Field(sql="i.begins_on", kind=Kind.DATE),
        "due_on": Field(sql="i.due_on", kind=Kind.DATE),
        "label": Field(sql="label.value", each="unnest(i.labels) as label (value)"),
        "priority": Field(sql="i.priority", kind=Kind.INTEGER),
        "owner_id": Field(sql="i.owner_id"),
        "supported_id": Field(sql="linked.id", each=_SEEN_LINKS.replace("{column}", "i.supported_ids")),
        "is_blocked": Field(sql=BLOCKED_INITIATIVES, kind=Kind.BOOLEAN),
        "created_at": Field(sql="i.created_at", kind=Kind.INSTANT),
        "updated_at": Field(sql="i.updated_at", kind=Kind.INSTANT),
    },
    relations={
        "owner": Relation(noun=Noun.PERSON, source="{projection}.person p where {at:p} and p.id = i.owner_id"),
        "custom_fields": custom_values("i"),
    },
    orders={
        "due_on": Field(sql="i.due_on", kind=Kind.DATE),
        "begins_on": Field(sql="i.begins_on", kind=Kind.DATE),
        "priority": Field(sql="i.priority", kind=Kind.INTEGER),
        "title": Field(sql="i.title_folded"),
        "created_at": Field(sql="i.created_at", kind=Kind.INSTANT),
        "updated_at": Field(sql="i.updated_at", kind=Kind.INSTANT),
    },
    default_order=(Order(field="due_on"), Order(field="title")),
)

CHECK_INS = Listing(
    alias="r",
    table="check_in",
    seen="exists (select from {projection}.key_result k where {at:k} and k.id = r.key_result_id and {seen_part:k} {each})",
    columns="r.*",
    fields={
        "id": Field(sql="r.id"),
        "status": Field(sql="r.status"),
        "key_result_id": Field(sql="r.key_result_id"),
        "author_id": Field(sql="r.author_id"),
        "effective_at": Field(sql="r.effective_at", kind=Kind.INSTANT),
        "recorded_at": Field(sql="r.recorded_at", kind=Kind.INSTANT),
        "retracted_at": Field(sql="r.retracted_at", kind=Kind.INSTANT),
    },
    orders={
        "effective_at": Field(sql="r.effective_at", kind=Kind.INSTANT),
        "recorded_at": Field(sql="r.recorded_at", kind=Kind.INSTANT),
    },
    default_order=(Order(field="effective_at", is_descending=True), Order(field="recorded_at", is_descending=True)),
)

CYCLES = Listing(
    alias="c",
    table="cycle",
    columns="c.*",
    fields={
        "id": Field(sql="c.id"),
        "name": Field(sql="c.name", folded="c.name_folded"),
        "phase": Field(sql="c.phase"),
        "starts_on": Field(sql="c.starts_on", kind=Kind.DATE),
        "ends_on": Field(sql="c.ends_on", kind=Kind.DATE),
        "parent_id": Field(sql="c.parent_id"),
    },
    orders={"starts_on": Field(sql="c.starts_on", kind=Kind.DATE), "name": Field(sql="c.name_folded")},
    default_order=(Order(field="starts_on"), Order(field="name")),
)

TEAMS = Listing(
    alias="t",
    table="team",
    columns="t.*",
    fields={
        "id": Field(sql="t.id"),
        "name": Field(sql="t.name", folded="t.name_folded"),
        "archived_at": Field(sql="t.archived_at", kind=Kind.INSTANT),
        "parent_id": Field(sql="t.parent_id"),
        "ancestor_id": Field(
            sql="above.id",
            each="""(
                with recursive above (id) as (
                    select t.parent_id
                    union
                    select a.parent_id from above join {projection}.team a on {at:a} and a.id = above.id
                ) select id from above where id is not null
            ) as above""",
        ),
    },
    orders={"name": Field(sql="t.name_folded")},
    default_order=(Order(field="name"),),
)

PERSON_KEY = """(
    select opens.key from okr_ledger.person_key opens
    where opens.organization_id = :organization and opens.person_id = p.id
)"""

# Names are sealed: conditions on them are resolved to identifiers, and orders by them work on opened ones.
PEOPLE = Listing(
    alias="p",
    table="person",
    columns=f"p.*, {PERSON_KEY} as key",
    fields={
        "id": Field(sql="p.id"),
        "role": Field(sql="p.role"),
        "deactivated_at": Field(sql="p.deactivated_at", kind=Kind.INSTANT),
    },
    relations={
        "team": Relation(
            noun=Noun.TEAM,
            source="""{projection}.team_member m join {projection}.team t on {at:t} and t.id = m.team_id
                where {at:m} and m.person_id = p.id""",
        ),
    },
    orders={"id": Field(sql="p.id")},
    default_order=(Order(field="id"),),
)

PROGRAMS = Listing(
    alias="g",
    table="program",
    columns="g.*",
    fields={"id": Field(sql="g.id")},
    orders={"name": Field(sql="g.name_folded")},
    default_order=(Order(field="name"),),
)

# What is said is seen by who sees what it is about.
_SEEN_SUBJECT = """(({alias}.objective_id is null or {seen_objective:{alias}}) and ({alias}.key_result_id is null or exists (
    select from {projection}.key_result k where {at:k} and k.id = {alias}.key_result_id and {seen_part:k} {each}
)))"""

COMMENTS = Listing(
    alias="said",
    table="comment",
    seen=_SEEN_SUBJECT.replace("{alias}", "said"),
    columns="said.*",
    fields={"id": Field(sql="said.id")},
    orders={"position": Field(sql="said.position", kind=Kind.INTEGER)},
    default_order=(Order(field="position"),),
)

RECOGNITIONS = Listing(
    alias="praise",
    table="recognition",
    seen=_SEEN_SUBJECT.replace("{alias}", "praise"),
    columns="praise.*",
    fields={
        "id": Field(sql="praise.id"),
        "author_id": Field(sql="praise.author_id"),
        "subject_id": Field(sql="praise.subject_id"),
        "recognized_at": Field(sql="praise.recognized_at", kind=Kind.INSTANT),
    },
    relations={
        "person_some": Relation(
            noun=Noun.PERSON,
            source="""{projection}.recognition_person recognized
                join {projection}.person p on {at:p} and p.id = recognized.person_id
                where {at:recognized} and recognized.recognition_id = praise.id""",
        ),
    },
    orders={"position": Field(sql="praise.position", kind=Kind.INTEGER)},
    default_order=(Order(field="position", is_descending=True),),
)

CUSTOM_VALUES = Listing(
    alias="v",
    table="custom_value",
    columns="v.*",
    fields={
        "field_id": Field(sql="v.field_id"),
        "text": Field(sql="v.text", folded="v.text_folded"),
        "number": Field(sql="v.number", kind=Kind.FLOAT),
        "date": Field(sql="v.day", kind=Kind.DATE),
        "choice_id": Field(sql="v.choice_id"),
        "person_id": Field(sql="v.person_id"),
        "url": Field(sql="v.url"),
    },
    orders={},
    default_order=(),
)
"""What the things that are listed have in custom fields: never listed by themselves, so whoever asks sees the thing."""

LISTINGS: Mapping[Noun, Listing] = {
    Noun.OBJECTIVE: OBJECTIVES,
    Noun.KEY_RESULT: KEY_RESULTS,
    Noun.INITIATIVE: INITIATIVES,
    Noun.CHECK_IN: CHECK_INS,
    Noun.CYCLE: CYCLES,
    Noun.TEAM: TEAMS,
    Noun.PERSON: PEOPLE,
    Noun.COMMENT: COMMENTS,
    Noun.RECOGNITION: RECOGNITIONS,
    # As things have them.
    Noun.CUSTOM_FIELD: CUSTOM_VALUES,
}
