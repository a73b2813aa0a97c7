"""How much of each limit is used: by what was officially told, else by estimate, and never the two mixed up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from exporter.domain.blocks.figures import BlockFigures
from exporter.domain.calendar.timestamp import HOUR, MINUTE
from exporter.domain.limits.calibration import Calibration, weighted_tokens
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.limits.reading import FIVE_HOUR, WITHOUT_RESET_MS, Reading, freshest, reset_of
from exporter.domain.usage.periods import WEEK_PACE_MS
from exporter.domain.usage.totals import LabelSet, Total
from exporter.snapshot.usage.spent import Spent, Used, cost_since, lately
from exporter.store.limits import hits, readings
from exporter.store.reader import View
from exporter.store.usage import labels


class LimitPart(msgspec.Struct, frozen=True):
    """How much of a window is used. Times in ms, None if unknown.

    `basis`: `official` by the freshest valid reading, `estimated` where none is valid but the window's size was
    estimated. `size`: that estimate. `full_in_s`: seconds until all is used at the present pace, by the size.
    """

    window: str
    label: str
    utilization: float
    basis: Literal["official", "estimated"]
    source: str
    observed_at: int
    resets_at: int | None
    size: Calibration | None = None
    full_in_s: float | None = None

    def is_full_before_reset(self, now: int) -> bool | None:
        """Whether the limit is reached before its reset at this pace; None where either is unknown."""
        if self.resets_at is None or self.size is None:
            return None
        return self.full_in_s is not None and now + self.full_in_s * 1000 < self.resets_at


class TokenLimit(msgspec.Struct, frozen=True):
    """How many tokens the running block holds. `basis`: `custom` counts tokens of all types, `official_calibrated`
    cost-weighted ones. `full_in_s`: seconds until all are used at the present pace, None at none.
    """

    tokens: int
    basis: Literal["custom", "official_calibrated"]
    used: int
    full_in_s: float | None
    calibration: Calibration | None = None


def current_limits(
    connection: View, used: Used, now: int, burn_per_minute: float | None = None
) -> tuple[LimitPart, ...]:
    """By window; one of which nothing is known is absent. `burn_per_minute`: nano-dollars, of the running block."""
    return limits_told(
        readings.last_of_each(connection),
        hits.resets_between(connection, now - WITHOUT_RESET_MS, now),
        readings.calibrations(connection),
        labels.windows(connection),
        used,
        now,
        burn_per_minute,
    )


def limits_told(
    last: Sequence[Reading],
    resets: Iterable[tuple[str, int]],
    sizes: Mapping[str, Calibration],
    labelled: Mapping[str, str],
    used: Spent,
    now: int,
    burn_per_minute: float | None = None,
) -> tuple[LimitPart, ...]:
    """By the last readings of each window and source. `resets`: windows and resets (ms) that hits told lately;
    `sizes`, `labelled`: the estimates and the labels of windows.
    """
    found = [
        _official(used, reading, last, sizes.get(window), labelled.get(window, window), now, burn_per_minute)
        for window, reading in freshest(last, now, resets).items()
    ]
    return tuple(sorted(found, key=lambda limit: limit.window))


def _official(
    used: Spent,
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
        reset_of(reading.window, last, now),
        size,
        full_in_s,
    )


def estimated_block(
    size: Calibration | None, known: Sequence[LimitPart], now: int, cost: int, end: int, burn_per_minute: float
) -> tuple[LimitPart, ...]:
    """The five hours by what the running block spent, where no valid reading tells them but their size is known."""
    if size is None or any(limit.window == FIVE_HOUR for limit in known):
        return ()
    full_in_s = _full_in_s(size.size - cost, burn_per_minute)
    return (LimitPart(FIVE_HOUR, FIVE_HOUR, cost / size.size, "estimated", "calibration", now, end, size, full_in_s),)


def _pace(used: Spent, window: str, now: int, burn_per_minute: float | None) -> float:
    """Nano-dollars a minute: the block's burn rate for five hours, the last days' mean for a week."""
    if window == FIVE_HOUR:
        return burn_per_minute or 0.0
    uses, lately_ms = lately(used, now, WEEK_PACE_MS)
    return sum(use.cost for use in uses) * MINUTE / lately_ms


def _full_in_s(left: float, per_minute: float) -> float | None:
    if left <= 0:
        return 0.0
    return left / per_minute * 60 if per_minute else None


def block_limit(numbers: BlockFigures, limits: Sequence[LimitPart], plan: PlanSettings) -> TokenLimit | None:
    """The configured limit, else the one that was estimated; None where neither is known."""
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
    """The limits that are reached and not reset yet; one whose reset nothing told is told of for an hour."""
    running = [hit for hit in hits.running(connection) if hit.resets_at is not None and hit.resets_at > now]
    return (*running, *hits.lately_unknown(connection, now - HOUR))


def with_lockouts(connection: View, kept: Sequence[Total], now: int) -> tuple[Total, ...]:
    """The totals, with the time that running lock-outs lasted so far: it is kept once each is over."""
    lasted = lasted_so_far(hits.running(connection), labels.windows(connection), now)
    if not lasted:
        return tuple(kept)

    def grown(total: Total) -> Total:
        more = lasted.get((total.family, total.labels), 0)
        return msgspec.structs.replace(total, exact=total.exact + more, peak=total.peak + more) if more else total

    return tuple(grown(total) for total in kept)


def lasted_so_far(running: Iterable[Hit], labelled: Mapping[str, str], now: int) -> dict[LabelSet, int]:
    """What the time from these hits until `now` (ms) adds to the totals."""
    lasted: dict[LabelSet, int] = {}
    for hit in running:
        label_set = ("locked_out", (labelled.get(hit.window, hit.window),))
        lasted[label_set] = lasted.get(label_set, 0) + hit.locked_ms(now)
    return lasted
