"""Recognitions: what people did well, said in front of everybody."""

from datetime import datetime
from typing import Any

import strawberry

import schema.person
import schema.subject
from projections import recognitions
from projections.rows import RecognitionRow
from schema.action import Action, on_recognition
from schema.actor import actor
from schema.commentable import Commentable
from schema.connection import Asked, Connection, connect, connect_related
from schema.field import column, relation
from schema.history import whole_history
from schema.node import actions
from schema.view import View


@strawberry.type(description="Thanks and praise of some people, seen by who may see what it is for.")
class Recognition(Commentable):
    """A recognition as seen through a view."""

    row: strawberry.Private[RecognitionRow]
    view: strawberry.Private[View]

    text: str | None = column("What they did well, plain; null once it is withdrawn. The text stays in its history.")
    recognized_at: datetime = column("When it was said.")
    withdrawn_at: datetime | None = column("When it was withdrawn; null if not.")

    @relation("Who is recognized; at most 50.")
    async def people(self) -> "list[schema.person.Person]":
        """Load the people."""
        rows = await self.view.people.load_many(self.row.person_ids)
        return [schema.person.Person(row=row, view=self.view) for row in rows if row is not None]

    @relation("What they are recognized for; null for something that is none of the things here.")
    async def about(self) -> Commentable | None:
        """Load the thing."""
        subject_id = self.row.subject_id
        thing: Any = await schema.subject.load_subject(subject_id, self.view) if subject_id else None
        subject: Commentable | None = thing
        return subject

    author = actor("Who said it.", "row.author_id")

    history = whole_history("What happened to it and was said of it, newest first.")

    @actions()
    def viewer_can(self) -> list[Action]:
        """Answer the actions."""
        return on_recognition(self.view.rights.to_said(self.row), is_withdrawn=self.row.withdrawn_at is not None)


async def all_recognitions(view: View, request: Asked) -> Connection[Recognition]:
    """Answer a page of all recognitions that the viewer may see."""
    return await connect(
        view,
        "recognitions",
        request,
        node=lambda row: Recognition(row=row, view=view),
        page=lambda window: recognitions.page(view.reader, view.lens, window, request.condition),
        count=lambda: recognitions.count(view.reader, view.lens, request.condition),
    )


async def recognitions_of(view: View, person_id: str, request: Asked) -> Connection[Recognition]:
    """Answer a page of the recognitions of a person."""
    return await connect_related(
        view,
        "recognitions of people",
        person_id,
        request,
        node=lambda row: Recognition(row=row, view=view),
        pages=view.bound(recognitions.pages_of_people),
        counts=view.bound(recognitions.counts_of_people),
    )
