"""Readings of how much of a limit is used.

A reading is the used share of one window at one time, with the window's reset if the source reports it. A reading
expires when its window resets; without a reset, 15 minutes after it was taken, or as soon as a known reset of its
window has passed. What the service said last wins, whatever its source, share or reset.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from exporter.domain.accounts import UNKNOWN_ACCOUNT, Origin
from exporter.domain.calendar.timestamp import MINUTE

FIVE_HOUR, SEVEN_DAY, SPEND = "five_hour", "seven_day", "spend"
SAME_RESET_MS = 10 * MINUTE
"""Resets this close together belong to one window."""
WITHOUT_RESET_MS = 15 * MINUTE
NEW_WINDOW_MS = 5 * MINUTE
"""So long after a reset the service may still give the old share."""
WITHOUT_RESETS = frozenset(("desktop",))
"""Sources that never report a reset."""
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

    `answer`: names this reading as an API answer brought it, alone: the same text in each repeat, whatever other
    windows come or go, also in the session after a `/clear`; None if `observed_at` is the service's own time.
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


class SourcedReading(msgspec.Struct, frozen=True):
    """A reading of a known account, and who reported it: a session's hash, else the source."""

    reading: Reading
    voice: str


def last_word(readings: Iterable[Reading]) -> Reading | None:
    """Of readings of one window, the one that the service gave last; None without any."""
    return max(readings, key=_order, default=None)


def _order(reading: Reading) -> tuple[int, str]:
    return reading.observed_at, reading.source


def waits_for_second_answer(before: Reading, new: Reading, length_ms: int) -> bool:
    """Whether a reading repeats the old share in the first minutes of a new window, as the service sometimes does.

    It is believed when a second answer comes. `before`: the last one; `length_ms`: of the window.
    """
    if before.resets_at is None or new.resets_at is None or abs(before.resets_at - new.resets_at) <= SAME_RESET_MS:
        return False
    age = new.observed_at - (new.resets_at - length_ms)
    return 0 < new.utilization == before.utilization and -MINUTE <= age < NEW_WINDOW_MS


def has_not_started(reading: Reading) -> bool:
    """Whether the window has not started: nothing is used, and there is no reset, though the source knows resets."""
    return reading.resets_at is None and reading.utilization == 0 and reading.source not in WITHOUT_RESETS


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
    """By window, the valid reading that the service gave last. All of one account.

    `resets`: windows and resets (ms) known from other sources.
    """
    by_window: dict[str, list[Reading]] = {}
    for reading in readings:
        by_window.setdefault(reading.window, []).append(reading)
    others = list(resets)
    found = {}
    for window, own in by_window.items():
        known = [one.resets_at for one in own if one.resets_at is not None]
        known += [resets_at for name, resets_at in others if name == window]
        shown = _shown(own, now, known)
        if shown is not None:
            found[window] = shown
    return found


def _shown(readings: Sequence[Reading], now: int, known_resets: Sequence[int]) -> Reading | None:
    """The reading of one window that is shown.

    One with a reset holds until then; a later one without, which is more recent, as long as it is valid.
    """
    exact = last_word(one for one in readings if one.source not in WITHOUT_RESETS or one.resets_at is not None)
    later = [one for one in readings if one.resets_at is None and (exact is None or _order(one) > _order(exact))]
    loose = last_word(one for one in later if is_valid(one, now, known_resets))
    if loose is not None:
        return loose
    if exact is None or has_not_started(exact):
        return None
    return exact if is_valid(exact, now, known_resets) else None


def next_reset(window: str, readings: Iterable[Reading], now: int) -> int | None:
    """The next reset (ms) of a window, as the service said it last; None if it is not ahead. All of one account."""
    exact = last_word(one for one in readings if one.window == window and one.source not in WITHOUT_RESETS)
    return exact.resets_at if exact is not None and exact.resets_at is not None and exact.resets_at > now else None


def window_name(window: str) -> str:
    """The window's name for people."""
    if window == FIVE_HOUR:
        return "5 hours"
    if window == SPEND:
        return "Spending"
    words = window.removeprefix(SEVEN_DAY).replace("_", " ").strip().capitalize()
    if not window.startswith(SEVEN_DAY):
        return words
    return f"{words} week" if words else "Week"
