"""Sessions of several accounts against a service that is the truth: shown is what it said last, to whomever it said it.

Sessions answer, idle, restart and hand over in any order; folders log in and out; resets move, and limits are raised.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, SECOND
from exporter.store.limits import raises
from support.machine import Machine, label
from support.sampling import sample_or_all

Windows = dict[str, tuple[float, int | None]]
LENGTHS = {"five_hour": 5 * HOUR, "seven_day": 7 * DAY}
STEPS = 60


@dataclass
class Service:
    """The truth of one account: percent and reset of each window."""

    chance: Random
    windows: dict[str, tuple[int, int]] = field(default_factory=dict)

    def answer(self, now: int) -> Windows:
        """What an answer says, which uses some of each window."""
        for name, length in LENGTHS.items():
            percent, reset = self.windows.get(name, (0, 0))
            if now >= reset:  # a new window; the old share does not come with it here
                percent, reset = -1, now + self.chance.randint(length // 2 // SECOND, length // SECOND) * SECOND
            self.windows[name] = (min(100, percent + self.chance.randint(1, 4)), reset)
        return {name: (float(percent), reset) for name, (percent, reset) in self.windows.items()}

    def lower(self) -> None:
        """An early reset or a grant: a share falls, the reset stays."""
        name = self.chance.choice(sorted(self.windows))
        percent, reset = self.windows[name]
        self.windows[name] = (self.chance.randint(0, max(0, percent - 8)), reset)

    def move(self, now: int) -> None:
        """A reset moves, by more than it wobbles; none is farther away than its window is long."""
        name = self.chance.choice(sorted(self.windows))
        percent, reset = self.windows[name]
        moved = reset + self.chance.choice((-1, 1)) * self.chance.randint(11, 90) * MINUTE
        self.windows[name] = (percent, max(now + SECOND, min(moved, now + LENGTHS[name])))


@dataclass
class Session:
    folder: str
    answers: int = 0
    last: Windows | None = None
    """What it shows: of its last answer since it was started."""


class World:
    """One machine, and what is to be shown on it by account."""

    def __init__(self, root: Path, seed: int) -> None:
        self.chance = Random(seed)
        folders = ["one", "two"][: self.chance.randint(1, 2)]
        self.machine = Machine(root, *folders)
        self.names = ["ada", "bob", "cyd"][: self.chance.randint(1, 3)]
        self.services = {name: Service(self.chance) for name in self.names}
        self.sessions = {
            f"s{number}": Session(self.chance.choice(folders)) for number in range(self.chance.randint(1, 4))
        }
        self.logins: dict[str, str | None] = dict.fromkeys(folders)
        self.said: dict[str, Windows] = {}
        self.raised = 0
        for folder in folders:
            self.log_in(folder)

    def log_in(self, folder: str) -> None:
        self.logins[folder] = self.chance.choice([*self.names, None] if self.logins[folder] else self.names)
        self.machine.login(folder, self.logins[folder])

    def answer(self, name: str) -> None:
        """An answer, after which the status line is drawn. Without an account nobody speaks of limits."""
        session = self.sessions[name]
        session.answers += 1
        account = self.logins[session.folder]
        session.last = None if account is None else self.services[account].answer(self.machine.now)
        if account is not None and session.last is not None:
            self._note(account, session.last)
        self.draw(name)

    def _note(self, account: str, windows: Windows) -> None:
        before = self.said.get(account, {})
        for window, (percent, reset) in windows.items():
            old, old_reset = before.get(window, (0, None))
            self.raised += reset == old_reset and old - percent >= 2
        self.said[account] = windows

    def draw(self, name: str) -> None:
        """The status line is drawn: an idle session shows what it knows."""
        session = self.sessions[name]
        self.machine.show(name, session.last or {}, folder=session.folder, answers=session.answers)

    def step(self) -> None:
        """Something happens, and is read."""
        now = self.machine.now = self.machine.now + self.chance.choice((1, 30, 240, 3_600)) * SECOND
        name = self.chance.choice(sorted(self.sessions))
        what = self.chance.random()
        if what < 0.45:
            self.answer(name)
        elif what < 0.70:
            self.draw(name)
        elif what < 0.75:
            self.sessions[name].last = None  # started again
            self.draw(name)
        elif what < 0.85:
            self.log_in(self.sessions[name].folder)
        elif what < 0.95:
            service = self.services[self.chance.choice(self.names)]
            if service.windows and all(reset > now for _, reset in service.windows.values()):
                service.lower() if self.chance.random() < 0.5 else service.move(now)
        else:
            self.machine.restart()
        self.machine.read()

    def expected(self) -> dict[str, Windows]:
        """What the service said last of each account, while its windows run."""
        found: dict[str, Windows] = {
            label(name, "org"): {
                window: (percent, reset)
                for window, (percent, reset) in windows.items()
                if reset is not None and reset > self.machine.now
            }
            for name, windows in self.said.items()
        }
        return {account: windows for account, windows in found.items() if windows}


@pytest.mark.parametrize("seed", range(sample_or_all(12, 400)))
def test_what_the_service_said_last_is_shown(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path, seed)
    with world.machine as machine:
        for step in range(STEPS):
            world.step()
            shown = {account: windows for account, windows in machine.shown().items() if windows}
            assert world.expected() == shown, f"step {step}"
        assert world.raised == len(raises.between(machine.tracker.connection, 0, 1 << 60))
