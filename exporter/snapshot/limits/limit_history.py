"""The history of limits: hits and readings."""

from __future__ import annotations

import msgspec

from exporter.domain.blocks.block import END_OF_TIME
from exporter.domain.limits.hit import window_length_ms
from exporter.domain.limits.reading import SEVEN_DAY, Reading
from exporter.snapshot.parts import HitPart, RaisePart
from exporter.store import accounts
from exporter.store.blocks import blocks
from exporter.store.blocks.usage_spans import uses_between
from exporter.store.limits import hits, raises, readings
from exporter.store.reader import Reader, View
from exporter.store.usage.labels import Labels


class PastHit(msgspec.Struct, frozen=True):
    """A limit that was reached, with its account's usage of block and week until then. Costs in nano-dollars."""

    part: HitPart
    block_tokens: int
    block_cost: int
    week_tokens: int
    week_cost: int


class PastReading(msgspec.Struct, frozen=True):
    """A reading, its account's label, the last time it was reported (ms), and whether it is used."""

    reading: Reading
    account: str
    last_at: int
    used: bool


class PastLimits(msgspec.Struct, frozen=True):
    """Every hit and raise, most recent first, and the readings, oldest first."""

    hits: tuple[PastHit, ...]
    readings: tuple[PastReading, ...]
    raises: tuple[RaisePart, ...] = ()


def past_limits(reader: Reader, since: int) -> PastLimits:
    """Every hit and raise, and the readings since `since` (ms). Raises DatabaseError."""
    with reader.view() as connection:
        if connection is None:
            return PastLimits((), ())
        labels, names = Labels(connection, read_only=True), accounts.labels(connection)
        stored = reversed(hits.between(connection, 0, END_OF_TIME))
        found = [_past_hit(connection, labels, HitPart(one, names[one.hit.account])) for one in stored]
        raised = [RaisePart(one, names[one.account]) for one in reversed(raises.between(connection, 0, END_OF_TIME))]
        history = [
            PastReading(one, names[one.account], last_at, used)
            for one, last_at, used in readings.iterate_history(connection, since)
        ]
        return PastLimits(tuple(found), tuple(history), tuple(raised))


def _past_hit(connection: View, labels: Labels, part: HitPart) -> PastHit:
    """The week is the official one if the hit is a weekly limit with a known reset, else the seven days before."""
    hit = part.hit
    block = blocks.latest_block_at(connection, hit.account, hit.at)
    start = block.start if block is not None and block.contains(hit.at) else hit.at
    in_block = uses_between(connection, labels, start, hit.at + 1, account=hit.account)
    is_week = hit.window.startswith(SEVEN_DAY) and hit.resets_at is not None
    week = hit.resets_at if is_week and hit.resets_at is not None else hit.at
    in_week = uses_between(connection, labels, week - window_length_ms(SEVEN_DAY), hit.at + 1, account=hit.account)
    return PastHit(
        part,
        sum(use.tokens.total for use in in_block),
        sum(use.cost for use in in_block),
        sum(use.tokens.total for use in in_week),
        sum(use.cost for use in in_week),
    )
