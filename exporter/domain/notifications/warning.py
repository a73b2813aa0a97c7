"""What a notification is, which ones are the same, and when to warn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from types import MappingProxyType
from typing import Literal, get_args

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import SECOND
from exporter.domain.limits.hit import window_length_ms
from exporter.domain.limits.reading import SAME_RESET_MS

Kind = Literal[
    "usage_warning",
    "usage_critical",
    "usage_pace",
    "limit_before_reset",
    "limit_hit",
    "limit_free",
    "block_ending",
    "session_waiting",
    "alert",
    "budget_pace",
    "budget_reached",
]
"""The tracker's own kinds, and `alert` for alerts from Alertmanager."""
KINDS: tuple[Kind, ...] = get_args(Kind)
Severity = Literal["info", "warning", "critical"]
WINDOW_KINDS = frozenset[Kind](
    ("usage_warning", "usage_critical", "usage_pace", "limit_before_reset", "limit_hit", "limit_free")
)
"""Of several about one window, the newest says what holds."""
RULE_THRESHOLDS: Mapping[str, float] = MappingProxyType(
    {
        "cost_spike_ratio": 2.0,
        "cost_spike_usd": 5.0,
        "cache_hit_drop_ratio": 0.2,
        "cache_hit_tokens": 5_000_000.0,
        "reading_age_seconds": 3_600.0,
        "ingest_age_seconds": 300.0,
        "skipped_lines_ratio": 0.01,
        "sync_age_seconds": 3_600.0,
    }
)
"""Thresholds used only by Prometheus's rules, with their defaults."""


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
            *((name, "warning", value) for name, value in {**RULE_THRESHOLDS, **self.for_rules}.items()),
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

    `certain` is false if the reset was unknown; then `until` is the latest possible reset. `is_withdrawn`: it was sent,
    and does not hold any more.
    """

    kind: Kind
    subject: str
    until: int
    certain: bool = True
    is_withdrawn: bool = False

    @property
    def topic(self) -> str:
        """What it is about: of one topic, the newest notification alone says what holds."""
        return self.subject if self.kind in WINDOW_KINDS else f"{self.kind} {self.subject}"

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
