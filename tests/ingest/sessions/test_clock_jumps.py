"""Sessions, waits and limits while the clock is set: no event is lost or doubled, no interval longer than it is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.calendar import timestamp
from exporter.domain.health import Health
from exporter.domain.notifications.facts import WarningFacts
from exporter.domain.notifications.warning import Thresholds
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process, Record
from exporter.ingest.notifications.warnings import Warnings
from exporter.snapshot.notifications.facts import warning_facts
from exporter.snapshot.take import take_current
from exporter.store.reader import Reader
from support.tracker import Tracker
from support.transcripts import api_error, append, assistant, prompt, write

NOON = 1_795_348_800_000
"""2026-11-22T12:00Z."""
SECOND, MINUTE, HOUR, DAY = timestamp.SECOND, timestamp.MINUTE, timestamp.HOUR, timestamp.DAY
JUMPS = [
    pytest.param(sign * ms, id=f"{name} {way}")
    for name, ms in (("second", SECOND), ("minute", MINUTE), ("hour", HOUR), ("day", DAY), ("year", 365 * DAY))
    for way, sign in (("forward", 1), ("back", -1))
]
A, B = "aaaaaaaa-0000-4000-8000-000000000000", "bbbbbbbb-0000-4000-8000-000000000000"


class Machine:
    """A tracker whose clock can be set, with true time apart. It tells the tracker of a jump, as the engine does."""

    def __init__(self, folder: Path) -> None:
        self.projects = folder / "projects"
        self.projects.mkdir()
        self.started: dict[int, int] = {}
        self.tracker = Tracker(folder / "tracker.db", self.projects, now=NOON)
        reader = Reader(self.tracker.database)

        def facts() -> WarningFacts | None:
            current = take_current(reader, self.tracker.now, None, Health(detects=True))
            return warning_facts(current) if current is not None else None

        self.warnings = Warnings(self.tracker.store, facts, Thresholds(), None, None, [])

    def wait(self, ms: int) -> None:
        self.tracker.now += ms

    def set_clock(self, by: int) -> None:
        self.tracker.now += by
        if abs(by) >= 5 * SECOND:
            self.tracker.move_clock(by)

    def process(
        self, pid: int, session: str, state: str = "busy", started: int | None = None
    ) -> tuple[Process, Record]:
        at = self.started.setdefault(pid, self.tracker.now if started is None else started)
        waiting_for = "permission" if state == "waiting" else None
        return (
            Process(pid, at, Kind.CODE, str(pid), "/shop", False),
            Record(pid, session, str(pid), "/shop", "cli", "2.1.197", state, waiting_for),
        )

    def see(self, *running: tuple[Process, Record]) -> list[str]:
        return self.tracker.see(*(one for one, _ in running), records=[record for _, record in running])

    def total(self, family: str) -> int:
        return sum(self.tracker.exact(family).values())


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.tracker.close()


@pytest.mark.parametrize("by", JUMPS)
def test_a_session_that_runs_meanwhile_is_as_long_as_it_is(machine: Machine, by: int) -> None:
    assert [f"started {A}"] == machine.see(machine.process(7, A))
    machine.wait(10 * MINUTE)
    machine.set_clock(by)
    machine.wait(20 * MINUTE)
    assert [] == machine.see(machine.process(7, A))
    assert [f"ended {A}"] == machine.see()
    length = machine.total("session_duration_sum")
    assert max(0, 30 * MINUTE - SECOND) <= length <= 30 * MINUTE + SECOND
    assert (1, 1) == (machine.total("sessions_started"), machine.total("session_duration_bucket"))


@pytest.mark.parametrize("by", JUMPS)
def test_sessions_start_and_end_after_the_clock_was_set(machine: Machine, by: int) -> None:
    first = machine.process(7, A)
    machine.see(first)
    machine.set_clock(by)
    machine.wait(2_000)
    second = machine.process(8, B)
    assert [f"started {B}"] == machine.see(first, second)
    machine.wait(MINUTE)
    assert [f"ended {A}"] == machine.see(second)
    assert [f"ended {B}"] == machine.see()
    assert (2, 2) == (machine.total("sessions_started"), machine.total("session_duration_bucket"))
    assert 0 <= machine.total("session_duration_sum") <= 2 * MINUTE + 4 * SECOND
    rows = machine.tracker.sessions()
    assert all(row.end_time is not None and row.start_time <= row.end_time for row in rows.values())


@pytest.mark.parametrize("by", JUMPS)
def test_a_wait_is_as_long_as_it_is_and_is_told_once(machine: Machine, by: int) -> None:
    machine.see(machine.process(7, A, "waiting"))
    machine.wait(5 * MINUTE)
    machine.set_clock(by)
    told = [notice.key.kind for notice in machine.warnings.check()]
    assert [] == told
    machine.wait(5 * MINUTE + SECOND)
    assert ["session_waiting"] == [notice.key.kind for notice in machine.warnings.check()]
    machine.set_clock(-by)
    machine.set_clock(by)
    machine.wait(MINUTE)
    assert [] == machine.warnings.check()
    assert 1 == machine.total("notifications")


@pytest.mark.parametrize("by", JUMPS)
def test_a_limit_is_reached_once(machine: Machine, by: int) -> None:
    """Whatever the clock says, a lockout lasts from the entry to the reset that the service named."""
    path = machine.projects / "shop" / f"{A}.jsonl"
    text = "You've hit your session limit · resets 3pm (UTC)"
    write(path, [api_error(text, timestamp=timestamp.to_iso(NOON), error="rate_limit", session_id=A)])
    machine.tracker.scan()
    machine.warnings.check()
    machine.set_clock(by)
    machine.tracker.scan()
    machine.warnings.check()
    machine.set_clock(-by)
    machine.wait(4 * HOUR)
    machine.tracker.scan()
    machine.tracker.store.finish_blocks(machine.tracker.now)
    machine.warnings.check()
    hits = [notice for notice in machine.tracker.rows("tracker_warnings") if "limit_hit" in notice]
    assert 1 == machine.total("limit_hits")
    assert 1 >= len(hits)
    assert 3 * HOUR == machine.total("locked_out")


@pytest.mark.parametrize("by", JUMPS)
def test_entries_count_once_whatever_the_clock_does(machine: Machine, by: int) -> None:
    path = machine.projects / "shop" / f"{A}.jsonl"
    numbers = itertools.count()

    def write_entry() -> None:
        number, at = next(numbers), timestamp.to_iso(machine.tracker.now)
        names: dict[str, Any] = {"request": f"r{number}", "uuid": f"a{number}", "session": A}
        append(path, [prompt(uuid=f"p{number}", session=A, at=at), assistant(f"m{number}", at=at, **names)])

    path.parent.mkdir()
    write_entry()
    machine.tracker.scan()
    machine.wait(MINUTE)
    write_entry()  # before the clock is set, and read after it
    machine.set_clock(by)
    machine.tracker.scan()
    machine.wait(MINUTE)
    write_entry()
    machine.tracker.scan()
    machine.set_clock(-by)
    machine.wait(MINUTE)
    machine.tracker.scan()
    assert (3, 3) == (machine.tracker.figures().responses, machine.tracker.figures().prompts)
    assert {} == machine.tracker.figures().skipped


@pytest.mark.parametrize("by", JUMPS)
def test_a_clock_set_while_no_tracker_runs_makes_no_session_longer(machine: Machine, by: int) -> None:
    machine.see(machine.process(7, A))
    machine.wait(10 * MINUTE)
    machine.tracker.close()
    machine.tracker.now += by
    machine.started[7] += by  # derived from the clock
    machine.tracker.start()
    machine.see(machine.process(7, A))
    machine.wait(10 * MINUTE)
    assert [f"ended {A}"] == machine.see()
    assert 0 <= machine.total("session_duration_sum") <= 20 * MINUTE + SECOND
    assert (1, 1) == (machine.total("sessions_started"), machine.total("session_duration_bucket"))


def test_jumps_are_counted(machine: Machine) -> None:
    machine.set_clock(HOUR)
    machine.set_clock(-DAY)
    machine.tracker.rebuild()
    assert {("clock_jumps", ()): 2} == machine.tracker.exact("clock_jumps")
