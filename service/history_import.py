"""Takes a history into an organization's log, in its order, with its own times.

Acts are sent ahead of their answers so that many share a transaction; each follows the one before, so nothing is kept
after a refusal. What is in the log already is recognized by its key: a second run goes on where the first one ended.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from events.act import Accepted, Act, Outcome, Refused
from events.store import OrganizationNotFoundError, read_head
from projections.generation import newest_generation
from service.database import Database
from service.failure import LedgerInternalError, OverloadedError, UnavailableError
from service.history_format import HistoryAct, HistoryError, HistoryReader, Sealed
from service.ledger import Ledger
from service.person_keys import new_key, seal

ACTS_AHEAD = 256
"""How many acts wait for their answers at most."""

# Answers the keys that open the names of an organization's people.
_KEYS = "select person_id, key from okr_ledger.person_key where organization_id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a history: `acts` are in the log now, `known_acts` of them were there before.

    `events` counts what this run wrote; `line` is that of the last act.
    """

    organization_id: UUID
    acts: int = 0
    known_acts: int = 0
    events: int = 0
    line: int = 0


class ImportStoppedError(Exception):
    """An import ended before its end; `imported` says what is in the log, which a further run skips."""

    def __init__(self, problem: str, imported: Imported) -> None:
        super().__init__(
            f"{problem}\n{imported.acts} acts are in the log, {imported.known_acts} of them were before; nothing after them"
            " was taken in. Run the same file again, corrected where need be, to go on."
        )
        self.problem = problem
        self.imported = imported


async def import_history(
    lines: Iterable[bytes], database: Database, ledger: Ledger, on_progress: Callable[[Imported], None] | None = None
) -> Imported:
    """Carry out all acts of a history; `on_progress` is called after each.

    Raises:
        HistoryError: the header cannot be read, or the organization that it continues does not exist.
        ImportStoppedError: a line cannot be read, or the log refused an act.
    """
    keys: dict[str, bytes] = {}
    reader = HistoryReader(lines, _sealing(keys))
    organization_id = reader.header.organization_id
    await _prepare(reader, database, ledger)
    async with database.connection(organization_id) as connection:
        keys.update({row["person_id"]: row["key"] for row in await connection.fetch(_KEYS, organization_id)})
    return await _Import(ledger, organization_id, on_progress).run(reader)


async def _prepare(reader: HistoryReader, database: Database, ledger: Ledger) -> None:
    header = reader.header
    async with database.connection(header.organization_id) as connection:
        if header.begins is None and await read_head(connection, header.organization_id) is None:
            raise HistoryError(1, None, "organization.id: there is no such organization; with a name it would be created")
        generation = await newest_generation(connection)
    if header.begins is not None:
        await ledger.begin_organization(header.organization_id, generation)


def _sealing(keys: dict[str, bytes]) -> Callable[[str, str, str], Sealed]:
    def sealing(person_id: str, name: str, email: str) -> Sealed:
        known = keys.get(person_id)
        key = keys.setdefault(person_id, known or new_key())
        return Sealed(text=seal(key, name, email), new_key=None if known is not None else key)

    return sealing


class _Import:
    """One run: the acts on their way, oldest first, and what has become of those before."""

    def __init__(self, ledger: Ledger, organization_id: UUID, on_progress: Callable[[Imported], None] | None) -> None:
        self._ledger = ledger
        self._on_progress = on_progress
        self._waiting: deque[tuple[HistoryAct, asyncio.Task[Outcome]]] = deque()
        self._imported = Imported(organization_id=organization_id)
        self._last_command_id: UUID | None = None

    async def run(self, reader: HistoryReader) -> Imported:
        try:
            if reader.header.begins is not None:
                self._send(HistoryAct(line=1, key="", act=reader.header.begins))
            for each in reader.acts():
                if len(self._waiting) >= ACTS_AHEAD:
                    await self._settle_oldest()
                self._send(each)
            await self._settle_all()
        except HistoryError as error:
            await self._settle_all()
            raise ImportStoppedError(str(error), self._imported) from error
        finally:
            await self._give_up()
        return self._imported

    def _send(self, each: HistoryAct) -> None:
        act: Act = replace(each.act, follows=self._last_command_id)
        self._last_command_id = act.command_id
        # Tasks start in the order in which they are made, and an act is queued before its task first waits.
        self._waiting.append((each, asyncio.create_task(self._ledger.dispatch(act))))

    async def _settle_all(self) -> None:
        while self._waiting:
            await self._settle_oldest()

    async def _settle_oldest(self) -> None:
        each, task = self._waiting.popleft()
        try:
            outcome = await task
        except (OverloadedError, UnavailableError, LedgerInternalError, OrganizationNotFoundError) as error:
            raise ImportStoppedError(str(HistoryError(each.line, each.key, str(error))), self._imported) from error
        match outcome:
            case Refused():
                raise ImportStoppedError(str(HistoryError(each.line, each.key, _described(outcome))), self._imported)
            case Accepted():
                self._imported = replace(
                    self._imported,
                    acts=self._imported.acts + 1,
                    known_acts=self._imported.known_acts + outcome.is_replay,
                    events=self._imported.events + (0 if outcome.is_replay else len(outcome.events)),
                    line=each.line,
                )
        if self._on_progress is not None:
            self._on_progress(self._imported)

    async def _give_up(self) -> None:
        # After a refusal these are refused as well, and nobody wants to know.
        tasks = [task for _, task in self._waiting]
        self._waiting.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _described(refused: Refused) -> str:
    reasons = "; ".join(
        f"{each.code}: {each.message}" + (f" ({'.'.join(each.path)})" if each.path else "") for each in refused.rejections
    )
    return f"commands.{refused.command_index}: {reasons}"
