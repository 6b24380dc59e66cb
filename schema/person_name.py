"""Names and addresses of people, checked before they are sealed: nobody behind can read them."""

from dataclasses import dataclass

from events.limits import Limits, check_content
from events.rejection import RejectionCode, refuse

LONGEST_ADDRESS = 254


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is sealed; the limits go by the names of the fields."""

    name: str
    email: str


def check_name_and_address(name: str, email: str) -> None:
    """Refuse what is no name or no address.

    Raises:
        Rejected: the path names the field, `name` or `email`.
    """
    check_content(_Known(name=name, email=email), Limits())
    if len(email) > LONGEST_ADDRESS or not all(email.partition("@")) or email != email.strip():
        raise refuse(RejectionCode.INVALID, "not an e-mail address", "email")
