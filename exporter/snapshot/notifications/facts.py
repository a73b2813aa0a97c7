"""Extracts the facts for the tracker's own notifications from a snapshot."""

from __future__ import annotations

from exporter.domain.notifications.warning import Usage, WarningFacts
from exporter.snapshot.parts import Current, LimitPart


def warning_facts(current: Current) -> WarningFacts:
    """The facts of this snapshot."""
    block = current.block
    is_used = block is not None and block.figures.burn_tokens_per_minute > 0
    return WarningFacts(
        current.as_of,
        tuple(_usage(limit, current.as_of) for limit in current.limits),
        block.end if block is not None and is_used else None,
        current.lockouts,
        current.waiting,
    )


def _usage(limit: LimitPart, now: int) -> Usage:
    full_at = round(now + limit.full_in_s * 1000) if limit.full_in_s is not None else None
    official = limit.basis == "official"
    return Usage(limit.window, limit.utilization, official, limit.observed_at, limit.resets_at, full_at)
