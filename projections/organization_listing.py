"""What may be asked of cycles, teams, people and programs, each as the SQL that stands for it.

All members may see all of them.
"""

from events.identifier import Noun
from projections.listing import Field, Kind, Listing, Relation
from projections.page import Order

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
