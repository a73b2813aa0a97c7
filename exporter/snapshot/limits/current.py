"""How much of each limit is used: from official readings, else estimated; each value says which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from exporter.domain.blocks.figures import BlockFigures
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.limits import lockout
from exporter.domain.limits.calibration import Calibration, weighted_tokens
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.limits.reading import FIVE_HOUR, WITHOUT_RESET_MS, Reading, latest_valid, next_reset
from exporter.domain.periods import WEEK_PACE_MS
from exporter.snapshot.parts import HitPart, LimitPart, TokenLimit
from exporter.snapshot.usage.spent import StoredUsage, UsageSince, cost_since, recent_uses
from exporter.store.limits import calibrations, hits, readings
from exporter.store.limits import lockouts as lockouts_stored
from exporter.store.limits.hits import StoredHit
from exporter.store.reader import View
from exporter.store.usage import labels


def current_limits(
    connection: View, account: int, used: StoredUsage, now: int, burn_per_minute: float | None = None
) -> tuple[LimitPart, ...]:
    """Of an account, by window, without unknown ones. `used`: its usage; `burn_per_minute`: of its block."""
    resets = hits.resets_between(connection, now - WITHOUT_RESET_MS, now)
    return limits_from_readings(
        [reading for reading in readings.last_of_each(connection) if reading.account == account],
        [(window, resets_at) for whose, window, resets_at in resets if whose == account],
        sizes_of(account, calibrations.calibrations(connection)),
        labels.window_labels(connection),
        used,
        now,
        burn_per_minute,
    )


def sizes_of(account: int, sizes: Mapping[tuple[int, str], Calibration]) -> dict[str, Calibration]:
    """The sizes of an account's windows."""
    return {window: size for (whose, window), size in sizes.items() if whose == account}


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
        reading.binds,
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


def lockouts(connection: View, account: int, label: str, now: int) -> tuple[HitPart, ...]:
    """The account's limits that are reached while requests are refused. Without a known reset, for an hour."""
    windows = labels.window_labels(connection)
    return tuple(
        HitPart(stored, label, windows.get(stored.hit.window, stored.hit.window))
        for stored in hits.running(connection)
        if stored.hit.account == account and _is_running(stored, now)
    )


def _is_running(stored: StoredHit, now: int) -> bool:
    since, resets_at = stored.running_since, stored.hit.resets_at
    return since is not None and now < (since + lockout.WITHOUT_RESET_MS if resets_at is None else resets_at)


def uses_overage(connection: View, account: int, now: int) -> bool:
    """Whether work goes on although a limit is reached, as an answer or the service's word showed."""
    found = [stored for stored in hits.in_force(connection, now) if stored.hit.account == account]
    return any(
        stored.went_on or stored.hit.is_overage
        if stored.running_since is None
        else lockout.is_of_family(stored.hit.window)
        and lockouts_stored.has_answer(connection, account, stored.running_since + lockout.UNDER_WAY_MS)
        for stored in found
    )
