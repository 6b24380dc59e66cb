import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from events.act import Act
from events.carry_over import CarryOverObjective
from events.check_in import CorrectCheckIn, RecordCheckIn
from events.custom_field import CreateCustomField, UpdateCustomField
from events.custom_value import CustomValue
from events.decider import decide
from events.envelope import UNSET, Context, Occurrence, Origin, ReasonCode
from events.facts import Facts
from events.folding import apply
from events.identifier import Noun, is_identifier, milliseconds_of
from events.key_result import AddKeyResult, ReplaceKeyResult
from events.objective import CreateObjective, UpdateObjective
from events.organization import CreateOrganization
from events.person import InvitePerson, UpdatePerson
from service.history_commands import COMMAND_FORMS, written_names
from service.history_format import HistoryError, HistoryReader, Sealed

DOCUMENT = (Path(__file__).parents[2] / "docs" / "import-format.md").read_text()
HEADER: dict[str, Any] = {
    "format": "okr-ledger-history",
    "version": 1,
    "at": "2026-01-05T08:00:00Z",
    "organization": {"name": "Example"},
}


def example() -> list[bytes]:
    found = re.search("```jsonl\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found is not None
    return found.group(1).encode().splitlines()


def seal(person_id: str, name: str, email: str) -> Sealed:
    return Sealed(text=f"{person_id}|{name}|{email}", new_key=b"key of " + name.encode())


def lines(*acts: dict[str, Any], header: dict[str, Any] = HEADER) -> list[bytes]:
    return [orjson.dumps(each) for each in (header, *acts)]


def act(*commands: dict[str, Any], key: str = "act", at: str = "2026-02-01T08:00:00Z", **fields: Any) -> dict[str, Any]:
    return {"key": key, "at": at, "actor": "system", "commands": list(commands), **fields}


def read(*acts: dict[str, Any], header: dict[str, Any] = HEADER) -> list[Act]:
    return [each.act for each in HistoryReader(lines(*acts, header=header), seal).acts()]


def problem(content: list[bytes]) -> HistoryError:
    with pytest.raises(HistoryError) as caught:
        list(HistoryReader(content, seal).acts())
    return caught.value


def refusal(*commands: dict[str, Any], **fields: Any) -> str:
    return problem(lines(act(*commands, **fields))).problem


ADA = {"type": "person.invite", "key": "ada", "name": "Ada", "email": "ada@example.com", "role": "ADMIN"}
Q1 = {"type": "cycle.create", "key": "q1", "name": "Q1", "starts_on": "2026-01-01", "ends_on": "2026-03-31"}
TRUST = {"type": "objective.create", "key": "trust", "cycle": "q1", "title": "Trust", "owner": "ada"}
CRM = {
    "type": "key_result.add",
    "key": "crm",
    "objective": "trust",
    "title": "CRM",
    "metric": {"kind": "MILESTONE", "stages": [{"key": "bought", "title": "Bought"}]},
}


def test_the_documented_example_obeys_every_rule():
    reader = HistoryReader(example(), seal)
    facts = Facts(reader.header.organization_id)
    assert reader.header.begins is not None
    for each in [reader.header.begins, *(found.act for found in reader.acts())]:
        assert each.recorded_at is not None
        for command in each.commands:
            for event in decide(command, facts, Context(actor_id=each.actor_id, at=each.recorded_at, reason=each.reason)):
                facts.position += 1
                apply(
                    facts,
                    event,
                    Occurrence(
                        position=facts.position,
                        recorded_at=each.recorded_at,
                        effective_at=each.recorded_at,
                        actor_id=each.actor_id,
                    ),
                )
    (objective,) = facts.objectives.values()
    replies, crm = facts.key_results_of(objective.objective_id)
    assert facts.numbers[replies.key_result_id].progress == Decimal("0.2")
    assert facts.numbers[crm.key_result_id].progress == Decimal("0.333333333333")


def test_the_document_names_every_command_with_every_field():
    rows = dict(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| (.*) \|$", DOCUMENT, re.MULTILINE))

    assert list(rows) == [form.name for form in COMMAND_FORMS]
    for form in COMMAND_FORMS:
        expected = set(written_names(form)) | ({"key"} if form.creates else set())
        if form.command_class in (InvitePerson, UpdatePerson):
            expected |= {"name", "email"}
        named = set(re.findall(r"`([a-z_]+)`", rows[form.name])) - {"type"}
        assert named >= expected, form.name
        assert named - expected <= {"objective"}, form.name


def test_the_header_begins_the_organization_at_its_time():
    begins = HistoryReader(lines(), seal).header.begins

    assert begins is not None
    (command,) = begins.commands
    assert isinstance(command, CreateOrganization)
    assert command.name == "Example"
    assert command.time_zone == "UTC"
    assert begins.recorded_at == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert begins.actor_id == "system"
    assert begins.origin is Origin.IMPORT


def test_without_a_name_an_organization_is_continued():
    identifier = "organization_01jgfjjz00ehtsrf388yf729jp"
    header = HistoryReader(lines(header={**HEADER, "organization": {"id": identifier}}), seal).header

    assert header.begins is None


def test_an_act_keeps_time_actor_reason_and_a_key_for_repetitions():
    ada, later = read(
        act(ADA, key="ada"),
        act(Q1, key="later", at="2026-02-01T10:30:00+02:00", actor="ada", reason={"code": "OTHER", "text": "because"}),
    )

    assert later.recorded_at == datetime(2026, 2, 1, 8, 30, tzinfo=UTC)
    assert isinstance(ada.commands[0], InvitePerson)
    assert later.actor_id == ada.commands[0].person_id
    assert later.reason is not None
    assert later.reason.code is ReasonCode.OTHER
    assert later.idempotency_key == "import:later"


def test_reading_twice_gives_the_same_identifiers_and_hashes():
    first, second = ([each.act for each in HistoryReader(example(), seal).acts()] for _ in range(2))

    assert first == second
    assert len({each.command_id for each in first}) == len(first)
    assert len({each.request_hash for each in first}) == len(first)


def test_the_hash_is_that_of_what_a_line_says_not_of_how():
    (plain,) = read(act(Q1))
    content = [
        orjson.dumps(HEADER),
        b"  " + orjson.dumps(act(Q1), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).replace(b"\n", b" "),
    ]
    (spaced,) = [each.act for each in HistoryReader(content, seal).acts()]
    (other,) = read(act({**Q1, "name": "Q2"}))

    assert spaced.request_hash == plain.request_hash
    assert other.request_hash != plain.request_hash


def test_identifiers_carry_the_time_of_the_act():
    (only,) = read(act(ADA))

    (invited,) = only.commands
    assert isinstance(invited, InvitePerson)
    assert is_identifier(invited.person_id, Noun.PERSON)
    assert milliseconds_of(invited.person_id) == int(datetime(2026, 2, 1, 8, tzinfo=UTC).timestamp() * 1000)


def test_names_of_people_are_sealed_with_keys_of_their_own():
    (only,) = read(act(ADA))

    (invited,) = only.commands
    assert isinstance(invited, InvitePerson)
    assert invited.sealed == f"{invited.person_id}|Ada|ada@example.com"
    assert only.person_keys == {invited.person_id: b"key of Ada"}


def test_an_absent_field_stays_and_null_clears():
    (only,) = read(act(ADA, Q1, TRUST, {"type": "objective.update", "objective": "trust", "owner": None, "title": "T"}))

    update = only.commands[-1]
    assert isinstance(update, UpdateObjective)
    assert update.owner_id is None
    assert update.title == "T"
    assert update.description is UNSET


def test_stages_are_named_by_the_keys_of_their_key_result():
    (only,) = read(
        act(
            ADA,
            Q1,
            TRUST,
            CRM,
            {"type": "check_in.record", "key": "first", "key_result": "crm", "done_stages": ["bought"]},
            {"type": "check_in.correct", "check_in": "first", "done_stages": ["bought"]},
        )
    )

    added, recorded, corrected = only.commands[3:]
    assert isinstance(added, AddKeyResult)
    assert isinstance(recorded, RecordCheckIn)
    assert isinstance(corrected, CorrectCheckIn)
    assert recorded.done_stage_ids == {added.metric.stages[0].stage_id}
    assert corrected.done_stage_ids == recorded.done_stage_ids
    assert corrected.check_in_id == recorded.check_in_id


def test_choices_are_named_by_the_keys_of_their_custom_field():
    choices = [{"key": "north", "name": "North"}, {"key": "south", "name": "South"}]
    region = {"type": "custom_field.create", "key": "region", "applies_to": "OBJECTIVE", "kind": "CHOICE", "name": "Region"}
    values = [{"custom_field": "region", "choice": "south"}, {"custom_field": "region", "person": "ada"}]
    other = [{"custom_field": "region", "number": "1.50"}, {"custom_field": "region"}]
    (only,) = read(
        act(
            ADA,
            Q1,
            {**region, "choices": choices},
            {**TRUST, "custom_fields": values},
            {"type": "custom_field.update", "custom_field": "region", "choices": [choices[1], {"key": "east", "name": "East"}]},
            {"type": "objective.update", "objective": "trust", "custom_fields": other},
        )
    )

    invited, _, created, written, updated, changed = only.commands
    assert isinstance(created, CreateCustomField)
    assert isinstance(updated, UpdateCustomField)
    assert isinstance(updated.choices, tuple)
    south, east = updated.choices
    assert south == created.choices[1]
    assert east.choice_id != created.choices[0].choice_id
    field_id = created.custom_field_id
    assert isinstance(invited, InvitePerson)
    assert isinstance(written, CreateObjective)
    assert written.custom_fields == (
        CustomValue(custom_field_id=field_id, choice_id=south.choice_id),
        CustomValue(custom_field_id=field_id, person_id=invited.person_id),
    )
    assert isinstance(changed, UpdateObjective)
    assert changed.custom_fields == (
        CustomValue(custom_field_id=field_id, number=Decimal("1.50")),
        CustomValue(custom_field_id=field_id),
    )
    for wrong, problem_of in (
        ([{"custom_field": "region", "person_id": "x"}], "custom_fields.person_id"),
        (["x"], "custom_fields: an object"),
        ([{"custom_field": "none"}], "nothing above has the key 'none'"),
        ([{"custom_field": "region", "choice": "west"}], "nothing above has the key 'west'"),
    ):
        refused = refusal(ADA, Q1, {**region, "choices": choices}, {**TRUST, "custom_fields": wrong})
        assert problem_of in refused


def test_copies_of_a_carry_over_are_named_by_successor_and_original():
    acts = read(
        act(ADA, Q1, {**Q1, "key": "q2", "name": "Q2"}, TRUST, CRM, {"type": "objective.activate", "objective": "trust"}),
        act({"type": "objective.carry_over", "key": "again", "objective": "trust", "cycle": "q2"}, key="over"),
        act({"type": "check_in.record", "key": "c", "key_result": "again/crm", "done_stages": ["bought"]}, key="in"),
    )

    facts = Facts(acts[0].organization_id)
    for each in acts[:2]:
        for command in each.commands:
            for event in decide(command, facts, Context(actor_id="system", at=datetime(2026, 2, 1, tzinfo=UTC))):
                moment = datetime(2026, 2, 1, tzinfo=UTC)
                apply(facts, event, Occurrence(position=1, recorded_at=moment, effective_at=moment, actor_id="system"))
    (carry,) = acts[1].commands
    assert isinstance(carry, CarryOverObjective)
    (copy,) = facts.key_results_of(carry.successor_id)
    (recorded,) = acts[2].commands
    assert isinstance(recorded, RecordCheckIn)
    assert recorded.key_result_id == copy.key_result_id
    assert recorded.done_stage_ids == {copy.metric.stages[0].stage_id}


def test_key_results_of_a_draft_from_a_template_are_named_by_their_place():
    stages = {"kind": "MILESTONE", "stages": [{"title": "Bought"}, {"title": "Used"}]}
    template = {"type": "template.create", "key": "t", "title": "CRM", "function": "SALES", "language": "en"}
    (only,) = read(
        act(
            ADA,
            Q1,
            {**template, "key_results": [{"title": "Calm", "metric": {"kind": "BINARY"}}, {"title": "CRM", "metric": stages}]},
            {"type": "objective.create_from_template", "key": "draft", "template": "t", "cycle": "q1"},
            {"type": "check_in.record", "key": "c", "key_result": "draft/2", "done_stages": ["2"]},
        )
    )

    facts, moment = Facts(only.organization_id), datetime(2026, 2, 1, tzinfo=UTC)
    for command in only.commands[:4]:
        for event in decide(command, facts, Context(actor_id="system", at=moment)):
            apply(facts, event, Occurrence(position=1, recorded_at=moment, effective_at=moment, actor_id="system"))
    (objective_id,) = facts.objectives
    _, milestone = facts.key_results_of(objective_id)
    recorded = only.commands[-1]
    assert isinstance(recorded, RecordCheckIn)
    assert recorded.key_result_id == milestone.key_result_id
    assert recorded.done_stage_ids == {milestone.metric.stages[1].stage_id}


def test_replacements_are_declared_like_additions():
    replacement = {"key": "better", "title": "Better", "metric": {"kind": "BINARY"}}
    (only,) = read(act(ADA, Q1, TRUST, CRM, {"type": "key_result.replace", "key_result": "crm", "replacements": [replacement]}))

    replaced = only.commands[-1]
    assert isinstance(replaced, ReplaceKeyResult)
    assert is_identifier(replaced.replacements[0].key_result_id, Noun.KEY_RESULT)


def test_acts_of_one_instant_are_in_order():
    assert len(read(act(ADA, key="a"), act(Q1, key="b"))) == 2


def test_empty_lines_are_skipped_but_counted():
    content = [orjson.dumps(HEADER), b"", b"\n", b"{}"]

    assert problem(content).line == 4


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({**HEADER, "version": 2}, "version"),
        ({**HEADER, "format": "other"}, "format"),
        ({**HEADER, "at": None}, "at"),
        ({**HEADER, "at": "2026-01-05T08:00:00"}, "at"),
        ({**HEADER, "organization": {}}, "organization"),
        ({**HEADER, "organization": {"id": "acme"}}, "organization.id"),
        ({**HEADER, "color": "red"}, "color"),
    ],
)
def test_a_wrong_header_is_refused(header: dict[str, Any], words: str):
    error = problem(lines(header=header))

    assert error.line == 1
    assert words in error.problem


