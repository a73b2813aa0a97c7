"""Reads from Linux which folders this process really watches: nothing else reports a watch that could not be added."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal

Unwatched = Literal["folder", "link"]
FDS = Path("/proc/self/fd")
_WATCH = re.compile(r"^inotify wd:\S+ ino:([0-9a-f]+)", re.MULTILINE)


def watched_inodes() -> frozenset[int] | None:
    """The inodes that this process watches; None where the system does not list them."""
    if not FDS.is_dir():
        return None
    found: set[int] = set()
    for fd in os.listdir(FDS):
        try:
            if "inotify" in os.readlink(FDS / fd):
                text = (FDS.parent / "fdinfo" / fd).read_text(encoding="ascii")
                found.update(int(inode, 16) for inode in _WATCH.findall(text))
        except OSError:  # closed meanwhile
            continue
    return frozenset(found)


def find_unwatched(root: Path, watched: frozenset[int]) -> Unwatched | None:
    """What is not watched of the root and the folders below it; a folder, if any. Nothing behind a link is watched."""
    pending = [str(root)]
    found: Unwatched | None = None
    while pending:
        try:
            folder = pending.pop()
            if os.stat(folder).st_ino not in watched:
                return "folder"
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    elif entry.is_symlink() and entry.is_dir():
                        found = "link"
        except OSError:  # gone meanwhile, or not readable, so that nothing in it is read either
            continue
    return found
