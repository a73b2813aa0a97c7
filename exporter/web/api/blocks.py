"""5-hour blocks."""

from __future__ import annotations

from flask import Blueprint, Response

from exporter.snapshot.blocks import block_history, block_json
from exporter.web.api.context import ApiContext, answer
from exporter.web.api.parameters import read_limit, read_midnight, read_time
from exporter.web.shapes.blocks import Blocks


def block_routes(context: ApiContext) -> Blueprint:
    routes = Blueprint("blocks", __name__)

    @routes.get("/api/five-hour-blocks")
    def blocks() -> Response:
        limit, before = read_limit(), read_time("before")
        found = block_history.stored_blocks(context.reader, limit, before, read_midnight("since", context.zone))
        more = found[-1].row["start_time"] if len(found) == limit else None
        items = [block_json.block_row_json(block) for block in found]
        return answer({"items": items, "next": more}, Blocks)

    return routes
