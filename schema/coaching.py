"""The coach's view of rows: what it is given of an objective or a key result as of any moment, and what it finds."""

from collections.abc import Sequence
from datetime import date

from events.check_in import CheckedIn, CheckInStatus
from events.coach.finding import Finding
from events.coach.key_result_rules import KEY_RESULT_RULES
from events.coach.objective_rules import OBJECTIVE_RULES
from events.coach.rule import review
from events.coach.standing_rules import STANDING_RULES
from events.coach.subject import KeyResultText, ObjectiveText, Standing
from events.objective import ProgressDriver
from projections.flat_values import FlatValue
from projections.rows import CheckInRow, KeyResultRow, ObjectiveRow
from schema.node import present
from schema.view import View


async def of_objective(row: ObjectiveRow, view: View) -> list[Finding]:
    """Answer what the coach finds in an objective."""
    parts = await view.key_results_of_objective.load(row.id)
    return review(OBJECTIVE_RULES, objective_text(row, parts), view.settings.disabled_findings)


async def of_key_result(row: KeyResultRow, view: View) -> list[Finding]:
    """Answer what the coach finds in a key result and in what was reported of it."""
    objective = await view.objectives.load(row.objective_id)
    cycle = present(await view.cycles.load(row.cycle_id))
    disabled = view.settings.disabled_findings
    return [
        *review(KEY_RESULT_RULES, key_result_text(row, objective.title if objective else "", cycle.ends_on), disabled),
        *review(STANDING_RULES, await standing(row, view), disabled),
    ]


def objective_text(row: ObjectiveRow, parts: Sequence[KeyResultRow]) -> ObjectiveText:
    """Answer how an objective is written."""
    return ObjectiveText(
        id=row.id,
        title=row.title,
        description=row.description,
        key_results=tuple(key_result_text(part, row.title) for part in parts if part.dropped_at is None),
        needs_key_results=row.driver is not ProgressDriver.CHILDREN,
        is_of_team=row.team_id is not None,
        parent_ids=frozenset(row.parent_ids),
    )


def key_result_text(row: KeyResultRow, objective_title: str, cycle_ends_on: date | None = None) -> KeyResultText:
    """Answer how a key result is written."""
    return KeyResultText(
        id=row.id,
        title=row.title,
        metric=row.metric,
        objective_title=objective_title,
        due_on=row.due_on,
        cycle_ends_on=cycle_ends_on,
    )


async def standing(row: KeyResultRow, view: View, tried: CheckedIn | None = None) -> Standing:
    """Answer what was last reported of a key result; with a check-in that was only `tried`, as if it were the newest."""
    newest: CheckInRow | CheckedIn | None = tried
    if newest is None and row.last_check_in_id is not None:
        newest = await view.check_ins.load(row.last_check_in_id)
    count = row.check_in_count + (tried is not None)
    flat_days = 0
    # Only of good news is it worth to know how old they are.
    if newest is not None and newest.status is CheckInStatus.ON_TRACK and count > 1:
        flat_days = _flat_days(await view.flat_values.load(row.id), newest)
    return Standing(
        id=row.id,
        title=row.title,
        check_in_count=count,
        status=None if newest is None else newest.status,
        confidence=None if newest is None else newest.confidence,
        has_blockers=newest is not None and bool(newest.blockers),
        flat_days=flat_days,
        progress=row.progress,
    )


def _flat_days(flat: FlatValue | None, newest: CheckInRow | CheckedIn) -> int:
    is_flat = flat is not None and (flat.value, flat.done_stage_ids) == (newest.value, newest.done_stage_ids)
    return max((newest.effective_at - flat.since).days, 0) if flat is not None and is_flat else 0
