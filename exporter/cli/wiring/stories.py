"""Finds the session that the user means, and its story."""

from __future__ import annotations

import threading

from exporter.domain.sessions.story.parts import Found, Wanted
from exporter.domain.sessions.story.story import Story
from exporter.errors import ConfigurationError, TrackerError
from exporter.snapshot.sessions.story import ReadTranscripts, matching_ids, session_story
from exporter.sources.transcripts.story import read_story
from exporter.store.reader import Reader

MAX_LISTED = 5
MAX_WAITING = 8
"""Requests of a server that read a transcript or wait to: each one occupies a thread."""


def find_story(reader: Reader, wanted: str, *, texts: bool) -> Story:
    """The story of the session with this id, or with the only id that starts so.

    Raises ConfigurationError if there is none, or several, and DatabaseError.
    """
    found = matching_ids(reader, wanted) if wanted else []
    if len(found) > 1:
        listed = ", ".join(found[:MAX_LISTED]) + (", …" if len(found) > MAX_LISTED else "")
        raise ConfigurationError(
            f"{len(found)} sessions have an id that starts with {wanted!r}; give more of it: {listed}"
        )
    story = session_story(reader, found[0], read_story, texts=texts) if found else None
    if story is None:
        raise ConfigurationError(
            f"no session has an id that starts with {wanted!r}: `sessions --all --json` lists them"
        )
    return story


def one_at_a_time(read: ReadTranscripts = read_story) -> ReadTranscripts:
    """For a server: large transcripts that are read at once would slow down everything else.

    Raises TrackerError if too many wait already.
    """
    places, lock = threading.BoundedSemaphore(MAX_WAITING), threading.Lock()

    def read_in_turn(wanted: Wanted) -> Found:
        if not places.acquire(blocking=False):
            raise TrackerError("too many transcripts are being read; try again")
        try:
            with lock:
                return read(wanted)
        finally:
            places.release()

    return read_in_turn
