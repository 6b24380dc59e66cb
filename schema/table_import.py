"""Tables: a file of people, objectives, key results or check-ins becomes one act, or a list of what is wrong with it.

The file comes with the mutation and is not kept: it holds names and addresses, and a dry run is as easily asked for again.
"""

import base64
import binascii
from typing import Annotated

import strawberry

from events.act import Accepted, Refused
from events.rejection import Rejection, RejectionCode, refuse
from events.right import Right
from projections import moments
from projections.editable_field import EditableNoun
from schema.act import Done, Plan, Step, act_of, refused
from schema.context import Info
from schema.enumeration import described
from schema.field import column
from schema.input import MutationInput, given, optional, required
from schema.payload import MutationPayload
from schema.table_door import ColumnMapping, TablePlan, TableProblem, TableRequest

described(
    EditableNoun,
    "TableNoun",
    "What a table is about; docs/tables.md names the columns. May grow: keep a default branch.",
    {
        EditableNoun.PEOPLE: "People: who has an unknown address is invited.",
        EditableNoun.OBJECTIVES: "Objectives.",
        EditableNoun.KEY_RESULTS: "Key results.",
        EditableNoun.CHECK_INS: "Check-ins: another value corrects.",
    },
)


@strawberry.input(description="What a column of a table means.")
class TableColumnInput:
    """What a column of a table means."""

    column: str = required("Its name in the file, in whatever case.")
    field: str | None = optional("The field, named as in docs/tables.md; null or absent: the column is not read.")


@strawberry.input(description="Input of tableImport.")
class TableImportInput(MutationInput):
    """Input of tableImport."""

    noun: EditableNoun = required("What the table is about.")
    file: str = required("The file in base64 (RFC 4648): CSV or XLSX, which is told by what it holds.")
    mapping: list[TableColumnInput] | None = optional("What columns mean that are not named like fields.")
    sheet: str | None = optional("The sheet of a spreadsheet; null or absent is the first.")


@strawberry.type(name="TableProblem", description="Why a table was not imported.")
class TableIssue:
    """A problem and its place in the file."""

    problem: strawberry.Private[TableProblem]

    row: int | None = column(
        "The row in the file, counted from 1 with the header; null when it is about the whole file.",
        lambda source: source.problem.row,
    )
    code: RejectionCode = column("Which rule.", lambda source: source.problem.code)
    message: str = column("In words, for developers and for a fall-back display.", lambda source: source.problem.message)
    # The last, because its name hides that of the function.
    column: str | None = column(
        "The column, as the file names it; null when it is about no single one.", lambda source: source.problem.column
    )


@strawberry.type(description="What tableImport did.")
class TableImportPayload(MutationPayload):
    """What the import of a table answers."""

    plan: strawberry.Private[TablePlan]
    shown: strawberry.Private[tuple[TableProblem, ...]] = ()
    problem_total: strawberry.Private[int] = 0

    created_count: int = column("Rows that make something, now or with `dryRun`.", lambda payload: payload.plan.created_count)
    updated_count: int = column("Rows that change something.", lambda payload: payload.plan.updated_count)
    unchanged_count: int = column("Rows that say what is so already.", lambda payload: payload.plan.unchanged_count)
    problem_count: int = column("How many problems the table has.", lambda payload: payload.problem_total)
    problems: list[TableIssue] = column(
        "What is wrong with the table, by row, as many as OKR_LEDGER_IMPORT_PROBLEMS allows; with any, nothing is written.",
        lambda payload: [TableIssue(problem=each) for each in payload.shown],
    )


async def _import(
    info: Info,
    input: Annotated[TableImportInput, strawberry.argument(description="What is asked for.")],  # noqa: A002 - its name is the API's
) -> TableImportPayload | None:
    context = info.context
    try:
        content = base64.b64decode(input.file, validate=True)
    except (binascii.Error, ValueError):
        rejections = refuse(RejectionCode.INVALID, "the file is not base64", "file").rejections
        return TableImportPayload(done=refused(context, input, rejections), plan=TablePlan())
    mapping = tuple(ColumnMapping(column=each.column, field=given(each.field)) for each in given(input.mapping) or ())
    plan = await context.outside.tables.plan(
        TableRequest(noun=input.noun, content=content, mapping=mapping, sheet=given(input.sheet)),
        context.reader,
        moments.lens_now(context.head, context.now),
        context.now,
        shows_addresses=context.may(Right.MANAGE_PEOPLE),
    )
    if plan.problems:
        return _with_problems(info, input, plan, plan.problems)
    if not plan.rows:
        return TableImportPayload(done=Done(values=input), plan=plan)
    steps = tuple(Step(command=command) for command in plan.commands)
    act_plan = Plan(steps=steps, person_keys=plan.person_keys, is_table=True)
    outcome = await context.dispatch(act_of(info, input, act_plan))
    match outcome:
        case Refused() if any(each.path[:1] == ("idempotencyKey",) for each in outcome.rejections):
            return TableImportPayload(done=refused(context, input, outcome.rejections), plan=plan)
        case Refused():
            return _with_problems(info, input, plan, plan.problems_of(outcome))
        case Accepted():
            if outcome.is_replay:
                context.extensions["idempotentReplay"] = True
            await context.renew(outcome)
            return TableImportPayload(done=Done(values=input, plan=act_plan, accepted=outcome), plan=plan)


def _with_problems(
    info: Info, values: TableImportInput, plan: TablePlan, problems: tuple[TableProblem, ...]
) -> TableImportPayload:
    # Clients that look at nothing else must see that it was refused.
    message = f"the table has {len(problems)} problems, the first: {problems[0].message}"
    rejection = Rejection(code=problems[0].code, message=message, path=("file",))
    shown = problems[: info.context.doors.tables.problem_limit]
    done = refused(info.context, values, (rejection,))
    return TableImportPayload(done=done, plan=plan, shown=shown, problem_total=len(problems))


@strawberry.type
class TableMutations:
    """The mutations of tables."""

    table_import: TableImportPayload | None = strawberry.mutation(
        resolver=_import,
        description="Imports a CSV or XLSX file, all of it or nothing. Only what differs is written, so the same file a second "
        "time changes nothing. With `dryRun` it says what it would do.",
    )
