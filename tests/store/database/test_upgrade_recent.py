"""A database of a version before the kept sums gets them as it is opened."""

from __future__ import annotations

from pathlib import Path

from exporter.domain.calendar.timestamp import HOUR, to_iso
from exporter.snapshot.take import take
from exporter.store.blocks import recent
from exporter.store.blocks.recent_spending import RecentSpending
from exporter.store.reader import Reader
from support.kept_sums import check_kept
from support.marked_tree import MODEL, READ_AT, write_tree
from support.tracker import Tracker
from support.transcripts import OPUS, assistant, write
from support.upgrade_tree import restore

SCRIPT = Path(__file__).parent / "version6.sql"


def test_the_sums_are_made_as_it_is_opened(tmp_path: Path) -> None:
    write_tree(tmp_path / ".claude")
    restore(tmp_path / "old.db", tmp_path / ".claude", SCRIPT)
    root = tmp_path / ".claude" / "projects"
    with Tracker(tmp_path / "old.db", root, now=READ_AT) as tracker:
        assert [(1, 1, MODEL, 2, 2, 0, 60), (2, 1, MODEL, 3, 3, 0, 90)] == tracker.rows("tracker_session_usage")
        check_kept(tracker.connection, RecentSpending())
        before = take(Reader(tmp_path / "old.db"), READ_AT)
        rows = tracker.rows("real_sessions"), tracker.rows("five_hour_blocks")
        tracker.derive_all_again()
        assert rows == (tracker.rows("real_sessions"), tracker.rows("five_hour_blocks"))
        after = take(Reader(tmp_path / "old.db"), READ_AT)
        assert before is not None
        assert after is not None
        assert (before.block, before.today, before.week) == (after.block, after.today, after.week)
    restore(tmp_path / "again.db", tmp_path / ".claude", SCRIPT)
    with Tracker(tmp_path / "again.db", root, now=READ_AT) as tracker:
        answered = assistant("new", request="new", uuid="new", session="new", at=to_iso(READ_AT - HOUR), model=OPUS)
        write(root / "-shop" / "new.jsonl", [answered])
        tracker.scan()
        assert recent.since(tracker.connection) <= READ_AT - HOUR
        kept = tracker.rows("tracker_recent_usage"), tracker.rows("tracker_recent_projects")
        assert 3 == len(tracker.rows("tracker_session_usage"))
        tracker.derive_all_again()
        assert kept == (tracker.rows("tracker_recent_usage"), tracker.rows("tracker_recent_projects"))
        check_kept(tracker.connection, RecentSpending())
