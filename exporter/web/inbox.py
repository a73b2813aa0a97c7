"""What programs hand over: hooks' and status lines' payloads, which wait beside the database for its tracker."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from flask import Blueprint, Response, request

from exporter.errors import DatabaseError
from exporter.web.api import answer
from exporter.web.list_types import Payload, Queued
from exporter.web.problems import Refused, problem

HandOver = Callable[[bytes], bool]
"""Takes a payload; whether a detector runs that takes it at once. May raise OSError."""


def inbox(hand_over: HandOver) -> Blueprint:
    """The routes that take something in."""
    routes = Blueprint("inbox", __name__)

    @routes.post("/api/session-update")
    def session_update() -> Response:
        if request.mimetype != "application/json":  # a page of another origin could send a form unasked
            return problem(415, "Unsupported Media Type", "send application/json")
        content = request.get_data()
        try:
            msgspec.json.decode(content, type=Payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(f"the body is no JSON object: {error}") from None
        try:
            detector = hand_over(content)
        except OSError as error:
            raise DatabaseError(f"nothing can be handed over: {error.strerror}") from error
        return answer({"queued": True, "detector": detector}, Queued, 202)

    return routes
