"""How often the installed client may be asked for the limits: at most every five minutes, seldom after failures."""

from __future__ import annotations

import msgspec

from exporter.domain.calendar.timestamp import HOUR, MINUTE

LEAST_MS = 5 * MINUTE
MOST_MS = 6 * HOUR
"""However often it failed."""
FOLDER_PREFIX = "claude-tracker-asks-"
"""Of the empty folder in which the client answers: what runs there is not a session of the user's."""


class LastQuestion(msgspec.Struct, frozen=True):
    """When the client was asked last (ms), and how often in a row it failed since."""

    at: int
    failures: int = 0


def wait_ms(last: LastQuestion | None, now: int, every: int = 0) -> int:
    """How long to wait from `now` (ms) until it may be asked again; at most 0 if it may.

    `every`: the interval of regular questions, which double after each failure; 0 for a single one.
    """
    if last is None or last.at > now:  # the clock was set back
        return 0
    pause = max(LEAST_MS, every)
    if every:
        pause = min(pause << min(last.failures, 16), max(MOST_MS, every))
    return last.at + pause - now


def is_asking(cwd: str | None) -> bool:
    """Whether a process, or a record, is of a client that only answers what the limits are."""
    name = (cwd or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
    return name.startswith(FOLDER_PREFIX)
