"""Builds what looks at running sessions."""

from __future__ import annotations

import time

from exporter.cli.wiring.folders import Roots, config_dirs_of
from exporter.ingest.catch_up import Sight


def sight_of(roots: Roots, *, wanted: bool) -> Sight | None:
    """None where it is not wanted."""
    if not wanted:
        return None
    from exporter.sources.sessions.processes import ProcessSampler
    from exporter.sources.sessions.sampler import Live

    return Live(ProcessSampler(time.monotonic), config_dirs_of(roots))
