"""Opens the metrics store to load history into, and holds the lock of backfills."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from exporter.cli.clock import clock
from exporter.cli.options.common import default_database
from exporter.cli.wiring import locking
from exporter.errors import LockedError, TargetError
from exporter.ingest import lock

if TYPE_CHECKING:
    from exporter.backfill.target import Target


@contextmanager
def open_target(load: str, data: Path | None, url: str | None, labels: dict[str, str]) -> Iterator[Target]:
    """The VictoriaMetrics at `url`, or the Prometheus with the data folder `data`, which runs at `url`.

    Raises TargetError.
    """
    from exporter.backfill.prometheus import DEFAULT_URL, Prometheus
    from exporter.backfill.victoriametrics import VictoriaMetrics

    if url is not None and load == "victoriametrics":
        yield VictoriaMetrics(url, labels)
        return
    promtool = shutil.which("promtool")
    if promtool is None:
        raise TargetError("promtool was not found: install it, it is part of Prometheus")
    folder = data or _folder_of(url) or default_database().parent / "stack" / "prometheus"
    if not folder.is_dir():
        named = "set --data to the --storage.tsdb.path of your Prometheus"
        hint = named if data is not None else f"start Prometheus once with `claude-tracker stack`, or {named}"
        raise TargetError(f"the folder {folder} does not exist: {hint}")
    if any(folder.iterdir()) and not any(folder.glob("*/meta.json")) and not (folder / "wal").is_dir():
        raise TargetError(f"{folder} is not a data folder of Prometheus: set --data to its --storage.tsdb.path")
    with Prometheus(folder.resolve(), labels, promtool, (url,) if url is not None else (DEFAULT_URL,)) as prometheus:
        yield prometheus


def _folder_of(url: str | None) -> Path | None:
    """The data folder of the Prometheus at a URL, as it says. Raises TargetError."""
    if url is None:
        return None
    from exporter.backfill.retention import prometheus_flags

    flags = prometheus_flags(url)
    if flags is None or flags.path is None:
        raise TargetError(f"{url} does not say where its data is: set --data to its --storage.tsdb.path")
    return flags.path


@contextmanager
def backfill_lock(database: Path) -> Iterator[None]:
    """Hold the lock of backfills: one at a time. A tracker may run at the same time."""
    own = database.with_name(f"{database.name}-backfill")
    taken = lock.acquire(own, locking.this_process(lock.COMMAND, "backfill", clock()))
    if taken is None:
        raise LockedError(
            f"{lock.held_by(own) or 'another claude-tracker'} is already loading history; wait for it to end"
        )
    try:
        yield
    finally:
        taken.release()
