"""Claude Code's registry is read as it changes; what is half written or unreadable keeps its last good record."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from exporter.domain.sessions.session import Record
from exporter.sources.sessions.registry import Registry, parse


def written(**more: object) -> bytes:
    return json.dumps({"pid": 7, "sessionId": "a", "procStart": "100", **more}).encode()


@pytest.mark.parametrize(
    ("content", "record"),
    [
        pytest.param(written(), Record(7, "a", "100"), id="without status, as -p writes it"),
        pytest.param(written(status="busy"), Record(7, "a", "100", state="busy"), id="busy"),
        pytest.param(
            written(status="waiting", waitingFor="permission", updatedAt=1795347361965),
            Record(7, "a", "100", state="waiting", waiting_for="permission"),
            id="waiting, and for what",
        ),
        pytest.param(written(status="idle", waitingFor="x"), Record(7, "a", "100", state="idle"), id="waits no more"),
        pytest.param(written(status="dreaming"), Record(7, "a", "100"), id="a state of a later client"),
        pytest.param(written(procStart=100), Record(7, "a", "100"), id="a start as a number"),
        pytest.param(
            written(status=1, cwd=[], version=2, waitingFor={}, entrypoint=0), Record(7, "a", "100"), id="odd types"
        ),
        pytest.param(written(pid="7"), None, id="an odd pid"),
        pytest.param(b'{"pid":7,"sessionId":"a","x":' + b"[" * 100_000, None, id="nested without end"),
        pytest.param(written()[:-5], None, id="half written"),
        pytest.param(b"", None, id="empty"),
        pytest.param(b'"text"', None, id="no object"),
        pytest.param(written(sessionId=""), None, id="without a session"),
        pytest.param(b"\xff\xfe{", None, id="no text"),
    ],
)
def test_parse(content: bytes, record: Record | None) -> None:
    assert record == parse(content)


def test_the_last_good_record_is_kept_while_a_file_is_half_written(tmp_path: Path) -> None:
    file = tmp_path / "sessions" / "7.json"
    file.parent.mkdir()
    registry = Registry()
    file.write_bytes(written(status="idle"))
    assert {7: Record(7, "a", "100", state="idle")} == registry.read([tmp_path])
    file.write_bytes(written(status="busy")[:20])
    assert {7: Record(7, "a", "100", state="idle")} == registry.read([tmp_path])
    file.write_bytes(written(status="busy"))
    assert {7: Record(7, "a", "100", state="busy")} == registry.read([tmp_path])
    file.unlink()
    assert {} == registry.read([tmp_path])


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir()
    (folder / "7.key").write_bytes(written())
    (folder / "notes.json").write_bytes(written())
    assert {} == Registry().read([tmp_path, tmp_path / "absent"])


def test_a_file_in_place_of_the_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "sessions").write_text("")
    registry = Registry()
    assert {} == registry.read([tmp_path])
    assert (f"{tmp_path / 'sessions'}: Not a directory",) == registry.errors


def test_a_pipe_in_the_folder_is_reported_and_blocks_nothing(tmp_path: Path) -> None:
    (tmp_path / "sessions").mkdir()
    os.mkfifo(tmp_path / "sessions" / "12.json")
    registry = Registry()
    assert {} == registry.read([tmp_path])
    assert (f"{tmp_path / 'sessions' / '12.json'}: not a regular file",) == registry.errors


def test_an_unreadable_folder_is_reported_and_keeps_its_records(tmp_path: Path) -> None:
    file = tmp_path / "sessions" / "7.json"
    file.parent.mkdir()
    file.write_bytes(written())
    registry = Registry()
    registry.read([tmp_path])
    file.unlink()
    file.mkdir()  # reads as an error for any user, root too
    assert {7: Record(7, "a", "100")} == registry.read([tmp_path])
    assert (f"{file}: Is a directory",) == registry.errors


@pytest.mark.parametrize("name", ["²3.json", "١٢.json", "1\n.json", "123456789012345678901.json", "-1.json"])
def test_only_a_pid_names_a_record(tmp_path: Path, name: str) -> None:
    (tmp_path / "sessions").mkdir()
    (tmp_path / "sessions" / name).write_bytes(written())
    registry = Registry()
    assert ({}, ()) == (registry.read([tmp_path]), registry.errors)


def test_a_large_record_is_reported_and_not_read(tmp_path: Path) -> None:
    file = tmp_path / "sessions" / "7.json"
    file.parent.mkdir()
    with file.open("wb") as opened:
        opened.truncate(65 << 20)
    registry = Registry()
    assert {} == registry.read([tmp_path])
    assert (f"{file}: larger than 1 MB",) == registry.errors
