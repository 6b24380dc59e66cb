"""Commands as the history format writes them: names, and fields that name other things by the file's own keys.

A field that holds an identifier loses its ending: `owner_id` is written `owner`, `team_ids` is written `teams`.
What a command creates gets the field `key`; every later line may name it by that key.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeGuard

import orjson
from pydantic import ConfigDict, TypeAdapter, ValidationError

from events.acknowledgement import AcknowledgeCheckIn
from events.alignment import AlignObjective, UnalignObjective
from events.carry_over import CarryOverObjective
from events.check_in import CorrectCheckIn, RecordCheckIn, RetractCheckIn
from events.command import Command
from events.comment import AddReaction, EditComment, RemoveReaction, WithdrawComment, WriteComment
from events.custom_field import ArchiveCustomField, CreateCustomField, RestoreCustomField, UpdateCustomField
from events.cycle import ActivateCycle, CloseCycle, CreateCycle, ReopenCycle, ReviewCycle, UpdateCycle
from events.dependency import (
    AddInitiativeDependency,
    AddKeyResultDependency,
    RemoveInitiativeDependency,
    RemoveKeyResultDependency,
)
from events.identifier import Noun, derive_identifier, derive_uuid, format_identifier, noun_of
from events.initiative import (
    AddLink,
    AddSupport,
    CompleteInitiative,
    CreateInitiative,
    DropInitiative,
    RemoveLink,
    RemoveSupport,
    ReopenInitiative,
    StartInitiative,
    UpdateInitiative,
)
from events.key_result import (
    AddKeyResult,
    DropKeyResult,
    ReplaceKeyResult,
    RestoreKeyResult,
    RetargetKeyResult,
    UpdateKeyResult,
)
from events.kpi import ArchiveKpi, CreateKpi, RestoreKpi, UpdateKpi
from events.kpi_link import LinkKpi, UnlinkKpi
from events.kpi_reading import CorrectKpiReading, RecordKpiReading, RetractKpiReading
from events.kpi_recovery import StartKpiRecovery
from events.objective import (
    ActivateObjective,
    CancelObjective,
    CreateObjective,
    ReopenObjective,
    ReorderObjectives,
    UpdateObjective,
)
from events.organization import UpdateOrganization
from events.person import DeactivatePerson, ErasePerson, InvitePerson, ReactivatePerson, UpdatePerson
from events.recognition import RecognizePeople, WithdrawRecognition
from events.review import CloseObjective
from events.team import AddTeamMember, ArchiveTeam, CreateTeam, RemoveTeamMember, RestoreTeam, UpdateTeam
from events.template import ArchiveTemplate, CreateTemplate, CreateTemplateFromObjective, RestoreTemplate, UpdateTemplate
from events.template_draft import CreateObjectiveFromTemplate
from service.history_custom_fields import MisplacedError, read_choices, read_values

KEY_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandForm:
    """How one class of commands is written; `creates` is the field that identifies what it makes, with its noun."""

    name: str
    command_class: type[Command]
    creates: tuple[str, Noun] | None = None


def _form(name: str, command_class: type[Command], creates: tuple[str, Noun] | None = None) -> CommandForm:
    return CommandForm(name=name, command_class=command_class, creates=creates)


COMMAND_FORMS = (
    _form("organization.update", UpdateOrganization),
    _form("person.invite", InvitePerson, ("person_id", Noun.PERSON)),
    _form("person.update", UpdatePerson),
    _form("person.deactivate", DeactivatePerson),
    _form("person.reactivate", ReactivatePerson),
    _form("person.erase", ErasePerson),
    _form("team.create", CreateTeam, ("team_id", Noun.TEAM)),
    _form("team.update", UpdateTeam),
    _form("team.archive", ArchiveTeam),
    _form("team.restore", RestoreTeam),
    _form("team.add_member", AddTeamMember),
    _form("team.remove_member", RemoveTeamMember),
    _form("cycle.create", CreateCycle, ("cycle_id", Noun.CYCLE)),
    _form("cycle.update", UpdateCycle),
    _form("cycle.activate", ActivateCycle),
    _form("cycle.review", ReviewCycle),
    _form("cycle.close", CloseCycle),
    _form("cycle.reopen", ReopenCycle),
    _form("objective.create", CreateObjective, ("objective_id", Noun.OBJECTIVE)),
    _form("objective.update", UpdateObjective),
    _form("objective.activate", ActivateObjective),
    _form("objective.align", AlignObjective),
    _form("objective.unalign", UnalignObjective),
    _form("objective.close", CloseObjective),
    _form("objective.reopen", ReopenObjective),
    _form("objective.cancel", CancelObjective),
    _form("objective.reorder", ReorderObjectives),
    _form("objective.carry_over", CarryOverObjective, ("successor_id", Noun.OBJECTIVE)),
    _form("key_result.add", AddKeyResult, ("key_result_id", Noun.KEY_RESULT)),
    _form("key_result.update", UpdateKeyResult),
    _form("key_result.retarget", RetargetKeyResult),
    _form("key_result.drop", DropKeyResult),
    _form("key_result.restore", RestoreKeyResult),
    _form("key_result.replace", ReplaceKeyResult),
    _form("key_result.add_dependency", AddKeyResultDependency),
    _form("key_result.remove_dependency", RemoveKeyResultDependency),
    _form("check_in.record", RecordCheckIn, ("check_in_id", Noun.CHECK_IN)),
    _form("check_in.correct", CorrectCheckIn),
    _form("check_in.retract", RetractCheckIn),
    _form("check_in.acknowledge", AcknowledgeCheckIn),
    _form("initiative.create", CreateInitiative, ("initiative_id", Noun.INITIATIVE)),
    _form("initiative.update", UpdateInitiative),
    _form("initiative.start", StartInitiative),
    _form("initiative.complete", CompleteInitiative),
    _form("initiative.drop", DropInitiative),
    _form("initiative.reopen", ReopenInitiative),
    _form("initiative.add_support", AddSupport),
    _form("initiative.remove_support", RemoveSupport),
    _form("initiative.add_link", AddLink),
    _form("initiative.remove_link", RemoveLink),
    _form("initiative.add_dependency", AddInitiativeDependency),
    _form("initiative.remove_dependency", RemoveInitiativeDependency),
    _form("comment.write", WriteComment, ("comment_id", Noun.COMMENT)),
    _form("comment.edit", EditComment),
    _form("comment.withdraw", WithdrawComment),
    _form("comment.add_reaction", AddReaction),
    _form("comment.remove_reaction", RemoveReaction),
    _form("recognition.give", RecognizePeople, ("recognition_id", Noun.RECOGNITION)),
    _form("recognition.withdraw", WithdrawRecognition),
    _form("kpi.create", CreateKpi, ("kpi_id", Noun.KPI)),
    _form("kpi.update", UpdateKpi),
    _form("kpi.archive", ArchiveKpi),
    _form("kpi.restore", RestoreKpi),
    _form("kpi.link", LinkKpi),
    _form("kpi.unlink", UnlinkKpi),
    _form("kpi.start_recovery", StartKpiRecovery, ("objective_id", Noun.OBJECTIVE)),
    _form("kpi_reading.record", RecordKpiReading, ("reading_id", Noun.KPI_READING)),
    _form("kpi_reading.correct", CorrectKpiReading),
    _form("kpi_reading.retract", RetractKpiReading),
    _form("template.create", CreateTemplate, ("template_id", Noun.TEMPLATE)),
    _form("template.create_from_objective", CreateTemplateFromObjective, ("template_id", Noun.TEMPLATE)),
    _form("template.update", UpdateTemplate),
    _form("template.archive", ArchiveTemplate),
    _form("template.restore", RestoreTemplate),
    _form("objective.create_from_template", CreateObjectiveFromTemplate, ("objective_id", Noun.OBJECTIVE)),
    _form("custom_field.create", CreateCustomField, ("custom_field_id", Noun.CUSTOM_FIELD)),
    _form("custom_field.update", UpdateCustomField),
    _form("custom_field.archive", ArchiveCustomField),
    _form("custom_field.restore", RestoreCustomField),
)
"""The table is written by hand: a name, once in somebody's file, is a promise."""

