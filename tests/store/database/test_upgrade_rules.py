"""After an upgrade its files are read again: the figures of a new database, and no counter bends."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.calendar.timestamp import HOUR
from exporter.ingest.transcripts import rereading
from support.tracker import Tracker
from support.transcripts import append, assistant, usage
from support.upgrade_tree import READ_AT, restore, write_tree

NOW = READ_AT + HOUR


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_tree(tmp_path / ".claude")
    return tmp_path / ".claude"


@pytest.fixture
def database(tmp_path: Path, home: Path) -> Path:
    restore(tmp_path / "old.db", home)
    return tmp_path / "old.db"


def of_a_new_one(tmp_path: Path) -> dict[str, Any]:
    """With the file that was deleted since, which only the old database still knows."""
    write_tree(tmp_path / "whole", gone=True)
    with Tracker(tmp_path / "new.db", tmp_path / "whole" / "projects", now=NOW) as tracker:
        return figures(tracker)


def figures(tracker: Tracker) -> dict[str, Any]:
    responses = (
        "SELECT message_id, line, r.at, session_id, model, stop_reason, incomplete, input, output, cost, extras,"
        " requests, geo, provider, p.path FROM tracker_responses r JOIN tracker_conversations c ON c.id = r.owner"
        " JOIN tracker_projects p ON p.id = c.project WHERE counted ORDER BY 1, 2"
    )
    prompts = "SELECT uuid, at, session_id FROM tracker_prompts e JOIN tracker_conversations c ON c.id = e.conversation"
    sessions = [
        [json.loads(str(value)) if str(value).startswith("{") else value for value in row]
        for row in tracker.rows("real_sessions")
    ]
    return {
        "responses": tracker.connection.execute(responses).fetchall(),
        "prompts": sorted(tracker.connection.execute(prompts).fetchall()),
        "totals": tracker.counted(),
        "blocks": tracker.rows("five_hour_blocks"),
        "usage": tracker.rows("tracker_block_usage"),
        "sessions": sessions,
    }


def test_it_gives_the_figures_of_a_new_database(tmp_path: Path, home: Path, database: Path) -> None:
    expected = of_a_new_one(tmp_path)
    with Tracker(database, home / "projects", now=NOW) as tracker:
        before = tracker.peaks()
        assert 8 == before["prompts", ()]
        tracker.read_again()
        assert expected == figures(tracker)
        assert 5 == tracker.figures().prompts, "some that nobody typed were counted, one was not"
        after = tracker.peaks()
        assert before == {key: after[key] for key in before}, "counters show what they showed"
        tracker.derive_all_again()
        assert expected == figures(tracker)
        tracker.rebuild()
        assert expected == figures(tracker)


@pytest.mark.parametrize("portion", [300, 1 << 20])
def test_a_kill_at_any_step_changes_nothing(
    tmp_path: Path, home: Path, database: Path, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr(rereading, "PORTION_BYTES", portion)
    expected = of_a_new_one(tmp_path)
    steps = 0
    tracker = Tracker(database, home / "projects", now=NOW)
    while tracker.reads_again:
        before = tracker.peaks()
        tracker.read_again_a_portion()
        assert [] == [key for key, peak in before.items() if tracker.peaks()[key] < peak]
        tracker.kill()
        tracker.start()
        for _ in range(steps):
            tracker.read_again_a_portion()
        steps += 1
        assert steps < 50
    assert expected == figures(tracker)
    tracker.close()


def test_new_use_meanwhile_counts(tmp_path: Path, home: Path, database: Path) -> None:
    """In a file that is to be read again, and in a new one."""
    with Tracker(database, home / "projects", now=NOW) as tracker:
        before = tracker.peaks()
        for number, name in enumerate(["-home-dev-shop/relay", "-home-dev-shop/new"]):
            line = assistant(f"x{number}", request=f"x{number}", uuid=f"x{number}", session="x", used=usage(1000, 5))
            append(home / "projects" / f"{name}.jsonl", [line])
        tracker.scan()
        tracker.read_again()
        after = tracker.peaks()
        changed = {key: after[key] - value for key, value in before.items() if after[key] != value}
        assert changed == {
            ("tokens", ("claude-opus-4-5", "input", "main")): 2_000,
            ("tokens", ("claude-opus-4-5", "output", "main")): 10,
            ("cost", ("claude-opus-4-5", "main")): 10_250_000,
            ("responses", ("claude-opus-4-5", "main")): 2,
            ("blocks", ()): 1,
            ("project_tokens", ("shop",)): 2_010,
            ("project_cost", ("shop",)): 10_250_000,
            ("ingest_lines", ()): changed["ingest_lines", ()],
            ("ingest_bytes", ()): changed["ingest_bytes", ()],
        }


def test_what_was_passed_over_is_no_new_use(tmp_path: Path, home: Path, database: Path) -> None:
    """A transcript of before in a place that the old version did not look at."""
    replaced = home / "projects" / "-home-dev-shop" / "s0" / "before-cleanup" / "1-a.jsonl.replaced"
    write_tree(tmp_path / "other", gone=True)
    source = tmp_path / "other" / "projects" / "-w-shop-1" / "calm-fox.jsonl"
    replaced.parent.mkdir(parents=True)
    content = source.read_bytes().replace(b"w1", b"z1")
    source.write_bytes(content)
    os.utime(source, ns=((READ_AT - 5 * HOUR) * 1_000_000,) * 2)
    os.rename(source, replaced)
    with Tracker(database, home / "projects", now=NOW) as tracker:
        assert 8 == tracker.peaks()["responses", ("claude-opus-4-5", "main")], "as before"
        query = "SELECT count(*) FROM tracker_responses WHERE message_id = 'z1'"
        assert (1,) == tracker.connection.execute(query).fetchone()


def replaced_by_a_copy(file: Path) -> None:
    """Under a new inode, with the same content."""
    copy = file.with_name("copy")
    copy.write_bytes(file.read_bytes())
    os.replace(copy, file)


def rewritten_shorter(file: Path) -> None:
    """As the client does, which keeps the old file."""
    old = file.parent / file.stem / "before-cleanup" / "1-a.jsonl.replaced"
    old.parent.mkdir(parents=True)
    content = file.read_bytes()
    os.replace(file, old)
    file.write_bytes(b"".join(content.splitlines(keepends=True)[-2:]))


def moved(file: Path) -> None:
    os.renames(file.parent, file.parent.with_name("-home-dev-moved"))


CHANGES = [replaced_by_a_copy, rewritten_shorter, moved]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("scans", [0, 1, 2], ids=["before the start", "after it", "after it, then a scan"])
def test_files_that_change_before_they_are_read_again(
    tmp_path: Path, home: Path, database: Path, change: Callable[[Path], None], scans: int
) -> None:
    expected = of_a_new_one(tmp_path)
    file = home / "projects" / "-home-dev-shop" / "s1.jsonl"
    if not scans:
        change(file)
    with Tracker(database, home / "projects", now=NOW) as tracker:
        if scans:
            change(file)
        if scans == 2:
            tracker.scan()
        tracker.read_again()
        tracker.scan()
        tracker.read_again()
        assert expected == figures(tracker)


def test_a_file_that_is_away_meanwhile_is_read_again_when_it_is_back(
    tmp_path: Path, home: Path, database: Path
) -> None:
    """As on a home folder of the network; also after a restart."""
    expected = of_a_new_one(tmp_path)
    file = home / "projects" / "-home-dev-shop" / "s1.jsonl"
    with Tracker(database, home / "projects", now=NOW) as tracker:
        os.rename(file, tmp_path / "away")
        tracker.scan()
        tracker.read_again()
        assert expected != figures(tracker)
        tracker.restart()
        os.rename(tmp_path / "away", file)
        tracker.scan()
        tracker.read_again()
        assert expected == figures(tracker)
