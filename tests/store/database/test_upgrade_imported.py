"""A database of the version before imports: every figure stays, nothing is read again, and nothing is imported."""

from __future__ import annotations

from pathlib import Path

from exporter.store.database.schema import VERSION
from support.marked_tree import READ_AT, write_tree
from support.tracker import Tracker
from support.upgrade_tree import restore

SCRIPT = Path(__file__).parent / "version6.sql"


def test_it_is_migrated_exactly(tmp_path: Path) -> None:
    write_tree(tmp_path / ".claude")
    restore(tmp_path / "old.db", tmp_path / ".claude", SCRIPT)
    with Tracker(tmp_path / "old.db", tmp_path / ".claude" / "projects", now=READ_AT) as tracker:
        assert not tracker.reads_again
        assert {
            ("responses", ("claude-opus-4-5", "main")): 4,
            ("responses", ("claude-opus-4-5", "subagent")): 1,
            ("attributed_tokens", ("agent", "Explore")): 30,
            ("attributed_tokens", ("effort", "high")): 60,
            ("attributed_tokens", ("skill", "review")): 60,
            ("sessions_started", ("claude_code",)): 2,
            ("session_duration_bucket", ("claude_code", "900.0")): 1,
            ("session_duration_bucket", ("claude_code", "3600.0")): 1,
        } == {
            key: value
            for key, value in tracker.exact().items()
            if key[0] in ("responses", "attributed_tokens", "sessions_started", "session_duration_bucket")
        }
        assert [] == tracker.rows("tracker_imported_sessions")
        assert [(str(VERSION),)] == tracker.connection.execute(
            "SELECT value FROM tracker_meta WHERE key = 'version'"
        ).fetchall()
        assert [("ok",)] == tracker.connection.execute("PRAGMA integrity_check").fetchall()
        before = tracker.exact(), tracker.peaks(), tracker.rows("real_sessions"), tracker.rows("five_hour_blocks")
        tracker.rebuild()
        assert before == (
            tracker.exact(), tracker.peaks(), tracker.rows("real_sessions"), tracker.rows("five_hour_blocks")
        )  # fmt: skip
