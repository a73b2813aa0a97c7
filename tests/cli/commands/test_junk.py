"""What others put in the place of our files and Claude's stops no tracker and no command."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from support.databases import ingest
from support.processes import Server, run_command, wait_until
from support.transcripts import assistant, write

pytestmark = [pytest.mark.server, pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and links")]
USED = ("window_utilization_ratio", ("unknown", "statusline", "five_hour"))


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    """A folder with a transcript, and pipes where Claude has files."""
    folder = tmp_path / "claude"
    write(folder / "projects" / "-shop" / "s1.jsonl", [assistant(at="2025-11-20T10:00:00.000Z")])
    (folder / "sessions").mkdir()
    for name in (".claude.json", "settings.json", "sessions/12.json", "projects/-shop/pipe.jsonl"):
        os.mkfifo(folder / name)
    return folder


def fill(spool: Path) -> None:
    spool.mkdir(mode=0o700)
    now = time.time_ns()
    (spool / f"{now}²-1.json").write_text("{}")
    (spool / f"{now}-1.json").symlink_to("nowhere")
    os.mkfifo(spool / f"{now}-2.json")
    (spool / f"{now}-3.json").write_text("[" * 100_000)
    (spool / f"{now}-4.json").mkdir()
    with (spool / f"{now}-5.json").open("wb") as file:
        file.truncate(65 << 20)
    (spool / "9999999999999999999-6.json").write_text("{}")


def payload(share: int) -> str:
    return json.dumps({"rate_limits": {"five_hour": {"used_percentage": share, "resets_at": int(time.time()) + 9_000}}})


def test_a_tracker_reads_limits_among_junk(tmp_path: Path, claude: Path) -> None:
    fill(tmp_path / "tracker.db.spool")
    with Server(tmp_path, "--config-dir", claude, "--processes") as server:
        server.wait_ready()
        assert 202 == server.post("/api/session-update", payload(42)).status
        wait_until(lambda: server.samples().get(USED) == 0.42, "the limit is known")
        assert ["²-1.json"] == [file.name[-8:] for file in (tmp_path / "tracker.db.spool").iterdir()]
        assert 202 == server.post("/api/session-update", payload(43)).status
        wait_until(lambda: server.samples().get(USED) == 0.43, "the next too")
        assert 6 == server.said.count(f"cannot read limits from {tmp_path / 'tracker.db.spool'}"), server.said
        # Each once in the tracker, and once in the process of the first read.
        assert 2 == server.said.count(".claude.json: not a regular file")
        assert 2 == server.said.count("12.json: not a regular file")
        assert "Traceback" not in server.said


@pytest.mark.parametrize("command", [("status",), ("limits",), ("sessions", "--all"), ("report", "daily"), ("ingest",)])
def test_a_command_ends_among_junk(tmp_path: Path, claude: Path, command: tuple[str, ...]) -> None:
    ingest("--database", tmp_path / "t.db", "--config-dir", claude)
    fill(tmp_path / "t.db.spool")
    outcome = run_command(*command, "--database", tmp_path / "t.db", "--config-dir", claude)
    assert 0 == outcome.code, outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("command", ["ingest", "rebuild", "run", "detect", "status", "limits"])
def test_a_lock_that_is_a_link_is_refused(tmp_path: Path, claude: Path, command: str) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    ingest("--database", tmp_path / "t.db", "--config-dir", claude)
    (tmp_path / "t.db.lock").unlink()
    (tmp_path / "t.db.lock").symlink_to(precious)
    outcome = run_command(command, "--database", tmp_path / "t.db", "--config-dir", claude)
    assert (4, "precious") == (outcome.code, precious.read_text())
    assert outcome.stderr.startswith(
        f"Error: cannot use the lock file {tmp_path / 't.db.lock'}: a symbolic link; remove"
    )


def test_the_status_line_does_not_write_into_a_linked_spool(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "t.db.spool").symlink_to("elsewhere")
    outcome = run_command("statusline", "--database", tmp_path / "t.db", stdin=payload(42))
    assert (0, []) == (outcome.code, list((tmp_path / "elsewhere").iterdir()))
    assert outcome.stdout.startswith("5h 42% (2h")


def test_a_pipe_as_settings_blocks_no_setup(claude: Path) -> None:
    file = claude / "settings.json"
    outcome = run_command("setup", "hooks", "--yes", "--settings", file)
    assert (9, f"Error: {file} is not a regular file\n") == (outcome.code, outcome.stderr)
