"""Reading by two processes: whatever becomes of the second, and of the files, the figures are those of one."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from exporter.ingest.catch_up import open_caught_up
from exporter.ingest.transcripts import reading as file_reading
from exporter.ingest.workers import loop, parallel_reading
from exporter.ingest.workers.process import Worker, start_worker, stop_worker
from exporter.sources.transcripts.reading import continue_reading
from support.client import grow, stream
from support.pool import FILES
from support.processes import command_line, run_command, runs, wait_until
from support.tracker import LATER
from support.transcripts import append, write

pytestmark = [pytest.mark.forks, pytest.mark.server]

TABLES = {
    "totals": "SELECT family, labels, exact, peak FROM tracker_totals WHERE exact ORDER BY 1, 2",
    "sessions": "SELECT * FROM real_sessions ORDER BY id",
    "blocks": "SELECT * FROM five_hour_blocks ORDER BY id",
    "use": "SELECT * FROM tracker_block_usage ORDER BY 1, 2",
    "responses": "SELECT message_id, request_id, sidechain, uuid, model, total, cost, at, counted"
    " FROM tracker_responses ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9",
    "tools": "SELECT id, at, tool FROM tracker_tool_calls ORDER BY 1",
    "files": "SELECT path, size, offset, missing FROM tracker_files ORDER BY 1",
}
Kept = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Conversations with every kind of copy, and others that are read in several pieces and many jobs."""
    monkeypatch.setattr(file_reading, "PIECE_BYTES", 20_000)
    monkeypatch.setattr(parallel_reading, "JOB_BYTES", 100_000)
    folder = tmp_path / "claude" / "projects"
    grow(folder, sessions=20, responses=60)
    for name, lines in FILES.items():
        write(
            folder / "-pool" / f"{name}.jsonl",
            [line.replace(b'"sessionId":"s', b'"sessionId":"pool-s') for line in lines],
        )
    for born, path in enumerate(sorted(folder.rglob("*.jsonl")), start=1_790_000_000):
        os.utime(path, (born, born))  # of two born in one instant, that which was read first would be credited
    return folder


def read(database: Path, projects: Path, worker: Worker | None) -> Kept:
    """What a first read keeps."""
    _, store, report = open_caught_up(database, lambda: [projects], lambda: LATER, lambda _: None, worker=worker)
    store.close()
    assert () == report.errors
    connection = sqlite3.connect(database)
    kept = {name: connection.execute(query).fetchall() for name, query in TABLES.items()}
    connection.close()
    return kept


def running_worker() -> Worker:
    worker = start_worker()
    assert worker is not None, [thread.name for thread in threading.enumerate()]
    return worker


def after(calls: int, then: Callable[[], object]) -> Callable[..., int]:
    """`loop.send_result`, which only the second process calls; something else happens at call number `calls`."""
    send, made = loop.send_result, [0]

    def sent(*args: Any) -> int:
        made[0] += 1
        if made[0] == calls:
            then()
        return send(*args)

    return sent


def test_two_processes_store_what_one_stores(tmp_path: Path, projects: Path) -> None:
    worker = running_worker()
    assert read(tmp_path / "one.db", projects, None) == read(tmp_path / "two.db", projects, worker)
    assert 0 == worker.status


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise ValueError("broken on purpose")


@pytest.mark.parametrize(("then", "status"), [(die, -9), (fail, 1)], ids=["is killed", "raises"])
@pytest.mark.parametrize("calls", [1, 2, 5, 12])
def test_a_second_process_that_ends_early_loses_nothing(
    tmp_path: Path,
    projects: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    calls: int,
    then: Callable[[], None],
    status: int,
) -> None:
    expected = read(tmp_path / "one.db", projects, None)
    monkeypatch.setattr(loop, "send_result", after(calls, then))
    monkeypatch.setattr(file_reading, "continue_reading", slowly_in(os.getpid()))
    worker = running_worker()
    assert expected == read(tmp_path / "two.db", projects, worker)
    assert status == worker.status
    assert [f"a worker that helped to read ended early (status {status}): reading its part again"] == caplog.messages


def slowly_in(pid: int) -> Callable[..., Any]:
    """Reading that leaves most of the work to the other process."""

    def reading(*args: Any) -> Any:
        if os.getpid() == pid:
            threading.Event().wait(0.02)
        return continue_reading(*args)

    return reading


def test_a_worker_that_died_before_starting_loses_nothing(tmp_path: Path, projects: Path) -> None:
    expected = read(tmp_path / "one.db", projects, None)
    worker = running_worker()
    os.kill(worker.pid, signal.SIGKILL)
    os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
    assert expected == read(tmp_path / "two.db", projects, worker)


