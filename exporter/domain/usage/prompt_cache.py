"""The prompt cache: what was written to it again, by the transcripts, and misses, as the status line reports them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from exporter.domain.calendar.timestamp import HOUR, MINUTE, SECOND
from exporter.domain.usage.labels import OTHER, UNKNOWN

SHORT_LIFE_MS = 5 * MINUTE
LONG_LIFE_MS = HOUR
"""How long a cache lives after each use: five minutes, or an hour if it was written for an hour."""


class CacheUse(NamedTuple):
    """What one response did with the cache. `at`: ms; tokens."""

    at: int
    model: str
    read: int
    written_5m: int
    written_1h: int


def written_again(last: CacheUse | None, use: CacheUse, lives_long: Callable[[], bool]) -> int:
    """The tokens that a response wrote again after the `last` one of the main chain of its session, if there is one.

    `lives_long`: whether the cache lived an hour after the last one; it is asked only where that matters.

              ├─lifetime─┤
    last  ────┴──────────┼──────────┬─── use      its cache expired: what was cached is written again
    """
    if last is None or last.model != use.model or use.at - last.at <= SHORT_LIFE_MS:
        return 0
    again = min(use.written_5m + use.written_1h, last.read + last.written_5m + last.written_1h - use.read)
    is_alive = again > 0 and use.at - last.at <= LONG_LIFE_MS and lives_long()
    return 0 if is_alive else max(again, 0)


def is_own_start(last: CacheUse | None, use: CacheUse) -> bool:
    """Whether the lifetime of the cache after a response does not depend on those before it."""
    return use.written_1h > 0 or last is None or last.model != use.model or use.at - last.at > LONG_LIFE_MS


def lives_long(latest_first: Iterable[CacheUse]) -> bool:
    """Whether the cache lives an hour after the first of these, which are one chain: one wrote for an hour since."""
    recent: list[CacheUse] = []
    for use in latest_first:
        if recent and is_own_start(use, recent[-1]):
            break
        recent.append(use)
    is_long, last = False, None
    for use in reversed(recent):
        if last is not None and use.at - last.at > (LONG_LIFE_MS if is_long else SHORT_LIFE_MS):
            is_long = False
        is_long, last = is_long or use.written_1h > 0, use
    return is_long


CAUSES = (
    "system_prompt_changed",
    "tools_changed",
    "model_changed",
    "fast_mode_changed",
    "cache_scope_or_ttl_changed",
    "betas_changed",
    "effort_changed",
    "auto_mode_changed",
    "overage_changed",
    "extra_body_changed",
    "defer_loading_changed",
    "messages_rewritten",
    "ttl_expired_5m",
    "ttl_expired_1h",
    "likely_server_side",
    UNKNOWN,
    OTHER,
)
"""Why a request missed the cache, as the client names it. `unknown`: it gave no cause; `other`: one not listed here."""

SAME_START_MS = 10 * SECOND
"""A process's start, by the length that a status line states, is known as exactly as this."""


class CacheTotals(msgspec.Struct, frozen=True, order=True):
    """What a process of a session counted so far. `rewritten`: tokens that misses wrote again, as the client counts.

    `causes`: misses by cause, sorted; a miss may have several causes, or none.
    """

    requests: int
    misses: int = 0
    rewritten: int = 0
    causes: tuple[tuple[str, int], ...] = ()

    def follows(self, earlier: CacheTotals) -> bool:
        """Whether one process can have counted first the earlier ones and then these."""
        return self.requests >= earlier.requests and self.misses >= earlier.misses


class CacheLine(msgspec.Struct, frozen=True, order=True):
    """The totals in a status line. `answered_at`: their last answer; `seen_at`: when it was written, ms.

    `started_at`: about when the process started (ms); None if it is not known.
    """

    answered_at: int
    seen_at: int
    totals: CacheTotals
    started_at: int | None = None

    def has_start_of(self, other: CacheLine) -> bool:
        if self.started_at is None or other.started_at is None:
            return False
        return abs(self.started_at - other.started_at) <= SAME_START_MS


def cause_label(name: str) -> str:
    """The `cause` label of a cause as the client names it."""
    return name if name in CAUSES else OTHER


def processes(lines: Iterable[CacheLine]) -> list[list[CacheLine]]:
    """The lines of a session by process, each in order of time. The order in which they came does not matter.

    A line belongs to the process with the same start; where none has it, to the one of the line before. Totals that
    fell start a new process: they are counted from 0 again when a session is resumed.
    """
    found: list[list[CacheLine]] = []
    latest: list[CacheLine] | None = None
    for line in sorted(lines, key=_by_time):
        own = next((one for one in reversed(found) if _continues(one, line) and line.has_start_of(one[0])), latest)
        if own is None or not _continues(own, line):
            own = []
            found.append(own)
        own.append(line)
        latest = own
    return found


def _by_time(line: CacheLine) -> tuple[int, int, CacheTotals, int]:
    return line.answered_at, line.seen_at, line.totals, line.started_at or 0


def _continues(process: Sequence[CacheLine], line: CacheLine) -> bool:
    return line.totals.follows(process[-1].totals)


class Misses(msgspec.Struct, frozen=True):
    """The misses of some processes. `rewritten`: tokens that they wrote again, as the client counts."""

    requests: int = 0
    misses: int = 0
    rewritten: int = 0
    by_cause: Mapping[str, int] = {}


def misses_of(totals: Iterable[CacheTotals]) -> Misses:
    """The sum of the last totals of each process. Misses without a cause are `unknown`."""
    requests = misses = rewritten = 0
    causes: Counter[str] = Counter()
    for one in totals:
        requests, misses, rewritten = requests + one.requests, misses + one.misses, rewritten + one.rewritten
        causes.update(dict(one.causes))
        causes[UNKNOWN] += max(0, one.misses - sum(count for _, count in one.causes))
    return Misses(requests, misses, rewritten, {cause: count for cause, count in causes.items() if count})
