"""A running cycle in which anything may happen: the log as it grows, and what stood after each act."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

from events.cycle import ActivateCycle, CreateCycle
from events.identifier import Noun, derive_identifier, format_identifier
from events.key_result import AddKeyResult
from events.metric import Metric, MetricKind, Unit
from events.objective import ActivateObjective, CreateObjective, ProgressDriver
from events.organization import CreateOrganization
from events.person import InvitePerson, Role
from events.rejection import Rejected
from events.team import CreateTeam
from tests.support.chronicle import Chronicle
from tests.support.curve_model import Snapshot, snapshot
from tests.support.random_identifiers import SEED

KICK_OFF = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
ADA = derive_identifier(Noun.PERSON, SEED, "ada")


def named(noun: Noun, name: str) -> str:
    return derive_identifier(noun, SEED, name)


class Story:
    """An organization with a running cycle, two objectives that count all their parts, and what then happens."""

    def __init__(self) -> None:
        self.chronicle = Chronicle(uuid4())
        self.chronicle.at = KICK_OFF
        self.snapshots: list[Snapshot] = []
        cycle_id, team_id = named(Noun.CYCLE, "cycle"), named(Noun.TEAM, "team")
        organization_id = format_identifier(Noun.ORGANIZATION, self.chronicle.organization_id)
        self.do(
            CreateOrganization(organization_id=organization_id, name="Company", time_zone="Europe/Prague"),
            InvitePerson(person_id=ADA, sealed="c2VhbGVk", role=Role.ADMIN),
            actor_id="system",
        )
        self.do(CreateTeam(team_id=team_id, name="Everybody", parent_id=None, lead_id=None))
        self.do(CreateCycle(cycle_id=cycle_id, name="Q2", starts_on=date(2026, 4, 1), ends_on=date(2026, 6, 30)))
        self.do(ActivateCycle(cycle_id=cycle_id))
        parent_ids: tuple[str, ...] = ()
        for name in ("above", "below"):
            objective_id = named(Noun.OBJECTIVE, name)
            self.do(
                CreateObjective(
                    objective_id=objective_id,
                    cycle_id=cycle_id,
                    title=name,
                    team_id=team_id,
                    driver=ProgressDriver.BOTH,
                    parent_ids=parent_ids,
                ),
                *(
                    AddKeyResult(
                        key_result_id=named(Noun.KEY_RESULT, f"{name} {end}"),
                        objective_id=objective_id,
                        title=f"{name} to {end}",
                        metric=Metric(kind=MetricKind.INCREASE, unit=Unit.PERCENT, start=Decimal(0), target=Decimal(end)),
                    )
                    for end in (30, 70)
                ),
                ActivateObjective(objective_id=objective_id),
            )
            parent_ids = (objective_id,)

    def do(self, *wanted: object, actor_id: str = ADA, reason: object = None) -> None:
        """Carry out an act if the rules allow it."""
        try:
            self.chronicle.do(*wanted, actor_id=actor_id, reason=reason)  # type: ignore[arg-type]
        except Rejected:
            return
        self.snapshots.append(snapshot(self.chronicle.facts, self.chronicle.at))
