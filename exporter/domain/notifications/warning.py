"""The tracker's own warnings: what is due, in words, and what counts as told already.

Each is told once for its window: a share of a window once until its reset, the end of a block once a block, a hit once,
a session that waits once while it waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from types import MappingProxyType
from typing import Literal, get_args

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import MINUTE, SECOND
from exporter.domain.limits.hit import Hit, length_of
from exporter.domain.limits.reading import SAME_RESET_MS, name_of

Kind = Literal[
    "usage_warning", "usage_critical", "limit_before_reset", "block_ending", "limit_hit", "session_waiting", "alert"
]
"""The tracker's own, and `alert` for what Alertmanager hands on."""
KINDS: tuple[Kind, ...] = get_args(Kind)
Severity = Literal["warning", "critical"]
LEAST_SHARE_TO_PROJECT = 0.25
"""A pace seen over less of a window than this says too little to warn by it."""


FOR_RULES: Mapping[str, float | None] = MappingProxyType(
    {
        "daily_cost_usd": None,
        "cost_spike_ratio": 2.0,
        "cost_spike_usd": 5.0,
        "reading_age_seconds": 3_600.0,
        "ingest_age_seconds": 300.0,
        "skipped_lines_ratio": 0.01,
        "sync_age_seconds": 3_600.0,
    }
)
"""What only Prometheus's rules compare with, and from where on they warn; None: never, unless it is set."""


class Thresholds(msgspec.Struct, frozen=True):
    """From where on is warned: shares of a window, seconds before a block's end, seconds of waiting, and for rules."""

    warning: float = 0.8
    critical: float = 0.95
    block_end_s: float = 900.0
    waiting_s: float = 600.0
    for_rules: Mapping[str, float] = MappingProxyType({})
    """Those of `FOR_RULES` that are configured."""

    def by_alert(self) -> tuple[tuple[str, str, float], ...]:
        """(alert, severity, value), in base units."""
        return (
            ("window_utilization_ratio", "warning", self.warning),
            ("window_utilization_ratio", "critical", self.critical),
            ("block_remaining_seconds", "warning", self.block_end_s),
            ("session_waiting_seconds", "warning", self.waiting_s),
            *((name, "warning", value) for name, value in {**FOR_RULES, **self.for_rules}.items() if value is not None),
        )


class QuietHours(msgspec.Struct, frozen=True):
    """When nothing is told, in minutes of the day; over midnight where `end` is not after `start`."""

    start: int
    end: int

    def hold(self, now: int, zone: tzinfo | None) -> bool:
        """Whether they hold at `now` (ms) on the clocks of `zone`."""
        local = timestamp.to_datetime(now).astimezone(zone)
        minute = local.hour * 60 + local.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


class Usage(msgspec.Struct, frozen=True):
    """How much of a window is used. `full_at`: when all will be at this pace; None where unknown. Times in ms."""

    window: str
    share: float
    is_official: bool
    observed_at: int
    resets_at: int | None
    full_at: int | None


class Waiting(msgspec.Struct, frozen=True):
    """A session that waits for the user since (ms)."""

    session_id: str
    project: str | None
    waiting_for: str | None
    since: int


class Facts(msgspec.Struct, frozen=True):
    """What warnings are made of. `block_end`: ms, of a block in which something was used lately; None without one."""

    now: int
    usages: tuple[Usage, ...]
    block_end: int | None
    lockouts: tuple[Hit, ...]
    waiting: tuple[Waiting, ...]


class WarningKey(msgspec.Struct, frozen=True):
    """What was told, or is to be. `until` (ms) says for which window, block, wait or alert; not `certain` where no
    reset was known, and it is the latest that may be.
    """

    kind: Kind
    subject: str
    until: int
    certain: bool = True

    def is_one_with(self, other: WarningKey) -> bool:
        """Whether both are of the same window. Resets wobble, and a wait is told by when it began."""
        if self.kind != other.kind or self.subject != other.subject:
            return False
        apart = abs(self.until - other.until)
        if self.kind == "session_waiting":
            return apart < SECOND
        if self.certain == other.certain:
            return apart <= SAME_RESET_MS
        sure, latest = (self, other) if self.certain else (other, self)
        return latest.until - length_of(self.subject) < sure.until <= latest.until + SAME_RESET_MS


class Notification(msgspec.Struct, frozen=True):
    """A warning in words."""

    warned: WarningKey
    severity: Severity
    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.title}: {self.text}" if self.text else self.title


