"""Runs the forecast through made-up lives, as the tracker would, and counts how true it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.forecast.chance import outlook
from exporter.domain.forecast.rhythm import Rhythm, learn
from exporter.domain.forecast.room import Spent, room_of
from exporter.domain.forecast.uses import Uses, uses_of
from exporter.domain.forecast.verdict import FIVE_HOURS, NOTHING_SAID, Bars, judge
from exporter.domain.forecast.window import is_too_early
from exporter.domain.limits.calibration import Calibration, Observation, calibrate
from support.forecast_world import Read, SeenWindow, World

NANO = 1_000_000_000
STEP = 4
"""Minutes between two looks; the tracker looks oftener."""


@dataclass
class Said:
    """What was said in one window. Times in minutes."""

    ran_out: int | None
    warned_at: list[int] = field(default_factory=list)
    withdrawn_at: list[int] = field(default_factory=list)
    standing: dict[int, bool] = field(default_factory=dict)
    """By the minutes before the limit was reached: whether a warning stood."""
    chances: list[float] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    last_share: float = 0.0


LEADS = (2, 5, 10, 15)


def run(world: World, *, step: int = STEP, old_hit: bool = False, bars: Bars = FIVE_HOURS) -> Iterator[Said]:
    """Each window in order. `old_hit`: a misleading limit, at a tenth of the size, was reported before the first."""
    uses = uses_of((minute * MINUTE, round(spent * NANO)) for minute, spent in enumerate(world.seen) if spent > 0)
    observed: list[Observation] = []
    if old_hit:
        observed.append(Observation(1.0, round(world.windows[0].size * NANO / 10), is_hit=True))
    past: list[tuple[int, int]] = []
    for window in world.windows:
        rhythm = learn(uses, past, window.start * MINUTE)
        yield _said(window, uses, rhythm, calibrate(observed), step, bars)
        past.append((window.start * MINUTE, window.known_until * MINUTE))
        observed += last_observation(window, uses)


def last_observation(window: SeenWindow, uses: Uses) -> list[Observation]:
    """The last that is known of a window: when its limit was reached, else its last reading."""
    start = window.start * MINUTE
    if window.hit is not None:
        return [Observation(1.0, uses.between(start, window.hit * MINUTE + 1), is_hit=True)]
    last = [one for one in window.readings[-1:] if one.share]
    return [Observation(one.share, uses.between(start, one.at * MINUTE + 1)) for one in last]


def _said(window: SeenWindow, uses: Uses, rhythm: Rhythm, history: Calibration | None, step: int, bars: Bars) -> Said:
    said, memory, start, end = Said(window.hit), NOTHING_SAID, window.start * MINUTE, window.end * MINUTE
    for minute in range(window.start + step, window.end - 1, step):
        if window.hit is not None and minute >= window.hit:
            break
        now = minute * MINUTE
        room = room_of(_spent(window, uses, minute), history)
        if room is None:
            continue
        found = outlook(uses, start, end, now, room.left, room.error, rhythm)
        before = memory
        is_early = is_too_early(room, now - start)
        state, memory = judge(found.chance, found.work_left, memory, bars, is_early=is_early)
        if memory.is_warned and not before.is_warned:
            said.warned_at.append(minute)
        if before.is_warned and not memory.is_warned:
            said.withdrawn_at.append(minute)
        said.chances.append(found.chance)
        said.states.append(state)
        said.last_share = 1.0 if window.hit is not None else room.share
        if window.hit is not None:
            said.standing |= {lead: memory.is_warned for lead in LEADS if minute <= window.hit - lead}
    return said


def _spent(window: SeenWindow, uses: Uses, minute: int) -> Spent:
    known: Read | None = None
    for one in window.readings:
        if one.known_at <= minute:
            known = one
    start = window.start * MINUTE
    total = uses.between(start, minute * MINUTE + 1)
    if known is None:
        return Spent(total)
    return Spent(total, known.share, uses.between(start, known.at * MINUTE + 1))


@dataclass(frozen=True)
class Score:
    """How true the warnings were, as parts of 1; `found`: of the windows that ran out, by minutes before."""

    windows: int
    ran_out: int
    warnings: int
    true: float
    ended_almost_full: float
    found: dict[int, float]
    false_of_standing: float
    median_lead: float
    withdrawn_per_window: float
    calibration: list[tuple[float, float, int]]
    """By tenths of the chance: what was said on average, how often it came, and how many looks."""


def score(all_said: Iterable[Said]) -> Score:
    """The figures of FORECAST's table."""
    said = list(all_said)
    full = [one for one in said if one.ran_out is not None]
    fired = [(one, len(one.warned_at)) for one in said]
    warnings = sum(count for _, count in fired)
    standing = [(one, len(one.warned_at) - len(one.withdrawn_at)) for one in said]
    leads = [one.ran_out - one.warned_at[0] for one in full if one.ran_out is not None and one.warned_at]
    return Score(
        len(said),
        len(full),
        warnings,
        _part(sum(count for one, count in fired if one.ran_out is not None), warnings),
        _part(sum(count for one, count in fired if one.last_share >= 0.9), warnings),
        {lead: _part(sum(one.standing.get(lead, False) for one in full), len(full)) for lead in LEADS},
        _part(sum(count for one, count in standing if one.ran_out is None), sum(count for _, count in standing)),
        median(leads) if leads else 0.0,
        sum(len(one.withdrawn_at) for one in said) / max(1, len(said)),
        _calibration(said),
    )


def _calibration(said: Sequence[Said]) -> list[tuple[float, float, int]]:
    tenths: list[list[tuple[float, bool]]] = [[] for _ in range(10)]
    for one in said:
        for chance in one.chances:
            tenths[min(9, int(chance * 10))].append((chance, one.ran_out is not None))
    return [
        (sum(chance for chance, _ in part) / len(part), sum(came for _, came in part) / len(part), len(part))
        for part in tenths
        if part
    ]


def _part(count: float, total: float) -> float:
    return count / total if total else 0.0
