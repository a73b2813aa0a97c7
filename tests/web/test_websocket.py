"""The live channel of a real server: a snapshot on connecting, then each change; slow listeners delay no others."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.listening import Listener
from support.processes import Process, Server, run_command, wait_until
from support.sessions import Processes, register
from support.timing import least_seconds
from support.transcripts import append, assistant, write

pytestmark = pytest.mark.server

CLIENTS = 10
"""Of which one in five never reads."""
SECONDS = 5
CHANGES_A_SECOND = 20


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    write(tmp_path / "claude" / "projects" / "p" / "s1.jsonl", [assistant("m0", request="r0", uuid="u0", at=at(0))])
    return tmp_path / "claude"


@pytest.fixture
def server(tmp_path: Path, claude: Path) -> Iterator[Server]:
    with Server(tmp_path, "--config-dir", claude) as started:
        yield started.wait_ready()


def at(number: int) -> str:
    now = time.time() + number / 1000
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"


def respond(claude: Path, number: int) -> None:
    line = assistant(f"m{number}", request=f"r{number}", uuid=f"u{number}", at=at(number))
    append(claude / "projects" / "p" / "s1.jsonl", [line])


def test_the_snapshot_is_sent_first_and_then_changes(server: Server, claude: Path) -> None:
    with Listener(server.port) as listener:
        wait_until(lambda: listener.of("snapshot"), "the snapshot arrived")
        (snapshot,) = listener.of("snapshot")
        assert 30 == snapshot["totals"]["total_tokens"]
        respond(claude, 1)
        wait_until(lambda: listener.of("block"), "the block moved")
        assert 60 == listener.of("usage")[-1]["totals"]["total_tokens"]
        assert 60 == listener.of("block")[-1]["total_tokens"]
        sequences = [message["sequence"] for message in listener.messages]
        assert sequences == sorted(sequences)
        assert sequences[0] < sequences[-1]
        assert {"snapshot", "usage", "block"} == {message["type"] for message in listener.messages}


def test_sessions_come_and_go(tmp_path: Path, claude: Path) -> None:
    with (
        Processes(tmp_path / "bin") as processes,
        Server(tmp_path, "--config-dir", claude, "--processes") as server,
        Listener(server.wait_ready().port) as listener,
    ):
        pid = processes.start(processes.binary("bin/claude"), "60", cwd=tmp_path / "shop")
        register(claude, pid, "live", tmp_path / "shop", status="waiting")

        def shown() -> list[str]:
            status_line = [message["data"] or [] for message in list(listener.messages) if message["type"] == "session"]
            return [row["metadata"]["state"] for row in (status_line[-1] if status_line else []) if row["id"] == "live"]

        wait_until(lambda: shown() == ["waiting"], "it is pushed")
        processes.end(pid)
        wait_until(lambda: listener.of("session") and shown() == [], "its end is pushed")


def test_a_warning_is_pushed(server: Server) -> None:
    with Listener(server.port) as listener:
        wait_until(lambda: listener.of("snapshot"), "the snapshot arrived")
        status_line = {"rate_limits": {"five_hour": {"used_percentage": 96, "resets_at": int(time.time()) + 7_200}}}
        run_command("statusline", "--database", server.database, stdin=json.dumps(status_line))
        wait_until(lambda: listener.of("warning"), "the warning came")
        warning = listener.of("warning")[0]
        assert ("usage_critical", "five_hour", "critical", "5 hours: 96 % used") == (
            warning["kind"], warning["subject"], warning["severity"], warning["title"],
        )  # fmt: skip
        assert [0.96] == [limit["utilization_ratio"] for limit in listener.of("limits")[-1]["limits"]]


def test_pages_of_other_origins_are_refused(server: Server) -> None:
    for origin, status in (
        ("https://evil.example", b"403"),
        ("null", b"403"),
        (f"http://127.0.0.1:{server.port + 1}", b"403"),
        (f"http://127.0.0.1:{server.port}", b"101"),
    ):
        with deaf_client(server.port, f"Origin: {origin}\r\n") as connection:
            assert status == connection.recv(100).split()[1], origin


def deaf_client(port: int, more: str = "") -> socket.socket:
    """One that asks and never reads."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.sendall(
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n".encode()
    )
    return connection


