"""Usage over time, by project and model, and by hour of the week."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, request

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import Span, Unit, span_of
from exporter.snapshot import usual
from exporter.snapshot.usage import cache_history, cache_json, groupings, imported, usage_history, usage_json
from exporter.store.reader import Reader
from exporter.web.api.context import ApiContext, answer
from exporter.web.api.parameters import DEFAULT_DAYS, has_span, read_span
from exporter.web.problems import BadRequest
from exporter.web.shapes.cache import CacheDays
from exporter.web.shapes.plan import Plan
from exporter.web.shapes.usage import Usage
from exporter.web.shapes.usual import Usual

PERIODS: dict[str, tuple[Unit, str]] = {"hour": ("hour", "hour"), "day": ("day", "date"), "month": ("month", "month")}
"""What `by` may be over time: the unit, and the key of its name."""


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

    @routes.get("/api/usage/usual")
    def usual_costs() -> Response:
        found = usual.usual_costs(plan_reader, context.clock(), context.zone, context.plan)
        return answer(usual.usual_json(found), Usual)

    @routes.get("/api/plan")
    def plan() -> Response:
        span = read_span(context.zone) if has_span() else None
        found = usage_history.planning(plan_reader, span, context.clock(), context.zone)
        return answer(usage_json.plan_json(found, context.zone), Plan)

    return routes


def _usage_json(context: ApiContext) -> dict[str, Any]:
    by = request.args.get("by", "day")
    breakdown = _read_breakdown()
    span, reader, zone = _usage_span(context, by), context.reader, context.zone
    if by in PERIODS:
        found = usage_history.periods_by(reader, PERIODS[by][0], span, zone, breakdown)
        content = usage_json.grouped_json(found, PERIODS[by][1], zone, breakdown)
        if by != "day":
            return content
        before = imported.imported_periods(reader, "day", span, zone)
        return {**content, "imported": imported.imported_json(before, "date")}
    if by in groupings.GROUPINGS:
        return usage_json.grouped_json(groupings.grouped(reader, span, by, breakdown), by, zone, breakdown)
    raise BadRequest(f"by={by!r} is not one of {', '.join(PERIODS)}, {', '.join(groupings.GROUPINGS)}")


def _read_breakdown() -> str | None:
    """`breakdown`: what each item consists of."""
    breakdown = request.args.get("breakdown")
    if breakdown is not None and breakdown not in groupings.GROUPINGS:
        raise BadRequest(f"breakdown={breakdown!r} is not one of {', '.join(groupings.GROUPINGS)}")
    return breakdown


def _usage_span(context: ApiContext, by: str) -> Span:
    """The requested days. Default: the last 30, by hour the last 2, by month a year."""
    if has_span():
        return read_span(context.zone)
    days = {"hour": 2, "month": 365}.get(by, DEFAULT_DAYS)
    today = timestamp.to_datetime(context.clock()).astimezone(context.zone).date()
    first = date.fromordinal(today.toordinal() - days + 1)
    return span_of(first, today, context.zone)
