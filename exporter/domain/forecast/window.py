"""What is said of one window, of all windows of an account, and which of them binds: the one verdict of every face."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from exporter.domain.calendar.timestamp import HOUR, MINUTE
from exporter.domain.forecast.chance import outlook
from exporter.domain.forecast.rhythm import Rhythm
from exporter.domain.forecast.room import Room
from exporter.domain.forecast.uses import Paces
from exporter.domain.forecast.verdict import FIVE_HOURS, WEEK, Memory, State, judge
from exporter.domain.limits.steady import HourlySpending, chance_to_reach, is_known

YOUNG_MS, YOUNG_SHARE = 10 * MINUTE, 0.5
"""Before, and below, it is too early to say whether a window of five hours lasts."""
UNCERTAIN = 0.25
"""With a larger error of the size nothing is said."""
MOST_PROJECTED = 0.99
"""What lasts is never said to be full."""
STEP_MINUTES = 5
STEP_MS, WEEK_STEP_MS = STEP_MINUTES * MINUTE, HOUR
"""A time is said to so much: it is not known better."""
_ORDER: Mapping[State, int] = {"reached": 0, "beyond": 1, "runs_out": 2, "too_early": 3, "lasts": 3, "not_known": 4}


class Forecast(msgspec.Struct, frozen=True):
    """What is said of a window.

    `runs_out_at`: about when (ms), only of one that runs out. `work_left`: in a pause, about how many more minutes of
    work until then, and `runs_out_at` is as if work went on now. `projected`: the used share at its reset, of one that
    lasts or runs out. `chance`: that its limit is reached before the reset, 0 to 1. None where it is not known.
    """

    state: State
    chance: float | None = None
    runs_out_at: int | None = None
    work_left: int | None = None
    projected: float | None = None


NOT_KNOWN = Forecast("not_known")
TOO_EARLY = Forecast("too_early")
REACHED, BEYOND = Forecast("reached"), Forecast("beyond")


class Running(msgspec.Struct, frozen=True):
    """A window that runs, `[start, resets_at)` in ms, at `now`. `before`: what was said of it."""

    start: int
    resets_at: int
    now: int
    room: Room
    before: Memory


def is_too_early(room: Room, age: int) -> bool:
    """In the first ten minutes below half of it, or while the size is not known well enough. `age`: ms."""
    return (age <= YOUNG_MS and room.share < YOUNG_SHARE) or room.size.error > UNCERTAIN


def forecast_five_hours(window: Running, uses: Paces, rhythm: Rhythm) -> tuple[Forecast, Memory]:
    """What is said of a window of five hours. `uses`: of its account, at least since its start."""
    now, room = window.now, window.room
    seen = outlook(uses, window.start, window.resets_at, now, room.left, room.error, rhythm)
    is_early = is_too_early(room, now - window.start)
    state, memory = judge(seen.chance, seen.work_left, window.before, FIVE_HOURS, is_early=is_early)
    said = _said(state, window, seen.chance, seen.expected, now + seen.lasts_minutes * MINUTE, STEP_MS)
    if state == "runs_out" and not seen.is_working:
        remaining = (window.resets_at - now) / MINUTE
        said = msgspec.structs.replace(said, work_left=_work_left(seen.lasts_minutes, remaining))
    return said, memory


def _work_left(minutes: float, remaining: float) -> int | None:
    """In steps of five minutes, and not beyond the reset: None if that is less than one step ahead."""
    steps = max(1, round(min(minutes, remaining) / STEP_MINUTES))
    return STEP_MINUTES * min(steps, int(remaining // STEP_MINUTES)) or None


def forecast_week(window: Running, hourly: HourlySpending | None) -> tuple[Forecast, Memory]:
    """What is said of a week. `hourly`: of the use that counts towards it."""
    now, room = window.now, window.room
    elapsed = (now - window.start) / (window.resets_at - window.start)
    if hourly is None:
        return TOO_EARLY, window.before
    hours = (window.resets_at - now) / HOUR
    chance = chance_to_reach(room.left, hours, hourly, room.error)
    is_early = not is_known(hourly, elapsed) or room.size.error > UNCERTAIN
    state, memory = judge(chance, float("inf"), window.before, WEEK, is_early=is_early)
    at = now + room.left / hourly.mean * HOUR if hourly.mean else window.resets_at
    return _said(state, window, chance, hourly.mean * hours, at, WEEK_STEP_MS), memory


def _said(state: State, window: Running, chance: float, expected: float, at: float, step: int) -> Forecast:
    """`expected`: nano-dollars until the reset; `at`: when it runs out (ms), said in steps of `step`."""
    if state not in ("lasts", "runs_out"):
        return Forecast(state, chance)
    projected = window.room.share + expected / window.room.size.value
    if state == "lasts":
        return Forecast(state, chance, projected=max(window.room.official, min(projected, MOST_PROJECTED)))
    rounded = -(-round(min(at, window.resets_at)) // step) * step
    return Forecast(state, chance, min(rounded, window.resets_at), projected=max(1.0, projected))


def binding(said: Mapping[str, Forecast], resets: Mapping[str, int | None]) -> str | None:
    """The window that binds: a reached one, else of those that run out the earliest, else the likeliest to run out.

    Of several reached ones the one that is free again last. `resets`: ms. None without any that is known.
    """
    known = [window for window, one in said.items() if one.state != "not_known"]
    return min(known, key=lambda window: _rank(said[window], resets.get(window), window), default=None)


def _rank(said: Forecast, resets_at: int | None, window: str) -> tuple[float, float, float, str]:
    first: float = 0.0
    if said.state in ("reached", "beyond"):
        first = -float(resets_at) if resets_at is not None else float("-inf")
    elif said.state == "runs_out":
        first = float(said.runs_out_at or 0)
    return float(_ORDER[said.state]), first, -(said.chance or 0.0), window
