"""The service's limits: readings of how much is used, and the official five-hour windows they name.

A reading is a share of one window at one time, with the window's reset where the source tells it. It is void once its
window was reset, and one without a reset 15 minutes after it was taken, or as soon as a known reset of its window has
passed. The freshest valid one wins, whatever its source.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from exporter.domain.blocks.block import BLOCK_MS
from exporter.domain.calendar.timestamp import MINUTE

FIVE_HOUR, SEVEN_DAY = "five_hour", "seven_day"
SAME_RESET_MS = 10 * MINUTE
"""Resets so near to each other are one window's."""
FARTHEST_RESET_MS = BLOCK_MS + SAME_RESET_MS
"""A five-hour reset farther ahead than this is no five-hour window's."""
WITHOUT_RESET_MS = 15 * MINUTE
HIGHEST_PERCENT = 101.0
"""Above it lies a known bug of the client's, not a reading."""


class Reading(msgspec.Struct, frozen=True):
    """How much of a window was used. `utilization`: 0 to 1.01. Times in ms.

    `resets_at`: None where the source does not tell. `organization`: None where the source names none.
    """

    window: str
    source: str
    observed_at: int
    utilization: float
    resets_at: int | None = None
    organization: str | None = None


def replaces(told: Reading, known: Reading) -> bool:
    """Whether a reading of the same window and source stands instead of the one known before.

    A session that idles hands over an old share again; within one reset it does not fall.
    """
    if told.observed_at < known.observed_at:
        return False
    if told.resets_at is None or known.resets_at is None or told.utilization >= known.utilization:
        return True
    return abs(told.resets_at - known.resets_at) > SAME_RESET_MS


def is_valid(reading: Reading, now: int, known_resets: Iterable[int] = ()) -> bool:
    """Whether the reading still says something at `now`. `known_resets`: of its window, from whatever told them."""
    if reading.observed_at > now + MINUTE:
        return False
    if reading.resets_at is not None:
        return now < reading.resets_at
    if now - reading.observed_at >= WITHOUT_RESET_MS:
        return False
    return not any(reading.observed_at < reset <= now for reset in known_resets)


def freshest(readings: Iterable[Reading], now: int, told: Iterable[tuple[str, int]] = ()) -> dict[str, Reading]:
    """The freshest valid reading of each window. `told`: windows and resets (ms) that something else told."""
    known, others = list(readings), list(told)
    found: dict[str, Reading] = {}
    for reading in sorted(known, key=lambda one: (one.observed_at, one.source)):
        resets = [r.resets_at for r in known if r.window == reading.window and r.resets_at is not None]
        resets += [resets_at for window, resets_at in others if window == reading.window]
        if is_valid(reading, now, resets):
            found[reading.window] = reading
    return found


def reset_of(window: str, readings: Iterable[Reading], now: int) -> int | None:
    """The reset (ms) of a window that the freshest reading with one tells, if it is still ahead."""
    told = [one for one in readings if one.window == window and one.resets_at is not None and one.resets_at > now]
    return max(told, key=lambda one: one.observed_at).resets_at if told else None


def name_of(window: str) -> str:
    """A window's name for people."""
    if window == FIVE_HOUR:
        return "Five hours"
    family = window.removeprefix(SEVEN_DAY).strip("_")
    return f"Week of {family.capitalize()}" if family else "Week"
