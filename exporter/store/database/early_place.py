"""Where the small database of a first read lies, for who only reads it."""

from __future__ import annotations

from pathlib import Path


def early_path(path: Path) -> Path:
    """Where it is; `path`: of the database that is being made."""
    return path.with_name(f"{path.name}.early")
