"""Queries: the ways into the graph. A moment belongs to a root field; everything below is seen through it."""

from asyncio import gather
from typing import Annotated, TypeVar

import strawberry

import schema.access
import schema.activity
import schema.alignment
import schema.check_in
import schema.comment
import schema.comparison
import schema.custom_field
import schema.cycle
import schema.event
import schema.file_export
import schema.history
import schema.inbox
import schema.initiative
import schema.key_result
import schema.kpi
import schema.objective
import schema.organization
import schema.person
import schema.program
import schema.recognition
import schema.search
import schema.summary
import schema.team
import schema.template
import schema.viewer
from events.coach.texts import Language
from events.identifier import SYSTEM_ACTOR, Noun, uuid_of
from projections.activity import MOST_THINGS
from projections.comments import NEWEST_FIRST
from projections.curve import CurveResolution
from projections.inbox import IN_ORDER
from projections.key_results import BY_DUE
from projections.time_line import FEWEST_STRETCHES, STRETCH_LIMIT
from schema.actor import SystemActor
from schema.argument import AsOf, Id
from schema.checkpoint import LogCheckpoint, checkpoint
from schema.connection import Asked, Connection, asked
from schema.context import Context, Info
from schema.field import relation
from schema.filter import (
    CustomFieldWhere,
    CycleWhere,
    EventWhere,
    InboxWhere,
    InitiativeWhere,
    KeyResultWhere,
    KpiWhere,
    ObjectiveWhere,
    PersonWhere,
    RecognitionWhere,
    TeamWhere,
    TemplateWhere,
)
from schema.finding import Spoken
from schema.identifiers import parse_identifier
from schema.moment import MomentInput
from schema.node import Node
from schema.order import (
    OrderByCycle,
    OrderByInitiative,
    OrderByKeyResult,
    OrderByKpi,
    OrderByObjective,
    OrderByPerson,
    OrderByTeam,
    OrderByTemplate,
    chosen,
    order,
)
from schema.paging import Paging, paged
from schema.refusal import GraphQLRefusal, RefusalCode
from schema.scalars import BigInt
from schema.span import SpanInput
from schema.subject import load_subject
from schema.time_line import MomentBucket, moment_buckets
from schema.verification import MOST_VERIFIED_EVENTS, LogVerification, verify
from schema.view import View

MOST_NODES = 100
Thing = TypeVar("Thing", bound=Node)


async def _view(context: Context, as_of: AsOf, request: Asked) -> View:
    return await context.at(as_of, set(request.instants))


async def _thing(context: Context, text: str, as_of: AsOf, kind: type[Thing]) -> Thing | None:
    """Answer the thing of a type that an identifier refers to, at the moment asked for."""
    reference = parse_identifier(text)
    if reference is None:
        return None
    view = await context.at(as_of, {reference.instant} if reference.instant else set())
    thing = await load_subject(reference.entity_id, view)
    return thing if isinstance(thing, kind) else None


async def _any(context: Context, text: str) -> Node | None:
    """Answer whatever an identifier refers to, at the moment that it carries."""
    if text == SYSTEM_ACTOR:
        return SystemActor()
    reference = parse_identifier(text)
    if reference is None:
        return None
    if reference.noun is Noun.EVENT:
        view = await context.present()
        row = await view.events_by_id.load(uuid_of(reference.entity_id))
        return None if row is None else schema.event.event_of(row, view)
    if reference.noun is Noun.EXPORT:
        return await schema.file_export.load_export(context, reference)
    view = await context.at(None, {reference.instant} if reference.instant else set())
    return await load_subject(reference.entity_id, view)


