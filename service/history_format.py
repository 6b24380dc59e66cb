"""The history format: JSON Lines with the commands of the past, their times, actors and reasons.

`docs/import-format.md` describes it. The first line is the header, every other line one act; an act's commands
are carried out together or not at all.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from events.act import Act
from events.command import Command
from events.envelope import Origin, Reason, ReasonCode
from events.identifier import SYSTEM_ACTOR, Noun, derive_uuid, format_identifier, is_identifier, uuid_of
from events.organization import CreateOrganization
from service.history_commands import KEY_LENGTH, Names, Reading, UnreadableCommandError, read_command

FORMAT = "okr-ledger-history"
VERSION = 1
LINE_BYTES = 1_048_576
"""The longest line that is read."""


class HistoryError(Exception):
    """A history cannot be read or carried out. `line` counts from 1; `key` is that of its act, if it got so far."""

    def __init__(self, line: int, key: str | None, problem: str) -> None:
        place = f"line {line}" if key is None else f"line {line} (key {key!r})"
        super().__init__(f"{place}: {problem}")
        self.line = line
        self.key = key
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryHeader:
    """What the first line says; `begins` is the act that creates the organization, None to continue one."""

    organization_id: UUID
    begins: Act | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryAct:
    """One act of a history with its place in the file."""

    line: int
    key: str
    act: Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A name and address under a person's key; `new_key` is that key if it was made for this text."""

    text: str
    new_key: bytes | None


Seal = Callable[[str, str, str], Sealed]
"""From a person's identifier, name and address to the sealed text."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _OrganizationLine(_Line):
    id: str | None = None
    name: str | None = None
    time_zone: str = "UTC"


class _HeaderLine(_Line):
    format: Literal["okr-ledger-history"]
    version: Literal[1]
    at: AwareDatetime | None = None
    organization: _OrganizationLine


class _ReasonLine(_Line):
    code: ReasonCode
    text: str | None = None


class _ActLine(_Line):
    key: Annotated[str, Field(min_length=1, max_length=KEY_LENGTH)]
    at: AwareDatetime
    actor: Annotated[str, Field(min_length=1)]
    reason: _ReasonLine | None = None
    commands: Annotated[list[dict[str, Any]], Field(min_length=1)]


class HistoryReader:
    """Reads one history from beginning to end; the header first.

    Raises:
        HistoryError: by the constructor and by `acts`, at the first line that is not as the format asks.
    """

    def __init__(self, lines: Iterable[bytes], seal: Seal) -> None:
        self._lines = _contentful(lines)
        self._seal = seal
        self._last_at: datetime | None = None
        self._keys: set[str] = set()
        self.header = self._read_header()
        self.names = Names(format_identifier(Noun.ORGANIZATION, self.header.organization_id))

    def acts(self) -> Iterator[HistoryAct]:
        """Answer the acts in their order."""
        for number, content in self._lines:
            yield self._read_act(number, content)

    def _read_header(self) -> HistoryHeader:
        number, content = next(self._lines, (1, b""))
        line = _validated(_HeaderLine, number, content)
        organization_id = _organization_id(number, line)
        name, at = line.organization.name, line.at
        if name is None:
            return HistoryHeader(organization_id=organization_id, begins=None)
        if at is None:
            raise HistoryError(number, None, "at: the time at which the organization begins is needed")
        at = at.astimezone(UTC)
        self._last_at = at
        command = CreateOrganization(
            organization_id=format_identifier(Noun.ORGANIZATION, organization_id),
            name=name,
            time_zone=line.organization.time_zone,
        )
        begins = Act(
            organization_id=organization_id,
            actor_id=SYSTEM_ACTOR,
            commands=(command,),
            origin=Origin.IMPORT,
            request_id=f"import:line {number}",
            command_id=derive_uuid(_milliseconds(at), f"{organization_id} import"),
            idempotency_key="import",
            request_hash=_digest(content),
            recorded_at=at,
        )
        return HistoryHeader(organization_id=organization_id, begins=begins)

    def _read_act(self, number: int, content: bytes) -> HistoryAct:
        line = _validated(_ActLine, number, content)
        at = line.at.astimezone(UTC)
        if line.key in self._keys:
            raise HistoryError(number, line.key, "another line above has this key")
        if self._last_at is not None and at < self._last_at:
            raise HistoryError(number, line.key, f"at: must not be earlier than the line before, {self._last_at.isoformat()}")
        self._keys.add(line.key)
        self._last_at = at
        organization_id = self.header.organization_id
        new_keys: dict[str, bytes] = {}
        try:
            commands = tuple(self._read_commands(line, at, new_keys))
            actor_id = SYSTEM_ACTOR if line.actor == SYSTEM_ACTOR else self.names.resolve(line.actor)
        except UnreadableCommandError as error:
            raise HistoryError(number, line.key, str(error)) from error
        act = Act(
            organization_id=organization_id,
            actor_id=actor_id,
            commands=commands,
            origin=Origin.IMPORT,
            request_id=f"import:line {number}",
            command_id=derive_uuid(_milliseconds(at), f"{organization_id} import {line.key}"),
            reason=None if line.reason is None else Reason(code=line.reason.code, text=line.reason.text),
            idempotency_key=f"import:{line.key}",
            request_hash=_digest(content),
            recorded_at=at,
            person_keys=new_keys,
        )
        return HistoryAct(line=number, key=line.key, act=act)

    def _read_commands(self, line: _ActLine, at: datetime, new_keys: dict[str, bytes]) -> Iterator[Command]:
        def seal(person_id: str, name: str, email: str) -> str:
            sealed = self._seal(person_id, name, email)
            if sealed.new_key is not None:
                new_keys[person_id] = sealed.new_key
            return sealed.text

        reading = Reading(names=self.names, at=at, seal=seal)
        for place, content in enumerate(line.commands):
            try:
                yield read_command(content, reading)
            except UnreadableCommandError as error:
                raise UnreadableCommandError(f"commands.{place}: {error}") from error


def _contentful(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(lines, 1):
        content = line.strip()
        if len(content) > LINE_BYTES:
            raise HistoryError(number, None, f"the line has more than {LINE_BYTES} bytes")
        if content:
            yield number, content


def _validated(model: type[Any], number: int, content: bytes) -> Any:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = f"{place}: {first['msg']}" if place else first["msg"]
        raise HistoryError(number, _key_of(content), message) from error


def _key_of(content: bytes) -> str | None:
    try:
        key = orjson.loads(content)["key"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return key if isinstance(key, str) else None


def _organization_id(number: int, line: _HeaderLine) -> UUID:
    given = line.organization.id
    if given is not None:
        if not is_identifier(given, Noun.ORGANIZATION):
            raise HistoryError(number, None, "organization.id: an identifier of an organization is needed")
        return uuid_of(given)
    if line.organization.name is None or line.at is None:
        raise HistoryError(number, None, "organization: either its id, or its name and the time `at` are needed")
    return derive_uuid(_milliseconds(line.at), f"{FORMAT} {line.organization.name}")


def _digest(content: bytes) -> bytes:
    """Answer the hash of what a line says, whatever the order of its fields and its spaces."""
    return hashlib.sha256(orjson.dumps(orjson.loads(content), option=orjson.OPT_SORT_KEYS)).digest()


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
