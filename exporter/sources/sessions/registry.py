"""Claude Code's registry of running sessions: `<config>/sessions/<pid>.json`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from exporter.domain.sessions.session import STATES, Record
from exporter.errors import reason
from exporter.files import read_file
from exporter.sources.file_stamp import Stamp, stamp_of

MAX_BYTES = 1 << 20
_NAME = re.compile(r"[0-9]{1,20}\.json")


class _RegistryFile(msgspec.Struct):
    """The keys that are read, with the client's names. Nothing else in the file becomes a value.

    Optional keys may have any type; a value of an unexpected type is ignored.
    """

    pid: int
    session_id: str = msgspec.field(name="sessionId")
    proc_start: Any = msgspec.field(name="procStart", default=None)
    cwd: Any = None
    entrypoint: Any = None
    version: Any = None
    status: Any = None
    waiting_for: Any = msgspec.field(name="waitingFor", default=None)


_decode = msgspec.json.Decoder(_RegistryFile).decode


def parse(content: bytes) -> Record | None:
    """Parse a record; None if the file is half written or not a record."""
    try:
        entry = _decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not entry.session_id:
        return None
    state = entry.status if entry.status in STATES else "unknown"
    return Record(
        entry.pid,
        entry.session_id,
        str(entry.proc_start) if isinstance(entry.proc_start, str | int) else None,
        _text(entry.cwd),
        _text(entry.entrypoint),
        _text(entry.version),
        state,
        _text(entry.waiting_for) if state == "waiting" else None,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


Cache = dict[str, tuple[Stamp, Record | None]]
"""By path. An mtime of -1 means: read again next time."""


class Registry:
    """Reads the changed files at each `read`. If a file cannot be read, its last good record is used."""

    def __init__(self) -> None:
        self._cache: Cache = {}
        self.errors: tuple[str, ...] = ()
        """The files and folders that the last `read` could not read."""

    def read(self, config_dirs: Iterable[Path]) -> dict[int, Record]:
        """The records by pid; if a pid has two, the one changed last."""
        errors: list[str] = []
        current: Cache = {}
        for config_dir in config_dirs:
            folder = config_dir / "sessions"
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if _NAME.fullmatch(entry.name):
                            self._read_file(entry, current, errors)
            except FileNotFoundError:
                continue
            except OSError as error:
                errors.append(f"{folder}: {reason(error)}")
                below = f"{folder}{os.sep}"
                current |= {path: cached for path, cached in self._cache.items() if path.startswith(below)}
        self._cache = current
        self.errors = tuple(errors)
        cached = sorted(current.values(), key=lambda one: one[0])
        return {record.pid: record for _, record in cached if record is not None}

    def _read_file(self, entry: os.DirEntry[str], current: Cache, errors: list[str]) -> None:
        known = self._cache.get(entry.path)
        try:
            found = entry.stat()
            stamp = stamp_of(found)
            if known is not None and known[0] == stamp:
                current[entry.path] = known
                return
            record = parse(read_file(entry.path, MAX_BYTES))
        except FileNotFoundError:
            return
        except OSError as error:
            errors.append(f"{entry.path}: {reason(error)}")
            if known is not None:
                current[entry.path] = known
            return
        if record is None and known is not None:
            stamp, record = (-1, *stamp[1:]), known[1]
        current[entry.path] = stamp, record
