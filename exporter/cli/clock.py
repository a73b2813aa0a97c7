"""The program's clock. Everything below it takes the time as a parameter."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cache

DEMO = "CLAUDE_TRACKER_DEMO"
"""The variable that names the folder of a demo: its programs go by its clock."""
CLOCK_FILE = "clock.json"


def clock() -> int:
    """The current time, ms; in a demo its own."""
    return _shown()(real_clock())


def real_clock() -> int:
    """The machine's time, ms."""
    return time.time_ns() // 1_000_000


def has_own_time() -> bool:
    """Whether it is a demo's: the machine's clocks say nothing about it."""
    return DEMO in os.environ


@cache
def _shown() -> Callable[[int], int]:
    """What the clock shows by the real time. Raises ConfigurationError."""
    folder = os.environ.get(DEMO)
    if folder is None:
        return lambda now: now
    import json

    from exporter.demo.clock import DemoClock
    from exporter.errors import ConfigurationError, reason
    from exporter.files import read_file

    try:
        return DemoClock(**json.loads(read_file(os.path.join(folder, CLOCK_FILE), 1_000))).at
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{DEMO} names {folder}, which has no demo's clock: {reason(error)}") from error
