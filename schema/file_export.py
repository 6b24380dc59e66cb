"""Exports: files for analysts, made in the background and fetched by an address of their own.

`schema/export.py` writes the schema itself.
"""

from datetime import datetime
from typing import Annotated

import strawberry

from events.identifier import Noun
from events.rejection import Rejected, RejectionCode, refuse
from events.right import Right
from projections.alignment import GraphScope
from projections.export_scope import is_there
from projections.export_table import OF_A_MOMENT, ExportContent, Extract
from projections.lens import Lens
from projections.moments import MomentInFutureError, MomentUnknownError
from schema.act import Done, idempotency_key, refused
from schema.alignment import ScopeInput, named_scope
from schema.context import Context, Info
from schema.enumeration import described
from schema.export_door import ExportFailureCode, ExportFormat, ExportRequest, ExportRow, ExportState
from schema.field import column, relation
from schema.identifiers import Reference, parse_identifier
from schema.input import MutationInput, known, optional, request_hash, required
from schema.moment import MomentInput
from schema.node import Node
from schema.payload import MutationPayload
from schema.refusal import GraphQLRefusal
from schema.scalars import URL, BigInt
from schema.span import SpanInput, bounds_of

described(
    ExportContent,
    "ExportContent",
    "What to export; docs/exports.md says what each column means. May grow: keep a default branch.",
    {
        ExportContent.OBJECTIVES: "Objectives and key results as of a moment: a row for each key result.",
        ExportContent.CHECK_INS: "Check-ins: a row for each wording.",
        ExportContent.CURVES: "Progress curves: a row for each step of an objective or key result.",
        ExportContent.CHANGES: "What happened: a row for each field that an event changed.",
        ExportContent.CUSTOM_FIELDS: "Custom fields as of a moment: a row for each.",
        ExportContent.CUSTOM_FIELD_VALUES: "What things have in custom fields as of a moment: a row for each value.",
        ExportContent.EVENTS: "The whole log with its hashes, enough to verify it without the database; for ADMIN and AUDITOR.",
        ExportContent.EDITABLE_PEOPLE: "People who have access, to be edited and imported again by `tableImport`.",
        ExportContent.EDITABLE_OBJECTIVES: "Objectives, to be edited and imported again.",
        ExportContent.EDITABLE_KEY_RESULTS: "Key results that are not dropped, to be edited and imported again.",
        ExportContent.EDITABLE_CHECK_INS: "Check-ins that stand, to be edited and imported again.",
    },
)
described(
    ExportFormat,
    "ExportFormat",
    "Formats of files. May grow: keep a default branch.",
    {
        ExportFormat.CSV: "Comma-separated values with a header.",
        ExportFormat.XLSX: "A spreadsheet.",
        ExportFormat.PARQUET: "Typed columns for tools of analysts.",
        ExportFormat.JSONL: "One JSON object a line; of EVENTS the format of the log.",
    },
)
described(
    ExportState,
    "ExportState",
    "How far along an export is. May grow: keep a default branch.",
    {
        ExportState.RUNNING: "Being made, or waiting for its turn.",
        ExportState.READY: "It can be fetched.",
        ExportState.FAILED: "It will not be made; `failure` says why.",
    },
)
described(
    ExportFailureCode,
    "ExportFailureCode",
    "Why an export failed. May grow: keep a default branch and show `message`.",
    {
        ExportFailureCode.LIMIT_EXCEEDED: "There is more than a file, or its format, may hold.",
        ExportFailureCode.INTERRUPTED: "It was not finished; asking again may help.",
        ExportFailureCode.INTERNAL: "The server could not make it.",
    },
)


@strawberry.type(description="Why an export failed.")
class ExportFailure:
    """A code and what to do."""

    row: strawberry.Private[ExportRow]

    code: ExportFailureCode = column("The kind of failure.", lambda source: source.row.failure_code)
    message: str = column("In words, with what to do.", lambda source: source.row.failure_message)


@strawberry.type(description="A file that is made or ready; it belongs to whoever asked for it.")
class Export(Node):
    """An export as its creator sees it."""

    row: strawberry.Private[ExportRow]

    id: strawberry.ID = column("Unique across all types; opaque.", lambda source: strawberry.ID(source.row.id))
    state: ExportState = column("How far along.")
    content: ExportContent = column("What it is about.")
    format: ExportFormat = column("Which format.")
    position: BigInt = column("Up to which position it reads; of EVENTS settled once it is ready.")
    url: URL | None = column(
        "Where to fetch it, without credentials, until it expires: a path on this server. Null unless READY."
    )
    expires_at: datetime | None = column("Until when it can be fetched; null unless READY.")
    byte_size: BigInt | None = column("How large; null unless READY.")
    created_at: datetime = column("When it was asked for.")
    failure: ExportFailure | None = column(
        "Why it failed; null unless FAILED.",
        lambda source: None if source.row.failure_code is None else ExportFailure(row=source.row),
    )


async def load_export(context: Context, reference: Reference | None) -> Export | None:
    """Answer an export of the viewer, None for one of anybody else."""
    if reference is None or reference.noun is not Noun.EXPORT or reference.instant is not None:
        return None
    row = await context.outside.exports.find(context.reader, reference.entity_id)
    return None if row is None else Export(row=row)


