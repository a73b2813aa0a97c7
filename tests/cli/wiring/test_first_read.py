"""The first read of `run` starts before there is a process that waits for it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from exporter.cli.wiring import first_read
from exporter.ingest import lock
from exporter.ingest.lock import TRACKER, Holder, IngestLock
from support.transcripts import assistant, write

pytestmark = [pytest.mark.forks, pytest.mark.server, pytest.mark.skipif(sys.platform == "win32", reason="no fork")]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "tracker.db"


@pytest.fixture
def held(database: Path) -> Iterator[IngestLock]:
    taken = lock.acquire(database, Holder(os.getpid(), TRACKER, "run", 0))
    assert taken is not None
    yield taken
    taken.release()


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", [assistant("m1", request="r1", uuid="a1")])
    return tmp_path / "claude"


def test_it_reads_everything_and_any_process_can_wait_for_it(database: Path, claude: Path, held: IngestLock) -> None:
    started = first_read.start(database, [claude], held, detects=False)
    assert started is not None
    assert [] == psutil.Process().children()  # nobody takes its exit code
    started.wait()
    started.wait()
    assert not first_read.is_needed(database)


def test_where_everything_was_read_nothing_starts(database: Path, claude: Path, held: IngestLock) -> None:
    first_read.run_child(database, [claude], held, detects=False)
    assert first_read.start(database, [claude], held, detects=False) is None


def test_beside_other_threads_nothing_starts(database: Path, claude: Path, held: IngestLock) -> None:
    ended = threading.Event()
    other = threading.Thread(target=ended.wait)
    other.start()
    assert first_read.start(database, [claude], held, detects=False) is None
    ended.set()
    other.join()
