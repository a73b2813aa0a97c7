"""What the file holds of the readings of limits: what its charts draw."""

from __future__ import annotations

from typing import Any

import pytest

from exporter.domain.calendar.timestamp import HOUR, to_iso
from exporter.page.data import recent_readings
from support.snapshots import NOON


def reading(window: str, hours: float, reset: float | None = None, account: str = "a") -> dict[str, Any]:
    """So many hours before noon."""
    at = to_iso(NOON - int(hours * HOUR))
    resets_at = to_iso(NOON - int(reset * HOUR)) if reset is not None else None
    return {"account": account, "window": window, "last_observed_at": at, "resets_at": resets_at}


FIVE, WEEK = "five_hour", "seven_day"


@pytest.mark.parametrize(
    ("readings", "kept"),
    [
        pytest.param([reading(FIVE, 2), reading(FIVE, 1.9)], [0, 1], id="each of the last two windows"),
        pytest.param([reading(FIVE, 30, 28), reading(FIVE, 29, 28)], [1], id="the last of an older window"),
        pytest.param([reading(FIVE, 30, 28), reading(FIVE, 25, 23)], [0, 1], id="of each older window"),
        pytest.param([reading(WEEK, 2.2), reading(WEEK, 2.1), reading(WEEK, 1.9)], [1, 2], id="the last of an hour"),
        pytest.param([reading(WEEK, 2.2), reading(WEEK, 2.1, account="b")], [0, 1], id="accounts apart"),
        pytest.param([reading(WEEK, 193), reading(WEEK, 191)], [1], id="none older than eight days"),
    ],
)
def test_recent_readings(readings: list[dict[str, Any]], kept: list[int]) -> None:
    assert [readings[number] for number in kept] == recent_readings(readings, NOON)
