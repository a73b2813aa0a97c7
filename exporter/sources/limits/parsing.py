"""Readings in what the statusLine feed, Claude Desktop's history and Claude Code's own cache say; hits in hooks.

Each type names the keys wanted and no other, so that nothing else in the text becomes a value.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.limits import limit_text
from exporter.domain.limits.hit import Hit, length_of
from exporter.domain.limits.reading import FIVE_HOUR, HIGHEST_PERCENT, SAME_RESET_MS, SEVEN_DAY, Reading
from exporter.domain.notifications.alert import Alert
from exporter.sources.notifications.alertmanager import alerts

LATEST_MS = 10**15
"""No clock shows such a time."""
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


class HandedOver(msgspec.Struct, frozen=True):
    """What was handed over tells."""

    readings: list[Reading]
    hits: list[Hit]
    alerts: list[Alert]


def handed_over(content: bytes, at: int, zone: tzinfo) -> HandedOver:
    """Of a status line's input, a hook's payload or Alertmanager's, told at `at` (ms). Raises msgspec.DecodeError."""
    hit = stop_failure(content, at, zone)
    return HandedOver(statusline(content, at), [hit] if hit is not None else [], alerts(content))


def stop_failure(content: bytes, at: int, zone: tzinfo) -> Hit | None:
    """The hit that a StopFailure hook's payload, told at `at` (ms), tells; None where it tells of no plan's limit.

    `zone`: of a reset that names none. Raises msgspec.DecodeError.
    """
    told = msgspec.json.decode(content, type=_Hook)
    if told.hook_event_name != "StopFailure" or told.last_assistant_message is None:
        return None
    hit = limit_text.parse(told.last_assistant_message, at, zone)
    return msgspec.structs.replace(hit, source="hook") if hit is not None else None


def statusline(content: bytes, observed_at: int) -> list[Reading]:
    """Of a statusLine command's standard input, taken at `observed_at` (ms). Raises msgspec.DecodeError."""
    told = msgspec.json.decode(content, type=_Statusline).rate_limits or {}
    return [
        reading
        for window, value in told.items()
        if isinstance(value, dict)
        and (reading := _reading(window, STATUSLINE, observed_at, value, "used_percentage")) is not None
    ]


def desktop(content: bytes) -> list[Reading]:
    """Of Claude Desktop's `plan-usage-history.json`; samples that cannot be read are passed over.

    Raises msgspec.DecodeError.
    """
    found = []
    for raw in msgspec.json.decode(content, type=_DesktopHistory).samples:
        try:
            sample = msgspec.json.decode(raw, type=_Sample)
        except msgspec.DecodeError:
            continue
        for key, window in (("fh", FIVE_HOUR), ("sd", SEVEN_DAY)):
            share = _share(sample.u.get(key))
            if share is not None and 0 < sample.t < LATEST_MS:
                found.append(Reading(window, DESKTOP, int(sample.t), share, None, sample.org))
    return found


def account(content: bytes) -> list[Reading]:
    """Of `.claude.json`: what the client cached of the service's answer. Raises msgspec.DecodeError."""
    cached = msgspec.json.decode(content, type=_Account).cached
    if cached is None or not 0 < cached.fetched_at_ms < LATEST_MS:
        return []
    return [
        reading
        for window, value in cached.utilization.items()
        if isinstance(value, dict)
        and (reading := _reading(window, ACCOUNT, int(cached.fetched_at_ms), value, "utilization")) is not None
    ]


def _reading(window: str, source: str, observed_at: int, value: dict[str, Any], key: str) -> Reading | None:
    """None where the value is no share, or belongs to a window without a bounded name."""
    share = _share(value.get(key))
    if share is None or not _is_window(window):
        return None
    resets_at = _moment(value.get("resets_at"))
    if resets_at is not None and resets_at > observed_at + length_of(window) + SAME_RESET_MS:
        resets_at = None  # no window is so long
    return Reading(window, source, observed_at, share, resets_at)


def _is_window(name: str) -> bool:
    return name == FIVE_HOUR or (name.startswith(SEVEN_DAY) and len(name) <= 40 and name.replace("_", "").isalnum())


def _share(percent: Any) -> float | None:
    """0 to 1.01; None for what is no number, negative, or above the known bug's bound."""
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent <= HIGHEST_PERCENT:
        return None
    return round(percent / 100, 6)


def _moment(value: Any) -> int | None:
    """An epoch in seconds or ms, or an ISO text, as ms."""
    if isinstance(value, str):
        return timestamp.parse(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**15:
        return None
    return timestamp.from_epoch(value)
