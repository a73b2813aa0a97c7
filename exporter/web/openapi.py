"""The OpenAPI document, made from the shapes that answers are held to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from exporter import __version__
from exporter.domain.sessions.session import SESSION_TYPES
from exporter.web import list_types, types
from exporter.web.health_types import Health

_DAY = {"type": "string", "format": "date"}
_TIME = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string"}
_LIMIT = {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}
Query = Mapping[str, dict[str, Any]]


class Inlet(NamedTuple):
    """A route that takes something in. `body`: None for any object."""

    summary: str
    taken: str
    body: type[Any] | None
    unavailable: str


class Route(NamedTuple):
    """A route as the document tells it. `query`: its parameters with their schemas."""

    summary: str
    answer: type[Any]
    query: Query = MappingProxyType({})
    ready: bool = True
    """Whether it waits for the first read."""


SESSIONS: Query = {
    "limit": _LIMIT,
    "before": _TEXT | {"pattern": "^[^~]*~.*$", "description": "the `next` of the page before"},
    "project": _TEXT | {"description": "its folder, or the end of it"},
    "model": _TEXT,
    "session_type": {"type": "string", "enum": list(SESSION_TYPES)},
    "since": _DAY,
    "search": _TEXT | {"description": "in folder, id and models"},
}
SPAN: Query = {"since": _DAY, "until": _DAY}
ROUTES: dict[str, Route] = {
    "/api/analytics/current": Route("Everything at one instant", types.Snapshot),
    "/api/sessions/active": Route("The sessions that run", list_types.Sessions, ready=False),
    "/api/sessions/recent": Route("Sessions, the last begun first", list_types.Sessions, SESSIONS, ready=False),
    "/api/five-hour-blocks": Route(
        "Five-hour blocks, the last first",
        list_types.Blocks,
        {"limit": _LIMIT, "before": _TIME, "since": _DAY},
        ready=False,
    ),
    "/api/limits": Route("What is left, until when", list_types.Limits),
    "/api/limits/history": Route(
        "Every limit that was reached, and readings", list_types.LimitsHistory, {"since": _DAY}, ready=False
    ),
    "/api/usage": Route(
        "What was used",
        list_types.Usage,
        {"by": {"type": "string", "enum": ["hour", "day", "model", "project"], "default": "day"}, **SPAN},
        ready=False,
    ),
    "/api/plan": Route("When it is used", list_types.Plan, SPAN, ready=False),
    "/api/health": Route("How the tracker is", Health),
}

INBOX = {
    "/api/session-update": Inlet(
        "Hand over the payload of a hook or of the status line, as Claude Code gives it",
        "It waits for the tracker, which takes it at once where one runs",
        None,
        "Nothing can be handed over",
    ),
    "/api/alerts": Inlet(
        "Hand on alerts, as Alertmanager's webhook posts them",
        "The tracker tells those that fire, unless it did already",
        list_types.AlertmanagerPayload,
        "No tracker runs that could tell them",
    ),
}


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    shapes = [*{route.answer for route in ROUTES.values()}, list_types.Problem, list_types.Queued]
    shapes += [inlet.body for inlet in INBOX.values() if inlet.body is not None]
    _, components = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "claude-tracker",
            "version": __version__,
            "description": "What Claude uses on this machine. Costs are estimates by list price.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {path: {"get": _operation(path, route)} for path, route in ROUTES.items()}
        | {path: {"post": _taking(path, inlet)} for path, inlet in INBOX.items()},
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _operation(path: str, route: Route) -> dict[str, Any]:
    problems = {"400": "What was asked cannot be answered", "401": "A token is needed", "403": "A foreign origin"}
    if route.ready:
        problems["503"] = "The transcripts have not been read completely yet"
    return {
        "summary": route.summary,
        "operationId": _id_of(path),
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": _bare(schema)}
            | ({"description": schema["description"]} if "description" in schema else {})
            for name, schema in route.query.items()
        ],
        "responses": {
            "200": {
                "description": route.summary,
                "content": {"application/json": {"schema": _reference(route.answer)}},
            },
            **{status: _problem(text) for status, text in problems.items()},
        },
    }


def _taking(path: str, inlet: Inlet) -> dict[str, Any]:
    problems = {
        "400": "The body is not of this shape", "401": "A token is needed", "403": "A foreign origin",
        "413": "The body is too large", "415": "The body is no JSON", "503": inlet.unavailable,
    }  # fmt: skip
    return {
        "summary": inlet.summary,
        "operationId": _id_of(path),
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _reference(inlet.body) if inlet.body is not None else {"type": "object"}}
            },
        },
        "responses": {
            "202": {
                "description": inlet.taken,
                "content": {"application/json": {"schema": _reference(list_types.Queued)}},
            },
            **{status: _problem(text) for status, text in problems.items()},
        },
    }


def _id_of(path: str) -> str:
    return path.removeprefix("/api/").replace("/", "_").replace("-", "_")


def _bare(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "description"}


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": _reference(list_types.Problem)}},
    }


def _reference(shape: type[Any]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{shape.__name__}"}
