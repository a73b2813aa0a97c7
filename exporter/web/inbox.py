"""What programs hand over: hooks' and status lines' payloads, and alerts. It waits beside the database."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec
from flask import Blueprint, Response, request

from exporter.errors import DatabaseError
from exporter.web.api import answer
from exporter.web.list_types import AlertmanagerPayload, Payload, Queued
from exporter.web.problems import RETRY_SECONDS, BadRequest, problem


class Submit(Protocol):
    """Takes a payload; whether a detector runs that takes it at once. What may not `may_wait` is not kept where none
    does. May raise OSError.
    """

    def __call__(self, content: bytes, *, may_wait: bool) -> bool: ...


def inbox(hand_over: Submit) -> Blueprint:
    """The routes that take something in."""
    routes = Blueprint("inbox", __name__)

    @routes.before_request
    def take_json_only() -> Response | None:
        if request.mimetype != "application/json":  # a page of another origin could send a form unasked
            return problem(415, "Unsupported Media Type", "send application/json")
        return None

    @routes.post("/api/session-update")
    def session_update() -> Response:
        detector = _given(hand_over, _body_of(Payload, "no JSON object"), may_wait=True)
        return answer({"queued": True, "detector": detector}, Queued, 202)

    @routes.post("/api/alerts")
    def alerts() -> Response:
        if not _given(hand_over, _body_of(AlertmanagerPayload, "none of Alertmanager's"), may_wait=False):
            refused = problem(503, "Service Unavailable", "no tracker runs that could tell it")
            refused.headers["Retry-After"] = str(RETRY_SECONDS)
            return refused
        return answer({"queued": True, "detector": True}, Queued, 202)

    return routes


def _body_of(shape: Any, lack: str) -> bytes:
    """The request's body, if it has the shape."""
    content = request.get_data()
    try:
        msgspec.json.decode(content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"the body is {lack}: {error}") from None
    return content


def _given(hand_over: Submit, content: bytes, *, may_wait: bool) -> bool:
    try:
        return hand_over(content, may_wait=may_wait)
    except OSError as error:
        raise DatabaseError(f"nothing can be handed over: {error.strerror}") from error
