"""When what is known is sent on."""

from __future__ import annotations

import msgspec

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, SECOND
from exporter.domain.sync import (
    Pace,
    StateDigest,
    SyncState,
    is_current,
    is_due,
    is_urgent,
    is_waiting,
    mark_up_to_date,
    netlify_pace,
    next_send_at,
    record_failure,
    record_success,
)

NOW = 400 * DAY
PACE = netlify_pace(5 * MINUTE)
OLD, NEW = StateDigest("old", NOW + HOUR, ()), StateDigest("new", NOW + HOUR, ())
SENT = record_success(SyncState("netlify"), OLD, "site", NOW - 5 * MINUTE)


def test_it_syncs_at_first_and_then_at_intervals_when_data_changed() -> None:
    assert is_due(SyncState("netlify"), PACE, NEW, "site", NOW)
    assert is_due(SENT, PACE, NEW, "site", NOW)
    assert not is_due(SENT, PACE, NEW, "site", NOW - 1)
    assert not is_due(SENT, PACE, OLD, "site", NOW + DAY)
    assert is_current(SENT, OLD, "site")


def test_a_new_target_or_privacy_level_syncs_at_once() -> None:
    assert is_due(SENT, PACE, OLD, "another", NOW - 4 * MINUTE)
    assert not is_due(SENT, PACE, OLD, "another", NOW - 5 * MINUTE + 19 * SECOND)


def test_the_end_of_a_block_or_a_limit_hit_syncs_at_once() -> None:
    ended = StateDigest("new", None, ())
    assert not is_urgent(OLD, ended, NOW), "it was taken back, not over"
    assert is_urgent(OLD, ended, NOW + HOUR)
    assert is_urgent(OLD, StateDigest("new", OLD.block_end, ("five_hour 1",)), NOW)
    assert not is_urgent(None, ended, NOW)
    assert is_due(SENT, PACE, StateDigest("new", OLD.block_end, ("five_hour 1",)), "site", NOW - 4 * MINUTE)


def test_after_many_syncs_in_a_day_it_slows_down_and_stops() -> None:
    def sent(count: int, every: int) -> SyncState:
        return msgspec.structs.replace(SENT, sent_at=tuple(NOW - every * place for place in range(count, 0, -1)))

    assert is_due(sent(24, 5 * MINUTE), PACE, NEW, "site", NOW)
    assert not is_due(sent(25, 5 * MINUTE), PACE, NEW, "site", NOW)
    assert is_due(sent(25, 24 * MINUTE), PACE, NEW, "site", NOW)
    assert is_due(sent(25, 5 * MINUTE), Pace(5 * MINUTE), NEW, "site", NOW), "a webhook takes more"
    full = sent(99, 14 * MINUTE)
    assert NOW - 99 * 14 * MINUTE + DAY == next_send_at(full, PACE, NOW)
    assert not is_due(full, PACE, StateDigest("new", OLD.block_end, ("five_hour 1",)), "site", NOW)


def test_a_failed_sync_is_retried_without_new_data() -> None:
    state = record_failure(SENT, NOW, "it is away", NOW + HOUR, counts=False)
    assert is_waiting(state, NOW + HOUR - 1)
    assert is_due(state, PACE, OLD, "site", NOW + HOUR)
    assert (2, 1, 1, SENT.sent_at) == (state.runs, state.failures, state.failed, state.sent_at)
    assert (NOW - 5 * MINUTE, NOW) == record_failure(SENT, NOW, "it is away", NOW, counts=True).sent_at
    assert not is_waiting(state, NOW - 365 * DAY), "of a clock that was ahead"
    stopped = record_failure(SENT, NOW, "no", None, counts=False)
    assert is_waiting(stopped, NOW + 100 * DAY)
    again = record_success(state, NEW, "site", NOW + HOUR)
    assert (0, None, None, 1) == (again.failed, again.problem, again.retry_at, again.failures)


def test_an_unchanged_state_counts_as_success() -> None:
    state = mark_up_to_date(SENT, NOW)
    assert (NOW, 1, True) == (state.last_success_at, state.runs, state.is_watched)
    assert NOW == state.last_checked_at()
