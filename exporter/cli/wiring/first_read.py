"""The first read of `run`, in a process of its own: the server answers meanwhile, and its memory goes with it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from exporter.errors import ReadError
from exporter.ingest.lock import IngestLock
from exporter.store.reader import Reader

CHILD_FLAG = "--child"


def is_needed(database: Path) -> bool:
    """Whether the database has not been through a complete read. Raises DatabaseError."""
    reader = Reader(database)
    try:
        return reader.first_read_at() is None
    finally:
        reader.close()


def command(database: Path, config_dirs: Sequence[Path], *, detects: bool) -> list[str]:
    """The `ingest` that does it. -P: a folder named exporter where the user stands is not us."""
    named = [part for folder in config_dirs for part in ("--config-dir", str(folder.absolute()))]
    processes = "--processes" if detects else "--no-processes"
    ours = [sys.executable, "-P", "-m", "exporter", "ingest", CHILD_FLAG]
    return [*ours, "--database", str(database), processes, *named]


def run_child(database: Path, config_dirs: Sequence[Path], lock: IngestLock, *, detects: bool) -> None:
    """Run it to its end; it looks at what runs where it `detects`.

    The child shares our lock, and ends when we do: its standard input closes then.

    Raises ReadError where it fails.
    """
    inherited = () if sys.platform == "win32" else (lock.fd,)
    with subprocess.Popen(
        command(database, config_dirs, detects=detects),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        pass_fds=inherited,
    ) as child:
        status = child.wait()
    if status != 0:
        raise ReadError(f"the first read of the transcripts failed (status {status}): see above; trying again")


def end_with_parent() -> None:
    """In the child: end as soon as standard input closes, however the parent ended."""

    def wait_for_end() -> None:
        while os.read(0, 4096):
            pass
        os._exit(1)

    threading.Thread(target=wait_for_end, name="parent", daemon=True).start()
