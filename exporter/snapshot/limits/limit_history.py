"""What was, asked of the store by whoever shows lists."""

from __future__ import annotations

import msgspec

from exporter.domain.limits.hit import Hit, length_of
from exporter.domain.limits.reading import SEVEN_DAY, Reading
from exporter.store.blocks import blocks
from exporter.store.limits import hits, readings
from exporter.store.reader import Reader, View
from exporter.store.usage.labels import Labels
from exporter.store.usage.spans import uses_between


class PastHit(msgspec.Struct, frozen=True):
    """A limit that was reached, with what its block and its week had used by then. Costs in nano-dollars."""

    hit: Hit
    block_tokens: int
    block_cost: int
    week_tokens: int
    week_cost: int


class PastLimits(msgspec.Struct, frozen=True):
    """What was told of limits: every hit, the last first; readings with the last time each was told so, and whether
    it is used, the oldest first.
    """

    hits: tuple[PastHit, ...]
    readings: tuple[tuple[Reading, int, bool], ...]


def past_limits(reader: Reader, since: int) -> PastLimits:
    """Every hit, and the readings since (ms). Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None:
            return PastLimits((), ())
        labels = Labels(connection, read_only=True)
        found = [_past_hit(connection, labels, hit) for hit in reversed(hits.between(connection, 0, blocks.BEYOND))]
        return PastLimits(tuple(found), tuple(readings.history(connection, since)))


def _past_hit(connection: View, labels: Labels, hit: Hit) -> PastHit:
    """Its week is the official one where the hit is of one and its reset is known, else the seven days before."""
    block = blocks.begun_before(connection, hit.at)
    begun = block.start if block is not None and block.contains(hit.at) else hit.at
    in_block = uses_between(connection, labels, begun, hit.at + 1)
    is_week = hit.window.startswith(SEVEN_DAY) and hit.resets_at is not None
    week = hit.resets_at if is_week and hit.resets_at is not None else hit.at
    in_week = uses_between(connection, labels, week - length_of(SEVEN_DAY), hit.at + 1)
    return PastHit(
        hit,
        sum(use.tokens.total for use in in_block),
        sum(use.cost for use in in_block),
        sum(use.tokens.total for use in in_week),
        sum(use.cost for use in in_week),
    )
