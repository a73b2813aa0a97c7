"""How much of each limit is used: from official readings, else estimated; each value says which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from exporter.domain.blocks.figures import BlockFigures
from exporter.domain.calendar.timestamp import HOUR, MINUTE
from exporter.domain.limits.calibration import Calibration, weighted_tokens
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.limits.reading import FIVE_HOUR, WITHOUT_RESET_MS, Reading, latest_valid, next_reset
from exporter.domain.periods import WEEK_PACE_MS
from exporter.domain.usage.totals import LabelSet, Total
from exporter.snapshot.parts import LimitPart, TokenLimit
from exporter.snapshot.usage.spent import StoredUsage, UsageSince, cost_since, recent_uses
from exporter.store.limits import hits, readings
from exporter.store.reader import View
from exporter.store.usage import labels


def current_limits(
    connection: View, used: StoredUsage, now: int, burn_per_minute: float | None = None
) -> tuple[LimitPart, ...]:
    """By window, without unknown ones. `burn_per_minute`: of the running block, nano-dollars."""
    return limits_from_readings(
        readings.last_of_each(connection),
        hits.resets_between(connection, now - WITHOUT_RESET_MS, now),
        readings.calibrations(connection),
        labels.window_labels(connection),
        used,
        now,
        burn_per_minute,
    )


def limits_from_readings(
    last: Sequence[Reading],
    resets: Iterable[tuple[str, int]],
    sizes: Mapping[str, Calibration],
    labels_by_window: Mapping[str, str],
    used: UsageSince,
    now: int,
    burn_per_minute: float | None = None,
) -> tuple[LimitPart, ...]:
    """From the last readings of each window and source. `resets`: windows and resets (ms) of recent hits;
    `sizes`, `labels_by_window`: the estimated sizes and the labels of windows.
    """
    found = [
        _official(used, reading, last, sizes.get(window), labels_by_window.get(window, window), now, burn_per_minute)
        for window, reading in latest_valid(last, now, resets).items()
    ]
    return tuple(sorted(found, key=lambda limit: limit.window))


def _official(
    used: UsageSince,
    reading: Reading,
    last: Sequence[Reading],
    size: Calibration | None,
    label: str,
    now: int,
    burn_per_minute: float | None,
) -> LimitPart:
    full_in_s = None
    if size is not None:
        left = size.size * (1 - reading.utilization) - cost_since(used, reading.observed_at + 1)
        full_in_s = _full_in_s(left, _pace(used, reading.window, now, burn_per_minute))
    return LimitPart(
        reading.window,
        label,
        reading.utilization,
        "official",
        reading.source,
        reading.observed_at,
        next_reset(reading.window, last, now),
        size,
        full_in_s,
    )


def estimated_block(
    size: Calibration | None, known: Sequence[LimitPart], now: int, cost: int, end: int, burn_per_minute: float
) -> tuple[LimitPart, ...]:
    """The 5-hour window estimated from the running block's cost, if it has no valid reading but a known size."""
    if size is None or any(limit.window == FIVE_HOUR for limit in known):
        return ()
    full_in_s = _full_in_s(size.size - cost, burn_per_minute)
    return (LimitPart(FIVE_HOUR, FIVE_HOUR, cost / size.size, "estimated", "calibration", now, end, size, full_in_s),)


def _pace(used: UsageSince, window: str, now: int, burn_per_minute: float | None) -> float:
    """Nano-dollars per minute: the block's burn rate for 5 hours, the average of the last days for a week."""
    if window == FIVE_HOUR:
        return burn_per_minute or 0.0
    uses, recent_ms = recent_uses(used, now, WEEK_PACE_MS)
    return sum(use.cost for use in uses) * MINUTE / recent_ms


def _full_in_s(left: float, per_minute: float) -> float | None:
    if left <= 0:
        return 0.0
    return left / per_minute * 60 if per_minute else None


def block_limit(numbers: BlockFigures, limits: Sequence[LimitPart], plan: PlanSettings) -> TokenLimit | None:
    """The configured limit, else the estimated one, else None."""
    if plan.block_token_limit is not None:
        left = plan.block_token_limit - numbers.tokens
        full_in_s = _full_in_s(left, numbers.burn_tokens_per_minute)
        return TokenLimit(plan.block_token_limit, "custom", numbers.tokens, full_in_s)
    known = next((limit for limit in limits if limit.window == FIVE_HOUR), None)
    if known is None or known.size is None:
        return None
    used = weighted_tokens(numbers.cost_nano)
    return TokenLimit(weighted_tokens(known.size.size), "official_calibrated", used, known.full_in_s, known.size)


def lockouts(connection: View, now: int) -> tuple[Hit, ...]:
    """The limits that are reached and have not reset yet. Without a known reset, for an hour."""
    running = [hit for hit in hits.running(connection) if hit.resets_at is not None and hit.resets_at > now]
    return (*running, *hits.recent_without_reset(connection, now - HOUR))


def with_lockouts(connection: View, kept: Sequence[Total], now: int) -> tuple[Total, ...]:
    """The totals including the running lockouts so far, which are stored once they are over."""
    lasted = lasted_so_far(hits.running(connection), labels.window_labels(connection), now)
    if not lasted:
        return tuple(kept)

    def grown(total: Total) -> Total:
        more = lasted.get((total.family, total.labels), 0)
        return msgspec.structs.replace(total, exact=total.exact + more, peak=total.peak + more) if more else total

    return tuple(grown(total) for total in kept)


def lasted_so_far(running: Iterable[Hit], labels_by_window: Mapping[str, str], now: int) -> dict[LabelSet, int]:
    """What the running lockouts of these hits add to the totals until `now` (ms)."""
    lasted: dict[LabelSet, int] = {}
    for hit in running:
        label_set = ("locked_out", (labels_by_window.get(hit.window, hit.window),))
        lasted[label_set] = lasted.get(label_set, 0) + hit.locked_ms(now)
    return lasted
