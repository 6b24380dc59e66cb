"""A small company whose tables are exported, and their rows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from events.check_in import CheckInStatus, CorrectCheckIn, RetractCheckIn
from events.custom_field import Choice, CreateCustomField, CustomFieldKind, CustomFieldNoun
from events.custom_value import CustomValue
from events.cycle import CreateCycle
from events.key_result import DropKeyResult, RetargetKeyResult, UpdateKeyResult
from events.objective import UpdateObjective, Visibility
from events.team import CreateTeam
from projections import moments
from projections.export_table import ExportContent, Extract, Table
from projections.export_tables import TABLES
from projections.lens import Lens
from tests.support.reading import Company, company_in

Rows = list[dict[str, Any]]


@asynccontextmanager
async def company_to_export(database_url: str) -> AsyncIterator[Company]:
    """Objectives `trust` (of sales, with a dropped key result) and `secret` (private, below it), and `bare` without any."""
    async with company_in(database_url) as company:
        await company.do(CreateTeam(team_id="south", name="South", parent_id="sales", lead_id=None))
        await company.do(CreateCycle(cycle_id="q4", name="Q4 2024", starts_on=date(2024, 10, 1), ends_on=None))
        await company.objective("trust", ["replies", "calls"], owner_id="max", team_id="south", labels=("new", "b;old"))
        await company.objective(
            "secret", ["margin"], owner_id="eva", visibility=Visibility.PRIVATE, parent_ids=("trust",), contributor_ids=("aud",)
        )
        await company.objective("bare", cycle_id="q4", owner_id=None)
        yield company


async def checked_in(company: Company) -> None:
    """Check-ins on `replies`: 3 (corrected to 3.5) and 5 (retracted); one on `margin`; then a retarget and a drop."""
    await company.check_in("first", "replies", 3, comment="Slow", confidence=0.5)
    await company.check_in("second", "replies", 5, status=CheckInStatus.AT_RISK)
    await company.check_in("hidden", "margin", 4)
    await company.do(CorrectCheckIn(check_in_id="first", value=Decimal("3.5"), comment="Slower"), by="max")
    await company.do(RetractCheckIn(check_in_id="second"))
    await company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(20)))
    await company.do(DropKeyResult(key_result_id="calls"))


async def asked(company: Company) -> None:
    """A field of objectives that `trust` and `secret` have a value in, and one of key results that `replies` has."""
    choices = (Choice(choice_id="north", name="North"), Choice(choice_id="south", name="South", is_retired=True))
    for field_id, noun, kind in (
        ("region", CustomFieldNoun.OBJECTIVE, CustomFieldKind.CHOICE),
        ("cost", CustomFieldNoun.KEY_RESULT, CustomFieldKind.NUMBER),
        ("mentor", CustomFieldNoun.KEY_RESULT, CustomFieldKind.PERSON),
    ):
        given = choices if kind is CustomFieldKind.CHOICE else ()
        made = CreateCustomField(custom_field_id=field_id, applies_to=noun, kind=kind, name=field_id.title(), choices=given)
        await company.do(made)
    north = (CustomValue(custom_field_id="region", choice_id="north"),)
    for objective_id in ("trust", "secret"):
        await company.do(UpdateObjective(objective_id=objective_id, custom_fields=north))
    values = (
        CustomValue(custom_field_id="cost", number=Decimal("12.50")),
        CustomValue(custom_field_id="mentor", person_id="max"),
    )
    await company.do(UpdateKeyResult(key_result_id="replies", custom_fields=values))


async def extract(company: Company, person_id: str = "ada", lens: Lens | None = None, **more: Any) -> Extract:
    """Answer what is to be exported to somebody: all that they see now, unless told otherwise."""
    return Extract(reader=await company.reader(person_id), lens=lens or await company.now(), **more)


async def table(wanted: Extract, content: ExportContent) -> Rows:
    """Answer the rows of a table, and check that each part tells how far it has come."""
    made: Table[Any] = TABLES[content]
    names = [column.name for column in made.columns]
    rows: Rows = []
    done = 0
    async for part in made.parts(wanted):
        rows.extend(dict(zip(names, made.values(row), strict=True)) for row in part.rows)
        assert done <= part.done <= part.total
        done = part.done
    return rows


def some(rows: Rows, *names: str) -> list[tuple[Any, ...]]:
    """Answer some columns of rows."""
    return [tuple(row[name] for name in names) for row in rows]


async def past(company: Company, position: int) -> Lens:
    """Answer the lens of a position."""
    return await moments.lens_at_position(await company.reader(), await company.head(), position)
