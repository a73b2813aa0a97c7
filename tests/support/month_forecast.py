"""What the tracker would say of the made-up user's windows, by the forecast itself. Times are seconds."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from exporter.domain.calendar.timestamp import SECOND
from exporter.domain.forecast.rhythm import NO_RHYTHM, Rhythm, learn
from exporter.domain.forecast.room import Spent, room_of
from exporter.domain.forecast.uses import uses_of
from exporter.domain.forecast.verdict import NOTHING_SAID, Memory
from exporter.domain.forecast.window import TOO_EARLY, Forecast, Running, forecast_five_hours, forecast_week
from exporter.domain.limits.calibration import Calibration, Observation, calibrate
from exporter.domain.limits.steady import HourlySpending, hourly_spending, spent_by_hour

NANO = 1_000_000_000


@dataclass
class Known:
    """What is known of one window: of those that are over, and of the running one."""

    is_week: bool
    start: int = 0
    reset: int = 0
    reading: tuple[float, int] | None = None
    """The last share, and when."""
    ended: list[Observation] = field(default_factory=list)
    size: Calibration | None = None
    memory: Memory = NOTHING_SAID


@dataclass
class Forecaster:
    """Follows what is spent, and looks at each window when it is asked."""

    five: Known = field(default_factory=lambda: Known(is_week=False))
    seven: Known = field(default_factory=lambda: Known(is_week=True))
    spent: list[tuple[int, int]] = field(default_factory=list)
    past: list[tuple[int, int]] = field(default_factory=list)
    rhythm: Rhythm = NO_RHYTHM
    hourly: HourlySpending | None = None

    def spend(self, now: int, dollars: float) -> None:
        self.spent.append((now * SECOND, round(dollars * NANO)))

    def start(self, known: Known, now: int, reset: int, *, ran_out: bool) -> None:
        """Another window starts; of the one before, its last is remembered."""
        if known.reset and known.reading is not None:
            share, at = (1.0, known.reading[1]) if ran_out else known.reading
            known.ended.append(Observation(share, self._between(known.start, at), is_hit=ran_out))
            known.size = calibrate(known.ended)
        if not known.is_week:
            if known.reset:
                end = known.reading[1] if ran_out and known.reading is not None else known.reset
                self.past.append((known.start * SECOND, end * SECOND))
            uses = uses_of(self.spent)
            self.rhythm = learn(uses, self.past, now * SECOND)
            self.hourly = hourly_spending(spent_by_hour(self.spent, now * SECOND))
        known.start, known.reset, known.reading, known.memory = now, reset, None, NOTHING_SAID

    def look(self, known: Known, now: int) -> Forecast:
        """What is said of the running window."""
        if known.reading is None:
            spent = Spent(self._between(known.start, now))
        else:
            share, at = known.reading
            spent = Spent(self._between(known.start, now), share, self._between(known.start, at))
        room = room_of(spent, known.size)
        if room is None:
            return TOO_EARLY
        window = Running(known.start * SECOND, known.reset * SECOND, now * SECOND, room, known.memory)
        if known.is_week:
            said, known.memory = forecast_week(window, self.hourly)
        else:
            uses = uses_of(self.spent[bisect_left(self.spent, (known.start * SECOND, 0)) :])
            said, known.memory = forecast_five_hours(window, uses, self.rhythm)
        return said

    def _between(self, start: int, end: int) -> int:
        first = bisect_left(self.spent, (start * SECOND, 0))
        last = bisect_left(self.spent, (end * SECOND + 1, 0))
        return sum(nano for _, nano in self.spent[first:last])
