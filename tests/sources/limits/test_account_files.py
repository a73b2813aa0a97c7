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


def test_a_file_that_is_broken_is_logged_once_and_read_when_it_is_whole(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = AccountFiles([AccountFile(path, (Path("/a"),))])
    for text in ("{", "{ ", "{  "):  # written in pieces
        path.write_text(text)
        assert [] == changed(files) == changed(files)
    assert [f"cannot read the account from {path}: Input data was truncated"] == caplog.messages
    login(path, "me")
    assert [FolderAccount("/a", owner_of("o", "me"))] == changed(files)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(os.mkfifo, id="a pipe"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), id="a device without end"),
        pytest.param(lambda path: path.mkdir(), id="a folder"),
        pytest.param(lambda path: path.write_text("[" * 100_000), id="nested deeply"),
    ],
)
def test_nothing_in_its_place_blocks(path: Path, caplog: pytest.LogCaptureFixture, make: object) -> None:
    assert callable(make)
    make(path)
    files = AccountFiles([AccountFile(path, (Path("/a"),))])
    assert [] == changed(files) == changed(files)
    assert 1 == len(caplog.messages)


def test_since_when_a_folder_is_whose(path: Path) -> None:
    """At the first look since its last change at the latest, then since the last look, at which it was another."""
    files = AccountFiles([AccountFile(path, (Path("/a"),))])
    login(path, "me")
    os.utime(path, (NOON / 1000, NOON / 1000))
    assert [NOON] == [one.since for one in files.changed(NOON + HOUR)]
    assert [] == files.changed(NOON + 2 * HOUR)
    login(path, "she")
    os.utime(path, (NOON / 1000 + 9_000, NOON / 1000 + 9_000))
    assert [NOON + 2 * HOUR + 1] == [one.since for one in files.changed(NOON + 3 * HOUR)]
