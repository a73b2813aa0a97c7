"""What was spent in a running window, and its size, if it can be trusted."""

from __future__ import annotations

from exporter.domain.forecast.room import Spent, agrees, size_of_spent
from exporter.domain.limits.calibration import Calibration, shown_size
from exporter.domain.limits.hit import window_length_ms
from exporter.domain.limits.lockout import holds_model
from exporter.domain.limits.raised import Raise
from exporter.domain.limits.reading import Reading
from exporter.domain.periods import family_of
from exporter.snapshot.usage.spent import UsageSince
from exporter.store.limits.raises import NOTHING_USED
from exporter.store.limits.readings import is_sized


def window_start(window: str, resets_at: int, raised: Raise | None) -> int:
    """When a running window started (ms): at its early reset, if it had one."""
    start = resets_at - window_length_ms(window)
    return raised.at if raised is not None and raised.at > start and raised.after < NOTHING_USED else start


def spent_since(used: UsageSince, window: str, start: int) -> int:
    """What counts towards a window and was spent from `start` (ms) on, in nano-dollars."""
    return sum(use.cost for use in used.since(start) if holds_model(window, family_of(use.model)))


def official_spending(used: UsageSince, reading: Reading, resets_at: int, raised: Raise | None) -> Spent | None:
    """What was spent in the window of a reading until now; None if it is not known what counts towards it."""
    window = reading.window
    if not is_sized(window):
        return None
    start = window_start(window, resets_at, raised)
    total = spent_since(used, window, start)
    until = total - spent_since(used, window, max(start, reading.observed_at + 1))
    since_raise = None
    if raised is not None and start < raised.at <= reading.observed_at:
        before = total - spent_since(used, window, raised.at + 1)
        since_raise = (reading.utilization - raised.after, until - before)
    return Spent(total, reading.utilization, until, since_raise)


def trusted_history(spent: Spent, history: Calibration | None) -> Calibration | None:
    """The size by earlier windows, unless the running window's official share disagrees with it."""
    if history is None or spent.share is None or spent.until_reading is None:
        return history
    return history if agrees(spent.share, spent.until_reading, history.as_size) else None


def trusted_size(spent: Spent | None, history: Calibration | None) -> Calibration | None:
    """The size that is shown: of earlier windows and the running one, where they agree."""
    if spent is None:
        return None
    trusted = trusted_history(spent, history)
    size = size_of_spent(spent, trusted)
    return shown_size(size, trusted) if size is not None else None
