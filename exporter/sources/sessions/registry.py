"""Claude Code's registry of running sessions: `<config>/sessions/<pid>.json`."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from exporter.domain.sessions.session import STATES, Record
from exporter.sources.file_stamp import Stamp, stamp_of


class _Written(msgspec.Struct):
    """The keys that are read, by the client's own names. Nothing else in the file becomes a value.

    Of any type but the two that make a record: an odd one is as good as none.
    """

    pid: int
    session_id: str = msgspec.field(name="sessionId")
    proc_start: Any = msgspec.field(name="procStart", default=None)
    cwd: Any = None
    entrypoint: Any = None
    version: Any = None
    status: Any = None
    waiting_for: Any = msgspec.field(name="waitingFor", default=None)


_decode = msgspec.json.Decoder(_Written).decode


def parse(content: bytes) -> Record | None:
    """A record; None where the file is half written, or no record."""
    try:
        written = _decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not written.session_id:
        return None
    state = written.status if written.status in STATES else "unknown"
    return Record(
        written.pid,
        written.session_id,
        str(written.proc_start) if isinstance(written.proc_start, str | int) else None,
        _text(written.cwd),
        _text(written.entrypoint),
        _text(written.version),
        state,
        _text(written.waiting_for) if state == "waiting" else None,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


Kept = dict[str, tuple[Stamp, Record | None]]
"""By path. An mtime of -1: to be read again at the next look."""


class Registry:
    """Reads what changed at each `read`. Where something cannot be read, the last good record is kept."""

    def __init__(self) -> None:
        self._kept: Kept = {}
        self.errors: tuple[str, ...] = ()
        """What the last `read` could not read."""

    def read(self, config_dirs: Iterable[Path]) -> dict[int, Record]:
        """The records by pid; of two of one pid the one changed last."""
        errors: list[str] = []
        seen: Kept = {}
        for config_dir in config_dirs:
            folder = config_dir / "sessions"
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if entry.name.endswith(".json") and entry.name.removesuffix(".json").isdigit():
                            self._read_file(entry, seen, errors)
            except FileNotFoundError:
                continue
            except OSError as error:
                errors.append(f"{folder}: {error.strerror}")
                below = f"{folder}{os.sep}"
                seen |= {path: kept for path, kept in self._kept.items() if path.startswith(below)}
        self._kept = seen
        self.errors = tuple(errors)
        kept = sorted(seen.values(), key=lambda one: one[0])
        return {record.pid: record for _, record in kept if record is not None}

    def _read_file(self, entry: os.DirEntry[str], seen: Kept, errors: list[str]) -> None:
        known = self._kept.get(entry.path)
        try:
            found = entry.stat()
            if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
                raise OSError(errno.EINVAL, "not a regular file")
            stamp = stamp_of(found)
            if known is not None and known[0] == stamp:
                seen[entry.path] = known
                return
            record = parse(Path(entry.path).read_bytes())
        except FileNotFoundError:
            return
        except OSError as error:
            errors.append(f"{entry.path}: {error.strerror}")
            if known is not None:
                seen[entry.path] = known
            return
        if record is None and known is not None:
            stamp, record = (-1, *stamp[1:]), known[1]
        seen[entry.path] = stamp, record
