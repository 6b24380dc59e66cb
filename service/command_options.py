"""What the commands of the program share: options, settings, and how asynchronous work is run."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer

from events.identifier import Noun, is_identifier, uuid_of
from service.garbage import search_seldom
from service.openid import Subject
from service.running_database import only_organization
from service.settings import Settings, read_settings

Answer = TypeVar("Answer")

TERMINATED = 143
"""The exit code of a program that SIGTERM has ended before it was done."""


def checked_organization(text: str | None) -> str | None:
    """Refuse what is no identifier of an organization.

    Raises:
        typer.BadParameter: it is none.
    """
    if text is not None and not is_identifier(text, Noun.ORGANIZATION):
        raise typer.BadParameter("not the identifier of an organization")
    return text


Moment = int | date | datetime
"""A position, a day or an instant."""


def _checked_moment(text: str | None) -> str | None:
    chosen_moment(text)
    return text


def chosen_moment(text: str | None) -> Moment | None:
    """Answer the moment that the command line names, None for now.

    Raises:
        typer.BadParameter: it is no position, no day and no instant.
    """
    if text is None:
        return None
    try:
        if text.isdecimal():
            return int(text)
        if "T" not in text.upper():
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter("a position, a day such as 2026-09-30, or an instant of RFC 3339") from error
    if datetime.fromisoformat(text).tzinfo is None:
        raise typer.BadParameter("an instant has an offset, such as 2026-09-30T12:00:00Z")
    return instant


AsOf = Annotated[
    str | None,
    typer.Option(
        help="The moment to read at: a position, a day or an instant [default: now]",
        callback=_checked_moment,
        show_default=False,
    ),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of the embedded PostgreSQL [default: OKR_LEDGER_DATA_DIRECTORY]", show_default=False),
]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65_535, help="Port to listen on, 0 for a free one [default: OKR_LEDGER_PORT]", show_default=False),
]
Organization = Annotated[
    str | None,
    typer.Option(
        help="Identifier of the organization; may be left out where there is only one",
        callback=checked_organization,
        show_default=False,
    ),
]


def chosen_settings(data: Path | None = None, port: int | None = None) -> Settings:
    """Answer the settings of the environment with those that the command line names.

    Raises:
        SettingsError: a variable of the environment is unknown or malformed.
    """
    chosen = {"data_directory": data, "port": port}
    return read_settings().model_copy(update={name: value for name, value in chosen.items() if value is not None})


async def chosen_organization(database_url: str, given: str | None) -> UUID:
    """Answer the organization that the command line names, or the only one.

    Raises:
        OrganizationNotChosenError: none is named, and there is not exactly one.
    """
    return await only_organization(database_url) if given is None else uuid_of(given)


def chosen_subject(settings: Settings, subject: str, issuer: str | None, option: str) -> Subject:
    """Answer the subject that the command line names, of the issuer that it or the environment names.

    Raises:
        typer.BadParameter: neither names one; `option` is how the command line could.
    """
    issuer = issuer or settings.openid_issuer
    if issuer is None:
        raise typer.BadParameter("name the issuer, or set OKR_LEDGER_OPENID_ISSUER", param_hint=option)
    return Subject(issuer=issuer, subject=subject)


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run asynchronous work to its end, or to a SIGTERM, which cancels it and ends the program."""
    whole = _until_terminated(work)
    try:
        return asyncio.run(whole)
    except asyncio.CancelledError:
        sys.exit(TERMINATED)
    finally:
        # A SIGTERM may have come before they began, and what never began is complained about.
        whole.close()
        work.close()


async def _until_terminated(work: Coroutine[Any, Any, Answer]) -> Answer:
    running = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()

    def cancel(signal_number: int, frame: FrameType | None) -> None:
        del signal_number, frame
        loop.call_soon_threadsafe(running.cancel)

    # An exit out of the handler would strike whatever task happens to run.
    previous = signal.signal(signal.SIGTERM, cancel)
    try:
        search_seldom()
        return await running
    finally:
        signal.signal(signal.SIGTERM, previous)
