"""Sessions."""

from __future__ import annotations

from flask import Blueprint, Response
from werkzeug.exceptions import Forbidden, NotFound

from exporter.snapshot.sessions import session_history
from exporter.snapshot.sessions.story import session_story
from exporter.snapshot.sessions.story_json import story_json
from exporter.snapshot.snapshot_json import session_json
from exporter.store.reader import Reader
from exporter.web.api.context import ApiContext, answer
from exporter.web.api.parameters import read_flag, read_session_query
from exporter.web.shapes.sessions import Sessions
from exporter.web.shapes.story import Story

TEXTS_OFF = (
    "texts of prompts and answers are off; to turn them on, set `[page] texts = true` in the tracker's configuration"
    " file, and a token (CLAUDE_TRACKER_TOKEN)"
)


def session_routes(context: ApiContext) -> Blueprint:
    routes = Blueprint("sessions", __name__)
    story_reader = Reader(context.reader.path)  # its own: a long session would block other requests

    @routes.get("/api/sessions/active")
    def active_sessions() -> Response:
        rows = session_history.active_sessions(context.reader)
        return answer({"items": [session_json(row) for row in rows], "next": None}, Sessions)

    @routes.get("/api/sessions/recent")
    def recent_sessions() -> Response:
        query = read_session_query(context.zone)
        rows = session_history.sessions(context.reader, query)
        more = f"{rows[-1].start_time}~{rows[-1].id}" if len(rows) == query.limit else None
        return answer({"items": [session_json(row) for row in rows], "next": more}, Sessions)

    @routes.get("/api/sessions/<session_id>")
    def session(session_id: str) -> Response:
        texts = read_flag("texts")
        if texts and not context.shows_texts:
            raise Forbidden(TEXTS_OFF)
        found = session_story(story_reader, session_id, context.read_transcripts, texts=texts)
        if found is None:
            raise NotFound(f"there is no session {session_id!r}; /api/sessions/recent lists them")
        return answer(story_json(found, texts=texts, descriptions=texts), Story)

    return routes
