"""Which times a store of metrics lacks, and how what fills them joins what is there.

the store    |                ┌─ live ──┐       ┌─ live
gaps         [───────────────)           (─────)
a counter    0  rises as it did, up to   from what it was to what it became
             what it is there
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from exporter.domain.calendar.timestamp import HOUR, MINUTE
from exporter.domain.usage.totals import FIRST_READ, LabelSet

RECENT_MS = 3 * HOUR
"""Prometheus still holds so much in its memory, and takes nothing beside it."""
BOUNDARY_MS = 2 * HOUR
"""The length of its blocks in memory, and where they end."""
LEAST_MS = 15 * MINUTE
"""A shorter pause is none: a scrape that failed, or a restart."""


class Gap(msgspec.Struct, frozen=True):
    """Times (ms) without samples, between the last one before and the first one after; None where there is none."""

    after: int | None
    before: int | None


class Span(msgspec.Struct, frozen=True):
    """A gap with the steps that fill it: from `first` to `last` (ms), both too."""

    gap: Gap
    first: int
    last: int

    def steps(self, step: int) -> range:
        return range(self.first, self.last + 1, step)


def end_of_history(now: int) -> int:
    """Up to when history may be loaded: at most up to three hours ago, ended on a two-hour boundary."""
    return (now - RECENT_MS) // BOUNDARY_MS * BOUNDARY_MS


def gaps(times: Iterable[int], step: int) -> Iterator[Gap]:
    """Where samples at these times (ms, in order) leave gaps. `step`: ms, between the samples that would fill one."""
    before: int | None = None
    for time in times:
        if before is None or time - before > max(LEAST_MS, 2 * step):
            yield Gap(before, time)
        before = time
    yield Gap(before, None)


def spans(found: Iterable[Gap], begin: int, end: int, step: int) -> list[Span]:
    """The steps of `[begin, end)` that lie in gaps, on multiples of `step` (ms)."""
    spans = []
    for gap in found:
        first = begin if gap.after is None else max(begin, gap.after + 1)
        last = (end if gap.before is None else min(end, gap.before)) - 1
        first, last = -(-first // step) * step, last // step * step
        if first <= last:
            spans.append(Span(gap, first, last))
    return spans


class Join(msgspec.Struct, frozen=True):
    """How a counter's exact sums become what it shows in a gap, so that it rises from what it was to what it will be.

    `floor` is what it showed before, `top` what it shows after, where the exact sum is `exact`. With nothing corrected
    both rise alike. If a late-found file made the live counter rise later than its lines tell, it stands at the floor
    until the rest fits: so it neither falls nor rises twice.
    """

    floor: Mapping[LabelSet, int]
    top: Mapping[LabelSet, int]
    exact: Mapping[LabelSet, int]

    def shown(self, label_set: LabelSet, exact: int) -> int:
        """The counter where the exact sum is `exact`; without a top, that itself."""
        least = self.floor.get(label_set, 0)
        most = self.top.get(label_set)
        if most is None:
            return max(least, exact)
        return max(least, min(most, exact + most - self.exact.get(label_set, 0)))


def in_order(times: Iterable[int]) -> Sequence[int]:
    """The times in order, in little room: a year of scrapes is two millions."""
    found = array("q", times)
    if any(found[place] > found[place + 1] for place in range(len(found) - 1)):
        return array("q", sorted(found))
    return found


def top_of(label_set: LabelSet, told: Mapping[LabelSet, int], then: int, first_met_at: int, at: int) -> int:
    """What a counter shows after a gap that ends with samples at `at` (ms).

    Told by those samples; one that is not among them was shown from 0 on if it was met later, else as it was `then`:
    what it shows now without what was used since.
    """
    if label_set in told:
        return told[label_set]
    return 0 if first_met_at > at or first_met_at < FIRST_READ else max(0, then)
