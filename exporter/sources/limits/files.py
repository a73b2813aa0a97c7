"""The files that readings lie in: what the statusLine command handed over, Desktop's history, Claude Code's cache."""

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
from exporter.sources.limits.spool import spooled
from exporter.sources.local_zone import local_zone

log = logging.getLogger(__name__)

LARGEST_BYTES = 64 << 20
T = TypeVar("T")


class Places(NamedTuple):
    """Where to look. `accounts`: the paths of `.claude.json`; `histories`: of Desktop's `plan-usage-history.json`."""

    spool: Path
    accounts: Sequence[Path]
    histories: Sequence[Path]


class Taken(NamedTuple):
    """What was read. `handed_over`: the files to delete once it is kept."""

    readings: list[Reading]
    hits: list[Hit]
    alerts: list[Alert]
    handed_over: list[Path]
    ok: bool


class LimitFiles:
    """Reads what changed. `zone`: of a limit text that names none."""

    def __init__(self, places: Places, zone: Callable[[], tzinfo] = local_zone) -> None:
        self._places = places
        self._zone = zone
        self._read: dict[Path, Stamp] = {}

    def has_news(self) -> bool:
        """Whether `read` would read anything; stats only."""
        files = (*self._places.accounts, *self._places.histories)
        return bool(spooled(self._places.spool)) or any(
            _stamp(file) not in (None, self._read.get(file)) for file in files
        )

    def read(self) -> Taken:
        """All that is new. A file that cannot be read or understood is told once and passed over."""
        places = self._places
        readings: list[Reading] = []
        hits: list[Hit] = []
        alerts: list[Alert] = []
        handed_over = spooled(places.spool)
        ok = True
        for file in handed_over:
            at = int(file.name.partition("-")[0]) // 1_000_000
            told = _parsed(file, lambda content, at=at: parsing.handed_over(content, at, self._zone()))  # type: ignore[misc]
            if told is not None:
                readings += told.readings
                hits += told.hits
                alerts += told.alerts
        for files, parse in ((places.accounts, parsing.account), (places.histories, parsing.desktop)):
            for file in files:
                stamp = _stamp(file)
                if stamp is None or stamp == self._read.get(file):
                    continue
                self._read[file] = stamp
                found = _parsed(file, parse)
                ok &= found is not None
                readings += found or []
        return Taken(readings, hits, alerts, handed_over, ok)


def _stamp(file: Path) -> Stamp | None:
    try:
        return stamp_of(os.stat(file))
    except OSError:
        return None


def _parsed(file: Path, parse: Callable[[bytes], T]) -> T | None:
    """None where the file cannot be read or understood, which is told."""
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise OSError("larger than any such file")
        return parse(file.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError, ValueError) as error:
        log.warning("no limits can be read from %s: %s", file, error)
        return None
