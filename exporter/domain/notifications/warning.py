"""The tracker's own warnings: which are due, their texts, and which count as already sent.

Each is sent once: a usage warning once until its window resets, a block's end once per block, a hit once, a waiting
session once while it waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from types import MappingProxyType
from typing import Literal, get_args

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import MINUTE, SECOND
from exporter.domain.limits.hit import window_length_ms
from exporter.domain.limits.reading import SAME_RESET_MS, window_name
from exporter.domain.notifications.facts import Lockout, Usage, WaitingSession, WarningFacts

Kind = Literal[
    "usage_warning", "usage_critical", "limit_before_reset", "block_ending", "limit_hit", "session_waiting", "alert"
]
"""The tracker's own kinds, and `alert` for alerts from Alertmanager."""
KINDS: tuple[Kind, ...] = get_args(Kind)
Severity = Literal["warning", "critical"]
MIN_SHARE_TO_PROJECT = 0.25
"""With less of the window used, the pace is too uncertain to warn about."""
RULE_THRESHOLDS: Mapping[str, float | None] = MappingProxyType(
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
"""Thresholds used only by Prometheus's rules, with their defaults; None: off unless configured."""


class Thresholds(msgspec.Struct, frozen=True):
    """When to warn: shares of a window, seconds before a block's end, seconds of waiting, and thresholds for rules."""

    warning: float = 0.8
    critical: float = 0.95
    block_end_s: float = 900.0
    waiting_s: float = 600.0
    for_rules: Mapping[str, float] = MappingProxyType({})
    """The configured entries of `RULE_THRESHOLDS`."""

    def by_alert(self) -> tuple[tuple[str, str, float], ...]:
        """(alert, severity, value), in base units."""
        return (
            ("window_utilization_ratio", "warning", self.warning),
            ("window_utilization_ratio", "critical", self.critical),
            ("block_remaining_seconds", "warning", self.block_end_s),
            ("session_waiting_seconds", "warning", self.waiting_s),
            *(
                (name, "warning", value)
                for name, value in {**RULE_THRESHOLDS, **self.for_rules}.items()
                if value is not None
            ),
        )


class QuietHours(msgspec.Struct, frozen=True):
    """Hours without notifications, in minutes of the day; across midnight if `end` is not after `start`."""

    start: int
    end: int

    def holds(self, now: int, zone: tzinfo | None) -> bool:
        """Whether it is quiet at `now` (ms) in `zone`."""
        local = timestamp.to_datetime(now).astimezone(zone)
        minute = local.hour * 60 + local.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


class WarningKey(msgspec.Struct, frozen=True):
    """Identifies a warning. `until` (ms) identifies its window, block, wait or alert.

    `certain` is false if the reset was unknown; then `until` is the latest possible reset.
    """

    kind: Kind
    subject: str
    until: int
    certain: bool = True

    def is_same_warning(self, other: WarningKey) -> bool:
        """Whether both are about the same window, block or wait. Reported resets vary; a wait has its start."""
        if self.kind != other.kind or self.subject != other.subject:
            return False
        apart = abs(self.until - other.until)
        if self.kind == "session_waiting":
            return apart < SECOND
        if self.certain == other.certain:
            return apart <= SAME_RESET_MS
        sure, latest = (self, other) if self.certain else (other, self)
        return latest.until - window_length_ms(window_of(self.subject)) < sure.until <= latest.until + SAME_RESET_MS


def window_of(subject: str) -> str:
    """The window that a warning is about, without the account."""
    return subject.partition("~")[0]


class Notification(msgspec.Struct, frozen=True):
    """A warning with its text."""

    key: WarningKey
    severity: Severity
    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.title}: {self.text}" if self.text else self.title


class SentNotification(msgspec.Struct, frozen=True):
    """A warning that was sent. `number`: its unique, increasing number. `at`: ms."""

    number: int
    notification: Notification
    at: int


def due_notifications(facts: WarningFacts, thresholds: Thresholds, sent: Sequence[WarningKey]) -> list[Notification]:
    """The notifications to send now that were not sent yet."""
    waiting_ms = thresholds.waiting_s * 1000
    found = [
        *(one for usage in facts.usages for one in _usage_notifications(usage, facts, thresholds, sent)),
        *_block_notifications(facts, thresholds),
        *(_hit_notification(one, facts.now) for one in facts.lockouts),
        *(_waiting_notification(one, facts.now) for one in facts.waiting if facts.now - one.since >= waiting_ms),
    ]
    return [notification for notification in found if not any(notification.key.is_same_warning(one) for one in sent)]


