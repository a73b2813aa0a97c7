"""The status line is drawn whatever comes in, and what it said reaches the tracker, also one that starts later."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from exporter.cli.commands.statusline import format_line
from support.processes import Server, run_command, status_json, wait_until
from support.services import PROJECT, shared_dir
from support.transcripts import assistant, write

pytestmark = pytest.mark.server

NOW = 1_795_350_000.0
HOUR = 3_600


def status_line(resets_in: float = 2 * HOUR, **more: Any) -> dict[str, Any]:
    return {
        "model": {"id": "claude-sonnet-4-5", "display_name": "Sonnet 4.5"},
        "context_window": {"used_percentage": 12},
        "cost": {"total_cost_usd": 1.234},
        "rate_limits": {"five_hour": {"used_percentage": 42, "resets_at": int(time.time() + resets_in)}},
        **more,
    }


@pytest.mark.parametrize(
    ("said", "line"),
    [
        pytest.param(
            {
                "model": {"display_name": "Sonnet 4.5"},
                "context_window": {"used_percentage": 12.4},
                "rate_limits": {
                    "five_hour": {"used_percentage": 42, "resets_at": NOW + 2 * HOUR + 840},
                    "seven_day": {"used_percentage": 17, "resets_at": "2026-11-25T12:20:00Z"},
                },
                "cost": {"total_cost_usd": 1.234},
            },
            "Sonnet 4.5 | context 12% | 5h 42% (2h14m left) | week 17% (3d0h left) | $1.23",
            id="everything",
        ),
        pytest.param({"model": {"display_name": "Opus"}, "cost": None}, "Opus", id="what is unknown is left out"),
        pytest.param(
            {
                "model": {"display_name": "Opus"},
                "rate_limits": {"five_hour": {"used_percentage": 99, "resets_at": NOW}},
            },
            "Opus",
            id="expired after its reset",
        ),
        pytest.param(
            {"rate_limits": {"five_hour": {"used_percentage": 102}}}, "claude-tracker: nothing to show", id="102"
        ),
        pytest.param([], "claude-tracker: nothing to show", id="no object"),
    ],
)
def test_the_line(said: object, line: str) -> None:
    assert line == format_line(json.dumps(said).encode(), NOW)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_is_not_drawn(encoding: str) -> None:
    said = {"model": {"display_name": "Opus 5"}, "rate_limits": {"five_hour": {"used_percentage": 57}}}
    assert "Opus 5 | 5h 57%" == format_line(json.dumps(said).encode(encoding), NOW)


def test_every_line_of_the_corpus_is_drawn() -> None:
    for text in (shared_dir() / "corpus" / "own-2.1.197" / "statusline-stdin.jsonl").read_bytes().splitlines():
        assert format_line(text, NOW).startswith("Sonnet 4.5")


def test_the_public_case_of_windows_powershell() -> None:
    folder = shared_dir() / "cases" / "statusline-bom"
    at = 1_795_701_086 - 90 * 60
    lines = [format_line((folder / name).read_bytes(), at) for name in ("in-utf-8-sig", "in-utf-16")]
    assert ["Opus 5 | 5h 33% (1h30m left)", "Opus 5 | 5h 34% (1h30m left)"] == lines


def draw(content: bytes, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "exporter", "statusline", *map(str, arguments)]
    return subprocess.run(command, input=content, capture_output=True, timeout=30, check=False, cwd=PROJECT)


@pytest.mark.parametrize(
    ("content", "spooled"),
    [
        pytest.param(b"", 0, id="empty"),
        pytest.param(b"garbage", 1, id="garbage"),
        pytest.param(b'{"a":' * 50_000, 1, id="nested without end"),
        pytest.param(b'{"x":"' + b"y" * 1_000_000 + b'"}', 1, id="1 MB"),
        pytest.param(json.dumps(status_line()).encode(), 1, id="ordinary"),
    ],
)
def test_it_prints_one_line_and_always_exits_with_0(tmp_path: Path, content: bytes, spooled: int) -> None:
    done = draw(content, "--database", tmp_path / "t.db")
    assert (0, b"", 1) == (done.returncode, done.stderr, done.stdout.count(b"\n"))
    files = list((tmp_path / "t.db.spool").glob("*")) if spooled else []
    assert [content] * spooled == [file.read_bytes() for file in files]
    assert all(file.name.endswith(".json") for file in files)


@pytest.mark.parametrize(
    ("previous", "lines"),
    [
        pytest.param("cat >/dev/null; echo mine; echo more", ["mine", "more"], id="fast"),
        pytest.param(
            "python3 -c 'import json,sys; print(json.load(sys.stdin)[\"cost\"])'",
            ["{'total_cost_usd': 1.234}"],
            id="by the same input",
        ),
        pytest.param("echo before; exit 3", ["before"], id="failing"),
        pytest.param("no-such-program", [], id="absent"),
        pytest.param("echo began; sleep 60", ["began"], id="slow: ended after five seconds"),
    ],
)
def test_the_previous_command_still_runs(tmp_path: Path, previous: str, lines: list[str]) -> None:
    started = time.monotonic()
    done = draw(json.dumps(status_line()).encode(), "--database", tmp_path / "t.db", "--previous", previous)
    assert time.monotonic() - started < 10
    *before, ours = done.stdout.decode().splitlines()
    assert (0, lines, True) == (done.returncode, before, ours.startswith("Sonnet 4.5 | context 12% | 5h 42% ("))


def test_without_write_access_the_line_is_still_drawn(tmp_path: Path) -> None:
    (tmp_path / "t.db.spool").write_text("a file in its place")
    done = draw(json.dumps(status_line()).encode(), "--database", tmp_path / "t.db")
    assert (0, 1) == (done.returncode, done.stdout.count(b"\n"))


def test_readings_reach_a_running_tracker_and_one_started_later(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    write(claude / "projects" / "-shop" / "s1.jsonl", [assistant(at="2025-11-20T10:00:00.000Z")])
    database = tmp_path / "tracker.db"
    week = {"seven_day": {"used_percentage": 17, "resets_at": int(time.time() + 90_000)}}
    draw(json.dumps(status_line()).encode(), "--database", database)
    draw(b"garbage", "--database", database)
    spool = Path(f"{database}.spool")
    five_hour, seven_day = (
        ("window_utilization_ratio", ("unknown", "statusline", name)) for name in ("five_hour", "seven_day")
    )
    with Server(tmp_path, "--config-dir", claude) as server:
        wait_until(lambda: five_hour in server.wait_ready().samples(), "the five hours are known")
        samples = server.samples()
        assert (0.42, False) == (samples[five_hour], seven_day in samples)
        draw(json.dumps({"rate_limits": week}).encode(), "--database", database)
        wait_until(lambda: seven_day in server.samples(), "the week is known")
        samples = server.samples()
        assert (0.42, 0.17) == (samples[five_hour], samples[seven_day])
        assert 1 == samples["block_info", ("official",)]
        assert 0 == samples["block_sessions", ()]
        assert [] == list(spool.iterdir())
        assert 1 == server.said.count("cannot read limits from")
        shown_limits = json.loads(
            run_command("limits", "--json", "--database", database, "--config-dir", claude).stdout
        )
        assert ["five_hour", "seven_day"] == [one["window"] for one in shown_limits["items"]]
        assert ["official", "official"] == [one["basis"] for one in shown_limits["items"]]
    assert "official" == status_json(database, "--config-dir", claude)["block"]["basis"]
    draw(json.dumps(status_line(3 * HOUR)).encode(), "--database", database)
    text = run_command("limits", "--history", "--database", database, "--config-dir", claude).stdout
    assert re.search(r"5 hours .* 42 %  resets", text)
    assert 3 == text.count(" statusline\n") + text.count(" statusline \n")


def test_a_hanging_tracker_delays_nothing_and_loses_nothing(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    (claude / "projects").mkdir(parents=True)
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        processes = [server.pid, *server.children()]
        for pid in processes:
            os.kill(pid, signal.SIGSTOP)
        try:
            done, seconds = [], []
            for _ in range(5):
                started = time.monotonic()
                done.append(draw(json.dumps(status_line()).encode(), "--database", server.database))
                seconds.append(time.monotonic() - started)
            assert median(seconds) < 1, "on a busy machine one of them may take longer"
        finally:
            for pid in processes:
                os.kill(pid, signal.SIGCONT)
        assert [(0, 1)] * 5 == [(one.returncode, one.stdout.count(b"\n")) for one in done]
        five_hour = ("window_utilization_ratio", ("unknown", "statusline", "five_hour"))
        wait_until(lambda: server.samples().get(five_hour) == 0.42, "readings sent meanwhile are processed")


@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_without_a_standard_stream_it_succeeds(tmp_path: Path, closed: str) -> None:
    command = f'"{sys.executable}" -m exporter statusline --database "{tmp_path / "t.db"}" {closed}'
    assert 0 == subprocess.run(command, shell=True, cwd=PROJECT, check=False, capture_output=True).returncode
