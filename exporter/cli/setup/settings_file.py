"""Claude Code's settings file: which it is, reading it, and replacing it whole."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from exporter.errors import SettingsError
from exporter.sources.transcripts.roots import config_dirs


def default_file() -> Path:
    """In the first of Claude's folders."""
    return config_dirs(os.environ, Path.home())[0] / "settings.json"


def read(path: Path) -> bytes:
    """Its content, empty where there is none. Raises SettingsError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SettingsError(f"{path} is no regular file")
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error}") from error


def replace(path: Path, before: bytes, content: bytes) -> None:
    """Write a new file beside it and put that in its place, with its mode and owner; a link stays and is followed.

    Raises SettingsError, with the file as it was; also where it no longer holds `before`.
    """
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(prefix=f"{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _take_over(target, made)
            if read(target) != before:
                raise SettingsError(f"{path} was changed meanwhile, so it was left as it is; run this again")
            os.replace(made, target)
        except BaseException:
            os.unlink(made)
            raise
    except OSError as error:
        raise SettingsError(f"cannot write {path}: {error}") from error


def _take_over(target: Path, made: str) -> None:
    """Give the new file the mode and owner of the one it replaces."""
    try:
        found = os.stat(target)
    except FileNotFoundError:
        return
    os.chmod(made, found.st_mode & 0o7777)
    if os.name == "posix" and found.st_uid != os.geteuid():
        with suppress(PermissionError):
            os.chown(made, found.st_uid, found.st_gid)
