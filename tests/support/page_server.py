"""A server like the tracker's; a test sets its answers and stops it."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from flask import Flask, Response, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server
from werkzeug.serving import make_server

from exporter.page import CONTENT_SECURITY_POLICY, asset, dashboard_html
from support.page_data import Json, answers
from support.story_json import STORY_JSON

ROUTES = {
    "/api/analytics/current": "current",
    "/api/five-hour-blocks": "blocks",
    "/api/limits/history": "limits_history",
    "/api/plan": "plan",
    "/api/usage/usual": "usual",
    "/api/folders": "folders",
}
FOLDERS = {
    "items": [
        {"path": "~/.claude/projects", "exists": False},
        {"path": "~/.config/claude/projects", "exists": False},
    ],
    "transcripts": 0,
    "missing": None,
}


PART_OF = {"block": "block", "session": "sessions"}
"""The part of the snapshot that a message of a type replaces; the others hold parts by name."""


def late_rest(begin: str, rest: str, after: float) -> Iterator[str]:
    yield begin
    time.sleep(after)
    yield rest


class Tracker:
    """Answers from `answers`, which a test may change; pushes to all listeners.

    `is_ready` False: the first read is under way; `early`: the snapshot that is shown meanwhile, None for none yet.
    `is_live` False: no listener is taken. `late`: how long answers take, s, by what stands in `answers`; all of
    `usage` have one name, but for the costs of sessions; `page`: the part of the page after its first button.
    """

    def __init__(self) -> None:
        self.answers = answers() | {"folders": FOLDERS}
        self.is_ready = True
        self.early: Any = None
        self.is_live = True
        self.late: dict[str, float] = {}
        self.requests: list[str] = []
        self._listening: list[tuple[Server, queue.Queue[str]]] = []
        self._server: Any = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def listeners(self) -> int:
        return len(self._listening)

    def start(self) -> None:
        """Listen: on a free port at first, on the same one after a stop."""
        self._server = make_server("127.0.0.1", self.port, self._app(), threaded=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        """Stop, and close every open connection."""
        self._server.shutdown()
        self._server.server_close()
        for listener, _ in list(self._listening):
            with suppress(OSError):  # it may have disconnected on its own
                listener.sock.shutdown(socket.SHUT_RDWR)

    def push(self, kind: str, data: Any) -> None:
        """Push a change, with the next sequence number; who asks or connects from then on gets it, too."""
        self.answers["current"].update({PART_OF[kind]: data} if kind in PART_OF else data)
        self.answers["current"]["sequence"] += 1
        self.send({"type": kind, "sequence": self.answers["current"]["sequence"], "data": data})

    def send(self, message: Json) -> None:
        for _, messages in list(self._listening):
            messages.put(json.dumps(message))

    def _app(self) -> Flask:
        app = Flask("tracker", static_folder=None)
        sock = Sock(app)

        @app.get("/")
        def page() -> Response:
            begin, button, rest = dashboard_html().partition('<button id="theme"')
            return Response(late_rest(begin, button + rest, self.late.get("page", 0.0)), mimetype="text/html")

        @app.get("/assets/<path:name>")
        def assets(name: str) -> Response:
            found = asset(name)
            return Response(status=404) if found is None else Response(found[0], mimetype=found[1])

        @app.get("/api/<path:path>")
        def api(path: str) -> Response:
            self.requests.append(request.full_path)
            time.sleep(self.late.get(_name_of(path), 0.0))
            if not self.is_ready and self.early is not None and path == "analytics/current":
                return Response(json.dumps(self.early), mimetype="application/json")
            if not self.is_ready:
                problem = json.dumps({"title": "Service Unavailable", "status": 503})
                return Response(problem, 503, {"Retry-After": "1"}, mimetype="application/problem+json")
            return Response(json.dumps(self._answer(f"/api/{path}")), mimetype="application/json")

        @app.after_request
        def harden(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Cache-Control"] = "no-store"
            return response

        @sock.route("/ws")  # type: ignore[untyped-decorator]
        def live(listener: Server) -> None:
            self._serve(listener)

        return app

    def _answer(self, path: str) -> Json:
        if path == "/api/usage":
            return self._usage()
        if path == "/api/sessions/recent":
            return self._sessions()
        if path.startswith("/api/sessions/"):
            return self._story(path.rpartition("/")[2])
        return self.answers[ROUTES[path]]

    def _usage(self) -> Json:
        """Over time, by what it consists of, or by session."""
        by, breakdown = request.args["by"], request.args.get("breakdown")
        if by == "session":
            rows = [*self.answers["sessions"]["items"], *(self.answers["current"]["sessions"] or [])]
            return {"items": [{"session": row["id"], **_spent(row)} for row in rows]}
        if by == "project":
            return {"items": []}
        if breakdown is not None:
            found: Json = self.answers["breakdowns"][by][breakdown]
            return found
        return self.answers[f"{by}s"]

    def _story(self, session_id: str) -> Json:
        """Of a session with the project of its row."""
        rows = [*(self.answers["current"]["sessions"] or []), *self.answers["sessions"]["items"]]
        path = next(row["project_path"] for row in rows if row["id"] == session_id)
        named = {"id": session_id, "project": path.rpartition("/")[2], "folder": path}
        return STORY_JSON | {"session": STORY_JSON["session"] | named}

    def _sessions(self) -> Json:
        """Those whose project contains the search text, in pages; `before` is a number here, opaque to the page."""
        search = request.args.get("search", "")
        project = request.args.get("project", "")
        rows = self.answers["sessions"]["items"]
        found = [
            row for row in rows if search in (row["project_path"] or "") and project in (row["project_path"] or "")
        ]
        first, size = int(request.args.get("before", "0")), int(request.args["limit"])
        end = first + size
        return {"items": found[first:end], "next": str(end) if end < len(found) else None}

    def _serve(self, listener: Server) -> None:
        if not (self.is_ready and self.is_live):
            return
        messages: queue.Queue[str] = queue.Queue()
        entry = (listener, messages)
        self._listening.append(entry)
        current = self.answers["current"]
        messages.put(json.dumps({"type": "snapshot", "sequence": current["sequence"], "data": current}))
        try:
            while listener.connected:
                with suppress(queue.Empty):
                    listener.send(messages.get(timeout=0.05))
        except (ConnectionClosed, OSError):
            pass
        finally:
            self._listening.remove(entry)


def _name_of(path: str) -> str:
    """What a request asks for."""
    if path == "usage":
        return "costs" if request.args["by"] == "session" else "usage"
    return "sessions" if path == "sessions/recent" else ROUTES.get(f"/api/{path}", path)


def _spent(row: Json) -> Json:
    return {"cost_usd": row["cost_usd"], "responses": row["responses"], "unpriced_tokens": 0}


@contextmanager
def tracker_like() -> Iterator[Tracker]:
    """A server that answers, on a free port of loopback."""
    tracker = Tracker()
    tracker.start()
    try:
        yield tracker
    finally:
        tracker.stop()
