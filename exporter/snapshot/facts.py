"""What the tracker's own warnings are made of, taken from a snapshot."""

from __future__ import annotations

from collections.abc import Mapping

from exporter.domain.warning import Facts, Usage, Waiting
from exporter.snapshot.limits import LimitPart
from exporter.snapshot.take import Current


def facts_of(current: Current, waiting_since: Mapping[str, int]) -> Facts:
    """`waiting_since`: by session id, since when it has been seen to wait (ms)."""
    block = current.block
    is_used = block is not None and block.figures.burn_tokens_per_minute > 0
    return Facts(
        current.as_of,
        tuple(_usage(limit, current.as_of) for limit in current.limits),
        block.end if block is not None and is_used else None,
        current.lockouts,
        tuple(
            Waiting(row.id, row.project_path, row.metadata.get("waiting_for"), waiting_since[row.id])
            for row in current.sessions or ()
            if row.state == "waiting" and row.id in waiting_since
        ),
    )


def _usage(limit: LimitPart, now: int) -> Usage:
    full_at = round(now + limit.full_in_s * 1000) if limit.full_in_s is not None else None
    official = limit.basis == "official"
    return Usage(limit.window, limit.utilization, official, limit.observed_at, limit.resets_at, full_at)


def waiting_now(current: Current, since: Mapping[str, int]) -> dict[str, int]:
    """Since when each session that waits has been seen to, given what was seen before."""
    waiting = (row.id for row in current.sessions or () if row.state == "waiting")
    return {session_id: since.get(session_id, current.as_of) for session_id in waiting}
