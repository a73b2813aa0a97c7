"""The accounts in use, each with its running block and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from msgspec.structs import replace

from exporter.domain.blocks.block import Window, Windows
from exporter.domain.blocks.figures import BURN_MS, compute_figures
from exporter.domain.blocks.layout import active_block
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.calibration import Calibration
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.limits.reading import FIVE_HOUR, SEVEN_DAY, SurfaceShare
from exporter.domain.notifications.limit_notices import FREE_MS
from exporter.snapshot.limit_parts import LimitPart
from exporter.snapshot.limits.current import (
    block_limit,
    current_limits,
    estimated_block,
    lockouts,
    sizes_of,
    uses_overage,
    with_known_resets,
)
from exporter.snapshot.limits.forecasts import Forecasts, verdict_of
from exporter.snapshot.parts import AccountPart, BlockPart
from exporter.snapshot.usage.current import current_account
from exporter.snapshot.usage.spent import StoredUsage
from exporter.store import accounts
from exporter.store.accounts import Account
from exporter.store.blocks import blocks
from exporter.store.blocks.recent import active_times
from exporter.store.blocks.usage_spans import PastUsage
from exporter.store.limits import calibrations, extras, hits, readings, share_history
from exporter.store.reader import View
from exporter.store.usage import labels

IN_USE_MS = 8 * DAY
"""An account without a block since then is shown only for a valid reading or a lockout."""


def accounts_at(
    connection: View, past: PastUsage, now: int, plan: PlanSettings, zone: tzinfo | None = None
) -> tuple[AccountPart, ...]:
    """The accounts in use; the one whose response came last comes first, and is always there.

    `zone`: of the times in sentences.
    """
    current, names = current_account(connection, now), dict(plan.account_names)
    windows = readings.windows(connection, now)
    found = [
        _account(connection, past, account, windows, now, plan, names, zone)
        for account in sorted(accounts.load(connection), key=lambda one: (one.id != current, one.id))
        if account.id == current or _is_in_use(connection, account.id, now)
    ]
    return (replace(found[0], is_current=True), *found[1:])


def _is_in_use(connection: View, account: int, now: int) -> bool:
    block = blocks.latest_block_at(connection, account, now)
    if block is not None and block.end > now - IN_USE_MS:
        return True
    if any(stored.hit.account == account for stored in hits.running(connection)):
        return True
    return any(
        one.account == account and one.observed_at > now - IN_USE_MS for one in readings.last_of_each(connection)
    )


def _account(
    connection: View,
    past: PastUsage,
    account: Account,
    windows: Windows,
    now: int,
    plan: PlanSettings,
    names: Mapping[str, str],
    zone: tzinfo | None,
) -> AccountPart:
    used = StoredUsage(connection, past, account.id)
    sizes = sizes_of(account.id, calibrations.calibrations(connection))
    limits = current_limits(connection, account.id, used, now)
    block, limits = with_token_limit(_block(connection, account.id, used, windows, now), limits, sizes, now, plan)
    locked = lockouts(connection, account.id, account.label, now)
    surfaces = tuple(_surfaces(connection, account.id, now))
    forecasts = Forecasts(connection, account.id, used, sizes, surfaces, now)
    limits = tuple(forecasts.of(limit, locked) for limit in limits)
    locked = with_known_resets(locked, limits)
    goes_on = uses_overage(connection, account.id, now)
    paid = tuple(extras.credits_of(connection, account.id))
    return AccountPart(
        account.id,
        account.label,
        names.get(account.hash, account.label),
        account.plan,
        account.owner.organization,
        block,
        limits,
        labels.window_labels_of(connection, account.id),
        locked,
        goes_on,
        paid,
        surfaces,
        suffix=accounts.suffixes(connection)[account.id] if accounts.first_account(connection) is not None else "",
        freed=tuple(
            (window, at)
            for whose, window, at in hits.resets_between(connection, now - FREE_MS, now)
            if whose == account.id
        ),
        verdict=verdict_of(limits, locked, paid, now, zone, goes_on=goes_on),
        window_cost=share_history.window_costs(connection).get(account.id),
    )


def _surfaces(connection: View, account: int, now: int) -> list[SurfaceShare]:
    """The week by surface, until that week is over."""
    resets = [
        one.resets_at
        for one in readings.last_of_each(connection)
        if one.account == account and one.window == SEVEN_DAY and one.resets_at is not None
    ]
    return [
        share
        for share in extras.surfaces_of(connection, account)
        if now < share.observed_at + 7 * DAY and not any(share.observed_at < reset <= now for reset in resets)
    ]


def _block(connection: View, account: int, used: StoredUsage, windows: Windows, now: int) -> BlockPart | None:
    last = blocks.latest_block_at(connection, account, now)
    own: tuple[Window, ...] = tuple(windows.get(account, ()))
    block = active_block(last, own, now, account)
    if block is None:
        return None
    models = tuple(blocks.model_uses(connection, block))
    recent = (now, *used.between(max(block.start, now - BURN_MS + 1), min(now + 1, block.end)))
    tokens, cost = sum(use.tokens.total for use in models), sum(use.cost for use in models)
    numbers = compute_figures(block, tokens, cost, [recent], active_times(connection, block), now)
    return BlockPart(block.start, block.end, block.basis, numbers, models, blocks.sessions(connection, block), None)


def with_token_limit(
    block: BlockPart | None,
    limits: tuple[LimitPart, ...],
    sizes: Mapping[str, Calibration],
    now: int,
    plan: PlanSettings,
) -> tuple[BlockPart | None, tuple[LimitPart, ...]]:
    """The block with its token limit, and the limits with the 5-hour window estimated if it has no reading."""
    if block is None:
        return None, limits
    numbers = block.figures
    limits += estimated_block(sizes.get(FIVE_HOUR), limits, now, numbers.cost_nano, block.end)
    return replace(block, limit=block_limit(numbers, limits, plan)), limits
