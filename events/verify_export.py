"""Proof that a log is whole: its chain of hashes recomputed, with nothing but this file and Python 3.11 or newer.

    python verify_export.py export.jsonl [--seal POSITION:HASH] [--checkpoint FILE]

Exit codes: 0 the export is whole, 1 it is not, 2 wrong usage or a file that cannot be read.

One file, and the standard library alone, so that whoever is handed an export can be handed the proof with it. Written from
`docs/log-format.md` and on purpose not from `events/chain.py`, so that a mistake of the writing code is found here
instead of repeated. `okr-ledger verify` runs this code on exports, and `events/verify_database.py` feeds the same
`LogChecker` from the database.
"""

import argparse
import io
import json
import os
import re
import struct
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

WHOLE, NOT_WHOLE, CANNOT_TELL, INTERRUPTED = 0, 1, 2, 130
MAX_LINE_BYTES = 2**28
"""No line of an export is longer: what a request may bring makes less, even if every character needs an escape."""

MAX_CHECKPOINT_BYTES = 1_000_000
PROGRESS_EVENTS = 10_000
SHOWN_POSITIONS = 20

_VERSION_BYTE = b"\x01"
_TIMES = struct.Struct(">iqiq")
_EIGHT_BYTES = 8
_GREATEST = 2**63 - 1
_BEFORE_ALL_TIMES = -(2**63)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class ProblemKind(StrEnum):
    """What can be wrong with a log."""

    FORMAT = "FORMAT"
    GAP = "GAP"
    HASH = "HASH"
    COMMITMENT = "COMMITMENT"
    REDACTION = "REDACTION"
    TIME = "TIME"
    STREAM_VERSION = "STREAM_VERSION"
    HEAD = "HEAD"
    ANCHOR = "ANCHOR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The first position at which a log is not what it should be, and why; `line` is that of an export."""

    position: int
    kind: ProblemKind
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A position and its hash that somebody noted outside the log: a seal, or a checkpoint.

    `recorded_at` (microseconds since 1970) and the organization are known of a checkpoint. `source` names it in messages.
    """

    position: int
    hash: bytes
    source: str
    recorded_at: int | None = None
    organization_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Whether a log still holds what was noted outside it."""

    anchor: Anchor
    problem: Problem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationReport:
    """What a verification found.

    `first_position` is the first one that this run looked at: above 1 when an earlier one had come so far. The log is
    whole up to `position`, whose hash is `hash` and whose event was recorded at `recorded_at` (None before the first).
    `redacted_positions` are those that this run found redacted: what is left of their payloads is not proven.
    `organization_id` is None when the first line of an export does not say it.
    """

    organization_id: UUID | None
    first_position: int
    position: int
    hash: bytes
    recorded_at: datetime | None
    redacted_positions: tuple[int, ...]
    problem: Problem | None
    comparisons: tuple[Comparison, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Say whether nothing was found."""
        return self.problem is None and all(each.problem is None for each in self.comparisons)


class CheckpointFormatError(ValueError):
    """A file is not a checkpoint of a log; the message says why."""


def genesis(organization_id: UUID) -> bytes:
    """Return the hash that the first event of an organization follows."""
    return sha256(b"\x00" + _prefixed(b"okr-ledger") + _prefixed(organization_id.bytes)).digest()


class LogChecker:
    """Goes through a log event by event and stops at the first problem.

    Args:
        organization_id: whose log.
        position: the one before the first event to check; its hash is `newest_hash`, of 0 the genesis.
        newest_hash: what the first event follows.
        known: a position and hash that an earlier verification found.
        anchors: what was noted outside the log, to be compared with it.
    """

    def __init__(
        self,
        organization_id: UUID,
        position: int = 0,
        newest_hash: bytes | None = None,
        *,
        known: tuple[int, bytes] | None = None,
        anchors: Sequence[Anchor] = (),
    ) -> None:
        self.organization_id = organization_id
        self.first_position = position + 1
        self.position = position
        self.hash = genesis(organization_id) if newest_hash is None else newest_hash
        self.problem: Problem | None = None
        self.redacted_positions: list[int] = []
        self.recorded_redactions: Collection[int] | None = None
        """The redactions that a record vouches for; None where there are no such records, as in an export."""
        self.stream_versions: dict[bytes, int] = {}
        self._command_id: bytes = b""
        self._recorded_at = _BEFORE_ALL_TIMES
        self._known_position, self._known_hash = known or (0, b"")
        self._anchors = tuple(anchors)
        self._wanted = frozenset(anchor.position for anchor in anchors)
        self._found: dict[int, tuple[bytes, int]] = {}

    def begin_after(self, command_id: bytes, recorded_at: int) -> None:
        """Take over what the event before the first one says, when a run continues an earlier one."""
        self._command_id, self._recorded_at = command_id, recorded_at

    def report(self) -> VerificationReport:
        """Return what was found so far."""
        is_begun = self._recorded_at != _BEFORE_ALL_TIMES
        return VerificationReport(
            organization_id=self.organization_id,
            first_position=self.first_position,
            position=self.position,
            hash=self.hash,
            recorded_at=_EPOCH + self._recorded_at * _MICROSECOND if is_begun else None,
            redacted_positions=tuple(self.redacted_positions),
            problem=self.problem,
            comparisons=tuple(Comparison(anchor=each, problem=self._difference(each)) for each in self._anchors),
        )

    def fail(self, position: int, kind: ProblemKind, message: str) -> bool:
        """Note a problem, unless one is known; always False."""
        if self.problem is None:
            self.problem = Problem(position=position, kind=kind, message=message)
        return False

    def check(  # noqa: PLR0917 - called for millions of rows
        self,
        position: int,
        command_id: bytes,
        stream_version: int,
        commitment: bytes,
        effective_at: int,
        recorded_at: int,
        stream_id: bytes,
        row_hash: bytes,
        salt: bytes | None,
        payload: bytes | None,
        before_times: bytes,
        after_times: bytes,
    ) -> bool:
        """Check the next event; False as soon as one is not valid. Plain arguments, for there are millions.

        Times are microseconds since 1970 in UTC; `salt` is None after a redaction, and
        `payload` is the data and the metadata, each after its length, or None without data;
        `before_times` and `after_times` are what is hashed around the times, length prefixes included.
        """
        expected = self.position + 1
        if position != expected:
            return self.fail(expected, ProblemKind.GAP, f"position {expected} was to come here, {position} did")
        times = _TIMES.pack(_EIGHT_BYTES, effective_at, _EIGHT_BYTES, recorded_at)
        if sha256(_VERSION_BYTE + self.hash + before_times + times + after_times).digest() != row_hash:
            return self.fail(position, ProblemKind.HASH, "the hash does not follow from the columns and the hash before")
        if position == self._known_position and row_hash != self._known_hash:
            return self.fail(position, ProblemKind.HASH, "this is not the event that an earlier verification found here")
        if salt is None:
            if self.recorded_redactions is not None and position not in self.recorded_redactions:
                return self.fail(position, ProblemKind.REDACTION, "the payload was blanked, and no record says by whom")
        elif payload is None or sha256(salt + payload).digest() != commitment:
            return self.fail(position, ProblemKind.COMMITMENT, "the payload is not the one that was committed to")
        if command_id == self._command_id:
            if recorded_at != self._recorded_at:
                return self.fail(position, ProblemKind.TIME, "one command was recorded at two times")
        elif recorded_at <= self._recorded_at:
            return self.fail(position, ProblemKind.TIME, "not recorded after the command before it")
        expected_version = self.stream_versions.get(stream_id, 0) + 1
        if stream_version != expected_version:
            return self.fail(
                position,
                ProblemKind.STREAM_VERSION,
                f"version {stream_version} of {stream_id.decode()} where {expected_version} was to come",
            )
        if salt is None:
            self.redacted_positions.append(position)
        if position in self._wanted:
            self._found[position] = (row_hash, recorded_at)
        self.stream_versions[stream_id] = stream_version
        self._command_id, self._recorded_at = command_id, recorded_at
        self.position, self.hash = position, row_hash
        return True

    def _difference(self, anchor: Anchor) -> Problem | None:
        if anchor.organization_id not in {None, self.organization_id}:
            message = f"it is of another log, that of organization {anchor.organization_id}"
            return Problem(position=anchor.position, kind=ProblemKind.ANCHOR, message=message)
        if anchor.position not in self._found:
            return _not_reached(self.position, self.problem)
        row_hash, recorded_at = self._found[anchor.position]
        if row_hash != anchor.hash:
            message = f"another hash stands at position {anchor.position}: what was recorded up to there has been changed"
        elif anchor.recorded_at not in {None, recorded_at}:
            message = f"the event at position {anchor.position} was recorded at another time"
        else:
            return None
        return Problem(position=anchor.position, kind=ProblemKind.ANCHOR, message=message)


def verify_export(
    export: BinaryIO, anchors: Sequence[Anchor] = (), on_progress: Callable[[int, int], None] | None = None
) -> VerificationReport:
    """Verify an exported log. Holds one line at a time, and a number for each stream.

    Args:
        export: the file, read once from where it stands.
        anchors: what was noted outside the log, to be compared with it.
        on_progress: called every `PROGRESS_EVENTS` events with the position and the bytes read so far.
    """
    lines = _Lines(export)
    try:
        organization_id = _organization(lines)
    except _LineError as error:
        return _unreadable(Problem(position=0, kind=ProblemKind.FORMAT, message=str(error), line=1), anchors)
    checker = LogChecker(organization_id, anchors=anchors)
    try:
        _check_lines(checker, lines, on_progress)
    except _LineError as error:
        checker.fail(checker.position + 1, ProblemKind.FORMAT, str(error))
    if checker.problem is not None:
        checker.problem = replace(checker.problem, line=lines.number)
    return checker.report()


def read_checkpoint(content: bytes, source: str) -> Anchor:
    """Read what a checkpoint says. Its signature is not looked at: Ed25519 is not in the standard library.

    Raises:
        CheckpointFormatError: it is no checkpoint.
    """
    try:
        found = _CHECKPOINT.fullmatch(content.decode())
        if found is None:
            raise CheckpointFormatError(f"{source} is not a checkpoint in the form of docs/log-format.md")
        organization_id, position, row_hash, recorded_at = found.groups()
        return Anchor(
            position=_integer(position),
            hash=bytes.fromhex(row_hash),
            source=source,
            recorded_at=_microseconds(recorded_at),
            organization_id=UUID(organization_id),
        )
    except (UnicodeDecodeError, _LineError) as error:
        raise CheckpointFormatError(f"{source} is not a checkpoint: {error}") from error


def read_seal(text: str) -> Anchor:
    """Read a seal, `POSITION:HASH`.

    Raises:
        ValueError: it is none.
    """
    found = re.fullmatch(r"([1-9][0-9]{0,18}):([0-9a-fA-F]{64})", text)
    if found is None:
        raise ValueError("a seal is POSITION:HASH, the hash in 64 hexadecimal digits")
    return Anchor(position=int(found[1]), hash=bytes.fromhex(found[2]), source=f"seal {found[1]}")


def described(report: VerificationReport, name: str) -> str:
    """Return what a report says, in one line for the log and one for whatever else there is to know."""
    problem = report.problem
    if problem is None:
        lines = [f"{name}: whole from {report.first_position} to {report.position}, hash {report.hash.hex()}"]
    else:
        line = "" if problem.line is None else f", line {problem.line}"
        lines = [f"{name}: NOT WHOLE at position {problem.position}{line}: {problem.kind}: {problem.message}"]
    redacted = report.redacted_positions
    if redacted:
        more = f" and {len(redacted) - SHOWN_POSITIONS} more" if len(redacted) > SHOWN_POSITIONS else ""
        shown = ", ".join(map(str, redacted[:SHOWN_POSITIONS])) + more
        lines.append(f"redacted at {shown}: what is left of these payloads is not proven")
    for each in report.comparisons:
        lines.append(f"{each.anchor.source}: {'held' if each.problem is None else f'NOT HELD: {each.problem.message}'}")
    return "\n".join(lines)


# The one form of an export. Every value has one spelling, so that no two different files say the same: what can be
# changed in a file without changing what it says could carry what nobody proves.
_WHOLE = "([1-9][0-9]{0,18})"
_UUID = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_HASH = "([0-9a-f]{64})"
_SALT = '(?:null|"([0-9a-f]{32})")'
_TIME = r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}\+00:00)"
# Escaped is what must be, in the shortest way. Possessive, since nothing else can match where this does not.
_TEXT = r'((?:[^"\\\x00-\x1f]++|\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f])))*+)'

_A_NUMBER = "a whole number above 0"
_A_TEXT = "a text without needless escapes"
_AN_INSTANT = "a time such as 2026-07-01T08:00:00.000000+00:00"
_64_DIGITS = "64 hexadecimal digits in lower case"

_Form = tuple[tuple[str, str, str], ...]
"""The members of a line in their order: name, pattern, and what it is in words."""

_HEADER_FORM: _Form = (
    ("format", '"okr-ledger-log"', '"okr-ledger-log"'),
    ("version", "1", "1, the one this program knows"),
    ("organizationId", f'"{_UUID}"', "a uuid in lower case"),
    ("genesis", f'"{_HASH}"', _64_DIGITS),
)
_EVENT_FORM: _Form = (
    ("position", _WHOLE, _A_NUMBER),
    ("commandId", f'"{_UUID}"', "a uuid in lower case"),
    ("streamId", f'"{_TEXT}"', _A_TEXT),
    ("streamVersion", _WHOLE, _A_NUMBER),
    ("eventId", f'"{_UUID}"', "a uuid in lower case"),
    ("type", f'"{_TEXT}"', _A_TEXT),
    ("schemaVersion", _WHOLE, _A_NUMBER),
    ("actorId", f'"{_TEXT}"', _A_TEXT),
    ("data", f'(?:null|"{_TEXT}")', f"null or {_A_TEXT}"),
    ("salt", _SALT, "null or 32 hexadecimal digits in lower case"),
    ("commitment", f'"{_HASH}"', _64_DIGITS),
    ("metadata", f'"{_TEXT}"', _A_TEXT),
    ("effectiveAt", f'"{_TIME}"', _AN_INSTANT),
    ("recordedAt", f'"{_TIME}"', _AN_INSTANT),
    ("hash", f'"{_HASH}"', _64_DIGITS),
)
_HEAD_FORM: _Form = (("position", "(0|[1-9][0-9]{0,18})", "a whole number"), ("hash", f'"{_HASH}"', _64_DIGITS))


def _compiled(form: _Form) -> re.Pattern[str]:
    return re.compile(r"\{" + ",".join(f'"{name}":{pattern}' for name, pattern, _ in form) + r"\}\n")


_HEADER, _EVENT, _HEAD = _compiled(_HEADER_FORM), _compiled(_EVENT_FORM), _compiled(_HEAD_FORM)
_CHECKPOINT = re.compile(
    f"okr-ledger checkpoint v1\norganization {_UUID}\nposition {_WHOLE}\nhash {_HASH}\nrecorded-at {_TIME}\n"
    r"\n(?:— [^\s+]+ [A-Za-z0-9+/]+={0,2}\n)+"
)
_text_of = json.JSONDecoder().decode


class _LineError(Exception):
    """A line is not what the format says; the message tells what is the matter with it."""


class _Lines:
    """The lines of a file, each whole and in UTF-8; `number` is that of the last one asked for, from 1."""

    def __init__(self, export: BinaryIO) -> None:
        self.number = 0
        self.byte_count = 0
        self._export = export

    def next(self) -> str | None:
        content = self._export.readline(MAX_LINE_BYTES + 1)
        self.number += 1
        self.byte_count += len(content)
        if not content:
            return None
        if not content.endswith(b"\n"):
            is_long = len(content) > MAX_LINE_BYTES
            raise _LineError(f"longer than {MAX_LINE_BYTES} bytes" if is_long else "cut off: the line break is missing")
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise _LineError(f"byte {error.start + 1} is not UTF-8") from error


def _organization(lines: _Lines) -> UUID:
    line = lines.next()
    if line is None:
        raise _LineError("the file is empty")
    header = _HEADER.fullmatch(line)
    if header is None:
        raise _LineError(_deviation(line, _HEADER_FORM)[1])
    organization_id = UUID(header[1])
    if bytes.fromhex(header[2]) != genesis(organization_id):
        raise _LineError("the genesis is not that of the organization")
    return organization_id


def _check_lines(checker: LogChecker, lines: _Lines, on_progress: Callable[[int, int], None] | None) -> None:
    while (line := lines.next()) is not None:
        event = _EVENT.fullmatch(line)
        if event is None:
            _check_head(checker, lines, line)
            return
        if not _check_event(checker, event):
            return
        if on_progress is not None and checker.position % PROGRESS_EVENTS == 0:
            on_progress(checker.position, lines.byte_count)
    checker.fail(checker.position + 1, ProblemKind.HEAD, "the export is cut off: its last line, the head, is missing")


def _check_event(checker: LogChecker, event: re.Match[str]) -> bool:
    (
        position_digits, command, stream, stream_version_digits, event_id, event_type, schema_version_digits, actor,
        data, salt, commitment_digits, metadata, effective_text, recorded_text, hash_digits,
    ) = event.groups()  # fmt: skip
    position, stream_version = _integer(position_digits), _integer(stream_version_digits)
    command_id, stream_id, commitment = _uuid(command), _bytes(stream), bytes.fromhex(commitment_digits)
    recorded_at = _microseconds(recorded_text)
    before_times = (
        _prefixed(checker.organization_id.bytes)
        + _prefixed(position.to_bytes(8, "big"))
        + _prefixed(command_id)
        + _prefixed(stream_version.to_bytes(8, "big"))
        + _prefixed(_uuid(event_id))
        + _prefixed(_integer(schema_version_digits).to_bytes(8, "big"))
        + _prefixed(commitment)
    )
    return checker.check(
        position,
        command_id,
        stream_version,
        commitment,
        recorded_at if effective_text == recorded_text else _microseconds(effective_text),
        recorded_at,
        stream_id,
        bytes.fromhex(hash_digits),
        None if salt is None else bytes.fromhex(salt),
        None if data is None else _prefixed(_bytes(data)) + _prefixed(_bytes(metadata)),
        before_times,
        _prefixed(stream_id) + _prefixed(_bytes(event_type)) + _prefixed(_bytes(actor)),
    )


def _check_head(checker: LogChecker, lines: _Lines, line: str) -> None:
    head = _HEAD.fullmatch(line)
    if head is None:
        # Of the two forms the line may have been meant in, the one that it keeps to for longer.
        raise _LineError(max(_deviation(line, _EVENT_FORM), _deviation(line, _HEAD_FORM), key=lambda found: found[0])[1])
    position = _integer(head[1])
    if position != checker.position:
        message = f"the head says that the log ends at {position}, the last event before it is {checker.position}"
        checker.fail(min(position, checker.position) + 1, ProblemKind.HEAD, message)
    elif bytes.fromhex(head[2]) != checker.hash:
        checker.fail(position, ProblemKind.HEAD, "the head's hash is not that of the last event")
    elif lines.next() is not None:
        raise _LineError("something follows the head, which is the last line")


def _deviation(line: str, form: _Form) -> tuple[int, str]:
    """Answer how many characters of a line keep to a form, and what should stand behind them."""
    at, opening = 0, "{"
    for name, pattern, wanted in form:
        key = f'{opening}"{name}":'
        if not line.startswith(key, at):
            return at, f"character {at + 1}: {key} must stand here"
        at += len(key)
        value = re.compile(pattern).match(line, at)
        if value is None:
            return at, f"character {at + 1}: {name} must be {wanted}"
        at, opening = value.end(), ","
    return at, f"character {at + 1}: the line must end here with a brace and a line break"


def _unreadable(problem: Problem, anchors: Sequence[Anchor]) -> VerificationReport:
    return VerificationReport(
        organization_id=None,
        first_position=1,
        position=0,
        hash=b"",
        recorded_at=None,
        redacted_positions=(),
        problem=problem,
        comparisons=tuple(Comparison(anchor=each, problem=_not_reached(0, problem)) for each in anchors),
    )


def _not_reached(position: int, problem: Problem | None) -> Problem:
    message = f"the log ends before it, at position {position}" if problem is None else "the log is not whole up to there"
    return Problem(position=position + 1, kind=ProblemKind.ANCHOR, message=message)


def _prefixed(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def _uuid(text: str) -> bytes:
    return bytes.fromhex(text.replace("-", ""))


def _bytes(text: str) -> bytes:
    return (_text_of(f'"{text}"') if "\\" in text else text).encode()


def _integer(digits: str) -> int:
    number = int(digits)
    if number > _GREATEST:
        raise _LineError(f"{digits} is greater than {_GREATEST}")
    return number


def _microseconds(text: str) -> int:
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
    except ValueError as error:
        raise _LineError(f"there is no time {text}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the export that the command line names and return the exit code."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # What a damaged file holds must not end the program when the terminal cannot show it.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        anchors: list[Anchor] = list(options.seal)
        if options.checkpoint is not None:
            with options.checkpoint.open("rb") as file:
                anchors.append(read_checkpoint(file.read(MAX_CHECKPOINT_BYTES), f"checkpoint {options.checkpoint}"))
        with nullcontext(sys.stdin.buffer) if options.export == Path("-") else options.export.open("rb") as export:
            report = verify_export(export, anchors, _progress(export))
    except (OSError, CheckpointFormatError) as error:
        sys.stderr.write(f"verify_export: {error}\n")
        return CANNOT_TELL
    except KeyboardInterrupt:
        return INTERRUPTED
    name = "the log" if report.organization_id is None else f"organization {report.organization_id}"
    sys.stdout.write(described(report, name) + "\n")
    if options.checkpoint is not None:
        sys.stdout.write("The signature of the checkpoint was NOT checked: that needs okr-ledger verify --checkpoint.\n")
    return WHOLE if report.is_valid else NOT_WHOLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verify_export",
        description="Proves that an export of an OKR Ledger log is whole: recomputes every hash from the first event on.",
        epilog="Exit codes: 0 whole, and everything noted outside is held; 1 not; 2 wrong usage or an unreadable file.",
    )
    parser.add_argument("export", type=Path, help="the file that okr-ledger export wrote, - for standard input")
    parser.add_argument(
        "--seal",
        type=_seal_argument,
        action="append",
        default=[],
        metavar="POSITION:HASH",
        help="a position and its hash noted elsewhere, such as the seal of a closed cycle; may be given several times",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="a checkpoint of this log. Position, hash and time are compared; its SIGNATURE IS NOT CHECKED, since Python"
        " brings no Ed25519 along: okr-ledger verify --checkpoint does it",
    )
    return parser


def _seal_argument(text: str) -> Anchor:
    try:
        return read_seal(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _progress(export: BinaryIO) -> Callable[[int, int], None] | None:
    if not sys.stderr.isatty():
        return None
    size = os.fstat(export.fileno()).st_size

    def show(position: int, byte_count: int) -> None:
        share = f"{100 * byte_count // size:3} %, " if size else ""
        sys.stderr.write(f"\r{share}{position:,} events\r")
        sys.stderr.flush()

    return show


if __name__ == "__main__":
    sys.exit(main())
