"""The import of a table: each row is compared with what there is, and only what differs becomes commands."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from events.identifier import Noun, is_identifier, noun_of
from events.rejection import Rejected, Rejection, RejectionCode
from projections import key_results, objectives, organizations
from projections.editable_field import EditableField, EditableNoun, FieldKind
from projections.editable_references import load_references
from projections.lens import Lens
from projections.names import TooManyPeopleError
from projections.reader import Reader
from schema.table_door import PlannedRow, TablePlan, TableProblem, TableRequest
from service.tables.cells import CellError, Named, read_cell
from service.tables.check_ins import CheckInRules, beginning, day_of
from service.tables.columns import KEY, Columns, arranged
from service.tables.key_results import KeyResultRules
from service.tables.noun_rules import Asked, NounRules, Surroundings
from service.tables.objectives import ObjectiveRules
from service.tables.people import PeopleRules
from service.tables.reading import read_sheet
from service.tables.sheet import Sheet, SheetError, SheetRow, TableLimits

_KEY_LENGTH = 200
_RULES: Mapping[EditableNoun, Callable[[], NounRules]] = {
    EditableNoun.PEOPLE: PeopleRules,
    EditableNoun.OBJECTIVES: ObjectiveRules,
    EditableNoun.KEY_RESULTS: KeyResultRules,
    EditableNoun.CHECK_INS: CheckInRules,
}


class TableImports:
    """Reads files and plans what they ask for; nothing is written here."""

    def __init__(self, limits: TableLimits | None = None) -> None:
        self._limits = limits or TableLimits()

    @property
    def problem_limit(self) -> int:
        """How many problems are told."""
        return self._limits.problems

    async def plan(
        self, request: TableRequest, reader: Reader, lens: Lens, now: datetime, *, shows_addresses: bool
    ) -> TablePlan:
        """Compare a file with what the reader sees at a lens. Nothing is raised for what a file holds: it has problems."""
        try:
            # Elsewhere, for it may take a while, and others are served meanwhile.
            sheet = await asyncio.to_thread(read_sheet, request.content, request.sheet, self._limits.sheet)
            references = await load_references(reader, lens, shows_addresses=shows_addresses)
        except SheetError as error:
            return TablePlan(problems=(TableProblem(code=error.code, message=error.message, row=error.row),))
        except TooManyPeopleError:
            problem = TableProblem(code=RejectionCode.LIMIT_EXCEEDED, message="the organization has too many people for tables")
            return TablePlan(problems=(problem,))
        settings = await organizations.settings(reader, lens)
        around = Surroundings(
            reader=reader,
            lens=lens,
            now=now,
            time_zone="UTC" if settings is None else settings.time_zone,
            references=references,
        )
        return await _Planning(_RULES[request.noun](), around).run(sheet, request)


@dataclass(slots=True)
class _Read:
    """A row whose cells are read. References are still as they were written."""

    number: int
    values: dict[str, Any]
    is_sound: bool = True


class _Planning:
    """One import on its way to a plan."""

    def __init__(self, rules: NounRules, around: Surroundings) -> None:
        self._rules = rules
        self._around = around
        self._fields = {each.name: each for each in rules.fields}
        self._problems: list[TableProblem] = []
        self._columns = Columns(places={}, names={}, width=0, problems=())

    async def run(self, sheet: Sheet, request: TableRequest) -> TablePlan:
        """Answer the plan of a sheet."""
        known = (*self._fields, KEY) if self._rules.takes_keys else (*self._fields,)
        self._columns = arranged(sheet.header, known, request.mapping)
        if self._columns.problems:
            return TablePlan(problems=self._columns.problems)
        rows = [self._read(each) for each in sheet.rows]
        await self._resolve(rows)
        asked = await self._identify([each for each in rows if each.is_sound])
        planned, created, updated = self._decide(asked)
        self._problems.sort(key=lambda each: each.row or 0)
        return TablePlan(
            rows=tuple(planned),
            created_count=created,
            updated_count=updated,
            unchanged_count=len(asked) - created - updated,
            problems=tuple(self._problems),
            columns=self._columns.names,
            person_keys=dict(getattr(self._rules, "person_keys", {})),
        )

    # --- cells

    def _read(self, row: SheetRow) -> _Read:
        read = _Read(number=row.number, values={})
        if any(each is not None for each in row.cells[self._columns.width :]):
            self._problem(read, RejectionCode.INVALID, "there are more cells than columns", None)
        for name, place in self._columns.places.items():
            cell = row.cells[place] if place < len(row.cells) else None
            try:
                read.values[name] = read_cell(cell, self._fields.get(name, _KEY_FIELD))
            except CellError as error:
                self._problem(read, RejectionCode.INVALID, str(error), name)
        return read

    def _problem(self, read: _Read | Asked, code: RejectionCode, message: str, name: str | None) -> None:
        if isinstance(read, _Read):
            read.is_sound = False
        column = None if name is None else self._columns.names.get(name)
        self._problems.append(TableProblem(code=code, message=message, row=read.number, column=column))

    def _reject(self, read: _Read | Asked, rejections: Sequence[Rejection]) -> None:
        for each in rejections:
            self._problem(read, each.code, each.message, each.path[-1] if each.path else None)

    # --- references

    async def _resolve(self, rows: Sequence[_Read]) -> None:
        """Put identifiers where references are written, and note what is referred to and seen."""
        references = [each for each in self._fields.values() if each.noun is not None and each.name in self._columns.places]
        for row in rows:
            for each in references:
                value = row.values.get(each.name)
                if isinstance(value, Named):
                    row.values[each.name] = self._resolved(row, each, value.text)
                elif isinstance(value, tuple):
                    written = cast("tuple[Named, ...]", value)
                    row.values[each.name] = tuple(self._resolved(row, each, one.text) for one in written)
        await self._see_objectives(rows)
        await self._see_key_results(rows)

    def _resolved(self, row: _Read, reference: EditableField[Any], text: str) -> str | None:
        noun = reference.noun or Noun.OBJECTIVE
        if noun in (Noun.OBJECTIVE, Noun.KEY_RESULT):
            # What has a key is found by it; whether it is there is asked for all of them at once.
            return text if is_identifier(text, noun) else self._around.keyed(noun, text)
        found = self._around.references.find(noun, text)
        if len(found) != 1:
            of = "people have" if noun is Noun.PERSON else f"{noun}s have"
            message = f"several {of} this name: name one by its id" if found else f"no such {noun}"
            self._problem(row, RejectionCode.INVALID if found else RejectionCode.NOT_FOUND, message, reference.name)
            return None
        return found[0]

    async def _see_objectives(self, rows: Sequence[_Read]) -> None:
        ids = self._ids(rows, "objective")
        if ids:
            seen = await objectives.by_ids(self._around.reader, self._around.lens, ids)
            self._around = replace(self._around, objective_ids=frozenset(seen))
            self._require(rows, "objective", seen, "objective")

    async def _see_key_results(self, rows: Sequence[_Read]) -> None:
        ids = self._ids(rows, "key_result")
        if ids:
            seen = await key_results.by_ids(self._around.reader, self._around.lens, ids)
            self._around = replace(self._around, key_results=seen)
            self._require(rows, "key_result", seen, "key result")

    def _ids(self, rows: Sequence[_Read], name: str) -> list[str]:
        return sorted({each.values[name] for each in rows if each.values.get(name)}) if name in self._fields else []

    def _require(self, rows: Sequence[_Read], name: str, seen: Mapping[str, Any], noun: str) -> None:
        for each in rows:
            if each.values.get(name) and each.values[name] not in seen:
                self._problem(each, RejectionCode.NOT_FOUND, f"no such {noun}", name)

    # --- identity

    async def _identify(self, rows: Sequence[_Read]) -> list[Asked]:
        """Find out what each row is about. Two rows about one thing are a mistake in the file."""
        ids: dict[int, str] = {}
        for row in rows:
            thing_id = self._named_id(row)
            if thing_id is not None:
                ids[row.number] = thing_id
        things = await self._rules.by_ids(self._around, sorted(set(ids.values())))
        nameless = [row for row in rows if row.is_sound and row.number not in ids]
        found = await self._rules.identified(self._around, [row.values for row in nameless])
        identities: dict[int, tuple[str, Any]] = {number: (each, things.get(each)) for number, each in ids.items()}
        for row, each in zip(nameless, found, strict=True):
            if isinstance(each, Rejected):
                self._reject(row, each.rejections)
            else:
                identities[row.number] = each
        first: dict[str, int] = {}
        asked: list[Asked] = []
        for row in rows:
            if not row.is_sound or row.number not in identities:
                continue
            thing_id, thing = identities[row.number]
            if thing_id in first:
                self._problem(row, RejectionCode.INVALID, f"row {first[thing_id]} is about the same", None)
            elif thing is None and row.values.get("id"):
                self._problem(row, RejectionCode.NOT_FOUND, "no such thing; leave the id empty to make one", "id")
            else:
                asked.append(Asked(number=row.number, values=row.values, thing_id=thing_id, thing=thing))
            first.setdefault(thing_id, row.number)
        return asked

    def _named_id(self, row: _Read) -> str | None:
        given, key = row.values.get("id"), row.values.get(KEY)
        if given:
            if noun_of(given.strip()) is not self._rules.noun:
                self._problem(row, RejectionCode.NOT_FOUND, "no such thing; leave the id empty to make one", "id")
            return str(given.strip())
        if key and len(key.strip()) > _KEY_LENGTH:
            self._problem(row, RejectionCode.LIMIT_EXCEEDED, f"a key has at most {_KEY_LENGTH} characters", KEY)
        return self._around.keyed(self._rules.noun, key.strip()) if key and key.strip() else None

    # --- commands

    def _decide(self, asked: Sequence[Asked]) -> tuple[list[PlannedRow], int, int]:
        planned: list[PlannedRow] = []
        created = updated = 0
        for each in asked:
            before = len(self._problems)
            try:
                settled = self._settled(each)
                changed = self._changed(settled)
                if settled.thing is not None and not changed:
                    continue
                if len(self._problems) > before:
                    continue
                if settled.thing is None:
                    commands = self._rules.create(self._around, settled)
                    created += 1
                else:
                    commands = self._rules.change(self._around, settled, changed, settled.values.get("version"))
                    updated += 1
            except Rejected as rejected:
                self._reject(each, rejected.rejections)
                continue
            planned.append(PlannedRow(number=each.number, commands=tuple(commands)))
        return planned, created, updated

    def _settled(self, asked: Asked) -> Asked:
        """Make an instant of a day: the one that is there if it lies on that day, or else its beginning."""
        measured = asked.values.get("effective_at")
        if not isinstance(measured, date) or isinstance(measured, datetime):
            return asked
        zone = self._around.time_zone
        current = None if asked.thing is None else self._fields["effective_at"].read(asked.thing)
        is_there = current is not None and day_of(current, zone) == measured
        return replace(asked, values={**asked.values, "effective_at": current if is_there else beginning(measured, zone)})

    def _changed(self, asked: Asked) -> dict[str, Any]:
        """Answer what differs from the thing, or of a new one nothing; what cannot be so is a problem."""
        changed: dict[str, Any] = {}
        for name, value in asked.values.items():
            known = self._fields.get(name)
            if known is None or name in ("id", "version"):
                continue
            if asked.thing is None:
                if known.is_needed and _is_empty(value):
                    self._problem(asked, RejectionCode.REQUIRED, "must not be empty", name)
                continue
            if _is_same(value, known.read(asked.thing)) or (known.is_kept and _is_empty(value)):
                continue
            if known.is_only_shown:
                self._problem(asked, RejectionCode.INVALID, "only shown here: change it where it belongs", name)
            elif known.is_needed and _is_empty(value):
                self._problem(asked, RejectionCode.REQUIRED, "must not be empty", name)
            changed[name] = value
        if asked.thing is None:
            missing = [each for each in self._fields.values() if each.is_needed and each.name not in asked.values]
            for each in missing:
                self._problem(asked, RejectionCode.REQUIRED, f"a new row needs a column for {each.name}", None)
        return changed


_KEY_FIELD: EditableField[Any] = EditableField(name=KEY, kind=FieldKind.TEXT, meaning="", read=lambda _: None)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", ())


def _is_same(value: Any, current: Any) -> bool:
    if _is_empty(value) or _is_empty(current):
        return _is_empty(value) and _is_empty(current)
    return bool(value == current)
