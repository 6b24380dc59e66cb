"""What may be asked of objectives, key results and check-ins, each as the SQL that stands for it."""

from events.identifier import Noun
from projections.check_in_due import DUE_AT, DUE_STATE
from projections.custom_field_listing import custom_values
from projections.listing import SORTED_CHARACTERS, Field, Kind, Listing, Relation
from projections.page import Order

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
SEEN_LINKS = """(
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
        "parent_id": Field(sql="linked.id", each=SEEN_LINKS.replace("{column}", "o.parent_ids")),
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
        "title": Field(sql=f"left(o.title_folded, {SORTED_CHARACTERS})"),
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
