"""Parses spooled payloads (status lines, hooks, alerts) and Claude Desktop's history.

Each type declares only the keys needed, so that nothing else in the text becomes a value.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

import msgspec

from exporter.domain.accounts import Origin, owner_of
from exporter.domain.limits.hit import ReportedHit
from exporter.domain.limits.limit_text import parse_limit_text
from exporter.domain.limits.reading import FIVE_HOUR, SEVEN_DAY, ReportedReading
from exporter.domain.text import as_utf8
from exporter.sources.limits.claude_json import listed
from exporter.sources.limits.report import (
    DESKTOP,
    MAX_TIME_MS,
    USAGE,
    LimitReport,
    object_in,
    parse_name,
    parse_reading,
)
from exporter.sources.limits.statusline import MAX_PATH, parse_statusline
from exporter.sources.local_zone import warn_of_unknown_zone
from exporter.sources.notifications.alertmanager import parse_alerts


class _Sample(msgspec.Struct):
    t: float
    u: dict[str, Any]
    org: Any = None


class _DesktopHistory(msgspec.Struct):
    samples: list[msgspec.Raw] = []


class _Answered(msgspec.Struct):
    usage_report: Any = None


class _Hook(msgspec.Struct):
    hook_event_name: str | None = None
    last_assistant_message: str | None = None
    session_id: Any = None
    transcript_path: Any = None


def parse_spooled(content: bytes, at: int, zone: tzinfo) -> LimitReport:
    """Parse the payload of a status line, a hook, Alertmanager, or the client's answer, received at `at` (ms).

    Raises msgspec.DecodeError.
    """
    content = as_utf8(content)
    line = parse_statusline(content, at)
    return msgspec.structs.replace(
        line,
        readings=[*line.readings, *parse_usage_report(content, at)],
        hits=parse_stop_failure(content, at, zone),
        alerts=parse_alerts(content),
    )


def parse_usage_report(content: bytes, at: int) -> list[ReportedReading]:
    """Parse the client's answer about the limits, received at `at` (ms). Raises msgspec.DecodeError."""
    report = msgspec.json.decode(content, type=_Answered).usage_report
    if not isinstance(report, dict):
        return []
    origin = Origin(folder=parse_name(report.get("folder"), MAX_PATH))
    by_window = {reading.window: reading for reading in listed(object_in(report, "rate_limits"), at, USAGE)}
    return [ReportedReading(reading, origin) for reading in by_window.values()]


def parse_stop_failure(content: bytes, at: int, zone: tzinfo) -> list[ReportedHit]:
    """Parse the hits from a StopFailure hook's payload, received at `at` (ms); none if it is not about a limit.

    `zone`: for a reset without a time zone. Raises msgspec.DecodeError.
    """
    payload = msgspec.json.decode(content, type=_Hook)
    text = payload.last_assistant_message
    if payload.hook_event_name != "StopFailure" or text is None:
        return []
    hits = parse_limit_text(text, at, zone)
    if hits:
        warn_of_unknown_zone(text)
    origin = Origin(transcript=parse_name(payload.transcript_path, MAX_PATH), session=parse_name(payload.session_id))
    return [ReportedHit(msgspec.structs.replace(hit, source="hook"), origin) for hit in hits]


def parse_desktop_history(content: bytes) -> LimitReport:
    """Parse Claude Desktop's `plan-usage-history.json`; samples that cannot be decoded are skipped.

    Raises msgspec.DecodeError.
    """
    found = []
    for raw in msgspec.json.decode(as_utf8(content), type=_DesktopHistory).samples:
        try:
            sample = msgspec.json.decode(raw, type=_Sample)
        except msgspec.DecodeError:
            continue
        if not 0 < sample.t < MAX_TIME_MS:
            continue
        origin = Origin(owner_of(sample.org, None))
        for key, window in (("fh", FIVE_HOUR), ("sd", SEVEN_DAY)):
            if (reading := parse_reading(window, DESKTOP, int(sample.t), sample.u.get(key), None)) is not None:
                found.append(ReportedReading(reading, origin))
    return LimitReport(found)
