"""What was counted is kept: transcripts may go, and no total, no block and no session changes."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from support.processes import Samples, Server, run_command, status_json, wait_until
from support.transcripts import api_error, assistant, prompt, tool_use, write

pytestmark = pytest.mark.server

KEPT_TABLES = ("real_sessions", "five_hour_blocks", "tracker_blocks", "tracker_block_usage", "tracker_responses")
OF_FILES = ("files_tracked", "watched_folders", "ingest_", "collector_", "database_size_bytes")
"""Families about the files themselves."""
OF_NOW = ("week_start", "week_end")
"""What moves with the clock: the last seven days end now."""


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    """Two conversations, one with a fork and a subagent, over two blocks that are over."""
    folder = tmp_path / "claude"
    first = [
        prompt(uuid="p1", at="2025-11-20T10:00:00.000Z"),
        assistant("msg_1", request="req_1", uuid="a1", at="2025-11-20T10:00:10.000Z", content=[tool_use()]),
        assistant("msg_2", request="req_2", uuid="a2", at="2025-11-20T10:00:20.000Z", stop=None),
    ]
    copies = [{**line, "sessionId": "fork"} for line in first]
    project = folder / "projects" / "-home-dev-shop"
    write(project / "s1.jsonl", first)
    write(project / "fork.jsonl", [*copies, assistant("msg_3", request="req_3", uuid="a3", session="fork", at=LATER)])
    write(
        project / "s1" / "subagents" / "agent-1.jsonl",
        [assistant("msg_4", request="r4", uuid="a4", side=True, at=LATER)],
    )
    write(folder / "projects" / "-other" / "s2.jsonl", [api_error("API Error: 529 overloaded"), b"no JSON"])
    return folder


LATER = "2025-11-21T08:00:00.000Z"


def kept(database: Path) -> dict[str, Any]:
    """The exact totals in every output, and the rows of blocks, sessions and responses."""
    snapshot = status_json(database)
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in KEPT_TABLES}
    connection.close()
    return {"totals": snapshot["totals"], **rows}


def of_usage(samples: Samples) -> Samples:
    return {key: value for key, value in samples.items() if not key[0].startswith((*OF_FILES, *OF_NOW))}


def delete_all(claude: Path) -> None:
    shutil.rmtree(claude / "projects")


@pytest.mark.parametrize("command", ["ingest", "rebuild", "status"])
def test_deleted_transcripts_change_nothing(tmp_path: Path, claude: Path, command: str) -> None:
    options: list[str | Path] = ["--database", tmp_path / "tracker.db", "--config-dir", claude]
    assert 0 == run_command("ingest", *options).code
    before = kept(tmp_path / "tracker.db")
    assert (4, 6) == (before["totals"]["responses"], len(before["tracker_responses"])), "two copies do not count"
    delete_all(claude)
    assert 0 == run_command(command, *options).code
    assert before == kept(tmp_path / "tracker.db")


def test_deleted_transcripts_change_nothing_while_it_runs_and_after_a_restart(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        before = of_usage(server.wait_ready().samples())
        wait_until(lambda: "watching for changes" in server.said, "it follows")
        rows = kept(server.database)
        assert 4 == server.samples()["files_tracked", ()]
        delete_all(claude)
        wait_until(lambda: server.samples()["files_tracked", ()] == 0, "it notices that they are deleted")
        assert before == of_usage(server.samples())
        assert rows == kept(server.database)
        server.stop()
    with Server(tmp_path, "--config-dir", claude) as server:
        assert before == of_usage(server.wait_ready().samples())
        assert rows == kept(server.database)
