"""Rows of templates, made of the folded states, and what the library has in their place."""

from typing import Any

import orjson
from pydantic import TypeAdapter

from events.facts import Facts
from events.identifier import SYSTEM_ACTOR
from events.template_content import TemplateContent
from events.templates.library import LIBRARY_CHANGED_AT, LIBRARY_SINCE, LIBRARY_VERSION, LibraryTemplate
from projections.definition_rows import folded, folded_texts
from projections.row_versions import Values
from projections.rows import TemplateRow

_CONTENT: TypeAdapter[TemplateContent] = TypeAdapter(TemplateContent)


def content_text(content: TemplateContent) -> str:
    """Write what a template says down, as events store it."""
    written: Any = _CONTENT.dump_python(content, mode="json")
    return orjson.dumps(written, option=orjson.OPT_SORT_KEYS).decode()


def content_of(text: str) -> TemplateContent:
    """Read what `content_text` wrote."""
    return _CONTENT.validate_json(text)


def template_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the row of a template of the organization."""
    known = facts.templates.get(identifier)
    if known is None:
        return None
    content = known.content
    return {
        "title": content.title,
        "title_folded": folded(content.title),
        "description": content.description,
        "text_folded": texts_folded(content),
        "function": known.function,
        "language": known.language,
        "content": content_text(content),
        "archived_at": known.archived_at,
        "created_at": known.created_at,
        "created_by": known.created_by,
        "updated_at": known.updated_at,
        "updated_by": known.updated_by,
        "version": known.version,
    }


def texts_folded(content: TemplateContent) -> str | None:
    """Return what is searched of a template beside its title."""
    return folded_texts(content.description, *(part.title for part in content.key_results))


def library_row(published: LibraryTemplate) -> TemplateRow:
    """Answer what stands for the row of a template of the library."""
    return TemplateRow(
        id=published.template_id,
        title=published.content.title,
        description=published.content.description,
        function=published.function,
        language=published.language,
        content=published.content,
        archived_at=None,
        created_at=LIBRARY_SINCE,
        created_by=SYSTEM_ACTOR,
        updated_at=LIBRARY_CHANGED_AT,
        updated_by=SYSTEM_ACTOR,
        version=LIBRARY_VERSION,
        from_position=0,
        key=published.key,
    )
