"""The OpenAPI document, generated from the shapes of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from exporter import __version__
from exporter.domain.sessions.session import SESSION_TYPES
from exporter.snapshot.usage.groupings import GROUPINGS
from exporter.web.shapes.blocks import Blocks
from exporter.web.shapes.cache import CacheDays
from exporter.web.shapes.doctor import Doctor
from exporter.web.shapes.folders import Folders
from exporter.web.shapes.health import Health
from exporter.web.shapes.inbox import AlertmanagerPayload, Queued
from exporter.web.shapes.limit_history import LimitsHistory
from exporter.web.shapes.limits import LedgerWeeks, Limits
from exporter.web.shapes.plan import Plan
from exporter.web.shapes.problem import Problem
from exporter.web.shapes.sessions import Sessions
from exporter.web.shapes.snapshot import Snapshot
from exporter.web.shapes.story import Story
from exporter.web.shapes.usage import Usage
from exporter.web.shapes.usual import Usual

_DAY = {"type": "string", "format": "date"}
_TIME = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string"}
_LIMIT = {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}
Query = Mapping[str, dict[str, Any]]


class PostRoute(NamedTuple):
    """A POST route. `body`: None for any object."""

    summary: str
    accepted: str
    body: type[Any] | None
    unavailable: str


class Route(NamedTuple):
    """A GET route. `query`, `path`: its parameters with their schemas. `problems`: in addition to those of all."""

    summary: str
    answer: type[Any]
    query: Query = MappingProxyType({})
    ready: bool = True
    """Whether it answers 503 until the first read is complete."""
    path: Query = MappingProxyType({})
    problems: Mapping[str, str] = MappingProxyType({})


SESSIONS: Query = {
    "limit": _LIMIT,
    "before": _TEXT | {"pattern": "^[^~]*~.*$", "description": "`next` of the previous page"},
    "project": _TEXT | {"description": "folder, or its last part"},
    "model": _TEXT,
    "session_type": {"type": "string", "enum": list(SESSION_TYPES)},
    "since": _DAY,
    "search": _TEXT | {"description": "text in folder, ID or models"},
}
SPAN: Query = {"since": _DAY, "until": _DAY}
ROUTES: dict[str, Route] = {
    "/api/analytics/current": Route("Everything at one point in time", Snapshot),
    "/api/sessions/active": Route("Active sessions", Sessions, ready=False),
    "/api/sessions/recent": Route("Sessions, most recently started first", Sessions, SESSIONS, ready=False),
    "/api/sessions/{session_id}": Route(
        "Everything about one session",
        Story,
        {"texts": {"type": "boolean", "default": False, "description": "with first lines of prompts and answers"}},
        ready=False,
        path={"session_id": _TEXT | {"minLength": 1}},
        problems={
            "403": "Origin not allowed, or texts are off",
            "404": "There is no session with this ID",
            "503": "Too many transcripts are being read",
        },
    ),
    "/api/five-hour-blocks": Route(
        "5-hour blocks, most recent first",
        Blocks,
        {"limit": _LIMIT, "before": _TIME, "since": _DAY},
        ready=False,
    ),
    "/api/limits": Route("Usage of the limits, and when they reset", Limits),
    "/api/limits/history": Route("Limits reached, and readings", LimitsHistory, {"since": _DAY}, ready=False),
    "/api/limits/weeks": Route("Used and unused weeks, and the 5-hour windows in them", LedgerWeeks, SPAN, ready=False),
    "/api/usage": Route(
        "Usage over time, or by what used it",
        Usage,
        {
            "by": {"type": "string", "enum": ["hour", "day", "month", *GROUPINGS], "default": "day"},
            "breakdown": {"type": "string", "enum": list(GROUPINGS)} | {"description": "what each item consists of"},
            **SPAN,
        },
        ready=False,
    ),
    "/api/usage/usual": Route("What a day, a week and a month usually cost", Usual, ready=False),
    "/api/usage/cache": Route("Use of the prompt cache by day, and its misses", CacheDays, SPAN, ready=False),
    "/api/plan": Route("Typical usage by hour of the week", Plan, SPAN, ready=False),
    "/api/folders": Route("Where transcripts are looked for", Folders, ready=False),
    "/api/health": Route("Health of the tracker", Health),
    "/api/doctor": Route("Checks of the installation", Doctor, ready=False),
}

INBOX = {
    "/api/session-update": PostRoute(
        "Submit the payload of a Claude Code hook or status line",
        "Queued for the tracker, which takes it immediately if it is running",
        None,
        "The payload could not be queued",
    ),
    "/api/alerts": PostRoute(
        "Submit alerts, as posted by Alertmanager's webhook",
        "The tracker sends a notification for each firing alert, once",
        AlertmanagerPayload,
        "No tracker is running that could send them",
    ),
}


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    shapes = [*dict.fromkeys(route.answer for route in ROUTES.values()), Problem, Queued]
    shapes += [inlet.body for inlet in INBOX.values() if inlet.body is not None]
    _, components = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "claude-tracker",
            "version": __version__,
            "description": "Usage of Claude on this machine. Costs are estimates by list price.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {path: {"get": _get_operation(path, route)} for path, route in ROUTES.items()}
        | {path: {"post": _post_operation(path, inlet)} for path, inlet in INBOX.items()},
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _get_operation(path: str, route: Route) -> dict[str, Any]:
    problems = {"400": "Invalid parameter", "401": "Token required", "403": "Origin not allowed", **route.problems}
    if route.ready:
        problems["503"] = "The transcripts have not been read completely yet"
    return {
        "summary": route.summary,
        "operationId": _id_of(path),
        "parameters": [
            {"name": name, "in": place, "required": place == "path", "schema": _without_description(schema)}
            | ({"description": schema["description"]} if "description" in schema else {})
            for place, schemas in (("path", route.path), ("query", route.query))
            for name, schema in schemas.items()
        ],
        "responses": {
            "200": {
                "description": route.summary,
                "content": {"application/json": {"schema": _reference(route.answer)}},
            },
            **{status: _problem(text) for status, text in problems.items()},
        },
    }


def _post_operation(path: str, inlet: PostRoute) -> dict[str, Any]:
    problems = {
        "400": "The body does not have this shape", "401": "Token required", "403": "Origin not allowed",
        "413": "The body is too large", "415": "The body is not JSON", "503": inlet.unavailable,
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
                "description": inlet.accepted,
                "content": {"application/json": {"schema": _reference(Queued)}},
            },
            **{status: _problem(text) for status, text in problems.items()},
        },
    }


def _id_of(path: str) -> str:
    return path.removeprefix("/api/").replace("/", "_").replace("-", "_").strip("{}").replace("{", "")


def _without_description(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "description"}


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": _reference(Problem)}},
    }


def _reference(shape: type[Any]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{shape.__name__}"}
