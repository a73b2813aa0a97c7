"""Seeded states of one or two accounts, as transcripts, readings and limits that were reached leave them."""

from __future__ import annotations

from pathlib import Path
from random import Random

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, to_iso
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Credits, Reading
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import HAIKU, OPUS, assistant, usage, write

FULL = 120
"""Responses in a full window of five hours."""


class State:
    """A database at noon. `folder`: for it and its transcripts."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._chance = Random(f"state {seed}")
        self._number = 0
        (folder / "projects").mkdir(parents=True)
        self.database = folder / "tracker.db"
        with Tracker(self.database, folder / "projects", now=NOON) as tracker:
            self._tracker = tracker
            if self._chance.random() < 0.85:
                self._past()
            if self._chance.random() < 0.85:
                self._now()
            self._week()
            tracker.store.finish_blocks(NOON)

    def _respond(self, start: int, count: int, every: int) -> None:
        self._number += 1
        name = f"s{self._number}"
        lines = [
            assistant(
                f"m{name}-{at}", request=f"r{name}-{at}", uuid=f"u{name}-{at}", session=name, at=to_iso(at),
                used=usage(10, 20), model=HAIKU if self._chance.random() < 0.1 else OPUS,
            )
            for at in range(start, start + count * every, every)
            if at <= NOON
        ]  # fmt: skip
        write(self._tracker.roots[0] / "p" / f"{name}.jsonl", lines)
        self._tracker.scan()

    def _say(self, window: str, share: float, at: int, resets_at: int | None, *, binds: bool = True) -> None:
        source = "desktop" if resets_at is None else self._chance.choice(["statusline", "account"])
        wobble = None if resets_at is None else resets_at + self._chance.randrange(-3_000, 3_000)
        self._tracker.store.take_readings([Reading(window, source, at, round(share, 2), wobble, binds=binds)], at)

    def _past(self) -> None:
        """A window a day, with a reading at its end; now and then a misleading limit."""
        for day in range(self._chance.randrange(1, 15), 0, -1):
            start = NOON - day * DAY - 3 * HOUR
            count = self._chance.randrange(5, 70)
            self._respond(start, count, 2 * MINUTE)
            end = start + (2 * count - 2) * MINUTE
            self._say("five_hour", count / FULL * self._chance.uniform(0.9, 1.2), end, start + 5 * HOUR)
            if self._chance.random() < 0.05:
                self._tracker.store.take_hits([Hit("five_hour", end + 1, start + 5 * HOUR)], end + 1)

    def _now(self) -> None:
        """The running window: some work, readings that may be old, a raise, the limit, credits."""
        start = NOON - self._chance.randrange(5, 280) * MINUTE
        reset = start + 5 * HOUR
        count = self._chance.randrange(1, FULL)
        every = max(SECOND_AT_LEAST, min(3 * MINUTE, (NOON - start) // count))
        self._respond(start, count, every)
        last = min(NOON, start + (count - 1) * every)
        if self._chance.random() < 0.8:
            at = self._chance.randrange(start, last + 1)
            share = min(1.0, (at - start) / every / FULL)
            self._say("five_hour", share, at, reset if self._chance.random() < 0.9 else None)
            if self._chance.random() < 0.15 and share > 0.3:
                self._say("five_hour", share / 2, min(NOON, at + MINUTE), reset)
        if self._chance.random() < 0.2:
            hit = Hit("five_hour", last, reset if self._chance.random() < 0.8 else None)
            self._tracker.store.take_hits([hit], last)
            if self._chance.random() < 0.5:
                self._tracker.store.take_extras([Credits(last, "USD", 3.2, 50.0)], (), last)
                self._respond(min(NOON, last + 2 * MINUTE), 3, 10_000)

    def _week(self) -> None:
        """Readings of the week, of a family's week, and of what has no known size."""
        reset = NOON + self._chance.randrange(1, 7 * 24 * 60) * MINUTE
        for window in ("seven_day", "seven_day_opus", "monthly_grant"):
            if self._chance.random() < 0.6:
                share = self._chance.choice([0.0, 0.1, 0.5, 0.83, 0.97, 1.0])
                at = NOON - self._chance.randrange(0, 120) * MINUTE
                self._say(window, share, at, reset, binds=self._chance.random() < 0.9)


SECOND_AT_LEAST = 1_000
