"""The gauges of the tracker's health."""

from __future__ import annotations

import platform
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily

from exporter.metrics.counters import NAMESPACE
from exporter.metrics.gauge import gauge
from exporter.snapshot.parts import HealthPart


def health_families(health: HealthPart, version: str, revision: str) -> Iterator[GaugeMetricFamily]:
    """Values that only a running engine knows have no sample without one."""
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
    yield gauge(
        "ingest_last_success_timestamp_seconds",
        "When all transcripts were last up to date.",
        last / 1000 if last is not None else None,
    )
    yield gauge("ingest_lag_seconds", "Age of the oldest byte not yet read, 0 when caught up.", running.lag_s)
    yield gauge("files_tracked", "Known transcript files.", health.files)
    yield gauge(
        "watcher_up",
        "Whether file changes are reported by the system; if not, regular scans find them later.",
        float(running.watcher_up) if running.watcher_up is not None else None,
    )
    folders = GaugeMetricFamily(
        NAMESPACE + "watched_folders",
        "Existing transcript folders, by how changes in them are found.",
        labels=["mode"],
    )
    if running.folders is not None:
        folders.add_metric(("events",), running.folders.events)
        folders.add_metric(("polling",), running.folders.polling)
    yield folders
    yield gauge("database_size_bytes", "Size of the database including its WAL.", health.database_bytes)
    yield database_ok(health.damage is None)
    build = GaugeMetricFamily(
        NAMESPACE + "build_info",
        "Version, revision and Python version of the tracker, and the random id of its database.",
        labels=["version", "revision", "python", "tracker"],
    )
    build.add_metric((version, revision, platform.python_version(), health.tracker), 1)
    yield build


def database_ok(is_whole: bool) -> GaugeMetricFamily:
    return gauge(
        "database_ok",
        "Whether the database is whole; if it is known not to be, nothing is written to it.",
        float(is_whole),
    )
