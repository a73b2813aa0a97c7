"""Takes payloads of hooks, status lines and Alertmanager, and queues them next to the database."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec
from flask import Blueprint, Response, request

from exporter.errors import DatabaseError, reason
from exporter.web.api.context import answer
from exporter.web.problems import RETRY_SECONDS, BadRequest, problem
from exporter.web.shapes.inbox import AlertmanagerPayload, Payload, Queued


class Submit(Protocol):
    """Queues a payload. Returns whether a detector is running, which takes it immediately.

    Without a running detector, only payloads that `may_wait` are queued. May raise OSError.
    """

    def __call__(self, content: bytes, *, may_wait: bool) -> bool: ...


def inbox(submit: Submit) -> Blueprint:
    """The POST routes."""
    routes = Blueprint("inbox", __name__)

    @routes.before_request
    def take_json_only() -> Response | None:
        if request.mimetype != "application/json":  # a page of another origin could post a form
            return problem(415, "Unsupported Media Type", "send application/json")
        return None

    @routes.post("/api/session-update")
    def session_update() -> Response:
        detector = _submit(submit, _body_of(Payload, "not a JSON object"), may_wait=True)
        return answer({"queued": True, "detector": detector}, Queued, 202)

    @routes.post("/api/alerts")
    def alerts() -> Response:
        if not _submit(submit, _body_of(AlertmanagerPayload, "not an Alertmanager payload"), may_wait=False):
            refused = problem(503, "Service Unavailable", "no tracker is running that could send it")
            refused.headers["Retry-After"] = str(RETRY_SECONDS)
            return refused
        return answer({"queued": True, "detector": True}, Queued, 202)

    return routes


def _body_of(shape: Any, expected: str) -> bytes:
    """The request's body. Raises BadRequest if it does not have the shape."""
    content = request.get_data()
    try:
        msgspec.json.decode(content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"the body is {expected}: {error}") from None
    return content


def _submit(submit: Submit, content: bytes, *, may_wait: bool) -> bool:
    try:
        return submit(content, may_wait=may_wait)
    except OSError as error:
        raise DatabaseError(f"the payload could not be queued: {reason(error)}") from error
