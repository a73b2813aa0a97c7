"""The dashboard, live and as one file, and the runbook."""

from __future__ import annotations

import threading

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from exporter import page
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import MINUTE
from exporter.page.data import offline_data
from exporter.page.runbook import runbook_html, runbook_policy
from exporter.web.api.context import ApiContext
from exporter.web.problems import NotReady


def pages(context: ApiContext | None) -> Blueprint:
    """The routes for people. `context`: for the dashboard as one file; None for the live page alone."""
    routes = Blueprint("pages", __name__)

    @routes.get("/")
    def dashboard() -> Response:
        return _html(page.dashboard_html(shows_texts=context is not None and context.shows_texts))

    @routes.get("/assets/<name>")
    def asset(name: str) -> Response:
        found = page.asset(name)
        if found is None:
            raise NotFound
        answer = Response(found[0], mimetype=found[1])
        answer.headers["Cache-Control"] = "no-cache"  # the browser caches it, and revalidates each time
        answer.add_etag()
        answer.make_conditional(request)
        return answer

    @routes.get("/runbook")
    def runbook() -> Response:
        answer = Response(runbook_html(), mimetype="text/html")
        answer.headers["Content-Security-Policy"] = runbook_policy()
        return answer

    if context is None:
        return routes

    file = OfflinePage(context)

    @routes.get("/dashboard.html")
    def offline() -> Response:
        answer = Response(file.content(), mimetype="text/html")
        if "download" in request.args:
            answer.headers["Content-Disposition"] = 'attachment; filename="claude-tracker.html"'
        answer.headers["Content-Security-Policy"] = page.OFFLINE_POLICY
        return answer

    return routes


class OfflinePage:
    """The dashboard as one file, made once for each commit and minute: however many ask at once, they get the same."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._made_of: object = None
        self._content = b""

    def content(self) -> bytes:
        """Raises NotReady until the first read is complete, DatabaseError."""
        with self._lock:
            context, now = self._context, self._context.clock()
            made_of = (context.reader.version(), now // MINUTE)
            if made_of != self._made_of:
                data = offline_data(context.reader, now, context.zone, context.plan, context.health())
                if data is None:
                    raise NotReady
                self._content = page.offline_html(data, timestamp.to_iso(now)).encode()
                self._made_of = made_of
            return self._content


def _html(text: str) -> Response:
    answer = Response(text, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = page.CONTENT_SECURITY_POLICY
    return answer
