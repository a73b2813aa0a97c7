"""Keeps a store of many machines up to date: first the past that it lacks, on a grid, then the present each minute.

A body is acknowledged, refused for good, or tried again; what is refused adds nothing to the counters that the store
has, so the next ones bring it. With a clock that is not the store's, nothing is sent: a sample of the future could
make the store refuse everybody else's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import NamedTuple, Protocol

from exporter.domain.calendar.timestamp import HOUR, MINUTE, SECOND
from exporter.domain.fleet import state as states
from exporter.domain.fleet.state import StoreState
from exporter.errors import TrackerError
from exporter.publish.http import backoff_s
from exporter.push.answers import Verdict
from exporter.push.collecting import Body
from exporter.push.receiver import Reply
from exporter.push.source import GRID_MS, SentSoFar, Standing
from exporter.push.splitting import halves
from exporter.push.wire import encode

log = logging.getLogger(__name__)

LIVE_MS = MINUTE
"""Between two samples of the present, at multiples of it in UTC."""
EARLIEST_MS, JITTER_MS = 5 * SECOND, 40 * SECOND
"""How long after its time a sample is sent at least, and how much longer at most: each tracker at its own moment."""
MAX_SKEW_S = 120.0
STEPS_AT_ONCE = 2_016
"""Of the past, taken from the database in one look: a week."""
SAMPLES_PER_SECOND = 10_000
"""Of the past: a thousand machines come back on Monday morning."""
JUMP_MS = 30 * SECOND


class Post(Protocol):
    def post(self, body: bytes) -> Reply: ...


class Figures(Protocol):
    """See `exporter.push.source`. Each method may raise DatabaseError."""

    def standing(self) -> Standing | None: ...
    def past(self, times: Sequence[int], sent: SentSoFar, own: Mapping[str, str]) -> Iterator[Body]: ...
    def present(self, at: int, now: int, sent: SentSoFar, own: Mapping[str, str]) -> Body | None: ...


class States(Protocol):
    """Stores the state. Each method may raise TrackerError."""

    def load(self) -> StoreState: ...
    def keep(self, state: StoreState) -> None: ...
    def exclusive(self, *, waits: bool) -> AbstractContextManager[bool]:
        """Lock out other processes that send to this store. Yields whether that succeeded."""


class Plan(NamedTuple):
    """`labels`: of every series, apart from the tracker's id. `since`: the earliest time (ms) to send; None for all."""

    store: str
    labels: Mapping[str, str]
    since: int | None = None