class SentNotification(msgspec.Struct, frozen=True):
    """A warning that was told. `number`: its own, rising; `at`: ms."""

    number: int
    notice: Notification
    at: int


def due(facts: Facts, thresholds: Thresholds, told: Sequence[WarningKey]) -> list[Notification]:
    """What is to be told now and was not told yet."""
    found = [
        *(notice for usage in facts.usages for notice in _of_usage(usage, facts, thresholds, told)),
        *_of_block(facts, thresholds),
        *(_of_hit(hit, facts.now) for hit in facts.lockouts),
        *(_of_waiting(one, facts.now) for one in facts.waiting if facts.now - one.since >= thresholds.waiting_s * 1000),
    ]
    return [notice for notice in found if not any(notice.warned.is_one_with(one) for one in told)]


def over(facts: Facts, thresholds: Thresholds, told: Sequence[WarningKey]) -> list[WarningKey]:
    """What was told of windows without a known reset that must have been reset since: little of them is used now."""
    low = thresholds.warning / 2
    little = {usage.window for usage in facts.usages if usage.resets_at is None and usage.share < low}
    return [one for one in told if not one.certain and one.subject in little and one.until > facts.now]


def _of_usage(usage: Usage, facts: Facts, thresholds: Thresholds, told: Sequence[WarningKey]) -> Iterator[Notification]:
    if any(hit.window == usage.window for hit in facts.lockouts):
        return
    until, certain = _until(usage, facts.now, told), usage.resets_at is not None
    critical = WarningKey("usage_critical", usage.window, until, certain)
    name, share = name_of(usage.window), f"{'' if usage.is_official else 'about '}{100 * usage.share:.0f} %"
    reset = f", reset in {_duration(usage.resets_at - facts.now)}" if usage.resets_at is not None else ""
    if usage.share >= thresholds.critical:
        yield Notification(critical, "critical", f"{name}: {share} used", f"Almost nothing is left{reset}.")
    elif usage.share >= thresholds.warning and not any(critical.is_one_with(one) for one in told):
        warned = WarningKey("usage_warning", usage.window, until, certain)
        yield Notification(
            warned, "warning", f"{name}: {share} used", f"{100 - 100 * usage.share:.0f} % is left{reset}."
        )
    if (
        usage.full_at is not None
        and usage.resets_at is not None
        and usage.full_at < usage.resets_at
        and usage.share >= LEAST_SHARE_TO_PROJECT
    ):
        early = _duration(usage.resets_at - usage.full_at)
        yield Notification(
            WarningKey("limit_before_reset", usage.window, until),
            "warning",
            f"{name}: the limit comes before the reset",
            f"At this pace all is used in about {_duration(usage.full_at - facts.now)}, {early} before the reset.",
        )


def _until(usage: Usage, now: int, told: Sequence[WarningKey]) -> int:
    """The reset; where it is unknown, what was told of the window holds for its length."""
    if usage.resets_at is not None:
        return usage.resets_at
    known = (one.until for one in told if one.subject == usage.window and not one.certain and one.until > now)
    return next(known, usage.observed_at + length_of(usage.window))


def _of_block(facts: Facts, thresholds: Thresholds) -> Iterator[Notification]:
    end = facts.block_end
    if end is not None and 0 < end - facts.now <= thresholds.block_end_s * 1000:
        text = f"Your five-hour block ends in {_duration(end - facts.now)}; the next prompt then begins a new one."
        yield Notification(WarningKey("block_ending", "block", end), "warning", "The block ends soon", text)


def _of_hit(hit: Hit, now: int) -> Notification:
    until = hit.resets_at if hit.resets_at is not None else hit.at + length_of(hit.window)
    reset = f"in {_duration(hit.resets_at - now)}" if hit.resets_at is not None else "at a time that nothing told"
    text = f"Requests are refused until it is reset, {reset}."
    warned = WarningKey("limit_hit", hit.window, until, hit.resets_at is not None)
    return Notification(warned, "critical", f"{name_of(hit.window)}: limit reached", text)


def _of_waiting(waiting: Waiting, now: int) -> Notification:
    where = f" in {waiting.project}" if waiting.project else ""
    what = f" for {waiting.waiting_for}" if waiting.waiting_for else ""
    text = f"Claude has been waiting{what} for {_duration(now - waiting.since)}."
    return Notification(
        WarningKey("session_waiting", waiting.session_id, waiting.since), "warning", f"A session{where} waits", text
    )


def _duration(ms: int) -> str:
    minutes = max(0, round(ms / MINUTE))
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60:02d} min" if hours < 48 else f"{hours // 24} days"
