"""Parses the standard input of the status line command.

Of it only `rate_limits`, `session_id`, `transcript_path` and `cost` are decoded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from exporter.domain.accounts import Origin
from exporter.domain.limits.naming import family_of, family_window, window_of
from exporter.domain.limits.reading import Reading, ReportedReading
from exporter.sources.limits.money import parse_dollars
from exporter.sources.limits.report import STATUSLINE, LimitReport, object_in, objects_in, parse_name, parse_reading

MAX_PATH = 4_096
_SPEND_LIMIT, _MODELS = "spend_limit", "model_scoped"


class _Statusline(msgspec.Struct):
    rate_limits: dict[str, Any] | None = None
    session_id: Any = None
    transcript_path: Any = None
    cost: Any = None


def parse_statusline(content: bytes, observed_at: int) -> LimitReport:
    """Parse a statusLine command's standard input as UTF-8, received at `observed_at` (ms).

    Raises msgspec.DecodeError.
    """
    line = msgspec.json.decode(content, type=_Statusline)
    limits = line.rate_limits or {}
    origin = Origin(transcript=parse_name(line.transcript_path, MAX_PATH), session=parse_name(line.session_id))
    answer = _answer(line.cost, limits)
    by_window = {reading.window: reading for reading in _readings(limits, observed_at)}
    spent = parse_dollars(object_in(limits, _SPEND_LIMIT), observed_at, origin)
    return LimitReport(
        [ReportedReading(reading, origin, answer) for reading in by_window.values()],
        credits=[spent] if spent is not None else [],
    )


def _readings(limits: dict[str, Any], at: int) -> Iterator[Reading]:
    """Of each window; of one named twice the last is the more exact."""
    for name, value in limits.items():
        if isinstance(value, dict):
            window, percent = window_of(name), value.get("used_percentage")
            if (reading := parse_reading(window, STATUSLINE, at, percent, value.get("resets_at"))) is not None:
                yield reading
    for model in objects_in(limits, _MODELS):
        family, percent = family_of(model.get("display_name")), model.get("utilization", model.get("used_percentage"))
        window = family_window(family) if family is not None else None
        if (reading := parse_reading(window, STATUSLINE, at, percent, model.get("resets_at"))) is not None:
            yield reading


def _answer(cost: Any, limits: dict[str, Any]) -> str:
    """Names the API answer that brought these limits: both totals grow with each one, and a changed content is new."""
    totals = [cost.get(key) for key in ("total_api_duration_ms", "total_cost_usd")] if isinstance(cost, dict) else []
    return hashlib.sha256(msgspec.json.encode((totals, limits), order="sorted")).hexdigest()[:32]
