"""The tracker's own warnings: to whom they are delivered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path

from exporter.cli.clock import clock
from exporter.cli.options.notifications import NotificationOptions
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.notifications.facts import WarningFacts
from exporter.domain.notifications.warning import Notification, Thresholds
from exporter.ingest.notifications.warnings import Warnings
from exporter.notifications import command, desktop, queue
from exporter.snapshot.notifications.facts import warning_facts
from exporter.snapshot.take import take_current
from exporter.store.reader import Reader
from exporter.store.store import Store


def own_warnings(
    database: Path,
    zone: tzinfo | None,
    plan: PlanSettings,
    thresholds: Thresholds,
    notifications: NotificationOptions,
    store: Store,
    *,
    detects: bool,
) -> Warnings:
    """The tracker's own warnings, from the same snapshots as everything that it shows."""
    reader = Reader(database)

    def facts() -> WarningFacts | None:
        current = take_current(reader, clock(), zone, Health(detects=detects), plan)
        return warning_facts(current, zone) if current is not None else None

    deliver: list[Callable[[Notification], None]] = []
    if notifications.desktop:
        deliver.append(queue.QueuedDelivery("desktop notifications", desktop.Desktop()))
    if notifications.command is not None:
        deliver.append(queue.QueuedDelivery("--warning-command", command.Command(notifications.command)))
    return Warnings(store, facts, thresholds, notifications.quiet, zone, deliver)
