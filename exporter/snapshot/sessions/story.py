"""The story of one session."""

from __future__ import annotations

from collections.abc import Callable

from exporter.domain.sessions.story.compose import compose
from exporter.domain.sessions.story.parts import NOTHING_FOUND, Found, Wanted, wanted_of
from exporter.domain.sessions.story.story import Story
from exporter.store.reader import Reader
from exporter.store.sessions import story

ReadTranscripts = Callable[[Wanted], Found]
"""Reads the files of a session."""


def read_nothing(wanted: Wanted) -> Found:
    """For what shows no transcripts."""
    return NOTHING_FOUND


def matching_ids(reader: Reader, wanted: str) -> list[str]:
    """The session with this id, else all whose id starts with it. Raises DatabaseError."""
    with reader.view() as connection:
        return story.find(connection, wanted) if connection is not None else []


def session_story(reader: Reader, session_id: str, read: ReadTranscripts, *, texts: bool = False) -> Story | None:
    """The story of a session; None if it is unknown. `texts`: with first lines of prompts and answers.

    The transcript is read when the view of the database is closed. Raises DatabaseError.
    """
    with reader.view() as connection:
        stored = story.load(connection, session_id) if connection is not None else None
    if stored is None:
        return None
    return compose(stored, read(wanted_of(stored, texts=texts)))