_BY_NAME = {form.name: form for form in COMMAND_FORMS}
_ADDITION = _BY_NAME["key_result.add"]
_STRICT = ConfigDict(extra="forbid")


class UnreadableCommandError(Exception):
    """A command is not written as the format asks; the message says what and where in it."""


@dataclass(slots=True)
class Names:
    """The keys of one file and the identifiers that they stand for.

    An identifier has the time of the act that creates the thing and random bits from the organization's
    identifier and the key, so the same file always means the same things.
    """

    organization_id: str
    _identifiers: dict[str, str] = field(default_factory=dict[str, str])
    _measured: dict[str, str] = field(default_factory=dict[str, str])

    def declare(self, noun: Noun, key: object, at: datetime) -> str:
        """Give a new thing its identifier.

        Raises:
            UnreadableCommandError: the key is taken, or has not the form of a key.
        """
        if not isinstance(key, str) or not 0 < len(key) <= KEY_LENGTH or "/" in key:
            raise UnreadableCommandError(f"key: a text of 1 to {KEY_LENGTH} characters without '/' is needed")
        return self._enter(noun, key, at)

    def declare_stage(self, key_result: str, key: object, at: datetime) -> str:
        """Give a stage of a key result its identifier; its key has to be unique in the key result only."""
        if not isinstance(key, str) or not key or "/" in key:
            raise UnreadableCommandError("metric.stages.key: a text without '/' is needed")
        return self._enter(Noun.STAGE, f"{key_result}/{key}", at)

    def declare_choice(self, custom_field: str, key: object, at: datetime) -> str:
        """Answer the identifier of a choice, a new one at first; its key has to be unique in the custom field only."""
        if not isinstance(key, str) or not key or "/" in key:
            raise UnreadableCommandError("choices.key: a text without '/' is needed")
        return self._identifiers.get(f"{custom_field}/{key}") or self._enter(Noun.CHOICE, f"{custom_field}/{key}", at)

    def choice(self, custom_field: str, key: object) -> str:
        """Answer the identifier of a choice that the custom field has."""
        return self._identifiers.get(f"{custom_field}/{key}") or self.resolve(key)

    def _enter(self, noun: Noun, key: str, at: datetime) -> str:
        if key in self._identifiers:
            raise UnreadableCommandError(f"the key {key!r} stands for another thing already")
        milliseconds = int(at.timestamp() * 1000)
        identifier = format_identifier(noun, derive_uuid(milliseconds, f"{self.organization_id} {noun} {key}"))
        self._identifiers[key] = identifier
        return identifier

    def resolve(self, key: object) -> str:
        """Answer the identifier that a key stands for; an identifier stands for itself.

        `<successor>/<key result>` is the copy of a key result that a carry-over made, `<objective>/<number>` a key result of
        a draft that was made from a template.

        Raises:
            UnreadableCommandError: no line above declares the key.
        """
        if not isinstance(key, str):
            raise UnreadableCommandError(f"{key!r} is not the key of a thing")
        if key in self._identifiers:
            return self._identifiers[key]
        successor, separator, source = key.partition("/")
        if separator and successor in self._identifiers:
            name = source if self._is_place(source) else self.resolve(source)
            return derive_identifier(Noun.KEY_RESULT, self._identifiers[successor], name)
        if noun_of(key) is not None:
            return key
        raise UnreadableCommandError(f"nothing above has the key {key!r}")

    def note_check_in(self, check_in: str, key_result: str) -> None:
        """Remember of which key result a check-in is, since its corrections do not say."""
        self._measured[check_in] = key_result

    def stage_of_check_in(self, check_in: str, key: str) -> str:
        """Answer the identifier of a stage of the key result that a check-in measures."""
        return self.stage(self._measured.get(check_in, ""), key)

    def stage(self, key_result: str, key: str) -> str:
        """Answer the identifier of a key result's stage, in a carried-over copy and in a draft from a template as well."""
        known = self._identifiers.get(f"{key_result}/{key}")
        if known is not None:
            return known
        successor, separator, source = key_result.partition("/")
        if separator and successor in self._identifiers:
            name = f"{source} {key}" if self._is_place(source) else self.stage(source, key)
            return derive_identifier(Noun.STAGE, self._identifiers[successor], name)
        return self.resolve(key)

    def _is_place(self, source: str) -> bool:
        """Say whether a name is the place of a key result in a template, as long as no line above has it as a key."""
        return source.isdecimal() and source not in self._identifiers


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading a command needs besides its text: the keys so far, the time of the act, and a seal for names.

    `seal` takes a person's identifier, name and address and answers the sealed text.
    """

    names: Names
    at: datetime
    seal: Callable[[str, str, str], str]


def read_command(content: Mapping[str, Any], reading: Reading) -> Command:
    """Turn one written command into a command.

    Raises:
        UnreadableCommandError: the type is unknown, a field is missing, unknown or wrong, or names nothing.
    """
    form = _BY_NAME.get(str(content.get("type")))
    if form is None:
        raise UnreadableCommandError(f"type: {content.get('type')!r} is none of the commands of the format")
    translated = _translated(form, {name: value for name, value in content.items() if name != "type"}, reading)
    try:
        (command,) = _adapter(form.name).validate_json(orjson.dumps([translated]), strict=True)
    except ValidationError as error:
        raise UnreadableCommandError(_described(error)) from error
    return _in_universal_time(command)


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    # A tuple of one, because only what stands inside another type takes its strictness over from the configuration.
    return TypeAdapter(tuple[_BY_NAME[name].command_class], config=_STRICT)  # type: ignore[arg-type,misc] # the class is data here


def _translated(form: CommandForm, content: dict[str, Any], reading: Reading) -> dict[str, Any]:
    written = written_names(form)
    translated: dict[str, Any] = {}
    if form.creates is not None:
        created, noun = form.creates
        translated[created] = reading.names.declare(noun, content.get("key"), reading.at)
    if form.command_class in (InvitePerson, UpdatePerson):
        _seal_name(content, translated, reading)
    for name, value in content.items():
        if name == "key" and form.creates is not None:
            continue
        if name not in written:
            raise UnreadableCommandError(f"{name}: {form.name} has no such field")
        translated[written[name]] = _translated_value(name, value, content, reading, is_link=written[name] != name)
    return translated


def _translated_value(name: str, value: Any, content: Mapping[str, Any], reading: Reading, *, is_link: bool) -> Any:
    names = reading.names
    if name == "done_stages" and _is_list(value):
        return [_stage(str(each), content, names) for each in value]
    if name == "metric" and _is_object(value):
        owner = str(content.get("key") or content.get("key_result"))
        return _with_stages(value, owner, reading)
    if name == "replacements" and _is_list(value):
        return [_replacement(each, reading) for each in value]
    if name in ("choices", "custom_fields") and _is_list(value):
        return _of_custom_fields(name, value, content, reading)
    if not is_link or value is None:
        return value
    if _is_list(value):
        return [names.resolve(each) for each in value]
    if name == "key_result" and "key" in content:
        names.note_check_in(content["key"], str(value))
    return names.resolve(value)


def _of_custom_fields(name: str, value: list[Any], content: Mapping[str, Any], reading: Reading) -> list[dict[str, Any]]:
    names, owner = reading.names, str(content.get("key") or content.get("custom_field"))
    try:
        if name == "choices":
            return read_choices(value, lambda key: names.declare_choice(owner, key, reading.at))
        return read_values(value, names.resolve, names.choice)
    except MisplacedError as error:
        raise UnreadableCommandError(str(error)) from error


def _stage(key: str, content: Mapping[str, Any], names: Names) -> str:
    if "check_in" in content:
        return names.stage_of_check_in(str(content["check_in"]), key)
    return names.stage(str(content.get("key_result")), key)


def _with_stages(metric: dict[str, Any], key_result: str, reading: Reading) -> dict[str, Any]:
    stages = metric.get("stages")
    if not _is_list(stages):
        return metric
    identified: list[Any] = []
    for stage in stages:
        if not _is_object(stage):
            raise UnreadableCommandError("metric.stages: an object is needed")
        rest = {name: value for name, value in stage.items() if name != "key"}
        identified.append({**rest, "stage_id": reading.names.declare_stage(key_result, stage.get("key"), reading.at)})
    return {**metric, "stages": identified}


def _replacement(content: object, reading: Reading) -> dict[str, Any]:
    if not _is_object(content):
        raise UnreadableCommandError("replacements: an object is needed")
    # The objective is that of the key result replaced, which the decision fills in.
    return {**_translated(_ADDITION, content, reading), "objective_id": ""}


def _seal_name(content: dict[str, Any], translated: dict[str, Any], reading: Reading) -> None:
    if "person_id" not in translated and not {"name", "email"} & content.keys():
        return
    name, email = content.pop("name", None), content.pop("email", None)
    if not isinstance(name, str) or not isinstance(email, str) or not name.strip():
        raise UnreadableCommandError("name, email: both are needed, as texts")
    person_id = translated.get("person_id") or reading.names.resolve(content.get("person"))
    translated["sealed"] = reading.seal(person_id, name, email)


@cache
def written_names(form: CommandForm) -> dict[str, str]:
    """Answer the fields of a command by the names that they have in a file."""
    created = form.creates[0] if form.creates else None
    hidden = {created, "sealed", "expected_version"}
    names = [each.name for each in dataclasses.fields(form.command_class) if each.name not in hidden]
    return {_written(name): name for name in names}


def _written(name: str) -> str:
    if name == "supported_ids":
        return "supports"
    return re.sub("_id$", "", re.sub("_ids$", "s", name))


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _described(error: ValidationError) -> str:
    # A field that may be left alone is a union; that it could also have been left alone is no advice.
    problems = [each for each in error.errors() if not str(each["loc"][-1]).startswith("enum[Unset]")]
    first = problems[0] if problems else error.errors()[0]
    parts = [_written(str(part)) for part in first["loc"][1:] if re.fullmatch(r"[a-z_]+|\d+", str(part))]
    types = {"str", "int", "float", "decimal", "date", "datetime", "bool"}
    return f"{'.'.join(part for part in parts if part not in types)}: {first['msg']}"


def _in_universal_time(command: Command) -> Command:
    effective_at = getattr(command, "effective_at", None)
    if not isinstance(effective_at, datetime):
        return command
    if effective_at.tzinfo is None:
        raise UnreadableCommandError("effective_at: a time needs its offset from UTC, such as Z")
    changed: Any = command
    return dataclasses.replace(changed, effective_at=effective_at.astimezone(UTC))  # type: ignore[no-any-return]
