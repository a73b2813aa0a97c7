"""`limits --ask` and `[limits] ask`: the answer of the client is shown, and a tracker asks regularly."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner, Result

from exporter.cli.main import cli
from exporter.cli.options.asking import parse_ask
from exporter.domain.calendar.timestamp import HOUR, MINUTE, to_iso
from exporter.domain.limits.asking import FOLDER_PREFIX
from exporter.errors import ConfigurationError
from support.client_stand_in import LIMITS, install
from support.databases import ingest
from support.processes import Process, Server, runs, wait_until


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    (tmp_path / "claude" / "projects").mkdir(parents=True)
    return tmp_path / "claude"


def stand_in(folder: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The client on PATH, whose five hours reset in three; returns where it notes how it ran."""
    noted = install(folder, program)
    reset = to_iso(int(time.time() * 1000) + 3 * HOUR)
    file = folder / "claude"
    file.write_text(file.read_text().replace(str(LIMITS[0]["resets_at"]), reset))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return noted


def ingested(folder: Path, claude: Path) -> None:
    ingest("--database", str(folder / "tracker.db"), "--config-dir", str(claude))


def limits(folder: Path, claude: Path, *more: str) -> Result:
    options = ["--database", str(folder / "tracker.db"), "--config-dir", str(claude)]
    return CliRunner().invoke(cli, ["limits", *options, *more])


def test_its_answer_is_shown_at_once(tmp_path: Path, claude: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = stand_in(tmp_path / "bin", "answers", monkeypatch)
    ingested(tmp_path, claude)
    found = limits(tmp_path, claude, "--ask", "--json")
    assert 0 == found.exit_code, found.output
    (item,) = (one for one in json.loads(found.stdout)["items"] if one["window"] == "five_hour")
    assert ("five_hour", 0.42, "official", "usage") == (
        item["window"], item["utilization_ratio"], item["basis"], item["source"],
    )  # fmt: skip
    assert str(claude) == json.loads(noted.read_text())[4], "of the folder that was named"
    again = limits(tmp_path, claude, "--ask")
    assert (12, "Error: the limits were asked for 0 min ago; ask again in 5 min\n") == (again.exit_code, again.stderr)
    assert "○ 42 % used" in limits(tmp_path, claude).stdout


def test_a_client_that_fails_is_one_line_and_an_exit_code(
    tmp_path: Path, claude: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = stand_in(tmp_path / "bin", "asks to log in", monkeypatch)
    assert 4 == limits(tmp_path, claude, "--ask").exit_code, "the database's name may be mistyped"
    assert not noted.exists()
    ingested(tmp_path, claude)
    found = limits(tmp_path, claude, "--ask")
    assert 12 == found.exit_code
    said = "Error: cannot ask for the limits: Claude Code is not logged in; run `claude` once and log in\n"
    assert (said, "") == (found.stderr, found.stdout)


@pytest.mark.server
def test_a_tracker_asks_by_its_configuration_and_counts_no_session(
    tmp_path: Path, claude: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = stand_in(tmp_path / "bin", "answers", monkeypatch)
    config = tmp_path / "config.toml"
    config.write_text('[limits]\nask = "15m"\n')
    with Server(tmp_path, "--config-dir", claude, "--no-processes", CLAUDE_TRACKER_CONFIG=str(config)) as server:
        server.wait_ready()
        window = ("window_utilization_ratio", ("unknown", "usage", "five_hour"))
        wait_until(lambda: window in server.samples(), "its answer is scraped")
        samples = server.samples()
        assert 0.42 == samples[window]
        assert noted.exists()
        assert 0 == sum(value for (name, _), value in samples.items() if name == "sessions_started_total")


@pytest.mark.server
@pytest.mark.parametrize("program", ["answers for ever", "ignores signals, and so does its child"])
def test_a_tracker_that_is_stopped_leaves_no_client(
    tmp_path: Path, claude: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    noted = stand_in(tmp_path / "bin", program, monkeypatch)
    (temporary := tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    config = tmp_path / "config.toml"
    config.write_text('[limits]\nask = "15m"\n')
    with Server(tmp_path, "--config-dir", claude, "--no-processes", CLAUDE_TRACKER_CONFIG=str(config)) as server:
        server.wait_ready()
        wait_until(lambda: is_complete(noted), "the client runs")
        os.kill(server.pid, signal.SIGTERM)
        assert 0 == server.wait(10)
        assert [] == left_of(noted)
    assert [] == [name for name in os.listdir(temporary) if name.startswith(FOLDER_PREFIX)]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP), (signal.SIGINT, 1)]
)
def test_a_command_that_is_stopped_leaves_no_client(
    tmp_path: Path, claude: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    noted = stand_in(tmp_path / "bin", "answers for ever", monkeypatch)
    (temporary := tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    ingested(tmp_path, claude)
    options: list[str | Path] = ["--database", tmp_path / "tracker.db", "--config-dir", claude]
    with Process(tmp_path / "limits.log", "limits", "--ask", *options) as command:
        wait_until(lambda: is_complete(noted), "the client runs")
        os.kill(command.pid, number)
        assert code == command.wait(10)
        assert [] == left_of(noted)
    assert [] == [name for name in os.listdir(temporary) if name.startswith(FOLDER_PREFIX)]


def is_complete(noted: Path) -> bool:
    return noted.exists() and noted.stat().st_size > 0


def left_of(noted: Path) -> list[int]:
    """What still runs of the client's process group."""
    group = json.loads(noted.read_text())[3]
    found = []
    for pid in psutil.pids():
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(pid) == group and runs(pid):
                found.append(pid)
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found


def test_the_configuration_of_limits_stays_that_of_the_command(tmp_path: Path, claude: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[limits]\nask = "15m"\nhistory = true\n')
    ingested(tmp_path, claude)
    options = ["--database", str(tmp_path / "tracker.db"), "--config-dir", str(claude)]
    found = CliRunner().invoke(cli, ["--config", str(config), "limits", *options])
    assert 0 == found.exit_code, found.output
    assert "No limit has been reached so far." in found.stdout


@pytest.mark.parametrize(("text", "ms"), [("5m", 5 * MINUTE), ("15m", 15 * MINUTE), ("24h", 24 * HOUR)])
def test_the_interval(text: str, ms: int) -> None:
    assert ms == parse_ask(text, "config.toml")


@pytest.mark.parametrize("value", ["4m", "25h", "15", "", "soon", 15, True, "99999h", "999999999999m"])
def test_another_interval_is_an_error(value: object) -> None:
    with pytest.raises(ConfigurationError, match=r'config.toml: \[limits\] ask must be from "5m" to "24h"'):
        parse_ask(value, "config.toml")
