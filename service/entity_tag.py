"""Entity tags: what tells a client that it has an answer already (RFC 9110)."""

import hashlib

from starlette.requests import Request


def tag_of(content: bytes) -> str:
    """Answer the strong tag of a content."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_known(request: Request, tag: str) -> bool:
    """Say whether `If-None-Match` names a tag, weakly compared."""
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    return tag in known or "*" in known
