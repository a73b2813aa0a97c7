"""Times are integers: milliseconds since 1970 UTC. Here they meet the ISO 8601 texts of files and faces."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_END = 253_370_764_800_000
"""9999-01-01: later times have no place in the calendar for what follows them, such as a block's end."""
_minutes: dict[str, int] = {}


def parse(text: str) -> int | None:
    """ISO 8601 to ms, rounded down; a time without offset is UTC.

    None where it is no time, or one before 1970 or after 9998: no clock that Claude ran by showed it.
    A transcript's lines share their minute with many others, so the plain form
    `2026-11-22T10:00:00.000Z` is answered from the minute and two slices.
    """
    plain = len(text) == 24 and text[19] == "." and text[23] == "Z"
    if plain:
        minute = _minutes.get(text[:17])
        rest = text[17:19] + text[20:23]
        if minute is not None and rest < "60" and rest.isascii() and rest.isdecimal():
            return minute + int(rest)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    ms = to_ms(moment)
    if not 0 <= ms < _END:
        return None
    if plain:
        _remember_minute(text, moment)
    return ms


def _remember_minute(text: str, moment: datetime) -> None:
    if len(_minutes) > 10_000:
        _minutes.clear()
    _minutes[text[:17]] = to_ms(moment.replace(second=0, microsecond=0))


def to_ms(moment: datetime) -> int:
    """An aware datetime as ms, rounded down."""
    return (moment - _EPOCH) // _MS


def to_datetime(ms: int) -> datetime:
    """An aware UTC datetime."""
    return _EPOCH + timedelta(milliseconds=ms)


def to_iso(ms: int) -> str:
    """`2026-11-22T10:00:00.000Z`, the form of every text column and JSON field."""
    return to_datetime(ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"
