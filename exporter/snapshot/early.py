"""The snapshot while the first read goes on: what the newest transcripts say, and nothing that needs the others."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from msgspec.structs import replace

from exporter.domain.calendar import timestamp
from exporter.domain.forecast.window import TOO_EARLY
from exporter.domain.reading import FirstRead
from exporter.snapshot.limit_parts import LimitPart
from exporter.snapshot.limits.forecasts import verdict_of
from exporter.snapshot.parts import AccountPart, BlockPart, Current


def without_history(taken: Current, zone: tzinfo | None) -> Current:
    """Without estimated limits, forecasts, sizes, warnings and budgets, which need the history.

    `to_json` leaves out the sums of the week, the month and all time.
    """
    accounts = tuple(_account(account, taken.as_of, zone) for account in taken.accounts)
    current = accounts[0]
    return replace(
        taken,
        block=current.block,
        limits=current.limits,
        accounts=accounts,
        effectiveness=None,
        warnings=(),
        budgets=(),
    )


def _account(account: AccountPart, now: int, zone: tzinfo | None) -> AccountPart:
    limits = tuple(_limit(limit) for limit in account.limits if limit.basis == "official")
    verdict = verdict_of(limits, account.lockouts, account.credits, now, zone, goes_on=account.uses_overage)
    return replace(account, limits=limits, verdict=verdict, block=_block(account.block), window_cost=None)


def _limit(limit: LimitPart) -> LimitPart:
    is_reached = limit.forecast.state in ("reached", "beyond")
    return replace(limit, size=None, elsewhere=None, forecast=limit.forecast if is_reached else TOO_EARLY)


def _block(block: BlockPart | None) -> BlockPart | None:
    if block is None or block.limit is None or block.limit.basis == "custom":
        return block
    return replace(block, limit=None)


def reading_json(reading: FirstRead | None) -> dict[str, Any] | None:
    """How far the first read is; None after it."""
    if reading is None:
        return None
    left = reading.seconds_left
    return {
        "since": timestamp.to_iso(reading.since),
        "done_bytes": reading.done,
        "total_bytes": reading.total,
        "ratio": reading.ratio,
        "seconds_left": None if left is None else round(left, 1),
    }
