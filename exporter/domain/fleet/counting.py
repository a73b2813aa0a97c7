"""Counters in a store of many machines: each begins at 0 and never falls, whatever happened to the database.

What a store was sent is kept; what is sent next is that, and what was added since. So a new price, a rebuild, a
forgotten session or a transcript that was found late move nothing that was sent, and every way of asking (`increase`,
the last value less the first) gives the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from exporter.domain.usage.totals import FIRST_READ, LabelSet, Total


class Sent(NamedTuple):
    """What the store has of a counter, and the counter's own value (`Total.peak`) then."""

    value: int
    peak: int


Known = Mapping[LabelSet, Sent]
NOTHING: Known = {}


def key_of(total: Total) -> LabelSet:
    return total.family, total.labels


class Course(NamedTuple):
    """The way of every counter from what was sent last up to now.

    `floor`: what was sent. `top`: what will have been sent now. `exact`: the sums now; `peaks`: the counters now.
    """

    floor: Mapping[LabelSet, int]
    top: Mapping[LabelSet, int]
    exact: Mapping[LabelSet, int]
    peaks: Mapping[LabelSet, int]

    def at(self, label_set: LabelSet, exact: int) -> int:
        """The counter's value when its sum was `exact`: never below the floor, never above the top."""
        top = self.top[label_set]
        return max(self.floor.get(label_set, 0), min(top, exact + top - self.exact[label_set]))

    def sent(self, values: Mapping[LabelSet, int]) -> dict[LabelSet, Sent]:
        """What is known once these values have arrived. What is left until the top comes with the next ones."""
        return {
            label_set: Sent(value, self.peaks[label_set] - (self.top[label_set] - value))
            for label_set, value in values.items()
        }


def course(totals: Iterable[Total], known: Known, before: Mapping[LabelSet, int]) -> Course:
    """`totals`: of now. `before`: sums that are not this tracker's to send, as another one sent them."""
    floor, top, exact, peaks = {}, {}, {}, {}
    for total in totals:
        label_set = key_of(total)
        exact[label_set], peaks[label_set] = total.exact, total.peak
        sent = known.get(label_set)
        if sent is None:
            top[label_set] = max(0, total.exact - before.get(label_set, 0))
        else:
            floor[label_set] = sent.value
            top[label_set] = sent.value + max(0, total.peak - sent.peak)
    return Course(floor, top, exact, peaks)


def with_values(totals: Iterable[Total], values: Mapping[LabelSet, int]) -> tuple[Total, ...]:
    """The totals with these values as counters."""
    return tuple(Total(one.family, one.labels, one.exact, values[key_of(one)], FIRST_READ) for one in totals)
