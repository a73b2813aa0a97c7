"""Thirty days of one made-up user, minute by minute, as the series a scrape of the tracker would have brought.

The user works on weekdays and on some evenings and weekends; status lines bring official readings, in percents. On
some days a limit is reached, at several paces; for three days no readings come, and a limit of the user's own holds
instead. The laptop sleeps at night. Times are seconds since the epoch, shares 0 to 1.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from exporter.domain.forecast.window import Forecast
from exporter.domain.notifications.warning import Thresholds
from support.month_forecast import Forecaster

MINUTE, HOUR, DAY = 60, 3_600, 86_400
START = 1_788_134_400
"""Monday 2026-08-31, midnight UTC."""
DAYS = 30
TOKENS, DOLLARS = 40_000_000, 35.0
"""What a full five-hour window holds, and costs by list price."""
WINDOWS_A_WEEK = 8
PACES = {3: 0.45, 10: 1.0, 17: 0.9, 19: 2.2}
"""Days on which the user works at this share of a window an hour, from nine on, and so reaches the five-hour limit."""
BUSY_WEEK = range(21, 26)
"""Thrice the work: the seven days are used up before they are over."""
WITHOUT_READINGS = range(15, 18)
TROUBLE = (START + 11 * DAY + 15 * HOUR, 20 * MINUTE)
"""When the tracker was down, and for how long."""
TARGET = 'job="claude-tracker",instance="laptop"'
THRESHOLDS = Thresholds()
BUDGET = 60.0
"""Of a day, in dollars."""

LOOKED_EVERY = 3
"""Minutes between two looks at the windows."""

Series = dict[str, list[tuple[int, float]]]
"""Samples by metric name and labels, in the text format."""


class Hit(NamedTuple):
    """A limit that was reached."""

    at: int
    window: str


class Work(NamedTuple):
    """A time at work. `pace`: the share of a five-hour window used an hour, while it is worked."""

    start: int
    end: int
    pace: float
    is_steady: bool


def working_times(random: Random) -> Iterator[Work]:
    for day in range(DAYS):
        midnight = START + day * DAY
        if day in PACES:
            yield Work(midnight + 9 * HOUR, midnight + 17 * HOUR, PACES[day], is_steady=True)
        elif day % 7 < 5:
            factor = 3 if day in BUSY_WEEK else 1
            for opens, end in ((9.0, 12.5), (13.5, 18.0), (20.5, 22.5)):
                if opens < 20 or random.random() < 0.3:
                    start, stop = (
                        midnight + round((hour + random.uniform(-0.4, 0.4)) * 60) * MINUTE for hour in (opens, end)
                    )
                    yield Work(start, stop, factor * random.uniform(0.08, 0.2), is_steady=False)
        elif random.random() < 0.4:
            yield Work(midnight + 14 * HOUR, midnight + 17 * HOUR, random.uniform(0.08, 0.2), is_steady=False)


class Minutes(NamedTuple):
    """The pace in each minute in which Claude works, and since when it waits for an answer in each in which it does."""

    busy: dict[int, float]
    waiting: dict[int, int]


def lived(random: Random) -> Minutes:
    """Some minutes of work at a time, with pauses between; in some of them, and after some work, Claude waits."""
    minutes = Minutes({}, {})
    for work in working_times(random):
        now = work.start
        while now < work.end:
            for _ in range(random.randint(4, 25)):
                minutes.busy[now] = work.pace * (1 if work.is_steady else random.uniform(0.4, 1.6))
                now += MINUTE
            is_last = now >= work.end
            pause = 0 if work.is_steady else MINUTE * random.randint(1, 12) * (4 if is_last else 1)
            if random.random() < 0.15:
                minutes.waiting.update((moment, now) for moment in range(now, now + pause, MINUTE))
            now += pause
    return minutes


@dataclass
class Window:
    """A rolling limit: it starts with the first use, at a full hour, and is empty again at its end."""

    name: str
    length: int
    used: float = 0.0
    reset: int = 0
    read_at: int | None = None
    is_hit: bool = False

    def roll(self, now: int) -> None:
        if now >= self.reset:
            self.used, self.read_at, self.is_hit = 0.0, None, False

    @property
    def shown(self) -> float:
        return min(int(self.used * 100) / 100, 1.0)

    def use(self, now: int, share: float) -> bool:
        """Whether the limit was reached by it."""
        if now >= self.reset:
            self.reset = now - now % HOUR + self.length
        self.used += share
        self.is_hit = self.used >= 1
        return self.is_hit


@dataclass
class User:
    """What the tracker knows at one minute, and how it goes on."""

    minutes: Minutes
    five: Window = field(default_factory=lambda: Window("five_hour", 5 * HOUR))
    seven: Window = field(default_factory=lambda: Window("seven_day", 7 * DAY))
    tokens: float = 7_000_000_000.0
    cost: float = 6_000.0
    """Months of history came before."""
    day_cost: float = 0.0
    lines: int = 900_000
    block_tokens: float = 0.0
    recent: deque[tuple[int, float]] = field(default_factory=deque)
    last_busy: int = 0
    hits: list[Hit] = field(default_factory=list)
    forecaster: Forecaster = field(default_factory=Forecaster)
    said: dict[str, Forecast] = field(default_factory=dict)

    def live(self, now: int) -> None:
        """One minute, in which requests are refused where a limit is reached."""
        pace = self.minutes.busy.get(now)
        for window in (self.five, self.seven):
            window.roll(now)
        if now % DAY == 0:
            self.day_cost = 0.0
        if now >= self.five.reset:
            self.block_tokens = 0.0
            self.recent.clear()
        if pace is None or self.five.is_hit or self.seven.is_hit:
            return
        share = pace / 60
        self.last_busy = now
        self.tokens += share * TOKENS
        self.block_tokens += share * TOKENS
        self.recent.append((now, share * TOKENS))
        self.cost += share * DOLLARS
        self.forecaster.spend(now, share * DOLLARS)
        self.day_cost += share * DOLLARS
        self.lines += 6
        for window, part, known in (
            (self.five, share, self.forecaster.five),
            (self.seven, share / WINDOWS_A_WEEK, self.forecaster.seven),
        ):
            if now >= window.reset:
                ran_out = any(hit.window == window.name and hit.at >= known.start for hit in self.hits)
                self.forecaster.start(known, now, now - now % HOUR + window.length, ran_out=ran_out)
            if window.use(now, part):
                self.hits.append(Hit(now, window.name))
            if (now - START) // DAY not in WITHOUT_READINGS:
                window.read_at = now
                known.reading = (window.shown, now)

    def look(self, now: int) -> None:
        """What is said of the windows that run and are known."""
        for window, known in ((self.five, self.forecaster.five), (self.seven, self.forecaster.seven)):
            self.said.pop(window.name, None)
            is_known = window.read_at is not None or window is self.five  # which is estimated then
            if now < window.reset and is_known and not window.is_hit:
                self.said[window.name] = self.forecaster.look(known, now)

    def samples(self, now: int) -> Iterator[tuple[str, float]]:
        """What a scrape would bring, without the target's labels."""
        for window in (self.five, self.seven):
            own = f'account="3f2a91c07d",window="{window.name}"'
            yield f"limit_hits_total{{{own}}}", sum(hit.window == window.name for hit in self.hits)
            yield f"locked_out{{{own}}}", int(window.is_hit)
            if window.read_at is not None:
                window_labels = f'{{{own},source="statusline"}}'
                yield f"window_utilization_ratio{window_labels}", window.shown
                yield f"window_observed_timestamp_seconds{window_labels}", window.read_at
                yield f"window_reset_timestamp_seconds{{{own}}}", window.reset
            found = self.said.get(window.name)
            if found is not None and found.runs_out_at is not None:
                yield f"window_runs_out_timestamp_seconds{{{own}}}", found.runs_out_at / 1000
        for kind, share in (("input", 0.01), ("output", 0.02), ("cache_read", 0.9), ("cache_write_5m", 0.07)):
            yield f'tokens_total{{model="opus",token_type="{kind}",chain="main"}}', round(self.tokens * share)
        yield 'cost_usd_total{model="opus",chain="main"}', self.cost
        yield 'budget_used_ratio{budget="daily"}', self.day_cost / BUDGET
        yield "ingest_lines_total", self.lines
        yield 'ingest_skipped_lines_total{reason="malformed"}', self.lines // 10_000
        yield "ingest_last_success_timestamp_seconds", now
        yield 'collector_success{collector="transcripts"}', 1
        yield 'build_info{version="1",revision="r",python="3"}', 1
        since = self.minutes.waiting.get(now)
        state = "busy" if now == self.last_busy else "idle" if since is None else "waiting"
        for known in ("busy", "idle", "waiting"):
            yield f'sessions{{session_type="claude_code",state="{known}"}}', int(known == state)
        yield "session_waiting_seconds", 0 if since is None else now - since
        if now < self.five.reset:
            yield from self.block(now)
        for alert, severity, value in THRESHOLDS.by_alert():
            yield f'alert_threshold{{alert="{alert}",severity="{severity}"}}', value

    def block(self, now: int) -> Iterator[tuple[str, float]]:
        while self.recent and self.recent[0][0] <= now - 30 * MINUTE:
            self.recent.popleft()
        burn = sum(tokens for _, tokens in self.recent) / (30 * MINUTE)
        remaining = self.five.reset - now
        yield "block_remaining_seconds", remaining
        yield "block_burn_tokens_per_second", burn
        yield 'block_tokens{model="opus",token_type="cache_read"}', self.block_tokens
        yield "block_weighted_tokens", self.block_tokens
        yield "block_projected_tokens", self.block_tokens + burn * remaining
        yield 'block_token_limit{basis="custom"}', TOKENS


def lay(user: User) -> Series:
    """The whole month. Nothing is scraped at night; while the tracker is down there is `up` alone."""
    series: Series = defaultdict(list)
    for now in range(START, START + DAYS * DAY, MINUTE):
        user.live(now)
        if not 8 * HOUR <= (now - START) % DAY < 23.5 * HOUR:
            continue
        if now // MINUTE % LOOKED_EVERY == 0:
            user.look(now)
        is_up = not TROUBLE[0] <= now < sum(TROUBLE)
        series[f"up{{{TARGET}}}"].append((now, int(is_up)))
        for sample, value in user.samples(now) if is_up else ():
            name, _, labels = sample.partition("{")
            series[f"claude_tracker_{name}{{{TARGET}{f',{labels}' if labels else '}'}"].append((now, value))
    return series


def as_openmetrics(series: Series) -> str:
    lines = [f"{name} {value!r} {moment}\n" for name, samples in series.items() for moment, value in samples]
    return "".join(lines) + "# EOF\n"
