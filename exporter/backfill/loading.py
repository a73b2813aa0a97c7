"""Loads missing history into a target."""

from __future__ import annotations

from collections.abc import Sequence

from exporter.backfill import differences
from exporter.backfill.gaps import Gap, Span, gaps, spans
from exporter.backfill.history import History, HistorySettings, Progress
from exporter.backfill.target import Target
from exporter.domain.calendar.timestamp import format_minute
from exporter.domain.text import visible
from exporter.errors import TargetError
from exporter.metrics.history_text import HistoryText
from exporter.store import backfills
from exporter.store.backfills import LoadedHistory
from exporter.store.reader import View

MAX_LISTED = 4


class Backfill:
    """The part of `[start, end)` (ms) that a target is missing when this is created. Raises TargetError.

    `labels`: of the target's live series.
    """

    def __init__(
        self, connection: View, target: Target, labels: dict[str, str], setting: HistorySettings, start: int, end: int
    ) -> None:
        self._connection = connection
        self._target = target
        self._labels = labels
        self._setting = setting
        self._start, self._end = start, target.end(end)
        self._has = self._gaps()
        self.spans = self._lacking(self._has)
        kept = backfills.load_records(connection)
        before = next((one for one in kept if (one.target, one.labels) == (str(target), labels)), None)
        first = self._has[0].before
        is_empty = first is None or (before is not None and first > before.until)
        self._before = None if is_empty else before

    def _gaps(self) -> list[Gap]:
        return list(gaps(self._target.times(), self._setting.step))

    def _lacking(self, has: Sequence[Gap]) -> list[Span]:
        return spans(has, self._start, self._end, self._setting.step)

    def describe(self) -> str:
        """What the target has, what will be loaded, and how the history loaded before differs."""
        named = ", ".join(f"{name}={value}" for name, value in self._labels.items())
        first, last = self._has[0].before, self._has[-1].after
        has = (
            f"has samples of {named} from {format_minute(first)} to {format_minute(last)}"
            if first and last
            else f"has no samples of {named}"
        )
        lines = [visible(f"{self._target} {has}.")]
        if self.spans:
            count = sum(len(span.steps(self._setting.step)) for span in self.spans)
            lines.append(f"Missing: {count:,} {'step' if count == 1 else 'steps'}, {_describe_spans(self.spans)}.")
        else:
            lines.append(f"Nothing is missing from {format_minute(self._start)} to {format_minute(self._end)}.")
        if self._before is not None and (changed := differences.differences(self._connection, self._before)):
            lines.append(differences.describe_differences(self._before, changed, self._setting.now))
        return "\n".join(lines)

    def load(self, progress: Progress) -> tuple[LoadedHistory, str]:
        """Load what is missing. Returns what to store about it, and a message."""
        history = History(self._connection, self.spans, self._setting, HistoryText(self._labels), self._target)
        messages = [self._target.take(history.steps(progress), history.head())]
        left = self._lacking(self._gaps())
        if left == self.spans:
            advice = self._target.advice(self._start, self._setting.now)
            raise TargetError(f"{self._target} does not show the loaded samples. {advice}".rstrip())
        if left:
            messages.append(
                f"{visible(self._target)} does not show all loaded samples; missing: {_describe_spans(left)}."
            )
        if history.missing:
            messages.append(
                f"{_incomplete(len(history.missing))} not imported completely: data arrived after the first scrape."
                " Run `claude-tracker backfill --check` for details."
            )
        messages.append(self._target.advice(self._start, self._setting.now))
        until = max(self.spans[-1].last, self._before.until if self._before is not None else 0)
        sums = differences.loaded_sums(self._connection, self._before, until, history.missing)
        again = self._target.reload_instructions()
        return LoadedHistory(str(self._target), self._labels, self._setting.now, until, sums, again), "\n".join(
            filter(None, messages)
        )


def _describe_spans(found: Sequence[Span]) -> str:
    messages = [f"from {format_minute(span.first)} to {format_minute(span.last)}" for span in found[:MAX_LISTED]]
    if len(found) > MAX_LISTED:
        more = len(found) - MAX_LISTED
        messages.append(f"and {more} more {'period' if more == 1 else 'periods'}")
    return ", ".join(messages)


def _incomplete(number: int) -> str:
    return "1 series was" if number == 1 else f"{number:,} series were"
