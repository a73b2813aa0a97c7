"""Builds the sampler of running sessions."""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from exporter.cli.clock import has_own_time
from exporter.cli.wiring.folders import Roots, config_dirs_of
from exporter.domain.sessions.process import is_made_up_elsewhere

if TYPE_CHECKING:  # heavy
    from exporter.sources.sessions.sampler import SessionSampler


def sampler_for(database: Path, roots: Roots, *, wanted: bool) -> SessionSampler | None:
    """None if not wanted. A demo has its own processes."""
    if not wanted:
        return None
    from exporter.sources.sessions.processes import ProcessSampler
    from exporter.sources.sessions.recorded import RecordedProcesses
    from exporter.sources.sessions.sampler import SessionSampler

    ignores = partial(is_made_up_elsewhere, folder=os.path.realpath(database.parent))
    processes = RecordedProcesses() if has_own_time() else ProcessSampler(time.monotonic, ignores=ignores)
    return SessionSampler(processes, config_dirs_of(roots))
