"""What people write into their check-ins and reviews, in their own languages."""

from random import Random

COMMENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "ON_TRACK": (
            "Going as planned.",
            "Good week: two of the open questions are answered.",
            "The new template works; replies come within a day.",
            "Numbers are from the CRM export of Friday morning.",
            "Ahead of the plan, mostly thanks to the trade press article 🎉",
            "Steady. Nothing to decide this week.",
        ),
        "AT_RISK": (
            "Behind the plan: two deals slipped into next month.",
            "Holiday season, half the team is away.",
            "The tool was down for three days, so fewer calls than planned.",
            "We changed the way we count; the figure is comparable, I checked.",
            "Procurement on the customer's side takes longer than we thought.",
        ),
        "OFF_TRACK": (
            "We will not reach this without another pair of hands.",
            "No movement for weeks. Proposal: stop the outreach to cold contacts.",
            "The largest account has put everything on hold.",
            "Honestly: nobody worked on this.",
        ),
    },
    "zh": {
        "ON_TRACK": ("按计划进行。", "本周签了两家合作伙伴。", "客户反馈很好，继续保持。"),
        "AT_RISK": ("进度比计划慢，合同还在法务。", "假期影响，回复较慢。"),
        "OFF_TRACK": ("没有进展，需要更多支持。", "合作伙伴暂停了项目。"),
    },
    "ru": {
        "ON_TRACK": ("Идём по плану.", "Два партнёра подтвердили условия.", "Хорошая неделя, воронка растёт."),
        "AT_RISK": ("Отстаём: договоры задерживаются у юристов.", "Партнёр просит ещё две недели."),
        "OFF_TRACK": ("Без изменений. Нужен другой подход.", "Курс валюты съел весь результат."),
    },
    "cs": {
        "ON_TRACK": ("Jde to podle plánu.", "Nový přehled už všichni používají.", "Dobrý týden, data jsou z CRM."),
        "AT_RISK": ("Jsme pozadu, chybí nám vývojář.", "Čekáme na rozhodnutí dodavatele."),
        "OFF_TRACK": ("Bez posunu, priority se změnily.", "Takhle to do konce kvartálu nestihneme."),
    },
}
BLOCKERS = (
    "No access to the customer's data yet",
    "Legal has not answered for two weeks",
    "Budget for the event is not approved",
    "The integration partner has no capacity",
)
NEXT_STEPS = (
    "Call the ten largest open accounts",
    "Settle with finance how we count renewals",
    "Pair with a colleague on two demos",
    "Rewrite the first e-mail of the sequence",
    "Ask customer care for the complaints by cause",
)
ROOT_CAUSES = (
    "We began too late: half the quarter went into agreeing on the figures.",
    "The result hung on one large account that we did not control.",
    "We measured activity and hoped for the outcome.",
    "Two of four people were moved to another project.",
)
LEARNED = (
    "Weekly figures beat monthly ones: we saw the dip early enough to act.",
    "Fewer key results next time; the third one got no attention.",
    "Customers answer when the request comes from the person they know.",
    "A target without a baseline is a wish. Measure first.",
    "The last week cannot carry the whole quarter.",
)


def comment(language: str, status: str, random: Random) -> str:
    """Choose a comment that fits a status."""
    return random.choice(COMMENTS[language][status])
