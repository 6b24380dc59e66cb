"""Recognitions: somebody says in front of everybody what others did well, about a thing or about none.

A recognition has a stream of its own. It is not changed, only withdrawn; its text then stays in the history.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, assert_never

from events.envelope import Context, Occurrence
from events.rejection import RejectionCode, refuse

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognizePeople:
    """Recognize others for something."""

    recognition_id: str
    person_ids: tuple[str, ...]
    text: str
    subject_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRecognition:
    """Take a recognition back."""

    recognition_id: str


RecognitionCommand = RecognizePeople | WithdrawRecognition

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleRecognized:
    """Somebody recognized others."""

    recognition_id: str
    person_ids: tuple[str, ...]
    text: str
    subject_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionWithdrawn:
    """A recognition was taken back."""

    recognition_id: str


RecognitionEvent = PeopleRecognized | RecognitionWithdrawn

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """A recognition as of some position; `position` and `recognized_at` are those of its first event."""

    recognition_id: str
    person_ids: tuple[str, ...]
    text: str
    subject_id: str | None
    author_id: str
    position: int
    recognized_at: datetime
    withdrawn_at: datetime | None = None


class RecognitionFacts(Protocol):
    """What a decision about a recognition asks of the rest of the organization."""

    def recognition(self, recognition_id: str) -> Recognition | None:
        """Answer a recognition."""
        ...

    def is_praiseworthy(self, thing_id: str) -> bool:
        """Say whether there is such a thing and people may be recognized for it."""
        ...

    def has_person(self, person_id: str) -> bool:
        """Say whether a person exists and was not erased."""
        ...


# --- rejections


def _check_people(person_ids: Sequence[str], facts: RecognitionFacts, context: Context) -> None:
    if not person_ids:
        raise refuse(RejectionCode.REQUIRED, "somebody is recognized", "personIds")
    for index, person_id in enumerate(person_ids):
        if not facts.has_person(person_id):
            raise refuse(RejectionCode.NOT_FOUND, "no such person", "personIds", str(index))
        if person_id == context.actor_id:
            raise refuse(RejectionCode.INVALID, "nobody recognizes themselves", "personIds", str(index))


# --- decide


def decide(command: RecognitionCommand, facts: RecognitionFacts, context: Context) -> list[RecognitionEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: the id is taken or unknown, the text is empty, or nobody, somebody unknown or the actor is recognized.
    """
    known = facts.recognition(command.recognition_id)
    match command:
        case RecognizePeople():
            if known is not None:
                raise refuse(RejectionCode.ID_TAKEN, "a recognition with this id exists already", "id")
            if command.subject_id is not None and not facts.is_praiseworthy(command.subject_id):
                raise refuse(RejectionCode.NOT_FOUND, "no such thing", "subjectId")
            if not command.text.strip():
                raise refuse(RejectionCode.REQUIRED, "must not be empty", "text")
            _check_people(command.person_ids, facts, context)
            return [
                PeopleRecognized(
                    recognition_id=command.recognition_id,
                    person_ids=tuple(dict.fromkeys(command.person_ids)),
                    text=command.text,
                    subject_id=command.subject_id,
                )
            ]
        case WithdrawRecognition():
            if known is None:
                raise refuse(RejectionCode.NOT_FOUND, "no such recognition", "recognitionId")
            return [] if known.withdrawn_at else [RecognitionWithdrawn(recognition_id=known.recognition_id)]
        case _:
            assert_never(command)


# --- evolve


def evolve(known: Recognition | None, event: RecognitionEvent, occurrence: Occurrence) -> Recognition:
    """Answer the recognition after an event."""
    match event:
        case PeopleRecognized():
            return Recognition(
                recognition_id=event.recognition_id,
                person_ids=event.person_ids,
                text=event.text,
                subject_id=event.subject_id,
                author_id=occurrence.actor_id,
                position=occurrence.position,
                recognized_at=occurrence.recorded_at,
            )
        case RecognitionWithdrawn():
            if known is None:
                raise ValueError("a recognition is withdrawn before it is given")
            return replace(known, withdrawn_at=occurrence.recorded_at)
        case _:
            assert_never(event)
