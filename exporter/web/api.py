"""The JSON API: each answer asked of the snapshot module, and held to its shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any, NamedTuple

import msgspec
from flask import Blueprint, Response, request

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import Span, midnight, span_of
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.snapshot.blocks import block_history
from exporter.snapshot.limits import limit_history, limits_json
from exporter.snapshot.sessions import session_history
from exporter.snapshot.snapshot_json import session_json, to_json
from exporter.snapshot.take import Snapshot, take
from exporter.snapshot.usage import usage_history, usage_json
from exporter.store.reader import Reader
from exporter.store.sessions.session_rows import SessionQuery
from exporter.web import health_types, list_types, types
from exporter.web.openapi import ROUTES, document
from exporter.web.problems import BadRequest, NotReady

MOST_ITEMS = 500
USUAL_ITEMS = 50
USUAL_DAYS = 30
EARLIEST, LATEST = date(1971, 1, 1), date(9998, 12, 31)
"""Nothing was used before and after; beyond lie days that no zone can reckon with."""


class ApiContext(NamedTuple):
    """What the API answers from. `zone`: None for the machine's own."""

    reader: Reader
    clock: Callable[[], int]
    zone: tzinfo | None
    plan: PlanSettings
    health: Callable[[], Health]


def api(served: ApiContext) -> Blueprint:
    """The routes that only read."""
    routes = Blueprint("api", __name__)
    planner = Reader(served.reader.path)  # four weeks hour by hour take long, and the others need not wait

    @routes.get("/api/analytics/current")
    def current() -> Response:
        return answer(to_json(_whole(served)), types.Snapshot)

    @routes.get("/api/sessions/active")
    def active_sessions() -> Response:
        rows = session_history.active_sessions(served.reader)
        return answer({"items": [session_json(row) for row in rows], "next": None}, list_types.Sessions)

    @routes.get("/api/sessions/recent")
    def recent_sessions() -> Response:
        asked = _asked_sessions(served.zone)
        rows = session_history.sessions(served.reader, asked)
        more = f"{rows[-1].start_time}~{rows[-1].id}" if len(rows) == asked.limit else None
        return answer({"items": [session_json(row) for row in rows], "next": more}, list_types.Sessions)

    @routes.get("/api/five-hour-blocks")
    def blocks() -> Response:
        limit, before = _limit(), _moment("before")
        found = block_history.kept_blocks(served.reader, limit, before, _day("since", served.zone))
        more = found[-1].row["start_time"] if len(found) == limit else None
        items = [limits_json.block_row_json(block) for block in found]
        return answer({"items": items, "next": more}, list_types.Blocks)

    @routes.get("/api/limits")
    def limits() -> Response:
        return answer(limits_json.limits_json(_whole(served), None), list_types.Limits)

    @routes.get("/api/limits/history")
    def limits_history() -> Response:
        since = _day("since", served.zone)
        start = since if since is not None else served.clock() - USUAL_DAYS * DAY
        past = limit_history.past_limits(served.reader, start)
        told = limits_json.past_json(past)
        return answer(told, list_types.LimitsHistory)

    @routes.get("/api/usage")
    def usage() -> Response:
        return answer(_usage(served), list_types.Usage)

    @routes.get("/api/plan")
    def plan() -> Response:
        span = _span(served.zone) if {"since", "until"} & request.args.keys() else None
        found = usage_history.planning(planner, span, served.clock(), served.zone)
        return answer(usage_json.plan_json(found, served.zone), list_types.Plan)

    @routes.get("/api/health")
    def health() -> Response:
        return answer(to_json(_whole(served))["health"], health_types.Health)

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return Response(msgspec.json.encode(document()) + b"\n", mimetype="application/json")

    return routes


def _resolve_shapes() -> None:
    """Let msgspec look at every shape now, in one thread: two that do so at the same time crash the process."""
    for shape in (*{route.answer for route in ROUTES.values()}, list_types.Queued, list_types.AlertmanagerPayload):
        msgspec.json.Decoder(shape)


_resolve_shapes()


def answer(told: Mapping[str, Any], shape: type[Any], status: int = 200) -> Response:
    """The JSON of what is told, if it has the shape."""
    return Response(
        msgspec.json.encode(msgspec.convert(told, shape)) + b"\n", status=status, mimetype="application/json"
    )


def _whole(served: ApiContext) -> Snapshot:
    snapshot = take(served.reader, served.clock(), served.zone, served.health(), served.plan)
    if snapshot is None or snapshot.health.first_read_at is None:
        raise NotReady
    return snapshot


def _usage(served: ApiContext) -> dict[str, Any]:
    by = request.args.get("by", "day")
    span, reader, zone = _usage_span(served, by), served.reader, served.zone
    match by:
        case "day":
            return usage_json.used_json(usage_history.periods(reader, "day", span, zone), "date", zone)
        case "hour":
            return usage_json.used_json(usage_history.periods(reader, "hour", span, zone), "hour", zone)
        case "project":
            return usage_json.used_json(usage_history.projects(reader, span), "project", zone)
        case "model":
            return usage_json.models_json(usage_history.models(reader, span), zone)
    raise BadRequest(f"by={by!r} is none of day, hour, model, project")


def _usage_span(served: ApiContext, by: str) -> Span:
    """The days asked for; by themselves the last thirty, of hours the last two."""
    if "since" in request.args or "until" in request.args:
        return _span(served.zone)
    days = 2 if by == "hour" else USUAL_DAYS
    today = timestamp.to_datetime(served.clock()).astimezone(served.zone).date()
    first = date.fromordinal(today.toordinal() - days + 1)
    return span_of(first, today, served.zone)


def _span(zone: tzinfo | None) -> Span:
    return span_of(_date("since"), _date("until"), zone)


def _asked_sessions(zone: tzinfo | None) -> SessionQuery:
    given = request.args
    before = None
    if "before" in given:
        start, tilde, last = given["before"].partition("~")
        if not tilde:
            raise BadRequest("before: give the `next` of the page before")
        before = start, last
    return SessionQuery(
        limit=_limit(),
        since=_day("since", zone),
        before=before,
        project=given.get("project"),
        model=given.get("model"),
        session_type=given.get("session_type"),
        search=given.get("search") or None,
    )


def _limit() -> int:
    text = request.args.get("limit", str(USUAL_ITEMS))
    if not text.isdecimal() or not text.isascii() or not 1 <= int(text[:9]) <= MOST_ITEMS:
        raise BadRequest(f"limit={text!r} is no number from 1 to {MOST_ITEMS}")
    return int(text)


def _moment(name: str) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{name}={text!r} is no time; write it as in 2026-11-22T10:00:00Z") from None
    return timestamp.to_ms(found if found.tzinfo is not None else found.replace(tzinfo=UTC))


def _date(name: str) -> date | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise BadRequest(f"{name}={text!r} is no day; write it as in 2026-11-22")
    return min(max(found, EARLIEST), LATEST)


def _day(name: str, zone: tzinfo | None) -> int | None:
    found = _date(name)
    return midnight(found, zone) if found is not None else None
