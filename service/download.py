"""Serves files to whoever has the address of one: the token in it is the only credential, and a file expires soon."""

from collections.abc import AsyncIterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from service import export_store
from service.database import Database
from service.export_store import StoredFile
from service.table_file import MEDIA_TYPES

_TOKEN_LENGTH = 43


class Downloads:
    """Answers `/exports/{token}/{name}`. A file goes out piece by piece: no connection waits for a slow client."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answer(self, request: Request) -> Response:
        """Answer a file, or 404 for whatever there is not, or is no more."""
        token, name = request.path_params["token"], request.path_params["name"]
        # A text of another length, or with more than ASCII, is no token.
        if len(token) != _TOKEN_LENGTH or not token.isascii():
            raise HTTPException(404)
        async with self._database.connection(None) as connection:
            stored = await export_store.find_file(connection, token)
        if stored is None or stored.file_name != name:
            raise HTTPException(404)
        headers = {
            "Content-Type": MEDIA_TYPES[stored.format],
            "Content-Length": str(stored.byte_size),
            "Content-Disposition": f'attachment; filename="{stored.file_name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
            "Accept-Ranges": "none",
        }
        if request.method == "HEAD":
            return Response(headers=headers)
        return StreamingResponse(self._pieces(stored), headers=headers)

    async def _pieces(self, stored: StoredFile) -> AsyncIterator[bytes]:
        number = 0
        while True:
            async with self._database.connection(stored.organization_id) as connection:
                piece = await export_store.chunk(connection, stored, number)
            # Should a file expire meanwhile, the client notices by its length.
            if piece is None:
                return
            yield piece
            number += 1
