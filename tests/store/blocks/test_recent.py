"""The sums of what the last blocks use are those of the responses, whatever is done to these."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.domain.blocks.block import END_OF_TIME
from exporter.domain.calendar.timestamp import HOUR, MINUTE, to_iso
from exporter.domain.limits.reading import Reading
from exporter.ingest.pricer import Pricer
from exporter.sources.prices import PriceList
from exporter.store.blocks import blocks, recent
from exporter.store.blocks.recent_spending import RecentSpending
from exporter.store.database import meta
from exporter.store.sessions import session_sums
from exporter.store.usage import changes
from support.kept_sums import check_kept
from support.tracker import Tracker
from support.transcripts import OPUS, assistant, prompt, usage, write

START = 1_795_168_800_000  # 2026-11-20T10:00Z
NOW = START + 4 * HOUR
SUMS = "SELECT unit, at - ?, responses, output FROM tracker_recent_usage ORDER BY unit DESC, at"
SPANS = "SELECT at - ?, first_at - ?, last_at - ? FROM tracker_recent_times ORDER BY at"


class Scene:
    """A tracker whose sums are checked after each step."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "projects"
        self.root.mkdir()
        self.tracker = Tracker(folder / "tracker.db", self.root, now=NOW)
        self._spending = RecentSpending()
        self._files = 0

    def answer(self, after: int, number: int, output: int = 10, session: str = "s1", file: str = "") -> None:
        """A response so long after the start (ms), in a file of its own, is read."""
        self._files += 1
        answered = assistant(
            f"m{number}", request=f"r{number}", uuid=f"u{number}-{output}", session=session, at=to_iso(START + after),
            used=usage(5, output),
        )  # fmt: skip
        write(self.root / "-shop" / f"{file or f'f{self._files}'}.jsonl", [answered])
        self.tracker.scan()
        self.check()

    def check(self) -> None:
        check_kept(self.tracker.connection, self._spending)

    def sums(self) -> list[tuple[int, ...]]:
        """The unit, the start after `START` (ms), the responses and the output of each sum."""
        return self.tracker.connection.execute(SUMS, (START,)).fetchall()

    def since(self) -> int:
        return recent.since(self.tracker.connection)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    found = Scene(tmp_path)
    yield found
    found.tracker.close()


def test_a_running_block_is_summed_by_hour_minute_and_second(scene: Scene) -> None:
    scene.answer(500, 1)
    scene.answer(900, 2, 20)
    scene.answer(MINUTE + 3_000, 3, 40)
    assert [
        (HOUR, 0, 3, 70), (MINUTE, 0, 2, 30), (MINUTE, MINUTE, 1, 40), (1_000, 0, 2, 30), (1_000, 63_000, 1, 40)
    ] == scene.sums()  # fmt: skip
    assert START == scene.since()
    times = scene.tracker.connection.execute(SPANS, (START,) * 3).fetchall()
    assert [(0, 500, 900), (60_000, 63_000, 63_000)] == times
    (block,) = blocks.load(scene.tracker.connection)
    assert [500, 63_000] == [at - START for at in recent.active_times(scene.tracker.connection, block)]


def test_a_copy_that_wins_takes_the_place_of_the_other(scene: Scene) -> None:
    scene.answer(2_000, 1)
    scene.answer(3_000, 2)
    scene.answer(1_000, 2, 30)  # the same response, with more output and an earlier time
    assert [(1_000, 1_000, 1, 30), (1_000, 2_000, 1, 10)] == [one for one in scene.sums() if one[0] == 1_000]


def test_what_an_earlier_block_used_is_not_kept(scene: Scene) -> None:
    scene.tracker.now = NOW + 10 * HOUR
    scene.answer(1_000, 1)
    assert START == scene.since()
    scene.answer(9 * HOUR, 2, 30)
    assert START + 9 * HOUR == scene.since()
    assert [(unit, 9 * HOUR, 1, 30) for unit in (HOUR, MINUTE, 1_000)] == scene.sums()
    scene.answer(2_000, 3)
    assert [(unit, 9 * HOUR, 1, 30) for unit in (HOUR, MINUTE, 1_000)] == scene.sums(), "a late one of the block before"


def test_a_window_that_moves_leaves_the_sums_right(scene: Scene) -> None:
    scene.answer(1_000, 1)
    scene.answer(2 * HOUR, 2)
    for hours in (3, 5, 4):
        reading = Reading("five_hour", "statusline", NOW + hours, 0.4, START + hours * HOUR + 90 * MINUTE, account=1)
        scene.tracker.store.take_readings([reading], NOW)
        scene.check()


def test_forgetting_repricing_and_rebuilding_leave_the_sums_right(scene: Scene) -> None:
    scene.answer(1_000, 1)
    scene.answer(2_000, 2, session="s2")
    before = scene.sums()
    scene.tracker.store.forget(["s2"], NOW)
    scene.check()
    with scene.tracker.store.transaction():
        scene.tracker.store.reprice(Pricer(PriceList()))
        scene.tracker.store.derive_all(NOW)
    scene.check()
    scene.tracker.rebuild()
    scene.check()
    assert before == scene.sums()


def test_a_database_without_sums_gets_them_with_the_next_commit(scene: Scene) -> None:
    """As after a migration: until then, everything is read from the responses."""
    scene.answer(1_000, 1)
    for table in ("usage", "times", "changes"):
        scene.tracker.connection.execute(f"DELETE FROM tracker_recent_{table}")
    scene.tracker.connection.execute("DELETE FROM tracker_session_usage")
    meta.delete(scene.tracker.connection, "recent_since")
    assert END_OF_TIME == scene.since()
    (block,) = blocks.load(scene.tracker.connection)
    assert [START + 1_000] == recent.active_times(scene.tracker.connection, block)
    assert [session_sums.SessionSum(1, OPUS, 1, 1, 0, 15)] == session_sums.load(scene.tracker.connection, 1)
    scene.answer(2_000, 2)
    assert (HOUR, 0, 2, 20) == scene.sums()[0]
    assert [(1, 1, OPUS, 2, 2, 0, 30)] == scene.tracker.rows("tracker_session_usage")


def test_each_commit_says_from_when_on_it_changed_something(scene: Scene) -> None:
    connection = scene.tracker.connection
    scene.answer(HOUR, 1)
    before = scene.tracker.sequence
    assert END_OF_TIME == changes.first_since(connection, before)
    assert changes.first_since(connection, before + 1) < START, "of another database"
    write(scene.root / "-shop" / "p.jsonl", [prompt(session="s1", at=to_iso(START + 5_000))])
    scene.answer(2 * HOUR, 2)
    assert START + 5_000 == changes.first_since(connection, before)
    assert END_OF_TIME == changes.first_since(connection, scene.tracker.sequence)
