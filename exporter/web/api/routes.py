"""All routes of the API that only read, in one blueprint."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response

from exporter.web.api.blocks import block_routes
from exporter.web.api.context import ApiContext
from exporter.web.api.current import current_routes
from exporter.web.api.limits import limit_routes
from exporter.web.api.sessions import session_routes
from exporter.web.api.usage import usage_routes
from exporter.web.openapi import ROUTES, document
from exporter.web.shapes.inbox import AlertmanagerPayload, Queued

TOPICS = (current_routes, session_routes, block_routes, limit_routes, usage_routes)


def api(context: ApiContext) -> Blueprint:
    """The blueprint, with one nested blueprint per topic."""
    routes = Blueprint("api", __name__)
    for topic_routes in TOPICS:
        routes.register_blueprint(topic_routes(context))

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return Response(msgspec.json.encode(document()) + b"\n", mimetype="application/json")

    return routes


def _resolve_shapes() -> None:
    """Let msgspec inspect every shape now, in one thread: doing it in two threads at once crashes the process."""
    for shape in (*{route.answer for route in ROUTES.values()}, Queued, AlertmanagerPayload):
        msgspec.json.Decoder(shape)


_resolve_shapes()