def expired_warnings(facts: WarningFacts, thresholds: Thresholds, sent: Sequence[WarningKey]) -> list[WarningKey]:
    """Warnings sent for windows without a known reset that must have reset since, because their usage is low now."""
    low = thresholds.warning / 2
    little = {usage.subject for usage in facts.usages if usage.resets_at is None and usage.share < low}
    return [one for one in sent if not one.certain and one.subject in little and one.until > facts.now]


def _usage_notifications(
    usage: Usage, facts: WarningFacts, thresholds: Thresholds, sent: Sequence[WarningKey]
) -> Iterator[Notification]:
    if any(one.subject == usage.subject for one in facts.lockouts):
        return
    until, certain = _until(usage, facts.now, sent), usage.resets_at is not None
    critical = WarningKey("usage_critical", usage.subject, until, certain)
    name, share = _title(usage.window, usage.name), f"{'' if usage.is_official else 'about '}{100 * usage.share:.0f} %"
    reset = f", resets in {_format_duration(usage.resets_at - facts.now)}" if usage.resets_at is not None else ""
    if usage.share >= thresholds.critical:
        yield Notification(critical, "critical", f"{name}: {share} used", f"Almost nothing left{reset}.")
    elif usage.share >= thresholds.warning and not any(critical.is_same_warning(one) for one in sent):
        key = WarningKey("usage_warning", usage.subject, until, certain)
        yield Notification(key, "warning", f"{name}: {share} used", f"{100 - 100 * usage.share:.0f} % left{reset}.")
    if (
        usage.full_at is not None
        and usage.resets_at is not None
        and usage.full_at < usage.resets_at
        and usage.share >= MIN_SHARE_TO_PROJECT
    ):
        margin = _format_duration(usage.resets_at - usage.full_at)
        yield Notification(
            WarningKey("limit_before_reset", usage.subject, until),
            "warning",
            f"{name}: limit expected before the reset",
            f"At this pace the limit is reached in about {_format_duration(usage.full_at - facts.now)}:"
            f" {margin} before it resets.",
        )


def _until(usage: Usage, now: int, sent: Sequence[WarningKey]) -> int:
    """The reset. If it is unknown, a warning about the window holds for the window's length."""
    if usage.resets_at is not None:
        return usage.resets_at
    known = (one.until for one in sent if one.subject == usage.subject and not one.certain and one.until > now)
    return next(known, usage.observed_at + window_length_ms(usage.window))


def _block_notifications(facts: WarningFacts, thresholds: Thresholds) -> Iterator[Notification]:
    end = facts.block_end
    if end is not None and 0 < end - facts.now <= thresholds.block_end_s * 1000:
        left = _format_duration(end - facts.now)
        text = f"Your 5-hour block ends in {left}; the next prompt after that starts a new one."
        yield Notification(WarningKey("block_ending", "block", end), "warning", "Block ending soon", text)


def _title(window: str, account: str) -> str:
    return f"{window_name(window)} ({account})" if account else window_name(window)


def _hit_notification(lockout: Lockout, now: int) -> Notification:
    hit = lockout.hit
    until = hit.resets_at if hit.resets_at is not None else hit.at + window_length_ms(hit.window)
    reset = f"in {_format_duration(hit.resets_at - now)}" if hit.resets_at is not None else "at an unknown time"
    text = f"Requests are refused until the limit resets {reset}."
    key = WarningKey("limit_hit", lockout.subject, until, hit.resets_at is not None)
    return Notification(key, "critical", f"{_title(hit.window, lockout.name)}: limit reached", text)


def _waiting_notification(waiting: WaitingSession, now: int) -> Notification:
    where = f" in {waiting.project}" if waiting.project else ""
    what = f" for {waiting.waiting_for}" if waiting.waiting_for else ""
    text = f"Claude has been waiting{what} for {_format_duration(now - waiting.since)}."
    return Notification(
        WarningKey("session_waiting", waiting.session_id, waiting.since),
        "warning",
        f"A session{where} is waiting",
        text,
    )


def _format_duration(ms: int) -> str:
    minutes = max(0, round(ms / MINUTE))
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60:02d} min" if hours < 48 else f"{hours // 24} days"
