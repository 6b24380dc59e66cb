"""Recognitions: given and withdrawn; and what is refused."""

import pytest

from events.person import ErasePerson, InvitePerson
from events.recognition import PeopleRecognized, RecognitionWithdrawn, RecognizePeople, WithdrawRecognition
from events.rejection import RejectionCode
from tests.support.given import Company, running_quarter


def given(recognition_id: str = "thanks", **values: object) -> RecognizePeople:
    fields = {"recognition_id": recognition_id, "person_ids": ("max",), "text": "Well done", **values}
    return RecognizePeople(**fields)  # type: ignore[arg-type]


@pytest.fixture
def company() -> Company:
    return running_quarter()


def test_people_are_recognized_for_a_thing_or_for_none(company: Company) -> None:
    assert company.do(given(person_ids=("max", "max"))) == [
        PeopleRecognized(recognition_id="thanks", person_ids=("max",), text="Well done")
    ]
    for thing in ("trust", "replies", "q3"):
        assert len(company.do(given(f"for {thing}", subject_id=thing))) == 1
    assert company.facts.recognitions["for trust"].author_id == "ada"


def test_a_recognition_is_withdrawn_once(company: Company) -> None:
    company.do(given())
    command = WithdrawRecognition(recognition_id="thanks")
    assert company.do(command) == [RecognitionWithdrawn(recognition_id="thanks")]
    assert company.do(command) == []
    assert company.facts.recognitions["thanks"].withdrawn_at == company.events[-1][1].recorded_at


def test_what_does_not_fit_is_refused(company: Company) -> None:
    company.do(given())
    company.do(InvitePerson(person_id="ivo", sealed="c2VhbGVk"))
    company.do(ErasePerson(person_id="ivo"))
    for command, code, path in (
        (given(), RejectionCode.ID_TAKEN, ("id",)),
        (given("x", text=" "), RejectionCode.REQUIRED, ("text",)),
        (given("x", person_ids=()), RejectionCode.REQUIRED, ("personIds",)),
        (given("x", person_ids=("max", "nobody")), RejectionCode.NOT_FOUND, ("personIds", "1")),
        (given("x", person_ids=("ivo",)), RejectionCode.NOT_FOUND, ("personIds", "0")),
        (given("x", person_ids=("max", "ada")), RejectionCode.INVALID, ("personIds", "1")),
        (given("x", subject_id="nothing"), RejectionCode.NOT_FOUND, ("subjectId",)),
        (given("x", subject_id="thanks"), RejectionCode.NOT_FOUND, ("subjectId",)),
        (WithdrawRecognition(recognition_id="x"), RejectionCode.NOT_FOUND, ("recognitionId",)),
    ):
        assert company.refusal(command) == (code, path)
