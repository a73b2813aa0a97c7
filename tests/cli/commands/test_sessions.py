"""Real processes under the paths that Claude's have are seen as they come and go, and others are not."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from support.databases import ingest
from support.processes import Process, Server, run_command, status_json, wait_until
from support.sessions import Processes, active, register
from support.timing import least_seconds, seconds_until
from support.transcripts import assistant, write

pytestmark = pytest.mark.server

DETECTED_SECONDS = 2.5


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    (tmp_path / "claude" / "projects").mkdir(parents=True)
    return tmp_path / "claude"


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path / "bin") as made:
        yield made


@pytest.fixture
def server(tmp_path: Path, claude: Path) -> Iterator[Server]:
    with Server(tmp_path, "--config-dir", claude, "--processes") as started:
        yield started.wait_ready()


@pytest.mark.parametrize(
    ("path", "session_type"),
    [
        ("claude-code/2.1.111/claude", "claude_code"),
        ("claude/versions/2.1.197", "claude_code"),
        ("opt/claude-desktop", "claude_desktop"),
    ],
)
def test_a_process_is_a_session_from_start_to_exit(
    server: Server, processes: Processes, tmp_path: Path, path: str, session_type: str
) -> None:
    shop = tmp_path / "shop"
    sleep = processes.binary("plain/sleep")
    decoys = [
        processes.start(sleep, "60", cwd=shop),
        processes.start("bash", "-c", f"{sleep} 60; : claude", cwd=shop),
        processes.start(processes.binary("claude/notes"), "60", cwd=shop),
    ]

    def start_and_end(attempt: int) -> float:
        pid = processes.start(processes.binary(path), "60", cwd=shop)
        started = seconds_until(lambda: active(server.database, {pid}), "it is detected")
        row = active(server.database, {pid})[pid]
        assert (session_type, True) == (row.session_type, row.is_active)
        if session_type == "claude_code":
            assert str(shop) == row.project_path
        assert {} == active(server.database, set(decoys))
        processes.end(pid)
        ended = seconds_until(lambda: not active(server.database, {pid}), "its exit is detected")
        assert {} == active(server.database, set(decoys))
        assert f"started pid {pid}" in server.said.replace(f" {row.id}", "")
        assert f"ended pid {pid}" in server.said.replace(f" {row.id}", "")
        return max(started, ended)

    assert least_seconds(start_and_end, DETECTED_SECONDS) < DETECTED_SECONDS


def test_a_shell_that_execs_a_session_after_five_seconds_is_found(
    server: Server, processes: Processes, tmp_path: Path
) -> None:
    binary = processes.binary("claude/versions/2.1.197")

    def start(attempt: int) -> float:
        pid = processes.start("bash", "-c", f"sleep 5; exec {binary} 60", cwd=tmp_path / "shop")
        wait_until(lambda: psutil.Process(pid).exe() == str(binary), "the shell became the session")
        return seconds_until(lambda: active(server.database, {pid}), "it is detected")

    assert least_seconds(start, DETECTED_SECONDS) < DETECTED_SECONDS


def test_the_registry_provides_id_and_state(server: Server, claude: Path, processes: Processes, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    pid = processes.start(processes.binary("bin/claude"), "60", cwd=shop)
    file = register(claude, pid, "s1", shop)

    def state() -> tuple[str, str] | None:
        row = active(server.database, {pid}).get(pid)
        return (row.id, row.state) if row is not None else None

    wait_until(lambda: state() == ("s1", "idle"), "it is known by its id")
    register(claude, pid, "s1", shop, status="busy")
    wait_until(lambda: state() == ("s1", "busy"), "its state is known")
    (sample,) = {
        v for (name, labels), v in server.samples().items() if (name, labels) == ("sessions", ("claude_code", "busy"))
    }
    assert 1 <= sample
    file.write_text(file.read_text()[:30])
    time.sleep(2.1)  # a sample later
    assert ("s1", "busy") == state()
    processes.end(pid)
    wait_until(lambda: not state(), "it has ended")


def test_a_renamed_session_is_found_by_its_record(
    server: Server, claude: Path, processes: Processes, tmp_path: Path
) -> None:
    def start_and_end(attempt: int) -> float:
        pid = processes.start(processes.binary("bin/.claude-wrapped"), "60", cwd=tmp_path / "shop")
        register(claude, pid, f"wrapped {attempt}", tmp_path / "shop")
        started = seconds_until(lambda: active(server.database, {pid}), "it is detected")
        row = active(server.database, {pid})[pid]
        assert (f"wrapped {attempt}", "registered") == (row.id, row.metadata["source"])
        processes.end(pid)
        return max(started, seconds_until(lambda: not active(server.database, {pid}), "it has ended"))

    assert least_seconds(start_and_end, DETECTED_SECONDS) < DETECTED_SECONDS


def test_rows_written_by_another_program_are_shown(claude: Path, tmp_path: Path) -> None:
    database = tmp_path / "tracker.db"
    arguments = ("--database", database, "--config-dir", claude)
    run_command("ingest", *arguments)
    connection = sqlite3.connect(database)
    connection.execute(
        "INSERT INTO real_sessions (id, session_type, start_time, end_time, process_id, project_path, total_messages,"
        " models_used, estimated_tokens, is_active, metadata) VALUES (1, 'x', 1763800000, 1.5, 'p', 7, 'many',"
        " '[1]', 'few', 0, '[]')"
    )
    connection.commit()
    connection.close()
    assert 0 == run_command("sessions", "--all", *arguments).code
    (row,) = json.loads(run_command("sessions", "--all", "--json", *arguments).stdout)["items"]
    assert ("1763800000", None, 0, 0) == (
        row["start_time"],
        row["process_id"],
        row["total_messages"],
        row["estimated_tokens"],
    )


def test_an_unreadable_registry_is_reported_and_the_rest_continues(
    server: Server, claude: Path, processes: Processes, tmp_path: Path
) -> None:
    (claude / "sessions" / "1.json").mkdir(parents=True)
    wait_until(lambda: server.samples()["collector_success", ("registry",)] == 0, "the failure is reported")
    pid = processes.start(processes.binary("bin/claude"), "60", cwd=tmp_path / "shop")
    wait_until(lambda: active(server.database, {pid}), "it is detected all the same")
    assert 1 == server.samples()["collector_success", ("processes",)]
    assert 1 == server.said.count("cannot read")


def test_twelve_sessions_at_once(server: Server, claude: Path, processes: Processes, tmp_path: Path) -> None:
    before = server.samples()
    pids = {}
    for number in range(12):
        project = tmp_path / f"project{number}"
        pid = processes.start(processes.binary("claude/versions/2.1.197"), "60", cwd=project)
        pids[f"s{number}"] = pid
        register(claude, pid, f"s{number}", project, status="busy")
        lines = [
            assistant(
                f"m{number}_{n}",
                request=f"r{number}_{n}",
                uuid=f"u{number}_{n}",
                session=f"s{number}",
                cwd=str(project),
            )
            for n in range(number + 1)
        ]
        write(claude / "projects" / f"p{number}" / f"s{number}.jsonl", lines)
    expected = {f"s{number}": 30 * (number + 1) for number in range(12)}

    def table() -> dict[str, int]:
        return {row.id: row.estimated_tokens for row in active(server.database, set(pids.values())).values()}

    wait_until(lambda: table() == expected, "each has what it wrote")
    result = run_command("sessions", "--active", "--json", "--database", server.database, "--config-dir", claude)
    items = {item["id"]: item for item in json.loads(result.stdout)["items"]}
    assert expected == {name: items[name]["estimated_tokens"] for name in expected}
    assert pids == {name: items[name]["process_id"] for name in expected}
    listed = {item["id"]: item for item in status_json(server.database)["sessions"]}
    assert {name: items[name] for name in expected} == {name: listed[name] for name in expected}
    after = server.samples()
    by_project = {labels[0]: v for (name, labels), v in after.items() if name == "project_tokens_total"}
    wait_until(lambda: server.samples()["processes", ("claude_code",)] >= 12, "the processes are counted")
    busy = ("sessions", ("claude_code", "busy"))
    assert 12 == after[busy] - before[busy]
    assert {f"project{number}" for number in range(12)} <= by_project.keys()


def test_detect_keeps_the_same_database_without_serving(claude: Path, processes: Processes, tmp_path: Path) -> None:
    database = tmp_path / "tracker.db"
    arguments = ("detect", "--database", database, "--config-dir", claude)
    with Process(tmp_path / "detect.log", *arguments, "--processes") as detect:
        pid = processes.start(processes.binary("bin/claude"), "60", cwd=tmp_path / "shop")
        wait_until(lambda: database.exists() and active(database, {pid}), "it is detected")
        again = run_command(*arguments)
        assert (3, True) == (again.code, "claude-tracker detect" in again.stderr)
        code, seconds = detect.stop()
    assert 0 == code
    assert seconds < 2
    assert "Traceback" not in detect.said


def test_sessions_samples_processes_on_its_own_without_a_tracker(
    claude: Path, processes: Processes, tmp_path: Path
) -> None:
    database, shop = tmp_path / "tracker.db", tmp_path / "shop"
    ingest("--database", database, "--config-dir", claude)
    pid = processes.start(processes.binary("bin/claude"), "60", cwd=shop)
    arguments = ("sessions", "--database", database, "--config-dir", claude, "--processes")
    rows = json.loads(run_command(*arguments, "--json").stdout)["items"]
    assert [(True, str(shop))] == [(r["is_active"], r["project_path"]) for r in rows if r["process_id"] == pid]
    text = run_command(*arguments, "--active", "--timezone", "UTC").stdout
    assert "unknown" in text
    assert str(pid) in text
    processes.end(pid)
    rows = json.loads(run_command(*arguments, "--active", "--json").stdout)["items"]
    assert [] == [row for row in rows if row["process_id"] == pid]
    rows = json.loads(run_command(*arguments, "--all", "--json").stdout)["items"]
    assert ["last_evidence"] == [row["metadata"]["end"] for row in rows if row["process_id"] == pid]


def test_without_detection_no_sessions_are_shown(claude: Path, tmp_path: Path) -> None:
    database = tmp_path / "tracker.db"
    ingest("--database", database, "--config-dir", claude)
    assert None is status_json(database, "--config-dir", claude)["sessions"]
    with Server(tmp_path, "--config-dir", claude, "--no-processes") as server:
        samples = server.wait_ready().samples()
    assert [] == [name for name, _ in samples if name in ("sessions", "processes")]


def test_made_up_processes_of_another_folder_are_ignored(claude: Path, processes: Processes, tmp_path: Path) -> None:
    """As those of the project's own tests are by a tracker that runs at the same time."""
    elsewhere, here = tmp_path / "elsewhere" / "tracker.db", tmp_path / "tracker.db"
    elsewhere.parent.mkdir()
    pid = processes.start(processes.binary("bin/claude"), "60", cwd=tmp_path / "shop")
    found = {}
    for database in (elsewhere, here):
        run_command("ingest", "--database", database, "--config-dir", claude, "--processes")
        found[database] = set(active(database, {pid}))
    assert {elsewhere: set(), here: {pid}} == found
