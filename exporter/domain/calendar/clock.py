"""Times and durations for people."""

from __future__ import annotations

from datetime import timedelta, tzinfo

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY, MINUTE

_MORNING = 6


def clock(ms: int, zone: tzinfo | None) -> str:
    """`14:05` in a time zone; None: the machine's."""
    return timestamp.to_datetime(ms).astimezone(zone).strftime("%H:%M")


def moment(ms: int, now: int, zone: tzinfo | None) -> str:
    """`14:05` of the same day, `Fri 14:05` within six days, else `11-22 14:05`. `now`: ms."""
    local, today = (timestamp.to_datetime(one).astimezone(zone) for one in (ms, now))
    if local.date() == today.date():
        return local.strftime("%H:%M")
    return local.strftime("%a %H:%M" if abs(ms - now) < 6 * DAY else "%m-%d %H:%M")


def whole_minute(ms: int) -> int:
    """A reset, rounded to the minute like the block's end: reported resets vary by seconds."""
    return (ms + MINUTE // 2) // MINUTE * MINUTE


def part_of_day(ms: int, now: int, zone: tzinfo | None) -> str:
    """`this afternoon`, `Thursday morning`: of a time that is not known to the hour. `now`: ms.

    A night belongs to the day before: the hours after Tuesday's midnight are `Monday night`.
    """
    local, today = (timestamp.to_datetime(one).astimezone(zone) for one in (ms, now))
    part = ("night", "morning", "afternoon", "evening")[local.hour // 6]
    day = local.date() - timedelta(days=1) if part == "night" else local.date()
    is_night = today.hour < _MORNING
    if part == "night" and day == (today.date() - timedelta(days=1) if is_night else today.date()):
        return "tonight"
    return f"this {part}" if day == today.date() and part != "night" else f"{day:%A} {part}"


def duration(ms: int) -> str:
    """`5 min`, `2 h 05 min`, and from two days on `2 d 20 h` or `3 d`."""
    minutes = max(0, round(ms / MINUTE))
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    if hours < 48:
        return f"{hours} h {minutes % 60:02d} min"
    return f"{hours // 24} d{f' {hours % 24} h' if hours % 24 else ''}"
