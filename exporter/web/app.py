"""The Flask application."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from flask import Flask, Response, request
from flask_sock import Sock
from simple_websocket import Server

from exporter.errors import ConfigurationError, DamagedError, TrackerError
from exporter.snapshot.parts import Current
from exporter.web.access import guard
from exporter.web.api.context import ApiContext
from exporter.web.api.routes import api
from exporter.web.compression import compress_answers
from exporter.web.inbox import Submit, inbox
from exporter.web.limits import MAX_BODY_BYTES
from exporter.web.pages import pages
from exporter.web.problems import RETRY_SECONDS, handle_problems, problem
from exporter.web.websocket import LiveChannel

log = logging.getLogger(__name__)

App = Flask

Take = Callable[[], Current | None]
"""The current snapshot; None while there is no database. May raise TrackerError."""
Expose = Callable[[Current | None, str], tuple[bytes, str]]
"""The exposition of a snapshot for an Accept header, and its content type; None: the database is damaged."""

PING_SECONDS = 25
LOOPBACK_NAMES = ("127.0.0.1", "localhost")


def create_app(
    take: Take,
    expose: Expose,
    allowed_hosts: Sequence[str],
    context: ApiContext | None = None,
    live: LiveChannel | None = None,
    submit: Submit | None = None,
    token: str | None = None,
) -> Flask:
    """The application. `allowed_hosts`: host names allowed in addition to the loopback ones.

    `context`: of the API. Raises ConfigurationError if it shows texts without a token.
    `submit`: queues payloads that programs send. `token`: that every request must send, or None.
    """
    if context is not None and context.shows_texts and not token:
        raise ConfigurationError("texts of prompts and answers are shown only with a token")
    app = Flask(__name__, static_folder=None)
    app.config["TRUSTED_HOSTS"] = [*LOOPBACK_NAMES, *allowed_hosts]
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    handle_problems(app)
    guard(app, allowed_hosts, token)
    app.register_blueprint(pages(context))
    if context is not None:
        app.register_blueprint(api(context))
    if submit is not None:
        app.register_blueprint(inbox(submit))
    if live is not None:
        _add_live(app, live)

    @app.get("/metrics")
    def metrics() -> Response:
        try:
            snapshot = _complete(take)
        except DamagedError:
            snapshot = None
        else:
            if snapshot is None:
                return _not_ready()
        body, content_type = expose(snapshot, request.headers.get("Accept", ""))
        return Response(body, content_type=content_type)

    @app.get("/-/healthy")
    def healthy() -> Response:
        return _text("claude-tracker is healthy\n")

    @app.get("/-/ready")
    def ready() -> Response:
        with suppress(DamagedError):
            if _complete(take) is not None:
                return _text("claude-tracker is ready\n")
        return _not_ready()

    compress_answers(app)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'; base-uri 'none'")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return app


def _add_live(app: Flask, live: LiveChannel) -> None:
    app.extensions["live"] = live
    app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": MAX_BODY_BYTES, "ping_interval": PING_SECONDS}
    sock = Sock(app)

    @app.before_request
    def refuse_when_full() -> Response | None:
        if request.path == "/ws" and live.is_full:
            return problem(503, "Service Unavailable", "too many live connections")
        return None

    @sock.route("/ws")  # type: ignore[untyped-decorator]
    def changes(connection: Server) -> None:
        with suppress(OSError):  # the client has gone
            connection.sock.settimeout(None)  # that of an answer does not apply
        live.serve(connection)


def _complete(take: Take) -> Current | None:
    """The snapshot, or None until the first read is complete: values would be too low before. Raises DamagedError."""
    try:
        snapshot = take()
    except DamagedError as error:
        log.error("%s", error)
        raise
    except TrackerError as error:
        log.error("%s", error)
        return None
    return snapshot if snapshot is not None and snapshot.health.first_read_at is not None else None


def _not_ready() -> Response:
    response = _text("the transcripts have not been read completely yet\n", 503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _text(text: str, status: int = 200) -> Response:
    return Response(text, status=status, mimetype="text/plain")
