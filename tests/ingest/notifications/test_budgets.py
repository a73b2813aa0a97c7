"""A simulated month with budgets: each warning once per period, in time, and none in quiet hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import HOUR, MINUTE, to_iso
from exporter.domain.limits.budget import Budget
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.notifications.facts import WarningFacts
from exporter.domain.notifications.warning import Notification, QuietHours, Thresholds
from exporter.ingest.notifications.warnings import Warnings
from exporter.snapshot.notifications.facts import warning_facts
from exporter.snapshot.take import take_current
from exporter.store.reader import Reader
from support.tracker import Tracker
from support.transcripts import assistant, usage, write

pytestmark = pytest.mark.no_cover  # simulations, two or three times as slow when traced

DOLLAR = 10**9
TOKENS_A_DOLLAR = 40_000
"""Output of Claude Opus 4.5, at $25 per million."""
BUDGETS = (
    Budget("month", 150 * DOLLAR, "month"),
    Budget("week", 60 * DOLLAR, "week"),
    Budget("day", 40 * DOLLAR, "day"),
    Budget("shop", 20 * DOLLAR, "day", "shop"),
)
BUSY = range(16, 21)
"""Days of November on which each hour costs three dollars instead of one, in the project `shop`."""
LATE = (25, (21, 22, 23))
"""A night on which each hour costs fifteen."""
QUIET = QuietHours(20 * 60, 8 * 60)


def at(text: str) -> int:
    found = timestamp.parse(text)
    assert found is not None
    return found


HISTORY, START, END = at("2026-10-18T00:00:00Z"), at("2026-11-01T00:00:00Z"), at("2026-12-01T09:00:00Z")


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    (tmp_path / "projects").mkdir()
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=HISTORY) as opened:
        yield opened


def spending(now: int) -> tuple[int, str]:
    """The dollars of the response at this hour, and its project: eight a working day from nine on, in `blog`."""
    time = timestamp.to_datetime(now)
    if time.month == 11 and (time.day, time.hour) in ((LATE[0], hour) for hour in LATE[1]):
        return 15, "blog"
    if time.weekday() >= 5 or not 9 <= time.hour < 17:
        return 0, "blog"
    return (3, "shop") if time.month == 11 and time.day in BUSY else (1, "blog" if time.day % 7 else "shop")


def respond(tracker: Tracker, now: int) -> None:
    dollars, project = spending(now)
    if dollars:
        name = f"{now // HOUR}"
        line = assistant(
            f"m{name}", request=f"r{name}", uuid=f"u{name}", session=f"s{name}", at=to_iso(now),
            used=usage(0, dollars * TOKENS_A_DOLLAR),
        ) | {"cwd": f"/home/ada/{project}"}  # fmt: skip
        write(tracker.roots[0] / project / f"{name}.jsonl", [line])


def live(tracker: Tracker, quiet: QuietHours | None) -> list[tuple[str, str, str]]:
    """The month, looked at every half hour: what was sent when, on which day of November and at what time."""
    for hour in range(HISTORY, START, HOUR):
        respond(tracker, hour)
    tracker.now = START
    tracker.scan()
    received: list[tuple[str, str, str]] = []
    reader, plan = Reader(tracker.database), PlanSettings(budgets=BUDGETS)

    def facts() -> WarningFacts | None:
        current = take_current(reader, tracker.now, UTC, plan=plan)
        assert current is not None
        return warning_facts(current)

    def receive(notice: Notification) -> None:
        if notice.key.kind.startswith("budget_"):
            received.append((to_iso(tracker.now)[5:16], notice.key.kind.removeprefix("budget_"), notice.key.subject))

    warnings = Warnings(tracker.store, facts, Thresholds(), quiet, UTC, [receive])
    for now in range(START, END, 30 * MINUTE):
        tracker.now = now
        if now % HOUR == 0 and spending(now)[0]:
            respond(tracker, now)
            tracker.scan()
        warnings.check()
    reader.close()
    return received


SAID = [
    ("11-09T14:00", "pace", "month"),  # from two sevenths of the month on; $45 of $150
    ("11-16T15:00", "reached", "shop"),  # $21 of $20
    ("11-17T15:00", "reached", "shop"),
    ("11-18T00:00", "pace", "week"),  # its third day begins; $48 of $60
    ("11-18T12:00", "reached", "week"),
    ("11-18T15:00", "reached", "shop"),
    ("11-18T16:00", "reached", "month"),  # $152 of $150
    ("11-19T15:00", "reached", "shop"),
    ("11-20T15:00", "reached", "shop"),
    ("11-25T21:00", "pace", "week"),  # another week; $39 of $60
    ("11-25T23:00", "reached", "week"),
    ("11-25T23:00", "reached", "day"),
]
HELD = {
    ("11-18T00:00", "pace", "week"): [("11-18T08:00", "pace", "week")],
    ("11-25T21:00", "pace", "week"): [],  # reached by the morning
    ("11-25T23:00", "reached", "week"): [("11-26T08:00", "reached", "week")],
    ("11-25T23:00", "reached", "day"): [],  # another day by then
}


def test_each_warning_comes_once_and_in_time(tracker: Tracker) -> None:
    assert SAID == live(tracker, None)
    counted = {labels[0]: value for (_, labels), value in tracker.exact("notifications").items()}
    assert (3, 9) == (counted["budget_pace"], counted["budget_reached"])


def test_in_quiet_hours_they_are_held_and_sent_afterwards_if_they_still_hold(tracker: Tracker) -> None:
    assert [one for said in SAID for one in HELD.get(said, [said])] == live(tracker, QUIET)
