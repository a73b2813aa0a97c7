"""Collects the samples of some times into the body of one request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from exporter.domain.fleet.counting import Course, Known, key_of, with_values
from exporter.domain.usage.totals import LabelSet, Total
from exporter.metrics.collector import WITH_HISTORY
from exporter.metrics.counters import Announcements
from exporter.metrics.lean import Exposed, Labels
from exporter.push.masking import masked
from exporter.push.wire import Series, encode
from exporter.snapshot.parts import Figures


class Body(NamedTuple):
    """A request. `until`: its last time (ms); `known`: what the store has of the counters once it has arrived."""

    content: bytes
    samples: int
    until: int
    known: Known


class Collected:
    """`way`: that of the counters."""

    def __init__(self, exposed: Exposed, way: Course, *, with_projects: bool) -> None:
        self._exposed, self._way, self._with_projects = exposed, way, with_projects
        self._announcements = Announcements()
        self._series: dict[Labels, list[tuple[int, float]]] = {}
        self._written: list[tuple[object, list[tuple[Labels, float]]]] = [(object(), [])] * len(WITH_HISTORY)
        self._source: object = None
        self._totals: tuple[Total, ...] = ()
        self._values: Mapping[LabelSet, int] = {}
        self._until = 0
        self.samples = 0

    def begin(self, at: int, figures: Figures, new: Sequence[Total]) -> None:
        """Let these counters begin at 0 at this time (ms)."""
        ones = replace(figures, totals=with_values(new, dict.fromkeys(map(key_of, new), 1)))
        for labels, value in self._exposed.samples(WITH_HISTORY[0].families(ones, Announcements())):
            if value and any(name == "__name__" and label.endswith("_total") for name, label in labels):
                self._add(at, labels, 0.0)
        self._values = dict.fromkeys(map(key_of, new), 0)

    def add(self, figures: Figures) -> None:
        """Add past figures, whose totals are the sums then."""
        if figures.totals is not self._source:
            self._source = figures.totals
            totals = [one for one in masked(figures.totals, with_projects=self._with_projects) if self._is_known(one)]
            self._values = {key_of(one): self._way.at(key_of(one), one.exact) for one in totals}
            self._totals = with_values(totals, self._values)
        shown = replace(figures, totals=self._totals)
        for place, part in enumerate(WITH_HISTORY):
            found = part.of(shown)
            if found is not self._written[place][0]:
                families = part.families(shown, self._announcements)
                self._written[place] = (found, list(self._exposed.samples(families)))
            for labels, value in self._written[place][1]:
                self._add(figures.as_of, labels, value)

    def put(self, at: int, samples: Iterable[tuple[Labels, float]], values: Mapping[LabelSet, int]) -> None:
        """Add the samples of one time (ms). `values`: of the counters among them."""
        self._values = values
        for labels, value in samples:
            self._add(at, labels, value)

    def body(self) -> Body:
        """The request with what was collected since the last one."""
        content = encode(Series(labels, samples) for labels, samples in self._series.items())
        found = Body(content, self.samples, self._until, self._way.sent(self._values))
        self._series, self.samples = {}, 0
        return found

    def _is_known(self, total: Total) -> bool:
        return key_of(total) in self._way.top

    def _add(self, at: int, labels: Labels, value: float) -> None:
        self._series.setdefault(labels, []).append((at, value))
        self._until = max(self._until, at)
        self.samples += 1
