"""Whatever is done to an export, it is found, and the line and position named are the right ones."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest
import pytest_asyncio
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from events.redaction import redact_event
from events.verify_export import Problem, ProblemKind
from tests.support.acting import Office, owner, running_ledger
from tests.support.exporting import exported, verified, write_every_type
from tests.support.postgres import database_copy

REDACTED = 9
EXAMPLES = settings(max_examples=200)
Lines = tuple[bytes, ...]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["an office", "every type"])
async def lines(request: pytest.FixtureRequest, server_url: str, template_database: str) -> Lines:
    """The lines of a log with one redacted event."""
    async with database_copy(server_url, template_database) as database_url, owner(database_url) as connection:
        if request.param == "every type":
            organization_id = await write_every_type(connection)
        else:
            async with running_ledger(database_url) as ledger:
                office = await Office.opened(ledger)
                for value in range(3):
                    await office.accepted(office.check_in(value, comment='größer 大きい "\\" \n\x01 🚀'))
                organization_id = office.organization_id
        await redact_event(connection, organization_id, REDACTED, "asked for")
        return tuple(await exported(connection, organization_id))


def problem_of(lines: Sequence[bytes]) -> Problem:
    problem = verified(lines).problem
    assert problem is not None
    return problem


def assert_found_at(problem: Problem, index: int, lines: Sequence[bytes]) -> None:
    """The problem is in the line of an index, and the position is that of its event; behind the head the next one."""
    assert (problem.line, problem.position) == (index + 1, min(index, len(lines) - 1))


def payload(line: bytes) -> Any:
    """What nothing proves of a redacted event; None of others."""
    try:
        fields = json.loads(line)
        return (fields["data"], fields["metadata"]) if fields["salt"] is None else None
    except (ValueError, KeyError, TypeError):
        return None


def is_only_unproven(before: Sequence[bytes], after: Sequence[bytes]) -> bool:
    """Say whether lines differ in nothing but the payload of the redacted event, in its one spelling."""
    if len(before) != len(after) or [*before[:REDACTED], *before[REDACTED + 1 :]] != [
        *after[:REDACTED],
        *after[REDACTED + 1 :],
    ]:
        return False
    changed = payload(after[REDACTED])
    if changed is None:
        return False
    data, metadata = changed
    return orjson.dumps({**json.loads(before[REDACTED]), "data": data, "metadata": metadata}) + b"\n" == after[REDACTED]


@EXAMPLES
@given(data=st.data())
def test_a_flipped_bit_anywhere_is_found_in_its_line(lines: Lines, data: st.DataObject):
    content = bytearray(b"".join(lines))
    byte = data.draw(st.integers(0, len(content) - 1))
    content[byte] ^= 1 << data.draw(st.integers(0, 7))
    index = b"".join(lines)[:byte].count(b"\n")

    report = verified([bytes(content)])

    if report.problem is None:
        assert index == REDACTED
        assert report.redacted_positions == (REDACTED,)
        assert is_only_unproven(lines, bytes(content).splitlines(keepends=True))
    elif index <= len(lines) - 2:
        assert_found_at(report.problem, index, lines)
    else:
        # A head may have been made to speak of any position.
        assert report.problem.line == len(lines)
        assert report.problem.kind in {ProblemKind.HEAD, ProblemKind.FORMAT}


def first_difference(before: Sequence[bytes], after: Sequence[bytes]) -> int:
    pairs = zip(before, after, strict=False)
    return next((index for index, (old, new) in enumerate(pairs) if old != new), min(len(before), len(after)))


def dropped(lines: list[bytes], where: int, other: int) -> None:
    del other
    del lines[where]


def swapped(lines: list[bytes], where: int, other: int) -> None:
    lines[where], lines[other] = lines[other], lines[where]


def doubled(lines: list[bytes], where: int, other: int) -> None:
    del other
    lines.insert(where, lines[where])


def inserted(lines: list[bytes], where: int, other: int) -> None:
    lines.insert(where, lines[other])


@pytest.mark.parametrize("change", [dropped, swapped, doubled, inserted])
@EXAMPLES
@given(data=st.data())
def test_dropped_swapped_doubled_and_inserted_lines_are_found_at_their_place(
    lines: Lines, change: Callable[[list[bytes], int, int], None], data: st.DataObject
):
    places = st.integers(0, len(lines) - 1)
    changed = list(lines)
    change(changed, data.draw(places), data.draw(places))
    assume(tuple(changed) != lines)
    assert_found_at(problem_of(changed), first_difference(lines, changed), lines)


@EXAMPLES
@given(data=st.data())
def test_a_line_of_another_export_is_found_at_its_place(lines: Lines, data: st.DataObject):
    where = data.draw(st.integers(1, len(lines) - 2))
    fields = json.loads(lines[data.draw(st.integers(1, len(lines) - 2))])
    foreign = orjson.dumps({**fields, "position": where, "hash": "ab" * 32}) + b"\n"
    problem = problem_of([*lines[:where], foreign, *lines[where:]])
    assert_found_at(problem, where, lines)
    assert problem.kind is ProblemKind.HASH


@EXAMPLES
@given(data=st.data())
def test_an_export_cut_off_anywhere_is_found_where_it_ends(lines: Lines, data: st.DataObject):
    content = b"".join(lines)
    end = data.draw(st.integers(0, len(content) - 1))
    problem = problem_of([content[:end]])
    assert_found_at(problem, content[:end].count(b"\n"), lines)
    assert problem.kind in {ProblemKind.HEAD, ProblemKind.FORMAT}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@EXAMPLES
@given(data=st.data())
def test_another_value_of_any_field_is_found_in_its_line(lines: Lines, data: st.DataObject):
    index = data.draw(st.integers(0, len(lines) - 1))
    fields = json.loads(lines[index])
    name = data.draw(st.sampled_from(sorted(fields)))
    value = data.draw(JSON)
    assume(value != fields[name] or type(value) is not type(fields[name]))
    changed = [*lines[:index], json.dumps({**fields, name: value}, ensure_ascii=False).encode() + b"\n", *lines[index + 1 :]]
    changed[index] = changed[index].replace(b'": ', b'":').replace(b", ", b",")
    assume(not is_only_unproven(lines, changed))
    assume((name, value) != ("salt", None))  # what that does is the next test's

    problem = problem_of(changed)

    assert problem.line == index + 1
    assert index == len(lines) - 1 or problem.position == index


def test_an_export_alone_cannot_tell_a_blanked_payload_from_a_redacted_one_and_names_both(lines: Lines):
    fields = json.loads(lines[5])
    forged = orjson.dumps({**fields, "salt": None, "data": '"forged"'}) + b"\n"
    report = verified([*lines[:5], forged, *lines[6:]])
    assert report.is_valid
    assert report.redacted_positions == (5, REDACTED)


def escaped(line: bytes) -> bytes:
    return line.replace(b'"position"', b'"\\u0070osition"', 1)


OTHER_SPELLINGS: dict[str, Callable[[bytes], bytes]] = {
    "a space after a colon": lambda line: line.replace(b'":', b'": ', 1),
    "a space after a comma": lambda line: line.replace(b",", b", ", 1),
    "a space before the line": lambda line: b" " + line,
    "a space at the end": lambda line: line[:-1] + b" \n",
    "a carriage return": lambda line: line[:-1] + b"\r\n",
    "an empty line": lambda line: b"\n" + line,
    "a byte order mark": lambda line: b"\xef\xbb\xbf" + line,
    "a key twice": lambda line: line.replace(b"{", b'{"position":1,', 1),
    "the last key twice": lambda line: line[:-2] + b"," + line[line.rindex(b'"hash"') :],
    "an unknown key": lambda line: line[:-2] + b',"note":"x"}\n',
    "other order": lambda line: orjson.dumps(dict(reversed(json.loads(line).items()))) + b"\n",
    "an escaped key": escaped,
    "a needless escape": lambda line: line.replace(b'"actorId":"', b'"actorId":"\\u', 1).replace(b"\\u", b"\\u0070", 1),
    "an escaped slash": lambda line: line.replace(b'"metadata":"', b'"metadata":"\\/', 1),
    "escaped letters of a payload": lambda line: line.replace(b'origin\\"', b'o\\u0072igin\\"', 1),
    "capital digits": lambda line: line[:-80].decode().encode() + line[-80:].upper().replace(b'"HASH"', b'"hash"'),
    "a fraction": lambda line: line.replace(b'"schemaVersion":1', b'"schemaVersion":1.0', 1),
    "an exponent": lambda line: line.replace(b'"schemaVersion":1', b'"schemaVersion":1e0', 1),
    "a leading zero": lambda line: line.replace(b'"schemaVersion":1', b'"schemaVersion":01', 1),
    "a number as a text": lambda line: line.replace(b'"schemaVersion":1', b'"schemaVersion":"1"', 1),
    "another offset": lambda line: line.replace(b"+00:00", b"Z", 1),
    "a negative offset": lambda line: line.replace(b"+00:00", b"-00:00", 1),
    "a space in a time": lambda line: line.replace(b'"recordedAt":"2', b'"recordedAt":" 2', 1),
    "a uuid without dashes": lambda line: line[:26] + line[26:62].replace(b"-", b"") + line[62:],
}


@pytest.mark.parametrize("spelling", OTHER_SPELLINGS)
def test_another_spelling_of_the_same_is_not_the_format(lines: Lines, spelling: str):
    index = 5
    changed = OTHER_SPELLINGS[spelling](lines[index])
    assert changed != lines[index]
    problem = problem_of([*lines[:index], changed, *lines[index + 1 :]])
    assert (problem.line, problem.position, problem.kind) == (index + 1, index, ProblemKind.FORMAT)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"\xff\xfe", "byte 1 is not UTF-8"),
        (b'{"position":5,"commandId":"\xc3"}', "byte 28 is not UTF-8"),
        (b'{"position":5,"commandId":"\xed\xa0\x80"}', "byte 28 is not UTF-8"),
        (b"not json", 'character 1: {"position": must stand here'),
        (b"[]", 'character 1: {"position": must stand here'),
        (b"{}", 'character 1: {"position": must stand here'),
        (b"\x00" * 20, 'character 1: {"position": must stand here'),
        (b"[" * 100_000, 'character 1: {"position": must stand here'),
        (b'{"position":' + b"[" * 100_000, "character 13: position must be a whole number above 0"),
        (b'{"position":null}', "character 13: position must be a whole number above 0"),
        (b'{"position":-5}', "character 13: position must be a whole number above 0"),
        (b'{"position":' + b"9" * 100_000 + b"}", 'character 32: ,"commandId": must stand here'),
        (b'{"position":5,"hash":5}', "character 22: hash must be 64 hexadecimal digits in lower case"),
        (b'{"position":5,"hash":"' + b"0" * 64 + b'"} ', "character 88: the line must end here with a brace and a line break"),
        (b'{"position":5,"commandId":5}', "character 27: commandId must be a uuid in lower case"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(lines: Lines, line: bytes, message: str):
    problem = problem_of([*lines[:5], line + b"\n", *lines[5:]])
    assert (problem.line, problem.position, problem.kind, problem.message) == (6, 5, ProblemKind.FORMAT, message)


@pytest.mark.parametrize("name", ["position", "streamVersion", "schemaVersion"])
def test_a_number_that_no_column_holds_is_told(lines: Lines, name: str):
    changed = orjson.dumps({**json.loads(lines[5]), name: 2**63}) + b"\n"
    problem = problem_of([*lines[:5], changed, *lines[6:]])
    assert (problem.line, problem.position, problem.kind) == (6, 5, ProblemKind.FORMAT)
    assert problem.message == "9223372036854775808 is greater than 9223372036854775807"


def test_a_day_that_does_not_exist_is_told(lines: Lines):
    fields = json.loads(lines[5])
    changed = orjson.dumps({**fields, "recordedAt": "2026-02-30T00:00:00.000000+00:00"}) + b"\n"
    assert problem_of([*lines[:5], changed, *lines[6:]]).message == "there is no time 2026-02-30T00:00:00.000000+00:00"


def test_lines_without_end_are_not_read(lines: Lines, monkeypatch: pytest.MonkeyPatch):
    longest = max(map(len, lines))
    monkeypatch.setattr("events.verify_export.MAX_LINE_BYTES", longest)
    assert verified(lines).is_valid
    problem = problem_of([*lines[:5], b"x" * (longest + 1), *lines[5:]])
    assert (problem.line, problem.message) == (6, f"longer than {longest} bytes")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n", 'character 1: {"format": must stand here'),
        (b"{", "cut off: the line break is missing"),
        (b'{"format":"another"}\n', 'character 11: format must be "okr-ledger-log"'),
        (b'{"format":"okr-ledger-log","version":2}\n', "character 38: version must be 1, the one this program knows"),
    ],
)
def test_a_file_that_is_no_export_is_named(content: bytes, message: str):
    problem = problem_of([content])
    assert (problem.line, problem.position, problem.kind, problem.message) == (1, 0, ProblemKind.FORMAT, message)


@given(content=st.binary(max_size=200))
def test_any_bytes_get_an_answer(content: bytes):
    problem = problem_of([content])
    assert (problem.line, problem.kind) == (1, ProblemKind.FORMAT)


@EXAMPLES
@given(data=st.data())
def test_any_bytes_written_into_an_export_get_an_answer(lines: Lines, data: st.DataObject):
    content = b"".join(lines)
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 50)))
    changed = content[:start] + data.draw(st.binary(max_size=50)) + content[end:]
    assume(changed != content)
    assume(not is_only_unproven(lines, changed.splitlines(keepends=True)))
    assert problem_of([changed]).line is not None
