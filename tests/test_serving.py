"""`run` as its users meet it: what it answers, how it follows the transcripts, and how it stops."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from exporter.ingest import lock
from support.processes import Process, Server, runs, total_of, wait_until
from support.transcripts import append, assistant, prompt, write

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


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A tracker that is only asked."""
    folder = tmp_path_factory.mktemp("served")
    write(folder / "projects" / "-shop" / "s1.jsonl", [assistant(at="2025-11-20T10:00:00.000Z")])
    with Server(folder, "--config-dir", folder, "--allow-host", "tracker.internal") as server:
        yield server.wait_ready()


def test_the_landing_page_leads_to_the_faces(served: Server) -> None:
    answer = served.get("/")
    assert (200, "text/html; charset=utf-8") == (answer.status, answer.headers["Content-Type"])
    for path in ("/metrics", "/-/ready", "/-/healthy"):
        assert f'href="{path}"' in answer.text
    assert "1 transcripts are followed. No five-hour block is running." in answer.text


@pytest.mark.parametrize(
    ("path", "text"),
    [("/-/healthy", "claude-tracker is healthy\n"), ("/-/ready", "claude-tracker is ready\n")],
)
def test_health_and_readiness(served: Server, path: str, text: str) -> None:
    answer = served.get(path)
    assert (200, text) == (answer.status, answer.text)


def test_an_unknown_path_is_not_found(served: Server) -> None:
    assert 404 == served.get("/nothing/here").status


@pytest.mark.parametrize("path", ["/", "/metrics", "/nothing"])
def test_answers_are_not_kept_and_run_nothing_foreign(served: Server, path: str) -> None:
    headers = served.get(path).headers
    assert ("nosniff", "no-store") == (headers["X-Content-Type-Options"], headers["Cache-Control"])
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("127.0.0.1", 200, id="the address"),
        pytest.param("127.0.0.1:3001", 200, id="the address with a port"),
        pytest.param("localhost:3001", 200, id="localhost"),
        pytest.param("tracker.internal", 200, id="a name that is allowed"),
        pytest.param("tracker.internal:9090", 200, id="a name that is allowed, with a port"),
        pytest.param("rebound.example", 400, id="a name that was bent to us"),
        pytest.param("rebound.example:3001", 400, id="the same with our port"),
        pytest.param("127.0.0.1.rebound.example", 400, id="a name that begins like ours"),
        pytest.param("evil-localhost", 400, id="a name that ends like ours"),
        pytest.param("sub.localhost", 400, id="a name below ours"),
    ],
)
@pytest.mark.parametrize("path", ["/metrics", "/", "/-/ready"])
def test_only_names_that_are_ours_are_answered(served: Server, path: str, host: str, status: int) -> None:
    assert status == served.get(path, Host=host).status


def test_allowed_names_come_from_the_environment_too(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude, CLAUDE_TRACKER_ALLOW_HOST="one.internal two.internal") as server:
        server.wait_ready()
        hosts = ["one.internal", "two.internal", "three.internal"]
        assert [200, 200, 400] == [server.get("/metrics", Host=host).status for host in hosts]


def test_where_no_folder_exists_it_serves_zeros_and_finds_them_when_they_appear(tmp_path: Path, home: Path) -> None:
    with Server(tmp_path) as server:
        samples = server.wait_ready().samples()
        assert (0, 0) == (samples["prompts_total", ()], samples["files_tracked", ()])
        folders = f"{home}/.claude/projects, {home}/.config/claude/projects"
        assert f"no transcripts yet: none of {folders} exists; waiting for one to appear" in server.said
        wait_until(lambda: "following changes" in server.said, "it has looked everywhere")
        for folder in (".claude", ".config/claude"):
            session = folder.replace("/", "-")
            file = home / folder / "projects" / "-shop" / f"{session}.jsonl"
            write(file, [prompt(uuid=f"p {session}", session=session)])
        wait_until(lambda: server.samples()["files_tracked", ()] == 2, "both are found", seconds=10)
        assert 2 == server.samples()["prompts_total", ()]


def has_counted(server: Server, responses: int) -> bool:
    return total_of(server.samples(), "responses_total") == responses


def test_what_is_appended_is_counted_at_once(tmp_path: Path, claude: Path) -> None:
    file = claude / "projects" / "-shop" / "s1.jsonl"
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        for number in range(2, 6):
            append(file, [assistant(f"msg_{number}", request=f"req_{number}", uuid=f"a{number}")])
            wait_until(partial(has_counted, server, number), "it is counted", seconds=2)
        samples = server.samples()
    assert (1, 0, 1) == (
        samples["watcher_up", ()],
        samples["ingest_lag_seconds", ()],
        samples["collector_success", ("transcripts",)],
    )


def test_a_database_that_is_deleted_is_made_anew(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        for left in tmp_path.glob("tracker.db*"):
            if left.suffix != ".lock":
                left.unlink()
        append(claude / "projects" / "-shop" / "s1.jsonl", [assistant("msg_2", request="req_2", uuid="a2")])
        wait_until(lambda: server.get("/metrics").status == 200 and server.database.exists(), "it is there again")
        wait_until(lambda: has_counted(server, 2), "it holds what the transcripts tell")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("phase", ["first read", "tail"])
def test_a_signal_stops_it(tmp_path: Path, big_claude: Path, phase: str, number: signal.Signals) -> None:
    made = tmp_path / "tracker.db.first-read"
    with Server(tmp_path, "--config-dir", big_claude) as server:
        if phase == "tail":
            server.wait_ready()
        else:
            wait_until(lambda: made.exists() and server.get("/-/healthy").status == 200, "the first read has begun")
        others = server.children(recursive=True)
        began = time.monotonic()
        if number == signal.SIGINT:
            server.send_to_group(number)  # as Ctrl-C does
        else:
            os.kill(server.pid, number)
        code = server.wait()
        wait_until(lambda: not any(map(runs, others)), "everything it started ended")
        seconds = time.monotonic() - began
    assert 0 == code
    assert seconds < STOP_SECONDS
    assert "Traceback" not in server.said


def test_connections_that_stay_open_do_not_hold_a_stop_up(tmp_path: Path, claude: Path) -> None:
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
    assert seconds < STOP_SECONDS


def test_a_signal_ends_it_while_it_waits_for_the_lock(tmp_path: Path, claude: Path) -> None:
    held = lock.acquire(tmp_path / "tracker.db", lock.Holder(os.getpid(), lock.COMMAND, "a test", 0))
    assert held is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        with Server(tmp_path, "--config-dir", claude) as server:
            wait_until(lambda: "waiting for" in server.said, "it waits")
            code, seconds = server.stop(number)
        assert code in {0, 1, -number}
        assert seconds < STOP_SECONDS
        assert "Traceback" not in server.said
    held.release()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_ingest_that_is_interrupted_leaves_nothing_behind(
    tmp_path: Path, big_claude: Path, number: signal.Signals
) -> None:
    database = tmp_path / "tracker.db"
    with Process(tmp_path / "log", "ingest", "--database", database, "--config-dir", big_claude) as ingest:
        wait_until((tmp_path / "tracker.db.first-read").exists, "it reads")
        code, seconds = ingest.stop(number)
    assert code in {1, -number}
    assert seconds < STOP_SECONDS
    assert not database.exists()
    assert "Traceback" not in ingest.said
