"""Errors as RFC 9457 problem documents, without stack traces."""

from __future__ import annotations

import logging

import msgspec
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from exporter.errors import TrackerError
from exporter.web.shapes.problem import Problem

log = logging.getLogger(__name__)

RETRY_SECONDS = 5


class BadRequest(Exception):
    """The request is invalid; the message says why."""


class NotReady(Exception):
    """The transcripts have not been read completely yet."""


def problem(status: int, title: str, detail: str | None = None) -> Response:
    """The problem document. A 503 includes Retry-After."""
    body = msgspec.json.encode(Problem(title=title, status=status, detail=detail))
    response = Response(body + b"\n", status=status, content_type="application/problem+json")
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def problem_bytes(status: int, title: str, detail: str) -> bytes:
    """The same as it goes over the connection, which is closed then: where no request was understood."""
    body = msgspec.json.encode(Problem(title=title, status=status, detail=detail)) + b"\n"
    head = f"HTTP/1.1 {status} {title}\r\nContent-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n"
    retry = f"Retry-After: {RETRY_SECONDS}\r\n" if status == 503 else ""
    return f"{head}{retry}Cache-Control: no-store\r\nConnection: close\r\n\r\n".encode() + body


def handle_problems(app: Flask) -> None:
    """Answer every error of the application with a problem document."""

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        answer = problem(error.code or 500, error.name, error.description)
        if (allowed := getattr(error, "valid_methods", None)) is not None:
            answer.headers["Allow"] = ", ".join(sorted(allowed))
        return answer

    @app.errorhandler(BadRequest)
    def refused(error: BadRequest) -> Response:
        return problem(400, "Bad Request", str(error))

    @app.errorhandler(NotReady)
    def not_ready(_: NotReady) -> Response:
        return problem(503, "Service Unavailable", "the transcripts have not been read completely yet")

    @app.errorhandler(TrackerError)
    def unreadable(error: TrackerError) -> Response:
        log.error("%s", error)
        return problem(503, "Service Unavailable", str(error))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        log.error("a request failed", exc_info=error)
        return problem(500, "Internal Server Error", "see the log of the tracker")
