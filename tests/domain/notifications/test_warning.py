"""Which warnings are sent, when, with which text, and only once."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.forecast.window import BEYOND, TOO_EARLY, Forecast
from exporter.domain.limits.hit import Hit
from exporter.domain.notifications.due import due_notifications, expired_warnings, withdrawn
from exporter.domain.notifications.facts import Freed, Lockout, Usage, WaitingSession, WarningFacts
from exporter.domain.notifications.warning import (
    Kind,
    Notification,
    QuietHours,
    Thresholds,
    WarningKey,
)
from support.snapshots import NOON

LIMITS = Thresholds()
RESET = NOON + 2 * HOUR


RUNS_OUT = Forecast("runs_out", 0.85, NOON + HOUR, projected=1.2)
SENTENCE = "Runs out at about 13:00, 1 h 00 min before the reset at 14:00"


def usage(
    share: float,
    *,
    resets_at: int | None = RESET,
    said: Forecast = TOO_EARLY,
    official: bool = True,
    window: str = "five_hour",
) -> Usage:
    return Usage(window, share, official, NOON, resets_at, said, SENTENCE)


def facts(
    *usages: Usage, end: int | None = None, hit: Hit | None = None, waiting: WaitingSession | None = None
) -> WarningFacts:
    return WarningFacts(NOON, usages, end, (Lockout(hit),) if hit else (), (waiting,) if waiting else ())


def titles_of(found: list[Notification]) -> list[str]:
    return [f"{notice.key.kind}: {notice}" for notice in found]


CASES = [
    pytest.param(facts(usage(0.79)), [], id="below"),
    pytest.param(
        facts(replace(usage(1.0, said=BEYOND), sentence="Limit reached; working on with extra usage")),
        ["usage_critical: 5 hours: 100 % used: Limit reached; working on with extra usage."],
        id="reached, and work goes on",
    ),
    pytest.param(
        facts(usage(0.8, resets_at=RESET - 29_000)),
        ["usage_warning: 5 hours: 80 % used: 20 % is left. It resets at 14:00, in 2 h 00 min."],
        id="a reset is rounded to the minute as in the verdict",
    ),
    pytest.param(
        facts(usage(0.8)),
        ["usage_warning: 5 hours: 80 % used: 20 % is left. It resets at 14:00, in 2 h 00 min."],
        id="80 percent",
    ),
    pytest.param(
        facts(usage(0.95)),
        ["usage_critical: 5 hours: 95 % used: Almost nothing is left. It resets at 14:00, in 2 h 00 min."],
        id="95 percent, sent alone",
    ),
    pytest.param(
        facts(usage(0.8, resets_at=None, official=False)),
        ["usage_warning: 5 hours: about 80 % used: 20 % is left."],
        id="an estimate says so",
    ),
    pytest.param(
        facts(usage(0.5, said=RUNS_OUT)),
        [
            "limit_before_reset: 5 hours is likely to run out before its reset: Runs out at about 13:00, 1 h 00 min"
            " before the reset at 14:00."
        ],
        id="it runs out before the reset",
    ),
    pytest.param(facts(usage(0.5, said=Forecast("lasts", 0.2, projected=0.8))), [], id="it lasts"),
    pytest.param(
        facts(replace(usage(0.9, official=False, said=RUNS_OUT), is_trusted=False)),
        [],
        id="an estimate that is not sure",
    ),
    pytest.param(
        facts(usage(0.25, window="seven_day", resets_at=NOON + 6 * DAY)),
        ["usage_pace: Week: 25 % used early: 6 d of its time is left. It resets at 11-28 12:00, in 6 d."],
        id="a quarter of the week on its first day",
    ),
    pytest.param(facts(usage(0.25, window="seven_day", resets_at=NOON + 5 * DAY)), [], id="or on its third"),
    pytest.param(
        facts(usage(0.5, window="seven_day_opus", resets_at=NOON + 5 * DAY)),
        ["usage_pace: Opus week: 50 % used early: 5 d of its time is left. It resets at Fri 12:00, in 5 d."],
        id="half of a family's week in two days",
    ),
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
        ["limit_hit: 5 hours: limit reached: Requests are refused until it resets at 14:00, in 2 h 00 min."],
        id="a hit is sent instead of the share",
    ),
    pytest.param(
        facts(hit=Hit("seven_day_opus", NOON, NOON + 3 * DAY)),
        ["limit_hit: Opus week: limit reached: Requests are refused until it resets at Wed 12:00, in 3 d."],
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
    assert expected == titles_of(due_notifications(state, LIMITS, (), UTC))


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
    later = Usage("five_hour", 0.85, True, NOON + 4 * HOUR, None, TOO_EARLY)
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
        "limit_hit: Fable week: limit reached: Requests are refused. When the limit resets is not known."
    ] == titles_of(found)
    assert [] == due_notifications(facts(hit=Hit("seven_day_fable", NOON, None)), LIMITS, [found[0].key])


def test_a_warning_that_was_wrong_is_withdrawn_and_sent_again_when_it_is_true() -> None:
    (sent,) = due_notifications(facts(usage(0.5, said=RUNS_OUT)), LIMITS, (), UTC)
    assert [] == withdrawn(facts(usage(0.5, said=RUNS_OUT)), LIMITS, [sent.key])
    assert [sent.key] == withdrawn(facts(usage(0.5, said=Forecast("too_early", 0.35))), LIMITS, [sent.key])
    gone = replace(sent.key, is_withdrawn=True)
    assert [] == withdrawn(facts(usage(0.5)), LIMITS, [gone])
    assert [sent] == due_notifications(facts(usage(0.5, said=RUNS_OUT)), LIMITS, [gone], UTC)


def test_a_window_of_five_hours_that_is_nearly_used_up_early_is_said_once() -> None:
    early = facts(usage(0.9, resets_at=NOON + 2 * HOUR))
    (said,) = due_notifications(early, LIMITS, (), UTC)
    text = "usage_pace: 5 hours: 90 % used early: 2 h 00 min of its time is left. It resets at 14:00, in 2 h 00 min."
    assert [text] == titles_of([said])
    assert [] == due_notifications(early, LIMITS, [said.key], UTC), "which said more than that 80 % are used"
    warned = WarningKey("usage_warning", "five_hour", RESET)
    assert ["usage_pace"] == [one.key.kind for one in due_notifications(early, LIMITS, [warned], UTC)]
    late = facts(usage(0.9, resets_at=NOON + 80 * MINUTE))
    assert ["usage_warning"] == [one.key.kind for one in due_notifications(late, LIMITS, (), UTC)], "after 72 %"
    running_out = facts(usage(0.9, said=RUNS_OUT))
    assert ["usage_warning", "limit_before_reset"] == [
        one.key.kind for one in due_notifications(running_out, LIMITS, (), UTC)
    ]


def test_a_week_that_was_used_early_is_warned_of_at_eighty_percent_too() -> None:
    early = WarningKey("usage_pace", "seven_day", NOON + 5 * DAY)
    week = usage(0.8, window="seven_day", resets_at=NOON + 5 * DAY)
    assert ["usage_warning"] == [one.key.kind for one in due_notifications(facts(week), LIMITS, [early], UTC)]


def test_a_warning_of_the_window_before_is_not_touched() -> None:
    before = WarningKey("limit_before_reset", "five_hour", RESET - 5 * HOUR)
    assert [] == withdrawn(facts(usage(0.1)), LIMITS, [before])


def test_after_a_raise_what_was_said_of_the_share_is_withdrawn() -> None:
    sent = [WarningKey("usage_warning", "five_hour", RESET), WarningKey("usage_critical", "five_hour", RESET)]
    assert sent == withdrawn(facts(usage(0.5)), LIMITS, sent)
    assert sent[1:] == withdrawn(facts(usage(0.85)), LIMITS, sent)


def test_a_second_window_is_only_said_to_run_out_if_it_does_so_earlier() -> None:
    five_hours = usage(0.5, said=RUNS_OUT)
    week = usage(
        0.5, window="seven_day", resets_at=NOON + 3 * HOUR, said=replace(RUNS_OUT, runs_out_at=NOON + 2 * HOUR)
    )
    (first,) = due_notifications(facts(week, five_hours), LIMITS, (), UTC)
    assert "five_hour" == first.key.subject
    assert [] == due_notifications(facts(week, five_hours), LIMITS, [first.key], UTC)
    earlier = replace(week, forecast=replace(RUNS_OUT, runs_out_at=NOON + HOUR // 2))
    (second,) = due_notifications(facts(earlier, five_hours), LIMITS, [first.key], UTC)
    assert "seven_day" == second.key.subject
    (left,) = due_notifications(facts(week, usage(0.5)), LIMITS, [replace(first.key, is_withdrawn=True)], UTC)
    assert "seven_day" == left.key.subject


def test_while_locked_out_nothing_is_said_to_run_out() -> None:
    week = usage(0.5, window="seven_day", resets_at=NOON + 3 * DAY, said=RUNS_OUT)
    found = due_notifications(facts(week, hit=Hit("five_hour", NOON, RESET)), LIMITS, (), UTC)
    assert ["limit_hit"] == [one.key.kind for one in found]


@pytest.mark.parametrize("kind", ["limit_hit", "usage_critical", "limit_before_reset"])
def test_a_limit_is_said_to_be_free_again_once_at_its_reset(kind: Kind) -> None:
    before = WarningKey(kind, "five_hour", NOON - MINUTE)
    (free,) = due_notifications(facts(), LIMITS, [before], UTC)
    assert "limit_free: 5 hours: your limit is free again: It was reset at 11:59." == f"{free.key.kind}: {free}"
    assert "info" == free.severity
    assert [] == due_notifications(facts(), LIMITS, [before, free.key], UTC)
    assert [] == due_notifications(facts(), LIMITS, [replace(before, until=NOON + 1)], UTC), "not before"
    assert [] == due_notifications(facts(), LIMITS, [replace(before, until=NOON - 5 * HOUR)], UTC), "nor long after"
    week = Hit("seven_day", NOON - HOUR, NOON + DAY)
    assert ["limit_hit"] == [one.key.kind for one in due_notifications(facts(hit=week), LIMITS, [before], UTC)]


def test_a_limit_that_was_reached_without_a_word_is_free_again_too() -> None:
    freed = replace(facts(), freed=(Freed("five_hour", NOON - MINUTE),))
    (free,) = due_notifications(freed, LIMITS, (), UTC)
    assert "limit_free: 5 hours: your limit is free again: It was reset at 11:59." == f"{free.key.kind}: {free}"
    said = WarningKey("limit_hit", "five_hour", NOON - MINUTE + 3)
    assert 1 == len(due_notifications(freed, LIMITS, [said], UTC)), "one for both"


def test_nothing_is_free_again_after_a_warning_that_was_wrong() -> None:
    wrong = WarningKey("limit_before_reset", "five_hour", NOON - MINUTE, is_withdrawn=True)
    assert [] == due_notifications(facts(), LIMITS, [wrong], UTC)


def test_a_wait_is_over_when_the_session_goes_on() -> None:
    waiting = WaitingSession("s1", None, None, NOON - 11 * MINUTE)
    (sent,) = due_notifications(facts(waiting=waiting), LIMITS, ())
    assert [] == withdrawn(facts(waiting=waiting), LIMITS, [sent.key])
    assert [sent.key] == withdrawn(facts(), LIMITS, [sent.key])
    assert [] == withdrawn(replace(facts(), sees_sessions=False), LIMITS, [sent.key])
    assert [] == due_notifications(facts(waiting=waiting), LIMITS, [replace(sent.key, is_withdrawn=True)])
