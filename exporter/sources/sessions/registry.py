"""Claude Code's registry of running sessions: `<config>/sessions/<pid>.json`.

A folder that several machines or containers share has records of each: their pids mean nothing to the others. A record
says where its pid counts (`pidDomain`): `linux:<machine>:pid:[<inode of the pid namespace>]`. How the client makes its
<machine> is not known, so only the system and the namespace are compared.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from exporter.domain.calendar.timestamp import from_filetime, is_in_calendar
from exporter.domain.limits.asking import is_asking
from exporter.domain.sessions.session import STATES, Record
from exporter.domain.text import as_utf8, printable
from exporter.errors import reason
from exporter.files import read_file
from exporter.sources.file_stamp import Stamp, stamp_of

MAX_BYTES = 1 << 20
_NAME = re.compile(r"[0-9]{1,20}\.json")
_NAMESPACE = re.compile(r"pid:\[[0-9]+\]$")
_STATES = {**{state: state for state in STATES}, "shell": "idle"}
"""By the client's word: with `shell` it is at its prompt, and a shell of its own runs in the background."""
_SERVICES = frozenset(("daemon", "daemon-worker"))
"""The kinds of processes that are not sessions."""


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
    started_at: Any = msgspec.field(name="startedAt", default=None)
    proc_start_filetime: Any = msgspec.field(name="procStartFt", default=None)
    pid_domain: Any = msgspec.field(name="pidDomain", default=None)
    kind: Any = None
    spare: Any = None
    needs: Any = None
    tempo: Any = None


_decode = msgspec.json.Decoder(_RegistryFile).decode


def parse(content: bytes) -> Record | None:
    """Parse a record; None if the file is half written or not a record."""
    try:
        entry = _decode(as_utf8(content))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not entry.session_id:
        return None
    cwd = _text(entry.cwd)
    state = _STATES.get(entry.status, "unknown") if isinstance(entry.status, str) else "unknown"
    started_at = _integer(entry.started_at)
    return Record(
        entry.pid,
        entry.session_id,
        str(entry.proc_start) if isinstance(entry.proc_start, str | int) else None,
        cwd,
        _text(entry.entrypoint),
        _text(entry.version),
        state,
        _text(entry.waiting_for) if state == "waiting" else None,
        started_at=started_at if started_at is not None and is_in_calendar(started_at) else None,
        process_started_at=from_filetime(ticks) if (ticks := _integer(entry.proc_start_filetime)) is not None else None,
        pid_domain=_text(entry.pid_domain),
        is_session=entry.spare is not True and _text(entry.kind) not in _SERVICES and not is_asking(cwd),
        kind=_short(entry.kind),
        needs=_short(entry.needs),
        tempo=_short(entry.tempo),
    )


def is_foreign(pid_domain: str | None, namespace: str | None, platform: str = sys.platform) -> bool:
    """Whether a record's pids are those of another machine or container. Where it cannot be compared, it is not.

    `namespace`: our own, `pid:[<inode>]`; None if the system has none.
    """
    if pid_domain is None or not pid_domain.startswith("linux:"):
        return False
    if platform != "linux":
        return True
    named = _NAMESPACE.search(pid_domain)
    return None not in (named, namespace) and named is not None and named[0] != namespace


def own_namespace() -> str | None:
    """The pid namespace that this process lists processes in; None if the system has none."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return None


def _integer(value: object) -> int | None:
    """An integer, also one written as text."""
    if isinstance(value, str) and re.fullmatch("[0-9]{1,20}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _short(value: object) -> str | None:
    return printable(value) or None if isinstance(value, str) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


Cache = dict[str, tuple[Stamp, Record | None]]
"""By path. An mtime of -1 means: read again next time."""


class Registry:
    """Reads the changed files at each `read`. If a file cannot be read, its last good record is used."""

    def __init__(self, namespace: Callable[[], str | None] = own_namespace) -> None:
        self._namespace = namespace
        self._cache: Cache = {}
        self.errors: tuple[str, ...] = ()
        """The files and folders that the last `read` could not read."""

    def read(self, config_dirs: Iterable[Path]) -> dict[int, Record]:
        """The records by pid, without those of other machines; if a pid has two, the one changed last."""
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
        namespace = self._namespace()
        return {
            record.pid: record
            for _, record in cached
            if record is not None and not is_foreign(record.pid_domain, namespace)
        }

    def read_one(self, path: str) -> Record | None:
        """The record in one file now; None if it is another's, half written or removed."""
        if not _NAME.fullmatch(os.path.basename(path)):
            return None
        try:
            record = parse(read_file(path, MAX_BYTES))
        except OSError:  # `read` reports it, if it stays
            return None
        return record if record is not None and not is_foreign(record.pid_domain, self._namespace()) else None

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
