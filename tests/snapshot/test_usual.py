"""The periods before the current one, in a zone."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from exporter.domain.calendar.timestamp import DAY, HOUR, parse, to_iso
from exporter.snapshot.usual import days_before, months_before, weeks_before

NEW_YORK = ZoneInfo("America/New_York")


def ms(text: str) -> int:
    found = parse(text)
    assert found is not None
    return found


def test_days_before_follow_the_zone() -> None:
    """Also where the clock is set back: that day has 25 hours."""
    found = days_before(ms("2026-11-02T05:00:00Z"), NEW_YORK)
    assert (28, "2026-11-01T04:00:00.000Z", 25 * HOUR) == (
        len(found), to_iso(found[-1].start), found[-1].end - found[-1].start,
    )  # fmt: skip


def test_weeks_before_end_where_the_current_one_starts() -> None:
    start = ms("2026-11-20T20:00:00Z")
    found = weeks_before(start)
    assert (8, start, 7 * DAY) == (len(found), found[-1].end, found[0].end - found[0].start)


def test_months_before_are_those_of_the_calendar() -> None:
    found = months_before(ms("2026-03-15T12:00:00Z"), NEW_YORK)
    assert ["2025-09-01", "2025-10-01", "2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01"] == [
        to_iso(span.start)[:10] for span in found
    ]
