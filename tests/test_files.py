"""Files of others: nothing blocks, nothing special is opened, nothing is larger than its bound."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.errors import reason
from exporter.files import check_folder, open_regular, read_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and owners")
NOBODY = 65_534


def refused(path: Path, max_bytes: int = 100, *, ours: bool = False) -> str:
    """Why it is not read. Fails if that takes longer than a moment."""
    outcome: list[str] = []

    def read() -> None:
        try:
            outcome.append(f"read {read_file(path, max_bytes, ours=ours)!r}")
        except OSError as error:
            outcome.append(reason(error) if error.filename == str(path) else f"{error} does not name the file")

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(5)
    assert outcome, "it blocks"
    return outcome[0]


def bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        os.chdir(path.parent)  # a socket's path is bounded
        made.bind(path.name)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        pytest.param(os.mkfifo, "not a regular file", id="a pipe"),
        pytest.param(lambda path: path.mkdir(), "Is a directory", id="a folder"),
        pytest.param(bind, "not a regular file", id="a socket"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), "not a regular file", id="a device without end"),
        pytest.param(lambda path: path.symlink_to("nowhere"), "No such file or directory", id="a dangling link"),
        pytest.param(lambda path: path.write_bytes(b"x" * 101), "larger than 100 bytes", id="too large"),
        pytest.param(lambda path: path.write_bytes(b"x" * 100), f"read {b'x' * 100!r}", id="exactly its bound"),
        pytest.param(lambda path: path.write_bytes(b""), "read b''", id="empty"),
    ],
)
def test_a_file_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "file")
    assert why == refused(tmp_path / "file")


def test_links_are_followed_only_in_folders_of_others(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("content")
    (tmp_path / "link").symlink_to("target")
    assert "read b'content'" == refused(tmp_path / "link")
    assert "a symbolic link" == refused(tmp_path / "link", ours=True)
    (tmp_path / "dangling").symlink_to("made")
    with pytest.raises(OSError, match="a symbolic link"):
        open_regular(tmp_path / "dangling", os.O_RDWR | os.O_CREAT, ours=True)
    assert not (tmp_path / "made").exists()


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    """Its stat says 0 bytes, as for the files of /proc."""
    assert "larger than 1,024 bytes" == refused(Path("/proc/self/smaps"), 1_024)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can change an owner")
def test_what_another_user_made_is_refused(tmp_path: Path) -> None:
    file, folder = tmp_path / "file", tmp_path / "folder"
    file.write_text("theirs")
    folder.mkdir()
    check_folder(folder)
    for path in (file, folder):
        os.chown(path, NOBODY, NOBODY)
    assert "read b'theirs'" == refused(file)
    assert "it belongs to another user" == refused(file, ours=True)
    with pytest.raises(PermissionError, match="it belongs to another user"):
        check_folder(folder)


def test_a_folder_that_is_a_link_or_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="a symbolic link"):
        check_folder(tmp_path / "link")
    with pytest.raises(NotADirectoryError, match="not a folder"):
        check_folder(tmp_path / "file")


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        refused(tmp_path / "pipe")
        refused(tmp_path / "absent")
    assert before == len(os.listdir("/proc/self/fd"))