@strawberry.type(description="What can be read.")
class Query:
    """The root of all queries."""

    @relation("Anything by its id; null if not visible. An id read in the past reads the same past again.")
    async def node(self, info: Info, id: Id) -> Node | None:  # noqa: A002 - the argument's name is the API's
        """Answer a thing."""
        return await _any(info.context, id)

    @relation("Several by their ids, in their order; null where not visible.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"Ids of the things, at most {MOST_NODES}.")],
    ) -> list[Node | None] | None:
        """Answer several things."""
        most = info.context.limits.nodes
        if len(ids) > most:
            raise GraphQLRefusal(RefusalCode.PAGE_TOO_LARGE, f"{len(ids)} ids given, at most {most} are answered")
        return list(await gather(*(_any(info.context, each) for each in ids)))

    @relation("Who is asking.")
    async def viewer(self, info: Info) -> schema.viewer.Viewer | None:
        """Answer the viewer."""
        return schema.viewer.Viewer(view=await info.context.present())

    @relation("The organization.")
    async def organization(self, info: Info, as_of: AsOf = strawberry.UNSET) -> schema.organization.Organization | None:
        """Answer the organization."""
        view = await info.context.at(as_of, set())
        return schema.organization.Organization(row=view.settings, view=view)

    @relation("One cycle.")
    async def cycle(self, info: Info, id: Id, as_of: AsOf = strawberry.UNSET) -> schema.cycle.Cycle | None:  # noqa: A002
        """Answer one by its identifier."""
        return await _thing(info.context, id, as_of, schema.cycle.Cycle)

    @paged("Cycles; by default latest first.")
    async def cycles(
        self,
        info: Info,
        *,
        paging: Paging,
        where: CycleWhere = strawberry.UNSET,
        order_by: OrderByCycle = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[schema.cycle.Cycle] | None:
        """Answer a page."""
        orders = chosen(order_by, order("-starts_on", "name"))
        request = asked(paging, orders=orders, where=where)
        return await schema.cycle.all_cycles(await _view(info.context, as_of, request), request)

    @relation("One objective.")
    async def objective(self, info: Info, id: Id, as_of: AsOf = strawberry.UNSET) -> schema.objective.Objective | None:  # noqa: A002
        """Answer one by its identifier."""
        return await _thing(info.context, id, as_of, schema.objective.Objective)

    @paged("Objectives; by default by cycle, priority, title.")
    async def objectives(
        self,
        info: Info,
        *,
        paging: Paging,
        where: ObjectiveWhere = strawberry.UNSET,
        order_by: OrderByObjective = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[schema.objective.Objective] | None:
        """Answer a page."""
        orders = chosen(order_by, order("cycle", "priority", "title"))
        request = asked(paging, orders=orders, where=where)
        return await schema.objective.all_objectives(await _view(info.context, as_of, request), request)

    @relation("One key result.")
    async def key_result(self, info: Info, id: Id, as_of: AsOf = strawberry.UNSET) -> schema.key_result.KeyResult | None:  # noqa: A002
        """Answer one by its identifier."""
        return await _thing(info.context, id, as_of, schema.key_result.KeyResult)

    @paged("Key results; by default by priority, title.")
    async def key_results(
        self,
        info: Info,
        *,
        paging: Paging,
        where: KeyResultWhere = strawberry.UNSET,
        order_by: OrderByKeyResult = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[schema.key_result.KeyResult] | None:
        """Answer a page."""
        orders = chosen(order_by, order("priority", "title"))
        request = asked(paging, orders=orders, where=where)
        return await schema.key_result.all_key_results(await _view(info.context, as_of, request), request)

    @paged("Key results that want a check-in; what was due first comes first.")
    async def check_ins_due(
        self, info: Info, *, paging: Paging, where: KeyResultWhere = strawberry.UNSET, as_of: AsOf = strawberry.UNSET
    ) -> Connection[schema.key_result.KeyResult] | None:
        """Answer a page."""
        request = asked(paging, orders=BY_DUE, where=where)
        return await schema.key_result.all_due_key_results(await _view(info.context, as_of, request), request)

    @paged(
        "What somebody has to do, the first due first, what is due at no time last: the viewer's own, or for ADMIN and AUDITOR "
        "that of any person, as far as that person may see it. Null for anybody else's."
    )
    async def inbox(
        self,
        info: Info,
        *,
        person_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Whose; null or absent is the viewer's own.")
        ] = strawberry.UNSET,
        paging: Paging,
        where: InboxWhere = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[schema.inbox.InboxItem] | None:
        """Answer a page."""
        request = asked(paging, orders=IN_ORDER, where=where)
        return await schema.inbox.load_inbox(info.context, person_id or None, as_of, request)

    @relation("One initiative.")
    async def initiative(self, info: Info, id: Id, as_of: AsOf = strawberry.UNSET) -> schema.initiative.Initiative | None:  # noqa: A002
        """Answer one by its identifier."""
        return await _thing(info.context, id, as_of, schema.initiative.Initiative)

    @paged("Initiatives; by default by due date, title.")
    async def initiatives(
        self,
        info: Info,
        *,
        paging: Paging,
        where: InitiativeWhere = strawberry.UNSET,
        order_by: OrderByInitiative = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[schema.initiative.Initiative] | None:
        """Answer a page."""
        orders = chosen(order_by, order("due_on", "title"))
        request = asked(paging, orders=orders, where=where)
        return await schema.initiative.all_initiatives(await _view(info.context, as_of, request), request)

    @relation("One check-in.")
    async def check_in(self, info: Info, id: Id, as_of: AsOf = strawberry.UNSET) -> schema.check_in.CheckIn | None:  # noqa: A002
        """Answer one by its identifier."""
        return await _thing(info.context, id, as_of, schema.check_in.CheckIn)

    @relation("One team.")
    async def team(self, info: Info, id: Id, as_of: AsOf = strawberry.UNSET) -> schema.team.Team | None:  # noqa: A002
        """Answer one by its identifier."""
        return await _thing(info.context, id, as_of, schema.team.Team)

    @paged("Teams; by default by name.")
    async def teams(
        self,
        info: Info,
        *,
        paging: Paging,
        where: TeamWhere = strawberry.UNSET,
        order_by: OrderByTeam = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[schema.team.Team] | None:
        """Answer a page."""
        orders = chosen(order_by, order("name"))
        request = asked(paging, orders=orders, where=where)
        return await schema.team.all_teams(await _view(info.context, as_of, request), request)

    @relation("One person.")
    async def person(self, info: Info, id: Id, as_of: AsOf = strawberry.UNSET) -> schema.person.Person | None:  # noqa: A002
        """Answer one by its identifier."""
        return await _thing(info.context, id, as_of, schema.person.Person)

    @paged("People; by default by name.")
    async def people(
        self,
        info: Info,
        *,
        paging: Paging,
        where: PersonWhere = strawberry.UNSET,
        order_by: OrderByPerson = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[schema.person.Person] | None:
        """Answer a page."""
        orders = chosen(order_by, order("name"))
        request = asked(paging, orders=orders, where=where)
        return await schema.person.all_people(await _view(info.context, as_of, request), request)

    @relation("One KPI.")
    async def kpi(self, info: Info, id: Id, as_of: AsOf = strawberry.UNSET) -> schema.kpi.Kpi | None:  # noqa: A002
        """Answer one by its identifier."""
        return await _thing(info.context, id, as_of, schema.kpi.Kpi)

    @paged("KPIs, archived ones included; by default by title.")
    async def kpis(
        self,
        info: Info,
        *,
        paging: Paging,
        where: KpiWhere = strawberry.UNSET,
        order_by: OrderByKpi = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[schema.kpi.Kpi] | None:
        """Answer a page."""
        orders = chosen(order_by, order("title"))
        request = asked(paging, orders=orders, where=where)
        return await schema.kpi.all_kpis(await _view(info.context, as_of, request), request)

    @relation("One template, of the organization or of the library.")
    async def template(
        self,
        info: Info,
        id: Id,  # noqa: A002
        as_of: AsOf = strawberry.UNSET,
    ) -> schema.template.Template | None:
        """Answer one by its identifier."""
        return await _thing(info.context, id, as_of, schema.template.Template)

    @paged("The organization's own templates, archived ones included; by default by title.")
    async def templates(
        self,
        info: Info,
        *,
        paging: Paging,
        where: TemplateWhere = strawberry.UNSET,
        order_by: OrderByTemplate = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[schema.template.Template] | None:
        """Answer a page."""
        orders = chosen(order_by, order("title"))
        request = asked(paging, orders=orders, where=where)
        return await schema.template.all_templates(await _view(info.context, as_of, request), request)

    @paged("The library of templates in a language, by function, the same for everybody and at every moment.")
    async def template_library(
        self,
        info: Info,
        *,
        language: schema.template.Written = Language.EN,
        function: schema.template.ForFunction = strawberry.UNSET,
        query: schema.template.Words = strawberry.UNSET,
        paging: Paging,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[schema.template.Template] | None:
        """Answer a page."""
        request = asked(paging, orders=())
        view = await _view(info.context, as_of, request)
        words = schema.search.words_of(query, view).each if query else ()
        return await schema.template.library_of(view, language, function or None, words, request)

    @relation("One custom field.")
    async def custom_field(self, info: Info, id: Id, as_of: AsOf = strawberry.UNSET) -> schema.custom_field.CustomField | None:  # noqa: A002
        """Answer one by its identifier."""
        return await _thing(info.context, id, as_of, schema.custom_field.CustomField)

    @paged("Custom fields by what has them, then by name, archived ones included.")
    async def custom_fields(
        self, info: Info, *, paging: Paging, where: CustomFieldWhere = strawberry.UNSET, as_of: AsOf = strawberry.UNSET
    ) -> Connection[schema.custom_field.CustomField] | None:
        """Answer a page."""
        request = asked(paging, orders=order("applies_to", "name"), where=where)
        return await schema.custom_field.all_custom_fields(await _view(info.context, as_of, request), request)

    @paged("Programs by name, retired ones included.")
    async def programs(
        self, info: Info, *, paging: Paging, as_of: AsOf = strawberry.UNSET
    ) -> Connection[schema.program.Program] | None:
        """Answer a page."""
        request = asked(paging, orders=order("name"))
        return await schema.program.all_programs(await _view(info.context, as_of, request), request)

    @paged(
        "What holds every word of a query, in what the viewer may see: first where the whole title is the query, then where it "
        "begins with it, holds it, holds all words, then descriptions, check-ins and comments; open before ended, newest first."
    )
    async def search(
        self,
        info: Info,
        *,
        query: schema.search.Query,
        types: schema.search.SearchTypes = strawberry.UNSET,
        paging: Paging,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[schema.search.SearchHit] | None:
        """Answer a page."""
        view = await info.context.at(as_of, set())
        wanted = None if types is strawberry.UNSET else types
        return await schema.search.found(view, query, wanted, paging)

    @relation("One comment, withdrawn or not.")
    async def comment(self, info: Info, id: Id, as_of: AsOf = strawberry.UNSET) -> schema.comment.Comment | None:  # noqa: A002
        """Answer one by its identifier."""
        return await _thing(info.context, id, as_of, schema.comment.Comment)

    @relation("One recognition, withdrawn or not.")
    async def recognition(self, info: Info, id: Id, as_of: AsOf = strawberry.UNSET) -> schema.recognition.Recognition | None:  # noqa: A002
        """Answer one by its identifier."""
        return await _thing(info.context, id, as_of, schema.recognition.Recognition)

    @paged("Recognitions that were not withdrawn, newest first.")
    async def recognitions(
        self, info: Info, *, paging: Paging, where: RecognitionWhere = strawberry.UNSET, as_of: AsOf = strawberry.UNSET
    ) -> Connection[schema.recognition.Recognition] | None:
        """Answer a page."""
        request = asked(paging, orders=NEWEST_FIRST, where=where)
        return await schema.recognition.all_recognitions(await _view(info.context, as_of, request), request)

    @paged(
        "What happened that concerns a person, a team or a cycle and that the viewer may see, newest first; "
        f"null if there is no such thing. Of somebody with more than {MOST_THINGS} things, that of the newest."
    )
    async def activity(
        self,
        info: Info,
        *,
        of: schema.activity.Of,
        paging: Paging,
        where: EventWhere = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[schema.event.Event] | None:
        """Answer a page."""
        request = schema.history.asked_events(paging, where=where)
        return await schema.activity.load_activity(info.context, of, as_of, request)

    @relation("One event by its position; null for one about something that the viewer may not see.")
    async def event(
        self, info: Info, position: Annotated[BigInt, strawberry.argument(description="Its place in the log.")]
    ) -> schema.event.Event | None:
        """Answer an event."""
        view = await info.context.present()
        row = await view.events.load(position)
        return None if row is None else schema.event.event_of(row, view)

    @paged("The organization's events that the viewer may see, newest first.")
    async def audit_log(
        self, info: Info, *, paging: Paging, where: EventWhere = strawberry.UNSET
    ) -> Connection[schema.event.Event] | None:
        """Answer a page."""
        request = schema.history.asked_events(paging, where=where)
        return await schema.history.audit_log(await info.context.present(), request)

    @paged("Who came in and what was refused, newest first, to the hour; for ADMIN and AUDITOR, null for others.")
    async def access_log(
        self,
        info: Info,
        *,
        paging: Paging,
        kind: schema.access.AccessKindWanted = None,
        actor_id: schema.access.AccessActor = None,
    ) -> Connection[schema.access.AccessRecord] | None:
        """Answer a page."""
        request = asked(paging, orders=())
        return await schema.access.access_log(info.context, kind, actor_id, request)

    @paged(
        "When something was recorded that the viewer may see, for a time slider, oldest first: the newest "
        f"{STRETCH_LIMIT} stretches at most, and at least {FEWEST_STRETCHES} of a scope of many objectives."
    )
    async def moment_buckets(
        self,
        info: Info,
        *,
        paging: Paging,
        scope: Annotated[
            schema.alignment.ScopeInput | None,
            strawberry.argument(description="Of what, as it is now; null or absent is the whole organization."),
        ] = strawberry.UNSET,
        span: Annotated[SpanInput | None, strawberry.argument(description="The stretch of time.")] = strawberry.UNSET,
        resolution: Annotated[
            CurveResolution, strawberry.argument(description="How long a stretch is: an act, a day or a week.")
        ] = CurveResolution.DAY,
    ) -> Connection[MomentBucket] | None:
        """Answer a page."""
        return await moment_buckets(info, paging, scope=scope, span=span, resolution=resolution)

    @relation(
        f"Whether the log is what it was, {MOST_VERIFIED_EVENTS} events at most at a time; "
        "for ADMIN and AUDITOR, null for others."
    )
    async def log_verification(
        self,
        info: Info,
        after: Annotated[
            BigInt | None,
            strawberry.argument(description="Behind which position, whose hash is trusted; null is the beginning."),
        ] = None,
        up_to: Annotated[BigInt | None, strawberry.argument(description="Up to which position; null is the end.")] = None,
    ) -> LogVerification | None:
        """Verify a part of the log."""
        return await verify(info.context, after, up_to)

    @relation(
        "What changed between two moments: what came, went and differs, with reasons, and what moved the progress; "
        "null for a scope that names nothing."
    )
    async def compare(
        self,
        info: Info,
        from_: Annotated[MomentInput, strawberry.argument(name="from", description="The earlier moment.")],
        to: Annotated[
            MomentInput | None, strawberry.argument(description="The later moment; null or absent is now.")
        ] = strawberry.UNSET,
        scope: Annotated[
            schema.alignment.ScopeInput | None,
            strawberry.argument(description="Of what; null or absent is the whole organization."),
        ] = strawberry.UNSET,
    ) -> schema.comparison.Comparison | None:
        """Answer the comparison of a scope."""
        return await schema.comparison.load_comparison(info.context, scope, from_, to)

    @relation(
        "What happened to a person, a team or a cycle between two moments, in sentences that name their events: what moved and "
        "why, what is at risk, what was changed, who is overdue, who was recognized; null if there is no such thing."
    )
    async def summary(
        self,
        info: Info,
        of: schema.summary.SummaryOf,
        from_: Annotated[MomentInput, strawberry.argument(name="from", description="The earlier moment.")],
        to: Annotated[
            MomentInput | None, strawberry.argument(description="The later moment; null or absent is now.")
        ] = strawberry.UNSET,
        language: Spoken = Language.EN,
    ) -> schema.summary.Summary | None:
        """Answer the summary of a thing."""
        return await schema.summary.load_summary(info.context, of, from_, to, language)

    @relation(
        "The head of the log as a signed note, to be kept outside; for ADMIN and AUDITOR, null for others and where no key is "
        f"set. Refused when more than {MOST_VERIFIED_EVENTS} events came after the last verification, or it found a problem."
    )
    async def log_checkpoint(self, info: Info) -> LogCheckpoint | None:
        """Sign the head."""
        return await checkpoint(info.context)

    @relation("What contributes to what.")
    async def alignment(
        self,
        info: Info,
        scope: Annotated[
            schema.alignment.ScopeInput | None,
            strawberry.argument(description="Of what; null or absent is the whole organization."),
        ] = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> schema.alignment.AlignmentGraph | None:
        """Answer the graph of a scope."""
        return await schema.alignment.load_graph(info.context, scope, as_of)

    @relation("One export of the viewer; null for what somebody else asked for, and once it is over.")
    async def export(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the export.")],  # noqa: A002
    ) -> schema.file_export.Export | None:
        """Answer one by its identifier."""
        return await schema.file_export.load_export(info.context, parse_identifier(id))