def test_a_file_that_grows_while_it_is_read_is_counted_to_its_end(
    tmp_path: Path, projects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = [projects / "-shop-0" / "s0.jsonl", projects / "-shop-1" / "s1.jsonl"]

    def reading(path: str, *args: Any) -> Any:
        found = continue_reading(path, *args)
        if Path(path) in growing and found.ended and not (done := tmp_path / Path(path).name).exists():
            done.touch()
            append(Path(path), stream(Path(path).stem, 60))
        return found

    monkeypatch.setattr(file_reading, "continue_reading", reading)
    kept = read(tmp_path / "two.db", projects, running_worker())
    monkeypatch.undo()
    assert all((tmp_path / path.name).exists() for path in growing)
    assert kept["responses"] == read(tmp_path / "one.db", projects, None)["responses"]
    assert {("s0", 61), ("s1", 61), ("s2", 60)} <= responses_by_session(tmp_path / "two.db")


def responses_by_session(database: Path) -> set[tuple[str, int]]:
    connection = sqlite3.connect(database)
    rows = connection.execute(
        "SELECT session_id, count(*) FROM tracker_responses r JOIN tracker_conversations c ON c.id = r.owner"
        " WHERE counted GROUP BY 1"
    ).fetchall()
    connection.close()
    return set(rows)


def test_a_file_removed_before_it_is_read_counts_nothing(
    tmp_path: Path, projects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reading(path: str, *args: Any) -> Any:
        if path.endswith("-3/s3.jsonl"):
            Path(path).unlink(missing_ok=True)
        return continue_reading(path, *args)

    monkeypatch.setattr(file_reading, "continue_reading", reading)
    kept = read(tmp_path / "two.db", projects, running_worker())
    monkeypatch.undo()
    assert kept == read(tmp_path / "one.db", projects, None)
    assert not any(path.endswith("-3/s3.jsonl") for path, *_ in kept["files"])


def test_a_file_the_worker_cannot_read_is_reported(tmp_path: Path, projects: Path) -> None:
    def reading(path: str, *args: Any) -> Any:
        if path.endswith("-3/s3.jsonl"):
            raise PermissionError(13, "Permission denied", path)
        return continue_reading(path, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_reading, "continue_reading", reading)
        _, store, report = open_caught_up(
            tmp_path / "x.db", lambda: [projects], lambda: LATER, lambda _: None, worker=running_worker()
        )
        store.close()
    assert (f"{projects}/-shop-3/s3.jsonl: Permission denied",) == report.errors


def test_with_other_threads_running_no_worker_is_forked(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert start_worker() is None
    finally:
        ended.set()
        thread.join()
    assert ["reading with one process: forking is not safe while other threads run"] == caplog.messages


def test_without_fork_one_process_reads(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.delattr(os, "fork")
    assert start_worker() is None
    assert ["reading with one process: this system cannot fork"] == caplog.messages


def test_without_space_for_results_one_process_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "absent"))
    assert start_worker() is None
    assert "reading with one process: No such file or directory" in caplog.text


@pytest.mark.parametrize("room", [0, 2_000, 30_000], ids=["for nothing", "for no jobs", "for some results"])
def test_when_space_runs_out_nothing_is_lost(
    tmp_path: Path, projects: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, room: int
) -> None:
    expected = read(tmp_path / "one.db", projects, None)
    pwrite = os.pwrite

    def short(fd: int, text: bytes, offset: int) -> int:
        return pwrite(fd, text[: max(0, room - offset)], offset)

    monkeypatch.setattr(os, "pwrite", short)
    monkeypatch.setattr(file_reading, "continue_reading", slowly_in(os.getpid()))
    assert expected == read(tmp_path / "two.db", projects, running_worker())
    assert "reading" in caplog.text


def test_a_worker_without_work_exits(tmp_path: Path) -> None:
    worker = running_worker()
    assert 0 == stop_worker(worker)
    assert 0 == stop_worker(worker)


def test_a_worker_exits_with_the_first_process(tmp_path: Path) -> None:
    grow(tmp_path / "claude" / "projects", sessions=40, responses=400)
    command = command_line("ingest", "--database", tmp_path / "x.db", "--config-dir", tmp_path / "claude")
    with psutil.Popen(command) as process:
        (worker,) = wait_until(process.children, "the second process runs")
        process.kill()
        process.wait()
    wait_until(lambda: not runs(worker.pid), "it ended too")
    assert not (tmp_path / "x.db").exists()
    outcome = run_command("ingest", "--database", tmp_path / "x.db", "--config-dir", tmp_path / "claude")
    assert "from 40 files" in outcome.stdout
