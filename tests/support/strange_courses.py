"""Seeded courses of what a tracker may meet, and should not be led astray by. Several days, ending at noon."""

from __future__ import annotations

from pathlib import Path
from random import Random

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, SECOND, to_iso
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Credits, Reading
from support.machine import Machine
from support.snapshots import NOON
from support.transcripts import HAIKU, OPUS, assistant, usage

STEPS = 8
"""How often the last window is looked at."""
UNPRICED = "claude-unknown-9"
SHARES = (0.0, 0.001, 0.01, 0.05, 0.3, 0.5, 0.8, 0.95, 0.99, 0.994, 0.997, 1.0, 1.01)
WINDOWS = ("five_hour", "seven_day", "seven_day_opus", "seven_day_haiku", "seven_day_strange", "spend")


class Course:
    """What happens to one or two accounts. `folder`: for a machine of its own."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = Random(f"course {seed}")
        self._number = 0
        self.machine = Machine(folder, "one", "two", now=NOON - 20 * DAY)
        self._logins()
        for day in range(self.chance.choice([0, 1, 3, 14]), 0, -1):
            if self.chance.random() < 0.7:
                self._past(NOON - day * DAY - self.chance.randrange(3, 9) * HOUR)
        if self.chance.random() < 0.2:  # a month without anything
            self._past(NOON - 40 * DAY)
        self.start = NOON - self.chance.randrange(0, 300) * MINUTE
        self.reset = self.start + 5 * HOUR + self.chance.randrange(-90, 90) * SECOND
        self.full = self.chance.choice([0.3, 1.0, 1.5, 3.0])
        self.week = NOON + self.chance.randrange(1, 7 * 24 * 60) * MINUTE

    def _logins(self) -> None:
        self.accounts = [1]
        if self.chance.random() < 0.6:
            self.machine.login("one", "me")
        if self.chance.random() < 0.4:
            self.machine.login("two", "you", "other")
        self.machine.read()
        found = self.machine.tracker.connection.execute("SELECT id FROM tracker_accounts ORDER BY 1").fetchall()
        self.accounts = [row[0] for row in found] or [1]

    def respond(self, start: int, count: int, every: int) -> None:
        """Responses of one session, some without a price or without any token."""
        self._number += 1
        name, folder = f"s{self._number}", self.chance.choice(["one", "one", "two"])
        model = self.chance.choice([OPUS, OPUS, OPUS, HAIKU, UNPRICED])
        out = self.chance.choice([20, 20, 2_000, 0])
        lines = [
            assistant(
                f"m{name}-{at}", request=f"r{name}-{at}", uuid=f"u{name}-{at}", session=name, at=to_iso(at),
                used=usage(0 if out == 0 else 10, out), model=model,
            )
            for at in range(start, start + count * every, every)
        ]  # fmt: skip
        self.machine.append(folder, name, *lines)

    def say(self, window: str, share: float, at: int, resets_at: int | None) -> None:
        """A reading, by one of several sources, with resets that differ by seconds."""
        source = "desktop" if resets_at is None else self.chance.choice(["statusline", "account", "asked"])
        reset = None if resets_at is None else resets_at + self.chance.choice([0, 0, -2_000, 59_000, -70_000])
        account = self.chance.choice(self.accounts)
        reading = Reading(window, source, at, share, reset, account, binds=self.chance.random() < 0.95)
        self.machine.tracker.store.take_readings([reading], self.machine.now)

    def reach(self, window: str, at: int, resets_at: int | None) -> None:
        """A limit that is said to be reached."""
        account = self.chance.choice(self.accounts)
        hit = Hit(window, at, resets_at, account=account, is_overage=self.chance.random() < 0.2)
        self.machine.tracker.store.take_hits([hit], self.machine.now)

    def _past(self, start: int) -> None:
        self.machine.now = max(self.machine.now, start)
        if self.chance.random() < 0.9:
            self.respond(start, self.chance.randrange(1, 60), self.chance.choice([SECOND, MINUTE, 4 * MINUTE]))
        self.machine.now = max(self.machine.now, start + 4 * HOUR + 30 * MINUTE)
        self.machine.read()
        for window in self.chance.sample(WINDOWS[:3], 2):
            length = 5 * HOUR if window == "five_hour" else 7 * DAY
            self.say(
                window,
                self.chance.choice([0.05, 0.3, 0.6, 1.0, self.chance.random()]),
                start + 4 * HOUR,
                start + length,
            )
        if self.chance.random() < 0.04:
            self.reach("five_hour", start + 4 * HOUR, start + 5 * HOUR)

    def step(self, now: int) -> None:
        """Some of what may come until then."""
        chance, before = self.chance, self.machine.now
        self.machine.now = now
        if chance.random() < 0.6:
            count = chance.choice([1, 5, 40])
            every = max(1, min(MINUTE, abs(now - before) // count))
            self.respond(now - count * every + 1, count, every)
        self.machine.read()
        if chance.random() < 0.8:
            at = now - chance.choice([0, 0, 3 * SECOND, 20 * MINUTE, 2 * HOUR, -30 * SECOND])
            reset = chance.choice(
                [self.reset, self.reset, self.reset, None, self.reset - 5 * HOUR, self.reset + 2 * HOUR]
            )
            self.say("five_hour", self._share(now), at, reset)
        if chance.random() < 0.5:
            window = chance.choice(WINDOWS[1:])
            self.say(window, chance.choice([0.2, 0.4, 0.6, 0.7, chance.choice(SHARES)]), now, self.week)
        if chance.random() < 0.04:
            self.reach(chance.choice(WINDOWS[:4]), now, chance.choice([self.reset, self.week, None]))
        if chance.random() < 0.1:
            self.machine.tracker.store.take_extras([Credits(now, "USD", 3.2, chance.choice([None, 50.0]))], (), now)
        self.machine.tracker.store.calibrate(now)
        self.machine.tracker.store.finish_blocks(now)

    def _share(self, now: int) -> float:
        """Mostly what grows with time."""
        grown = min(1.0, max(0.0, (now - self.start) / (5 * HOUR) * self.full))
        return round(grown, 2) if self.chance.random() < 0.8 else self.chance.choice(SHARES)

    def times(self) -> list[int]:
        """When the course is looked at; sometimes the clock was set back."""
        span = max(NOON - self.start, MINUTE)
        found = [*sorted(self.start + self.chance.randrange(span) for _ in range(STEPS)), NOON]
        if self.chance.random() < 0.2:
            found.append(NOON - self.chance.choice([MINUTE, HOUR, 3 * DAY]))
        if self.chance.random() < 0.3:
            found += [self.reset - 1, self.reset, self.reset + MINUTE]
        return found
