"""The files that contain readings: spooled statusLine input, Claude Desktop's history, Claude Code's cache.

And Claude Code's statistics, which have no readings: if they cannot be read, that is only logged.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import NamedTuple

from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.hit import ReportedHit
from exporter.domain.limits.reading import Credits, ReportedReading, SurfaceShare
from exporter.domain.notifications.alert import Alert
from exporter.domain.usage.activity import SessionFacts
from exporter.domain.usage.imported import ImportedDay
from exporter.domain.usage.prompt_cache import CacheLine
from exporter.errors import reason
from exporter.files import read_file
from exporter.sources.file_stamp import Stamp, stamp_of
from exporter.sources.limits import parsing
from exporter.sources.limits.account_files import MAX_BYTES, AccountFile
from exporter.sources.limits.claude_json import parse_account
from exporter.sources.limits.report import LimitReport
from exporter.sources.limits.spool import parse_name, spooled_files
from exporter.sources.limits.statistics import parse_statistics
from exporter.sources.local_zone import local_zone

log = logging.getLogger(__name__)

MAX_SPOOLED_BYTES = 5 << 20
"""More than the status line and the server accept."""
FIRST_MS = 1_672_531_200_000
"""2023-01-01: there was no Claude Code before."""
MAX_AHEAD_MS = 365 * DAY
_JUNK = (errno.ELOOP, errno.EINVAL, errno.EISDIR, errno.EFBIG)
"""A link, no regular file, too large: we never wrote that into the spool."""


class LimitPaths(NamedTuple):
    """Where to read limits. `histories`: Desktop `plan-usage-history.json`; `statistics`: Claude Code's own."""

    spool: Path
    accounts: Sequence[AccountFile]
    histories: Sequence[Path]
    statistics: Sequence[Path] = ()


class LimitsRead(NamedTuple):
    """What was read. `spool_files`: the files to `remove` once everything is stored."""

    readings: list[ReportedReading]
    hits: list[ReportedHit]
    alerts: list[Alert]
    credits: list[Credits]
    surfaces: list[SurfaceShare]
    sessions: list[tuple[str, SessionFacts]]
    caches: list[tuple[str, CacheLine]]
    imported: list[ImportedDay]
    spool_files: list[Path]
    ok: bool

    def add(self, report: LimitReport, now: int) -> None:
        """Without what is of an impossible time."""
        self.readings.extend(one for one in report.readings if _is_plausible(one.reading.observed_at, now))
        self.hits.extend(report.hits)
        self.alerts.extend(report.alerts)
        self.sessions.extend(report.sessions)
        self.caches.extend(report.caches)
        self.imported.extend(report.imported)
        self.credits.extend(one for one in report.credits if _is_plausible(one.observed_at, now))
        self.surfaces.extend(one for one in report.surfaces if _is_plausible(one.observed_at, now))


class LimitFiles:
    """Reads the files that changed. `zone`: for limit texts without a time zone. `are_read_again`: by another one,
    which says what cannot be read.
    """

    def __init__(
        self, paths: LimitPaths, zone: Callable[[], tzinfo] = local_zone, *, are_read_again: bool = False
    ) -> None:
        self._paths = paths
        self._zone = zone
        self._level = logging.DEBUG if are_read_again else logging.WARNING
        self._read: dict[Path, Stamp] = {}
        self._left: set[Path] = set()
        """Files in the spool that can be neither read nor deleted."""
        self._refused: str | None = None

    def has_changes(self) -> bool:
        """Whether `read` would read anything; only stats the files."""
        return bool(self._spooled()) or any(
            _stamp(file) not in (None, self._read.get(file)) for file, _ in self._files()
        )

    def read(self, now: int) -> LimitsRead:
        """Read everything new at `now` (ms). A file that cannot be read or parsed is logged once and skipped."""
        taken = LimitsRead([], [], [], [], [], [], [], [], [], self._is_spool_ours())
        for file in self._spooled():
            self._read_spooled(file, now, taken)
        ok = taken.ok
        for file, parse in self._files():
            stamp = _stamp(file)
            if stamp is None or stamp == self._read.get(file):
                continue
            self._read[file] = stamp
            found = self._parse_file(file, parse)
            ok &= found is not None or file in self._paths.statistics
            if found is not None:
                taken.add(found, now)
        return taken._replace(ok=ok)

    def _files(self) -> Iterator[tuple[Path, Callable[[bytes], LimitReport]]]:
        """The files of Claude's programs, each with its parser."""
        for account in self._paths.accounts:
            yield account.path, partial(parse_account, folder=account.folder)
        for history in self._paths.histories:
            yield history, parsing.parse_desktop_history
        for statistics in self._paths.statistics:
            yield statistics, partial(parse_statistics, folder=str(statistics.parent))

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
            self._say(file, reason(error))
            if error.errno in _JUNK:
                taken.spool_files.append(file)
            else:
                self._left.add(file)
            return
        taken.spool_files.append(file)
        if not _is_plausible(at, now):
            self._say(file, "the time in its name is not valid")
            return
        seen = min(at, now)  # the clock was set back since
        report = self._parse(file, content, lambda content: parsing.parse_spooled(content, seen, self._zone()))
        if report is not None:
            taken.add(report, now)

    def _is_spool_ours(self) -> bool:
        """Whether the spool can be used. Logs a problem once."""
        try:
            spooled_files(self._paths.spool)
        except OSError as error:
            before, self._refused = self._refused, reason(error)
            if before != self._refused:
                log.log(self._level, "the folder %s is not used: %s; remove it", self._paths.spool, self._refused)
            return False
        self._refused = None
        return True

    def _spooled(self) -> list[Path]:
        try:
            return [file for file in spooled_files(self._paths.spool) if file not in self._left]
        except OSError:
            return []

    def _parse_file(self, file: Path, parse: Callable[[bytes], LimitReport]) -> LimitReport | None:
        """Parse a file. Says why and returns None if it cannot be read or parsed."""
        try:
            content = read_file(file, MAX_BYTES)
        except OSError as error:
            self._say(file, reason(error))
            return None
        return self._parse(file, content, parse)

    def _parse(self, file: Path, content: bytes, parse: Callable[[bytes], LimitReport]) -> LimitReport | None:
        try:
            return parse(content)
        except Exception as error:  # noqa: BLE001 - whatever another program wrote, it stops nothing
            self._say(file, reason(error))
            return None

    def _say(self, file: Path, why: str) -> None:
        log.log(self._level, "cannot read limits from %s: %s", file, why)


def _is_plausible(at: int, now: int) -> bool:
    return FIRST_MS <= at <= now + MAX_AHEAD_MS


def _stamp(file: Path) -> Stamp | None:
    try:
        return stamp_of(os.stat(file))
    except OSError:
        return None
