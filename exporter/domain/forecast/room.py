"""How much of a window is left, in dollars, from its last reading and what was spent since."""

from __future__ import annotations

import math

import msgspec

from exporter.domain.limits.calibration import Calibration, Size, join_sizes, size_of_running

ALMOST_FULL = 0.995
"""Nothing is full before the service said so, or refused a request."""
AGREEMENT = 1.3
"""An estimate that differs from the official share by more is not shown."""
HALF_PERCENT = 0.005
MOST_ERROR = 0.6


class Spent(msgspec.Struct, frozen=True):
    """What was spent here in the running window, in nano-dollars, and until its last reading of the used share.

    `share`, `until_reading`: None without a reading. `since_raise`: after the limit was raised in this window, the
    share and the spending of the time since then alone, by the reading.
    """

    total: int
    share: float | None = None
    until_reading: int | None = None
    since_raise: tuple[float, int] | None = None


class Room(msgspec.Struct, frozen=True):
    """What is left: `share` used now, `left` in nano-dollars and its relative `error`, by a `size`.

    `official`: the share by the last reading alone; 0 without one.
    """

    share: float
    left: float
    error: float
    size: Size
    official: float = 0.0


def room_of(spent: Spent, history: Calibration | None) -> Room | None:
    """The room in the running window; None while its size is not known.

    The share is the last reading plus what was spent since, by the size; without a reading, all that was spent.
    """
    size = size_of_spent(spent, history)
    if size is None:
        return None
    since = spent.total - (spent.until_reading or 0)
    official = spent.share or 0.0
    share = min(official + since / size.value, ALMOST_FULL)
    share_since = max(share - official, 0.0)
    error = math.hypot(math.hypot(0.003, size.error * share_since) / (1 - share), size.error)
    return Room(share, size.value * (1 - share), min(error, MOST_ERROR), size, official)


def size_of_spent(spent: Spent, history: Calibration | None) -> Size | None:
    """The size of the running window, as earlier windows and the window itself show it; None if neither does."""
    return join_sizes(history.as_size if history is not None else None, _own_size(spent))


def _own_size(spent: Spent) -> Size | None:
    """The size that the window itself shows."""
    if spent.since_raise is not None:
        return size_of_running(*spent.since_raise)
    if spent.share is None or spent.until_reading is None:
        return None
    return size_of_running(spent.share, spent.until_reading)


def agrees(share: float, spent: int, estimate: Size) -> bool:
    """Whether an estimated size fits the official share, which is rounded to a percent."""
    estimated = spent / estimate.value
    low, high = max(0.0, share - HALF_PERCENT), share + HALF_PERCENT
    return low / AGREEMENT <= estimated <= high * AGREEMENT
