"""The first load adds rows without looking for equal ones: however its hashes fall, the same is kept."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from exporter.store import bulk_load
from support.pool import FILES
from support.tracker import Tracker
from support.transcripts import write

TABLES = ("tracker_prompts", "tracker_tool_calls", "tracker_api_errors", "real_sessions", "five_hour_blocks")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(3):  # the same lines in several files
        for name, lines in FILES.items():
            write(tmp_path / "projects" / str(number) / f"{name}.jsonl", lines)
    return tmp_path / "projects"


@pytest.mark.parametrize(
    ("slots", "most"),
    [
        pytest.param(1 << 23, 50_000, id="hardly two rows share a slot"),
        pytest.param(1, 50_000, id="all rows share a slot"),
        pytest.param(7, 50_000, id="most do"),
        pytest.param(7, 3, id="so many are set aside that the indexes come early"),
    ],
)
def test_a_bulk_load_stores_what_merging_stores(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, slots: int, most: int
) -> None:
    sqlite3.connect(tmp_path / "merged.db").execute("CREATE TABLE notes (text)").connection.close()
    with Tracker(tmp_path / "merged.db", root) as merged:  # a shared database is not loaded in bulk
        expected = merged.counted(), {table: merged.rows(table) for table in TABLES}
    monkeypatch.setattr(bulk_load, "SLOTS", slots)
    monkeypatch.setattr(bulk_load, "MAX_SET_ASIDE", most)
    with Tracker(tmp_path / "loaded.db", root) as loaded:
        assert expected == (loaded.counted(), {table: loaded.rows(table) for table in TABLES})
        assert indexes(merged.database) == indexes(loaded.database)


def indexes(database: Path) -> set[tuple[str, str]]:
    connection = sqlite3.connect(database)
    found = set(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index'"))
    connection.close()
    return found
