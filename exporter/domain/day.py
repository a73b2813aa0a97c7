"""Days of a time zone, as spans of ms."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from exporter.domain import timestamp


class Day(NamedTuple):
    """`[start, end)` ms of the day called `date` (2026-11-22) in a zone; 23 to 25 hours long."""

    date: str
    start: int
    end: int


def day_of(now: int, zone: tzinfo | None) -> Day:
    """The day that holds `now` in `zone`; None is the machine's own zone."""
    local = timestamp.to_datetime(now).astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    return Day(local.date().isoformat(), _ms(midnight, zone), _ms(midnight + timedelta(days=1), zone))


def _ms(wall: datetime, zone: tzinfo | None) -> int:
    """A wall clock's time; without a zone, astimezone() takes the machine's, with the offset of that date."""
    moment = wall.astimezone() if zone is None else wall.replace(tzinfo=zone)
    return timestamp.to_ms(moment)
