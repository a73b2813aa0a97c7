"""A stamp that shows whether a small file changed since it was read."""

from __future__ import annotations

import os

Stamp = tuple[int, int, int]
"""mtime in ns, size, inode."""


def stamp_of(found: os.stat_result) -> Stamp:
    return found.st_mtime_ns, found.st_size, found.st_ino
