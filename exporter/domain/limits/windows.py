"""The official 5-hour windows and weeks, derived from reported resets."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from exporter.domain.blocks.block import BLOCK_MS, Window
from exporter.domain.calendar.timestamp import DAY, MINUTE
from exporter.domain.limits.reading import SAME_RESET_MS

WEEK_MS = 7 * DAY


class ReportedReset(msgspec.Struct, frozen=True):
    """A reported reset, and when it was reported (ms). `exact`: from a reading, not from a limit text."""

    resets_at: int
    observed_at: int
    exact: bool


def official_windows(resets: Iterable[ReportedReset]) -> list[Window]:
    """Derive the 5-hour windows from these resets, sorted, without overlaps.

        reported  14:00 ▸ 17:10:04     15:20 ▸ 17:09:58     16:30 ▸ 17:40
        windows   [12:10 ──────────────── 17:10)
        ▸ 17:40 is half an hour off: another window     [12:40 ────── 17:40)
        it was reported later, so it wins:  [12:10 ── 12:40)[12:40 ────── 17:40)

    Resets within ten minutes of a window's end belong to that window. The latest reading gives its end, rounded to the
    nearest minute; a text's reset counts only without any reading. Where windows overlap, a window from a reading wins
    over one from a text, otherwise the one reported later wins; the other is cut.
    """
    taken: list[tuple[int, int]] = []
    for group in sorted(_group_resets(resets, BLOCK_MS), key=lambda t: (not t.exact, -t.observed_at)):
        end = _to_minute(group.resets_at)
        span = _longest_free_part((end - BLOCK_MS, end), taken)
        if span is not None:
            insort(taken, span)
    return [Window(start, end) for start, end in taken]


def official_weeks(resets: Iterable[ReportedReset]) -> list[Window]:
    """Derive the weeks from these resets, sorted, without overlaps.

        reported    Nov 8 ▸ 13    Nov 14 ▸ 20    Nov 16 ▸ 18: moved while the week ran
        weeks     [6 ──── 13)[13 ──── 18)

    Resets are grouped as those of 5-hour windows. A week starts seven days before its reset, or when the one before was
    over; where a later report moves the reset of a week that runs, that week ends where the new one starts.
    """
    weeks: list[Window] = []
    for group in sorted(_group_resets(resets, WEEK_MS), key=lambda one: one.observed_at):
        end = _to_minute(group.resets_at)
        start = end - WEEK_MS
        while weeks and weeks[-1].end > start:
            last = weeks.pop()
            if last.end <= group.observed_at:
                weeks.append(last)
                start = last.end
            elif last.start < start:
                weeks.append(Window(last.start, start))
        weeks.append(Window(start, end))
    return weeks


def _to_minute(ms: int) -> int:
    return (ms + MINUTE // 2) // MINUTE * MINUTE


def _group_resets(resets: Iterable[ReportedReset], length_ms: int) -> list[ReportedReset]:
    """Return one reset per window: the one that gives its end. In the order in which the windows were first reported.

    There may be thousands, so only resets in the same and the adjacent time buckets are compared.
    """
    groups: list[ReportedReset] = []
    buckets: defaultdict[int, set[int]] = defaultdict(set)
    for reset in sorted(resets, key=lambda t: (t.observed_at, t.resets_at)):
        if not reset.observed_at < reset.resets_at <= reset.observed_at + length_ms + SAME_RESET_MS:
            continue
        at = reset.resets_at // SAME_RESET_MS
        around = (number for bucket in (at - 1, at, at + 1) for number in buckets[bucket])
        near = min((n for n in around if abs(groups[n].resets_at - reset.resets_at) <= SAME_RESET_MS), default=None)
        if near is None:
            near = len(groups)
            groups.append(reset)
        elif reset.exact or not groups[near].exact:
            buckets[groups[near].resets_at // SAME_RESET_MS].discard(near)
            groups[near] = reset
        buckets[groups[near].resets_at // SAME_RESET_MS].add(near)
    return groups


def _longest_free_part(span: tuple[int, int], taken: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """The longest part of a span that is not taken; None if all of it is.

    `taken`: spans in order, without overlaps, none longer than a block.
    """
    low, high = span
    longest = None
    for start, end in (*taken[bisect_left(taken, (low - BLOCK_MS,)) : bisect_left(taken, (high,))], (high, high)):
        if low < start and (longest is None or start - low > longest[1] - longest[0]):
            longest = low, start
        low = max(low, end)
    return longest
