"""Mutations of recognitions: inputs and the commands that they become."""

import strawberry

from events.identifier import Noun
from events.recognition import RecognizePeople, WithdrawRecognition
from schema.act import Plan, Step
from schema.commentable import COMMENTABLE_NOUNS
from schema.context import Context
from schema.input import MutationInput, all_known, fresh, given, known, known_of, optional, required
from schema.payload import RecognitionPayload, mutation

_ABOUT = tuple(noun for noun in COMMENTABLE_NOUNS if noun is not Noun.RECOGNITION)

# --- inputs


@strawberry.input(description="Input of recognitionCreate.")
class RecognitionCreateInput(MutationInput):
    """Input of recognitionCreate."""

    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    person_ids: list[strawberry.ID] = required("Who is recognized: others than oneself, who may see what it is for.")
    text: str = required("What they did well, plain.")
    subject_id: strawberry.ID | None = optional("What it is for; who may see that sees the recognition. Absent: everybody.")


@strawberry.input(description="Input of recognitionWithdraw.")
class RecognitionWithdrawInput(MutationInput):
    """Input of recognitionWithdraw."""

    recognition_id: strawberry.ID = required("Which.")


# --- commands


async def _create(values: RecognitionCreateInput, context: Context) -> Plan:
    subject_id = given(values.subject_id)
    command = RecognizePeople(
        recognition_id=fresh(values.id, Noun.RECOGNITION, context.now, "id"),
        person_ids=all_known(values.person_ids, Noun.PERSON, "personIds"),
        text=values.text,
        subject_id=None if subject_id is None else known_of(subject_id, _ABOUT, "subjectId"),
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


async def _withdraw(values: RecognitionWithdrawInput, _: Context) -> Plan:
    return Plan.of(WithdrawRecognition(recognition_id=known(values.recognition_id, Noun.RECOGNITION, "recognitionId")))


# --- mutations


@strawberry.type
class RecognitionMutations:
    """Mutations of recognitions."""

    recognition_create = mutation(_create, RecognitionPayload, "Recognizes people in front of everybody who may see what for.")
    recognition_withdraw = mutation(_withdraw, RecognitionPayload, "Withdraws a recognition; its text stays in its history.")
