"""`run` as its users meet it: what it answers to whom, and how it follows the transcripts."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

import pytest

from exporter import __version__
from exporter.web.listener import bind
from support.processes import Server, run_command, total_of, wait_until
from support.services import free_port
from support.terminals import in_terminal
from support.timing import seconds_until
from support.transcripts import append, assistant, prompt, write

pytestmark = pytest.mark.server

LATER = "2025-11-20T11:00:00.000Z"
SCRAPE_SECONDS = 10.0
"""Prometheus waits so long by default."""
READY = b"GET /-/ready HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", [assistant(at="2025-11-20T10:00:00.000Z")])
    return tmp_path / "claude"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A tracker that tests only query."""
    folder = tmp_path_factory.mktemp("served")
    write(folder / "projects" / "-shop" / "s1.jsonl", [assistant(at="2025-11-20T10:00:00.000Z")])
    with Server(folder, "--config-dir", folder, "--allow-host", "tracker.internal") as server:
        yield server.wait_ready()


def test_the_page_may_load_nothing_from_elsewhere(served: Server) -> None:
    answer = served.get("/")
    assert (200, "text/html; charset=utf-8") == (answer.status, answer.headers["Content-Type"])
    policy = answer.headers["Content-Security-Policy"]
    assert ("default-src 'none'" in policy, "script-src 'self';" in policy) == (True, True)


@pytest.mark.parametrize(
    ("path", "text"),
    [("/-/healthy", "claude-tracker is healthy\n"), ("/-/ready", "claude-tracker is ready\n")],
)
def test_health_and_readiness(served: Server, path: str, text: str) -> None:
    answer = served.get(path)
    assert (200, text) == (answer.status, answer.text)


def test_an_unknown_path_is_not_found(served: Server) -> None:
    assert 404 == served.get("/nothing/here").status


def test_it_says_what_it_found(tmp_path: Path, claude: Path) -> None:
    write(
        claude / "projects" / "-shop" / "s2.jsonl", [assistant("m2", request="r2", session="s2", at=LATER, model="x")]
    )
    with Server(tmp_path, "--config-dir", claude, CLAUDE_TRACKER_CALLED_AS="./start.sh") as server:
        server.wait_ready()
        wait_until(lambda: "\nData " in server.said, "it has said what it found")
        lines = [line for line in server.said.splitlines() if " INFO " not in line]
    assert re.fullmatch(r"Read 2 transcripts: 2 responses, \$0\.00 \+ \? since 20 Nov 2025  \d+\.\d s", lines[1])
    assert [
        f"claude-tracker {__version__}",
        f"Dashboard   http://127.0.0.1:{server.port}/",
        "Limits      not known yet: run `./start.sh setup`",
        f"Data        {server.database}",
    ] == [lines[0], *lines[2:5]]


