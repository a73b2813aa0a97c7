"""Claude's folder on Windows' drive, for a tracker in WSL: found, offered, and read by polling."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.cli.setup.record import Record
from exporter.cli.setup.wsl import add_folders, windows_folders
from exporter.engine import watcher as module
from exporter.engine.watcher import Watcher
from exporter.errors import SettingsError


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    for name in (
        "c/Users/ada/.claude/projects",
        "c/Users/Public/.claude",
        "d/Users/ada/.claude/projects",
        "c/Users/bob",
    ):
        (tmp_path / "mnt" / name).mkdir(parents=True)
    return tmp_path / "mnt"


def release(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "osrelease"
    file.write_text(text)
    return file


def test_folders_with_transcripts_are_found_only_in_wsl(tmp_path: Path, mounts: Path) -> None:
    wsl = release(tmp_path, "5.15.153.1-microsoft-standard-WSL2\n")
    found = [mounts / "c/Users/ada/.claude", mounts / "d/Users/ada/.claude"]
    assert found == windows_folders(wsl, mounts)
    assert [] == windows_folders(release(tmp_path, "6.1.0-18-amd64\n"), mounts)
    assert [] == windows_folders(tmp_path / "none", mounts)


def test_they_are_named_next_to_the_own_ones(home: Path, tmp_path: Path, mounts: Path) -> None:
    (home / ".claude").mkdir(exist_ok=True)
    file, record = tmp_path / "config.toml", Record(tmp_path / "record.json")
    file.write_text('# mine\ntimezone = "UTC"\n\n[run]\nlisten = "127.0.0.1:3102"\n')
    folder = mounts / "c/Users/ada/.claude"
    assert add_folders([folder], file, record, dry_run=True, yes=True)
    assert "config-dir" not in file.read_text()
    for _ in range(2):
        assert add_folders([folder], file, record, dry_run=False, yes=True)
    line = f'config-dir = ["{home}/.claude", "{folder}"]'
    assert file.read_text() == f'# mine\ntimezone = "UTC"\n{line}\n\n[run]\nlisten = "127.0.0.1:3102"\n'


def test_a_file_that_cannot_be_edited_says_what_to_add(home: Path, tmp_path: Path, mounts: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("config-dir = [\n  'a',\n")
    with pytest.raises(SettingsError) as raised:
        add_folders([mounts], file, Record(tmp_path / "record.json"), dry_run=False, yes=True)
    assert "add this by hand:" in str(raised.value)
    assert "config-dir = [" in (raised.value.lines or "")


def test_a_folder_whose_changes_are_not_reported_is_polled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    near.mkdir()
    far.mkdir()
    monkeypatch.setattr(module, "is_remote", lambda folder: folder == far)
    watcher = Watcher(lambda name: True, lambda path: None, lambda: None)
    try:
        for _ in range(2):
            watcher.watch([near, far])
            assert (1, frozenset([far])) == (watcher.watched, watcher.polled)
    finally:
        watcher.stop()
