"""A simulated day: each warning comes once, in time, and not in quiet hours; a notifier that fails harms nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path

import pytest

from exporter.domain.calendar.timestamp import HOUR, MINUTE, to_iso
from exporter.domain.health import Health
from exporter.domain.limits.reading import Reading
from exporter.domain.notifications.alert import Alert
from exporter.domain.notifications.facts import WarningFacts
from exporter.domain.notifications.warning import Notification, QuietHours, Thresholds, WarningKey
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process, Record
from exporter.ingest.notifications.warnings import Warnings
from exporter.notifications import command, desktop, queue
from exporter.snapshot.notifications.facts import warning_facts
from exporter.snapshot.take import take_current
from exporter.store.reader import Reader
from support.processes import runs, wait_until
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import api_error, assistant, write

pytestmark = pytest.mark.no_cover  # simulations, two or three times as slow when traced

EIGHT = NOON - 4 * HOUR
RESET = NOON - 4 * HOUR + 5 * HOUR
NOTICE = Notification(WarningKey("limit_hit", "five_hour", NOON), "critical", "5 hours: limit reached", "Wait.")


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    (tmp_path / "projects").mkdir()
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=EIGHT) as opened:
        yield opened


class Day:
    """A day of work, seen every half minute. `received`: what was sent, and when, in minutes after eight."""

    def __init__(self, tracker: Tracker, quiet: QuietHours | None, *deliver: Callable[[Notification], None]) -> None:
        self.tracker = tracker
        self.received: list[tuple[str, float]] = []
        self.reader = Reader(tracker.database)
        self.warnings = Warnings(tracker.store, self.facts, Thresholds(), quiet, UTC, [self.receive, *deliver])

    def receive(self, notice: Notification) -> None:
        self.received.append((notice.key.kind, (self.tracker.now - EIGHT) / MINUTE))

    def facts(self) -> WarningFacts | None:
        current = take_current(self.reader, self.tracker.now, UTC, Health(detects=True))
        assert current is not None
        return warning_facts(current)

    def work(self) -> None:
        """Every 20 minutes a twelfth of the limit, up to 90 %; at 12:00 the rest, at 12:40 a bit on credit.

        A session waits from 8:30 to 9:00.
        """
        tracker = self.tracker
        client = Process(7, EIGHT, Kind.CODE, "100", "/shop")
        for half_minute in range(24 * 120):
            tracker.now = EIGHT + half_minute * MINUTE // 2
            minute = half_minute / 2
            state = "waiting" if 30 <= minute < 60 else "busy"
            tracker.see(client, records=[Record(7, "s1", "100", "/shop", state=state)])
            if minute % 20 == 0 and (minute <= 220 or minute == 280):
                self.use(int(minute // 20))
            if minute == 240:
                text = "You've hit your session limit · resets 1pm (UTC)"
                refused = api_error(text, uuid="e", error="rate_limit", sessionId="s1", timestamp=to_iso(tracker.now))
                write(tracker.roots[0] / "p" / "e.jsonl", [refused])
                tracker.scan()
            tracker.store.finish_blocks(tracker.now)
            self.warnings.check()

    def use(self, step: int) -> None:
        at = self.tracker.now
        line = assistant(f"m{step}", request=f"r{step}", uuid=f"u{step}", session="s1", at=to_iso(at))
        write(self.tracker.roots[0] / "p" / f"{step}.jsonl", [line])
        self.tracker.scan()
        if step < 12:
            sent = Reading("five_hour", "statusline", at + 1, round(min(0.9, (step + 1) / 12), 2), RESET)
            self.tracker.store.take_readings([sent], at)


def test_each_warning_is_sent_once_and_in_time(tracker: Tracker) -> None:
    day = Day(tracker, None)
    day.work()
    assert [
        ("session_waiting", 40.0),
        ("usage_warning", 180.0),
        ("limit_hit", 240.0),
        ("block_ending", 285.0),
        ("limit_free", 300.0),
    ] == [one for one in day.received if one[0] != "limit_before_reset"]
    assert [200.0] == [at for kind, at in day.received if kind == "limit_before_reset"], "40 minutes before it is so"
    counted = {labels[0]: value for (_, labels), value in tracker.exact("notifications").items()}
    assert {kind: 1 for kind, _ in day.received} == counted


def test_nothing_is_sent_twice_after_a_restart(tracker: Tracker) -> None:
    full = Reading("five_hour", "statusline", EIGHT, 0.9, RESET)
    tracker.store.take_readings([full], EIGHT)
    assert 1 == len(Day(tracker, None).warnings.check())
    tracker.restart()
    assert [] == Day(tracker, None).warnings.check()


def test_quiet_hours_delay_warnings_that_still_apply(tracker: Tracker) -> None:
    day = Day(tracker, QuietHours(8 * 60, 11 * 60 + 30))
    day.work()
    assert [("usage_warning", 210.0), ("limit_hit", 240.0), ("block_ending", 285.0), ("limit_free", 300.0)] == [
        one for one in day.received if one[0] != "limit_before_reset"
    ]


def test_a_failing_or_hanging_notifier_does_no_harm(tracker: Tracker, caplog: pytest.LogCaptureFixture) -> None:
    hangs, sent = threading.Event(), threading.Event()

    def fail(_: Notification) -> None:
        sent.set()
        raise RuntimeError("no bus")

    def hang(_: Notification) -> None:
        hangs.wait()

    day = Day(tracker, None, queue.QueuedDelivery("one", fail), queue.QueuedDelivery("other", hang))
    tracker.store.take_readings([Reading("five_hour", "statusline", EIGHT, 0.9, RESET)], EIGHT)
    assert 1 == len(day.warnings.check())
    assert sent.wait(5)
    wait_until(lambda: "one: sending a notification failed: no bus" in caplog.text, "it is logged")
    tracker.store.take_readings([Reading("five_hour", "statusline", EIGHT, 0.96, RESET)], EIGHT)
    assert 1 == len(day.warnings.check())
    hangs.set()


def test_when_the_queue_is_full_a_warning_is_dropped_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    hangs = threading.Event()

    def hang(_: Notification) -> None:
        hangs.wait()

    apart = queue.QueuedDelivery("the desktop", hang)
    for _ in range(queue.MAX_WAITING + 2):
        apart(NOTICE)
    hangs.set()
    assert "the desktop: too many waiting notifications, dropped: 5 hours: limit reached: Wait." in caplog.messages


def test_a_command_receives_the_warning(tmp_path: Path) -> None:
    file = tmp_path / "told.txt"
    command.Command(f'cat > "{file}"; echo "$CLAUDE_TRACKER_WARNING_TITLE" >> "{file}"')(NOTICE)
    assert (
        '{"kind":"limit_hit","subject":"five_hour","severity":"critical","title":"5 hours: limit reached",'
        '"text":"Wait."}\n5 hours: limit reached\n'
    ) == file.read_text()


@pytest.mark.parametrize(
    ("text", "in_environment"),
    [
        pytest.param("a\0b\x1b[2J\nc", "a\\x00b\\x1b[2J\\nc", id="a NUL, an escape and a line break"),
        pytest.param("x" * 1_000_000, "x" * 4_000, id="a megabyte, which no environment holds"),
        pytest.param("caf\u00e9 \u202e", "caf\u00e9 \\u202e", id="a bidi override"),
    ],
)
def test_a_command_receives_any_text(tmp_path: Path, text: str, in_environment: str) -> None:
    file = tmp_path / "received"
    key = WarningKey("alert", text, NOON)
    command.Command(f'cat > "{file}"; printenv CLAUDE_TRACKER_WARNING_TEXT >> "{file}"')(
        Notification(key, "warning", text, text)
    )
    first, rest = file.read_text().split("\n", 1)
    assert {"kind": "alert", "subject": text, "severity": "warning", "title": text, "text": text} == json.loads(first)
    assert f"{in_environment}\n" == rest


def test_a_desktop_interprets_no_markup() -> None:
    text = "<a href='x'>\x1b[2J & \u202e"
    assert "&lt;a href='x'&gt;\\x1b[2J &amp; \\u202e" == desktop.body_of(text, "linux")
    assert "<a href='x'>\\x1b[2J & \\u202e" == desktop.body_of(text, "darwin")


def test_a_failing_command_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    command.Command("exit 3")(NOTICE)
    assert ["--warning-command exited with 3"] == caplog.messages


def test_a_missing_desktop_is_logged_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    shown = desktop.Desktop()
    with caplog.at_level("INFO"):
        shown(NOTICE)
        shown(NOTICE)
    assert ["no desktop found: notifications are only logged"] == caplog.messages


def test_a_wait_is_announced_once_even_after_a_restart_and_weeks(tracker: Tracker) -> None:
    client, waits = Process(7, EIGHT, Kind.CODE, "100", "/shop"), Record(7, "s1", "100", "/shop", state="waiting")
    tracker.see(client, records=[waits])
    tracker.now = EIGHT + 10 * MINUTE
    assert ["session_waiting"] == [notice.key.kind for notice in Day(tracker, None).warnings.check()]
    tracker.restart()
    tracker.see(client)  # its record was missing for a moment
    tracker.now = EIGHT + 20 * 24 * HOUR
    tracker.see(client, records=[waits])
    assert [] == Day(tracker, None).warnings.check()


def test_claude_desktop_without_resets_gets_a_warning_per_window(tracker: Tracker) -> None:
    kinds = []
    for minute, share in ((0, 0.85), (10, 0.0), (20, 0.85), (30, 0.96)):
        tracker.now = EIGHT + minute * MINUTE
        tracker.store.take_readings([Reading("five_hour", "desktop", tracker.now, share)], tracker.now)
        kinds += [notice.key.kind for notice in Day(tracker, None).warnings.check()]
    assert ["usage_warning", "usage_warning", "usage_critical"] == kinds


def test_a_hanging_command_is_killed_with_its_children(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    with pytest.raises(subprocess.TimeoutExpired):
        command.Command(f'sleep 47 & echo $! > "{file}"; wait', seconds=1)(NOTICE)
    wait_until(lambda: not runs(int(file.read_text())), "what it started has ended too")


@pytest.mark.parametrize(
    ("quiet", "sent"),
    [
        pytest.param(None, ["f1", "f2"], id="each once, also where it is said again at once or later"),
        pytest.param(QuietHours(7 * 60, 9 * 60), [], id="not in quiet hours"),
    ],
)
def test_submitted_alerts_are_sent(tracker: Tracker, quiet: QuietHours | None, sent: list[str]) -> None:
    received: list[Notification] = []
    warnings = Warnings(tracker.store, lambda: None, Thresholds(), quiet, UTC, [received.append])
    one, two = (Alert(name, EIGHT, "warning", "Something", "Look.") for name in ("f1", "f2"))
    for alerts in ([one, one], [one, two], [two]):
        warnings.forward_alerts(alerts, EIGHT)
    assert sent == [notice.key.subject for notice in received]
    assert len(sent) == tracker.exact("notifications").get(("notifications", ("alert",)), 0)
