"""Limits, and their history."""

from __future__ import annotations

from flask import Blueprint, Response

from exporter.domain.calendar.timestamp import DAY
from exporter.snapshot.limits import limit_history, limits_json
from exporter.web.api.context import ApiContext, answer
from exporter.web.api.parameters import DEFAULT_DAYS, read_midnight
from exporter.web.shapes.limits import Limits, LimitsHistory


def limit_routes(context: ApiContext) -> Blueprint:
    routes = Blueprint("limits", __name__)

    @routes.get("/api/limits")
    def limits() -> Response:
        return answer(limits_json.limits_json(context.complete_snapshot(), None), Limits)

    @routes.get("/api/limits/history")
    def limits_history() -> Response:
        since = read_midnight("since", context.zone)
        start = since if since is not None else context.clock() - DEFAULT_DAYS * DAY
        return answer(limits_json.past_json(limit_history.past_limits(context.reader, start)), LimitsHistory)

    return routes
