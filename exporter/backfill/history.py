"""Computes the history of a store, step by step, connected to a target's existing samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import NamedTuple

from exporter.backfill.gaps import BOUNDARY_MS, Join, Span, counter_after_gap
from exporter.backfill.target import Step, Target
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.usage.totals import FIRST_READ, PAST_FAMILIES, PROJECT_FAMILIES, UNANNOUNCED, LabelSet, Total
from exporter.metrics.counters import ANNOUNCE_MS
from exporter.metrics.history_text import HistoryText, label_sets
from exporter.snapshot.replay import Replay
from exporter.store import past_totals
from exporter.store.reader import View
from exporter.store.usage import totals
from exporter.store.usage.labels import Labels

Progress = Callable[[int, int], None]
"""Called with the number of steps done, and of all steps."""


class HistorySettings(NamedTuple):
    """What the values depend on in addition to the store. `now`, `step`: ms."""

    now: int
    step: int
    plan: PlanSettings
    zone: tzinfo | None


def start_of_history(connection: View) -> int | None:
    """The boundary (ms) before the store's first data; None if it is empty."""
    first = past_totals.first_at(connection)
    return None if first is None else (first - 1) // BOUNDARY_MS * BOUNDARY_MS


def sums_at(connection: View, moment: int) -> dict[LabelSet, int]:
    """The totals' exact sums at a moment (ms)."""
    return past_totals.sums_until(connection, Labels(connection, read_only=True), moment)


class History:
    """The history in `spans` as text. `target`: queried for the samples at the edges of the spans, if any."""

    def __init__(
        self,
        connection: View,
        spans: Sequence[Span],
        setting: HistorySettings,
        text: HistoryText,
        target: Target | None = None,
    ) -> None:
        self._connection = connection
        self._spans = spans
        self._setting = setting
        self._text = text
        self._target = target
        self._kept: dict[LabelSet, Total] = {
            (total.family, total.labels): total for total in totals.load(connection) if total.family in PAST_FAMILIES
        }
        # Without any scrape so far, the first tracker exposes everything at once: nothing has to be announced.
        self._earliest = UNANNOUNCED if totals.was_served(connection) else FIRST_READ
        self.missing: dict[LabelSet, int] = {}
        """What cannot be loaded for the time before the first sample: it was found later, so the live counters started
        lower."""
        self._replay = Replay(connection, spans[0].first, self._kept, setting.plan, setting.zone)

    def head(self) -> str:
        """The types of all families, for OpenMetrics."""
        return self._text.head(self._replay.at(self._spans[0].first, lambda _, exact: exact))

    def steps(self, progress: Progress) -> Iterator[Step]:
        """Every step of the spans, in order."""
        total = sum(len(span.steps(self._setting.step)) for span in self._spans)
        done = 0
        for span in self._spans:
            shown = self._join(span).shown  # one object for all steps: the replay recomputes all totals for another one
            for at in span.steps(self._setting.step):
                yield at, self._text.samples(self._replay.at(at, shown))
                done += 1
                progress(done, total)

    def _join(self, span: Span) -> Join:
        after, before = span.gap.after, span.gap.before
        floor = self._shown_at(after) if after is not None else {}
        if before is None:
            shown: Mapping[LabelSet, int] = {}
            exact = {label_set: total.exact for label_set, total in self._kept.items()}
            seen_until = self._setting.now - ANNOUNCE_MS
        else:
            shown, exact, seen_until = self._shown_at(before), sums_at(self._connection, before), before
        top = {}
        for label_set, total in self._kept.items():
            since = total.exact - exact.get(label_set, 0)
            first_seen_at = max(total.first_seen_at, self._earliest)
            top[label_set] = counter_after_gap(label_set, shown, total.peak - since, first_seen_at, seen_until)
        if after is None:
            less = {label_set: value - top[label_set] for label_set, value in exact.items() if label_set in top}
            self.missing = {label_set: value for label_set, value in less.items() if value > 0}
        return Join(floor, top, exact)

    def _shown_at(self, at: int) -> dict[LabelSet, int]:
        found = label_sets(self._target.samples(at)) if self._target is not None else {}
        exposed, _ = Labels(self._connection, read_only=True).projects.exposed(at)
        return {
            (family, exposed.get(labels[0], labels) if family in PROJECT_FAMILIES else labels): value
            for (family, labels), value in found.items()
        }