class Pusher:
    """`clock`: Unix time, ms; `steady`: ms on a clock that nobody sets. `wait` sleeps for seconds."""

    def __init__(
        self,
        plan: Plan,
        figures: Figures,
        receiver: Post,
        kept: States,
        clock: Callable[[], int],
        steady: Callable[[], int],
        wait: Callable[[float], None],
    ) -> None:
        self._plan, self._figures, self._receiver, self._kept = plan, figures, receiver, kept
        self._clock, self._steady, self._wait = clock, steady, wait
        self._right_at: tuple[int, int] | None = None
        self._said: set[str] = set()
        self._is_resumed = False
        self.state = StoreState(plan.store)
        """As of the last look."""

    def check(self) -> None:
        """Send what is due. Problems are logged once."""
        now = self._clock()
        if self._is_resumed and self._is_waiting(now):
            return
        if self._is_resumed and now < self._next_at(now):
            return
        try:
            with self._kept.exclusive(waits=False) as is_free:
                if is_free:
                    self._push(now)
        except TrackerError as error:
            self._say_once(str(error))

    def once(self) -> StoreState:
        """Send everything until now, whether it is due or not, and return the state. Raises TrackerError."""
        with self._kept.exclusive(waits=True):
            self._push(self._clock())
        return self.state

    def _is_waiting(self, now: int) -> bool:
        retry_at = self.state.retry_at
        return retry_at is not None and now < retry_at <= now + 24 * HOUR

    def _next_at(self, now: int) -> int:
        """When the next sample of the present is to be sent."""
        own = int(self.state.tracker[:8] or "0", 16) % JITTER_MS if self.state.tracker else 0
        return (self.state.until // LIVE_MS + 1) * LIVE_MS + EARLIEST_MS + own if self.state.until <= now else now

    def _push(self, now: int) -> None:
        self.state = self._kept.load()
        standing = self._figures.standing()
        if standing is None or standing.start is None:
            return
        self._is_resumed = True
        if not self._has_right_clock(now) or not self._begin(standing):
            return
        at = now // LIVE_MS * LIVE_MS
        if at > self.state.until and self._send_past(at, standing) and at > self.state.until:
            body = self._figures.present(at, self._clock(), self._sent(), self._labels)  # the past may have taken long
            if body is not None:
                self._deliver(body, standing)

    def _begin(self, standing: Standing) -> bool:
        """Let new series begin if this is another database, or under other labels. Returns whether to go on."""
        state = self.state
        if (state.tracker, state.labels) == (standing.tracker, self._plan.labels):
            if standing.sequence >= state.sequence:
                return True
            self._fail("the database is older than what was sent: restart the tracker, which gives it a new id", HOUR)
            return False
        start = standing.start or 0
        begin = state.until if state.tracker else max(start, -(-(self._plan.since or start) // GRID_MS) * GRID_MS)
        self.state = states.started(state, standing.tracker, self._plan.labels, begin, self._plan.store)
        self._kept.keep(self.state)
        return True

    @property
    def _labels(self) -> Mapping[str, str]:
        return {**self._plan.labels, "tracker": self.state.tracker}

    def _sent(self) -> SentSoFar:
        state = self.state
        known = state.known()
        if known:
            return SentSoFar(known, state.until)
        return SentSoFar(known, None, state.begin, state.carried_sums() if state.goes_on else None)

    def _send_past(self, at: int, standing: Standing) -> bool:
        """Send the steps of the grid before `at` that the store lacks. Returns whether to go on to the present."""
        while times := list(islice(self._steps(at), STEPS_AT_ONCE)):
            for body in list(self._figures.past(times, self._sent(), self._labels)):
                if not self._deliver(body, standing):
                    return False
                self._wait(body.samples / SAMPLES_PER_SECOND if times[-1] - times[0] > HOUR else 0.0)
            if self.state.until < times[-1]:
                return False
        return True

    def _steps(self, at: int) -> Iterator[int]:
        state = self.state
        if not state.counters and state.until == state.begin:
            yield state.begin
        yield from range((state.until // GRID_MS + 1) * GRID_MS, at, GRID_MS)

    def _deliver(self, body: Body, standing: Standing) -> bool:
        """Send a body, in parts if it is too large. Returns whether to go on: it arrived, or was refused for good."""
        parts, is_whole = [(body.content, body.samples)], True
        while parts:
            content, samples = parts.pop(0)
            reply = self._post(content)
            verdict = reply.verdict
            if verdict.kind == "too large" and (smaller := halves(content)):
                parts[:0] = smaller
            elif verdict.kind in ("refused", "too large"):
                is_whole = False
                reason = verdict.reason or "limit"
                self.state = states.refused(self.state, reason, samples)
                self._say_once(f"{samples} samples were refused for good ({reason}): {verdict.problem}")
            elif verdict.kind != "accepted":
                self._note_failure(verdict)
                return False
        now = self._clock()
        if is_whole:
            if self.state.failed:
                log.info("%s: sent again", self._plan.store)
                self._said.clear()
            self.state = states.acknowledged(self.state, body.known, body.until, standing.sequence, now)
        else:
            self.state = states.passed_over(self.state, body.until)
        self._kept.keep(self.state)
        return True

    def _post(self, content: bytes) -> Reply:
        reply = self._receiver.post(content)
        if reply.skew_s is not None and abs(reply.skew_s) > MAX_SKEW_S:
            self._right_at = None
        return reply

    def _has_right_clock(self, now: int) -> bool:
        """Whether the store's clock says the same; asked with an empty body, at first and after a jump."""
        steady = self._steady()
        if self._right_at is not None and abs((now - self._right_at[0]) - (steady - self._right_at[1])) < JUMP_MS:
            return True
        reply = self._post(encode(()))
        skew_s = reply.skew_s
        if skew_s is not None:
            self.state = states.with_skew(self.state, skew_s)
        if reply.verdict.kind in ("later", "stopped"):
            self._note_failure(reply.verdict)
            return False
        if skew_s is not None and abs(skew_s) > MAX_SKEW_S:
            way = "ahead of" if skew_s > 0 else "behind"
            self._fail(f"this clock is {abs(skew_s) / 60:.0f} min {way} the store's: nothing is sent until it is right")
            return False
        self._right_at = (now, steady)
        self._kept.keep(self.state)
        return True

    def _note_failure(self, verdict: Verdict) -> None:
        is_stopped = verdict.kind == "stopped"
        wait_ms = states.STOPPED_MS if is_stopped else round(1_000 * max(backoff_s(self.state.failed), verdict.after_s))
        self._fail(verdict.problem, wait_ms, is_stopped=is_stopped)

    def _fail(self, problem: str, wait_ms: int = 5 * MINUTE, *, is_stopped: bool = False) -> None:
        self._say_once(problem)
        self.state = states.failed(self.state, problem, self._clock() + wait_ms, is_stopped=is_stopped)
        self._kept.keep(self.state)

    def _say_once(self, problem: str) -> None:
        if problem not in self._said:
            self._said.add(problem)
            log.warning("%s: %s", self._plan.store, problem)
