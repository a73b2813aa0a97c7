"""The exposition: families built afresh from a snapshot at every scrape, in a registry of our own."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from exporter.domain.calibration import weighted_tokens
from exporter.domain.warning import Thresholds
from exporter.metrics.counters import Announcements, counter_families, incomplete_responses
from exporter.metrics.gauges import block_families, health_families
from exporter.metrics.limits import block_limit_families, limit_families, period_families, threshold_families
from exporter.metrics.sessions import session_durations, session_families
from exporter.snapshot.take import Current

DEFAULT_THRESHOLDS = Thresholds()


class SnapshotCollector(Collector):
    """The families of one snapshot."""

    def __init__(
        self,
        snapshot: Current,
        announcements: Announcements,
        version: str,
        revision: str,
        thresholds: Thresholds = DEFAULT_THRESHOLDS,
    ) -> None:
        self._snapshot = snapshot
        self._thresholds = thresholds
        self._announcements = announcements
        self._build = (version, revision)

    def collect(self) -> Iterator[Metric]:
        snapshot = self._snapshot
        yield from counter_families(snapshot.totals, snapshot.as_of, self._announcements)
        yield incomplete_responses(snapshot.totals)
        yield from session_families(snapshot.sessions, snapshot.waiting, snapshot.as_of, snapshot.health.running.loads)
        yield session_durations(snapshot.totals)
        yield from block_families(snapshot.block)
        yield from limit_families(snapshot.limits)
        block = snapshot.block
        yield from block_limit_families(
            block.limit if block is not None else None,
            weighted_tokens(block.figures.cost_nano) if block is not None else None,
        )
        yield from threshold_families(self._thresholds)
        yield from period_families(snapshot.week, snapshot.month, snapshot.effectiveness)
        yield from health_families(snapshot.health, *self._build)


class Exposition:
    """The exposition of one process: what it has shown as a counter's value it never takes back."""

    def __init__(self, version: str, revision: str, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> None:
        self._announcements = Announcements()
        self._build = (version, revision, thresholds)

    def expose(self, snapshot: Current, accept: str) -> tuple[bytes, str]:
        """The families in the format that the scraper accepts, and its content type."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(SnapshotCollector(snapshot, self._announcements, *self._build))
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type
