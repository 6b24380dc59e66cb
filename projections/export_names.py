"""What things and people are called now: a file shows the same names as the API does at the head."""

from collections.abc import Iterable
from dataclasses import dataclass

from events.identifier import SYSTEM_ACTOR, Noun, noun_of
from projections import people, programs
from projections.export_table import Extract
from projections.names import opened_name
from projections.statement import fetch

SYSTEM_NAME = "System"

# Answers what things are called now, of those that the viewer may see; check-ins have no name.
_NAMES = """
select o.id, 'OBJECTIVE' as noun, o.title as name from {projection}.objective o
where {at:o} and {seen:o} and o.id = any(:ids::text[])
union all
select k.id, 'KEY_RESULT', k.title from {projection}.key_result k
where {at:k} and {seen_part:k} and k.id = any(:ids::text[])
union all
select r.id, 'CHECK_IN', null from {projection}.check_in r
join {projection}.key_result m on {at:m} and m.id = r.key_result_id
where {at:r} and {seen_part:m} and r.id = any(:ids::text[])
union all
select t.id, 'TEAM', t.name from {projection}.team t where {at:t} and t.id = any(:ids::text[])
union all
select c.id, 'CYCLE', c.name from {projection}.cycle c where {at:c} and c.id = any(:ids::text[])
union all
select g.id, 'PROGRAM', g.name from {projection}.program g where {at:g} and g.id = any(:ids::text[])
union all
select kpi.id, 'KPI', kpi.title from {projection}.kpi kpi where {at:kpi} and kpi.id = any(:ids::text[])
union all
select reading.id, 'KPI_READING', null from {projection}.kpi_reading reading
where {at:reading} and reading.id = any(:ids::text[])
union all
select template.id, 'TEMPLATE', template.title from {projection}.template template
where {at:template} and template.id = any(:ids::text[])
union all
select f.id, 'CUSTOM_FIELD', f.name from {projection}.custom_field f where {at:f} and f.id = any(:ids::text[])
union all
select s.id, 'ORGANIZATION', s.name from {projection}.organization s where {at:s} and s.id = any(:ids::text[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A thing that the viewer may see; `name` is None for what has none, an erased person among them."""

    id: str
    noun: str
    name: str | None


async def people_named(extract: Extract, ids: Iterable[str | None]) -> dict[str, str | None]:
    """Answer the names of people, and of programs that did something, by identifier; None for an erased person."""
    wanted = {each for each in ids if each is not None}
    rows = await people.by_ids(extract.reader, extract.present, sorted(wanted - {SYSTEM_ACTOR}))
    found = {row.id: opened_name(extract.reader, row.sealed, row.key) for row in rows.values()}
    rest = [each for each in wanted - found.keys() if noun_of(each) is Noun.PROGRAM]
    if rest:
        found.update({row.id: row.name for row in (await programs.by_ids(extract.reader, extract.present, rest)).values()})
    return {SYSTEM_ACTOR: SYSTEM_NAME, **found} if SYSTEM_ACTOR in wanted else found


async def things_named(extract: Extract, ids: Iterable[str]) -> dict[str, Named]:
    """Answer things of any noun by identifier, without those that the viewer may not see."""
    wanted = sorted(set(ids))
    rows = await fetch(extract.reader, extract.present, _NAMES, ids=wanted)
    found = {row["id"]: Named(id=row["id"], noun=row["noun"], name=row["name"]) for row in rows}
    named = await people_named(extract, (each for each in wanted if each not in found))
    return found | {each: Named(id=each, noun="PERSON", name=name) for each, name in named.items()}
