"""The time of a reset as a text gives it: a weekday or a date, a 12-hour time, a zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.reading import SAME_RESET_MS

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = re.compile(
    rf"""
    (?: (?P<weekday>{"|".join(_WEEKDAYS)}) [a-z]* ,? \s+ )?
    (?:
        (?P<month>{"|".join(_MONTHS)}) [a-z]* \.? \s+ (?P<day>\d{{1,2}}) (?: , \s+ (?P<year>\d{{4}}) )? (?: , | \s )
        \s*
    )?
    (?: at \s+ )?
    (?P<hour>\d{{1,2}}) (?: : (?P<minute>\d{{2}}) )? \s* (?P<half>[ap]) \.? m \b \.?
    (?: \s* \( (?P<zone>[^()]{{1,80}}) \) )?
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""`Mon 12:00am`, `3pm`, `2:38pm (UTC)`, `Jan 18, 11:30am (Asia/Calcutta)`, `Apr 23 at 4pm (America/Recife)`,
`Jan 2, 2027, 9am`."""


class ResetTime(NamedTuple):
    """`clock`: hour and minute of the day. `weekday`: 0 for Monday. `date`: month and day. `zone`: as written."""

    clock: tuple[int, int]
    weekday: int | None = None
    date: tuple[int, int] | None = None
    year: int | None = None
    zone: str | None = None


def parse(text: str) -> ResetTime | None:
    """The time that a text begins with; None if it begins with none."""
    found = _TIME.match(text)
    if found is None:
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if not 1 <= hour <= 12 or minute > 59:
        return None
    return ResetTime(
        (hour % 12 + (12 if found["half"].lower() == "p" else 0), minute),
        _WEEKDAYS.index(found["weekday"].lower()) if found["weekday"] else None,
        (_MONTHS.index(found["month"].lower()) + 1, int(found["day"])) if found["month"] else None,
        int(found["year"]) if found["year"] else None,
        found["zone"].strip() if found["zone"] else None,
    )


def find_zone(name: str) -> ZoneInfo | None:
    """The zone of this name; None if it cannot be looked up: `Etc/Unknown`, or one that the machine lacks."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def next_time(reset: ResetTime, at: int, local: tzinfo) -> int | None:
    """When (ms) the reset is, said at `at` (ms); None if there is no such time, or it has passed.

    `local`: the zone if the text names none, or one that cannot be looked up. A date without a year is the nearest one.
    """
    zone = (find_zone(reset.zone) if reset.zone is not None else None) or local
    times = sorted(_times(reset, timestamp.to_datetime(at).astimezone(zone).date(), zone))
    past = max((ms for ms in times if ms <= at - SAME_RESET_MS), default=None)
    ahead = min((ms for ms in times if ms > at - SAME_RESET_MS), default=None)  # its minute may have started already
    if ahead is None or reset.date is None or past is None:
        return ahead
    return ahead if ahead - at <= max(DAY, at - past) else None


def _times(reset: ResetTime, today: date, zone: tzinfo) -> Iterator[int]:
    """When a wall clock in the zone shows this, around today: twice in a day on which it is set back."""
    for day in _days(reset, today):
        try:
            shown = datetime(day.year, day.month, day.day, *reset.clock, tzinfo=zone)
            yield from {timestamp.to_ms(shown.replace(fold=fold)) for fold in (0, 1)}
        except (ValueError, OverflowError):  # at an end of the calendar
            continue


def _days(reset: ResetTime, today: date) -> Iterator[date]:
    if reset.date is None:
        days = (today + timedelta(days=step) for step in range(-1, 9))
        yield from (day for day in days if reset.weekday in (None, day.weekday()))
        return
    for year in (reset.year,) if reset.year is not None else range(today.year - 1, today.year + 3):
        try:
            yield date(year, *reset.date)
        except ValueError:  # February 29 in a non-leap year
            continue
