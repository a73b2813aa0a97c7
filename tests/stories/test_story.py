"""Random stories: whatever happens to files, process, clock and database, the totals are those of a simple model."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from exporter.domain.calendar.timestamp import HOUR, MINUTE, to_iso
from exporter.errors import DatabaseError
from exporter.store.damage import integrity, saving
from support.sampling import sample_or_all
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import assistant, usage

STORIES = sample_or_all(100, 10_000)
STEPS = 50
FOLDERS, SESSIONS = ("-home-shop", "-home-site", "-home-shop-worktree"), ("s1", "s2", "s3")
PAUSE = 6 * MINUTE
"""After it a last line without its newline counts."""


EARLIEST = NOON + 3 * HOUR
"""After all that is written: what is ahead of the clock counts when its time has come."""


def tokens_of(number: int) -> int:
    """What a made-up response puts out."""
    return 10 + 7 * (number % 5)


class Story(RuleBasedStateMachine):
    """`held`: what each file says, as numbers of responses; `counted`: all that a scan has ever seen."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="story-"))
        self.projects = self.folder / "claude" / "projects"
        self.now = EARLIEST + 3 * HOUR
        self.held: dict[Path, list[int]] = {}
        self.counted: set[int] = set()
        self.saved: set[int] | None = None
        self.made = 0
        self.names = 0
        self.peaks: dict[Any, int] = {}
        self.tracker: Tracker

    @initialize()
    def start(self) -> None:
        self.projects.mkdir(parents=True)
        self.tracker = Tracker(self.folder / "tracker.db", self.projects, now=self.now)

    def teardown(self) -> None:
        if hasattr(self, "tracker"):
            self.tracker.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --------------------------------------------------------------------------------------------------- the user

    def line(self, number: int, session: str, lines: int = 1) -> bytes:
        """The lines of a response: each content block repeats it."""
        at = to_iso(NOON + number * 1_000)
        record = assistant(
            f"m{number}",
            request=f"r{number}",
            session=session,
            at=at,
            used=usage(3, tokens_of(number)),
            uuid=f"u{number}",
        )
        return b"".join(json.dumps(record | {"uuid": f"u{number}-{one}"}).encode() + b"\n" for one in range(lines))

    @rule(
        folder=st.sampled_from(FOLDERS),
        session=st.sampled_from(SESSIONS),
        count=st.integers(1, 4),
        lines=st.integers(1, 3),
    )
    def answers(self, folder: str, session: str, count: int, lines: int) -> None:
        path = self.projects / folder / f"{session}.jsonl"
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            for _ in range(count):
                file.write(self.line(self.made, session, lines))
                self.held.setdefault(path, []).append(self.made)
                self.made += 1

    def number(self) -> int:
        """Of a name that no file ever had."""
        self.names += 1
        return self.names

    def some_file(self, data: st.DataObject) -> Path:
        return data.draw(st.sampled_from(sorted(self.held)))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), session=st.sampled_from(SESSIONS))
    def forks(self, data: st.DataObject, session: str) -> None:
        """A new session begins with the lines of another."""
        path = self.some_file(data)
        fork = path.with_name(f"fork-{self.number()}-{session}.jsonl")
        shutil.copy(path, fork)
        self.held[fork] = list(self.held[path])

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def is_deleted(self, data: st.DataObject) -> None:
        path = self.some_file(data)
        path.unlink()
        del self.held[path]

    @precondition(lambda self: self.held)
    @rule(data=st.data(), keeps=st.floats(0, 1))
    def is_rewritten(self, data: st.DataObject, keeps: float) -> None:
        """By another file with the first part of its responses."""
        path = self.some_file(data)
        left = self.held[path][: round(keeps * len(self.held[path]))]
        other = path.with_suffix(".new")
        other.write_bytes(b"".join(self.line(number, path.stem) for number in left))
        os.replace(other, path)
        self.held[path] = left

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def is_moved(self, data: st.DataObject) -> None:
        path = self.some_file(data)
        to = self.projects / "-moved" / f"{self.number()}-{path.name}"
        to.parent.mkdir(exist_ok=True)
        path.rename(to)
        self.held[to] = self.held.pop(path)

    @rule(
        folder=st.sampled_from(FOLDERS),
        noise=st.sampled_from([b"{\n", b"\n", b"null\n", b"\xff\xfe\n", b'{"type":"x"}\n', b"[]\n"]),
    )
    def nonsense(self, folder: str, noise: bytes) -> None:
        path = self.projects / folder / "noise.jsonl"
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            file.write(noise)

    # ------------------------------------------------------------------------------------------------ the machine

    @rule()
    def looks(self) -> None:
        self.tracker.now = self.now
        self.tracker.scan()
        self.has_seen()

    def has_seen(self) -> None:
        self.counted.update(number for numbers in self.held.values() for number in numbers)
        self.compare()

    @rule(hours=st.floats(0, 30))
    def time_passes(self, hours: float) -> None:
        self.now += round(hours * HOUR) + PAUSE
        self.tracker.now = self.now
        self.tracker.store.finish_blocks(self.now)

    @rule(by=st.integers(-3 * HOUR, 3 * HOUR))
    def clock_is_set(self, by: int) -> None:
        self.now = max(EARLIEST, self.now + by)
        self.tracker.now = self.now
        self.tracker.move_clock(by)

    @rule()
    def is_killed(self) -> None:
        self.tracker.kill()
        self.tracker.now = self.now
        self.tracker.start()
        self.has_seen()

    @rule()
    def rebuilds(self) -> None:
        self.tracker.now = self.now
        self.tracker.rebuild()
        self.has_seen()

    @rule(at=st.integers(0, 3))
    def has_no_room(self, at: int) -> None:
        """The disk is full while it reads, and then is not."""
        connection = self.tracker.connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + at}")
        try:
            self.tracker.scan()
            self.counted.update(number for numbers in self.held.values() for number in numbers)
        except DatabaseError:
            pass
        finally:
            connection.execute("PRAGMA max_page_count = 1073741823")
        self.looks()

    @rule()
    def is_backed_up(self) -> None:
        saving.save(self.folder / "tracker.db", self.folder / "saved.db")
        self.saved = set(self.counted)

    @precondition(lambda self: self.saved is not None)
    @rule()
    def is_restored(self) -> None:
        self.tracker.close()
        kept = saving.restore(self.folder / "saved.db", self.folder / "tracker.db")
        assert kept is not None
        kept.unlink()
        assert self.saved is not None
        self.counted = set(self.saved)
        self.tracker.now = self.now
        self.tracker.start()
        self.has_seen()

    # -------------------------------------------------------------------------------------------------- the model

    def compare(self) -> None:
        found = self.tracker.figures()
        output = sum(tokens_of(number) for number in self.counted)
        assert len(self.counted) == found.responses
        assert (3 * len(self.counted), output) == (
            sum(counts[0] for counts in found.tokens.values()), sum(counts[1] for counts in found.tokens.values()),
        )  # fmt: skip
        with closing(sqlite3.connect(self.folder / "tracker.db")) as connection:
            in_blocks = connection.execute("SELECT coalesce(sum(total_tokens), 0) FROM five_hour_blocks").fetchone()[0]
            assert in_blocks == 3 * len(self.counted) + output
            assert () == integrity.differences(connection)
        peaks = self.tracker.peaks()
        for key, before in self.peaks.items():
            assert peaks.get(key, 0) >= before, f"the counter {key} fell"
        self.peaks = peaks


@pytest.mark.long
def test_no_story_differs_from_the_model() -> None:
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=STORIES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
