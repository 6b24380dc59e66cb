"""Rows of what people say to each other, made of the folded states: comments, mentions, reactions, recognitions.

Each function answers the columns of the row, or None when there is no such thing. A text that was withdrawn stands in
earlier rows alone.
"""

from events.facts import Facts
from projections.definition_rows import SEPARATOR, folded_texts
from projections.row_versions import Values


def comment_row(facts: Facts, identifier: str) -> Values | None:
    """Answer a comment as it stands."""
    known = facts.comments.get(identifier)
    if known is None:
        return None
    text = None if known.withdrawn_at else known.text
    return {
        "subject_id": known.subject_id,
        **_anchor(facts, known.subject_id),
        "reply_to_id": known.reply_to_id,
        "text": text,
        "text_folded": folded_texts(text),
        "mention_ids": known.mention_ids,
        "author_id": known.author_id,
        "written_at": known.written_at,
        "edited_at": known.edited_at,
        "withdrawn_at": known.withdrawn_at,
        "position": known.position,
    }


def comment_mention_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the row of a mention while it lasts."""
    comment_id, person_id = identifier.split(SEPARATOR)
    known = facts.comments.get(comment_id)
    if known is None or person_id not in known.mention_ids:
        return None
    return {"comment_id": comment_id, "person_id": person_id}


def comment_reaction_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the row of a reaction while it lasts."""
    comment_id, kind, actor_id = identifier.split(SEPARATOR)
    known = facts.comments.get(comment_id)
    if known is None or (kind, actor_id) not in known.reactions:
        return None
    return {"comment_id": comment_id, "kind": kind, "actor_id": actor_id}


def recognition_row(facts: Facts, identifier: str) -> Values | None:
    """Answer a recognition as it stands."""
    known = facts.recognitions.get(identifier)
    if known is None:
        return None
    return {
        "subject_id": known.subject_id,
        **_anchor(facts, known.subject_id),
        "person_ids": known.person_ids,
        "text": None if known.withdrawn_at else known.text,
        "author_id": known.author_id,
        "recognized_at": known.recognized_at,
        "withdrawn_at": known.withdrawn_at,
        "position": known.position,
    }


def recognition_person_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the row that says that a person was recognized."""
    recognition_id, person_id = identifier.split(SEPARATOR)
    known = facts.recognitions.get(recognition_id)
    if known is None or person_id not in known.person_ids:
        return None
    return {"recognition_id": recognition_id, "person_id": person_id}


def _anchor(facts: Facts, subject_id: str | None) -> Values:
    anchor_id = None if subject_id is None else facts.anchor_of(subject_id)
    is_part = anchor_id in facts.key_results
    return {"objective_id": None if is_part else anchor_id, "key_result_id": anchor_id if is_part else None}
