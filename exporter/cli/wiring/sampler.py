"""Builds the sampler of running sessions."""

from __future__ import annotations

import time

from exporter.cli.wiring.folders import Roots, config_dirs_of
from exporter.ingest.catch_up import TakeSample


def sampler_for(roots: Roots, *, wanted: bool) -> TakeSample | None:
    """None if not wanted."""
    if not wanted:
        return None
    from exporter.sources.sessions.processes import ProcessSampler
    from exporter.sources.sessions.sampler import SessionSampler

    return SessionSampler(ProcessSampler(time.monotonic), config_dirs_of(roots))
