"""Refusals of a whole field: what cannot be read. Expected failures of mutations are data instead."""

from enum import StrEnum


class RefusalCode(StrEnum):
    """The codes of `extensions.code` that reading may answer."""

    MOMENT_IN_FUTURE = "MOMENT_IN_FUTURE"
    MOMENT_UNKNOWN = "MOMENT_UNKNOWN"
    MOMENT_CONFLICT = "MOMENT_CONFLICT"
    CURSOR_INVALID = "CURSOR_INVALID"
    PAGE_TOO_LARGE = "PAGE_TOO_LARGE"
    ARGUMENT_INVALID = "ARGUMENT_INVALID"
    LOG_NOT_VERIFIED = "LOG_NOT_VERIFIED"


class GraphQLRefusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """Raised by a resolver; the HTTP layer answers `extensions.code`."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def extensions(self) -> dict[str, object]:
        """What graphql-core puts into the error."""
        return {"code": self.code.value}


def check_text(text: str, name: str) -> str:
    """Answer a text that the database can hold.

    Raises:
        GraphQLRefusal: ARGUMENT_INVALID for NUL or a lone surrogate.
    """
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, f"{name} must not hold NUL or a lone surrogate")
    return text
