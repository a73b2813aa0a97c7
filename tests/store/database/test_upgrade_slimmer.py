"""A database of the version before the slimmer tables equals a new one."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from exporter.store.database.migrations import columns
from exporter.store.database.schema import VERSION
from support.marked_tree import READ_AT, write_tree
from support.services import shared_dir
from support.tracker import Tracker
from support.trees import made
from support.upgrade_tree import restore

SCRIPT = Path(__file__).parent / "version7.sql"
OF_THE_FILE = ("tracker", "sequence", "past")
"""The keys in `tracker_meta` that differ from database to database."""

Content = dict[str, list[tuple[Any, ...]]]


def content_of(tracker: Tracker) -> Content:
    """The rows of every table, without what each file has of its own."""
    names = [
        name for (name,) in tracker.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
    ]
    found = {name: [tuple(row) for row in tracker.rows(name)] for name in names}
    found["tracker_meta"] = [row for row in found["tracker_meta"] if row[0] not in OF_THE_FILE]
    marks = {row[0]: row[1] for row in found.pop("tracker_marks")}  # numbered as they come
    mark = columns(tracker.connection, "tracker_responses").index("mark")
    found["tracker_responses"] = [
        (*row[:mark], marks.get(row[mark]), *row[mark + 1 :]) for row in found["tracker_responses"]
    ]
    found["tracker_files"] = [(row[0], *row[6:]) for row in found["tracker_files"]]  # not device, inode and times
    found["tracker_recent_changes"] = [row[1:] for row in found["tracker_recent_changes"]]  # not the commit's number
    found["tracker_recent_times"] = [row[:-1] for row in found["tracker_recent_times"]]
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def test_it_is_migrated_exactly(tmp_path: Path) -> None:
    home = tmp_path / ".claude"
    write_tree(home, gone=True)
    restore(tmp_path / "old.db", home, SCRIPT)
    with Tracker(tmp_path / "old.db", home / "projects", now=READ_AT) as tracker:
        assert not tracker.reads_again
        migrated = content_of(tracker)
        assert [("ok",)] == tracker.connection.execute("PRAGMA integrity_check").fetchall()
        indexes = {
            name for (name,) in tracker.connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
        }
    with Tracker(tmp_path / "new.db", home / "projects", now=READ_AT) as tracker:
        new = content_of(tracker)
    assert ("version", str(VERSION)) in migrated["tracker_meta"]
    assert 5 == len(migrated["tracker_responses"])
    assert new == migrated
    assert "tracker_responses_doubted" not in indexes


def test_what_transcripts_no_longer_hold_is_kept(tmp_path: Path) -> None:
    home = tmp_path / ".claude"
    write_tree(home, gone=True)
    restore(tmp_path / "old.db", home, SCRIPT)
    shutil.rmtree(home / "projects")
    with Tracker(tmp_path / "old.db", home / "projects", now=READ_AT) as tracker:
        assert {("responses", ("claude-opus-4-5", "main")): 4, ("responses", ("claude-opus-4-5", "subagent")): 1} == {
            key: value for key, value in tracker.exact().items() if key[0] == "responses"
        }


UNDO = """
CREATE INDEX tracker_responses_doubted ON tracker_responses (conversation, doubt) WHERE doubt IS NOT NULL;
UPDATE tracker_meta SET value = '8' WHERE key = 'version';
PRAGMA user_version = 8;
"""
"""What the migration changes, taken back."""


@pytest.mark.parametrize("name", ["own-2.0.76", "own-2.1.197", "own-2.1.332", "generated"])
def test_migrated_it_equals_a_new_one(tmp_path: Path, name: str) -> None:
    root = made(tmp_path, 4, 7).projects if name == "generated" else shared_dir() / "corpus" / name / "projects"
    with Tracker(tmp_path / "a.db", root, now=READ_AT) as tracker:
        new = content_of(tracker)
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.executescript(UNDO)
    with Tracker(tmp_path / "a.db", root, now=READ_AT) as tracker:
        assert new == content_of(tracker)
        assert [("ok",)] == tracker.connection.execute("PRAGMA integrity_check").fetchall()
    assert new["tracker_responses"]
