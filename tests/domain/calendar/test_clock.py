"""Times for people."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from exporter.domain.calendar.clock import part_of_day


def at(text: str) -> int:
    """ms; 2026-11-23 is a Monday."""
    return round(datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("time", "now", "expected"),
    [
        ("23 15:00", "23 09:00", "this afternoon"),
        ("23 20:00", "23 09:00", "this evening"),
        ("24 00:00", "23 09:00", "tonight"),
        ("24 05:59", "23 09:00", "tonight"),
        ("23 04:00", "23 02:00", "tonight"),
        ("24 02:00", "23 02:00", "Monday night"),
        ("24 06:00", "23 09:00", "Tuesday morning"),
        ("25 00:00", "23 09:00", "Tuesday night"),
        ("25 12:00", "23 09:00", "Wednesday afternoon"),
        ("26 05:00", "23 09:00", "Wednesday night"),
    ],
)
def test_a_night_belongs_to_the_day_before(time: str, now: str, expected: str) -> None:
    assert expected == part_of_day(at(time), at(now), UTC)
