"""Who the demo company is: its people, its teams, and who pursues which objective in which quarter."""

from dataclasses import dataclass

NAME = "Fernweh Sales"
TIME_ZONE = "Europe/Berlin"
ORGANIZATION_ID = "organization_01jgfjjz00ehtsrf388yf729jp"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """One person; `optimism` shifts what they report: above 0 they see things too rosily.

    `remarks` is the language of their comments.
    """

    key: str
    name: str
    role: str
    teams: tuple[str, ...]
    optimism: float = 0.0
    remarks: str = "en"

    @property
    def email(self) -> str:
        """The address, in a domain that is reserved for examples."""
        return f"{self.key}@fernweh.example"


PEOPLE = (
    DemoPerson(key="anna", name="Anna Berg", role="ADMIN", teams=("sales",)),
    DemoPerson(key="daniel", name="Daniel Okafor", role="MEMBER", teams=("sales", "new-business"), optimism=0.1),
    DemoPerson(key="sofia", name="Sofia Rossi", role="MEMBER", teams=("new-business",), optimism=0.2),
    DemoPerson(key="james", name="James Carter", role="MEMBER", teams=("new-business",), optimism=-0.05),
    DemoPerson(key="mei", name="Mei Lin", role="MEMBER", teams=("partners", "new-business"), remarks="zh"),
    DemoPerson(key="elena", name="Elena Sokolova", role="MEMBER", teams=("partners",), optimism=-0.15, remarks="ru"),
    DemoPerson(key="petr", name="Petr Novák", role="MEMBER", teams=("operations", "new-business"), remarks="cs"),
    DemoPerson(key="priya", name="Priya Nair", role="MEMBER", teams=("customer-care",), optimism=0.05),
    DemoPerson(key="lucas", name="Lucas Meyer", role="MEMBER", teams=("operations",), optimism=0.25),
    DemoPerson(key="hana", name="Hana Kim", role="MEMBER", teams=("customer-care", "operations")),
    DemoPerson(key="tom", name="Tom Fischer", role="VIEWER", teams=()),
    DemoPerson(key="ruth", name="Ruth Adler", role="AUDITOR", teams=()),
)

TEAMS = (
    ("sales", "Sales", None, "anna"),
    ("new-business", "New Business", "sales", "daniel"),
    # Moved to the top of the tree and renamed during the year; see `incidents.py`.
    ("partners", "Channel Partners", "new-business", "mei"),
    ("customer-care", "Customer Care", "sales", "priya"),
    ("operations", "Sales Operations", "sales", "petr"),
)
"""Key, name, parent and lead of each team, parents first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where one published objective goes: `quarter` counts from 0, None is the whole year.

    `owners` own the key results in turn; `parent` is what the objective is aligned to.
    """

    objective: str
    quarter: int | None
    team: str
    owner: str
    owners: tuple[str, ...]
    parent: str | None = None
    ambition: str = "ASPIRATIONAL"
    visibility: str = "ORGANIZATION"
    driver: str = "KEY_RESULTS"
    labels: tuple[str, ...] = ()


