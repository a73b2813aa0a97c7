"""The gauges: the running block, and how the tracker itself is."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily

from exporter.domain.block import cache_hit_ratio
from exporter.domain.pricing import usd
from exporter.metrics.counters import NAMESPACE
from exporter.snapshot.take import BlockPart, HealthPart


def _gauge(name: str, text: str, value: float | None = None) -> GaugeMetricFamily:
    """A gauge without labels; without a value, a family that has no sample: absent, not 0."""
    metric = GaugeMetricFamily(NAMESPACE + name, text)
    if value is not None:
        metric.add_metric((), value)
    return metric


def block_families(block: BlockPart | None) -> Iterator[GaugeMetricFamily]:
    """The running block; all but `block_active` have no sample while none runs."""
    yield _gauge("block_active", "Whether a five-hour block is running.", float(block is not None))
    info = GaugeMetricFamily(NAMESPACE + "block_info", "What the running block's times rest on.", labels=["basis"])
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
        yield _gauge(name, text, value(block) if block is not None else None)


_BLOCK_VALUES: tuple[tuple[str, str, Callable[[BlockPart], float | None]], ...] = (
    ("block_start_timestamp_seconds", "When the running block began.", lambda b: b.start / 1000),
    ("block_end_timestamp_seconds", "When the running block ends.", lambda b: b.end / 1000),
    ("block_elapsed_seconds", "Time since the running block began.", lambda b: b.figures.elapsed_s),
    ("block_remaining_seconds", "Time until the running block ends.", lambda b: b.figures.remaining_s),
    (
        "block_cost_usd",
        "Cost of the running block, estimated by list price, in US dollars.",
        lambda b: usd(b.figures.cost_nano),
    ),
    ("block_sessions", "Sessions that responses of the running block belong to.", lambda b: b.sessions),
    (
        "block_burn_tokens_per_second",
        "Tokens of the running block in the last 30 minutes, per second.",
        lambda b: b.figures.burn_tokens_per_minute / 60,
    ),
    (
        "block_projected_tokens",
        "Estimated tokens of the running block at its end, at the present burn rate.",
        lambda b: b.figures.projected_tokens,
    ),
    (
        "block_projected_cost_usd",
        "Estimated cost of the running block at its end, at the present burn rate, in US dollars.",
        lambda b: usd(b.figures.projected_cost_nano),
    ),
    (
        "block_efficiency_ratio",
        "Share of the running block's elapsed time that lies within five minutes after a response.",
        lambda b: b.figures.efficiency_score / 100,
    ),
    (
        "cache_hit_ratio",
        "Share of the running block's input tokens that were read from the cache.",
        lambda b: cache_hit_ratio(b.tokens),
    ),
)


def health_families(health: HealthPart, version: str, revision: str) -> Iterator[GaugeMetricFamily]:
    """How the tracker itself is; what only a running engine knows has no sample without one."""
    running = health.running
    success = GaugeMetricFamily(
        NAMESPACE + "collector_success", "Whether the collector's last run succeeded.", labels=["collector"]
    )
    duration = GaugeMetricFamily(
        NAMESPACE + "collector_duration_seconds",
        "How long the collector's last run took.",
        labels=["collector"],
    )
    for collector in running.collectors:
        success.add_metric((collector.name,), float(collector.success))
        duration.add_metric((collector.name,), collector.duration_s)
    yield success
    yield duration
    last = running.last_success_at
    yield _gauge(
        "ingest_last_success_timestamp_seconds",
        "When the transcripts were last found fully read.",
        last / 1000 if last is not None else None,
    )
    yield _gauge("ingest_lag_seconds", "Age of the oldest byte not yet read, 0 when caught up.", running.lag_s)
    yield _gauge("files_tracked", "Transcript files there are.", health.files)
    yield _gauge(
        "watcher_up",
        "Whether changes of files are reported; if not, looking regularly finds them later.",
        float(running.watcher_up) if running.watcher_up is not None else None,
    )
    yield _gauge("database_size_bytes", "Size of the database with its journal.", health.database_bytes)
    build = GaugeMetricFamily(NAMESPACE + "build_info", "What runs here.", labels=["version", "revision", "python"])
    build.add_metric((version, revision, platform.python_version()), 1)
    yield build
