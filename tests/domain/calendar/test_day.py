from __future__ import annotations

import os
import time
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from exporter.domain.calendar.day import Day, day_of
from exporter.domain.calendar.timestamp import parse

BERLIN = "Europe/Berlin"


def ms(text: str) -> int:
    found = parse(text)
    assert found is not None
    return found


CASES = [
    pytest.param(
        "UTC", "2026-11-22T23:59:59.999Z", ("2026-11-22", "2026-11-22T00:00Z", "2026-11-23T00:00Z"), id="the last ms"
    ),
    pytest.param(
        "UTC", "2026-11-23T00:00:00.000Z", ("2026-11-23", "2026-11-23T00:00Z", "2026-11-24T00:00Z"), id="midnight"
    ),
    pytest.param(
        BERLIN, "2026-11-22T23:30:00.000Z", ("2026-11-23", "2026-11-22T23:00Z", "2026-11-23T23:00Z"), id="another date"
    ),
    pytest.param(
        BERLIN, "2026-10-25T12:00:00.000Z", ("2026-10-25", "2026-10-24T22:00Z", "2026-10-25T23:00Z"), id="25 hours"
    ),
    pytest.param(
        BERLIN, "2026-03-29T12:00:00.000Z", ("2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z"), id="23 hours"
    ),
    pytest.param(
        "Asia/Kolkata", "2026-11-22T18:30:00.000Z", ("2026-11-23", "2026-11-22T18:30Z", "2026-11-23T18:30Z"), id="+5:30"
    ),
]


@pytest.mark.parametrize(("zone", "now", "expected"), CASES)
def test_day_of_a_named_zone(zone: str, now: str, expected: tuple[str, str, str]) -> None:
    date, start, end = expected
    assert Day(date, ms(start), ms(end)) == day_of(ms(now), ZoneInfo(zone))


@pytest.fixture
def machine_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the machine's zone cannot be set here")
@pytest.mark.parametrize(("zone", "now", "expected"), CASES)
def test_day_of_the_machines_zone(
    machine_zone: pytest.MonkeyPatch, zone: str, now: str, expected: tuple[str, str, str]
) -> None:
    machine_zone.setenv("TZ", zone)
    time.tzset()
    date, start, end = expected
    assert Day(date, ms(start), ms(end)) == day_of(ms(now), None), os.environ["TZ"]
