"""Reads a report from a database, for whoever owns it: everything is in sight."""

from uuid import UUID

from events.identifier import Noun, format_identifier
from service.assembly import database_of
from service.command_options import Moment
from service.progress_bar import Advance
from service.report.data import Report, ReportLimits, load
from service.report.failure import ReportError
from service.report.queries import Queries
from service.session import owner_context, read_limits
from service.settings import Settings


async def read_report(  # noqa: PLR0917 - all that the command line says
    settings: Settings, database_url: str, organization_id: UUID, cycle: str, as_of: Moment | None, advance: Advance
) -> Report:
    """Read the report of an organization's cycle; see `data.load`."""
    async with database_of(settings, database_url) as database:
        context = await owner_context(database, organization_id, read_limits(settings))
        if context is None:
            raise ReportError(f"there is no {format_identifier(Noun.ORGANIZATION, organization_id)}")
        most = ReportLimits(objectives=settings.report_objectives, rows=settings.report_rows)
        return await load(Queries(context), cycle, as_of, most, advance)
