"""The history of limits: hits and readings."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from exporter.domain.blocks.block import END_OF_TIME
from exporter.domain.limits.elsewhere import used_elsewhere
from exporter.domain.limits.hit import window_length_ms
from exporter.domain.limits.reading import SEVEN_DAY, Reading
from exporter.snapshot.limit_parts import ChangePart, HitPart, RaisePart
from exporter.store import accounts
from exporter.store.blocks import blocks
from exporter.store.blocks.usage_spans import uses_between
from exporter.store.limits import calibrations, hits, raises, readings, window_ends
from exporter.store.limits.window_ends import WindowEnd
from exporter.store.reader import Reader, View
from exporter.store.usage.labels import Labels


class PastHit(msgspec.Struct, frozen=True):
    """A limit that was reached, with its account's usage of block and week until then. Costs in nano-dollars."""

    part: HitPart
    block_tokens: int
    block_cost: int
    week_tokens: int
    week_cost: int


class PastReading(msgspec.Struct, frozen=True):
    """A reading, its account's label, the last time it was reported (ms), and whether it is used."""

    reading: Reading
    account: str
    last_at: int
    used: bool


class PastWindow(msgspec.Struct, frozen=True):
    """A window that is over, its account's label, and the last that is known of it.

    `elsewhere`: the part of what was used, 0 to 1, that was used elsewhere; None where it is not clear.
    """

    window: str
    account: str
    end: WindowEnd
    elsewhere: float | None


class PastLimits(msgspec.Struct, frozen=True):
    """Every hit, raise and change, most recent first; the windows that are over and the readings, oldest first."""

    hits: tuple[PastHit, ...]
    readings: tuple[PastReading, ...]
    raises: tuple[RaisePart, ...] = ()
    changes: tuple[ChangePart, ...] = ()
    windows: tuple[PastWindow, ...] = ()


def past_limits(reader: Reader, since: int) -> PastLimits:
    """Every hit, raise and change, and the windows and readings since `since` (ms). Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None:
            return PastLimits((), ())
        labels, names = Labels(connection, read_only=True), accounts.labels(connection)
        stored = reversed(hits.between(connection, 0, END_OF_TIME))
        found = [_past_hit(connection, labels, HitPart(one, names[one.hit.account])) for one in stored]
        raised = [RaisePart(one, names[one.account]) for one in reversed(raises.between(connection, 0, END_OF_TIME))]
        history = [
            PastReading(one, names[one.account], last_at, used)
            for one, last_at, used in readings.iterate_history(connection, since)
        ]
        changed = [
            ChangePart(change, window, names[account])
            for (account, window), found_changes in calibrations.changes(connection).items()
            for change in found_changes
        ]
        changed.sort(key=lambda one: -one.change.at)
        windows = _past_windows(connection, names, since)
        return PastLimits(tuple(found), tuple(history), tuple(raised), tuple(changed), tuple(windows))


def course(reader: Reader, account: int, window: str, since: int) -> list[tuple[int, float]]:
    """What was reported of a window since then (ms), oldest first: time and used share. Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None:
            return []
        return [
            (one.observed_at, one.utilization)
            for one, _, used in readings.iterate_history(connection, since)
            if used and (one.account, one.window) == (account, window)
        ]


def _past_windows(connection: View, names: Mapping[int, str], since: int) -> list[PastWindow]:
    """The windows that ended since then (ms). What was used elsewhere follows from the size that was known before."""
    found = []
    for account, window in calibrations.sized_windows(connection):
        ends = window_ends.load(connection, account, window, END_OF_TIME)
        for number, end in enumerate(ends):
            if end.end < since:
                continue
            size = calibrations.size_before(connection, account, window, ends[:number])
            seen = end.observation
            part = used_elsewhere(seen.share, seen.spent, size)
            ratio = part / seen.share if part is not None else None
            found.append(PastWindow(window, names[account], end, ratio))
    return sorted(found, key=lambda one: (one.end.end, one.window, one.account))


def _past_hit(connection: View, labels: Labels, part: HitPart) -> PastHit:
    """The week is the official one if the hit is a weekly limit with a known reset, else the seven days before."""
    hit = part.hit
    block = blocks.latest_block_at(connection, hit.account, hit.at)
    start = block.start if block is not None and block.contains(hit.at) else hit.at
    in_block = uses_between(connection, labels, start, hit.at + 1, account=hit.account)
    is_week = hit.window.startswith(SEVEN_DAY) and hit.resets_at is not None
    week = hit.resets_at if is_week and hit.resets_at is not None else hit.at
    in_week = uses_between(connection, labels, week - window_length_ms(SEVEN_DAY), hit.at + 1, account=hit.account)
    return PastHit(
        part,
        sum(use.tokens.total for use in in_block),
        sum(use.cost for use in in_block),
        sum(use.tokens.total for use in in_week),
        sum(use.cost for use in in_week),
    )
