"""How long a metrics store keeps its samples, as it says itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import msgspec
import requests

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, SECOND
from exporter.sources.http_session import fetch, session

TIMEOUTS = (1.0, 2.0)
TOTAL_SECONDS = 3.0
OK = 200
MAX_BYTES = 1 << 20
_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY, "y": 365 * DAY}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwy]?)")
MONTH = 31 * DAY
DEFAULT_PROMETHEUS = "15d"


class Flags(NamedTuple):
    """Of a running Prometheus. `path`: its data folder; None if it is relative. `retention`: as written."""

    path: Path | None
    retention: str


class _Answer(msgspec.Struct):
    data: dict[str, str]


def parse_duration(text: str, *, unit: int) -> int | None:
    """A duration such as `400d` or `1y6m` in ms; None if it is none. `unit`: of a number without one, ms.

    Sources: Prometheus, "Time durations"; VictoriaMetrics, -retentionPeriod, whose plain numbers are months.
    """
    if not text or _PART.sub("", text):
        return None
    parts = _PART.findall(text)
    return int(sum(float(number) * (_UNITS[name] if name else unit) for number, name in parts)) or None


def prometheus_flags(url: str) -> Flags | None:
    """The flags of the Prometheus at a URL; None if none answers there."""
    try:
        found = msgspec.json.decode(_get(f"{url}/api/v1/status/flags"), type=_Answer).data
    except (requests.RequestException, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    path = Path(found.get("storage.tsdb.path", ""))
    written = found.get("storage.tsdb.retention.time") or found.get("storage.tsdb.retention") or "0s"
    retention = written if parse_duration(written, unit=SECOND) else DEFAULT_PROMETHEUS
    return Flags(path.resolve() if path.is_absolute() else None, retention)


def victoria_retention(url: str) -> str | None:
    """The retention of the VictoriaMetrics at a URL, as written; None if it does not say."""
    try:
        text = _get(f"{url}/flags").decode("utf-8", "replace")
    except requests.RequestException:
        return None
    found = re.search(r'^-retentionPeriod="([^"]*)"', text, re.MULTILINE)
    return found[1] if found is not None else None


def keeps(retention: str | None, oldest: int, now: int, *, unit: int = SECOND) -> bool:
    """Whether a store with this retention still has what is as old as `oldest` (ms)."""
    length = parse_duration(retention, unit=unit) if retention is not None else None
    return length is not None and oldest >= now - length


def _get(url: str) -> bytes:
    answer = fetch(session(url), "GET", url, timeout=TIMEOUTS, total_s=TOTAL_SECONDS, max_bytes=MAX_BYTES)
    return answer.content if answer.status_code == OK else b""
