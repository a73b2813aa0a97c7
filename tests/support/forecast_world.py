"""Made-up users under made-up limits, to measure forecasts: what the tracker could know, and what came.

Users of six kinds spend dollars a minute. A limit only cuts off what is spent after it: it changes nothing else. Its
size wobbles from window to window; in some windows a phone uses a part of it; readings are rounded to a percent, come
only while a session answers, and up to two minutes late. Seeded: the same again each time. Times in minutes.
"""

from __future__ import annotations

import math
import random
from array import array
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate

DAY, WINDOW = 1440, 300
KINDS = ("steady", "bursts", "mornings", "tails", "nights", "phone")


class Life:
    """What one user spends in each minute, from a Monday 0:00 on, in dollars."""

    def __init__(self, kind: str, seed: str, weeks: int) -> None:
        self.chance = random.Random(f"{kind} {seed}")
        self.minutes = array("d", bytes(8 * weeks * 7 * DAY))
        self.level = self.chance.lognormvariate(-2, 0.5)
        live: Callable[[int, float], None] = getattr(self, f"_{kind}")
        for day in range(weeks * 7):
            live(day, self.chance.lognormvariate(0, 0.35))

    def _work(self, start: float, length: float, pace: float, busy: float = 0.6, run: float = 6.0) -> None:
        """Runs of responses of about `run` minutes, with pauses so that the part `busy` is worked."""
        at, end, is_on = start, start + length, True
        idle = run * (1 - busy) / busy
        while at < end:
            lasts = max(1, int(self.chance.expovariate(1 / (run if is_on else idle))))
            if is_on:
                for minute in range(int(at), min(int(at + lasts), int(end), len(self.minutes))):
                    self.minutes[minute] += pace * self.chance.gammavariate(0.8, 1.25)
            at += lasts
            is_on = not is_on

    def _steady(self, day: int, mood: float) -> None:
        if day % 7 < 5 or self.chance.random() < 0.15:
            for hour, start_sd, length, length_sd in ((9, 25, 170, 30), (13, 25, 240, 50)):
                start = day * DAY + hour * 60 + self.chance.gauss(0, start_sd)
                minutes = length + self.chance.gauss(0, length_sd)
                if self.chance.random() < 0.88:
                    self._work(start, minutes, self.level * mood)

    def _bursts(self, day: int, mood: float) -> None:
        """Long sittings, in which now and then ten subagents run at once."""
        if day % 7 >= 5 and self.chance.random() >= 0.3:
            return
        for hour, likely in ((9, 0.8), (14, 0.8), (20, 0.35)):
            if self.chance.random() >= likely:
                continue
            start = day * DAY + hour * 60 + self.chance.gauss(0, 40)
            length = max(30.0, self.chance.gauss(170, 50))
            self._work(start, length, 0.5 * self.level * mood)
            at = start + self.chance.expovariate(1 / 80)
            while at < start + length:
                pace = 5 * self.level * self.chance.lognormvariate(0, 0.4)
                self._work(at, self.chance.uniform(8, 30), pace, 0.95, 10)
                at += 15 + self.chance.expovariate(1 / 80)

    def _mornings(self, day: int, mood: float) -> None:
        if day % 7 < 6 and self.chance.random() < 0.85:
            start = day * DAY + 7 * 60 + self.chance.gauss(0, 20)
            self._work(start, 240 + self.chance.gauss(0, 45), self.level * mood, 0.7)

    def _tails(self, day: int, mood: float) -> None:
        """Sittings and pauses of very different lengths, until midnight."""
        at = day * DAY + 10 * 60 + self.chance.expovariate(1 / 90)
        while at < (day + 1) * DAY:
            length = min(600.0, 12 * self.chance.paretovariate(1.1))
            self._work(at, length, self.level * self.chance.lognormvariate(0, 0.8), self.chance.uniform(0.4, 0.95))
            at += length + min(600.0, 15 * self.chance.paretovariate(0.8))

    def _nights(self, day: int, mood: float) -> None:
        """Batches at night, and some work by day."""
        if self.chance.random() < 0.6:
            length = self.chance.choice((60, 120, 200, 280)) + self.chance.gauss(0, 15)
            pace = 2 * self.level * self.chance.lognormvariate(0, 0.25)
            self._work(day * DAY + 60 + self.chance.gauss(0, 5), length, pace, 0.97, 20)
        if day % 7 < 5 and self.chance.random() < 0.8:
            start = day * DAY + 10 * 60 + self.chance.gauss(0, 40)
            self._work(start, self.chance.uniform(30, 300), 0.6 * self.level * mood, 0.4)

    def _phone(self, day: int, mood: float) -> None:
        """Part-time, evenings and weekends; the phone is used in every window."""
        if self.chance.random() >= (0.35, 0.6, 0.35, 0.6, 0.3, 0.7, 0.7)[day % 7]:
            return
        hour = 19 if day % 7 < 5 else 11
        start = day * DAY + hour * 60 + self.chance.gauss(0, 50)
        self._work(start, max(20.0, self.chance.gauss(140, 60)), 1.3 * self.level * mood, 0.55)
        if day % 7 > 4 and self.chance.random() < 0.5:
            again = start + 240 + self.chance.gauss(0, 60)
            self._work(again, max(20.0, self.chance.gauss(100, 50)), self.level * mood, 0.55)


