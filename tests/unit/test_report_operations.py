"""The operations of the report are valid against the schema that it asks."""

from pathlib import Path

import pytest
from graphql import parse, validate

from schema.build import build_schema
from service.report.queries import OPERATIONS


@pytest.mark.parametrize("path", sorted(OPERATIONS.glob("*.graphql")), ids=lambda path: path.stem)
def test_an_operation_of_the_report_is_one_of_the_schema(path: Path):
    assert validate(build_schema()._schema, parse(path.read_text(encoding="utf-8"))) == []
