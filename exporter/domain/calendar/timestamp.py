"""Times are integers: milliseconds since 1970 UTC. Conversions to and from ISO 8601 and datetimes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_END = 253_370_764_800_000
"""9999-01-01. Later times leave no room in the calendar for derived times, such as a block's end."""
_FILETIME_EPOCH = 11_644_473_600_000
"""From 1601-01-01 to 1970-01-01."""
_MIN_EPOCH_MS = 10**11
"""Epochs from here on are ms: as seconds, this would be the year 5138."""
_hours: dict[str, int] = {}
_SECONDS = {f"{second // 60:02d}:{second % 60:02d}.": second * SECOND for second in range(3600)}
_MILLISECONDS = {f"{ms:03d}Z": ms for ms in range(1000)}


def parse(text: str) -> int | None:
    """Convert ISO 8601 to ms, rounded down; a time without offset is UTC.

    Returns None for anything that is not a time, or is before 1970 or after 9998. The entries of a transcript share
    their hour with many others, so the plain form `2026-11-22T10:00:00.000Z` is assembled from cached parts.
    """
    try:
        return _hours[text[:14]] + _SECONDS[text[14:20]] + _MILLISECONDS[text[20:]]
    except KeyError:
        return _parse(text)


def _parse(text: str) -> int | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    ms = to_ms(time)
    if not 0 <= ms < _END:
        return None
    if text[14:20] in _SECONDS and text[20:] in _MILLISECONDS:
        if len(_hours) > 10_000:
            _hours.clear()
        _hours[text[:14]] = ms - ms % HOUR
    return ms


def is_time(text: str) -> bool:
    """Whether this is ISO 8601, at any time."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def to_ms(time: datetime) -> int:
    """An aware datetime as ms, rounded down."""
    return (time - _EPOCH) // _MS


def to_datetime(ms: int) -> datetime:
    """An aware UTC datetime."""
    return _EPOCH + timedelta(milliseconds=ms)


def format_minute(ms: int) -> str:
    """Format a time for people: `2026-11-22 10:00 UTC`."""
    return to_iso(ms)[:16].replace("T", " ") + " UTC"


def to_iso(ms: int) -> str:
    """`2026-11-22T10:00:00.000Z`, the form of every text column and JSON field."""
    return to_datetime(ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def is_in_calendar(ms: int) -> bool:
    """Whether this is a time of 1970 to 9998."""
    return 0 <= ms < _END


def from_filetime(ticks: int) -> int | None:
    """Convert Windows' time, 100 ns since 1601 UTC, to ms, rounded down; None before 1970 or after 9998."""
    ms = ticks // 10_000 - _FILETIME_EPOCH
    return ms if is_in_calendar(ms) else None


def from_epoch(number: float) -> int:
    """Convert an epoch in seconds or ms to ms. Its size decides which it is."""
    return int(number) if number >= _MIN_EPOCH_MS else round(number * SECOND)
