"""To whom folders belong, read again only when a file changed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from exporter.domain.accounts import NOBODY, FolderAccount, owner_of
from exporter.domain.calendar.timestamp import HOUR
from exporter.sources.limits.account_files import AccountFile, AccountFiles
from support.snapshots import NOON

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs pipes")


def login(path: Path, account: str | None) -> None:
    path.write_text(json.dumps({"oauthAccount": {"accountUuid": account, "organizationUuid": "o"}} if account else {}))


def changed(files: AccountFiles) -> list[FolderAccount]:
    """Without since when."""
    return [replace(one, since=None) for one in files.changed(NOON)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".claude.json"


def test_each_folder_of_a_file_has_its_account(path: Path) -> None:
    files = AccountFiles([AccountFile(path, (Path("/a"), Path("/b"))), AccountFile(path.with_name("none"))])
    assert [] == changed(files)
    login(path, "me")
    mine = owner_of("o", "me")
    assert [FolderAccount("/a", mine), FolderAccount("/b", mine)] == changed(files)
    assert [] == changed(files)


def test_another_login_and_a_logout(path: Path) -> None:
    files = AccountFiles([AccountFile(path, (Path("/a"),))])
    for account, owner in (("me", owner_of("o", "me")), ("she", owner_of("o", "she")), (None, NOBODY)):
        login(path, account)
        assert [FolderAccount("/a", owner)] == changed(files)


def test_a_file_that_is_broken_is_read_when_it_is_whole(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is not logged here: `LimitFiles` reads it too, and logs it."""
    files = AccountFiles([AccountFile(path, (Path("/a"),))])
    assert [] == changed(files)
    for text in ("{", "{ ", "{  "):  # written in pieces
        path.write_text(text)
        assert [] == changed(files) == changed(files)
    login(path, "me")
    assert [FolderAccount("/a", owner_of("o", "me"))] == changed(files)
    assert [] == caplog.messages


@pytest.mark.parametrize(("broken", "found"), [(1, 1), (3, 1), (4, 0)])
def test_at_the_first_look_a_file_that_is_being_written_is_waited_for(path: Path, broken: int, found: int) -> None:
    path.write_text("{")
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == broken:
            login(path, "me")

    files = AccountFiles([AccountFile(path, (Path("/a"),))], sleep)
    assert [FolderAccount("/a", owner_of("o", "me"))] * found == changed(files)
    assert [0.05] * min(broken, 3) == waits
    assert [] == changed(files)
    path.write_text("{ ")
    assert [] == changed(files)
    assert min(broken, 3) == len(waits), "a later look waits for nothing"


@pytest.mark.parametrize(
    ("make", "waits"),
    [
        pytest.param(os.mkfifo, 0, id="a pipe"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), 0, id="a device without end"),
        pytest.param(lambda path: path.mkdir(), 0, id="a folder"),
        pytest.param(lambda path: path.write_text("[" * 100_000), 3, id="nested deeply"),
    ],
)
def test_nothing_in_its_place_blocks(path: Path, caplog: pytest.LogCaptureFixture, make: object, waits: int) -> None:
    assert callable(make)
    make(path)
    waited: list[float] = []
    files = AccountFiles([AccountFile(path, (Path("/a"),))], waited.append)
    assert [] == changed(files) == changed(files)
    assert (waits, []) == (len(waited), caplog.messages)


def login_at(path: Path, account: str, changed_at: int, answered_at: int | None = None) -> None:
    """A login, with an answer to this account, in a file that changed then (ms)."""
    own: dict[str, object] = {"oauthAccount": {"accountUuid": account, "organizationUuid": "o"}}
    if answered_at is not None:
        own["cachedUsageUtilization"] = {"accountUuid": account, "fetchedAtMs": answered_at}
    path.write_text(json.dumps(own))
    os.utime(path, (changed_at / 1000, changed_at / 1000))


def times(files: AccountFiles, now: int) -> list[tuple[int | None, int | None]]:
    """Since when a folder is whose, and when the service answered that account."""
    return [(one.since, one.proven) for one in files.changed(now)]


def test_since_when_a_folder_is_whose(path: Path) -> None:
    """At the first look since its last change at the latest, then since the last look, at which it was another."""
    files = AccountFiles([AccountFile(path, (Path("/a"),))])
    login_at(path, "me", NOON)
    assert [(NOON, None)] == times(files, NOON + HOUR)
    assert [] == times(files, NOON + 2 * HOUR)
    login_at(path, "she", NOON + 9 * HOUR)
    assert [(NOON + 2 * HOUR + 1, None)] == times(files, NOON + 3 * HOUR)
    login_at(path, "me", NOON - HOUR)
    assert [(NOON + 3 * HOUR + 1, None)] == times(files, NOON + 4 * HOUR), "a copy from a backup"


def test_an_older_answer_proves_the_account_and_does_not_move_since_when(path: Path) -> None:
    files = AccountFiles([AccountFile(path, (Path("/a"),))])
    login_at(path, "me", NOON, answered_at=NOON - 5 * HOUR)
    assert [(NOON, NOON - 5 * HOUR)] == times(files, NOON + HOUR)
    login_at(path, "she", NOON + 2 * HOUR, answered_at=NOON - 4 * HOUR)
    assert [(NOON + HOUR + 1, NOON - 4 * HOUR)] == times(files, NOON + 3 * HOUR)
