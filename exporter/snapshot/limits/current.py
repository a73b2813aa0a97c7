"""How much of each limit is used: from official readings, else estimated; each value says which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from exporter.domain.blocks.figures import BlockFigures
from exporter.domain.limits import lockout
from exporter.domain.limits.calibration import Calibration, weighted_tokens
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.limits.raised import Raise
from exporter.domain.limits.reading import FIVE_HOUR, WITHOUT_RESET_MS, Reading, latest_valid, next_reset
from exporter.snapshot.limit_parts import HitPart, LimitPart, TokenLimit
from exporter.snapshot.limits.spending import official_spending, trusted_size
from exporter.snapshot.usage.spent import StoredUsage, UsageSince
from exporter.store.limits import calibrations, hits, raises, readings
from exporter.store.limits import lockouts as lockouts_stored
from exporter.store.limits.hits import StoredHit
from exporter.store.reader import View
from exporter.store.usage import labels


def current_limits(connection: View, account: int, used: StoredUsage, now: int) -> tuple[LimitPart, ...]:
    """Of an account, by window, without unknown ones. `used`: its usage."""
    resets = hits.resets_between(connection, now - WITHOUT_RESET_MS, now)
    return limits_from_readings(
        [reading for reading in readings.last_of_each(connection) if reading.account == account],
        [(window, resets_at) for whose, window, resets_at in resets if whose == account],
        sizes_of(account, calibrations.calibrations(connection)),
        labels.window_labels(connection),
        used,
        raises.latest_until(connection, account, now),
        now,
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
    raised: Mapping[str, Raise],
    now: int,
) -> tuple[LimitPart, ...]:
    """From the last readings of each window and source. `resets`: windows and resets (ms) of recent hits; `raised`: the
    last raises; `sizes`, `labels_by_window`: the estimated sizes and the labels of windows.
    """
    found = [
        _official(used, reading, last, sizes.get(window), labels_by_window.get(window, window), raised.get(window), now)
        for window, reading in latest_valid(last, now, resets).items()
    ]
    return tuple(sorted(found, key=lambda limit: limit.window))


def _official(
    used: UsageSince,
    reading: Reading,
    last: Sequence[Reading],
    history: Calibration | None,
    label: str,
    raised: Raise | None,
    now: int,
) -> LimitPart:
    resets_at = next_reset(reading.window, last, now)
    size = None
    if resets_at is not None:
        spent = official_spending(used, reading, resets_at, raised)
        size = trusted_size(spent, history)
    return LimitPart(
        reading.window,
        label,
        reading.utilization,
        "official",
        reading.source,
        reading.observed_at,
        resets_at,
        size,
        reading.binds,
    )


def estimated_block(
    size: Calibration | None, known: Sequence[LimitPart], now: int, cost: int, end: int
) -> tuple[LimitPart, ...]:
    """The 5-hour window estimated from the running block's cost, if it has no valid reading but a known size."""
    if size is None or any(limit.window == FIVE_HOUR for limit in known):
        return ()
    share = min(cost / size.size, 1.0)
    return (LimitPart(FIVE_HOUR, FIVE_HOUR, share, "estimated", "calibration", now, end, size),)


def block_limit(numbers: BlockFigures, limits: Sequence[LimitPart], plan: PlanSettings) -> TokenLimit | None:
    """The configured limit, else the estimated one, else None."""
    if plan.block_token_limit is not None:
        return TokenLimit(plan.block_token_limit, "custom", numbers.tokens)
    known = next((limit for limit in limits if limit.window == FIVE_HOUR), None)
    if known is None or known.size is None:
        return None
    used = weighted_tokens(numbers.cost_nano)
    return TokenLimit(weighted_tokens(known.size.size), "official_calibrated", used, known.size)


def lockouts(connection: View, account: int, label: str, now: int) -> tuple[HitPart, ...]:
    """The account's limits that are reached while requests are refused. Without a known reset, for an hour."""
    windows = labels.window_labels(connection)
    return tuple(
        HitPart(stored, label, windows.get(stored.hit.window, stored.hit.window))
        for stored in hits.running(connection)
        if stored.hit.account == account and _is_running(stored, now)
    )


def with_known_resets(locked: Sequence[HitPart], limits: Sequence[LimitPart]) -> tuple[HitPart, ...]:
    """The lockouts, each with the reset of its window as the limit has it: a refusal may not name it, or by seconds
    another one.
    """
    known = {limit.window: limit.resets_at for limit in limits if limit.resets_at is not None}
    return tuple(
        replace(part, stored=replace(part.stored, hit=replace(part.hit, resets_at=known[part.hit.window])))
        if part.hit.window in known
        else part
        for part in locked
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
