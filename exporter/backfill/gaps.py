"""The gaps of a metrics store, and how loaded samples connect to the existing ones.

the store    |                ┌─ live ──┐       ┌─ live
gaps         [───────────────)           (─────)
a counter    0  rises to the first       from the last value before the gap
             live value                  to the first one after it
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from exporter.domain.calendar.timestamp import HOUR, MINUTE
from exporter.domain.usage.totals import FIRST_READ, LabelSet

RECENT_MS = 3 * HOUR
"""Prometheus still holds these samples in memory, and accepts no blocks for the same time."""
BOUNDARY_MS = 2 * HOUR
"""The length of its in-memory blocks, and the boundaries at which they end."""
MIN_GAP_MS = 15 * MINUTE
"""Shorter pauses are not gaps: a failed scrape, or a restart."""


class Gap(msgspec.Struct, frozen=True):
    """A time without samples, between the last sample before and the first one after (ms); None if there is none."""

    after: int | None
    before: int | None


class Span(msgspec.Struct, frozen=True):
    """A gap with the steps that fill it, from `first` to `last` (ms), inclusive."""

    gap: Gap
    first: int
    last: int

    def steps(self, step: int) -> range:
        return range(self.first, self.last + 1, step)


def end_of_history(now: int) -> int:
    """The end of loadable history: the last two-hour boundary that is at least three hours ago."""
    return (now - RECENT_MS) // BOUNDARY_MS * BOUNDARY_MS


def gaps(times: Iterable[int], step: int) -> Iterator[Gap]:
    """The gaps between samples at these times (ms, in order). `step`: ms, between samples that fill a gap."""
    before: int | None = None
    for time in times:
        if before is None or time - before > max(MIN_GAP_MS, 2 * step):
            yield Gap(before, time)
        before = time
    yield Gap(before, None)


def spans(found: Iterable[Gap], start: int, end: int, step: int) -> list[Span]:
    """The steps of `[start, end)` in gaps, at multiples of `step` (ms)."""
    spans = []
    for gap in found:
        first = start if gap.after is None else max(start, gap.after + 1)
        last = (end if gap.before is None else min(end, gap.before)) - 1
        first, last = -(-first // step) * step, last // step * step
        if first <= last:
            spans.append(Span(gap, first, last))
    return spans


class Join(msgspec.Struct, frozen=True):
    """Maps a counter's exact sums to its values in a gap, so that it rises from its value before to the one after.

    `floor`: the values before; `top`: the values after, where the exact sums are `exact`. Without corrections both rise
    equally. If a file was found late, so that the live counter rose later than its entries say, the counter stays at
    the floor until the rest fits: it never falls, and never rises twice.
    """

    floor: Mapping[LabelSet, int]
    top: Mapping[LabelSet, int]
    exact: Mapping[LabelSet, int]

    def shown(self, label_set: LabelSet, exact: int) -> int:
        """The counter's value if the exact sum is `exact`, which is the value itself without a top."""
        lower = self.floor.get(label_set, 0)
        upper = self.top.get(label_set)
        if upper is None:
            return max(lower, exact)
        return max(lower, min(upper, exact + upper - self.exact.get(label_set, 0)))


def in_order(times: Iterable[int]) -> Sequence[int]:
    """The times in order, stored compactly: a year of scrapes is two million."""
    found = array("q", times)
    if any(found[place] > found[place + 1] for place in range(len(found) - 1)):
        return array("q", sorted(found))
    return found


def counter_after_gap(
    label_set: LabelSet, shown_values: Mapping[LabelSet, int], then: int, first_seen_at: int, at: int
) -> int:
    """A counter's value after a gap that ends with samples at `at` (ms).

    It is taken from these samples. A counter that is not among them started at 0 if it was first seen later, else was
    at `then`: its value now, minus the usage since.
    """
    if label_set in shown_values:
        return shown_values[label_set]
    return 0 if first_seen_at > at or first_seen_at < FIRST_READ else max(0, then)
