"""Rights: one table of who may do what, by role and by what a person is to the thing.

docs/permissions.md has it as a page, which `python -m events.permission` prints.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from events.person import Role


class Right(StrEnum):
    """What may be allowed."""

    CREATE_OBJECTIVE = "CREATE_OBJECTIVE"
    PUT_INTO_TEAM = "PUT_INTO_TEAM"
    CHANGE_OBJECTIVE = "CHANGE_OBJECTIVE"
    MANAGE_KEY_RESULTS = "MANAGE_KEY_RESULTS"
    CHANGE_KEY_RESULT = "CHANGE_KEY_RESULT"
    CHECK_IN = "CHECK_IN"
    CORRECT_CHECK_IN = "CORRECT_CHECK_IN"
    ACKNOWLEDGE_CHECK_IN = "ACKNOWLEDGE_CHECK_IN"
    SUPPORT_OBJECTIVE = "SUPPORT_OBJECTIVE"
    CHANGE_INITIATIVE = "CHANGE_INITIATIVE"
    CREATE_KPI = "CREATE_KPI"
    CHANGE_KPI = "CHANGE_KPI"
    RECORD_KPI_READING = "RECORD_KPI_READING"
    CORRECT_KPI_READING = "CORRECT_KPI_READING"
    CREATE_TEAM = "CREATE_TEAM"
    CHANGE_TEAM = "CHANGE_TEAM"
    ARCHIVE_TEAM = "ARCHIVE_TEAM"
    CHANGE_PERSON = "CHANGE_PERSON"
    MANAGE_PEOPLE = "MANAGE_PEOPLE"
    MANAGE_PROGRAMS = "MANAGE_PROGRAMS"
    MANAGE_CYCLES = "MANAGE_CYCLES"
    MANAGE_ORGANIZATION = "MANAGE_ORGANIZATION"
    MANAGE_CUSTOM_FIELDS = "MANAGE_CUSTOM_FIELDS"
    COMMENT = "COMMENT"
    EDIT_COMMENT = "EDIT_COMMENT"
    WITHDRAW_COMMENT = "WITHDRAW_COMMENT"
    RECOGNIZE = "RECOGNIZE"
    WITHDRAW_RECOGNITION = "WITHDRAW_RECOGNITION"
    MANAGE_TEMPLATES = "MANAGE_TEMPLATES"
    SEE_EVERYTHING = "SEE_EVERYTHING"


MEANINGS: Mapping[Right, str] = MappingProxyType(
    {
        Right.CREATE_OBJECTIVE: "create an objective; whoever creates it may name another owner",
        Right.PUT_INTO_TEAM: "create an objective in a team, or move one there",
        Right.CHANGE_OBJECTIVE: "change, activate, close, cancel, reopen, reorder, align or carry over an objective",
        Right.MANAGE_KEY_RESULTS: "add, drop, restore, replace or move a key result; a move needs it at both objectives",
        Right.CHANGE_KEY_RESULT: "update or retarget a key result, and say what it depends on",
        Right.CHECK_IN: "check in",
        Right.CORRECT_CHECK_IN: "correct or retract a check-in",
        Right.ACKNOWLEDGE_CHECK_IN: "acknowledge a check-in of others; its reviewers own the objective or lead its team",
        Right.SUPPORT_OBJECTIVE: "put an initiative, a new one too, behind an objective or a key result",
        Right.CHANGE_INITIATIVE: "change, start, end or reopen an initiative, its links, dependencies and what it supports",
        Right.CREATE_KPI: "create a KPI of a team, or move one there; one of the organization has no team lead",
        Right.CHANGE_KPI: "change, archive or restore a KPI",
        Right.RECORD_KPI_READING: "record a reading of a KPI, which key results may take as their value",
        Right.CORRECT_KPI_READING: "correct or retract a reading of a KPI",
        Right.CREATE_TEAM: "create a team below another, or move one there",
        Right.CHANGE_TEAM: "rename a team, change its lead and its members",
        Right.ARCHIVE_TEAM: "archive or restore a team",
        Right.CHANGE_PERSON: "change a name or an e-mail address",
        Right.MANAGE_PEOPLE: "invite, deactivate, reactivate and erase people, change roles, see e-mail addresses",
        Right.MANAGE_PROGRAMS: "register, change and retire programs, and make and end their tokens",
        Right.MANAGE_CYCLES: "create, change, advance and reopen cycles",
        Right.MANAGE_ORGANIZATION: "change the organization's settings",
        Right.MANAGE_CUSTOM_FIELDS: "define, change, archive and restore custom fields",
        Right.COMMENT: "comment on anything that one sees, and react to comments",
        Right.EDIT_COMMENT: "change a comment; nobody puts words into somebody else's mouth",
        Right.WITHDRAW_COMMENT: "withdraw a comment",
        Right.RECOGNIZE: "recognize people",
        Right.WITHDRAW_RECOGNITION: "withdraw a recognition",
        Right.MANAGE_TEMPLATES: "create, change, archive and restore templates, as a member or the lead of any team",
        Right.SEE_EVERYTHING: "see what is private, drafts, and the proof of the log",
    }
)
"""What each right is for, as docs/permissions.md says it."""


class Relation(StrEnum):
    """What a person is to a thing."""

    ANYBODY = "ANYBODY"
    OWNER = "OWNER"
    CREATOR = "CREATOR"
    CONTRIBUTOR = "CONTRIBUTOR"
    KEY_RESULT_OWNER = "KEY_RESULT_OWNER"
    OBJECTIVE_OWNER = "OBJECTIVE_OWNER"
    AUTHOR = "AUTHOR"
    REVIEWER = "REVIEWER"
    TEAM_LEAD = "TEAM_LEAD"
    TEAM_MEMBER = "TEAM_MEMBER"
    SELF = "SELF"


Relations = frozenset[Relation]
NO_RELATION: Relations = frozenset()


def _row(*of_members: Relation) -> Mapping[Role, Relations]:
    return MappingProxyType(
        {
            Role.ADMIN: frozenset({Relation.ANYBODY}),
            Role.MEMBER: frozenset(of_members),
            Role.VIEWER: NO_RELATION,
            Role.AUDITOR: NO_RELATION,
        }
    )


_ANSWERABLE = (Relation.OWNER, Relation.CREATOR, Relation.TEAM_LEAD)

TABLE: Mapping[Right, Mapping[Role, Relations]] = MappingProxyType(
    {
        Right.CREATE_OBJECTIVE: _row(Relation.ANYBODY),
        Right.PUT_INTO_TEAM: _row(Relation.TEAM_MEMBER, Relation.TEAM_LEAD),
        Right.CHANGE_OBJECTIVE: _row(*_ANSWERABLE),
        Right.MANAGE_KEY_RESULTS: _row(*_ANSWERABLE),
        Right.CHANGE_KEY_RESULT: _row(*_ANSWERABLE, Relation.KEY_RESULT_OWNER),
        Right.CHECK_IN: _row(*_ANSWERABLE, Relation.KEY_RESULT_OWNER, Relation.CONTRIBUTOR),
        Right.CORRECT_CHECK_IN: _row(*_ANSWERABLE, Relation.KEY_RESULT_OWNER, Relation.AUTHOR),
        Right.ACKNOWLEDGE_CHECK_IN: MappingProxyType({**_row(Relation.REVIEWER), Role.ADMIN: frozenset({Relation.REVIEWER})}),
        Right.SUPPORT_OBJECTIVE: _row(*_ANSWERABLE, Relation.KEY_RESULT_OWNER, Relation.CONTRIBUTOR),
        Right.CHANGE_INITIATIVE: _row(*_ANSWERABLE, Relation.OBJECTIVE_OWNER, Relation.KEY_RESULT_OWNER),
        Right.CREATE_KPI: _row(Relation.TEAM_LEAD),
        Right.CHANGE_KPI: _row(Relation.OWNER, Relation.TEAM_LEAD),
        Right.RECORD_KPI_READING: _row(Relation.OWNER, Relation.TEAM_LEAD),
        Right.CORRECT_KPI_READING: _row(Relation.OWNER, Relation.TEAM_LEAD, Relation.AUTHOR),
        Right.CREATE_TEAM: _row(Relation.TEAM_LEAD),
        Right.CHANGE_TEAM: _row(Relation.TEAM_LEAD),
        Right.ARCHIVE_TEAM: _row(),
        Right.CHANGE_PERSON: _row(Relation.SELF),
        Right.MANAGE_PEOPLE: _row(),
        Right.MANAGE_PROGRAMS: _row(),
        Right.MANAGE_CYCLES: _row(),
        Right.MANAGE_ORGANIZATION: _row(),
        Right.MANAGE_CUSTOM_FIELDS: _row(),
        Right.COMMENT: _row(Relation.ANYBODY),
        Right.EDIT_COMMENT: MappingProxyType({**_row(Relation.AUTHOR), Role.ADMIN: frozenset({Relation.AUTHOR})}),
        Right.WITHDRAW_COMMENT: _row(Relation.AUTHOR),
        Right.RECOGNIZE: _row(Relation.ANYBODY),
        Right.WITHDRAW_RECOGNITION: _row(Relation.AUTHOR),
        Right.MANAGE_TEMPLATES: _row(Relation.TEAM_MEMBER, Relation.TEAM_LEAD),
        Right.SEE_EVERYTHING: MappingProxyType({**_row(), Role.AUDITOR: frozenset({Relation.ANYBODY})}),
    }
)
"""The table: what somebody of a role must be to the thing; nothing suffices where nothing stands."""


def is_allowed(right: Right, role: Role, relations: Collection[Relation] = NO_RELATION) -> bool:
    """Say whether a role with these relations to a thing has a right."""
    sufficient = TABLE[right][role]
    return Relation.ANYBODY in sufficient or not sufficient.isdisjoint(relations)


Scopes = frozenset[Right] | None
"""The rights that a token is held to; None for all that its holder has. A token adds no right to its holder's."""


def is_in_scope(right: Right, scopes: Scopes) -> bool:
    """Say whether a token may use a right that its holder has."""
    return scopes is None or right in scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks, a person or a program with access, and what their token is held to."""

    actor_id: str
    role: Role
    scopes: Scopes = None

    def sees_everything(self) -> bool:
        """Say whether nothing is hidden from them."""
        return is_allowed(Right.SEE_EVERYTHING, self.role) and is_in_scope(Right.SEE_EVERYTHING, self.scopes)


def table_page() -> str:
    """Answer the table of rights in Markdown."""
    lines = [f"| right | {' | '.join(Role)} | to |", f"|---|{'---|' * len(Role)}---|"]
    for right, by_role in TABLE.items():
        cells = (", ".join(each.lower().replace("_", " ") for each in Relation if each in by_role[role]) for role in Role)
        lines.append(f"| `{right}` | {' | '.join(cells)} | {MEANINGS[right]} |")
    return "\n".join(lines)
