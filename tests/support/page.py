"""What pages of the documentation write down: JSON as it is laid out there."""

import json
from typing import Any

_WIDTH = 110


def laid_out(value: Any, indent: str = "") -> str:
    """Write JSON with as much on a line as fits."""
    short = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(short) <= _WIDTH or not isinstance(value, dict | list):
        return short
    inner = indent + "  "
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(name)}: {laid_out(each, inner)}" for name, each in value.items()]
    else:
        lines = [f"{inner}{laid_out(each, inner)}" for each in value]
    begin, end = "{}" if isinstance(value, dict) else "[]"
    return "\n".join((begin, ",\n".join(lines), indent + end))
