"""Facts: a fork changes nothing until it is absorbed, and folding again gives the same."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from events.alignment import AlignObjective
from events.check_in import CheckInStatus, RecordCheckIn
from events.envelope import Occurrence
from events.facts import Facts
from events.folding import apply
from events.key_result import RetargetKeyResult
from tests.support.given import BECAUSE, Company, running_quarter

NAMES = Facts.MAPPINGS


def contents(facts: Facts) -> dict[str, Any]:
    return {name: dict(getattr(facts, name)) for name in NAMES} | {"organization": facts.organization}


def check_in_on(facts: Facts, company: Company, check_in_id: str) -> None:
    outside = company.facts
    company.facts = facts
    company.do(RecordCheckIn(check_in_id=check_in_id, key_result_id="replies", value=Decimal(8), status=CheckInStatus.ON_TRACK))
    company.facts = outside


def test_a_dropped_fork_leaves_no_trace() -> None:
    company = running_quarter()
    before = contents(company.facts)
    check_in_on(company.facts.fork().fork(), company, "one")
    assert contents(company.facts) == before


def test_an_absorbed_fork_is_as_if_done_directly() -> None:
    company, direct = running_quarter(), running_quarter()
    batch = company.facts.fork()
    act = batch.fork()
    check_in_on(act, company, "one")
    batch.absorb(act)
    check_in_on(batch.fork(), company, "thrown away")
    company.facts.absorb(batch)
    check_in_on(direct.facts, direct, "one")
    assert contents(company.facts) == contents(direct.facts)


def test_folding_the_events_again_gives_the_same_facts() -> None:
    company = running_quarter()
    company.check_in("one", "7")
    company.objective("speed")
    company.do(AlignObjective(objective_id="speed", parent_id="replies"), BECAUSE)
    company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(12)), BECAUSE)
    again = Facts(UUID(int=1))
    for event, occurrence in company.events:
        apply(again, event, occurrence)
    assert contents(again) == contents(company.facts)


def test_streams_count_their_events() -> None:
    company = running_quarter()
    company.check_in("one", "7")
    company.check_in("two", "8")
    versions = company.facts.stream_versions
    assert (versions["replies"], versions["trust"], versions["company"]) == (2, 3, 1)


def test_an_event_before_its_beginning_is_an_error_of_the_log() -> None:
    company = running_quarter()
    retarget = company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(12)), BECAUSE)[0]
    empty = Facts(UUID(int=2))
    occurrence = Occurrence(position=1, recorded_at=company.at, effective_at=company.at, actor_id="ada")
    with pytest.raises(ValueError, match="before it is added"):
        apply(empty, retarget, occurrence)
