"""The gauges of the running block."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily

from exporter.domain.blocks.figures import cache_hit_ratio
from exporter.domain.usage.pricing import usd
from exporter.metrics.counters import NAMESPACE
from exporter.metrics.gauge import gauge
from exporter.snapshot.parts import BlockPart


def block_families(block: BlockPart | None) -> Iterator[GaugeMetricFamily]:
    """All but `block_active` have no sample while no block is running."""
    yield gauge("block_active", "Whether a 5-hour block is running.", float(block is not None))
    info = GaugeMetricFamily(NAMESPACE + "block_info", "Basis of the running block's times.", labels=["basis"])
    tokens = GaugeMetricFamily(
        NAMESPACE + "block_tokens", "Tokens used in the running block.", labels=["model", "token_type"]
    )
    if block is not None:
        info.add_metric((block.basis,), 1)
        for use in block.models:
            for token_type, count in use.tokens.by_type().items():
                tokens.add_metric((use.model, token_type), count)
    yield info
    yield tokens
    for name, text, value in _BLOCK_VALUES:
        yield gauge(name, text, value(block) if block is not None else None)


_BLOCK_VALUES: tuple[tuple[str, str, Callable[[BlockPart], float | None]], ...] = (
    ("block_start_timestamp_seconds", "When the running block started.", lambda b: b.start / 1000),
    ("block_end_timestamp_seconds", "When the running block ends.", lambda b: b.end / 1000),
    ("block_elapsed_seconds", "Time since the running block started.", lambda b: b.figures.elapsed_s),
    ("block_remaining_seconds", "Time until the running block ends.", lambda b: b.figures.remaining_s),
    (
        "block_cost_usd",
        "Cost of the running block, estimated by list price, in US dollars.",
        lambda b: usd(b.figures.cost_nano),
    ),
    ("block_sessions", "Sessions with responses in the running block.", lambda b: b.sessions),
    (
        "block_burn_tokens_per_second",
        "Tokens of the running block in the last 30 minutes, per second.",
        lambda b: b.figures.burn_tokens_per_minute / 60,
    ),
    (
        "block_projected_tokens",
        "Projected tokens of the running block at its end, at the current burn rate.",
        lambda b: b.figures.projected_tokens,
    ),
    (
        "block_projected_cost_usd",
        "Projected cost of the running block at its end, at the current burn rate, in US dollars.",
        lambda b: usd(b.figures.projected_cost_nano),
    ),
    (
        "block_efficiency_ratio",
        "Share of the running block's elapsed time that is within five minutes after a response.",
        lambda b: b.figures.efficiency_score / 100,
    ),
    (
        "cache_hit_ratio",
        "Share of the running block's input tokens that were read from the cache.",
        lambda b: cache_hit_ratio(b.tokens),
    ),
)
