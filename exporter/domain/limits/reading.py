"""Readings of how much of a limit is used.

A reading is the used share of one window at one time, with the window's reset if the source reports it. A reading
expires when its window resets; without a reset, 15 minutes after it was taken, or as soon as a known reset of its
window has passed. The latest valid reading wins, whatever its source.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from exporter.domain.blocks.block import BLOCK_MS
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.limits.account import UNKNOWN_ACCOUNT, Origin

FIVE_HOUR, SEVEN_DAY, SPEND = "five_hour", "seven_day", "spend"
SAME_RESET_MS = 10 * MINUTE
"""Resets this close together belong to one window."""
MAX_RESET_MS = BLOCK_MS + SAME_RESET_MS
"""A reset farther ahead than this is not a 5-hour window's."""
WITHOUT_RESET_MS = 15 * MINUTE
MAX_PERCENT = 101.0
"""Higher values come from a known bug of the client."""


class Reading(msgspec.Struct, frozen=True):
    """How much of a window was used. `utilization`: 0 to 1.01, of `spend` also more. Times in ms.

    `observed_at`: when the service said so, not when it was repeated. `resets_at`: None if the source does not report
    it. `account`: its id in the store. `binds`: False if the service says that the window does not bind this account.
    """

    window: str
    source: str
    observed_at: int
    utilization: float
    resets_at: int | None = None
    account: int = UNKNOWN_ACCOUNT
    binds: bool = True


class ReportedReading(msgspec.Struct, frozen=True):
    """A reading as a source reports it. Its account is found by the origin.

    `answer`: names the API answer that brought it, the same text as long as there is no newer answer in its session;
    None if `observed_at` is the service's own time.
    """

    reading: Reading
    origin: Origin = Origin()
    answer: str | None = None


class Credits(msgspec.Struct, frozen=True):
    """Paid use beyond the plan, in units of the currency (dollars, not cents). `limit`: None if there is none."""

    observed_at: int
    currency: str
    used: float
    limit: float | None
    origin: Origin = Origin()


class SurfaceShare(msgspec.Struct, frozen=True):
    """How much of the week one surface used, 0 to 1. `surface`: from `SURFACES`, else `other`."""

    observed_at: int
    surface: str
    share: float
    origin: Origin = Origin()


def supersedes(new: Reading, known: Reading) -> bool:
    """Whether a reading replaces an earlier one of the same window and source.

    An idle session reports an old share again; until the reset, a share does not fall.
    """
    if new.observed_at < known.observed_at:
        return False
    if new.resets_at is None or known.resets_at is None or new.utilization >= known.utilization:
        return True
    return abs(new.resets_at - known.resets_at) > SAME_RESET_MS


def is_valid(reading: Reading, now: int, known_resets: Iterable[int] = ()) -> bool:
    """Whether the reading is still valid at `now`. `known_resets`: resets of its window, from any source."""
    if reading.observed_at > now + MINUTE:
        return False
    if reading.resets_at is not None:
        return now < reading.resets_at
    if now - reading.observed_at >= WITHOUT_RESET_MS:
        return False
    return not any(reading.observed_at < reset <= now for reset in known_resets)


def latest_valid(readings: Iterable[Reading], now: int, resets: Iterable[tuple[str, int]] = ()) -> dict[str, Reading]:
    """The latest valid reading of each window. `resets`: windows and resets (ms) known from other sources."""
    known, others = list(readings), list(resets)
    found: dict[str, Reading] = {}
    for reading in sorted(known, key=lambda one: (one.observed_at, one.source)):
        own_resets = [r.resets_at for r in known if r.window == reading.window and r.resets_at is not None]
        own_resets += [resets_at for window, resets_at in others if window == reading.window]
        if is_valid(reading, now, own_resets):
            found[reading.window] = reading
    return found


def next_reset(window: str, readings: Iterable[Reading], now: int) -> int | None:
    """The next reset (ms) of a window, from the latest reading with a reset in the future."""
    ahead = [one for one in readings if one.window == window and one.resets_at is not None and one.resets_at > now]
    return max(ahead, key=lambda one: one.observed_at).resets_at if ahead else None


def window_name(window: str) -> str:
    """The window's name for people."""
    if window == FIVE_HOUR:
        return "Five hours"
    if window == SPEND:
        return "Spending"
    family = window.removeprefix(SEVEN_DAY).strip("_")
    return f"Week of {family.capitalize()}" if family else "Week"
