"""Filling what a target lacks of the history."""

from __future__ import annotations

from collections.abc import Sequence

from exporter.backfill import differences
from exporter.backfill.gaps import Gap, Span, gaps, spans
from exporter.backfill.history import History, Progress, Setting
from exporter.backfill.target import Target
from exporter.domain.calendar.timestamp import DAY, minute
from exporter.errors import TargetError
from exporter.metrics.history_text import HistoryText
from exporter.store import backfills
from exporter.store.backfills import Loaded
from exporter.store.reader import View

MOST_TOLD = 4
OTHERS_MS = 2 * DAY


class Loading:
    """What of `[begin, end)` (ms) a target lacks, as it was asked at the start. Raises TargetError.

    `labels`: those of the target's live series.
    """

    def __init__(
        self, connection: View, target: Target, labels: dict[str, str], setting: Setting, begin: int, end: int
    ) -> None:
        self._connection = connection
        self._target = target
        self._labels = labels
        self._setting = setting
        self._begin, self._end = begin, target.end(end)
        self._has = self._gaps()
        self.spans = self._lacking(self._has)
        kept = backfills.kept(connection)
        before = next((one for one in kept if (one.target, one.labels) == (str(target), labels)), None)
        first = self._has[0].before
        is_gone = first is None or (before is not None and first > before.until)
        self._before = None if is_gone else before

    def _gaps(self) -> list[Gap]:
        return list(gaps(self._target.times(), self._setting.step))

    def _lacking(self, has: Sequence[Gap]) -> list[Span]:
        return spans(has, self._begin, self._end, self._setting.step)

    def in_words(self) -> str:
        """What it has, what it will be given, and what differs of what it was given before."""
        named = ", ".join(f"{name}={value}" for name, value in self._labels.items())
        first, last = self._has[0].before, self._has[-1].after
        has = f"has {named} from {minute(first)} to {minute(last)}" if first and last else f"has nothing of {named}"
        lines = [f"{self._target} {has}."]
        if not first and (others := self._target.others(self._setting.now - OTHERS_MS)):
            lines.append(
                f"It has samples of {', '.join(others[:MOST_TOLD])}: if one of these is this tracker, name its labels"
                " with --job, --instance and --label."
            )
        if self.spans:
            count = sum(len(span.steps(self._setting.step)) for span in self.spans)
            lines.append(f"It lacks {count:,} steps, {_in_words(self.spans)}.")
        else:
            lines.append(f"It lacks nothing of the history from {minute(self._begin)} to {minute(self._end)}.")
        if self._before is not None and (changed := differences.differences(self._connection, self._before)):
            lines.append(differences.in_words(self._before, changed, self._setting.now))
        return "\n".join(lines)

    def load(self, progress: Progress) -> tuple[Loaded, str]:
        """Give it what it lacks: what to keep of that, and what was done, in words."""
        history = History(self._connection, self.spans, self._setting, HistoryText(self._labels), self._target)
        told = [self._target.take(history.steps(progress), history.head())]
        left = self._lacking(self._gaps())
        if left == self.spans:
            raise TargetError(f"{self._target} shows nothing of what it was given. {self._target.advice(self._begin)}")
        if left:
            told.append(f"{self._target} does not show all of it: {_in_words(left)} is not there.")
        if history.held:
            told.append(
                f"{len(history.held)} series are held back: something of them was found after it was scraped first."
                " `claude-tracker backfill --check` tells what, and how to mend it."
            )
        told.append(self._target.advice(self._begin))
        until = max(self.spans[-1].last, self._before.until if self._before is not None else 0)
        sums = differences.given(self._connection, self._before, until, history.held)
        again = self._target.load_again()
        return Loaded(str(self._target), self._labels, self._setting.now, until, sums, again), "\n".join(told)


def _in_words(found: Sequence[Span]) -> str:
    told = [f"from {minute(span.first)} to {minute(span.last)}" for span in found[:MOST_TOLD]]
    if len(found) > MOST_TOLD:
        told.append(f"and {len(found) - MOST_TOLD} more times")
    return ", ".join(told)
