"""A simulated month: a limit is said to be free again once, at its reset, and never in quiet hours."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.health import Health
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Reading
from exporter.domain.notifications.facts import WarningFacts
from exporter.domain.notifications.warning import Notification, QuietHours, Thresholds
from exporter.ingest.notifications.warnings import Warnings
from exporter.snapshot.notifications.facts import warning_facts
from exporter.snapshot.take import take_current
from exporter.store.reader import Reader
from support.snapshots import NOON
from support.tracker import Tracker

pytestmark = pytest.mark.no_cover  # simulations, two or three times as slow when traced

MIDNIGHT = NOON - 12 * HOUR
DAYS = 30
NIGHT = QuietHours(22 * 60, 7 * 60)
STEP = 10 * MINUTE
MORNING, EVENING, LATE = 10 * HOUR, 18 * HOUR, 22 * HOUR
"""When a window starts: it resets at 15:00, 23:00, or 3:00 of the next day."""


class Month:
    """Windows that start at these times, of which the limit is reached after two hours."""

    def __init__(self, folder: Path, quiet: QuietHours | None) -> None:
        (folder / "projects").mkdir()
        self.tracker = Tracker(folder / "tracker.db", folder / "projects", now=MIDNIGHT)
        self.reader = Reader(folder / "tracker.db")
        self.warnings = Warnings(self.tracker.store, self.facts, Thresholds(), quiet, UTC, [self.receive])
        self.received: list[tuple[int, str, float]] = []
        """Day, kind, and hour of the day."""

    def receive(self, notice: Notification) -> None:
        at = self.tracker.now - MIDNIGHT
        self.received.append((at // DAY, notice.key.kind, at % DAY / HOUR))

    def facts(self) -> WarningFacts | None:
        current = take_current(self.reader, self.tracker.now, UTC, Health())
        assert current is not None
        return warning_facts(current, UTC)

    def live(self) -> None:
        """Every tenth day is one of these; on the others nothing is used. It is looked at where something can be."""
        starts = {day: (MORNING, EVENING, LATE)[day // 10] for day in range(0, DAYS, 2)}
        for day in range(DAYS + 1):
            for moment in range(0, DAY, STEP):
                self.tracker.now = now = MIDNIGHT + day * DAY + moment
                if moment == starts.get(day):
                    self.say(0.2, now, now + 5 * HOUR)
                elif day in starts and moment == starts[day] + HOUR:
                    reset = MIDNIGHT + day * DAY + starts[day] + 5 * HOUR
                    self.say(1.0, now, reset)
                    self.tracker.store.take_hits([Hit("five_hour", now, reset)], now)
                if moment % HOUR == 0 or day in starts:
                    self.tracker.store.finish_blocks(now)
                    self.warnings.check()

    def say(self, share: float, at: int, reset: int) -> None:
        self.tracker.store.take_readings([Reading("five_hour", "statusline", at, share, reset)], at)

    def close(self) -> None:
        self.reader.close()
        self.tracker.close()


def lived(folder: Path, quiet: QuietHours | None) -> list[tuple[int, str, float]]:
    month = Month(folder, quiet)
    month.live()
    month.close()
    return month.received


def test_each_is_said_once_and_at_its_reset(tmp_path: Path) -> None:
    received = lived(tmp_path, None)
    assert [
        *((day, 15.0) for day in range(0, 10, 2)),
        *((day, 23.0) for day in range(10, 20, 2)),
        *((day + 1, 3.0) for day in range(20, 30, 2)),
    ] == [(day, hour) for day, kind, hour in received if kind == "limit_free"]
    assert 15 == sum(kind == "limit_hit" for _, kind, _ in received)
    assert {"limit_hit", "limit_free"} == {kind for _, kind, _ in received}


def test_none_is_said_in_quiet_hours(tmp_path: Path) -> None:
    """What was free at 23:00 is no news at 7:00; what was free at 3:00 is. A limit that still holds is said then."""
    received = lived(tmp_path, NIGHT)
    assert [
        *((day, 15.0) for day in range(0, 10, 2)),
        *((day + 1, 7.0) for day in range(20, 30, 2)),
    ] == [(day, hour) for day, kind, hour in received if kind == "limit_free"]
    assert [] == [one for one in received if not 7 <= one[2] < 22]
