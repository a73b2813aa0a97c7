"""Limit records: what a client writes next to an error text since 2026. Exact: they need no wording, clock or zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.limits.hit import Hit, window_length_ms
from exporter.domain.limits.naming import family_window, window_of
from exporter.domain.limits.reading import FIVE_HOUR, SAME_RESET_MS, SEVEN_DAY, SPEND

REJECTED = "rejected"
_FAMILY_FOR_CREDITS = "seven_day_overage_included"
"""The week of the family that plans include by credits. The record does not name it, the text does."""
_THAT_FAMILY = "fable"


class QuotaLimits(msgspec.Struct, frozen=True, array_like=True):
    """A limit record. `resets_at`: epoch in seconds. None for what it lacks."""

    status: str | None = None
    resets_at: float | None = None
    limit_type: str | None = None
    overage_status: str | None = None
    is_using_overage: bool = False


def hits_of_error(text: str, quota: QuotaLimits | None, at: int, local: tzinfo) -> tuple[Hit, ...]:
    """The hits that an API error written at `at` (ms) reports: by its record, else by its text.

    A limit of spending keeps the plan's window that the text names next to it. `local`: see `parse_limit_text`.
    """
    from exporter.domain.limits.limit_text import parse_limit_text  # its patterns take a while

    spoken = parse_limit_text(text, at, local)
    window = _window_of(quota, spoken) if quota is not None and quota.status == REJECTED else None
    if quota is None or window is None:
        return spoken
    resets_at = _reset_of(quota, window, at)
    if resets_at is None:
        resets_at = next((hit.resets_at for hit in spoken if hit.window == window), None)
    hit = Hit(window, at, resets_at, is_overage=quota.is_using_overage)
    others = [other for other in spoken if other.named and other.window != SPEND] if window == SPEND else []
    return (hit, *others)


def _window_of(quota: QuotaLimits, spoken: Sequence[Hit]) -> str | None:
    """The window of the record; None for a type that we do not know and that looks like no window."""
    if quota.limit_type == _FAMILY_FOR_CREDITS:
        named = (hit.window for hit in spoken if hit.window.startswith(f"{SEVEN_DAY}_"))
        return next(named, family_window(_THAT_FAMILY))
    window = window_of(quota.limit_type)
    if window in (FIVE_HOUR, SEVEN_DAY, SPEND) or (window is not None and re.match(rf"{SEVEN_DAY}_\w", window)):
        return window
    return None


def _reset_of(quota: QuotaLimits, window: str, at: int) -> int | None:
    """None also for a time that has passed, or is farther away than the window is long."""
    if quota.resets_at is None:
        return None
    resets_at = timestamp.from_epoch(quota.resets_at)
    is_possible = at - SAME_RESET_MS < resets_at <= at + window_length_ms(window) + SAME_RESET_MS
    return resets_at if is_possible else None
