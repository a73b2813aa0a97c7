"""A first read shows the newest usage first: exact, alone where it is certain, and gone once everything is read."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, parse, to_iso
from exporter.domain.transcripts.file_state import FileStat
from exporter.ingest import early
from exporter.ingest.catch_up import no_accounts, open_caught_up
from exporter.ingest.early import EarlyRead, Surroundings, newest_groups
from exporter.ingest.limits.readings import take_limits
from exporter.ingest.transcripts.scan import ChangedFile
from exporter.snapshot.snapshot_json import to_json
from exporter.snapshot.take import take_shown
from exporter.sources.limits.files import LimitFiles, LimitPaths
from exporter.store.database.early_place import early_path
from exporter.store.reader import Reader
from support.api import client_of
from support.demo import history
from support.snapshots import NOON
from support.transcripts import assistant, write

pytestmark = pytest.mark.no_cover  # simulations, two or three times as slow when traced

KEPT = ("tracker_responses", "tracker_prompts", "tracker_tool_calls", "real_sessions", "five_hour_blocks")


class Place(NamedTuple):
    """A folder of transcripts, and a database."""

    claude: Path
    database: Path
    spool: Path

    def limits(self) -> LimitFiles:
        return LimitFiles(LimitPaths(self.spool, (), ()))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of a test are small."""
    monkeypatch.setattr(early, "LEAST_BYTES", 1)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "claude", tmp_path / "tracker.db", tmp_path / "spool")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The transcripts of nine days, two of whose sessions work now."""
    folder = tmp_path_factory.mktemp("made")
    history(folder, NOON, 9, (NOON - 100 * MINUTE, NOON - 5 * MINUTE))
    date_files(folder)
    return folder


def date_files(claude: Path) -> None:
    """Each file was changed when its last line was written."""
    for file in claude.rglob("*.jsonl"):
        times = [parse(json.loads(line).get("timestamp", "")) for line in file.read_bytes().splitlines()]
        last = max((at for at in times if at is not None), default=0) / 1_000
        os.utime(file, (last, last))


def first_read(
    place: Place,
    now: int = NOON,
    meanwhile: Callable[[], None] = lambda: None,
    appeared: Callable[[dict[str, Any] | None], None] = lambda found: None,
) -> list[dict[str, Any]]:
    """Read everything. Returns the snapshots that were shown before it was whole, and the one at its end.

    `meanwhile`: what happens each time that something is shown. `appeared`: gets what the new database says at first.
    """
    shown: list[dict[str, Any]] = []

    def snapshot() -> dict[str, Any] | None:
        found = take_shown(Reader(place.database), Reader(early_path(place.database)), now, UTC)
        return to_json(found) if found is not None else None

    def progress(done: int, total: int) -> None:
        if (found := snapshot()) is not None:
            shown.append(found)
            meanwhile()

    def surroundings(price: Any) -> EarlyRead:
        return EarlyRead(
            place.database, Surroundings(price, lambda: now, lambda: UTC, no_accounts, place.limits(), None)
        )

    roots = [place.claude / "projects"]
    _, store, _ = open_caught_up(
        place.database,
        lambda: roots,
        lambda: now,
        lambda _: None,
        progress,
        early=surroundings,
        limits=place.limits(),
    )
    appeared(snapshot())
    take_limits(store, place.limits(), no_accounts, lambda: now)
    store.close()
    whole = snapshot()
    assert whole is not None
    return [*shown, whole]


def report(place: Place, percent: float, resets_at: int, at: int) -> None:
    """Claude Code's status line said so."""
    window = {"used_percentage": percent, "resets_at": resets_at // 1_000}
    place.spool.mkdir(mode=0o700)
    (place.spool / f"{at * 1_000_000}-1.json").write_text(json.dumps({"rate_limits": {"five_hour": window}}))


def exact(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What is exact from the first moment on: block, official limits, today."""
    block = snapshot["block"]
    limits = [
        {name: limit[name] for name in ("window", "utilization_ratio", "basis", "resets_at", "observed_at")}
        for limit in snapshot["limits"]
        if limit["basis"] == "official"
    ]
    return {
        "block": block and {name: value for name, value in block.items() if name != "token_limit"},
        "limits": limits,
        "today": snapshot["today"],
    }


@pytest.mark.parametrize("hours_ago", [0, 3, 7, 30])
@pytest.mark.parametrize("has_report", [False, True], ids=["estimated", "official"])
def test_what_is_shown_first_is_what_is_shown_at_the_end(
    place: Place, made: Path, hours_ago: int, has_report: bool
) -> None:
    now = NOON + hours_ago * HOUR
    shutil.copytree(made, place.claude)
    if has_report:
        report(place, 42, NOON + 2 * HOUR, NOON - 10 * MINUTE)
    *shown, whole = first_read(place, now)
    assert shown, "it is shown while the rest is read"
    assert whole["reading"] is None
    for snapshot in shown:
        assert exact(whole) == exact(snapshot)
        assert snapshot["reading"]["since"] <= snapshot["today"]["start"]
        assert 0 < snapshot["reading"]["total_bytes"]
        assert [None] * 6 == [
            snapshot[name] for name in ("totals", "week", "month", "cache", "unwritten", "session_effectiveness_ratio")
        ]
        assert [] == [limit for limit in snapshot["limits"] if limit["basis"] != "official"]
        assert {"too_early"} >= {limit["forecast"]["state"] for limit in snapshot["limits"]}
    if has_report and hours_ago < 2:
        assert "official" == whole["block"]["basis"]
    assert [] == [path.name for path in place.database.parent.glob("tracker.db.early*")], "it is gone at the end"


def test_the_database_appears_with_what_the_service_said(place: Place, made: Path) -> None:
    shutil.copytree(made, place.claude)
    report(place, 42, NOON + 2 * HOUR, NOON - 10 * MINUTE)
    seen: list[dict[str, Any] | None] = []
    *_, whole = first_read(place, appeared=seen.append)
    (found,) = seen
    assert found is not None
    assert [("five_hour", "official", 0.42)] == [
        (limit["window"], limit["basis"], limit["utilization_ratio"])
        for limit in found["limits"]
        if limit["basis"] == "official"
    ]
    assert exact(whole) == exact(found)
    assert [] == list(place.spool.iterdir()), "its file is removed at last"
    later = Place(place.claude, place.database.with_name("later.db"), place.spool.with_name("later"))
    report(later, 42, NOON + 2 * HOUR, NOON - 10 * MINUTE)
    roots = [place.claude / "projects"]
    _, store, _ = open_caught_up(later.database, lambda: roots, lambda: NOON, lambda _: None)
    take_limits(store, later.limits(), no_accounts, lambda: NOON)
    store.close()
    assert rows(later.database) == rows(place.database), "what is read twice counts once"


def test_the_database_is_the_same_without_it(place: Place, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, place.claude)
    assert len(first_read(place)) > 1
    other = Place(place.claude, tmp_path / "other.db", place.spool)
    roots = [place.claude / "projects"]
    _, store, _ = open_caught_up(other.database, lambda: roots, lambda: NOON, lambda _: None)
    store.close()
    assert rows(other.database) == rows(place.database)


def rows(database: Path) -> dict[str, list[Any]]:
    """What is kept, but for the numbers of rows."""
    connection = sqlite3.connect(database)
    found = {}
    for table in KEPT:
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        own = ", ".join(name for name in names if name not in ("id", "conversation", "owner", "mark"))
        found[table] = sorted(map(repr, connection.execute(f"SELECT {own} FROM {table}")))
    connection.close()
    return found


def test_without_a_pause_more_is_read_until_it_is_certain(place: Place) -> None:
    """Responses every hour for two days, after a longer pause."""
    work(place, [NOON - 40 * DAY - one * MINUTE for one in range(400)])
    work(place, [NOON - one * HOUR - MINUTE for one in range(48)])
    date_files(place.claude)
    *shown, whole = first_read(place)
    assert shown
    assert {"2026-11-19T10:00:00.000Z"} == {snapshot["reading"]["since"] for snapshot in shown}, "74 hours"
    assert all(exact(whole) == exact(snapshot) for snapshot in shown)


def test_where_it_is_not_certain_it_is_shown_at_the_end(place: Place) -> None:
    """Responses every hour for forty days."""
    work(place, [NOON - one * HOUR - MINUTE for one in range(40 * 24)])
    date_files(place.claude)
    (whole,) = first_read(place)
    assert 960 == whole["totals"]["responses"]


def work(place: Place, times: Sequence[int]) -> None:
    """A file for each response."""
    for at in times:
        line = assistant(f"msg_{at}", request_id=f"req_{at}", session=f"s{at}", at=to_iso(at), uuid=f"u{at}")
        write(place.claude / "projects" / "-home-dev-shop" / f"{at}.jsonl", [line])


def test_one_that_a_killed_tracker_left_is_replaced(place: Place, made: Path) -> None:
    shutil.copytree(made, place.claude)
    early_path(place.database).write_text("of another time")
    *shown, whole = first_read(place)
    assert shown
    assert all(exact(whole) == exact(snapshot) for snapshot in shown)
    assert not early_path(place.database).exists()


@pytest.mark.forks
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("stage", [0, 2, 5])
def test_after_a_kill_the_next_first_read_is_exact(place: Place, made: Path, stage: int) -> None:
    shutil.copytree(made, place.claude)
    stages = iter(range(100))

    def kill() -> None:
        if next(stages) == stage:
            os._exit(9)

    if not (pid := os.fork()):
        try:
            first_read(place, meanwhile=kill)
        finally:
            os._exit(1)
    assert 9 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert [True, False] == [path.exists() for path in (early_path(place.database), place.database)]
    *shown, whole = first_read(place)
    assert shown
    assert all(exact(whole) == exact(snapshot) for snapshot in shown)
    assert [] == [path.name for path in place.database.parent.glob("tracker.db.early*")]


def test_the_api_answers_and_metrics_wait(place: Place, made: Path) -> None:
    shutil.copytree(made, place.claude)
    answers: list[list[int]] = []
    readings: list[Any] = []
    with client_of(place.database) as client:

        def ask() -> None:
            found = [client.get(path) for path in PATHS]
            answers.append([answer.status_code for answer in found])
            readings.append(json.loads(found[0].data)["reading"])

        first_read(place, meanwhile=ask)
        assert {(200, 503, 503, 503)} == set(map(tuple, answers))
        assert [0 <= one["ratio"] <= 1 for one in readings] == [True] * len(readings)
        whole = client.get(PATHS[0])
        assert (200, None) == (whole.status_code, json.loads(whole.data)["reading"])


PATHS = ("/api/analytics/current", "/api/health", "/api/limits", "/metrics")


def file_of(hours_ago: float, size: int) -> ChangedFile:
    stat = FileStat(1, 1, size, NOON * 1_000_000 - round(hours_ago * HOUR * 1_000_000), 0)
    return ChangedFile(f"{hours_ago}.jsonl", None, stat)


def sizes(groups: Sequence[tuple[int, Sequence[ChangedFile]]]) -> list[tuple[int, list[int]]]:
    return [((NOON - since) // HOUR, [file.stat.size for file in files]) for since, files in groups]


def test_the_newest_files_come_first_up_to_a_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "LEAST_BYTES", 100)
    files = [file_of(300, 500), file_of(1, 10), file_of(30, 30), file_of(25, 20), file_of(60, 300), file_of(51, 40)]
    groups, rest = newest_groups(files, NOON)
    assert [(26, [10, 20]), (50, [30])] == sizes(groups)
    assert [40, 300, 500] == [file.stat.size for file in rest], "with those of 74 hours it is more than a quarter"


def test_with_little_left_all_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "LEAST_BYTES", 100)
    files = [file_of(300, 99), file_of(1, 10)]
    assert ([], files) == newest_groups(files, NOON)
    files = [file_of(300, 200), file_of(1, 100)]
    assert ([], files) == newest_groups(files, NOON), "more than a quarter is new"