@dataclass(frozen=True)
class Read:
    """A reading: when it was known, when the service gave it, and the share, rounded."""

    known_at: int
    at: int
    share: float


@dataclass(frozen=True)
class SeenWindow:
    """A window `[start, end)`: its readings, when its limit was reached, its true size and shares by the minute.

    `phone`: the share that the phone used of it in all.
    """

    start: int
    end: int
    size: float
    phone: float
    shares: tuple[float, ...]
    hit: int | None
    readings: tuple[Read, ...]

    @property
    def known_until(self) -> int:
        return self.end if self.hit is None else self.hit


@dataclass
class World:
    """One user under one limit. `quota`: the part of the windows that would run out without any phone."""

    kind: str
    quota: float
    seed: str
    weeks: int = 10
    wobble: float = 0.04
    is_raised: bool = False
    windows: list[SeenWindow] = field(default_factory=list)
    seen: array[float] = field(default_factory=lambda: array("d"))
    raised_from: int = 1 << 40
    """The number of the window from which on the limit is 40 % larger."""

    def __post_init__(self) -> None:
        demand = Life(self.kind, self.seed, self.weeks).minutes
        chance = random.Random(f"limit {self.kind} {self.seed} {self.quota}")
        spans = window_spans(demand)
        sums = [0.0, *accumulate(demand)]
        totals = sorted(sums[end] - sums[start] for start, end in spans)
        whole = totals[min(len(totals) - 1, int(len(totals) * (1 - self.quota)))] * 1.02 + 1e-9
        is_always = self.kind == "phone"
        whole *= 1 + 0.05 * (1 if is_always else 1 / 3) * 1.5
        if self.is_raised:
            self.raised_from = chance.randrange(len(spans) // 2, len(spans))
        phones = [chance.uniform(0, 0.15) if is_always or chance.random() < 1 / 3 else 0.0 for _ in spans]
        self.seen = array("d", demand)
        for number, (start, end) in enumerate(spans):
            size = whole * (1.4 if number >= self.raised_from else 1) * chance.lognormvariate(0, self.wobble)
            self.windows.append(self._window(start, end, size, phones[number], demand, chance))

    def _window(
        self, start: int, end: int, size: float, phone: float, demand: array[float], chance: random.Random
    ) -> SeenWindow:
        elsewhere = [0.0] * WINDOW
        if phone:
            for _ in range(chance.randint(1, 3)):  # sittings of twenty minutes
                first = chance.randrange(WINDOW - 20)
                for minute in range(first, first + 20):
                    elsewhere[minute] += 1
            parts = sum(elsewhere)
            elsewhere = [phone * part / parts for part in elsewhere]
        own = (demand[start + minute] / size + elsewhere[minute] for minute in range(WINDOW))
        shares = tuple(accumulate(own))
        hit = next((start + minute for minute, share in enumerate(shares) if share >= 1), None)
        if hit is not None:
            self.seen[hit + 1 : end] = array("d", bytes(8 * (end - hit - 1)))
        readings = tuple(self._readings(start, end if hit is None else hit, shares, chance))
        return SeenWindow(start, end, size, phone, shares, hit, readings)

    def _readings(self, start: int, end: int, shares: tuple[float, ...], chance: random.Random) -> list[Read]:
        """From 3 to 120 minutes apart on average, while there was a response in the last minutes."""
        gap, found, at = math.exp(chance.uniform(math.log(3), math.log(120))), [], start + 1.0
        while at < end:
            minute = int(at)
            if any(self.seen[max(start, minute - 3) : minute + 1]):
                found.append(Read(minute + chance.randint(0, 2), minute, round(shares[minute - start], 2)))
                at += max(1.0, chance.expovariate(1 / gap))
            else:
                at += 1
        return found


def window_spans(demand: array[float]) -> list[tuple[int, int]]:
    """The windows `[start, end)`: each begins with the first use after the one before. Without a cut last one."""
    used = [minute for minute, spent in enumerate(demand) if spent > 0]
    found, at = [], 0
    while (number := bisect_right(used, at - 1)) < len(used):
        at = used[number] + WINDOW
        found.append((used[number], at))
    return [span for span in found if span[1] <= len(demand)]
