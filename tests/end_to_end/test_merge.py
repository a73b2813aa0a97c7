"""Merging and importing by the commands, next to a tracker that is scraped: no counter moves."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from support.processes import Samples, Server, run_command, wait_until, without_root_powers
from support.transcripts import HAIKU, append, assistant, prompt, tool_use, usage, write

pytestmark = pytest.mark.server

OPUS = ("main", "claude-opus-4-5")
SHARED = [prompt(uuid="p1"), assistant("m1", request="r1", uuid="a1", content=[tool_use()])]
THEIRS = [
    prompt(uuid="p2", session="s2", at="2026-11-23T10:00:00.000Z", cwd="/home/ada/api"),
    assistant(
        "m2", request="r2", uuid="a2", session="s2", at="2026-11-23T10:00:01.000Z", model=HAIKU, cwd="/home/ada/api"
    ),
]


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The database of another machine."""
    for name, lines in (("s1", SHARED), ("s2", THEIRS)):
        write(tmp_path / "other" / "projects" / "-p" / f"{name}.jsonl", lines)
    command("ingest", tmp_path / "other.db", tmp_path / "other")
    return tmp_path / "other.db"


def earlier(path: Path) -> Path:
    """A database of an earlier tracker."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE real_sessions (id TEXT)")
    return path


def command(name: str, database: Path, claude: Path, *more: str | Path) -> str:
    outcome = run_command(name, *more, "--database", database, "--config-dir", claude, "--no-processes")
    assert 0 == outcome.code, outcome.stderr
    return outcome.stdout


def counters(samples: Samples) -> Samples:
    return {
        key: value
        for key, value in samples.items()
        if key[0].endswith(("_total", "_count", "_sum", "_bucket")) and not key[0].startswith("ingest_")
    }


def scraped(tmp_path: Path, claude: Path, responses: int = 1) -> Samples:
    """The counters, once so many responses of Opus are in them."""
    with Server(tmp_path, "--config-dir", claude, "--no-processes") as server:
        ready = server.wait_ready()
        wait_until(lambda: ready.samples()["responses_total", OPUS] == responses, "it has read everything")
        found = counters(ready.samples())
        server.stop()
    return found


def test_no_counter_moves(tmp_path: Path, other: Path) -> None:
    claude, database = tmp_path / "claude", tmp_path / "tracker.db"
    mine = write(claude / "projects" / "-p" / "s1.jsonl", SHARED)
    before = scraped(tmp_path, claude)
    with Server(tmp_path, "--config-dir", claude, "--no-processes") as server:
        server.wait_ready()
        for name, source in (("merge", other), ("import", earlier(tmp_path / "old.db"))):
            refused = run_command(name, source, "--database", database, "--config-dir", claude)
            assert (3, True) == (refused.code, f"stop it before running `claude-tracker {name}`" in refused.stderr)
        exported = run_command("export", "--database", database, "--table", "sessions")
        assert (0, 2) == (exported.code, len(exported.stdout.splitlines())), "while it runs"
        server.stop()
    said = json.loads(command("merge", database, claude, other, "--json"))
    assert {"new": 1, "already_here": 1} == said["responses"]
    for step in ("restarted", "rebuild", "reprice"):
        if step == "rebuild":
            command(step, database, claude)
        if step == "reprice":
            assert 0 == run_command(step, "--database", database).code
        after = scraped(tmp_path, claude)
        assert before == {key: value for key, value in after.items() if value or key in before}, step
    totals = json.loads(command("status", database, claude, "--json"))["totals"]
    assert (2, 2) == (totals["responses"], totals["prompts"])
    append(mine, [assistant("m3", request="r3", uuid="a3", used=usage(5, 6))])
    after = scraped(tmp_path, claude, responses=2)
    rose = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
    assert (5, 1) == (
        rose["tokens_total", ("main", "claude-opus-4-5", "input")],
        rose["responses_total", OPUS],
    )


def test_what_is_exported_is_imported_elsewhere(tmp_path: Path, other: Path) -> None:
    claude, database = tmp_path / "claude", tmp_path / "tracker.db"
    (claude / "projects").mkdir(parents=True)
    command("ingest", database, claude)
    export = run_command(
        "export", "--database", other, "--privacy", "full", "--format", "jsonl", "-o", tmp_path / "out"
    )
    assert 0 == export.code, export.stderr
    said = command("import", database, claude, tmp_path / "out", "--dry-run")
    assert f"Would import {tmp_path / 'out'} into {database}; nothing was written." == said.splitlines()[0]
    assert 0 == json.loads(command("status", database, claude, "--json"))["totals"]["responses"]
    said = command("import", database, claude, tmp_path / "out")
    assert "  Responses                 2 new           0 already here" in said.splitlines()
    kinds = ("daily", "sessions", "blocks")
    reports = [command("report", database, claude, kind, "--json") for kind in kinds]
    assert reports == [command("report", other, tmp_path / "other", kind, "--json") for kind in kinds]
    assert "2 sessions came by import or merge." in " ".join(command("report", database, claude, "daily").split())
    assert "imported" in command("sessions", database, claude, "--all")


def test_a_database_that_cannot_be_written_is_named(tmp_path: Path, other: Path) -> None:
    claude, folder = tmp_path / "claude", tmp_path / "kept"
    write(claude / "projects" / "-p" / "s1.jsonl", SHARED)
    folder.mkdir()
    command("ingest", folder / "tracker.db", claude)
    before = (folder / "tracker.db").read_bytes()
    os.chmod(folder / "tracker.db", 0o400)
    for name in ("merge", "import"):
        source = other if name == "merge" else earlier(tmp_path / "old.db")
        options = ("--database", folder / "tracker.db", "--config-dir", claude, "--no-processes")
        outcome = run_command(name, source, *options, prefix=without_root_powers())
        assert (4, True) == (outcome.code, "is not writable" in outcome.stderr), outcome.stderr
    assert before == (folder / "tracker.db").read_bytes()


def test_a_dry_run_of_a_merge_changes_nothing(tmp_path: Path, other: Path) -> None:
    claude, database = tmp_path / "claude", tmp_path / "tracker.db"
    write(claude / "projects" / "-p" / "s1.jsonl", SHARED)
    command("ingest", database, claude)
    before = command("report", database, claude, "daily", "--json")
    said = command("merge", database, claude, other, "--dry-run")
    assert "1" in said
    assert before == command("report", database, claude, "daily", "--json")
    command("merge", database, claude, other)
    assert before != command("report", database, claude, "daily", "--json")
