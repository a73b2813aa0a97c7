"""The files that say to whom Claude's configuration folders belong: each `.claude.json`."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from exporter.domain.accounts import FolderAccount
from exporter.errors import reason
from exporter.files import read_file
from exporter.sources.file_stamp import Stamp, stamp_of
from exporter.sources.limits.claude_json import parse_folder_account

log = logging.getLogger(__name__)

MAX_BYTES = 64 << 20


class AccountFile(NamedTuple):
    """A `.claude.json`, and the configuration folders whose login it has, the main one first."""

    path: Path
    folders: tuple[Path, ...] = ()

    @property
    def folder(self) -> str | None:
        return str(self.folders[0]) if self.folders else None


class AccountFiles:
    """Reads the files that changed."""

    def __init__(self, files: Sequence[AccountFile]) -> None:
        self._files = files
        self._read: dict[Path, Stamp] = {}
        self._checked_at: int | None = None
        self._failed: dict[Path, str] = {}

    def changed(self, now: int) -> list[FolderAccount]:
        """The account of each folder whose file is new or changed at `now` (ms); only stats the others.

        Since when: since the last check, when the file was another; on its first one, since its last change at the
        latest. One that cannot be read or parsed is logged once, and gives nothing.
        """
        found = [account for file in self._files for account in self._accounts(file)]
        self._checked_at = now
        return found

    def _accounts(self, file: AccountFile) -> list[FolderAccount]:
        try:
            stamp = stamp_of(os.stat(file.path))
        except OSError:  # Claude was never started with this folder
            return []
        before = self._read.get(file.path)
        if stamp == before:
            return []
        self._read[file.path] = stamp
        try:
            content = read_file(file.path, MAX_BYTES)
            found = [parse_folder_account(content, str(folder)) for folder in file.folders]
        except Exception as error:  # noqa: BLE001 - whatever another program wrote, it stops nothing
            self._log_failure(file.path, reason(error))
            return []
        self._failed.pop(file.path, None)
        checked_at = self._checked_at if before is not None else None
        return [replace(one, since=_since(stamp, checked_at)) for one in found]

    def _log_failure(self, path: Path, problem: str) -> None:
        if self._failed.get(path) != problem:
            log.warning("cannot read the account from %s: %s", path, problem)
        self._failed[path] = problem


def _since(stamp: Stamp, checked_at: int | None) -> int:
    mtime_ns, *_ = stamp
    return mtime_ns // 1_000_000 if checked_at is None else checked_at + 1
