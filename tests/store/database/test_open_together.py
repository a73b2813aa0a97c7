"""Several connections to one database in one process: SQLite's locks hold, even if others open and close the file.

POSIX drops all locks that a process has on a file when it closes any descriptor of it
(https://www.sqlite.org/howtocorrupt.html, 2.2). Without them another process that closes the database believes that it
is the last one, and deletes the journal that is being written.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.errors import DatabaseError
from exporter.store.database import opening
from exporter.store.open_store import open_store
from exporter.store.reader import Reader

ANOTHER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("INSERT INTO tracker_meta VALUES (?, 'other')", (sys.argv[2],))
connection.commit()
print(*(key for key, in connection.execute("SELECT key FROM tracker_meta WHERE key LIKE 'k%' ORDER BY key")))
connection.close()
"""


def another_process_writes(path: Path, key: str) -> str:
    """And closes the database; the keys it found."""
    done = subprocess.run([sys.executable, "-c", ANOTHER, path, key], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    "opened",
    [
        pytest.param(lambda path: Reader(path).first_read_at(), id="a second reader"),
        pytest.param(opening.check, id="a check"),
        pytest.param(lambda path: open_store(path, print).close(), id="a second writer"),
    ],
)
def test_no_commit_is_lost_however_often_it_is_opened(tmp_path: Path, opened: Callable[[Path], object]) -> None:
    path = tmp_path / "tracker.db"
    open_store(path, print).close()
    store, reader = open_store(path, print), Reader(path)
    assert reader.first_read_at() is None
    opened(path)
    assert "k1" == another_process_writes(path, "k1")
    with store.transaction():
        store.connection.execute("INSERT INTO tracker_meta VALUES ('k2', 'ours')")
    opened(path)
    assert "k1 k2 k3" == another_process_writes(path, "k3")
    with reader.view() as view:
        assert view is not None
        assert 3 == view.execute("SELECT count(*) FROM tracker_meta WHERE key LIKE 'k%'").fetchone()[0]


def test_readers_that_start_together_never_fail(tmp_path: Path) -> None:
    path = tmp_path / "tracker.db"
    open_store(path, print).close()
    failed: list[Exception] = []

    def read(reader: Reader) -> None:
        try:
            for _ in range(50):
                reader.first_read_at()
        except (sqlite3.Error, DatabaseError) as error:
            failed.append(error)

    for round_ in range(5):
        threads = [threading.Thread(target=read, args=(Reader(path),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        another_process_writes(path, f"k{round_}")
        for thread in threads:
            thread.join()
    assert [] == failed
