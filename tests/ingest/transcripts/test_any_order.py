"""Whatever happens to the files and whenever they are scanned, the counts are those of one clean read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.domain.calendar.day import day_of
from exporter.domain.usage.totals import LabelSet
from exporter.store.blocks.recent_spending import RecentSpending
from exporter.store.usage.day_turns import DayTurns
from support.kept_sums import check_kept, check_turns
from support.pool import FILES
from support.sampling import sample_or_all
from support.tracker import Tracker
from support.transcripts import encoded

pytestmark = pytest.mark.long

NOON = 1_795_176_000_000  # 2026-11-20T12:00Z
"""The tracker's clock stands in the midst of the story: some blocks are over, others are not."""

DAY = day_of(NOON, UTC)
NAMES = list(FILES)
TWINS = ("here", "there")
"""Each file may lie in either of two folders: so it is renamed, or there twice."""


class Disk:
    """The files, and the lines of each that were complete when they were last scanned."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.seen: dict[str, set[bytes]] = {name: set() for name in NAMES}
        self._ticks = count()
        self._graves = root.with_name(f"{root.name}-removed")
        self._graves.mkdir(parents=True)

    def path(self, name: str, twin: str) -> Path:
        path = self.root / twin / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def stamp(self, name: str, path: Path) -> None:
        """Each write has a later time, within the ms in which all files of the name were created."""
        born = 1_000_000_000_000 + NAMES.index(name)
        moment = born * 1_000_000 + next(self._ticks)
        os.utime(path, ns=(moment, moment))

    def append(self, name: str, twin: str, content: bytes) -> None:
        path = self.path(name, twin)
        with path.open("ab") as file:
            file.write(content)
        self.stamp(name, path)

    def finish(self, name: str, twin: str) -> None:
        """Complete the half line at the file's end."""
        path = self.path(name, twin)
        half = path.read_bytes().rpartition(b"\n")[2] if path.exists() else b""
        rest = next((line[len(half) :] for line in FILES[name] if half and line.startswith(half)), b"")
        self.append(name, twin, rest + b"\n")

    def truncate(self, name: str, twin: str, permille: int) -> None:
        path = self.path(name, twin)
        if path.exists():
            os.truncate(path, path.stat().st_size * permille // 1000)
            self.stamp(name, path)

    def rewrite(self, name: str, twin: str, lines: Sequence[bytes], *, in_place: bool) -> None:
        path = self.path(name, twin)
        written = path if in_place else path.with_suffix(".tmp")
        mark = f'{{"rewritten":{next(self._ticks)},'.encode()  # no two rewrites are alike
        written.write_bytes(b"".join(mark + line[1:] + b"\n" for line in lines))
        self.stamp(name, written)
        if not in_place:
            self._bury(path)
            os.replace(written, path)

    def rename(self, name: str, twin: str) -> None:
        path = self.path(name, twin)
        target = self.path(name, TWINS[twin == TWINS[0]])
        if path.exists():
            self._bury(target)
            os.replace(path, target)

    def delete(self, name: str, twin: str) -> None:
        self._bury(self.path(name, twin))

    def _bury(self, path: Path) -> None:
        """Take a file away, but keep its inode from being reused: a birth time depends on it."""
        if path.exists():
            os.replace(path, self._graves / str(next(self._ticks)))

    def note_what_is_complete(self, names: Sequence[str]) -> None:
        for name in names:
            for twin in TWINS:
                path = self.path(name, twin)
                if path.exists():
                    *lines, last = path.read_bytes().split(b"\n")
                    self.seen[name].update(lines)
                    if last.endswith(b"}"):  # the files are old, so a whole last line counts
                        self.seen[name].add(last)

    def write_all_seen(self) -> None:
        """One file of each name, with every line that was ever complete at a scan."""
        for name, lines in self.seen.items():
            if lines:
                self.append(name, TWINS[0], b"".join(line + b"\n" for line in sorted(lines)))


def act(disk: Disk, tracker: Tracker, deed: str, name: str, twin: str, *more: Any) -> None:
    match deed, *more:
        case "append", picks:
            disk.append(name, twin, b"".join(pick(name, number) + b"\n" for number in picks))
        case "half", number, permille:
            line = pick(name, number)
            disk.append(name, twin, line[: len(line) * permille // 1000])
        case "torn", number, permille, whole:
            line = pick(name, number)
            disk.append(name, twin, line[: len(line) * permille // 1000] + pick(name, whole) + b"\n")
        case "slowly", number, permille:
            act(disk, tracker, "half", name, twin, number, permille)
            act(disk, tracker, "scan", name, twin)
            disk.finish(name, twin)
        case "rewrite", picks, in_place:
            disk.rewrite(name, twin, [pick(name, number) for number in picks], in_place=in_place)
        case "truncate", permille:
            disk.truncate(name, twin, permille)
        case (("finish" | "rename" | "delete"),):
            getattr(disk, deed)(name, twin)
        case ("scan files",):
            tracker.scan_files(*(disk.path(name, each) for each in TWINS))
            disk.note_what_is_complete([name])
        case ("kill",):
            tracker.kill()
            tracker.start()
            disk.note_what_is_complete(NAMES)
        case (("scan" | "restart" | "rebuild"),):
            getattr(tracker, deed)()
            disk.note_what_is_complete(NAMES)


def pick(name: str, number: int) -> bytes:
    return FILES[name][number % len(FILES[name])]


NUMBERS, PERMILLE = st.integers(0, 30), st.integers(0, 999)
PLACES = (st.sampled_from(NAMES), st.sampled_from([TWINS[0], *TWINS]))
PICKS = st.lists(NUMBERS, min_size=1, max_size=4) | st.permutations(range(24)).map(lambda all_of: all_of[:12])
DEEDS = st.one_of(
    *(st.tuples(st.just("append"), *PLACES, PICKS) for _ in range(5)),
    *(st.tuples(st.sampled_from(["scan", "scan", "scan files", "restart", "kill"]), *PLACES) for _ in range(5)),
    st.tuples(st.just("half"), *PLACES, NUMBERS, PERMILLE),
    st.tuples(st.just("torn"), *PLACES, NUMBERS, PERMILLE, NUMBERS),
    st.tuples(st.just("slowly"), *PLACES, NUMBERS, PERMILLE),
    st.tuples(st.just("finish"), *PLACES),
    st.tuples(st.just("truncate"), *PLACES, PERMILLE),
    st.tuples(st.just("rewrite"), *PLACES, st.lists(NUMBERS, max_size=6), st.booleans()),
    st.tuples(st.sampled_from(["rename", "delete", "rebuild"]), *PLACES),
)


def check_peaks(before: dict[LabelSet, int], after: dict[LabelSet, int]) -> None:
    assert [] == [key for key, peak in before.items() if after.get(key, -1) < peak]


def check_blocks(tracker: Tracker) -> None:
    """Blocks partition the responses and hold all that they used, without other providers' models."""
    outside = tracker.connection.execute(
        "SELECT at FROM tracker_responses WHERE counted AND provider IS NULL AND 1 !="
        " (SELECT count(*) FROM tracker_blocks WHERE start_at <= at AND at < end_at)"
    ).fetchall()
    assert [] == outside
    empty = tracker.connection.execute(
        "SELECT start_at FROM tracker_blocks WHERE NOT EXISTS"
        " (SELECT 1 FROM tracker_responses WHERE counted AND provider IS NULL AND at >= start_at AND at < end_at)"
    ).fetchall()
    assert [] == empty
    sums = tracker.connection.execute(
        "SELECT sum(input + output + cache_read + cache_write_5m + cache_write_1h), sum(responses), sum(cost),"
        " sum(unpriced) FROM tracker_block_usage"
    ).fetchone()
    families = ("tokens", "responses", "cost", "unpriced_tokens")
    exact = [(name, labels[0], value) for (name, labels), value in tracker.exact(*families).items()]
    own = [sum(value for name, model, value in exact if name == family and model not in OTHERS) for family in families]
    assert own == [value or 0 for value in sums]


OTHERS = ("gpt-9", "glm-5.2", "qwen3-max")
"""The models of other providers in the pool."""
TABLES = ("tracker_blocks", "tracker_block_usage", "five_hour_blocks", "real_sessions")
ROWS = {
    "tracker_responses": (
        "message_id, line, at, session_id, model, stop_reason, incomplete, sidechain, input, output, cost,"
        " extras, requests, rewritten, rewritten_cost"
    ),
    "tracker_prompts": "uuid, at, session_id",
    "tracker_tool_calls": "e.id, at, session_id",
    "tracker_api_errors": "uuid, at, session_id",
}


def derived(tracker: Tracker) -> dict[str, Any]:
    """All that must not depend on the order of arrival."""
    found: dict[str, Any] = {"totals": tracker.counted(), "blocks": tracker.exact("blocks")}
    for table, columns in ROWS.items():
        credited = "owner WHERE counted" if table == "tracker_responses" else "conversation"
        query = f"SELECT {columns} FROM {table} e JOIN tracker_conversations c ON c.id = {credited}"
        found[table] = sorted(tracker.connection.execute(query).fetchall(), key=repr)
    found |= {table: tracker.rows(table) for table in TABLES}
    found["real_sessions"] = [
        [json.loads(str(value)) if str(value).startswith("{") else value for value in row]  # its keys in any order
        for row in found["real_sessions"]
    ]
    return found


@contextmanager
def empty_scene() -> Iterator[tuple[Disk, Tracker, Path]]:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        disk = Disk(root / "projects")
        with Tracker(root / "tracker.db", disk.root, now=NOON) as tracker:
            yield disk, tracker, root


@settings(max_examples=sample_or_all(25, 2_000))
@given(st.lists(DEEDS, min_size=12, max_size=40))
def test_any_interleaving_counts_what_one_clean_read_counts(deeds: list[tuple[Any, ...]]) -> None:
    with empty_scene() as (disk, tracker, root):
        spending, turns = RecentSpending(), DayTurns()
        for deed in [*deeds, ("scan", NAMES[0], TWINS[0])]:
            peaks = tracker.peaks()
            act(disk, tracker, *deed)
            check_peaks(peaks, tracker.peaks())
            check_blocks(tracker)
            check_kept(tracker.connection, spending)
            check_turns(tracker.connection, turns, DAY, NOON)
        clean = Disk(root / "clean")
        clean.seen = disk.seen
        clean.write_all_seen()
        with Tracker(root / "clean.db", clean.root, now=NOON) as once:
            kept = derived(once)
        assert kept == derived(tracker)
        tracker.derive_all_again()
        assert kept == derived(tracker), "recomputed from the rows"
        tracker.rebuild()
        assert kept == derived(tracker), "read and computed again"
        check_peaks(peaks, tracker.peaks())


def test_the_lines_fit_the_check_for_rewritten_files() -> None:
    assert all(len(line) < 680 for lines in FILES.values() for line in lines), "six of them within 4096 bytes"
    assert len(encoded({})) == 2
