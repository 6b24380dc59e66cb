"""The table of objectives and key results as of a moment: what the API shows of them, side by side."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from projections.export_columns import Column, day, decimal, instant, integer, share, text, texts
from projections.export_objective_lines import ObjectiveLine, done_stages, objective_lines
from projections.export_table import ExportContent, Table

_VALUE = "that of the key result"


def _review(attribute: str) -> Callable[[ObjectiveLine], Any]:
    return lambda line: None if line.objective.review is None else getattr(line.objective.review, attribute)


def _part(attribute: str) -> Callable[[ObjectiveLine], Any]:
    read = attrgetter(attribute)
    return lambda line: None if line.part is None else read(line.part)


_CYCLE_AND_TEAM: tuple[Column[ObjectiveLine], ...] = (
    text("cycle_id", "The cycle", attrgetter("cycle.id")),
    text("cycle_name", "Its name at the moment", attrgetter("cycle.name")),
    text("cycle_phase", "Its phase", attrgetter("cycle.phase")),
    day("cycle_starts_on", "Its first day", attrgetter("cycle.starts_on")),
    day("cycle_ends_on", "Its last day; empty is open-ended", attrgetter("cycle.ends_on")),
    text("team_id", "The team", attrgetter("objective.team_id")),
    text("team_name", "Its name at the moment", ObjectiveLine.team_name),
)
_OBJECTIVE: tuple[Column[ObjectiveLine], ...] = (
    text("objective_id", "The objective", attrgetter("objective.id")),
    text("objective_title", "Its title", attrgetter("objective.title")),
    text("objective_description", "In more words", attrgetter("objective.description")),
    text("objective_state", "How far along it is", attrgetter("objective.state")),
    text("objective_status", "The status shown, at the clock of the moment", ObjectiveLine.status),
    text("objective_ambition", "Promise or stretch", attrgetter("objective.ambition")),
    text("objective_visibility", "Who may see it", attrgetter("objective.visibility")),
    text("objective_driver", "What its progress is computed from", attrgetter("objective.driver")),
    integer("objective_priority", "Smaller is more important", attrgetter("objective.priority")),
    texts("objective_labels", "Its labels", attrgetter("objective.labels")),
    text("objective_owner_id", "Who answers for it", attrgetter("objective.owner_id")),
    text("objective_owner_name", "Their name today; empty once erased", lambda line: line.person(line.objective.owner_id)),
    texts("objective_contributor_ids", "Who else works on it", attrgetter("objective.contributor_ids")),
    texts("objective_contributor_names", "Their names today, without those erased", ObjectiveLine.contributor_names),
    texts(
        "objective_parent_ids",
        "Objectives and key results that it contributes to, as far as they may be seen",
        lambda line: line.visible(line.objective.parent_ids),
    ),
    text(
        "objective_carried_over_from_id",
        "The objective that it continues, if that may be seen",
        lambda line: line.if_visible(line.objective.carried_over_from_id),
    ),
    share("objective_progress", "Progress", attrgetter("objective.progress")),
    share("objective_raw_progress", "The same, not clamped", attrgetter("objective.raw_progress"), "share"),
    share("objective_expected_progress", "Where the expected line stands at the moment", ObjectiveLine.expected),
    share("objective_pace", "Progress less the expected one; empty unless ACTIVE", ObjectiveLine.pace, "share, -1 to 1"),
    share("objective_confidence", "Confidence", attrgetter("objective.confidence")),
    share("objective_score", "The score of the review", _review("score")),
    share("objective_proposed_score", "The score that the progress proposed", _review("proposed_score")),
    text("objective_decision", "What became of it", _review("decision")),
    text("objective_explanation", "Why the score is another one", _review("explanation")),
    text("objective_root_cause", "Why it was not reached", _review("root_cause")),
    text("objective_learned", "What was learned", _review("learned")),
    text("objective_created_by_id", "Who created it", attrgetter("objective.created_by")),
    text(
        "objective_created_by_name", "Their name today; empty once erased", lambda line: line.person(line.objective.created_by)
    ),
    instant("objective_created_at", "When it was created", attrgetter("objective.created_at")),
    instant("objective_activated_at", "When it went live", attrgetter("objective.activated_at")),
    instant("objective_updated_at", "When its definition last changed", attrgetter("objective.updated_at")),
    integer("objective_version", "How often its definition changed", attrgetter("objective.version")),
)
_KEY_RESULT: tuple[Column[ObjectiveLine], ...] = (
    text("key_result_id", "The key result", _part("id")),
    text("key_result_title", "Its title", _part("title")),
    text("key_result_status", "The status shown, at the clock of the moment", ObjectiveLine.part_status),
    text("key_result_kind", "How a value becomes progress", _part("metric.kind")),
    text("key_result_unit", "What its values count", _part("metric.unit")),
    text("key_result_unit_label", "What NUMBER counts", _part("metric.unit_label")),
    text("key_result_currency", "Code of ISO 4217 with CURRENCY", _part("metric.currency")),
    decimal("key_result_start", "Where it starts", _part("metric.start"), _VALUE),
    decimal("key_result_target", "The target in force", _part("metric.target"), _VALUE),
    decimal("key_result_low", "The lower end of a range", _part("metric.low"), _VALUE),
    decimal("key_result_high", "The upper end of a range", _part("metric.high"), _VALUE),
    decimal("key_result_commit", "The level committed to", _part("metric.commit"), _VALUE),
    decimal("key_result_stretch", "The level hoped for", _part("metric.stretch"), _VALUE),
    decimal("key_result_original_start", "The original start", _part("original.start"), _VALUE),
    decimal("key_result_original_target", "The original target", _part("original.target"), _VALUE),
    decimal("key_result_original_low", "The original lower end", _part("original.low"), _VALUE),
    decimal("key_result_original_high", "The original upper end", _part("original.high"), _VALUE),
    decimal(
        "key_result_current", "The latest value by effective time; the start before any check-in", _part("current"), _VALUE
    ),
    texts(
        "key_result_done_stages",
        "The stages done, with MILESTONE",
        lambda line: None if line.part is None else done_stages(line.part.metric, line.part.done_stage_ids),
    ),
    decimal("key_result_weight", "Its weight in the objective", _part("weight")),
    text("key_result_owner_id", "Who answers for it", _part("owner_id")),
    text(
        "key_result_owner_name",
        "Their name today; empty once erased",
        lambda line: None if line.part is None else line.person(line.part.owner_id),
    ),
    day("key_result_due_on", "When it is due", _part("due_on")),
    integer("key_result_priority", "Smaller is more important", _part("priority")),
    share("key_result_progress", "Progress", _part("progress")),
    share("key_result_raw_progress", "The same, not clamped", _part("raw_progress"), "share"),
    share("key_result_expected_progress", "Where the expected line stands at the moment", ObjectiveLine.part_expected),
    share("key_result_pace", "Progress less the expected one; empty unless it runs", ObjectiveLine.part_pace, "share, -1 to 1"),
    share("key_result_confidence", "Confidence", _part("confidence")),
    share("key_result_held_share", "Check-ins at which a bound or range held", _part("held_share")),
    integer("key_result_check_in_count", "How many check-ins hold", _part("check_in_count")),
    instant("key_result_checked_in_at", "When the newest of them was recorded", _part("checked_in_at")),
    text(
        "key_result_replaces_id",
        "The key result whose place it took, if that may be seen",
        lambda line: None if line.part is None else line.if_visible(line.part.replaces_id),
    ),
    text(
        "key_result_carried_over_from_id",
        "The key result that it continues, if that may be seen",
        lambda line: None if line.part is None else line.if_visible(line.part.carried_over_from_id),
    ),
    instant("key_result_dropped_at", "Since when it no longer counts", _part("dropped_at")),
    instant("key_result_created_at", "When it was created", _part("created_at")),
    instant("key_result_updated_at", "When its definition last changed", _part("updated_at")),
    integer("key_result_version", "How often its definition changed", _part("version")),
)

OBJECTIVES_TABLE = Table(
    content=ExportContent.OBJECTIVES,
    rows=(
        "Objectives and key results as of a moment. One row for each key result, dropped ones included; an objective without "
        "any has one row whose key result columns are empty. By objective (in the order of identifiers), then by priority "
        "and coming."
    ),
    columns=(*_CYCLE_AND_TEAM, *_OBJECTIVE, *_KEY_RESULT),
    parts=objective_lines,
)
