"""The spool folder next to a database, where submitted payloads wait for the tracker, one file each."""

from __future__ import annotations

import os
import time
from pathlib import Path


def spooled_files(folder: Path) -> list[Path]:
    """The spooled files, the oldest first; without files still being written under a temporary name."""
    try:
        names = sorted(name for name in os.listdir(folder) if _is_spooled(name))
    except OSError:
        return []
    return [folder / name for name in names]


def _is_spooled(name: str) -> bool:
    at, dash, rest = name.partition("-")
    return bool(dash) and at.isdigit() and len(at) < 20 and rest.endswith(".json")


def has_spooled(folder: Path) -> bool:
    """Whether any file is waiting."""
    return bool(spooled_files(folder))


def write_spool_file(folder: Path, content: bytes) -> None:
    """Write a file atomically, named by the time and the pid of its writer. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = folder / f"{time.time_ns()}-{os.getpid()}.json"
    temporary = name.with_suffix(".tmp")
    temporary.touch(mode=0o600, exist_ok=False)
    temporary.write_bytes(content)
    temporary.rename(name)