def answers(port: int) -> bool:
    """Whether a server on this port is ready."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(READY)
            return b" 200 " in connection.recv(100)
    except OSError:
        return False


def test_on_a_terminal_it_says_nothing_else(tmp_path: Path, claude: Path) -> None:
    database = tmp_path / "tracker.db"
    with ThreadPoolExecutor(1) as pool:
        port = free_port()
        options = ("--database", database, "--config-dir", claude, "--listen", str(port), "--no-processes")
        running = pool.submit(in_terminal, "run", *options)
        wait_until(lambda: answers(port), "it serves")
        wait_until(lambda: "Stopped" in run_command("stop", "--database", database).stdout, "it runs and is stopped")
        code, text = running.result()
    assert (0, False) == (code, " INFO " in text)


def test_the_log_as_json(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude, "--log-format", "json") as server:
        server.wait_ready()
        wait_until(lambda: "watching for changes" in server.said, "it has read everything")
        records = [json.loads(line) for line in server.said.splitlines() if line.startswith("{")]
    assert {"time", "level", "message"} == set(records[0])
    assert ("info", "read all transcripts; watching for changes") in [(one["level"], one["message"]) for one in records]


@pytest.mark.parametrize("path", ["/", "/metrics", "/nothing"])
def test_responses_are_not_cached_and_run_no_foreign_code(served: Server, path: str) -> None:
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
def test_only_our_own_host_names_are_answered(served: Server, path: str, host: str, status: int) -> None:
    assert status == served.get(path, Host=host).status


def test_allowed_hosts_can_be_set_in_the_environment(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude, CLAUDE_TRACKER_ALLOW_HOST="one.internal two.internal") as server:
        server.wait_ready()
        hosts = ["one.internal", "two.internal", "three.internal"]
        assert [200, 200, 400] == [server.get("/metrics", Host=host).status for host in hosts]


def test_without_folders_it_serves_zeros_until_they_appear(tmp_path: Path, home: Path) -> None:
    with Server(tmp_path) as server:
        samples = server.wait_ready().samples()
        assert (0, 0) == (samples["prompts_total", ()], samples["files_tracked", ()])
        said = (
            "No Claude Code transcripts found. Looked in ~/.claude/projects (does not exist) and"
            " ~/.config/claude/projects (does not exist). Start Claude Code once, or name a folder with --config-dir."
        )
        wait_until(lambda: said in server.said, "it says where it looked")
        wait_until(lambda: "watching for changes" in server.said, "it has looked everywhere")
        for folder in (".claude", ".config/claude"):
            session = folder.replace("/", "-")
            file = home / folder / "projects" / "-shop" / f"{session}.jsonl"
            write(file, [prompt(uuid=f"p {session}", session=session)])
        wait_until(lambda: server.samples()["files_tracked", ()] == 2, "both are found")
        assert 2 == server.samples()["prompts_total", ()]


def has_counted(server: Server, responses: int) -> bool:
    return total_of(server.samples(), "responses_total") == responses


def test_appended_lines_are_counted_at_once(tmp_path: Path, claude: Path) -> None:
    file = claude / "projects" / "-shop" / "s1.jsonl"
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        seconds = []
        for number in range(2, 6):
            append(file, [assistant(f"msg_{number}", request=f"req_{number}", uuid=f"a{number}")])
            seconds.append(seconds_until(partial(has_counted, server, number), "it is counted"))
        samples = server.samples()
    assert median(seconds) < 2, "on a busy machine one of them may take longer"
    assert (1, 0, 1) == (
        samples["watcher_up", ()],
        samples["ingest_lag_seconds", ()],
        samples["collector_success", ("transcripts",)],
    )


def test_a_deleted_database_is_recreated_by_a_restart(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        wait_until(lambda: "watching for changes" in server.said, "it has opened the database")
        for left in tmp_path.glob("tracker.db*"):
            if left.is_file() and left.suffix != ".lock":
                left.unlink()
        append(claude / "projects" / "-shop" / "s1.jsonl", [assistant("msg_2", request="req_2", uuid="a2")])
        wait_until(lambda: "restart the tracker to make a new one" in server.said, "it says what to do")
        assert (503, False) == (server.get("/metrics").status, server.database.exists())
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        wait_until(lambda: has_counted(server, 2), "it holds the contents of the transcripts")


def test_silent_connections_do_not_delay_a_scrape(served: Server) -> None:
    with ExitStack() as open_ones:
        for half in ("", "GET /metrics HTTP/1.1\r\nHost: loc"):
            for _ in range(16):
                connection = socket.create_connection(("127.0.0.1", served.port))
                open_ones.enter_context(connection).sendall(half.encode())
        started = time.monotonic()
        assert 200 == served.get("/metrics").status
        assert time.monotonic() - started < SCRAPE_SECONDS


def test_a_request_may_arrive_in_parts_and_be_pipelined(served: Server) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as connection:
        for part in (b"GET /-/heal", b"thy HTTP/1.1\r\nHost: local", b"host\r\n\r\n" + READY + READY):
            connection.sendall(part)
            time.sleep(0.05)  # so that it comes as a part
        found = b""
        while found.count(b"claude-tracker is ready\n") < 2:
            part = connection.recv(4096)
            assert part, found
            found += part
    assert found.count(b"HTTP/1.1 200 OK") == 3


def test_a_body_does_not_wait_until_its_head_is_acknowledged() -> None:
    with bind("127.0.0.1", free_port()) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
