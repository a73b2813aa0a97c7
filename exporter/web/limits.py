"""How much the server takes: bytes of a body, connections, and answers at once."""

from __future__ import annotations

import os
import sys

MAX_BODY_BYTES = 64 * 1024
MAX_CONNECTIONS = 512
OWN_DESCRIPTORS = 32
"""What the tracker needs itself: database, files that it reads, the watcher, processes that it lists."""
LEAST_CONNECTIONS = 8
KEPT_FOR_SCRAPES = 4
THREADS = 6
"""That answer; more would only share a core, and leave less of it to a scrape."""


def connections_for(descriptors: int) -> int:
    """How many connections so many free descriptors are enough for."""
    return max(LEAST_CONNECTIONS, min(MAX_CONNECTIONS, descriptors - OWN_DESCRIPTORS))


def connections() -> int:
    """For this process, with the descriptors it has left."""
    return connections_for(_limit() - _in_use())


def _limit() -> int:
    if sys.platform == "win32":
        return MAX_CONNECTIONS + OWN_DESCRIPTORS
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS + OWN_DESCRIPTORS + 1_000 if soft == resource.RLIM_INFINITY else soft


def _in_use() -> int:
    try:
        return len(os.listdir("/dev/fd"))
    except OSError:
        return 0
