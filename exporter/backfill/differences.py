"""How history that was loaded differs from what is known today.

A store of metrics does not take back a sample. What is found later of a time that was loaded (a response that grows, an
old file that appears) makes the live counters rise now, and the past that was loaded stays as it was. That is told.
"""

from __future__ import annotations

from collections.abc import Mapping

from exporter.backfill.history import sums_at
from exporter.backfill.target import NOW
from exporter.domain.calendar import timestamp
from exporter.domain.usage.totals import LABELS, LabelSet, difference
from exporter.metrics.counters import COUNTERS, NAMESPACE
from exporter.metrics.history_text import series
from exporter.store.backfills import Loaded, kept
from exporter.store.reader import View

MOST_TOLD = 8

Differing = tuple[Loaded, dict[LabelSet, int]]
"""What was loaded, and how much more each label set adds up to today."""


def differing(connection: View) -> list[Differing]:
    """Of every target whose history differs."""
    found = ((loaded, differences(connection, loaded)) for loaded in kept(connection))
    return [(loaded, changed) for loaded, changed in found if changed]


def differences(connection: View, loaded: Loaded) -> dict[LabelSet, int]:
    """How much more each label set adds up to today until the end of what was loaded; none where nothing differs."""
    changed = difference(sums_at(connection, loaded.until), loaded.by_label_set())
    return {label_set: value for label_set, value in sorted(changed.items()) if value}


def given(
    connection: View, before: Loaded | None, until: int, held: Mapping[LabelSet, int]
) -> list[tuple[str, tuple[str, ...], int]]:
    """What a target that is filled now holds until then, by family and labels. `before`: what it held; `held`: what it
    could not be given.

    What differed before still does: it holds the sums of then, and what came since.
    """
    now = sums_at(connection, until)
    now = {label_set: value - min(value, held.get(label_set, 0)) for label_set, value in now.items()}
    if before is not None:
        held = before.by_label_set()
        since = difference(now, sums_at(connection, before.until))
        now = {label_set: held.get(label_set, 0) + since.get(label_set, 0) for label_set in held | since}
    return [(*label_set, value) for label_set, value in sorted(now.items())]


def summary(loaded: Loaded, changed: dict[LabelSet, int]) -> str:
    """In one line."""
    return (
        f"{len(changed)} series of the history that was loaded into {loaded.target} differ from what is known today:"
        " `claude-tracker backfill --check` tells which, and how to load it again"
    )


def in_words(loaded: Loaded, changed: dict[LabelSet, int], now: int) -> str:
    """What differs, and how to load it again at `now` (ms)."""
    lines = [
        f"The history until {timestamp.minute(loaded.until)} that was loaded into {loaded.target} differs from today's:"
    ]
    ordered = sorted(changed.items(), key=lambda item: (-abs(item[1]), item[0]))
    lines += [
        f"  {_named(*label_set)}  {value / _divisor(label_set[0]):+,g}" for label_set, value in ordered[:MOST_TOLD]
    ]
    again = loaded.again.replace(NOW, str(now // 1000))
    if len(ordered) > MOST_TOLD:
        lines.append(f"  and {len(ordered) - MOST_TOLD} more series")
    lines.append(f"What is shown from now on is right, only later than it was used. To mend the past, {again}")
    return "\n".join(lines)


def _named(family: str, labels: tuple[str, ...]) -> str:
    name = COUNTERS[family].name + "_total" if family in COUNTERS else family
    found = series(NAMESPACE + name, zip(LABELS[family], labels, strict=True))
    return found.removesuffix("{}")


def _divisor(family: str) -> int:
    return COUNTERS[family].divisor if family in COUNTERS else 1
