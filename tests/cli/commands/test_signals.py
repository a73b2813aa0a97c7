"""Signals end the tracker within two seconds, whatever it is doing, and leave nothing running."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from exporter.ingest import lock
from support.processes import Process, Server, runs, wait_until
from support.timing import least_seconds
from support.transcripts import assistant, write

pytestmark = pytest.mark.server

STOP_SECONDS = 2.0


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", [assistant(at="2025-11-20T10:00:00.000Z")])
    return tmp_path / "claude"


@pytest.fixture(scope="module")
def big_claude(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long enough to read to be interrupted in it."""
    folder = tmp_path_factory.mktemp("big")
    responses = [assistant(f"msg_{n}", request=f"req_{n}", uuid=f"a{n}") for n in range(40_000)]
    write(folder / "projects" / "-shop" / "s1.jsonl", responses)
    return folder


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("phase", ["first read", "tail"])
def test_a_signal_stops_it(tmp_path: Path, big_claude: Path, phase: str, number: signal.Signals) -> None:
    def stop(attempt: int) -> float:
        database = tmp_path / f"{attempt}.db"
        made = tmp_path / f"{attempt}.db.first-read"
        with Server(tmp_path, "--config-dir", big_claude, database=database) as server:
            if phase == "tail":
                server.wait_ready()
            else:
                wait_until(lambda: made.exists() and server.get("/-/healthy").status == 200, "the first read started")
            others = server.children(recursive=True)
            started = time.monotonic()
            if number == signal.SIGINT:
                server.send_to_group(number)  # as Ctrl-C does
            else:
                os.kill(server.pid, number)
            assert 0 == server.wait()
            wait_until(lambda: not any(map(runs, others)), "everything it started ended")
            seconds = time.monotonic() - started
        assert "Traceback" not in server.said
        return seconds

    assert least_seconds(stop, STOP_SECONDS) < STOP_SECONDS


def test_a_closed_terminal_stops_it(tmp_path: Path, claude: Path) -> None:
    def stop(attempt: int) -> float:
        with Server(tmp_path, "--config-dir", claude) as server:
            server.wait_ready()
            started = time.monotonic()
            server.send_to_group(signal.SIGHUP)
            assert 0 == server.wait()
            return time.monotonic() - started

    assert least_seconds(stop, STOP_SECONDS) < STOP_SECONDS


def test_under_nohup_it_survives_a_closed_terminal(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude, prefix=["nohup"]) as server:
        worker = server.wait_ready().children()
        server.send_to_group(signal.SIGHUP)
        for number in (signal.SIGUSR2, signal.SIGTTIN):  # by which gunicorn would make more workers
            os.kill(server.pid, number)
        assert 200 == server.get("/metrics").status
        assert worker == server.children()


def test_open_connections_do_not_delay_a_stop(tmp_path: Path, claude: Path) -> None:
    def stop(attempt: int) -> float:
        with Server(tmp_path, "--config-dir", claude) as server:
            server.wait_ready()
            idle, kept, half = (socket.create_connection(("127.0.0.1", server.port)) for _ in range(3))
            kept.sendall(b"GET /-/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert kept.recv(1024).startswith(b"HTTP/1.1 200")
            half.sendall(b"GET /metrics HTTP/1.1\r\nHost: loc")
            code, seconds = server.stop()
            for connection in (idle, kept, half):
                connection.close()
        assert 0 == code
        return seconds

    assert least_seconds(stop, STOP_SECONDS) < STOP_SECONDS


def test_a_signal_stops_it_while_it_waits_for_the_lock(tmp_path: Path, claude: Path) -> None:
    held = lock.acquire(tmp_path / "tracker.db", lock.Holder(os.getpid(), lock.COMMAND, "a test", 0))
    assert held is not None

    def stop(number: signal.Signals) -> float:
        (tmp_path / "run.log").unlink(missing_ok=True)
        with Server(tmp_path, "--config-dir", claude) as server:
            wait_until(lambda: "waiting for" in server.said, "it waits")
            code, seconds = server.stop(number)
        assert code in {0, 1, -number}
        assert "Traceback" not in server.said
        return seconds

    for number in (signal.SIGTERM, signal.SIGINT):
        assert least_seconds(lambda _, by=number: stop(by), STOP_SECONDS) < STOP_SECONDS  # type: ignore[misc]
    held.release()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_ingest_leaves_nothing_behind(tmp_path: Path, big_claude: Path, number: signal.Signals) -> None:
    database = tmp_path / "tracker.db"

    def stop(attempt: int) -> float:
        with Process(tmp_path / "log", "ingest", "--database", database, "--config-dir", big_claude) as ingest:
            wait_until((tmp_path / "tracker.db.first-read").exists, "it reads")
            code, seconds = ingest.stop(number)
        assert code in {1, -number}
        assert not database.exists()
        assert "Traceback" not in ingest.said
        return seconds

    assert least_seconds(stop, STOP_SECONDS) < STOP_SECONDS
