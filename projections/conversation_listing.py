"""What may be asked of comments and recognitions, each as the SQL that stands for it."""

from events.identifier import Noun
from projections.listing import Field, Kind, Listing, Relation
from projections.page import Order

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
