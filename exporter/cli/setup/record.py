"""What setup made that was not there before: files and folders, so that uninstall leaves none of them behind."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from exporter.errors import SettingsError, reason
from exporter.files import read_file

MAX_BYTES = 1 << 20


class _Made(msgspec.Struct):
    paths: list[str] = []


class Record:
    """The record in a file; an unreadable one is empty. It is kept with the data."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._paths = msgspec.json.decode(read_file(file, MAX_BYTES, ours=True), type=_Made).paths
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            self._paths = []

    def has(self, path: Path) -> bool:
        return str(path) in self._paths

    def add(self, path: Path) -> None:
        """We made it. Raises SettingsError."""
        if not self.has(path):
            self._paths.append(str(path))
            self._save()

    def forget(self, path: Path) -> None:
        """It is no longer there, or no longer ours; nor are the folders that we made for it, if they are empty."""
        self._paths = [one for one in self._paths if one != str(path)]
        for folder in sorted(self._paths, key=len, reverse=True):
            if Path(folder).is_dir() and path.is_relative_to(folder):
                with suppress(OSError):
                    os.rmdir(folder)
        self._paths = [one for one in self._paths if Path(one).exists()]
        self._save()

    def make_folder(self, folder: Path, mode: int = 0o777) -> None:
        """Make a folder with its parents. Raises SettingsError."""
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            try:
                each.mkdir(mode=mode, exist_ok=True)
            except OSError as error:
                raise SettingsError(f"cannot make the folder {each}: {reason(error)}") from error
            self.add(each)

    def _save(self) -> None:
        try:
            if not self._paths:
                self._file.unlink(missing_ok=True)
                return
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_bytes(msgspec.json.encode(_Made(self._paths)))
        except OSError as error:
            raise SettingsError(f"cannot write {self._file}: {reason(error)}") from error
