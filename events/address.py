"""Addresses that people leave: of http or https, and without a secret."""

from urllib.parse import urlsplit

from events.envelope import Context
from events.rejection import RejectionCode, refuse, refuse_limit


def check_address(url: str, context: Context, *path: str) -> None:
    """Refuse what is not an address of http or https, is too long, or carries a name or a password.

    Raises:
        Rejected: it is one of these; `path` names the input field.
    """
    limit = context.limits.url_length
    if len(url) > limit:
        raise refuse_limit("characters", limit, len(url), *path)
    if any(character.isspace() or not character.isprintable() for character in url):
        raise refuse(RejectionCode.INVALID, "an address holds no spaces and nothing that cannot be printed", *path)
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise refuse(RejectionCode.INVALID, "not an address", *path) from None
    if not is_address:
        raise refuse(RejectionCode.INVALID, "an address of http or https is needed", *path)
    if "@" in parts.netloc:
        # The log keeps what it is told for ever.
        raise refuse(RejectionCode.INVALID, "an address must not carry a name or a password", *path)