def test_slow_listeners_do_not_delay_others(server: Server, claude: Path) -> None:
    deaf = [deaf_client(server.port) for _ in range(CLIENTS // 5)]
    listeners = [Listener(server.port) for _ in range(CLIENTS - len(deaf))]
    for listener in listeners:
        wait_until(lambda one=listener: one.of("snapshot"), "the snapshot arrived")  # type: ignore[misc]
    start_time = time.time()
    for number in range(1, SECONDS * CHANGES_A_SECOND + 1):
        respond(claude, number)
        time.sleep(max(0.0, start_time + number / CHANGES_A_SECOND - time.time()))
    everything = 30 * (1 + SECONDS * CHANGES_A_SECOND)
    for listener in listeners:
        wait_until(
            lambda one=listener: one.of("usage") and one.of("usage")[-1]["totals"]["total_tokens"] == everything,  # type: ignore[misc]
            "it received everything",
        )
    assert 200 == server.get("/metrics").status
    for connection in deaf:
        connection.close()
    for listener in listeners:
        listener.close()


def test_with_ten_connections_it_stops_at_once(tmp_path: Path, claude: Path) -> None:
    def stop(attempt: int) -> float:
        with Server(tmp_path, "--config-dir", claude) as server:
            server.wait_ready()
            listeners = [Listener(server.port) for _ in range(10)]
            for listener in listeners:
                wait_until(lambda one=listener: one.of("snapshot"), "the snapshot arrived")  # type: ignore[misc]
            code, seconds = server.stop()
            assert 0 == code
            for listener in listeners:
                wait_until(lambda one=listener: not one.is_open, "it was closed")  # type: ignore[misc]
        return seconds

    assert least_seconds(stop, 2) < 2


def test_serve_pushes_what_a_separate_detect_stores(tmp_path: Path, claude: Path) -> None:
    database = tmp_path / "tracker.db"
    with Process(tmp_path / "detect.log", "detect", "--database", database, "--config-dir", claude):
        wait_until(database.exists, "it is read")
        with Server(tmp_path, command="serve") as server, Listener(server.wait_ready().port) as listener:
            wait_until(lambda: listener.of("snapshot"), "the snapshot arrived")
            respond(claude, 1)
            wait_until(lambda: listener.of("usage"), "the change came")
            assert 60 == listener.of("usage")[-1]["totals"]["total_tokens"]
            assert 60 == json.loads(server.get("/api/analytics/current").text)["totals"]["total_tokens"]


def test_a_hook_is_processed_at_once(tmp_path: Path, claude: Path) -> None:
    payload = {
        "hook_event_name": "StopFailure",
        "last_assistant_message": "You've hit your weekly limit · resets Jan 18, 11:30am (UTC)",
    }

    def process(attempt: int) -> float:
        database = tmp_path / f"{attempt}.db"
        with (
            Server(tmp_path, "--config-dir", claude, database=database) as server,
            Listener(server.wait_ready().port) as listener,
        ):
            wait_until(lambda: listener.of("snapshot"), "the snapshot arrived")
            started = time.monotonic()
            answer = server.post("/api/session-update", json.dumps(payload))
            assert (202, {"queued": True, "detector": True}) == (answer.status, json.loads(answer.text))
            wait_until(lambda: any(part["lockouts"] for part in listener.of("limits")), "the hit is pushed")
            return time.monotonic() - started

    assert least_seconds(process, 1) < 1


def alert(name: str, kind: str) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": name, "severity": "critical", "window": "five_hour"},
        "annotations": {"summary": f"{name} fires", "description": "Do something.", "warning": kind},
        "startsAt": "2026-11-22T12:00:00Z",
        "fingerprint": name,
    }


def test_an_alert_is_sent_once_unless_the_tracker_already_warned(server: Server) -> None:
    with Listener(server.port) as listener:
        wait_until(lambda: listener.of("snapshot"), "the snapshot arrived")
        status_line = {"rate_limits": {"five_hour": {"used_percentage": 96, "resets_at": int(time.time()) + 7_200}}}
        run_command("statusline", "--database", server.database, stdin=json.dumps(status_line))
        wait_until(lambda: listener.of("warning"), "the tracker's own warning came")
        first = [alert("known", "usage_critical"), alert("new", "none of ours")]
        for alerts in (first, first, [*first, alert("last", "")]):
            assert 202 == server.post("/api/alerts", json.dumps({"alerts": alerts})).status
        wait_until(lambda: "last" in {one["subject"] for one in listener.of("warning")}, "the alerts came")
        alerts_sent = [one for one in listener.of("warning") if one["kind"] == "alert"]
        assert ["new", "last"] == [one["subject"] for one in alerts_sent]
        new = alerts_sent[0]
        assert ("critical", "new fires", "Do something.") == (new["severity"], new["title"], new["text"])
