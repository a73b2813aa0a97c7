"""A detector, a server and a Prometheus on one database, each a process of its own, while clients write."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.listening import Listener
from support.processes import Process, Server, status_json, total_of, wait_until
from support.prometheus import prometheus
from support.sampling import sample_or_all
from support.sessions import Processes, register
from support.transcripts import OPUS, SONNET, append, assistant, usage

pytestmark = pytest.mark.server

WRITING_SECONDS = float(os.environ.get("CLAUDE_TRACKER_WRITING_SECONDS", str(sample_or_all(6, 30))))
"""Longer in manual runs."""
WRITTEN_A_SECOND = 10
AGREE_SECONDS = 5
ANNOUNCED_SECONDS = 35
"""So long after the writing /metrics may still show a label set as new."""


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    append(tmp_path / "claude" / "projects" / "-shop" / "s0.jsonl", [_line(0)])
    return tmp_path / "claude"


def _line(number: int) -> dict[str, Any]:
    now = time.time()
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
    model = SONNET if number % 3 == 2 else OPUS
    session = f"s{number % 2}"
    return assistant(
        f"m{number}",
        request=f"r{number}",
        uuid=f"u{number}",
        session=session,
        at=at,
        model=model,
        used=usage(7, number),
    )


@pytest.fixture
def detector(tmp_path: Path, claude: Path) -> Iterator[Process]:
    database = tmp_path / "tracker.db"
    with Process(
        tmp_path / "detect.log", "detect", "--database", database, "--config-dir", claude, "--processes"
    ) as process:
        wait_until(database.exists, "it is read")
        yield process


def figures(current: dict[str, Any]) -> tuple[int, int, int | None]:
    """Of a snapshot's JSON form, or of a message with all its parts."""
    block = current["block"]
    return current["totals"]["total_tokens"], current["totals"]["responses"], block["total_tokens"] if block else None


def said_at_once(server: Server, listener: Listener) -> list[int]:
    """The tokens of all time, as the API and the live channel say."""
    return [
        json.loads(server.get("/api/analytics/current").text)["totals"]["total_tokens"],
        listener.of("usage")[-1]["totals"]["total_tokens"],
    ]


def test_three_processes_agree_while_transcripts_grow(tmp_path: Path, claude: Path, detector: Process) -> None:
    with (
        Server(tmp_path, command="serve") as server,
        Listener(server.wait_ready().port) as listener,
        prometheus(tmp_path / "prometheus", server.port) as scraped,
    ):
        by_api: dict[int, tuple[int, int, int | None]] = {}
        wait_until(lambda: listener.of("snapshot"), "the snapshot arrived")
        started, number = time.monotonic(), 0
        while time.monotonic() - started < WRITING_SECONDS:
            number += 1
            append(claude / "projects" / "-shop" / f"s{number % 2}.jsonl", [_line(number)])
            current = json.loads(server.get("/api/analytics/current").text)
            by_api[current["sequence"]] = figures(current)
            time.sleep(max(0.0, started + number / WRITTEN_A_SECOND - time.monotonic()))
        written = 7 * (number + 1) + sum(range(number + 1))
        wait_until(lambda: said_at_once(server, listener) == [written] * 2, "API and live channel agree", AGREE_SECONDS)
        assert written == status_json(tmp_path / "tracker.db")["totals"]["total_tokens"]
        wait_until(
            lambda: scraped.value("sum(claude_tracker_tokens_total)") == written, "Prometheus agrees", ANNOUNCED_SECONDS
        )
        assert written == total_of(server.samples(), "tokens_total")
        assert [written] * 2 == said_at_once(server, listener)

        by_channel = figures_by_sequence(listener)
        both = by_api.keys() & by_channel.keys()
        assert len(both) > WRITING_SECONDS
        assert {n: by_api[n] for n in both} == {n: by_channel[n] for n in both}
        for process in (detector, server):
            assert "lock" not in process.said.replace("block", ""), process.said
            assert "ERROR" not in process.said, process.said


def figures_by_sequence(listener: Listener) -> dict[int, tuple[int, int, int | None]]:
    """The figures of a program that applies each change to its first snapshot."""
    held: dict[str, Any] = {}
    found = {}
    for message in listener.messages:
        kind, data = message["type"], message["data"]
        held |= data if kind in ("snapshot", "usage") else {"block": data} if kind == "block" else {}
        found[message["sequence"]] = figures(held)
    return found


def test_a_separate_server_reports_the_detectors_health(tmp_path: Path, claude: Path, detector: Process) -> None:
    with (
        Processes(tmp_path / "bin") as processes,
        Server(tmp_path, command="serve") as server,
    ):
        server.wait_ready()
        pid = processes.start(processes.binary("bin/claude"), "60", cwd=tmp_path / "shop")
        register(claude, pid, "live", tmp_path / "shop", status="busy")
        wait_until(lambda: "collector_success" in {name for name, _ in server.samples()}, "it reported its health")
        samples = server.samples()
        assert [1, 1, 1] == [samples["collector_success", (name,)] for name in ("processes", "registry", "transcripts")]
        assert 0 == samples["ingest_lag_seconds", ()]
        assert 1 == samples["watcher_up", ()]
        last = samples["ingest_last_success_timestamp_seconds", ()]
        assert 0 <= time.time() - last < 60
        wait_until(
            lambda: server.samples()["processes", ("claude_code",)] >= 1, "the running process is reported", seconds=30
        )
        assert 0 == detector.stop()[0]
        samples = server.samples()
        assert ("watcher_up", ()) not in samples
        assert last <= samples["ingest_last_success_timestamp_seconds", ()]
        assert ("sessions", ("claude_code", "busy")) not in samples


def test_data_sent_to_the_server_is_pushed_at_once(tmp_path: Path, detector: Process) -> None:
    with Server(tmp_path, command="serve") as server, Listener(server.wait_ready().port) as listener:
        wait_until(lambda: listener.of("snapshot"), "the snapshot arrived")
        seconds = []
        for number in range(5):
            alert = {"status": "firing", "labels": {}, "annotations": {}, "startsAt": "2026-11-22T12:00:00Z"}
            payload = json.dumps({"alerts": [alert | {"fingerprint": str(number)}]})
            started = time.monotonic()
            assert 202 == server.post("/api/alerts", payload).status
            wait_until(lambda n=number: len(listener.of("warning")) > n, "it is pushed")  # type: ignore[misc]
            seconds.append(time.monotonic() - started)
        assert min(seconds) < 0.5, "on a busy machine one of them may take longer"
        assert not detector.has_ended()
