"""The spool: its names, its bounds, and that nothing in it is followed or believed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from exporter.sources.limits.spool import (
    MAX_FILES,
    has_spooled,
    parse_name,
    spooled_files,
    superfluous,
    write_spool_file,
)

NOW = 1_795_350_000_000_000_000
DAY = 86_400_000_000_000


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("1795350000000000000-12.json", (NOW, "status"), id="of an older version"),
        pytest.param("1795350000000000000-12.status.json", (NOW, "status"), id="a status line's"),
        pytest.param("1795350000000000000-12.hook.json", (NOW, "hook"), id="a hook's"),
        pytest.param("17953500²0000000000-12.json", None, id="a superscript digit"),
        pytest.param("١٧٩٥٣٥٠٠٠٠-12.json", None, id="Arabic digits"),
        pytest.param("1795350000000000000-1²2.json", None, id="a superscript digit in the pid"),
        pytest.param("17953500000000000001-12.json", None, id="20 digits"),
        pytest.param("1795350000000000000-12.json\n", None, id="a line break"),
        pytest.param("1795350000000000000-12.json.tmp", None, id="being written"),
        pytest.param("-12.json", None, id="no time"),
        pytest.param("1795350000000000000-x.json", None, id="no pid"),
        pytest.param("1795350000000000000-12.HOOK.json", None, id="no kind of ours"),
    ],
)
def test_names_are_parsed_strictly(name: str, expected: tuple[int, str] | None) -> None:
    found = parse_name(name)
    assert expected == (None if found is None else (found.at, found.kind))


def test_the_newest_of_each_kind_wait() -> None:
    status = [f"{NOW - number}-1.status.json" for number in range(MAX_FILES + 3)]
    hooks = [f"{NOW - 7 * DAY - number}-1.hook.json" for number in range(5)]
    old = [f"{NOW - 8 * DAY - 1}-1.hook.json", f"{NOW - 9 * DAY}-1.json"]
    unfinished = [f"{NOW - DAY}-1.status.json.tmp", f"{NOW - DAY}-1.tmp"]
    being_written = [f"{NOW - 1}-1.hook.json.tmp"]
    others = ["notes.txt", "²-1.json", "x.tmp"]
    found = superfluous([*others, *old, *being_written, *hooks, *unfinished, *status], NOW)
    assert {*status[-3:], *old, *unfinished} == set(found)


def test_writing_deletes_what_is_too_much(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    now = time.time_ns()
    for _ in range(3):
        write_spool_file(folder, b"{}", "hook")
    for number in range(MAX_FILES + 10):
        (folder / f"{now - number}-1.status.json").touch()
    (folder / f"{now - 9 * DAY}-1.hook.json").touch()
    write_spool_file(folder, b"{}", "status")
    kinds = [file.name.split(".")[1] for file in spooled_files(folder)]
    assert (MAX_FILES, 3) == (kinds.count("status"), kinds.count("hook"))
    assert 0o600 == spooled_files(folder)[-1].stat().st_mode & 0o777


def test_a_spool_that_is_a_link_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / f"{NOW}-1.json").touch()
    (tmp_path / "spool").symlink_to("elsewhere")
    with pytest.raises(OSError, match="a symbolic link"):
        spooled_files(tmp_path / "spool")
    with pytest.raises(OSError, match="a symbolic link"):
        write_spool_file(tmp_path / "spool", b"{}", "status")
    assert not has_spooled(tmp_path / "spool")
    assert 1 == len(list((tmp_path / "elsewhere").iterdir()))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can change an owner")
def test_a_spool_of_another_user_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    write_spool_file(folder, b"{}", "status")
    os.chown(folder, 65_534, 65_534)
    with pytest.raises(PermissionError, match="it belongs to another user"):
        write_spool_file(folder, b"{}", "status")
    assert not has_spooled(folder)


def test_without_a_folder_nothing_waits(tmp_path: Path) -> None:
    assert [] == spooled_files(tmp_path / "spool")
