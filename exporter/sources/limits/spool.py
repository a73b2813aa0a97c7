"""The folder beside a database in which what was handed over waits for its tracker."""

from __future__ import annotations

import os
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
