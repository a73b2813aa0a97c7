"""The exposition of past figures, in the formats that metrics stores import.

OpenMetrics for `promtool tsdb create-blocks-from openmetrics`: types first, times in seconds, `# EOF` at the end.
VictoriaMetrics imports the text format with times in milliseconds. Samples are written step by step, not by family, so
that a history of any length can be streamed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from math import isnan
from typing import NamedTuple

from prometheus_client.core import Metric
from prometheus_client.utils import floatToGoString

from exporter.domain.sessions.session import DURATION_BOUNDS_S
from exporter.domain.usage.totals import LABELS, PAST_FAMILIES, LabelSet
from exporter.metrics.collector import WITH_HISTORY
from exporter.metrics.counters import COUNTERS, NAMESPACE, Announcements
from exporter.snapshot.parts import Figures

EOF = "# EOF\n"
ALWAYS = f"{NAMESPACE}block_active"
"""A series that is part of every scrape since the first version, so its samples are the times of scrapes."""
RESERVED = frozenset(chain(*LABELS.values(), ("__name__", "le", "state", "basis", "family", "window", "source")))
"""Label names that our families use."""


class Sample(NamedTuple):
    """A sample in a metrics store."""

    name: str
    labels: Mapping[str, str]
    value: float


def series(name: str, labels: Iterable[tuple[str, str]]) -> str:
    """A series in both formats, with its labels ordered by name."""
    inside = ",".join(f'{key}="{_escaped(value)}"' for key, value in sorted(labels))
    return f"{name}{{{inside}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class HistoryText:
    """Writes figures with the labels of one target: `job`, `instance` and others."""

    def __init__(self, target: Mapping[str, str]) -> None:
        self._target = tuple(target.items())
        self._series: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
        self._written: list[tuple[object, list[str]]] = [(object(), [])] * len(WITH_HISTORY)
        self._announcements = Announcements()

    def head(self, figures: Figures) -> str:
        """The types of all families, for OpenMetrics."""
        families = chain.from_iterable(part.families(figures, self._announcements) for part in WITH_HISTORY)
        return "".join(f"# TYPE {family.name} {family.type}\n" for family in families)

    def samples(self, figures: Figures) -> list[str]:
        """Each sample as `series value`, without its time."""
        for place, (part, (basis, _)) in enumerate(zip(WITH_HISTORY, self._written, strict=True)):
            found = part.of(figures)
            if found is not basis:
                families = part.families(figures, self._announcements)
                self._written[place] = (found, list(self._lines(families)))
        return list(chain.from_iterable(lines for _, lines in self._written))

    def _lines(self, families: Iterable[Metric]) -> Iterator[str]:
        for family in families:
            for name, labels, value, *_ in family.samples:
                key = (name, tuple(labels.items()))
                known = self._series.get(key)
                if known is None:
                    known = self._series[key] = series(name, (*labels.items(), *self._target))
                yield f"{known} {floatToGoString(value)}"  # type: ignore[no-untyped-call]


def with_time(samples: Iterable[str], time: str) -> str:
    """Samples of one time, a line each. `time`: in the format's own unit."""
    end = f" {time}\n"
    text = end.join(samples)
    return text + end if text else ""


_DUMPED = re.compile(r"\{(.*)\} (\S+) (-?\d+)")
_LABEL = re.compile(r'"?([\w.:]+)"?="((?:[^"\\]|\\.)*)"')


def parse_dumped_line(line: str) -> tuple[Sample, int] | None:
    """A line of `promtool tsdb dump` with its time (ms); None for other formats and staleness markers (NaN)."""
    found = _DUMPED.fullmatch(line.strip())
    if found is None or isnan(float(found[2])):
        return None
    labels = {name: _unescaped(value) for name, value in _LABEL.findall(found[1])}
    return Sample(labels.pop("__name__", ""), labels, float(found[2])), int(found[3])


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), value)


def label_sets(samples: Iterable[Sample]) -> dict[LabelSet, int]:
    """The values of our totals in these samples of one scrape, in the units of the database."""
    found: dict[LabelSet, int] = {}
    buckets: dict[str, dict[str, float]] = {}
    duration = f"{NAMESPACE}session_duration_seconds"
    for name, labels, value in samples:
        if name == f"{duration}_bucket":
            buckets.setdefault(labels.get("session_type", ""), {})[_bound(labels.get("le", ""))] = value
        elif name == f"{duration}_sum":
            found["session_duration_sum", (labels.get("session_type", ""),)] = round(value * 1000)
        elif (family := _FAMILIES.get(name)) is not None:
            key = tuple(labels.get(label, "") for label in LABELS[family])
            found[family, key] = round(value * COUNTERS[family].divisor)
    for session_type, counts in buckets.items():
        before = 0.0
        for bound in (*map(str, DURATION_BOUNDS_S), "+Inf"):
            own = counts.get(bound, before) - before
            found["session_duration_bucket", (session_type, bound)] = round(own)
            before += own
    return found


def _bound(text: str) -> str:
    """A bucket's bound as we write it: stores write 60 for 60.0."""
    return text if text == "+Inf" else str(float(text))


_FAMILIES = {f"{NAMESPACE}{spec.name}_total": family for family, spec in COUNTERS.items() if family in PAST_FAMILIES}
