"""The first read of `run`, in a child process: the server stays responsive, and the memory is freed at its end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from exporter.cli.names import own_command
from exporter.errors import OlderDatabaseError, ReadError, TrackerError
from exporter.ingest.lock import IngestLock
from exporter.store.reader import Reader

CHILD_FLAG = "--child"


def is_needed(database: Path) -> bool:
    """Whether the database has not had a complete read yet; not for one of an older version. Raises DatabaseError."""
    reader = Reader(database)
    try:
        return reader.first_read_at() is None
    except OlderDatabaseError:
        return False
    finally:
        reader.close()


def command(database: Path, config_dirs: Sequence[Path], *, detects: bool, config: Sequence[str] = ()) -> list[str]:
    """The `ingest` command line.

    `config`: the option that names the configuration file, if it was given.
    """
    named = [part for folder in config_dirs for part in ("--config-dir", str(folder.absolute()))]
    processes = "--processes" if detects else "--no-processes"
    return own_command(*config, "ingest", CHILD_FLAG, "--database", str(database), processes, *named)


def run_child(
    database: Path, config_dirs: Sequence[Path], lock: IngestLock, *, detects: bool, config: Sequence[str] = ()
) -> None:
    """Run the child to its end. It takes a sample of running sessions if it `detects`. `config`: see `command`.

    The child shares our lock, and ends when we do: its standard input closes then.

    Raises ReadError if it fails.
    """
    inherited = () if sys.platform == "win32" else (lock.fd,)
    with subprocess.Popen(
        command(database, config_dirs, detects=detects, config=config),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        pass_fds=inherited,
    ) as child:
        status = child.wait()
    if status != 0:
        raise ReadError(f"the first read of the transcripts failed (exit code {status}): see above; retrying")


class StartedRead:
    """A first read that started before there was anything to wait for it. It goes on if the serving process ends.

    `done`: our end of a pipe that closes when it ends.
    """

    def __init__(self, done: int) -> None:
        self._done = done

    def wait(self) -> None:
        """Until it has ended, however it did; in any process, any number of times."""
        while os.read(self._done, 64):
            pass


def start(
    database: Path, config_dirs: Sequence[Path], lock: IngestLock, *, detects: bool, config: Sequence[str] = ()
) -> StartedRead | None:
    """Start the first read if it is needed, as `run_child` does, while this process still imports. None if it is not
    needed, or cannot be started: then `run_child` says why.

    It is nobody's child: the process that serves is made later, and one of two parents would take its exit code.
    """
    if sys.platform == "win32" or threading.active_count() > 1:
        return None
    with suppress(TrackerError, OSError):
        if is_needed(database):
            return _start(command(database, config_dirs, detects=detects, config=config), lock)
    return None


def _start(arguments: Sequence[str], lock: IngestLock) -> StartedRead:
    """Its standard input stays open as long as this process and those it makes: see `end_with_parent`."""
    stdin, stdin_end = os.pipe()
    done_end, done = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            for fd in (stdin_end, done_end):
                os.close(fd)
            subprocess.Popen(arguments, stdin=stdin, stdout=subprocess.DEVNULL, pass_fds=(lock.fd, done))
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    os.close(stdin)
    os.close(done)
    return StartedRead(done_end)


def end_with_parent() -> None:
    """In the child: exit as soon as standard input closes, however the parent ended."""

    def wait_for_end() -> None:
        while os.read(0, 4096):
            pass
        os._exit(1)

    threading.Thread(target=wait_for_end, name="parent", daemon=True).start()
