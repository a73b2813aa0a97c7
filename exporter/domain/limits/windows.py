"""The service's limits: readings of how much is used, and the official five-hour windows they name.

A reading is a share of one window at one time, with the window's reset where the source tells it. It is void once its
window was reset, and one without a reset 15 minutes after it was taken, or as soon as a known reset of its window has
passed. The freshest valid one wins, whatever its source.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from exporter.domain.blocks.block import BLOCK_MS, Window
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.limits.reading import FARTHEST_RESET_MS, SAME_RESET_MS


class ReportedReset(msgspec.Struct, frozen=True):
    """A five-hour reset that something told, and when (ms). `exact`: by a reading, not by a text for people."""

    resets_at: int
    observed_at: int
    exact: bool


def official_windows(told: Iterable[ReportedReset]) -> list[Window]:
    """The five-hour windows that these resets name, sorted, without overlaps.

        told      14:00 ▸ 17:10:04     15:20 ▸ 17:09:58     16:30 ▸ 17:40
        windows   [12:10 ──────────────── 17:10)
        ▸ 17:40 is half an hour off: another window     [12:40 ────── 17:40)
        it was told later, so it wins:  [12:10 ── 12:40)[12:40 ────── 17:40)

    Resets within ten minutes of a window's end name that window; the latest reading gives its end, to the nearest
    minute, and a text's reset counts only where no reading does. Where windows overlap, a reading's wins over a text's,
    else the one told later, and the other is cut.
    """
    taken: list[tuple[int, int]] = []
    for group in sorted(_groups(told), key=lambda t: (not t.exact, -t.observed_at)):
        end = (group.resets_at + MINUTE // 2) // MINUTE * MINUTE
        span = _left_of((end - BLOCK_MS, end), taken)
        if span is not None:
            insort(taken, span)
    return [Window(start, end) for start, end in taken]


def _groups(told: Iterable[ReportedReset]) -> list[ReportedReset]:
    """One for each window that is named: what gives its end. In the order in which they were named first.

    Those that may be near are looked for in the same and the next stretches of time, since there may be thousands.
    """
    groups: list[ReportedReset] = []
    stretches: defaultdict[int, set[int]] = defaultdict(set)
    for one in sorted(told, key=lambda t: (t.observed_at, t.resets_at)):
        if not one.observed_at < one.resets_at <= one.observed_at + FARTHEST_RESET_MS:
            continue
        at = one.resets_at // SAME_RESET_MS
        around = (number for stretch in (at - 1, at, at + 1) for number in stretches[stretch])
        near = min((n for n in around if abs(groups[n].resets_at - one.resets_at) <= SAME_RESET_MS), default=None)
        if near is None:
            near = len(groups)
            groups.append(one)
        elif one.exact or not groups[near].exact:
            stretches[groups[near].resets_at // SAME_RESET_MS].discard(near)
            groups[near] = one
        stretches[groups[near].resets_at // SAME_RESET_MS].add(near)
    return groups


def _left_of(span: tuple[int, int], taken: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """What remains of a span beside those taken: its longest part, None where nothing does.

    `taken`: in order, without overlaps, none longer than a block.
    """
    low, high = span
    longest = None
    for start, end in (*taken[bisect_left(taken, (low - BLOCK_MS,)) : bisect_left(taken, (high,))], (high, high)):
        if low < start and (longest is None or start - low > longest[1] - longest[0]):
            longest = low, start
        low = max(low, end)
    return longest
