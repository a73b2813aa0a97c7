"""Usage by day, week, month, block, project and model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

import msgspec

from exporter.domain.blocks.block import Block
from exporter.domain.blocks.figures import active_ms, efficiency_score
from exporter.domain.blocks.layout import active_block
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import Span, Unit, period_of
from exporter.domain.planning import UsagePlan, build_plan
from exporter.domain.usage.amount import Amount, ModelAmount, NamedUsage, add_up
from exporter.snapshot.usage.current import current_account
from exporter.snapshot.usage.filters import EVERYTHING, Wanted
from exporter.snapshot.usage.groupings import Grouped, Groups, grouped
from exporter.store import accounts
from exporter.store.blocks import block_history, blocks
from exporter.store.blocks.recent import active_times
from exporter.store.blocks.usage_spans import PastUsage
from exporter.store.limits import hits, readings
from exporter.store.reader import Reader, View
from exporter.store.usage import pulses
from exporter.store.usage.labels import Labels
from exporter.store.usage.responses import first_at_or_after

PLAN_PERIOD_MS = 28 * timestamp.DAY
"""Default period of planning data: each hour of the week four times."""


class BlockUsed(msgspec.Struct, frozen=True):
    """A 5-hour block and its usage. `account`: its label; `efficiency`: its score, 0 to 100."""

    block: Block
    account: str
    is_active: bool
    sessions: int
    efficiency: float
    models: tuple[ModelAmount, ...]

    @property
    def amount(self) -> Amount:
        return add_up(amount for _, amount in self.models)


def periods(reader: Reader, unit: Unit, span: Span, zone: tzinfo | None) -> tuple[NamedUsage, ...]:
    """The days, weeks or months with usage, oldest first, each cut to `span`.

    Raises DatabaseError.
    """
    return periods_by(reader, unit, span, zone, None).items


def periods_by(
    reader: Reader,
    unit: Unit,
    span: Span,
    zone: tzinfo | None,
    breakdown: str | None,
    wanted: Wanted = EVERYTHING,
) -> Grouped:
    """The same, each also by `breakdown`, one of `GROUPINGS`; with `wanted`, those with such usage."""
    with reader.view() as connection:
        if connection is None:
            return Grouped((), None)
        labels = Labels(connection, read_only=True)
        is_wanted, apart = wanted.test(connection), (breakdown, wanted.grouping)
        found, unknown = [], None
        for name, part in _used_parts(connection, unit, span, zone):
            groups = Groups(connection, part, apart, is_wanted) if breakdown or is_wanted is not None else None
            if groups is None or is_wanted is None:
                used = NamedUsage(name, reader.past.amounts_between(connection, labels, *part))
            else:
                used = NamedUsage(name, groups.models())
            if groups is not None and breakdown is not None:
                used = msgspec.structs.replace(used, parts=groups.items(breakdown))
                unknown = groups.unknown_until([used]) or unknown
            if used.models or is_wanted is None:
                found.append(used)
        return Grouped(tuple(found), unknown)


def _used_parts(connection: View, unit: Unit, span: Span, zone: tzinfo | None) -> Iterator[tuple[str, Span]]:
    """The names and spans of the periods with responses, with one query each.

    span           [───────────────────────────────────)
    days        │         │         │         │         │
    responses        x x       x                  x
    parts          [──────)[────────)[─────────────────)
    """
    start = span.start
    while (at := first_at_or_after(connection, start)) is not None and at < span.end:
        period = period_of(at, unit, zone)
        yield period.name, Span(start, min(period.end, span.end))
        start = period.end


def projects(reader: Reader, span: Span) -> tuple[NamedUsage, ...]:
    """By project, also beyond the labels of metrics, most tokens first. Raises DatabaseError."""
    return grouped(reader, span, "project").items


def models(reader: Reader, span: Span) -> tuple[NamedUsage, ...]:
    """By model label, most tokens first, with providers. Raises DatabaseError."""
    return grouped(reader, span, "model").items


def used_blocks(reader: Reader, span: Span, now: int) -> tuple[BlockUsed, ...]:
    """The 5-hour blocks that start in `span`, oldest first. The running one as of `now` (ms).

    Raises DatabaseError.
    """
    with reader.view() as connection:
        if connection is None:
            return ()
        labels = Labels(connection, read_only=True)
        running = _running_blocks(connection, now)
        found = block_history.blocks_started(connection, *span)
        # an official window without a response here
        found += [block for block in running if block not in found and span.start <= block.start < span.end]
        found.sort(key=lambda block: (block.start, block.account))
        names = accounts.labels(connection)
        return tuple(
            _used_block(connection, reader.past, labels, block, names[block.account], block in running, now)
            for block in found
        )


def _used_block(
    connection: View, past_usage: PastUsage, labels: Labels, block: Block, account: str, is_active: bool, now: int
) -> BlockUsed:
    sessions, efficiency = block_history.stored_figures(connection, block)
    if is_active or efficiency is None:
        efficiency = efficiency_score(block, active_ms(block, active_times(connection, block), now), now)
    used = past_usage.amounts_between(connection, labels, block.start, block.end, block.account)
    return BlockUsed(block, account, is_active, sessions, efficiency, used)


def _running_blocks(connection: View, now: int) -> list[Block]:
    """The block of each account that has one now."""
    windows = readings.windows(connection, now)
    running = (
        active_block(blocks.latest_block_at(connection, one, now), windows.get(one, ()), now, one)
        for one in sorted({*windows, *blocks.accounts_with_blocks(connection)})
    )
    return [block for block in running if block is not None]


def planning(reader: Reader, span: Span | None, now: int, zone: tzinfo | None) -> UsagePlan:
    """The planning data of `span`, by default of the four weeks before this hour, but not before the first usage.

    Raises DatabaseError.
    """
    hour = now - now % timestamp.HOUR
    start, end = span or Span(hour - PLAN_PERIOD_MS, hour)
    with reader.view() as connection:
        if connection is None:
            return build_plan(Span(hour, hour), (), (), (), None, now, zone)
        first = pulses.first_pulse(connection)
        start = max(start, first - first % timestamp.HOUR if first is not None else hour)
        current = current_account(connection, now)
        period = Span(start, max(start, min(end, now)))
        return build_plan(
            period,
            pulses.pulses(connection, *period),
            [block.start for block in block_history.blocks_started(connection, *period)],
            [stored.hit.at for stored in hits.between(connection, *period)],
            next((block for block in _running_blocks(connection, now) if block.account == current), None),
            now,
            zone,
        )
