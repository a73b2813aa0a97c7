"""The data of the single-file page: each part is the answer of an API endpoint."""

from __future__ import annotations

from datetime import date, tzinfo
from typing import Any

from exporter.domain.calendar.day import Unit, date_of, span_of
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.snapshot.blocks import block_history, block_json
from exporter.snapshot.limits import history_json, limit_history
from exporter.snapshot.sessions import session_history
from exporter.snapshot.snapshot_json import session_json, to_json
from exporter.snapshot.take import take
from exporter.snapshot.usage import usage_history, usage_json
from exporter.store.reader import Reader
from exporter.store.sessions.session_rows import SessionQuery

DAYS, HOURS_OF_DAYS, BLOCKS, SESSIONS = 28, 2, 50, 200


def offline_data(
    reader: Reader, now: int, zone: tzinfo | None, plan: PlanSettings, health: Health
) -> dict[str, Any] | None:
    """The data for `offline_html`; None until the first read is complete. Raises DatabaseError."""
    snapshot = take(reader, now, zone, health, plan)
    if snapshot is None or snapshot.health.first_read_at is None:
        return None
    today = date_of(now, zone)

    def used(unit: Unit, days: int, key: str) -> dict[str, Any]:
        first = date.fromordinal(today.toordinal() - days + 1)
        return usage_json.used_json(usage_history.periods(reader, unit, span_of(first, today, zone), zone), key, zone)

    rows = session_history.sessions(reader, SessionQuery(limit=SESSIONS))
    kept = block_history.stored_blocks(reader, BLOCKS, None, None)
    return {
        "current": to_json(snapshot),
        "days": used("day", DAYS, "date"),
        "hours": used("hour", HOURS_OF_DAYS, "hour"),
        "blocks": {"items": [block_json.block_row_json(block) for block in kept], "next": None},
        "sessions": {"items": [session_json(row) for row in rows], "next": None},
        "limits_history": history_json.past_json(limit_history.past_limits(reader, now - 30 * DAY)),
        "plan": usage_json.plan_json(usage_history.planning(reader, None, now, zone), zone),
    }
