"""When to sync to a target: not too often, not twice, and with growing delays after failures."""

from __future__ import annotations

import msgspec

from exporter.domain.calendar.timestamp import DAY, MINUTE, SECOND

TARGETS = ("netlify", "webhook")
PRIVACY = ("totals", "projects", "full")
"""Privacy levels, from the least data to the most."""


class Pace(msgspec.Struct, frozen=True):
    """How often to sync to a target, ms. The first `burst` syncs of a day come at `every`, the rest at `sparse`."""

    every: int
    min_gap: int = 20 * SECOND
    burst: int | None = None
    sparse: int = 24 * MINUTE


def netlify_pace(every: int) -> Pace:
    """The pace for Netlify, which allows 3 deploys a minute and 100 a day (docs.netlify.com, "Rate limiting").

    We make at most 85, which leaves room for urgent ones.
    """
    return Pace(every, burst=25)


MAX_DEPLOYS_PER_DAY = 99
MAX_WAIT_MS = DAY + MINUTE


class StateDigest(msgspec.Struct, frozen=True):
    """Identifies a state, to detect changes. `block_end`: ms, of the running block. `hits`: the active lockouts.

    `digest`: of all usage and reports, without values that only change with the clock.
    """

    digest: str
    block_end: int | None
    hits: tuple[str, ...]


class SyncState(msgspec.Struct, frozen=True):
    """The stored state of a target. Times in ms, None for never.

    `runs`, `failures`: how many attempts were made, and failed. `last_success_at`: when it was last up to date.
    `sent`: what was sent last; `sent_to`: where, at which privacy and with which page, as a digest. `sent_at`: the
    times of the last day's deliveries. `failed`: failures in a row; `retry_at`: the earliest next attempt. `problem`:
    the error message. `is_stopped`: no attempts until the configuration changes. `is_watched`: a process keeps it up
    to date, not the user by hand.
    """

    target: str
    runs: int = 0
    failures: int = 0
    last_success_at: int | None = None
    tried_at: int = 0
    sent: StateDigest | None = None
    sent_to: str = ""
    sent_at: tuple[int, ...] = ()
    failed: int = 0
    retry_at: int | None = None
    problem: str | None = None
    is_stopped: bool = False
    is_watched: bool = False

    def last_checked_at(self) -> int:
        """When it was last attempted or found up to date, ms."""
        return max(self.last_success_at or 0, self.tried_at)


def is_urgent(sent: StateDigest | None, found: StateDigest, now: int) -> bool:
    """Whether a block ended or a limit was reached since the last sync."""
    if sent is None:
        return False
    ended = sent.block_end is not None and sent.block_end <= now and found.block_end != sent.block_end
    return ended or bool(set(found.hits) - set(sent.hits))


def is_current(state: SyncState, found: StateDigest, to: str) -> bool:
    """Whether the target already has this state. `to`: where and how it would be sent."""
    return state.sent is not None and state.sent.digest == found.digest and state.sent_to == to and not state.failed


def is_waiting(state: SyncState, now: int) -> bool:
    """Whether no attempt is allowed at `now` (ms). A wait of over a day came from another clock and is ignored."""
    return state.is_stopped or (state.retry_at is not None and now < state.retry_at <= now + MAX_WAIT_MS)


def is_due(state: SyncState, pace: Pace, found: StateDigest, to: str, now: int) -> bool:
    """Whether to send this state at `now` (ms)."""
    if is_waiting(state, now) or is_current(state, found, to):
        return False
    if next_send_at(state, pace, now) > now:
        return False
    if state.failed or state.sent_to != to or is_urgent(state.sent, found, now):
        return True
    recent = _last_day(state.sent_at, now)
    since = now - recent[-1] if recent else pace.every
    is_sparse = pace.burst is not None and len(recent) >= pace.burst
    return since >= (max(pace.every, pace.sparse) if is_sparse else pace.every)


def next_send_at(state: SyncState, pace: Pace, now: int) -> int:
    """The earliest time (ms) at which the target accepts another sync; `now` if it does already."""
    recent = _last_day(state.sent_at, now)
    if not recent:
        return now
    next_day = (
        recent[-MAX_DEPLOYS_PER_DAY] + DAY if pace.burst is not None and len(recent) >= MAX_DEPLOYS_PER_DAY else now
    )
    return max(now, recent[-1] + pace.min_gap, next_day)


def record_success(state: SyncState, found: StateDigest, to: str, now: int) -> SyncState:
    """Return the state after everything was sent."""
    return msgspec.structs.replace(
        _record_attempt(state, now, counts=True),
        last_success_at=now,
        sent=found,
        sent_to=to,
        failed=0,
        retry_at=None,
        problem=None,
        is_stopped=False,
    )


def record_failure(state: SyncState, now: int, problem: str, retry_at: int | None, *, counts: bool) -> SyncState:
    """Return the state after a failure. `retry_at`: ms; None if a retry is useless. `counts`: part of it arrived."""
    return msgspec.structs.replace(
        _record_attempt(state, now, counts=counts),
        failures=state.failures + 1,
        failed=state.failed + 1,
        retry_at=retry_at,
        problem=problem,
        is_stopped=retry_at is None,
    )


def mark_up_to_date(state: SyncState, now: int) -> SyncState:
    """Return the state after a watching process found nothing new to send."""
    return msgspec.structs.replace(state, last_success_at=now, is_watched=True)


def resume(state: SyncState) -> SyncState:
    """Allow attempts again, because the configuration may have changed."""
    return msgspec.structs.replace(state, is_stopped=False)


def _record_attempt(state: SyncState, now: int, *, counts: bool) -> SyncState:
    sent_at = _last_day(state.sent_at, now)
    counted = (*sent_at, now) if counts else sent_at
    return msgspec.structs.replace(state, runs=state.runs + 1, tried_at=now, sent_at=counted)


def _last_day(sent_at: tuple[int, ...], now: int) -> tuple[int, ...]:
    """The times within the last day; times in the future came from another clock."""
    return tuple(at for at in sent_at if now - DAY < at <= now)
