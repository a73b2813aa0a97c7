"""`ask` below `[limits]` in the configuration file: how often a tracker asks the client for the limits."""

from __future__ import annotations

import re
from typing import Any

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.asking import LEAST_MS
from exporter.errors import ConfigurationError

KEY = "ask"
_UNITS = {"m": MINUTE, "h": HOUR}


def parse_ask(value: Any, file: str) -> int:
    """A text such as `15m` as ms, from five minutes to a day. Raises ConfigurationError."""
    found = re.fullmatch(r"(\d{1,5})([mh])", value) if isinstance(value, str) else None
    ms = int(found[1]) * _UNITS[found[2]] if found is not None else 0
    if not LEAST_MS <= ms <= DAY:
        raise ConfigurationError(f'{file}: [limits] ask must be from "5m" to "24h", such as "15m", not {value!r}')
    return ms
