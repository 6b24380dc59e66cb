"""Given, when, then for decisions: an organization in memory that commands are tried on."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from events.check_in import CheckInStatus, RecordCheckIn
from events.codec import encode
from events.command import Command
from events.cycle import ActivateCycle, CreateCycle
from events.decider import decide
from events.envelope import Context, Occurrence, Reason, ReasonCode
from events.event import Event
from events.facts import Facts
from events.folding import apply
from events.key_result import AddKeyResult
from events.limits import Limits
from events.metric import Metric, MetricKind, Unit
from events.objective import ActivateObjective, CreateObjective
from events.organization import CreateOrganization
from events.person import InvitePerson, Role
from events.rejection import Rejected, RejectionCode
from events.team import CreateTeam

KICK_OFF = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
BECAUSE = Reason(code=ReasonCode.NEW_INFORMATION)
REPLY_RATE = Metric(kind=MetricKind.INCREASE, unit=Unit.PERCENT, start=Decimal(5), target=Decimal(10))


class Company:
    """An organization with people `ada` (ADMIN) and `max` (MEMBER), team `sales` and cycle `q3`.

    Identifiers are plain words: decisions never look into them.
    """

    def __init__(self) -> None:
        self.facts = Facts(UUID(int=1))
        self.at = KICK_OFF
        self.position = 0
        self.actor_id = "ada"
        self.limits = Limits()
        self.events: list[tuple[Event, Occurrence]] = []
        self.do(CreateOrganization(organization_id="company", name="Company", time_zone="Europe/Prague"))
        self.do(InvitePerson(person_id="ada", sealed="sealed ada", role=Role.ADMIN))
        self.do(InvitePerson(person_id="max", sealed="sealed max"))
        self.do(CreateTeam(team_id="sales", name="Sales", lead_id="max"))
        self.do(CreateCycle(cycle_id="q3", name="Q3 2026", starts_on=date(2026, 7, 1), ends_on=date(2026, 9, 30)))
        self.do(CreateCycle(cycle_id="q4", name="Q4 2026", starts_on=date(2026, 10, 1), ends_on=date(2026, 12, 31)))

    def context(self, reason: Reason | None = None) -> Context:
        """The context of a command given now."""
        return Context(actor_id=self.actor_id, at=self.at, reason=reason, limits=self.limits)

    def when(self, command: Command, reason: Reason | None = None) -> Sequence[Event]:
        """Decide a command and change nothing."""
        return decide(command, self.facts, self.context(reason))

    def do(self, command: Command, reason: Reason | None = None) -> Sequence[Event]:
        """Decide a command and fold what happened."""
        self.at += timedelta(minutes=1)
        events = self.when(command, reason)
        for event in events:
            self.position += 1
            occurrence = Occurrence(
                position=self.position,
                recorded_at=self.at,
                effective_at=encode(event).effective_at or self.at,
                actor_id=self.actor_id,
            )
            apply(self.facts, event, occurrence)
            self.events.append((event, occurrence))
        self.facts.position = self.position
        return events

    def refusal(self, command: Command, reason: Reason | None = None) -> tuple[RejectionCode, tuple[str, ...]]:
        """Answer code and path of the first rejection of a command that must be refused."""
        before = self.facts.stream_versions.copy()
        try:
            events = self.when(command, reason)
        except Rejected as refused:
            assert dict(self.facts.stream_versions) == dict(before)
            return refused.rejections[0].code, refused.rejections[0].path
        message = f"accepted: {events}"
        raise AssertionError(message)

    # --- a running quarter

    def objective(self, objective_id: str = "trust", **fields: object) -> None:
        """Write down an active objective in the running cycle `q3`."""
        values = {"cycle_id": "q3", "title": "Build trust", "owner_id": "ada", "team_id": "sales"} | fields
        self.do(CreateObjective(objective_id=objective_id, **values))  # type: ignore[arg-type]
        self.do(ActivateObjective(objective_id=objective_id))
        if self.facts.cycles["q3"].phase == "PLANNING":
            self.do(ActivateCycle(cycle_id="q3"))

    def key_result(
        self, key_result_id: str = "replies", objective_id: str = "trust", metric: Metric = REPLY_RATE, weight: str = "1"
    ) -> None:
        """Add a key result."""
        self.do(
            AddKeyResult(
                key_result_id=key_result_id,
                objective_id=objective_id,
                title="Reply rate",
                metric=metric,
                weight=Decimal(weight),
            )
        )

    def check_in(self, check_in_id: str, value: str | None, key_result_id: str = "replies", **fields: object) -> None:
        """Check a key result in, ON_TRACK unless said otherwise."""
        self.do(
            RecordCheckIn(
                check_in_id=check_in_id,
                key_result_id=key_result_id,
                value=None if value is None else Decimal(value),
                **({"status": CheckInStatus.ON_TRACK} | fields),  # type: ignore[arg-type]
            )
        )

    def progress(self, key_result_id: str = "replies") -> Decimal | None:
        """The progress of a key result as it is now."""
        return self.facts.numbers[key_result_id].progress

    def objective_progress(self, objective_id: str = "trust") -> Decimal | None:
        """The progress of an objective as it is now."""
        return self.facts.number(self.facts.objectives[objective_id]).progress


def running_quarter() -> Company:
    """A company with the active objective `trust` and its key result `replies` (5 to 10 PERCENT)."""
    company = Company()
    company.objective()
    company.key_result()
    return company
