"""Parses limit texts: which window is used up, and when it resets. The patterns match what clients have written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from exporter.domain.blocks.block import BLOCK_MS
from exporter.domain.calendar import timestamp
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import FIVE_HOUR, MAX_RESET_MS, SAME_RESET_MS, SEVEN_DAY

_TEXT = re.compile(
    r"\s*(?:Claude (?:AI )?(?P<usage>usage) limit reached"
    r"|(?P<first>(?:[\w-]+ ){0,2}[\w-]+) limit reached\b"
    r"|You['’]ve (?:hit|reached) your (?P<yours>(?:[\w.-]+ )*)limit\b)",
)
_NO_PLAN_LIMIT = re.compile(r"\b(api|rate|request|context|token|output|spend\w*|credit\w*)\b", re.IGNORECASE)
_FAMILIES = frozenset(("opus", "sonnet", "haiku", "fable"))
_EPOCH = re.compile(r"\|\s*(\d{9,13})\b")
_RESET = re.compile(
    r"\bresets (?:(?P<month>[A-Z][a-z]{2}) (?P<day>\d{1,2})(?:,? at |, ))?"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s?(?P<half>am|pm)(?: \((?P<zone>[^)]+)\))?"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def parse_limit_text(text: str, at: int, local: tzinfo) -> Hit | None:
    """Parse the hit from a text written at `at` (ms); None if the text is not about a plan's limit.

    `local`: the zone of a reset without one. An API key's rate limit is not a hit.
    """
    found = _TEXT.match(text)
    if found is None:
        return None
    name = (found["first"] or found["yours"] or "").strip()
    if _NO_PLAN_LIMIT.search(name):
        return None
    resets_at = _parse_reset(text, at, local)
    window = _window_of(name, at, resets_at)
    if window is None:
        return None
    if window == FIVE_HOUR and resets_at is not None and resets_at > at + MAX_RESET_MS:
        resets_at = None  # from a clock in another zone
    return Hit(window, at, resets_at, named=bool(name) and name != "usage")


def _window_of(name: str, at: int, resets_at: int | None) -> str | None:
    """The window, from the words before `limit`.

    An unnamed window is the 5-hour one if its reset is that near or unknown. A word that is not a model family,
    without a reset, names no window.
    """
    words = name.lower().split()
    if not words or words == ["usage"]:
        is_near = resets_at is None or resets_at - at <= BLOCK_MS
        return FIVE_HOUR if is_near else SEVEN_DAY
    if words[0] in ("session", "5-hour", "five-hour"):
        return FIVE_HOUR
    families = [word for word in words if word not in ("weekly", "7-day") and word[0].isalpha()]
    if not families:
        return SEVEN_DAY
    is_model = families[0] in _FAMILIES or "weekly" in words or any(word[0].isdigit() for word in words)
    return f"{SEVEN_DAY}_{families[0]}" if is_model or resets_at is not None else None


def _parse_reset(text: str, at: int, local: tzinfo) -> int | None:
    if epoch := _EPOCH.search(text):
        return timestamp.from_epoch(int(epoch[1]))
    found = _RESET.search(text)
    if found is None:
        return None
    try:
        zone = ZoneInfo(found["zone"]) if found["zone"] else local
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if not 1 <= hour <= 12 or minute > 59:
        return None
    clock = (hour % 12 + (12 if found["half"] == "pm" else 0), minute)
    date = None
    if found["month"]:
        if found["month"] not in _MONTHS:
            return None
        date = (_MONTHS.index(found["month"]) + 1, int(found["day"]))
    # The reset minute may have started already.
    return next((ms for ms in _clock_times(at, zone, clock, date) if ms > at - SAME_RESET_MS), None)


def _clock_times(at: int, zone: tzinfo, clock: tuple[int, int], date: tuple[int, int] | None) -> Iterator[int]:
    """Yield when a wall clock in the zone shows this, from about `at` on: twice if the clock is set back."""
    today = timestamp.to_datetime(at).astimezone(zone)
    for step in range(-1, 3):
        try:
            if date is None:
                day = today.date() + timedelta(days=step)
                shown = datetime(day.year, day.month, day.day, *clock, tzinfo=zone)
            else:
                shown = datetime(today.year + step, *date, *clock, tzinfo=zone)
        except (ValueError, OverflowError):  # February 29 in a non-leap year
            continue
        yield from sorted({timestamp.to_ms(shown.replace(fold=fold)) for fold in (0, 1)})