def test_an_empty_file_is_refused():
    assert problem([]).line == 1


def test_an_error_names_line_key_and_problem():
    error = problem(lines(act(ADA, key="a"), act({"type": "team.create", "key": "t", "nam": "T"}, key="b")))

    assert (error.line, error.key) == (3, "b")
    assert str(error) == "line 3 (key 'b'): commands.0: nam: team.create has no such field"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ({"type": "team.destroy"}, "commands.0: type: 'team.destroy' is none of the commands of the format"),
        ({"type": "team.create", "key": "t"}, "commands.0: name: Field required"),
        ({"type": "team.archive", "team": "t"}, "commands.0: nothing above has the key 't'"),
        ({"type": "team.create", "name": "T"}, "commands.0: key: a text of 1 to 200 characters without '/' is needed"),
        (
            {"type": "team.create", "key": "a/b", "name": "T"},
            "commands.0: key: a text of 1 to 200 characters without '/' is needed",
        ),
        ({"type": "person.invite", "key": "p", "name": "P"}, "commands.0: name, email: both are needed, as texts"),
        ({**ADA, "role": "BOSS"}, "commands.0: role: Input should be 'ADMIN', 'MEMBER', 'VIEWER' or 'AUDITOR'"),
        (
            {**Q1, "starts_on": "soon"},
            "commands.0: starts_on: Input should be a valid date in the format YYYY-MM-DD, input is too short",
        ),
    ],
)
def test_a_wrong_command_is_refused(command: dict[str, Any], expected: str):
    assert refusal(command) == expected