PLACEMENTS = (
    Placement(objective="revenue", quarter=None, team="sales", owner="anna", owners=("anna", "daniel"), labels=("growth",)),
    Placement(
        objective="early-nurture", quarter=0, team="new-business", owner="sofia", owners=("sofia", "james"), parent="revenue"
    ),
    Placement(objective="pitch-quality", quarter=0, team="new-business", owner="daniel", owners=("james", "daniel")),
    Placement(
        objective="smb-cycle",
        quarter=0,
        team="new-business",
        owner="james",
        owners=("james", "sofia"),
        parent="early-nurture-1",
    ),
    Placement(
        objective="crm-analytics",
        quarter=0,
        team="operations",
        owner="petr",
        owners=("petr", "lucas"),
        ambition="COMMITTED",
        labels=("crm",),
    ),
    Placement(objective="onboarding", quarter=0, team="operations", owner="lucas", owners=("lucas",), ambition="COMMITTED"),
    Placement(objective="churn-minus-2", quarter=0, team="customer-care", owner="priya", owners=("priya", "hana")),
    Placement(
        objective="channel-partners",
        quarter=1,
        team="partners",
        owner="mei",
        owners=("mei", "elena"),
        parent="revenue-1",
        labels=("growth", "partners"),
    ),
    Placement(
        objective="asia-hackable",
        quarter=1,
        team="partners",
        owner="elena",
        owners=("elena",),
        parent="channel-partners",
        labels=("asia",),
    ),
    Placement(objective="cut-spend", quarter=1, team="operations", owner="petr", owners=("petr", "lucas"), visibility="TEAM"),
    Placement(objective="talent-skills", quarter=1, team="operations", owner="lucas", owners=("lucas", "hana")),
    Placement(objective="csat-plus-10", quarter=1, team="customer-care", owner="priya", owners=("priya", "hana")),
    Placement(objective="inbound", quarter=1, team="new-business", owner="sofia", owners=("sofia", "james"), parent="revenue"),
    Placement(
        objective="sales-plus-10",
        quarter=2,
        team="sales",
        owner="daniel",
        owners=("daniel", "sofia"),
        parent="revenue",
        ambition="COMMITTED",
        driver="BOTH",
        labels=("growth",),
    ),
    Placement(
        objective="record-sales", quarter=2, team="new-business", owner="james", owners=("james",), parent="sales-plus-10"
    ),
    Placement(
        objective="crm-transparent",
        quarter=2,
        team="operations",
        owner="petr",
        owners=("petr", "hana"),
        parent="record-sales-3",
        labels=("crm",),
    ),
    Placement(
        objective="efficiency", quarter=2, team="operations", owner="hana", owners=("hana", "petr"), parent="crm-transparent"
    ),
    Placement(objective="upsell", quarter=2, team="customer-care", owner="priya", owners=("priya", "hana"), parent="revenue"),
    Placement(
        objective="asia",
        quarter=2,
        team="partners",
        owner="elena",
        owners=("elena", "mei"),
        parent="revenue",
        labels=("asia", "partners"),
    ),
    Placement(
        objective="sales-plus-20",
        quarter=3,
        team="sales",
        owner="daniel",
        owners=("daniel", "sofia"),
        parent="revenue-1",
        driver="BOTH",
        labels=("growth",),
    ),
    Placement(
        objective="acquisition",
        quarter=3,
        team="new-business",
        owner="sofia",
        owners=("sofia", "james"),
        parent="sales-plus-20",
        labels=("growth",),
    ),
    Placement(
        objective="pipeline", quarter=3, team="new-business", owner="petr", owners=("petr", "james"), parent="acquisition-2"
    ),
    Placement(
        objective="referrals", quarter=3, team="new-business", owner="james", owners=("james", "mei"), parent="pipeline-2"
    ),
    Placement(
        objective="csat-90", quarter=3, team="customer-care", owner="priya", owners=("priya", "hana"), ambition="COMMITTED"
    ),
    Placement(objective="sales-talent", quarter=3, team="sales", owner="anna", owners=("anna",), visibility="PRIVATE"),
)

CARRIED_OVER = (
    (1, "early-nurture", "early-nurture-again"),
    (1, "crm-analytics", "crm-analytics-again"),
    (1, "pitch-quality", "pitch-quality-again"),
    (1, "churn-minus-2", "churn-minus-2-again"),
    (2, "channel-partners", "channel-partners-again"),
    (2, "inbound", "inbound-again"),
    (2, "csat-plus-10", "csat-plus-10-again"),
    (2, "cut-spend", "cut-spend-again"),
    (2, "early-nurture-again", "early-nurture-once-more"),
    (3, "asia", "asia-again"),
    (3, "upsell", "upsell-again"),
    (3, "record-sales", "record-sales-again"),
    (3, "efficiency", "efficiency-again"),
    (3, "channel-partners-again", "channel-partners-once-more"),
)
"""Into which quarter, which objective, and the key of its successor."""
