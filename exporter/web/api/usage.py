"""Usage over time, by project and model, and by hour of the week."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, request

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import Span, span_of
from exporter.snapshot.usage import cache_history, cache_json, groupings, imported, usage_history, usage_json
from exporter.store.reader import Reader
from exporter.web.api.context import ApiContext, answer
from exporter.web.api.parameters import DEFAULT_DAYS, has_span, read_span
from exporter.web.problems import BadRequest
from exporter.web.shapes.cache import CacheDays
from exporter.web.shapes.plan import Plan
from exporter.web.shapes.usage import Usage


def usage_routes(context: ApiContext) -> Blueprint:
    routes = Blueprint("usage", __name__)
    plan_reader = Reader(context.reader.path)  # its own: four weeks by hour take long, and would block other requests

    @routes.get("/api/usage")
    def usage() -> Response:
        return answer(_usage_json(context), Usage)

    @routes.get("/api/usage/cache")
    def cache() -> Response:
        found = cache_history.cache_history(context.reader, _usage_span(context, "day"), context.zone)
        return answer(cache_json.history_json(found, context.zone), CacheDays)

    @routes.get("/api/plan")
    def plan() -> Response:
        span = read_span(context.zone) if has_span() else None
        found = usage_history.planning(plan_reader, span, context.clock(), context.zone)
        return answer(usage_json.plan_json(found, context.zone), Plan)

    return routes


def _usage_json(context: ApiContext) -> dict[str, Any]:
    by = request.args.get("by", "day")
    span, reader, zone = _usage_span(context, by), context.reader, context.zone
    match by:
        case "day":
            before = imported.imported_json(imported.imported_periods(reader, "day", span, zone), "date")
            found = usage_json.used_json(usage_history.periods(reader, "day", span, zone), "date", zone)
            return {**found, "imported": before}
        case "hour":
            return usage_json.used_json(usage_history.periods(reader, "hour", span, zone), "hour", zone)
    if by in groupings.GROUPINGS:
        return usage_json.grouped_json(groupings.grouped(reader, span, by), by, zone)
    raise BadRequest(f"by={by!r} is not one of day, hour, {', '.join(groupings.GROUPINGS)}")


def _usage_span(context: ApiContext, by: str) -> Span:
    """The requested days. Default: the last 30, by hour the last 2."""
    if has_span():
        return read_span(context.zone)
    days = 2 if by == "hour" else DEFAULT_DAYS
    today = timestamp.to_datetime(context.clock()).astimezone(context.zone).date()
    first = date.fromordinal(today.toordinal() - days + 1)
    return span_of(first, today, context.zone)
