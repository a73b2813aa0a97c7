"""Sessions."""

from __future__ import annotations

from flask import Blueprint, Response

from exporter.snapshot.sessions import session_history
from exporter.snapshot.snapshot_json import session_json
from exporter.web.api.context import ApiContext, answer
from exporter.web.api.parameters import read_session_query
from exporter.web.shapes.sessions import Sessions


def session_routes(context: ApiContext) -> Blueprint:
    routes = Blueprint("sessions", __name__)

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

    return routes
