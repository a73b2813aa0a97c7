"""Which warnings are sent, when, with which text, and only once."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.hit import Hit
from exporter.domain.notifications.facts import Lockout, Usage, WaitingSession, WarningFacts
from exporter.domain.notifications.warning import (
    Notification,
    QuietHours,
    Thresholds,
    WarningKey,
    due_notifications,
    expired_warnings,
)
from support.snapshots import NOON

LIMITS = Thresholds()
RESET = NOON + 2 * HOUR


def usage(share: float, *, resets_at: int | None = RESET, full_at: int | None = None, official: bool = True) -> Usage:
    return Usage("five_hour", share, official, NOON, resets_at, full_at)


def facts(
    *usages: Usage, end: int | None = None, hit: Hit | None = None, waiting: WaitingSession | None = None
) -> WarningFacts:
    return WarningFacts(NOON, usages, end, (Lockout(hit),) if hit else (), (waiting,) if waiting else ())


def titles_of(found: list[Notification]) -> list[str]:
    return [f"{notice.key.kind}: {notice}" for notice in found]


CASES = [
    pytest.param(facts(usage(0.79)), [], id="below"),
    pytest.param(
        facts(usage(0.8)),
        ["usage_warning: Five hours: 80 % used: 20 % left, resets in 2 h 00 min."],
        id="80 percent",
    ),
    pytest.param(
        facts(usage(0.95)),
        ["usage_critical: Five hours: 95 % used: Almost nothing left, resets in 2 h 00 min."],
        id="95 percent, sent alone",
    ),
    pytest.param(
        facts(usage(0.8, resets_at=None, official=False)),
        ["usage_warning: Five hours: about 80 % used: 20 % left."],
        id="an estimate says so",
    ),
    pytest.param(
        facts(usage(0.5, full_at=NOON + HOUR)),
        [
            "limit_before_reset: Five hours: limit expected before the reset: At this pace the limit is reached in"
            " about 1 h 00 min: 1 h 00 min before it resets."
        ],
        id="the limit comes before the reset",
    ),
    pytest.param(facts(usage(0.5, full_at=RESET)), [], id="the limit comes with the reset"),
    pytest.param(facts(usage(0.2, full_at=NOON + HOUR)), [], id="too early to say"),
    pytest.param(facts(end=NOON + 15 * MINUTE + 1), [], id="a block that does not end yet"),
    pytest.param(
        facts(end=NOON + 15 * MINUTE),
        [
            "block_ending: Block ending soon: Your 5-hour block ends in 15 min; the next prompt after that starts a"
            " new one."
        ],
        id="a block that ends soon",
    ),
    pytest.param(
        facts(usage(1.0), hit=Hit("five_hour", NOON - MINUTE, RESET)),
        ["limit_hit: Five hours: limit reached: Requests are refused until the limit resets in 2 h 00 min."],
        id="a hit is sent instead of the share",
    ),
    pytest.param(
        facts(hit=Hit("seven_day_opus", NOON, NOON + 3 * DAY)),
        ["limit_hit: Week of Opus: limit reached: Requests are refused until the limit resets in 3 days."],
        id="a family's week",
    ),
    pytest.param(
        facts(waiting=WaitingSession("s1", "/shop", "permission", NOON - 10 * MINUTE)),
        ["session_waiting: A session in /shop is waiting: Claude has been waiting for permission for 10 min."],
        id="a session that waits",
    ),
    pytest.param(facts(waiting=WaitingSession("s1", None, None, NOON - 10 * MINUTE + 1)), [], id="not so long yet"),
]


@pytest.mark.parametrize(("state", "expected"), CASES)
def test_what_is_due(state: WarningFacts, expected: list[str]) -> None:
    assert expected == titles_of(due_notifications(state, LIMITS, ()))


@pytest.mark.parametrize(
    ("before", "is_sent"),
    [
        pytest.param(WarningKey("usage_warning", "five_hour", RESET + 10 * MINUTE), True, id="its reset wobbles"),
        pytest.param(WarningKey("usage_warning", "five_hour", RESET - 5 * HOUR), False, id="of the window before"),
        pytest.param(WarningKey("usage_warning", "seven_day", RESET), False, id="of another window"),
        pytest.param(WarningKey("usage_critical", "five_hour", RESET), True, id="a worse one was sent"),
        pytest.param(WarningKey("block_ending", "five_hour", RESET), False, id="another kind"),
    ],
)
def test_each_is_sent_once_per_window(before: WarningKey, is_sent: bool) -> None:
    assert is_sent is not bool(due_notifications(facts(usage(0.8)), LIMITS, [before]))


def test_without_a_reset_it_is_sent_once_per_window_length() -> None:
    (notice,) = due_notifications(facts(usage(0.8, resets_at=None)), LIMITS, ())
    later = Usage("five_hour", 0.85, True, NOON + 4 * HOUR, None, None)
    assert [] == due_notifications(WarningFacts(NOON + 4 * HOUR, (later,), None, (), ()), LIMITS, [notice.key])
    assert 1 == len(due_notifications(WarningFacts(NOON + 5 * HOUR, (later,), None, (), ()), LIMITS, [notice.key]))


@pytest.mark.parametrize(
    ("hours", "quiet"),
    [
        pytest.param(QuietHours(11 * 60, 13 * 60), True, id="around noon"),
        pytest.param(QuietHours(12 * 60, 13 * 60), True, id="from noon on"),
        pytest.param(QuietHours(11 * 60, 12 * 60), False, id="until noon"),
        pytest.param(QuietHours(22 * 60, 7 * 60), False, id="over midnight"),
        pytest.param(QuietHours(22 * 60, 12 * 60 + 1), True, id="over midnight until after noon"),
    ],
)
def test_quiet_hours(hours: QuietHours, quiet: bool) -> None:
    assert quiet is hours.holds(NOON, ZoneInfo("UTC"))
    assert QuietHours(13 * 60, 13 * 60 + 1).holds(NOON, ZoneInfo("Europe/Berlin"))


def test_a_reset_learned_later_is_the_same_window() -> None:
    (guessed,) = due_notifications(facts(usage(0.85, resets_at=None)), LIMITS, ())
    assert [] == due_notifications(facts(usage(0.86)), LIMITS, [guessed.key])


def test_a_large_drop_in_usage_means_another_window() -> None:
    (guessed,) = due_notifications(facts(usage(0.85, resets_at=None)), LIMITS, ())
    assert [guessed.key] == expired_warnings(facts(usage(0.1, resets_at=None)), LIMITS, [guessed.key])
    assert [] == expired_warnings(facts(usage(0.5, resets_at=None)), LIMITS, [guessed.key])


def test_each_wait_is_announced_however_soon_it_follows() -> None:
    first, second = (WaitingSession("s1", None, None, NOON - minutes * MINUTE) for minutes in (15, 11))
    (sent_before,) = due_notifications(facts(waiting=first), LIMITS, ())
    assert [] == due_notifications(facts(waiting=first), LIMITS, [sent_before.key])
    assert 1 == len(due_notifications(facts(waiting=second), LIMITS, [sent_before.key]))


def test_a_hit_without_a_known_reset_is_announced() -> None:
    found = due_notifications(facts(hit=Hit("seven_day_fable", NOON, None)), LIMITS, ())
    assert [
        "limit_hit: Week of Fable: limit reached: Requests are refused until the limit resets at an unknown time."
    ] == titles_of(found)
    assert [] == due_notifications(facts(hit=Hit("seven_day_fable", NOON, None)), LIMITS, [found[0].key])
