"""The stored text of what is recorded with every event of a command beside its data."""

import orjson
from pydantic import TypeAdapter

from events.envelope import Metadata

_ADAPTER = TypeAdapter(Metadata)


def encode_metadata(metadata: Metadata) -> str:
    """Turn metadata into the text that is stored and hashed: a JSON object with sorted keys."""
    return orjson.dumps(_ADAPTER.dump_python(metadata, mode="json"), option=orjson.OPT_SORT_KEYS).decode()


def decode_metadata(text: str) -> Metadata:
    """Turn stored text into metadata."""
    return _ADAPTER.validate_json(text)


def reason_code(text: str) -> str | None:
    """Answer the code of the reason in stored text, None where none was given; a rebuild asks for it with each command."""
    if '"reason":null' in text:  # what most say; in a text of somebody's the quotes would be escaped
        return None
    reason = orjson.loads(text).get("reason")
    return None if reason is None else str(reason["code"])
