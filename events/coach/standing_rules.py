"""Rules on what is reported of key results."""

from events.check_in import CheckInStatus
from events.coach.finding import FindingCode, FindingSeverity, Remark
from events.coach.rule import Rule
from events.coach.subject import Standing

SURE = 0.9
"""A confidence above this at the first check-in says that the target asks for too little."""
UNSURE = 0.4
"""A confidence below this has a reason, which others could help with."""
FLAT_DAYS = 28


def _sandbagging(standing: Standing) -> Remark | None:
    confidence = standing.confidence
    if standing.check_in_count != 1 or confidence is None or confidence <= SURE:
        return None
    return Remark(path=("confidence",), facts={"confidence": confidence, "title": standing.title, "bound": SURE})


def _low_confidence_without_blocker(standing: Standing) -> Remark | None:
    confidence = standing.confidence
    if standing.check_in_count == 0 or confidence is None or confidence >= UNSURE or standing.has_blockers:
        return None
    return Remark(path=("blockers",), facts={"confidence": confidence, "title": standing.title, "bound": UNSURE})


def _on_track_but_flat(standing: Standing) -> Remark | None:
    """Look for good news that do not move; what is reached, or is held, may stay where it is."""
    is_open = standing.progress is not None and standing.progress < 1
    if standing.status is not CheckInStatus.ON_TRACK or standing.flat_days < FLAT_DAYS or not is_open:
        return None
    return Remark(path=("status",), facts={"days": standing.flat_days, "title": standing.title})


STANDING_RULES: tuple[Rule[Standing], ...] = (
    Rule(
        code=FindingCode.SANDBAGGING,
        severity=FindingSeverity.WARNING,
        source="Google's OKR playbook (whatmatters.com), sandbagging; Christina Wodtke: Radical Focus (2016), confidence",
        look=_sandbagging,
    ),
    Rule(
        code=FindingCode.LOW_CONFIDENCE_WITHOUT_BLOCKER,
        severity=FindingSeverity.WARNING,
        source="OpenOKR METHOD: low confidence names its blocker; Christina Wodtke: Radical Focus (2016), confidence",
        look=_low_confidence_without_blocker,
    ),
    Rule(
        code=FindingCode.ON_TRACK_BUT_FLAT,
        severity=FindingSeverity.WARNING,
        source="OpenOKR METHOD: the reported status against the data",
        look=_on_track_but_flat,
    ),
)
