"""Days, weeks and months of a zone begin at its own midnights, whatever its clocks do."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from exporter.domain.day import ALWAYS, Span, Unit, midnight, period_of, span_of
from exporter.domain.timestamp import HOUR, parse, to_iso

BERLIN = ZoneInfo("Europe/Berlin")


def ms(text: str) -> int:
    found = parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("at", "unit", "zone", "name", "end"),
    [
        pytest.param(
            "2026-11-22T22:59:59.999Z", "day", "Europe/Berlin", "2026-11-22", "2026-11-22T23:00:00.000Z", id="a day"
        ),
        pytest.param(
            "2026-11-22T23:00:00.000Z",
            "day",
            "Europe/Berlin",
            "2026-11-23",
            "2026-11-23T23:00:00.000Z",
            id="half-open: midnight opens the next",
        ),
        pytest.param(
            "2026-03-28T23:00:00.000Z",
            "day",
            "Europe/Berlin",
            "2026-03-29",
            "2026-03-29T22:00:00.000Z",
            id="23 hours in spring",
        ),
        pytest.param(
            "2026-10-24T22:00:00.000Z",
            "day",
            "Europe/Berlin",
            "2026-10-25",
            "2026-10-25T23:00:00.000Z",
            id="25 hours in autumn",
        ),
        pytest.param(
            "2026-11-22T12:00:00.000Z", "week", "UTC", "2026-11-16", "2026-11-23T00:00:00.000Z", id="a Sunday's week"
        ),
        pytest.param(
            "2026-11-23T00:00:00.000Z", "week", "UTC", "2026-11-23", "2026-11-30T00:00:00.000Z", id="a Monday's week"
        ),
        pytest.param(
            "2027-01-01T00:00:00.000Z",
            "week",
            "UTC",
            "2026-12-28",
            "2027-01-04T00:00:00.000Z",
            id="a week over the year's end",
        ),
        pytest.param(
            "2026-03-24T12:00:00.000Z",
            "week",
            "Europe/Berlin",
            "2026-03-23",
            "2026-03-29T22:00:00.000Z",
            id="a week an hour shorter",
        ),
        pytest.param(
            "2026-12-31T23:30:00.000Z", "month", "UTC", "2026-12", "2027-01-01T00:00:00.000Z", id="a month at its end"
        ),
        pytest.param("2028-02-29T00:00:00.000Z", "month", "UTC", "2028-02", "2028-03-01T00:00:00.000Z", id="February"),
        pytest.param(
            "2024-04-25T22:30:00.000Z",
            "day",
            "Africa/Cairo",
            "2024-04-26",
            "2024-04-26T21:00:00.000Z",
            id="a day without midnight",
        ),
        pytest.param(
            "2010-11-07T03:00:00.000Z",
            "day",
            "America/St_Johns",
            "2010-11-07",
            "2010-11-08T03:30:00.000Z",
            id="the clock went back over midnight: the end is after the time all the same",
        ),
    ],
)
def test_the_period_of_a_time(at: str, unit: Unit, zone: str, name: str, end: str) -> None:
    found = period_of(ms(at), unit, ZoneInfo(zone))
    assert (name, end) == (found.name, to_iso(found.end))


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)]
)
def test_the_span_of_one_day(day: str, hours: int) -> None:
    found = span_of(date.fromisoformat(day), date.fromisoformat(day), BERLIN)
    assert hours * HOUR == found.end - found.start


def test_an_open_span() -> None:
    assert ALWAYS == span_of(None, None, BERLIN)
    assert Span(ms("2026-11-21T23:00:00Z"), ALWAYS.end) == span_of(date(2026, 11, 22), None, BERLIN)
    assert Span(0, ms("2026-11-22T23:00:00Z")) == span_of(None, date(2026, 11, 22), BERLIN)


def test_the_machines_own_zone() -> None:
    assert midnight(date(2026, 11, 22), None) == span_of(date(2026, 11, 22), None, None).start
