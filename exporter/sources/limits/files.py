"""The files that contain readings: spooled statusLine input, Claude Desktop's history, Claude Code's cache."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Reading
from exporter.domain.notifications.alert import Alert
from exporter.sources.file_stamp import Stamp, stamp_of
from exporter.sources.limits import parsing
from exporter.sources.limits.spool import spooled_files
from exporter.sources.local_zone import local_zone

log = logging.getLogger(__name__)

MAX_BYTES = 64 << 20
T = TypeVar("T")


class LimitPaths(NamedTuple):
    """Where to read limits. `accounts`: paths of `.claude.json`; `histories`: Desktop `plan-usage-history.json`."""

    spool: Path
    accounts: Sequence[Path]
    histories: Sequence[Path]


class LimitsRead(NamedTuple):
    """What was read. `spool_files`: the files to delete once everything is stored."""

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

    def has_changes(self) -> bool:
        """Whether `read` would read anything; only stats the files."""
        files = (*self._paths.accounts, *self._paths.histories)
        return bool(spooled_files(self._paths.spool)) or any(
            _stamp(file) not in (None, self._read.get(file)) for file in files
        )

    def read(self) -> LimitsRead:
        """Read everything new. A file that cannot be read or parsed is logged once and skipped."""
        paths = self._paths
        readings: list[Reading] = []
        hits: list[Hit] = []
        alerts: list[Alert] = []
        spool_files = spooled_files(paths.spool)
        ok = True
        for file in spool_files:
            at = int(file.name.partition("-")[0]) // 1_000_000
            payload = _parse_file(file, lambda content, at=at: parsing.parse_spooled(content, at, self._zone()))  # type: ignore[misc]
            if payload is not None:
                readings += payload.readings
                hits += payload.hits
                alerts += payload.alerts
        for files, parse in ((paths.accounts, parsing.parse_account), (paths.histories, parsing.parse_desktop_history)):
            for file in files:
                stamp = _stamp(file)
                if stamp is None or stamp == self._read.get(file):
                    continue
                self._read[file] = stamp
                found = _parse_file(file, parse)
                ok &= found is not None
                readings += found or []
        return LimitsRead(readings, hits, alerts, spool_files, ok)


def _stamp(file: Path) -> Stamp | None:
    try:
        return stamp_of(os.stat(file))
    except OSError:
        return None


def _parse_file(file: Path, parse: Callable[[bytes], T]) -> T | None:
    """Parse a file. Logs an error and returns None if it cannot be read or parsed."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise OSError("the file is too large")
        return parse(file.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError, ValueError) as error:
        log.warning("cannot read limits from %s: %s", file, error)
        return None
