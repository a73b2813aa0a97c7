"""The exposition: builds all families from a snapshot at every scrape, in our own registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from prometheus_client.core import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from exporter.domain.limits.calibration import weighted_tokens
from exporter.domain.notifications.warning import Thresholds
from exporter.domain.usage.totals import PAST_FAMILIES
from exporter.metrics.blocks import block_families
from exporter.metrics.counters import COUNTERS, Announcements, counter_families, incomplete_responses
from exporter.metrics.fleet import fleet_families
from exporter.metrics.health import database_ok, health_families
from exporter.metrics.limits import (
    account_families,
    block_limit_families,
    budget_family,
    forecast_families,
    limit_families,
    period_families,
    session_effectiveness,
    threshold_families,
)
from exporter.metrics.sessions import process_families, running_sessions, session_durations
from exporter.metrics.sync import sync_families
from exporter.metrics.unwritten import unwritten_families
from exporter.snapshot.parts import Current, Figures

DEFAULT_THRESHOLDS = Thresholds()


class Part(NamedTuple):
    """Some families, and the object they are computed from: the same object gives the same samples."""

    of: Callable[[Figures], object]
    families: Callable[[Figures, Announcements], Iterable[Metric]]


OWN_COUNTERS = [family for family in COUNTERS if family not in PAST_FAMILIES]
"""Counters of the tracker itself, such as lines read and notifications sent."""
PAST_COUNTERS = [family for family in COUNTERS if family in PAST_FAMILIES]


def _totals(figures: Figures, announcements: Announcements) -> Iterator[Metric]:
    accounts = [account.label for account in figures.accounts]
    yield from counter_families(PAST_COUNTERS, figures.totals, figures.as_of, announcements, accounts, figures.hidden)
    yield incomplete_responses(figures.totals)
    yield session_durations(figures.totals)


def _block(figures: Figures, _: Announcements) -> Iterator[Metric]:
    block = figures.block
    yield from block_families(block)
    yield from block_limit_families(
        block.limit if block is not None else None,
        weighted_tokens(block.figures.cost_nano) if block is not None else None,
    )


WITH_HISTORY = (
    Part(lambda f: f.totals, _totals),
    Part(lambda f: f.sessions, lambda f, _: [running_sessions(f.sessions)]),
    Part(lambda f: f.block, _block),
    Part(lambda f: f.accounts, lambda f, _: limit_families(f.accounts)),
    Part(lambda f: (f.week, f.month), lambda f, _: period_families(f.week, f.month)),
    Part(lambda f: f.effectiveness, lambda f, _: [session_effectiveness(f.effectiveness)]),
)
"""The families that also exist for past times."""


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
        for part in WITH_HISTORY:
            yield from part.families(snapshot, self._announcements)
        yield from counter_families(OWN_COUNTERS, snapshot.totals, snapshot.as_of, self._announcements)
        yield from process_families(snapshot.sessions, snapshot.waiting, snapshot.as_of, snapshot.health.running.loads)
        yield from account_families(snapshot.accounts)
        yield from forecast_families(snapshot.accounts)
        yield budget_family(snapshot.budgets)
        yield from unwritten_families(snapshot.unwritten)
        yield from threshold_families(self._thresholds)
        yield from sync_families(snapshot.syncs)
        yield from fleet_families(snapshot.store, snapshot.as_of)
        yield from health_families(snapshot.health, *self._build)


class DamageCollector(Collector):
    """All that is known where the database cannot be read: figures would be those of a damaged file."""

    def collect(self) -> Iterator[Metric]:
        yield database_ok(False)


class Exposition:
    """The exposition of one process. A counter never falls within it."""

    def __init__(self, version: str, revision: str, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> None:
        self._announcements = Announcements()
        self._build = (version, revision, thresholds)

    def expose(self, snapshot: Current | None, accept: str) -> tuple[bytes, str]:
        """The families in the format that the scraper accepts, and its content type. None: the database is damaged."""
        registry = CollectorRegistry(auto_describe=False)
        whole = SnapshotCollector(snapshot, self._announcements, *self._build) if snapshot is not None else None
        registry.register(whole or DamageCollector())
        try:
            encode, content_type = choose_encoder(accept)
        except (ValueError, TypeError):  # a version that is none
            encode, content_type = choose_encoder("")
        return encode(registry), content_type
