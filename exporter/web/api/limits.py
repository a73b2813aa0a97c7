"""Limits, and their history."""

from __future__ import annotations

from flask import Blueprint, Response

from exporter.domain.calendar.timestamp import DAY
from exporter.snapshot.limits import history_json, limit_history, limits_json, weeks
from exporter.web.api.context import ApiContext, answer
from exporter.web.api.parameters import DEFAULT_DAYS, read_midnight, read_span
from exporter.web.shapes.limit_history import LimitsHistory
from exporter.web.shapes.limits import LedgerWeeks, Limits


def limit_routes(context: ApiContext) -> Blueprint:
    routes = Blueprint("limits", __name__)

    @routes.get("/api/limits")
    def limits() -> Response:
        return answer(limits_json.limits_json(context.complete_snapshot(), None), Limits)

    @routes.get("/api/limits/history")
    def limits_history() -> Response:
        since = read_midnight("since", context.zone)
        start = since if since is not None else context.clock() - DEFAULT_DAYS * DAY
        return answer(history_json.past_json(limit_history.past_limits(context.reader, start)), LimitsHistory)

    @routes.get("/api/limits/weeks")
    def limits_weeks() -> Response:
        found = weeks.past_weeks(context.reader, read_span(context.zone), context.clock())
        return answer(weeks.weeks_json(found, context.zone), LedgerWeeks)

    return routes