@strawberry.input(description="Input of exportCreate.")
class ExportCreateInput(MutationInput):
    """Input of exportCreate."""

    content: ExportContent = required("What.")
    format: ExportFormat = required("How; EVENTS come as JSONL only.")
    scope: ScopeInput | None = optional("Of what, as it was at the moment; null or absent is the whole organization.")
    as_of: MomentInput | None = optional("As of when; null or absent is now. Not with EVENTS.")
    span: SpanInput | None = optional("Which stretch of recorded time, for CHECK_INS, CURVES and CHANGES.")


@strawberry.type(description="What exportCreate did.")
class ExportCreatePayload(MutationPayload):
    """What asking for a file answers; nothing is recorded, so there are no events."""

    row: strawberry.Private[ExportRow | None]

    export: Export | None = column(
        "The export; null if it was refused, or with `dryRun`.",
        lambda payload: None if payload.row is None else Export(row=payload.row),
    )


async def _create(
    info: Info,
    input: Annotated[ExportCreateInput, strawberry.argument(description="What is asked for.")],  # noqa: A002 - its name is the API's
) -> ExportCreatePayload | None:
    context = info.context
    try:
        asked = await context.outside.exports.ask(await _request(info, input))
    except Rejected as rejected:
        return ExportCreatePayload(done=refused(info.context, input, rejected.rejections), row=None)
    if asked.is_replay:
        context.extensions["idempotentReplay"] = True
    return ExportCreatePayload(done=Done(values=input), row=asked.export)


@strawberry.type
class ExportMutations:
    """The mutations of this noun."""

    export_create: ExportCreatePayload | None = strawberry.mutation(
        resolver=_create,
        description="Asks for a file. It is made in the background: ask `export(id)` until it is READY, then fetch `url`.",
    )


async def _request(info: Info, values: ExportCreateInput) -> ExportRequest:
    """Answer what is asked for, pinned to the head of the request.

    Raises:
        Rejected: it is not permitted, of no meaning, or names what there is not.
    """
    context = info.context
    _check(values, context)
    lens = await _moment(values.as_of, context)
    scope, scope_id = await _scope(values.scope, context, lens)
    begins_at, ends_at = _span(values.span)
    return ExportRequest(
        content=values.content,
        format=values.format,
        extract=Extract(
            reader=context.reader,
            lens=lens,
            scope=scope,
            scope_id=scope_id,
            begins_at=begins_at,
            ends_at=ends_at,
            shows_addresses=context.may(Right.MANAGE_PEOPLE),
        ),
        idempotency_key=idempotency_key(info, values),
        request_hash=request_hash(info.field_name, values),
        is_dry_run=values.dry_run,
    )


def _check(values: ExportCreateInput, context: Context) -> None:
    if values.content is ExportContent.EVENTS:
        if not context.may(Right.SEE_EVERYTHING):
            raise refuse(RejectionCode.FORBIDDEN, "the role or the token may not read the whole log", "content")
        if values.format is not ExportFormat.JSONL:
            raise refuse(RejectionCode.INVALID, "the log comes as JSONL only, or it could not be verified", "format")
        for given, name in ((values.scope, "scope"), (values.as_of, "asOf"), (values.span, "span")):
            if given:
                raise refuse(RejectionCode.INVALID, "the log comes whole, or it could not be verified", name)
    if values.content in OF_A_MOMENT and values.span:
        raise refuse(RejectionCode.INVALID, "this table is that of a moment: take asOf", "span")
    if values.content is ExportContent.CUSTOM_FIELDS and values.scope:
        raise refuse(RejectionCode.INVALID, "custom fields are the organization's", "scope")
    if values.content is ExportContent.EDITABLE_PEOPLE and values.scope:
        raise refuse(RejectionCode.INVALID, "people come whole", "scope")


async def _moment(as_of: MomentInput | None, context: Context) -> Lens:
    try:
        return await context.lens(as_of)
    except MomentInFutureError as error:
        raise refuse(RejectionCode.IN_FUTURE, "the moment lies after the present", "asOf") from error
    except MomentUnknownError as error:
        message = "the moment lies before the organization's first event"
        raise refuse(RejectionCode.INVALID, message, "asOf") from error


async def _scope(scope: ScopeInput | None, context: Context, lens: Lens) -> tuple[GraphScope, str]:
    if not scope:
        return GraphScope.ORGANIZATION, ""
    named = named_scope(scope)
    scope_id = known(named.id, named.noun, "scope", named.field)
    if not await is_there(context.reader, lens, named.kind, scope_id):
        raise refuse(RejectionCode.NOT_FOUND, f"there is no such {named.noun} at that moment", "scope", named.field)
    return named.kind, scope_id


def _span(span: SpanInput | None) -> tuple[datetime | None, datetime | None]:
    try:
        return bounds_of(span)
    except GraphQLRefusal as refused:
        raise refuse(RejectionCode.INVALID, refused.message, "span") from refused


@strawberry.type
class ExportQueries:
    """Queries of exports."""

    @relation("One export of the viewer; null for what somebody else asked for, and once it is over.")
    async def export(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the export.")],  # noqa: A002
    ) -> Export | None:
        """Answer one by its identifier."""
        return await load_export(info.context, parse_identifier(id))
