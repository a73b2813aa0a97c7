"""What others put into the spool and in the place of Claude's files is skipped, logged once, and stops nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest

from exporter.domain.accounts import Origin, owner_of
from exporter.domain.calendar.timestamp import DAY, HOUR
from exporter.sources.limits.account_files import AccountFile
from exporter.sources.limits.files import LimitFiles, LimitPaths

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and owners")
NOW = 1_795_350_000_000
GOOD = json.dumps({"rate_limits": {"five_hour": {"used_percentage": 42}}})


def name(at: int = NOW, kind: str = "") -> str:
    return f"{at * 1_000_000}-1{kind}.json"


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "t.db.spool"
    folder.mkdir(mode=0o700)
    return folder


def files_of(spool: Path, *accounts: Path) -> LimitFiles:
    files = [AccountFile(account, (account.parent / "folder", account.parent)) for account in accounts]
    return LimitFiles(LimitPaths(spool, files, []), lambda: UTC)


def write(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text)


def large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(65 << 20)


@pytest.mark.parametrize(
    ("named", "make", "problem"),
    [
        pytest.param(name(), write("garbage"), "JSON is malformed", id="garbage"),
        pytest.param(name(), write('{"a":' * 100_000), "nested too deeply", id="nested deeply"),
        pytest.param(name(), write("[" * 100_000), "", id="a list nested deeply"),
        pytest.param(name(), large, "larger than 5 MB", id="65 MB"),
        pytest.param(name(), os.mkfifo, "not a regular file", id="a pipe"),
        pytest.param(name(), lambda path: path.symlink_to("nowhere"), "a symbolic link", id="a dangling link"),
        pytest.param(name(), lambda path: path.symlink_to(path), "a symbolic link", id="a link to itself"),
        pytest.param(name(), lambda path: path.symlink_to("/dev/zero"), "a symbolic link", id="a link to a device"),
        pytest.param(name(), lambda path: path.mkdir(), "Is a directory", id="an empty folder"),
        pytest.param(name(NOW + 366 * DAY), write(GOOD), "the time in its name", id="more than a year ahead"),
        pytest.param("9999999999999999999-1.json", write(GOOD), "the time in its name", id="the year 2286"),
        pytest.param("1-1.json", write(GOOD), "the time in its name", id="1970"),
        pytest.param(name(), write('{"rate_limits": {"x": ' + "9" * 5_000 + "}}"), "", id="a number without end"),
        pytest.param(name(), lambda path: path.write_bytes(b"\xff\xfe{}"), "", id="not UTF-8"),
    ],
)
def test_junk_is_logged_and_removed_and_stops_nothing(
    spool: Path, caplog: pytest.LogCaptureFixture, named: str, make: Callable[[Path], object], problem: str
) -> None:
    (spool / name(NOW - 1)).write_text(GOOD)
    make(spool / named)
    (spool / name(NOW + 1)).write_text(GOOD)
    files = files_of(spool)
    taken = files.read(NOW + 2)
    assert [0.42, 0.42] == [one.reading.utilization for one in taken.readings]
    files.remove(taken.spool_files)
    assert ([], False) == (list(spool.iterdir()), files.has_changes())
    assert ([] == caplog.messages and not problem) or problem in caplog.text
    assert len(caplog.messages) <= 1


def test_what_is_perhaps_not_junk_is_left_and_logged_once(spool: Path, caplog: pytest.LogCaptureFixture) -> None:
    full = spool / name(NOW - 1)
    full.mkdir()
    (full / "notes").touch()
    (spool / name()).write_text(GOOD)
    files = files_of(spool)
    for _ in range(3):
        taken = files.read(NOW)
        files.remove(taken.spool_files)
    assert [full] == list(spool.iterdir())
    assert not files.has_changes()
    assert ["Is a directory", "Directory not empty"] == [message.rpartition(": ")[2] for message in caplog.messages]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can change an owner")
def test_a_file_of_another_user_is_left_and_not_read(spool: Path, caplog: pytest.LogCaptureFixture) -> None:
    theirs = spool / name()
    theirs.write_text(GOOD)
    os.chown(theirs, 65_534, 65_534)
    files = files_of(spool)
    assert ([], [], False) == ((taken := files.read(NOW)).readings, taken.spool_files, files.has_changes())
    assert theirs.exists()
    assert 1 == len(caplog.messages)


def test_names_that_are_not_ours_are_not_touched(spool: Path) -> None:
    for other in ("²²-1.json", "notes.txt", f"{NOW}-1.json.tmp"):
        (spool / other).write_text(GOOD)
    files = files_of(spool)
    assert ([], False) == (files.read(NOW).spool_files, files.has_changes())


def test_a_folder_that_is_not_ours_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / name()).write_text(GOOD)
    files = files_of(tmp_path / "link")
    for _ in range(3):
        taken = files.read(NOW)
        assert ([], [], False) == (taken.readings, taken.spool_files, taken.ok)
    assert [f"the folder {tmp_path / 'link'} is not used: a symbolic link; remove it"] == caplog.messages


def test_after_the_clock_was_set_back_a_reading_is_of_now(spool: Path) -> None:
    (spool / name(NOW + HOUR)).write_text(GOOD)
    assert [NOW] == [one.reading.observed_at for one in files_of(spool).read(NOW).readings]


def test_a_reading_of_a_far_time_in_claudes_file_is_not_taken(tmp_path: Path, spool: Path) -> None:
    account = tmp_path / ".claude.json"
    for at, expected in ((NOW, 1), (NOW + 366 * DAY, 0), (999, 0), (9 * 10**14, 0)):
        cached = {"fetchedAtMs": at, "utilization": {"five_hour": {"utilization": 42}}}
        account.write_text(json.dumps({"cachedUsageUtilization": cached}))
        assert expected == len(files_of(spool, account).read(NOW).readings)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(os.mkfifo, id="a pipe"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), id="a device without end"),
        pytest.param(large, id="65 MB"),
        pytest.param(lambda path: path.mkdir(), id="a folder"),
        pytest.param(write("[" * 100_000), id="nested deeply"),
    ],
)
def test_nothing_in_the_place_of_claudes_file_blocks(
    tmp_path: Path, spool: Path, caplog: pytest.LogCaptureFixture, make: Callable[[Path], object]
) -> None:
    account = tmp_path / ".claude.json"
    make(account)
    (spool / name()).write_text(GOOD)
    files = files_of(spool, account)
    first = files.read(NOW)
    assert (1, False) == (len(first.readings), first.ok)
    files.remove(first.spool_files)
    assert not files.has_changes()
    files.read(NOW)
    assert 1 == len(caplog.messages)


def test_a_link_to_claudes_file_is_followed(tmp_path: Path, spool: Path) -> None:
    cached = {"fetchedAtMs": NOW, "utilization": {"five_hour": {"utilization": 42}}}
    (tmp_path / "real.json").write_text(json.dumps({"cachedUsageUtilization": cached}))
    (tmp_path / ".claude.json").symlink_to("real.json")
    assert 1 == len(files_of(spool, tmp_path / ".claude.json").read(NOW).readings)


def test_what_a_file_reports_is_of_its_first_folder(tmp_path: Path, spool: Path) -> None:
    answer = {
        "five_hour": {"utilization": 42},
        "extra_usage": {"used_credits": 100, "monthly_limit": 900, "utilization": 11},
        "seven_day_breakdown": {"rows": [{"key": "cowork", "percent": 5}]},
    }
    cached = {"fetchedAtMs": NOW, "accountUuid": "me", "utilization": answer}
    account = tmp_path / ".claude.json"
    account.write_text(json.dumps({"cachedUsageUtilization": cached}))
    taken = files_of(spool, account).read(NOW)
    origin = Origin(owner_of(None, "me"), str(tmp_path / "folder"))
    (reading, _), (credit,), (surface,) = taken.readings, taken.credits, taken.surfaces
    assert origin == reading.origin == credit.origin == surface.origin
    late = files_of(spool, account).read(NOW - 366 * DAY)
    assert ([], [], []) == (late.readings, late.credits, late.surfaces)
