"""`doctor`: its report, its exit code, and that it works whatever is broken."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from exporter.cli.main import cli
from exporter.cli.wiring.doctor import managed_files, service_place
from exporter.doctor.examine import CHECKS
from support.databases import ingest
from support.processes import Server, run_command, wait_until
from support.services import free_port
from support.transcripts import assistant, write

ELSEWHERE = ["--prometheus-url", "http://127.0.0.1:9", "--grafana-url", "http://127.0.0.1:9"]
"""Nobody answers there."""


def invoke(*args: str | Path, listen: str | None = None, **environment: str) -> Result:
    options = ["--listen", listen or f"127.0.0.1:{free_port()}", *ELSEWHERE]
    return CliRunner().invoke(cli, ["doctor", *options, *map(str, args)], env=environment)


def checks(*args: str | Path) -> dict[str, dict[str, Any]]:
    result = invoke("--json", *args)
    assert "" == result.stderr
    return {check["id"]: check for check in json.loads(result.stdout)["checks"]}


@pytest.fixture
def config(home: Path) -> Path:
    file = home / ".config" / "claude-tracker" / "config.toml"
    file.parent.mkdir()
    return file


def test_json_has_every_check_in_order(home: Path) -> None:
    found = checks()
    assert list(CHECKS) == list(found)
    assert {"id", "status", "message", "remedy"} == set(found["python"])
    assert {
        "id": "database",
        "status": "note",
        "message": f"There is no database at {home}/.local/share/claude-tracker/claude_usage.db yet.",
        "remedy": "Run `claude-tracker run`. If there was one, check --database.",
    } == found["database"]


def test_an_empty_home_has_no_error(home: Path) -> None:
    result = invoke()
    assert 0 == result.exit_code, result.output
    assert [] == [path for path in home.rglob("*") if path.is_file()], "it creates nothing"


def test_problems_come_first_with_their_remedies(home: Path) -> None:
    (home / ".claude" / "projects").mkdir(parents=True)
    (home / ".claude" / "settings.json").write_text("{}")
    lines = invoke().stdout.splitlines()
    assert "warning  statusline" == lines[0]
    assert "  → Run `claude-tracker setup statusline`." in lines
    statuses = [line.split("  ")[0] for line in lines if line.partition("  ")[0] in ("error", "warning", "note")]
    assert sorted(statuses, key=("error", "warning", "note").index) == statuses
    assert lines[-1].endswith(" checks are fine (--all lists them).")


def test_all_lists_what_is_fine() -> None:
    lines = invoke("--all").stdout.splitlines()
    assert "ok  python" in [line[:10] for line in lines]
    assert lines[-1].endswith(" checks are fine.")


def test_an_error_is_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "other.db").write_text("no database, but long enough for SQLite to say so. " * 20)
    result = invoke("--database", tmp_path / "other.db")
    assert (1, "error  database_integrity") == (result.exit_code, result.stdout.splitlines()[0])


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        pytest.param("database =", "config", "cannot read the configuration", id="no TOML"),
        pytest.param("colour = 'red'", "config", "no command has an option 'colour'", id="an unknown key"),
        pytest.param("listen = 'x'", "config_values", "listen: 'x' is not HOST:PORT", id="a value of doctor's"),
        pytest.param("[run]\nsample-seconds = '99'", "config_values", "sample-seconds: 99", id="a value of another's"),
        pytest.param("webhook-url = 'http://example.org/x'", "config_values", "must be an https://", id="an address"),
        pytest.param("config-dir = '/nowhere'", "roots", "/nowhere does not exist", id="a folder"),
    ],
)
def test_what_other_commands_refuse_is_reported(config: Path, text: str, name: str, message: str) -> None:
    config.write_text(text)
    result = CliRunner().invoke(cli, ["doctor", "--json", *ELSEWHERE])
    assert (1, "") == (result.exit_code, result.stderr)
    (found,) = [check for check in json.loads(result.stdout)["checks"] if check["id"] == name]
    assert ("error", True) == (found["status"], message in found["message"]), found


def test_a_wrong_flag_is_one_line() -> None:
    result = CliRunner().invoke(cli, ["doctor", "--listen", "x"])
    assert (2, 1) == (result.exit_code, result.stderr.count("\n"))


def test_a_database_without_a_tracker_is_not_changed(tmp_path: Path) -> None:
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", [assistant()])
    options = ["--database", str(tmp_path / "t" / "tracker.db"), "--config-dir", str(tmp_path / "claude")]
    ingest(*options)

    def state() -> dict[str, tuple[int, bytes]]:
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    before = state()
    outcome = run_command("doctor", "--json", "--listen", f"127.0.0.1:{free_port()}", *options, *ELSEWHERE)
    assert 0 == outcome.code, outcome.stderr
    assert before == state()
    found = {check["id"]: check for check in json.loads(outcome.stdout)["checks"]}
    assert "SQLite finds no damage." == found["database_integrity"]["message"]


@pytest.mark.server
def test_with_a_running_tracker_and_over_its_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", [assistant()])
    claude = ["--config-dir", str(tmp_path / "claude")]
    monkeypatch.setenv("CLAUDE_TRACKER_TOKEN", "t" * 20)
    sent = {"Authorization": f"Bearer {'t' * 20}"}
    with Server(tmp_path, "--no-processes", "--no-desktop", *claude) as server:
        wait_until(lambda: server.get("/-/ready", **sent).status == 200, "it is ready")
        options = ["--database", str(server.database), "--listen", f"127.0.0.1:{server.port}", *claude]
        outcome = run_command("doctor", "--json", *options, *ELSEWHERE)
        answer = server.get("/api/doctor", **sent)
    by_command = {check["id"]: check for check in json.loads(outcome.stdout)["checks"]}
    by_api = {check["id"]: check for check in json.loads(answer.text)["checks"]}
    assert 0 == outcome.code, outcome.stdout
    for found in (by_command, by_api):
        assert "ok" == found["tracker"]["status"]
        assert f"A tracker answers at 127.0.0.1:{server.port}." == found["port"]["message"]
        assert "SQLite finds no damage." == found["database_integrity"]["message"]
        assert (
            "Claude deletes transcripts after 30 days, and a tracker reads them in time."
            == found["retention"]["message"]
        )
    assert list(CHECKS) == list(by_api)


def test_where_the_platforms_keep_services_and_managed_settings(home: Path) -> None:
    assert Path("/etc/claude-code/managed-settings.json") == managed_files("linux")[0]
    assert Path("/Library/Application Support/ClaudeCode/managed-settings.json") == managed_files("darwin")[0]
    assert "ClaudeCode" == managed_files("win32")[0].parent.name
    assert home / ".config" / "systemd" / "user" / "claude-tracker.service" == service_place("linux", home).file
    mac = service_place("darwin", home)
    assert ("launchd", home / "Library" / "LaunchAgents" / "org.claude-tracker.plist") == (mac.manager, mac.file)
    assert f"gui/{os.getuid()}/org.claude-tracker" == mac.state[-1]
    assert None is service_place("win32", home).manager
