"""What a source reports about limits, and the values in it: shares, times, places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.hit import ReportedHit, window_length_ms
from exporter.domain.limits.reading import (
    FIVE_HOUR,
    MAX_PERCENT,
    SAME_RESET_MS,
    SEVEN_DAY,
    SPEND,
    Credits,
    Reading,
    ReportedReading,
    SurfaceShare,
)
from exporter.domain.notifications.alert import Alert
from exporter.domain.usage.activity import SessionFacts
from exporter.domain.usage.imported import ImportedDay
from exporter.domain.usage.prompt_cache import CacheLine

MAX_TIME_MS = 10**15
"""Later times are not valid."""
MAX_SPEND_PERCENT = 10_000
"""Spending may exceed its limit."""
MAX_ENTRIES = 100
"""More of a list are not read."""
STATUSLINE, DESKTOP, ACCOUNT, USAGE = "statusline", "desktop", "account", "usage"
_LONGEST_MS = 31 * DAY
"""Of a window that we do not know."""


class LimitReport(msgspec.Struct, frozen=True):
    """Everything that one file or payload reports."""

    readings: list[ReportedReading] = []
    hits: list[ReportedHit] = []
    alerts: list[Alert] = []
    credits: list[Credits] = []
    surfaces: list[SurfaceShare] = []
    sessions: list[tuple[str, SessionFacts]] = []
    """What is known of sessions by their ids"""
    caches: list[tuple[str, CacheLine]] = []
    """The totals of the prompt cache in status lines, by the ids of their sessions"""
    imported: list[ImportedDay] = []
    """Days from Claude Code's own statistics"""


def parse_reading(
    window: str | None, source: str, observed_at: int, percent: Any, resets_at: Any, *, binds: bool = True
) -> Reading | None:
    """A reading; None if its value is not a share, or its window has no name."""
    if window is None:
        return None
    share = parse_share(percent, MAX_SPEND_PERCENT if window == SPEND else MAX_PERCENT)
    if share is None:
        return None
    reset = parse_time(resets_at)
    is_known = window in (FIVE_HOUR, SPEND) or window.startswith(SEVEN_DAY)
    longest = window_length_ms(window) if is_known else _LONGEST_MS
    if reset is not None and reset > observed_at + longest + SAME_RESET_MS:
        reset = None
    return Reading(window, source, observed_at, share, reset, binds=binds)


def parse_share(percent: Any, most: float = MAX_PERCENT) -> float | None:
    """Convert percents to a share; None if it is not a number, negative, or above `most`."""
    number = parse_number(percent)
    return round(number / 100, 6) if number is not None and number <= most else None


def parse_number(value: Any) -> float | None:
    """A number that is not negative; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        return None
    return value


def parse_time(value: Any) -> int | None:
    """Convert an epoch in seconds or ms, or an ISO text, to ms."""
    if isinstance(value, str):
        return timestamp.parse(value)
    number = parse_number(value)
    return timestamp.from_epoch(number) if number is not None and 0 < number < MAX_TIME_MS else None


def parse_name(value: Any, longest: int = 200) -> str | None:
    """A path or an id as Claude writes it; None if it is not a text, empty, or too long."""
    return value if isinstance(value, str) and 0 < len(value) <= longest and "\0" not in value else None


def objects_in(value: Any, key: str) -> list[dict[str, Any]]:
    """The objects in the list under a key; none if it is not a list."""
    found = value.get(key) if isinstance(value, dict) else None
    return [one for one in found[:MAX_ENTRIES] if isinstance(one, dict)] if isinstance(found, list) else []


def object_in(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The object under a key; empty if it is none."""
    found = value.get(key)
    return found if isinstance(found, dict) else {}
