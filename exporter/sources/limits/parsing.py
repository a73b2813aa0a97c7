"""Parses readings from statusLine input, Claude Desktop's history and Claude Code's cache, and hits from hooks.

Each type declares only the keys needed, so that nothing else in the text becomes a value.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.limits import limit_text
from exporter.domain.limits.hit import Hit, window_length_ms
from exporter.domain.limits.reading import FIVE_HOUR, MAX_PERCENT, SAME_RESET_MS, SEVEN_DAY, Reading
from exporter.domain.notifications.alert import Alert
from exporter.sources.notifications.alertmanager import parse_alerts

MAX_TIME_MS = 10**15
"""Later times are not valid."""
STATUSLINE, DESKTOP, ACCOUNT = "statusline", "desktop", "account"


class _Statusline(msgspec.Struct):
    rate_limits: dict[str, Any] | None = None


class _Sample(msgspec.Struct):
    t: float
    u: dict[str, Any]
    org: str | None = None


class _DesktopHistory(msgspec.Struct):
    samples: list[msgspec.Raw] = []


class _Cached(msgspec.Struct):
    fetched_at_ms: float = msgspec.field(name="fetchedAtMs")
    utilization: dict[str, Any]


class _Account(msgspec.Struct):
    cached: _Cached | None = msgspec.field(name="cachedUsageUtilization", default=None)


class _Hook(msgspec.Struct):
    hook_event_name: str | None = None
    last_assistant_message: str | None = None


class SpooledPayload(msgspec.Struct, frozen=True):
    """The content of a spooled payload."""

    readings: list[Reading]
    hits: list[Hit]
    alerts: list[Alert]


def parse_spooled(content: bytes, at: int, zone: tzinfo) -> SpooledPayload:
    """Parse the payload of a status line, a hook or Alertmanager, received at `at` (ms). Raises msgspec.DecodeError."""
    hit = parse_stop_failure(content, at, zone)
    return SpooledPayload(parse_statusline(content, at), [hit] if hit is not None else [], parse_alerts(content))


def parse_stop_failure(content: bytes, at: int, zone: tzinfo) -> Hit | None:
    """Parse the hit from a StopFailure hook's payload, received at `at` (ms); None if it is not about a plan's limit.

    `zone`: for a reset without a time zone. Raises msgspec.DecodeError.
    """
    payload = msgspec.json.decode(content, type=_Hook)
    if payload.hook_event_name != "StopFailure" or payload.last_assistant_message is None:
        return None
    hit = limit_text.parse_limit_text(payload.last_assistant_message, at, zone)
    return msgspec.structs.replace(hit, source="hook") if hit is not None else None


def parse_statusline(content: bytes, observed_at: int) -> list[Reading]:
    """Parse a statusLine command's standard input, received at `observed_at` (ms). Raises msgspec.DecodeError."""
    payload = msgspec.json.decode(content, type=_Statusline).rate_limits or {}
    return [
        reading
        for window, value in payload.items()
        if isinstance(value, dict)
        and (reading := _parse_reading(window, STATUSLINE, observed_at, value, "used_percentage")) is not None
    ]


def parse_desktop_history(content: bytes) -> list[Reading]:
    """Parse Claude Desktop's `plan-usage-history.json`; samples that cannot be decoded are skipped.

    Raises msgspec.DecodeError.
    """
    found = []
    for raw in msgspec.json.decode(content, type=_DesktopHistory).samples:
        try:
            sample = msgspec.json.decode(raw, type=_Sample)
        except msgspec.DecodeError:
            continue
        for key, window in (("fh", FIVE_HOUR), ("sd", SEVEN_DAY)):
            share = _parse_share(sample.u.get(key))
            if share is not None and 0 < sample.t < MAX_TIME_MS:
                found.append(Reading(window, DESKTOP, int(sample.t), share, None))
    return found


def parse_account(content: bytes) -> list[Reading]:
    """Parse the service's answer that the client cached in `.claude.json`. Raises msgspec.DecodeError."""
    cached = msgspec.json.decode(content, type=_Account).cached
    if cached is None or not 0 < cached.fetched_at_ms < MAX_TIME_MS:
        return []
    return [
        reading
        for window, value in cached.utilization.items()
        if isinstance(value, dict)
        and (reading := _parse_reading(window, ACCOUNT, int(cached.fetched_at_ms), value, "utilization")) is not None
    ]


def _parse_reading(window: str, source: str, observed_at: int, value: dict[str, Any], key: str) -> Reading | None:
    """Parse a reading; None if its value is not a share, or its window has no bounded name."""
    share = _parse_share(value.get(key))
    if share is None or not _is_window(window):
        return None
    resets_at = _parse_time(value.get("resets_at"))
    if resets_at is not None and resets_at > observed_at + window_length_ms(window) + SAME_RESET_MS:
        resets_at = None  # no window is that long
    return Reading(window, source, observed_at, share, resets_at)


def _is_window(name: str) -> bool:
    return name == FIVE_HOUR or (name.startswith(SEVEN_DAY) and len(name) <= 40 and name.replace("_", "").isalnum())


def _parse_share(percent: Any) -> float | None:
    """Convert to 0 to 1.01; None if it is not a number, negative, or above `MAX_PERCENT`."""
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent <= MAX_PERCENT:
        return None
    return round(percent / 100, 6)


def _parse_time(value: Any) -> int | None:
    """Convert an epoch in seconds or ms, or an ISO text, to ms."""
    if isinstance(value, str):
        return timestamp.parse(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**15:
        return None
    return timestamp.from_epoch(value)
