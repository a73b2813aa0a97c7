"""The folder beside a database in which what was handed over waits for its tracker, one file each."""

from __future__ import annotations

import os
import time
from pathlib import Path


def spooled(folder: Path) -> list[Path]:
    """The files handed over, the oldest first; one under its temporary name is not yet."""
    try:
        names = sorted(name for name in os.listdir(folder) if _is_spooled(name))
    except OSError:
        return []
    return [folder / name for name in names]


def _is_spooled(name: str) -> bool:
    at, dash, rest = name.partition("-")
    return bool(dash) and at.isdigit() and len(at) < 20 and rest.endswith(".json")


def has_spooled(folder: Path) -> bool:
    """Whether anything waits there."""
    return bool(spooled(folder))


def hand_over(folder: Path, content: bytes) -> None:
    """Put it there whole, named by when and by whom it was written. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = folder / f"{time.time_ns()}-{os.getpid()}.json"
    made = name.with_suffix(".tmp")
    made.touch(mode=0o600, exist_ok=False)
    made.write_bytes(content)
    made.rename(name)
