"""Extracts the facts for the tracker's own notifications from a snapshot."""

from __future__ import annotations

from exporter.domain.notifications.facts import Lockout, Usage, WarningFacts
from exporter.snapshot.parts import AccountPart, Current, LimitPart


def warning_facts(current: Current) -> WarningFacts:
    """The facts of this snapshot."""
    block = current.block
    is_used = block is not None and block.figures.burn_tokens_per_minute > 0
    return WarningFacts(
        current.as_of,
        tuple(
            _usage(limit, account, current) for account in current.accounts for limit in account.limits if limit.binds
        ),
        block.end if block is not None and is_used else None,
        tuple(Lockout(hit.hit, *_whose(account, current)) for account in current.accounts for hit in account.lockouts),
        current.waiting,
    )


def _whose(account: AccountPart, current: Current) -> tuple[str, str]:
    """What distinguishes the account in keys and for people: nothing for the first one, and while there is only one."""
    return account.suffix, account.name if len(current.accounts) > 1 else ""


def _usage(limit: LimitPart, account: AccountPart, current: Current) -> Usage:
    now = current.as_of
    full_at = round(now + limit.full_in_s * 1000) if limit.full_in_s is not None else None
    official = limit.basis == "official"
    whose = _whose(account, current)
    return Usage(limit.window, limit.utilization, official, limit.observed_at, limit.resets_at, full_at, *whose)
