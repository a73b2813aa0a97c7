"""Reads and atomically replaces Claude Code's settings file."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from exporter.errors import SettingsError, reason
from exporter.files import read_file
from exporter.sources.transcripts.roots import config_dirs

MAX_BYTES = 16 << 20


def default_file() -> Path:
    """In the first of Claude's folders."""
    return config_dirs(os.environ, Path.home())[0] / "settings.json"


def read(path: Path) -> bytes:
    """Its content; empty if it does not exist. Raises SettingsError."""
    try:
        return read_file(path, MAX_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.EISDIR):
            raise SettingsError(f"{path} is not a regular file") from error
        raise SettingsError(f"cannot read {path}: {reason(error)}") from error


def replace(path: Path, before: bytes, content: bytes) -> None:
    """Write a temporary file and rename it to `path`, keeping mode and owner. Links are followed and kept.

    Raises SettingsError, leaving the file unchanged; also if it no longer contains `before`.
    """
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f"{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _copy_mode_and_owner(target, temporary)
            if read(target) != before:
                raise SettingsError(f"{path} was changed in the meantime, so nothing was written; run this again")
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise SettingsError(f"cannot write {path}: {reason(error)}") from error


def _copy_mode_and_owner(target: Path, temporary: str) -> None:
    """Give the new file the mode and owner of the one it replaces."""
    try:
        found = os.stat(target)
    except FileNotFoundError:
        return
    os.chmod(temporary, found.st_mode & 0o7777)
    if os.name == "posix" and found.st_uid != os.geteuid():
        with suppress(PermissionError):
            os.chown(temporary, found.st_uid, found.st_gid)
