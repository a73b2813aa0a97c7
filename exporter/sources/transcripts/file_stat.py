"""Reads the metadata of a transcript file from the file system."""

from __future__ import annotations

import errno
import os
import stat

from exporter.domain.transcripts.file_state import FileStat
from exporter.domain.usage.bounds import storable


def stat_of(path: str) -> FileStat:
    """Stat a file. Raises OSError; FileNotFoundError also if it is not a regular file (opening a pipe would block)."""
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise FileNotFoundError(errno.ENOENT, "not a file", path)
    return file_stat(found)


def file_stat(found: os.stat_result) -> FileStat:
    mtime = storable(found.st_mtime_ns)  # a file's time may be any; from 2262 on, its ns leave 63 bits
    birth = storable(_birth(found)) if _HAS_BIRTH else 0
    return FileStat(_signed(found.st_dev), _signed(found.st_ino), found.st_size, mtime, birth or mtime)


_HAS_BIRTH = hasattr(os.stat_result, "st_birthtime") or hasattr(os.stat_result, "st_birthtime_ns")


def _birth(found: os.stat_result) -> int:
    return getattr(found, "st_birthtime_ns", None) or int(getattr(found, "st_birthtime", 0) * 1e9)


def _signed(number: int) -> int:
    """Some file systems use all 64 bits; the database stores signed integers."""
    return number if number < 1 << 63 else number - (1 << 64)
