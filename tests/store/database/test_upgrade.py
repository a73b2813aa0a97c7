"""A database of the first version that is kept compatible is migrated; older ones are named as what they are."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from exporter.store.database.schema import VERSION
from support.databases import assert_one_line, run_here
from support.processes import Outcome
from support.tracker import Tracker
from support.transcripts import OPUS, SONNET, assistant, prompt, usage, write

KEPT = Path(__file__).parent / "version1.sql"
RESPONSES = {("responses", ("claude-opus-4-5", "main")): 8, ("responses", ("claude-sonnet-4-5", "main")): 4}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.executescript(KEPT.read_text())
    return tmp_path / "old.db"


def values(database: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


TOTALS = "SELECT family, labels, exact, peak FROM tracker_totals ORDER BY 1, 2"


def test_it_is_migrated_and_keeps_every_figure(tmp_path: Path, database: Path) -> None:
    before = values(database, TOTALS)
    with Tracker(database, tmp_path / "projects") as tracker:
        assert RESPONSES == tracker.exact("responses")
    assert before == values(database, TOTALS)
    assert [(str(VERSION),)] == values(database, "SELECT value FROM tracker_meta WHERE key = 'version'")
    assert [(VERSION,), ("ok",)] == values(database, "PRAGMA user_version") + values(database, "PRAGMA integrity_check")


def test_its_responses_are_not_counted_again(tmp_path: Path, database: Path) -> None:
    """Those of the same transcript, copied to another place."""
    lines = [prompt(uuid="p1", at="2026-11-20T09:00:00.000Z")]
    for n in range(13):
        at = f"2026-11-20T{9 + n // 4:02d}:{5 * (n % 4) + 1:02d}:00.000Z"
        used = usage(10 * n + 1, 20 * n + 2, cache_read_input_tokens=1000 * n)
        lines.append(
            assistant(f"m{n}", request=f"r{n}", uuid=f"u{n}", at=at, model=OPUS if n % 3 else SONNET, used=used)
        )
    write(tmp_path / "projects" / "-home-dev-shop" / "s1.jsonl", lines)
    with Tracker(database, tmp_path / "projects") as tracker:
        assert RESPONSES | {("responses", ("claude-sonnet-4-5", "main")): 5} == tracker.exact("responses")


@pytest.mark.parametrize("header", [True, False], ids=["own file", "shared file"])
def test_an_older_development_version_is_named(tmp_path: Path, database: Path, header: bool) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("ALTER TABLE tracker_totals RENAME COLUMN first_met_at TO first_seen")
        if not header:
            connection.execute("PRAGMA application_id = 0")
    before = database.read_bytes()
    outcome: Outcome = run_here(database, "status", tmp_path)
    assert_one_line(outcome, 4)
    assert (
        "was made by a development version of claude-tracker, before databases were kept compatible" in outcome.stderr
    )
    assert before == database.read_bytes()
