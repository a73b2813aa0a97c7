"""`claude-tracker export`: what is written where, at which privacy level, and what is refused."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from exporter.cli.main import cli
from support.databases import ingest
from support.transcripts import api_error, assistant, prompt, tool_use, write

SECRETS = (
    "/home/ada",
    "secret-project",
    "s-secret",
    "msg_secret",
    "req_secret",
    "feature/secret",
    "say nothing",
    "gw/ada",
)
"""What leaves only at the level `full`, or never: the text of a prompt and of an error."""
NEVER = ("say nothing", "no such luck")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TZ", "UTC")
    where: dict[str, Any] = {"session": "s-secret", "cwd": "/home/ada/secret-project", "gitBranch": "feature/secret"}
    lines = [
        prompt("say nothing", uuid="p-secret", at="2026-11-01T10:00:00.000Z", **where),
        assistant(
            "msg_secret", request="req_secret", uuid="a1", at="2026-11-01T10:00:01.000Z", content=[tool_use()], **where
        ),
        assistant("msg_b", request="r2", uuid="a2", at="2026-11-02T10:10:00.000Z", model="gw/ada-1", **where),
        assistant("msg_c", request="r3", uuid="a3", at="2026-11-02T10:50:00.000Z", model="gw/ada-2", **where),
        api_error("no such luck", uuid="e1") | {"sessionId": "s-secret", "timestamp": "2026-11-02T11:00:00.000Z"},
    ]
    write(tmp_path / "claude" / "projects" / "-p" / "s-secret.jsonl", lines)
    ingest("--database", tmp_path / "tracker.db", "--config-dir", tmp_path / "claude")
    return tmp_path / "tracker.db"


def run(database: Path, *options: str | Path) -> Result:
    return CliRunner().invoke(cli, ["export", "--database", str(database), *map(str, options)])


def files(folder: Path) -> Iterator[tuple[str, str]]:
    return ((path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.iterdir()))


def test_a_folder_has_a_file_per_table_with_the_safe_level_by_default(tmp_path: Path, database: Path) -> None:
    result = run(database, "-o", tmp_path / "out")
    assert (0, "") == (result.exit_code, result.stdout)
    assert f"Wrote 5 rows in 5 tables to {tmp_path / 'out'} (privacy: totals)" == result.stderr.strip()
    found = dict(files(tmp_path / "out"))
    assert [
        "blocks.csv",
        "export.json",
        "hours.csv",
        "limit_readings.csv",
        "limits_reached.csv",
        "sessions.csv",
    ] == list(found)
    assert [] == [secret for secret in (*SECRETS, *NEVER) if any(secret in text for text in found.values())]
    assert [
        "hour,account,model,chain,responses,incomplete_responses,input_tokens,output_tokens,cache_read_tokens,"
        "cache_write_5m_tokens,cache_write_1h_tokens,cost_usd,unpriced_tokens",
        "2026-11-01T10:00:00.000Z,1,claude-opus-4-5,main,1,0,10,20,0,0,0,0.00055,0",
        "2026-11-02T10:00:00.000Z,1,other,main,2,0,20,40,0,0,0,0.0,60",
    ] == found["hours.csv"].splitlines()
    assert all(0o600 == path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir())


def test_names_of_projects_are_a_level_of_their_own(tmp_path: Path, database: Path) -> None:
    assert 0 == run(database, "-o", tmp_path / "out", "--privacy", "projects", "--format", "jsonl").exit_code
    text = "".join(text for _, text in files(tmp_path / "out"))
    assert {"secret-project"} == {secret for secret in (*SECRETS, *NEVER) if secret in text}


def test_everything_has_no_text(tmp_path: Path, database: Path) -> None:
    assert 0 == run(database, "-o", tmp_path / "out", "--privacy", "full").exit_code
    text = "".join(text for _, text in files(tmp_path / "out"))
    assert [] == [secret for secret in NEVER if secret in text]
    assert "msg_secret" in text


def test_one_table_goes_to_standard_output(database: Path) -> None:
    result = run(database, "--table", "sessions", "--format", "jsonl")
    assert {
        "session_type": "claude_code",
        "start_time": "2026-11-01T10:00:00.000Z",
        "end_time": "2026-11-02T11:00:00.000Z",
        "messages": 4,
        "models": '["claude-opus-4-5","other"]',
        "tokens": 90,
        "basis": "exact",
        "imported": 0,
        "is_active": 0,
        "subagents": 0,
        "effectiveness": 66.7,
    } == json.loads(result.stdout)
    assert "" == result.stderr


def test_days_are_those_of_reports(tmp_path: Path, database: Path) -> None:
    result = run(database, "--table", "hours", "--since", "2026-11-02", "--until", "2026-11-02", "--timezone", "UTC")
    assert ["2026-11-02T10:00:00.000Z"] == [line.partition(",")[0] for line in result.stdout.splitlines()[1:]]
    result = run(database, "--table", "sessions", "--since", "2026-11-03")
    assert 1 == len(result.stdout.splitlines())


def test_an_sqlite_file(tmp_path: Path, database: Path) -> None:
    assert 0 == run(database, "--format", "sqlite", "-o", tmp_path / "out.db").exit_code
    connection = sqlite3.connect(tmp_path / "out.db")
    assert [(90, 3)] == connection.execute(
        "SELECT sum(input_tokens + output_tokens), sum(responses) FROM hours"
    ).fetchall()
    assert [("totals",)] == connection.execute("SELECT value FROM export WHERE key = 'privacy'").fetchall()
    connection.close()
    assert ["out.db"] == [path.name for path in tmp_path.iterdir() if path.name.startswith("out")]


@pytest.mark.parametrize("form", ["csv", "sqlite"])
def test_nothing_is_overwritten_without_force(tmp_path: Path, database: Path, form: str) -> None:
    target = tmp_path / "out"
    options = ("--format", form, "-o", target)
    if form == "sqlite":
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "hours.csv").write_text("mine")
        (target / "notes.txt").write_text("mine")
    result = run(database, *options)
    assert (15, True) == (
        result.exit_code,
        "exists: choose another --output, or replace it with --force" in result.stderr,
    )
    assert "mine" == (target / "hours.csv" if form == "csv" else target).read_text()
    assert 0 == run(database, *options, "--force").exit_code
    if form == "csv":
        assert "mine" == (target / "notes.txt").read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "choose where to write with --output, or one table with --table"),
        (("--table", "hours", "--format", "sqlite"), "choose where to write with --output"),
        (("--table", "responses"), "--table responses names sessions and IDs: it needs --privacy full"),
        (("--table", "hours", "--since", "2026-11-03", "--until", "2026-11-02"), "is before --since"),
    ],
)
def test_what_does_not_fit_together_is_named(database: Path, options: tuple[str, ...], said: str) -> None:
    result = run(database, *options)
    assert (2, True) == (result.exit_code, said in result.stderr)


def test_a_failure_leaves_nothing(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.transfer.export.write_csv", lambda *_: (_ for _ in ()).throw(OSError(28, "No space")))
    result = run(database, "-o", tmp_path / "out")
    assert (15, True) == (result.exit_code, "cannot write to" in result.stderr)
    assert [] == list((tmp_path / "out").iterdir())


def test_without_a_database_nothing_is_made(tmp_path: Path) -> None:
    result = run(tmp_path / "none.db", "--table", "hours")
    assert (4, True) == (result.exit_code, "there is no database" in result.stderr)
    assert not (tmp_path / "none.db").exists()
