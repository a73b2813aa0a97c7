"""The tracker's id stays with its database, and is renewed where two would show figures under one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.ingest.identity import Identity
from exporter.sources.machine import machine_hash
from support.tracker import Tracker
from support.transcripts import assistant, write


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    write(tmp_path / "projects" / "p" / "s1.jsonl", [assistant()])
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as opened:
        yield opened


def claimed(tracker: Tracker, machine: str | None = "one") -> Identity:
    return Identity(tracker.store, machine, tracker.database.parent / "published")


def use_more(tracker: Tracker) -> None:
    write(tracker.roots[0] / "p" / f"{tracker.sequence}.jsonl", [assistant(f"m{tracker.sequence}", request="r2")])
    tracker.scan()


def test_it_is_random_and_stays(tracker: Tracker, tmp_path: Path) -> None:
    first = claimed(tracker)
    assert 16 == len(first.id)
    first.note()
    use_more(tracker)
    tracker.restart()
    assert first.id == claimed(tracker).id
    with Tracker(tmp_path / "other.db", tmp_path / "projects") as other:
        assert first.id != claimed(other).id


def test_another_machine_gets_another(tracker: Tracker) -> None:
    first = claimed(tracker)
    second = claimed(tracker, "two")
    assert first.id != second.id
    assert second.id == claimed(tracker, "two").id
    assert second.id == claimed(tracker, None).id, "a machine without an id proves nothing"


@pytest.mark.parametrize("commits", [1, 5], ids=["as many commits when it is read again", "fewer commits"])
def test_an_older_database_gets_another(tracker: Tracker, commits: int) -> None:
    tracker.close()
    backup = shutil.copy(tracker.database, tracker.database.with_name("backup.db"))
    tracker.start()
    for _ in range(commits):
        use_more(tracker)
    first = claimed(tracker)
    first.note()
    tracker.close()
    os.replace(backup, tracker.database)
    tracker.start()  # which reads all that came since, in one commit
    assert first.id != claimed(tracker).id


def test_a_folder_that_cannot_be_written_is_logged_once(tracker: Tracker, caplog: pytest.LogCaptureFixture) -> None:
    (tracker.database.parent / "published").write_text("")
    found = claimed(tracker)
    for _ in range(2):
        use_more(tracker)
        found.note()
    assert 1 == len([one for one in caplog.messages if "a restored database keeps its id" in one])


@pytest.mark.parametrize(
    ("content", "is_known"),
    [
        pytest.param("0123456789abcdef0123456789abcdef\n", True, id="an id"),
        pytest.param("uninitialized\n", False, id="a system that did not start yet"),
        pytest.param("", False, id="empty, as in containers"),
    ],
)
def test_the_machine(tmp_path: Path, content: str, is_known: bool) -> None:
    (tmp_path / "machine-id").write_text(content)
    found = machine_hash((tmp_path / "none", tmp_path / "machine-id"), "linux")
    assert is_known is (found is not None)
    assert found is None or (16 == len(found) and content.strip() not in found)
