"""The columns of exports are documented where they are declared, and the page says the same."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import graphql
import pytest

from events.codec import STORED_TYPES
from projections.export_check_ins import groups
from projections.export_columns import ColumnType
from projections.export_table import PART_ROWS, ExportContent, pieces
from projections.export_tables import TABLES, documentation
from schema.export import SDL_FILE

PAGE = Path(__file__).parents[2] / "docs" / "exports.md"


def test_the_documented_columns_are_those_of_the_code():
    assert documentation() in PAGE.read_text(encoding="utf-8")


def test_every_content_but_the_log_is_a_table():
    assert set(TABLES) == set(ExportContent) - {ExportContent.EVENTS}
    assert all(content is table.content for content, table in TABLES.items())


@pytest.mark.parametrize("content", TABLES)
def test_columns_have_plain_names_of_their_own_and_say_what_they_mean(content: ExportContent):
    columns = TABLES[content].columns
    names = [column.name for column in columns]

    assert len(set(names)) == len(names)
    assert [name for name in names if re.fullmatch(r"[a-z]+(_[a-z]+)*", name) is None] == []
    assert [column.name for column in columns if not column.meaning or "|" in column.meaning + column.unit] == []
    # Whoever reads an instant or a share must know of which clock and of what.
    in_need = (ColumnType.INSTANT, ColumnType.FLOAT)
    assert [column.name for column in columns if column.type in in_need and not column.unit] == []


def test_the_api_names_types_of_events_as_the_log_does_in_capitals():
    kinds = graphql.build_schema(SDL_FILE.read_text(encoding="utf-8")).type_map["EventType"]
    assert isinstance(kinds, graphql.GraphQLEnumType)
    assert set(kinds.values) == {stored.name.replace(".", "_").upper() for stored in STORED_TYPES}


def test_rows_are_cut_into_pieces_and_no_rows_are_one_empty_piece():
    rows = list(range(PART_ROWS + 1))

    assert [len(piece) for piece in pieces(rows)] == [PART_ROWS, 1]
    assert list(pieces(rows[:4], 2)) == [[0, 1], [2, 3]]
    assert list(pieces([])) == [[]]


def test_key_results_are_gathered_as_long_as_their_check_ins_are_few():
    parts: list[Any] = [SimpleNamespace(check_in_count=count) for count in (3, 2, 1, 9, 0, 5, 5)]

    assert [[part.check_in_count for part in group] for group in groups(parts, 5)] == [[3, 2], [1], [9], [0, 5], [5]]
    assert list(groups([], 5)) == []
