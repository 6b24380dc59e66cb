"""Payloads of mutations of KPIs."""

import strawberry

import schema.kpi
import schema.subject
from schema.alignable import Alignable
from schema.context import Info
from schema.field import relation
from schema.node import seen
from schema.payload import MutationPayload, ObjectivePayload


async def _kpi(kpi_id: str | None, info: Info) -> "schema.kpi.Kpi | None":
    view = await info.context.present()
    return seen(schema.kpi.Kpi, await view.kpis.load(kpi_id) if kpi_id else None, view)


@strawberry.type
class KpiPayload(MutationPayload):
    """What mutations of one KPI answer."""

    @relation("The KPI as it is now.")
    async def kpi(self, info: Info) -> "schema.kpi.Kpi | None":
        """Load it."""
        return await _kpi(self.done.named("kpi_id"), info)


@strawberry.type
class KpiReadingPayload(MutationPayload):
    """What mutations of one reading answer."""

    @relation("The reading as it is now.")
    async def reading(self, info: Info) -> "schema.kpi.KpiReading | None":
        """Load it."""
        view, reading_id = await info.context.present(), self.done.named("reading_id")
        return seen(schema.kpi.KpiReading, await view.kpi_readings.load(reading_id) if reading_id else None, view)

    @relation("The KPI as it is now.")
    async def kpi(self, info: Info) -> "schema.kpi.Kpi | None":
        """Load it."""
        kpi_id, reading_id = self.done.named("kpi_id"), self.done.named("reading_id")
        if kpi_id is None and reading_id is not None:
            # A wish that was fulfilled already has no event that names the KPI.
            row = await (await info.context.present()).kpi_readings.load(reading_id)
            kpi_id = None if row is None else row.kpi_id
        return await _kpi(kpi_id, info)


@strawberry.type
class KpiLinkPayload(KpiPayload):
    """What mutations of a link answer."""

    @relation("The objective or key result as it is now.")
    async def linked(self, info: Info) -> Alignable | None:
        """Load it."""
        linked_id = self.done.named("linked_id")
        thing = await schema.subject.load_subject(linked_id, await info.context.present()) if linked_id else None
        return thing if isinstance(thing, Alignable) else None


@strawberry.type
class KpiRecoveryPayload(ObjectivePayload, KpiPayload):
    """What beginning a recovery answers."""
