"""Commands about trusted documents: register, list, remove."""

import re
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from schema.limits import DocumentLimitExceededError
from service import trusted_documents
from service.command_options import Data, chosen_settings, run
from service.database import owner_connection
from service.running_database import prepare_database, running_database
from service.settings import Settings
from service.trusted_documents import hash_of

document_commands = typer.Typer(help="Register, list and remove trusted documents.", no_args_is_help=True)

_HASH = re.compile(r"(sha256:)?([0-9a-f]{64})")


class DocumentsRefusedError(Exception):
    """A manifest cannot be registered; the message says which document and why."""


@document_commands.command("register")
def register(
    manifests: Annotated[
        list[Path], typer.Argument(help="JSON files {hash: text}, as code generators write them", exists=True, dir_okay=False)
    ],
    data: Data = None,
) -> None:
    """Trust the documents of manifests: all of them, or none when one is not valid."""
    settings = chosen_settings(data)
    texts = [text for manifest in manifests for text in _read(manifest)]
    _check(settings, texts)

    async def registered(database_url: str) -> int:
        await prepare_database(database_url)
        async with owner_connection(database_url) as connection, connection.transaction():
            return sum([await trusted_documents.register(connection, text) for text in texts])

    with running_database(settings) as database_url:
        new = run(registered(database_url))
    typer.echo(f"{len(texts)} documents are trusted, {new} of them new")


def _read(manifest: Path) -> list[str]:
    try:
        content: Any = orjson.loads(manifest.read_bytes())
    except orjson.JSONDecodeError as error:
        raise DocumentsRefusedError(f"{manifest} is no JSON: {error}") from error
    if not isinstance(content, dict) or not all(isinstance(text, str) for text in content.values()):  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        raise DocumentsRefusedError(f"{manifest} must be an object of texts by their hashes")
    for key, text in content.items():  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        named = _HASH.fullmatch(str(key))  # pyright: ignore[reportUnknownArgumentType]
        if named is None or named[2] != hash_of(str(text)):  # pyright: ignore[reportUnknownArgumentType]
            raise DocumentsRefusedError(f"{manifest}: {key} is not the SHA-256 of its text")
    return [str(text) for text in content.values()]  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType, reportUnknownArgumentType]


def _check(settings: Settings, texts: list[str]) -> None:
    # Making the types of the schema takes seconds, which every other command would wait for.
    from service.app import documents_of  # noqa: PLC0415
    from service.documents import DocumentInvalidError  # noqa: PLC0415

    documents = documents_of(settings)
    for text in texts:
        try:
            documents.read(text)
        except DocumentInvalidError as error:
            raise DocumentsRefusedError(f"{hash_of(text)}: {error.errors[0].message}") from error
        except DocumentLimitExceededError as error:
            raise DocumentsRefusedError(f"{hash_of(text)}: {error}") from error


@document_commands.command("list")
def list_documents(data: Data = None) -> None:
    """List the hashes of trusted documents, each with its length in characters."""

    async def listed(database_url: str) -> list[tuple[str, int]]:
        await prepare_database(database_url)
        async with owner_connection(database_url) as connection:
            return await trusted_documents.registered(connection)

    with running_database(chosen_settings(data)) as database_url:
        for document_hash, characters in run(listed(database_url)):
            typer.echo(f"{document_hash}\t{characters}")


@document_commands.command("remove")
def remove(
    document_hash: Annotated[str, typer.Argument(help="SHA-256 of the text, as `list` shows it")], data: Data = None
) -> None:
    """End the trust in a document; servers refuse it within a minute."""

    async def removed(database_url: str) -> bool:
        await prepare_database(database_url)
        async with owner_connection(database_url) as connection:
            return await trusted_documents.remove(connection, document_hash)

    with running_database(chosen_settings(data)) as database_url:
        if not run(removed(database_url)):
            raise DocumentsRefusedError(f"{document_hash} is not registered")
    typer.echo(f"{document_hash} is not trusted any more")
