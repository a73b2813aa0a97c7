"""How loaded history differs from today's data.

A metrics store does not change samples. Data that is found later for a loaded time (a response that grows, an old file
that appears) makes the live counters rise now, and the loaded history stays as it was. The user gets a message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from exporter.backfill.history import sums_at
from exporter.backfill.target import NOW
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.text import visible
from exporter.domain.usage.totals import LABELS, LabelSet, difference
from exporter.metrics.counters import COUNTERS, NAMESPACE
from exporter.metrics.history_text import series
from exporter.store.backfills import LoadedHistory, load_records
from exporter.store.reader import View

MAX_LISTED = 8
SMALL = 1_000
"""A difference below one part in so many is not reported."""

Differing = tuple[LoadedHistory, dict[LabelSet, int]]
"""Loaded history, and today's sum of each differing label set minus the loaded one."""


def find_differing(connection: View) -> list[Differing]:
    """The targets with differing history."""
    found = ((loaded, differences(connection, loaded)) for loaded in load_records(connection))
    return [(loaded, changed) for loaded, changed in found if changed]


def differences(connection: View, loaded: LoadedHistory) -> dict[LabelSet, int]:
    """Today's sums until the end of the loaded history, minus the loaded ones, by series.

    Without those that nobody has to repair: below a thousandth of the loaded sum, or not more than what came in the
    last hour before the first scrape, where a scrape and a count can differ.
    """
    now = sums_at(connection, loaded.until)
    kept = _by_series(loaded.by_label_set())
    last_hour = _by_series(difference(now, sums_at(connection, loaded.until - HOUR)))
    changed = _by_series(difference(now, loaded.by_label_set()))
    return {
        label_set: value
        for label_set, value in sorted(changed.items())
        if abs(value) > max(kept.get(label_set, 0) // SMALL, last_hour.get(label_set, 0))
    }


def _by_series(sums: Mapping[LabelSet, int]) -> Counter[LabelSet]:
    """The parts of a project's label are one series."""
    found: Counter[LabelSet] = Counter()
    for (family, labels), value in sums.items():
        found[family, labels[: len(LABELS[family])]] += value
    return found


def loaded_sums(
    connection: View, before: LoadedHistory | None, until: int, missing: Mapping[LabelSet, int]
) -> list[tuple[str, tuple[str, ...], int]]:
    """What a target holds until `until` after a load, by family and labels.

    `before`: what it held; `missing`: what could not be loaded. What differed before still does: the target holds the
    sums of that time, plus what was added since.
    """
    now = sums_at(connection, until)
    now = {label_set: value - min(value, missing.get(label_set, 0)) for label_set, value in now.items()}
    if before is not None:
        missing = before.by_label_set()
        since = difference(now, sums_at(connection, before.until))
        now = {label_set: missing.get(label_set, 0) + since.get(label_set, 0) for label_set in missing | since}
    return [(*label_set, value) for label_set, value in sorted(now.items())]


def summary(loaded: LoadedHistory, changed: dict[LabelSet, int]) -> str:
    """One line about the differences."""
    return (
        f"{len(changed)} series of the history loaded into {loaded.target}"
        f" {'differs' if len(changed) == 1 else 'differ'} from today's data:"
        " run `claude-tracker backfill --check` for details"
    )


def describe_differences(loaded: LoadedHistory, changed: dict[LabelSet, int], now: int) -> str:
    """Every difference, and how to load the history again at `now` (ms)."""
    lines = [
        f"The history until {timestamp.format_minute(loaded.until)} loaded into {visible(loaded.target)}"
        " differs from today's data:"
    ]
    ordered = sorted(changed.items(), key=lambda item: (-abs(item[1]), item[0]))
    lines += [
        f"  {visible(_named(*label_set))}  {value / _divisor(label_set[0]):+,g}"
        for label_set, value in ordered[:MAX_LISTED]
    ]
    again = loaded.again.replace(NOW, str(now // 1000))
    if len(ordered) > MAX_LISTED:
        lines.append(f"  and {len(ordered) - MAX_LISTED} more series")
    lines.append(f"New samples are correct: they include this usage, but at a later time. To fix the history, {again}")
    return "\n".join(lines)


def _named(family: str, labels: tuple[str, ...]) -> str:
    name = COUNTERS[family].name + "_total" if family in COUNTERS else family
    found = series(NAMESPACE + name, zip(LABELS[family], labels, strict=False))
    return found.removesuffix("{}")


def _divisor(family: str) -> int:
    return COUNTERS[family].divisor if family in COUNTERS else 1
