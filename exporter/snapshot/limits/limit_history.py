"""The history of limits: hits and readings."""

from __future__ import annotations

import msgspec

from exporter.domain.blocks.block import END_OF_TIME
from exporter.domain.limits.hit import Hit, window_length_ms
from exporter.domain.limits.reading import SEVEN_DAY, Reading
from exporter.store.blocks import blocks
from exporter.store.blocks.usage_spans import uses_between
from exporter.store.limits import hits, readings
from exporter.store.reader import Reader, View
from exporter.store.usage.labels import Labels


class PastHit(msgspec.Struct, frozen=True):
    """A limit that was reached, with the usage of its block and week until then. Costs in nano-dollars."""

    hit: Hit
    block_tokens: int
    block_cost: int
    week_tokens: int
    week_cost: int


class PastLimits(msgspec.Struct, frozen=True):
    """Every hit, most recent first. Readings, oldest first, each with the last time it was reported, and whether it is
    used.
    """

    hits: tuple[PastHit, ...]
    readings: tuple[tuple[Reading, int, bool], ...]


def past_limits(reader: Reader, since: int) -> PastLimits:
    """Every hit, and the readings since `since` (ms). Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None:
            return PastLimits((), ())
        labels = Labels(connection, read_only=True)
        found = [_past_hit(connection, labels, hit) for hit in reversed(hits.between(connection, 0, END_OF_TIME))]
        return PastLimits(tuple(found), tuple(readings.history(connection, since)))


def _past_hit(connection: View, labels: Labels, hit: Hit) -> PastHit:
    """The week is the official one if the hit is a weekly limit with a known reset, else the seven days before."""
    block = blocks.latest_block_at(connection, hit.at)
    start = block.start if block is not None and block.contains(hit.at) else hit.at
    in_block = uses_between(connection, labels, start, hit.at + 1)
    is_week = hit.window.startswith(SEVEN_DAY) and hit.resets_at is not None
    week = hit.resets_at if is_week and hit.resets_at is not None else hit.at
    in_week = uses_between(connection, labels, week - window_length_ms(SEVEN_DAY), hit.at + 1)
    return PastHit(
        hit,
        sum(use.tokens.total for use in in_block),
        sum(use.cost for use in in_block),
        sum(use.tokens.total for use in in_week),
        sum(use.cost for use in in_week),
    )
