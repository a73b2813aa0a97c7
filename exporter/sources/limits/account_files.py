"""The files that say to whom Claude's configuration folders belong: each `.claude.json`."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from exporter.domain.accounts import FolderAccount
from exporter.errors import reason
from exporter.files import read_file
from exporter.sources.file_stamp import Stamp, stamp_of
from exporter.sources.limits.claude_json import parse_folder_account

log = logging.getLogger(__name__)

MAX_BYTES = 64 << 20
RETRIES, RETRY_SECONDS = 3, 0.05
"""On a first check, of a file that is being written: nothing else would say whose the folder is."""


class AccountFile(NamedTuple):
    """A `.claude.json`, and the configuration folders whose login it has, the main one first."""

    path: Path
    folders: tuple[Path, ...] = ()

    @property
    def folder(self) -> str | None:
        return str(self.folders[0]) if self.folders else None


class AccountFiles:
    """Reads the files that changed. `sleep`: between two tries to read a file (seconds)."""

    def __init__(self, files: Sequence[AccountFile], sleep: Callable[[float], object] = time.sleep) -> None:
        self._files = files
        self._sleep = sleep
        self._read: dict[Path, Stamp] = {}
        self._checked_at: int | None = None

    def changed(self, now: int) -> list[FolderAccount]:
        """The account of each folder whose file is new or changed at `now` (ms); only stats the others.

        Since when: since the last check, when the file was another; on its first one, since its last change at the
        latest. One that cannot be read or parsed gives nothing; `LimitFiles` reads it too, and logs that.
        """
        found = [account for file in self._files for account in self._accounts(file)]
        self._checked_at = now
        return found

    def _accounts(self, file: AccountFile) -> list[FolderAccount]:
        retries = RETRIES if self._checked_at is None else 0
        while True:
            try:
                return self._parse(file)
            except Exception as error:  # noqa: BLE001 - whatever another program wrote, it stops nothing
                if not retries or not isinstance(error, msgspec.DecodeError | UnicodeDecodeError):
                    log.debug("cannot read the account from %s: %s", file.path, reason(error))
                    return []
            retries -= 1
            del self._read[file.path]
            self._sleep(RETRY_SECONDS)

    def _parse(self, file: AccountFile) -> list[FolderAccount]:
        try:
            stamp = stamp_of(os.stat(file.path))
        except OSError:  # Claude was never started with this folder
            return []
        before = self._read.get(file.path)
        if stamp == before:
            return []
        self._read[file.path] = stamp
        content = read_file(file.path, MAX_BYTES)
        since = _since(stamp, self._checked_at if before is not None else None)
        return [replace(parse_folder_account(content, str(folder)), since=since) for folder in file.folders]


def _since(stamp: Stamp, checked_at: int | None) -> int:
    mtime_ns, *_ = stamp
    return mtime_ns // 1_000_000 if checked_at is None else checked_at + 1