def test_a_value_of_the_wrong_type_is_refused_with_its_place():
    assert "metric.target" in refusal(ADA, Q1, TRUST, {**CRM, "metric": {"kind": "INCREASE", "target": []}})
    assert "metric.kin" in refusal(ADA, Q1, TRUST, {**CRM, "metric": {"kin": "INCREASE"}})
    assert refusal(ADA, Q1, TRUST, {"type": "objective.update", "objective": "trust", "title": None}).startswith(
        "commands.3: title: Input should be a valid string"
    )


def test_a_time_without_an_offset_is_refused():
    command = {"type": "check_in.record", "key": "c", "key_result": "crm", "effective_at": "2026-01-05T08:00:00"}

    assert refusal(ADA, Q1, TRUST, CRM, command) == "commands.4: effective_at: a time needs its offset from UTC, such as Z"
    assert "at" in refusal(ADA, at="2026-02-01T08:00:00")


def test_a_key_stands_for_one_thing():
    assert refusal(ADA, {"type": "team.create", "key": "ada", "name": "Ada's"}) == (
        "commands.1: the key 'ada' stands for another thing already"
    )
    error = problem(lines(act(ADA), act(Q1)))
    assert (error.line, error.problem) == (3, "another line above has this key")


def test_an_unknown_actor_is_refused():
    assert refusal(ADA, actor="max") == "nothing above has the key 'max'"


def test_time_does_not_go_back():
    error = problem(lines(act(ADA, key="a"), act(Q1, key="b", at="2026-01-31T00:00:00Z")))

    assert (error.line, error.key) == (3, "b")
    assert error.problem == "at: must not be earlier than the line before, 2026-02-01T08:00:00+00:00"


def test_what_is_no_json_is_refused():
    assert problem([orjson.dumps(HEADER), b"{"]).line == 2
    assert problem([b"\xff\xfe"]).line == 1


def test_a_line_has_a_longest_length():
    error = problem([orjson.dumps(HEADER), b'{"key": "' + b"x" * 1_048_576 + b'"}'])

    assert (error.line, error.problem) == (2, "the line has more than 1048576 bytes")


def test_lines_are_read_as_they_are_needed():
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        yield orjson.dumps(HEADER)
        for number in range(1_000_000):
            taken.append(number)
            yield orjson.dumps(act({**ADA, "key": f"p{number}"}, key=f"a{number}"))

    acts = HistoryReader(endless(), seal).acts()
    next(acts)
    next(acts)

    assert taken == [0, 1]
