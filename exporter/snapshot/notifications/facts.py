"""Extracts the facts for the tracker's own notifications from a snapshot."""

from __future__ import annotations

from datetime import tzinfo

from exporter.domain.forecast.sentence import Said, sentence
from exporter.domain.forecast.verdict import SaidOf
from exporter.domain.forecast.window import UNCERTAIN
from exporter.domain.notifications.facts import Freed, Lockout, Usage, WarningFacts
from exporter.snapshot.limit_parts import LimitPart
from exporter.snapshot.parts import AccountPart, Current


def warning_facts(current: Current, zone: tzinfo | None = None) -> WarningFacts:
    """The facts of this snapshot. `zone`: of the times in sentences, None for the machine's."""
    block = current.block
    is_used = block is not None and block.figures.burn_tokens_per_minute > 0
    return WarningFacts(
        current.as_of,
        tuple(
            _usage(limit, account, current, zone)
            for account in current.accounts
            for limit in account.limits
            if limit.binds
        ),
        block.end if block is not None and is_used else None,
        tuple(Lockout(hit.hit, *_whose(account, current)) for account in current.accounts for hit in account.lockouts),
        current.waiting,
        current.budgets,
        sees_sessions=current.sessions is not None,
        said=_said(current),
        freed=tuple(
            Freed(window, at, *_whose(account, current)) for account in current.accounts for window, at in account.freed
        ),
    )


def _said(current: Current) -> tuple[SaidOf, ...]:
    return tuple(
        SaidOf(account.id, limit.window, limit.resets_at, limit.memory)
        for account in current.accounts
        for limit in account.limits
        if limit.resets_at is not None
    )


def _whose(account: AccountPart, current: Current) -> tuple[str, str]:
    """What distinguishes the account in keys and for people: nothing for the first one, and while there is only one."""
    return account.suffix, account.name if len(current.accounts) > 1 else ""


def _usage(limit: LimitPart, account: AccountPart, current: Current, zone: tzinfo | None) -> Usage:
    official = limit.basis == "official"
    is_sure = limit.size is not None and limit.size.error <= UNCERTAIN and limit.utilization < 1
    said = Said(limit.window, limit.forecast, limit.utilization, limit.resets_at, official)
    return Usage(
        limit.window,
        limit.utilization,
        official,
        limit.observed_at,
        limit.resets_at,
        limit.forecast,
        sentence(said, current.as_of, zone, account.credits),
        official or is_sure,
        *_whose(account, current),
    )
