"""The files that contain readings: spooled statusLine input, Claude Desktop's history, Claude Code's cache."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import NamedTuple, TypeVar

from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Reading
from exporter.domain.notifications.alert import Alert
from exporter.errors import reason
from exporter.files import read_file
from exporter.sources.file_stamp import Stamp, stamp_of
from exporter.sources.limits import parsing
from exporter.sources.limits.spool import parse_name, spooled_files
from exporter.sources.local_zone import local_zone

log = logging.getLogger(__name__)

MAX_BYTES = 64 << 20
MAX_SPOOLED_BYTES = 5 << 20
"""More than the status line and the server accept."""
FIRST_MS = 1_672_531_200_000
"""2023-01-01: there was no Claude Code before."""
MAX_AHEAD_MS = 365 * DAY
_JUNK = (errno.ELOOP, errno.EINVAL, errno.EISDIR, errno.EFBIG)
"""A link, no regular file, too large: we never wrote that into the spool."""
T = TypeVar("T")


class LimitPaths(NamedTuple):
    """Where to read limits. `accounts`: paths of `.claude.json`; `histories`: Desktop `plan-usage-history.json`."""

    spool: Path
    accounts: Sequence[Path]
    histories: Sequence[Path]


class LimitsRead(NamedTuple):
    """What was read. `spool_files`: the files to `remove` once everything is stored."""

    readings: list[Reading]
    hits: list[Hit]
    alerts: list[Alert]
    spool_files: list[Path]
    ok: bool


class LimitFiles:
    """Reads the files that changed. `zone`: for limit texts without a time zone."""

    def __init__(self, paths: LimitPaths, zone: Callable[[], tzinfo] = local_zone) -> None:
        self._paths = paths
        self._zone = zone
        self._read: dict[Path, Stamp] = {}
        self._left: set[Path] = set()
        """Files in the spool that can be neither read nor deleted."""
        self._refused: str | None = None

    def has_changes(self) -> bool:
        """Whether `read` would read anything; only stats the files."""
        files = (*self._paths.accounts, *self._paths.histories)
        return bool(self._spooled()) or any(_stamp(file) not in (None, self._read.get(file)) for file in files)

    def read(self, now: int) -> LimitsRead:
        """Read everything new at `now` (ms). A file that cannot be read or parsed is logged once and skipped."""
        taken = LimitsRead([], [], [], [], self._is_spool_ours())
        for file in self._spooled():
            self._read_spooled(file, now, taken)
        ok = taken.ok
        paths = self._paths
        for files, parse in ((paths.accounts, parsing.parse_account), (paths.histories, parsing.parse_desktop_history)):
            for file in files:
                stamp = _stamp(file)
                if stamp is None or stamp == self._read.get(file):
                    continue
                self._read[file] = stamp
                found = _parse_file(file, parse)
                ok &= found is not None
                taken.readings.extend(found or [])
        readings = [reading for reading in taken.readings if _is_plausible(reading.observed_at, now)]
        return taken._replace(readings=readings, ok=ok)

    def remove(self, files: Sequence[Path]) -> None:
        """Delete files of the spool. One that cannot be deleted is logged once, and left alone from then on."""
        for file in files:
            try:
                file.rmdir() if file.is_dir() and not file.is_symlink() else file.unlink(missing_ok=True)
            except OSError as error:
                log.warning("cannot delete %s: %s", file, reason(error))
                self._left.add(file)

    def _read_spooled(self, file: Path, now: int, taken: LimitsRead) -> None:
        spooled = parse_name(file.name)
        at = spooled.at // 1_000_000 if spooled is not None else 0
        try:
            content = read_file(file, MAX_SPOOLED_BYTES, ours=True)
        except FileNotFoundError:
            return
        except OSError as error:
            _log_problem(file, error)
            if error.errno in _JUNK:
                taken.spool_files.append(file)
            else:
                self._left.add(file)
            return
        taken.spool_files.append(file)
        if not _is_plausible(at, now):
            log.warning("cannot read limits from %s: the time in its name is not valid", file)
            return
        seen = min(at, now)  # the clock was set back since
        payload = _parse(file, content, lambda content: parsing.parse_spooled(content, seen, self._zone()))
        if payload is not None:
            taken.readings.extend(payload.readings)
            taken.hits.extend(payload.hits)
            taken.alerts.extend(payload.alerts)

    def _is_spool_ours(self) -> bool:
        """Whether the spool can be used. Logs a problem once."""
        try:
            spooled_files(self._paths.spool)
        except OSError as error:
            before, self._refused = self._refused, reason(error)
            if before != self._refused:
                log.warning("the folder %s is not used: %s; remove it", self._paths.spool, self._refused)
            return False
        self._refused = None
        return True

    def _spooled(self) -> list[Path]:
        try:
            return [file for file in spooled_files(self._paths.spool) if file not in self._left]
        except OSError:
            return []


def _is_plausible(at: int, now: int) -> bool:
    return FIRST_MS <= at <= now + MAX_AHEAD_MS


def _stamp(file: Path) -> Stamp | None:
    try:
        return stamp_of(os.stat(file))
    except OSError:
        return None


def _parse_file(file: Path, parse: Callable[[bytes], T]) -> T | None:
    """Parse a file. Logs an error and returns None if it cannot be read or parsed."""
    try:
        content = read_file(file, MAX_BYTES)
    except OSError as error:
        _log_problem(file, error)
        return None
    return _parse(file, content, parse)


def _parse(file: Path, content: bytes, parse: Callable[[bytes], T]) -> T | None:
    try:
        return parse(content)
    except Exception as error:  # noqa: BLE001 - whatever another program wrote, it stops nothing
        _log_problem(file, error)
        return None


def _log_problem(file: Path, error: Exception) -> None:
    log.warning("cannot read limits from %s: %s", file, reason(error))
