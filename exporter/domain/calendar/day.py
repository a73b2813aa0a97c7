"""Days, weeks and months of a time zone, as spans of ms."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal, NamedTuple

from exporter.domain.calendar import timestamp

Unit = Literal["hour", "day", "week", "month"]


class Day(NamedTuple):
    """`[start, end)` ms of the day called `date` (2026-11-22) in a zone; 23 to 25 hours long."""

    date: str
    start: int
    end: int


class Span(NamedTuple):
    """`[start, end)` ms."""

    start: int
    end: int


ALWAYS = Span(0, timestamp.to_ms(datetime(9999, 1, 1, tzinfo=UTC)))
"""Contains every time that a transcript can have."""


def day_of(now: int, zone: tzinfo | None) -> Day:
    """The day that contains `now` in `zone`; None is the machine's own zone."""
    today = date_of(now, zone)
    return Day(today.isoformat(), midnight(today, zone), midnight(today + timedelta(days=1), zone))


def midnight(day: date, zone: tzinfo | None) -> int:
    """When a day starts in `zone`, ms: the first of two midnights, or the clock change if there is no midnight."""
    return wall_ms(datetime.combine(day, time()), zone)


def wall_ms(wall: datetime, zone: tzinfo | None) -> int:
    """When a wall clock in `zone` shows `wall`, ms. None is the machine's zone, with its offset at that date."""
    return timestamp.to_ms(wall.astimezone() if zone is None else wall.replace(tzinfo=zone))


def span_of(since: date | None, until: date | None, zone: tzinfo | None) -> Span:
    """The span from the day `since` to the day `until`, both inclusive; None is unbounded."""
    start = midnight(since, zone) if since is not None else ALWAYS.start
    end = midnight(until + timedelta(days=1), zone) if until is not None else ALWAYS.end
    return Span(start, end)


class Period(NamedTuple):
    """An hour, a day, a week (from Monday) or a month of a zone. `end`: ms.

    `name`: the hour's start (2026-11-22T10:00:00.000Z), the day or the week's Monday (2026-11-22), the month (2026-11).
    """

    name: str
    end: int


def period_of(now: int, unit: Unit, zone: tzinfo | None) -> Period:
    """The period that contains `now`; its end is after `now`."""
    if unit == "hour":
        local = timestamp.to_datetime(now).astimezone(zone)
        start = now // timestamp.MINUTE * timestamp.MINUTE - local.minute * timestamp.MINUTE
        return Period(timestamp.to_iso(start), start + timestamp.HOUR)
    today = date_of(now, zone)
    if midnight(today + timedelta(days=1), zone) <= now:  # the clock was set back across midnight
        today += timedelta(days=1)
    if unit == "day":
        first, following = today, today + timedelta(days=1)
    elif unit == "week":
        first = today - timedelta(days=today.weekday())
        following = first + timedelta(days=7)
    else:
        first = today.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
    return Period(first.isoformat()[: 7 if unit == "month" else 10], midnight(following, zone))


def date_of(now: int, zone: tzinfo | None) -> date:
    return timestamp.to_datetime(now).astimezone(zone).date()
