"""Claude Code's registry is read as it changes; what is half written or unreadable keeps its last good record."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from exporter.domain.sessions.session import Record
from exporter.sources.sessions.registry import Registry, is_foreign, own_namespace, parse
from support.services import shared_dir


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
        pytest.param(
            written(status="shell"), Record(7, "a", "100", state="idle"), id="at its prompt, with a background shell"
        ),
        pytest.param(
            written(kind="bg", needs="input\x1b[2J", tempo="t" * 200, startedAt=1795347361965),
            Record(7, "a", "100", kind="bg", needs="input[2J", tempo="t" * 100, started_at=1795347361965),
            id="texts are cleaned and short",
        ),
        pytest.param(
            written(kind=["bg"], needs="", tempo=3, spare="yes", startedAt=-1, procStartFt="soon"),
            Record(7, "a", "100"),
            id="odd types of what is optional",
        ),
        pytest.param(written(kind="daemon"), Record(7, "a", "100", is_session=False, kind="daemon"), id="a service"),
        pytest.param(
            written(kind="daemon-worker"),
            Record(7, "a", "100", is_session=False, kind="daemon-worker"),
            id="its worker",
        ),
        pytest.param(
            written(kind="bg", spare=True), Record(7, "a", "100", is_session=False, kind="bg"), id="a spare worker"
        ),
        pytest.param(
            written(kind="bg", spare=False), Record(7, "a", "100", kind="bg"), id="a worker that is spare no more"
        ),
        pytest.param(
            written(procStart=None, procStartFt=134_000_000_000_000_000),
            Record(7, "a", process_started_at=1_755_526_400_000),
            id="Windows' time",
        ),
        pytest.param(
            written(procStart=None, procStartFt="134000000000009999"),
            Record(7, "a", process_started_at=1_755_526_400_000),
            id="Windows' time as text, rounded down",
        ),
        pytest.param(
            written(procStart=None, procStartFt=1 << 70), Record(7, "a"), id="Windows' time beyond any calendar"
        ),
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


OWN = "pid:[4026531836]"


@pytest.mark.parametrize(
    ("domain", "namespace", "platform", "is_other"),
    [
        pytest.param(f"linux:3d1219c7:{OWN}", OWN, "linux", False, id="our own"),
        pytest.param("linux:3d1219c7:pid:[4026532178]", OWN, "linux", True, id="of a container"),
        pytest.param(f"linux:3d1219c7:{OWN}", None, "darwin", True, id="of WSL or a container, on another system"),
        pytest.param(None, OWN, "linux", False, id="an older client's"),
        pytest.param("linux:3d1219c7", OWN, "linux", False, id="without a namespace"),
        pytest.param("linux:3d1219c7:pid:[4026532178]", None, "linux", False, id="our own is not known"),
        pytest.param("win32:3d1219c7", OWN, "linux", False, id="of a form that is not known"),
        pytest.param("", None, "win32", False, id="empty"),
    ],
)
def test_records_of_other_machines(domain: str | None, namespace: str | None, platform: str, is_other: bool) -> None:
    assert is_other is is_foreign(domain, namespace, platform)


def test_a_record_of_a_container_is_not_matched_and_hides_no_other(tmp_path: Path) -> None:
    for name, session, domain in (("a", "ours", OWN), ("b", "theirs", "pid:[4026532178]")):
        file = tmp_path / name / "sessions" / "7.json"
        file.parent.mkdir(parents=True)
        file.write_bytes(written(sessionId=session, pidDomain=f"linux:3d12:{domain}"))
        os.utime(file, ns=(0, 10**18 + ord(name)))
    registry = Registry(lambda: OWN)
    assert {"ours"} == {record.session_id for record in registry.read([tmp_path / "a", tmp_path / "b"]).values()}
    assert {} == registry.read([tmp_path / "b"])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has pid namespaces")
def test_the_own_namespace_has_the_form_of_the_registry() -> None:
    found = own_namespace()
    assert found is not None
    assert not is_foreign(f"linux:0:{found}", found)
    assert is_foreign("linux:0:pid:[1]", found)


def test_the_public_case_of_a_shell_state() -> None:
    content = (shared_dir() / "cases" / "state-shell" / "claude" / "sessions" / "4242.json").read_bytes()
    record = parse(content)
    assert record is not None
    assert ("idle", "interactive", True) == (record.state, record.kind, record.is_session)


def test_a_client_that_answers_what_the_limits_are_is_not_a_session() -> None:
    record = {"pid": 7, "sessionId": "s1", "cwd": "/tmp/claude-tracker-asks-x1", "kind": "interactive"}
    found = parse(json.dumps(record).encode())
    assert found is not None
    assert not found.is_session
    other = parse(json.dumps(record | {"cwd": "/home/dev/shop"}).encode())
    assert other is not None
    assert other.is_session
