"""The size of the database."""

from __future__ import annotations

import os
from pathlib import Path


def database_bytes(path: Path) -> int:
    """The size of the database including its journal."""
    total = 0
    for name in (path, path.with_name(path.name + "-wal")):
        try:
            total += os.stat(name).st_size
        except FileNotFoundError:
            continue
    return total
