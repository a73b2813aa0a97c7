"""When what is known is sent on: not often, not twice, and after trouble later and later."""

from __future__ import annotations

import msgspec

from exporter.domain.calendar.timestamp import DAY, MINUTE, SECOND

TARGETS = ("netlify", "webhook")
PRIVACY = ("totals", "projects", "full")
"""How much is sent, the least first."""


class Pace(msgspec.Struct, frozen=True):
    """How often a target takes something, ms. `burst`: so many in a day come `every` so often, others each `sparse`."""

    every: int
    least: int = 20 * SECOND
    burst: int | None = None
    sparse: int = 24 * MINUTE


def netlify_pace(every: int) -> Pace:
    """Netlify takes 3 deploys a minute and 100 a day (docs.netlify.com, "Rate limiting"): at most 85 of ours, and room
    for what is sent at once.
    """
    return Pace(every, burst=25)


MOST_A_DAY = 99
LONGEST_WAIT_MS = DAY + MINUTE


class StateDigest(msgspec.Struct, frozen=True):
    """What of a state makes it another one. `block_end`: ms, of the running block; `hits`: those that lock out now.

    `digest`: of all that was used and told, without what only moves with the clock.
    """

    digest: str
    block_end: int | None
    hits: tuple[str, ...]


class SyncState(msgspec.Struct, frozen=True):
    """What is kept of a target. Times in ms, None where it never was.

    `runs`, `failures`: how often it was tried, and failed. `last_success_at`: when it last had all that was known.
    `sent`: what it was sent last; `sent_to`: where, at which privacy and with which page, as a digest. `sent_at`: the
    times of the last day at which it took something. `failed`: how often in a row; `retry_at`: not before. `problem`:
    what is wrong, in words. `is_stopped`: nothing is tried until the configuration changes. `is_watched`: a process
    keeps it up to date, not somebody by hand.
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

    def looked_at(self) -> int:
        """When it was last tried or found up to date, ms."""
        return max(self.last_success_at or 0, self.tried_at)


def is_urgent(sent: StateDigest | None, found: StateDigest, now: int) -> bool:
    """Whether a block ended since, or a limit was reached."""
    if sent is None:
        return False
    ended = sent.block_end is not None and sent.block_end <= now and found.block_end != sent.block_end
    return ended or bool(set(found.hits) - set(sent.hits))


def has_all(state: SyncState, found: StateDigest, to: str) -> bool:
    """Whether the target has what was found; `to`: where and how it would be sent."""
    return state.sent is not None and state.sent.digest == found.digest and state.sent_to == to and not state.failed


def waits(state: SyncState, now: int) -> bool:
    """Whether nothing is to be tried at `now` (ms). No wait is longer than a day: a longer one is of another clock."""
    return state.is_stopped or (state.retry_at is not None and now < state.retry_at <= now + LONGEST_WAIT_MS)


def is_due(state: SyncState, pace: Pace, found: StateDigest, to: str, now: int) -> bool:
    """Whether to send what was found at `now` (ms)."""
    if waits(state, now) or has_all(state, found, to):
        return False
    if free_at(state, pace, now) > now:
        return False
    if state.failed or state.sent_to != to or is_urgent(state.sent, found, now):
        return True
    lately = _lately(state.sent_at, now)
    since = now - lately[-1] if lately else pace.every
    is_sparse = pace.burst is not None and len(lately) >= pace.burst
    return since >= (max(pace.every, pace.sparse) if is_sparse else pace.every)


def free_at(state: SyncState, pace: Pace, now: int) -> int:
    """From when on (ms) the target takes something more; `now` where it does."""
    lately = _lately(state.sent_at, now)
    if not lately:
        return now
    next_day = lately[-MOST_A_DAY] + DAY if pace.burst is not None and len(lately) >= MOST_A_DAY else now
    return max(now, lately[-1] + pace.least, next_day)


def succeeded(state: SyncState, found: StateDigest, to: str, now: int) -> SyncState:
    """Everything was sent."""
    return msgspec.structs.replace(
        _tried(state, now, counts=True),
        last_success_at=now,
        sent=found,
        sent_to=to,
        failed=0,
        retry_at=None,
        problem=None,
        is_stopped=False,
    )


def failed(state: SyncState, now: int, problem: str, retry_at: int | None, *, counts: bool) -> SyncState:
    """It could not be sent. `retry_at`: ms; None where trying again helps nothing. `counts`: the target took a part."""
    return msgspec.structs.replace(
        _tried(state, now, counts=counts),
        failures=state.failures + 1,
        failed=state.failed + 1,
        retry_at=retry_at,
        problem=problem,
        is_stopped=retry_at is None,
    )


def up_to_date(state: SyncState, now: int) -> SyncState:
    """Nothing is new, says the process that keeps it so."""
    return msgspec.structs.replace(state, last_success_at=now, is_watched=True)


def resumed(state: SyncState) -> SyncState:
    """The configuration may have changed, so that it is tried again."""
    return msgspec.structs.replace(state, is_stopped=False)


def _tried(state: SyncState, now: int, *, counts: bool) -> SyncState:
    sent_at = _lately(state.sent_at, now)
    counted = (*sent_at, now) if counts else sent_at
    return msgspec.structs.replace(state, runs=state.runs + 1, tried_at=now, sent_at=counted)


def _lately(sent_at: tuple[int, ...], now: int) -> tuple[int, ...]:
    """Of the last day; a time in the future is another clock's."""
    return tuple(at for at in sent_at if now - DAY < at <= now)
