"""The current state: the snapshot, the tracker's health, and the checks of the installation."""

from __future__ import annotations

from flask import Blueprint, Response

from exporter.snapshot.snapshot_json import to_json
from exporter.web.api.context import ApiContext, answer
from exporter.web.shapes.doctor import Doctor
from exporter.web.shapes.folders import Folders
from exporter.web.shapes.health import Health
from exporter.web.shapes.snapshot import Snapshot


def current_routes(context: ApiContext) -> Blueprint:
    routes = Blueprint("current", __name__)

    @routes.get("/api/analytics/current")
    def current() -> Response:
        return answer(to_json(context.shown_snapshot()), Snapshot)

    @routes.get("/api/health")
    def health() -> Response:
        return answer(to_json(context.complete_snapshot())["health"], Health)

    @routes.get("/api/folders")
    def folders() -> Response:
        return answer(context.folders(), Folders)

    @routes.get("/api/doctor")
    def doctor() -> Response:
        return answer(context.examine(), Doctor)

    return routes
