"""The data of the single-file page: each part is the answer of an API endpoint."""

from __future__ import annotations

from datetime import date, tzinfo
from typing import Any

from exporter.domain.blocks.block import BLOCK_MS
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import Unit, date_of, span_of
from exporter.domain.calendar.timestamp import DAY, HOUR
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.limits.reading import FIVE_HOUR
from exporter.snapshot import usual
from exporter.snapshot.blocks import block_history, block_json
from exporter.snapshot.limits import history_json, limit_history
from exporter.snapshot.sessions import session_history
from exporter.snapshot.snapshot_json import session_json, to_json
from exporter.snapshot.take import take
from exporter.snapshot.usage import groupings, usage_history, usage_json
from exporter.store.reader import Reader
from exporter.store.sessions.session_rows import SessionQuery

DAYS, HOURS_OF_DAYS, DAYS_OF_MONTHS, BLOCKS, SESSIONS = 28, 2, 366, 50, 200
BREAKDOWNS = ("project", "session", "skill", "agent", "mcp")
"""What hours, days and months consist of, in addition to models."""


def offline_data(
    reader: Reader, now: int, zone: tzinfo | None, plan: PlanSettings, health: Health
) -> dict[str, Any] | None:
    """The data for `offline_html`; None until the first read is complete. Raises DatabaseError."""
    snapshot = take(reader, now, zone, health, plan)
    if snapshot is None or snapshot.health.first_read_at is None:
        return None
    today = date_of(now, zone)

    def used(unit: Unit, days: int, key: str, breakdown: str | None = None) -> dict[str, Any]:
        span = span_of(date.fromordinal(today.toordinal() - days + 1), today, zone)
        found = usage_history.periods_by(reader, unit, span, zone, breakdown)
        return usage_json.grouped_json(found, key, zone, breakdown)

    kept = block_history.stored_blocks(reader, BLOCKS, None, None)
    past = history_json.past_json(limit_history.past_limits(reader, now - 30 * DAY))
    return {
        "current": to_json(snapshot),
        "days": used("day", DAYS, "date"),
        "hours": used("hour", HOURS_OF_DAYS, "hour"),
        "months": used("month", DAYS_OF_MONTHS, "month"),
        "breakdowns": {
            "hour": {by: slim(used("hour", HOURS_OF_DAYS, "hour", by)) for by in BREAKDOWNS},
            "day": {by: slim(used("day", DAYS, "date", by)) for by in BREAKDOWNS},
            "month": {by: slim(used("month", DAYS_OF_MONTHS, "month", by)) for by in BREAKDOWNS},
        },
        "usual": usual.usual_json(usual.usual_costs(reader, now, zone, plan)),
        "blocks": {"items": [block_json.block_row_json(block) for block in kept], "next": None},
        "sessions": {"items": _sessions(reader), "next": None},
        "limits_history": past | {"history": recent_readings(past["history"], now)},
        "plan": usage_json.plan_json(usage_history.planning(reader, None, now, zone), zone),
    }


def _sessions(reader: Reader) -> list[dict[str, Any]]:
    """The latest sessions, each with its cost and responses. Raises DatabaseError."""
    rows = session_history.sessions(reader, SessionQuery(limit=SESSIONS))
    used = {one.name: one.amount for one in groupings.grouped(reader, span_of(None, None, None), "session").items}
    found = []
    for row in rows:
        amount = used.get(row.id)
        spent = usage_json.amount_json(amount) if amount is not None else {}
        found.append(session_json(row) | {key: spent.get(key) for key in ("cost_usd", "responses")})
    return found


def slim(found: dict[str, Any]) -> dict[str, Any]:
    """A usage answer whose items have their time and what they consist of, without models."""
    times = ("hour", "date", "month")
    items = [
        {
            **{key: item[key] for key in times if key in item},
            "breakdown": [{key: value for key, value in part.items() if key != "models"} for part in item["breakdown"]],
        }
        for item in found["items"]
    ]
    return {"items": items, "unknown_until": found.get("unknown_until")}


def recent_readings(readings: list[dict[str, Any]], now: int) -> list[dict[str, Any]]:
    """What the page draws of the readings (oldest first): of five hours each of the last two windows, and the last of
    those before; of other windows the last of each hour. None older than a week and a day.
    """
    found: dict[tuple[object, ...], dict[str, Any]] = {}
    for number, one in enumerate(readings):
        at = timestamp.parse(one["last_observed_at"]) or 0
        if at < now - 8 * DAY:
            continue
        key: object = at // HOUR
        if one["window"] == FIVE_HOUR:
            key = number if at >= now - 2 * BLOCK_MS else one["resets_at"]
        found[one["account"], one["window"], key] = one
    return list(found.values())
