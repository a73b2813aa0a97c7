"""The worker: a second process that helps to read transcripts, forked early, while the program is small.

It imports what it needs at once, and waits for work. It ends when its pipes close: with the process that started it,
however that ends. What it does is in `loop`.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import NoReturn

from exporter.errors import reason
from exporter.ingest.workers.protocol import Pipes


class Worker:
    """The worker, as the main process sees it. `jobs_in`: the end of the `jobs` pipe that is written."""

    def __init__(self, pid: int, pipes: Pipes, jobs_in: int) -> None:
        self.pid = pid
        self.pipes = pipes
        self.jobs_in = jobs_in
        self.status: int | None = None
        """Its exit code, as `os.waitstatus_to_exitcode` gives it; None until it is stopped."""
        self._open = {*pipes, jobs_in}

    def close(self, fd: int) -> None:
        """Close one end of a pipe; closing it again changes nothing."""
        if fd in self._open:
            self._open.remove(fd)
            os.close(fd)

    def close_all(self) -> None:
        for fd in list(self._open):
            self.close(fd)


def start_worker() -> Worker | None:
    """Fork it. None, with the reason in the log, where forking is impossible or not safe."""
    why = _why_not_fork()
    if why is None:
        try:
            return _fork()
        except OSError as error:
            why = reason(error)
    import logging

    logging.getLogger(__name__).info("reading with one process: %s", why)
    return None


def _fork() -> Worker:
    spool = _unlinked_file()
    go_out, go_in = os.pipe()
    jobs_out, jobs_in = os.pipe()
    results_out, results_in = os.pipe()
    pid = os.fork()
    if pid == 0:
        for fd in (go_in, jobs_in, results_out):
            os.close(fd)
        _run_worker(Pipes(go_out, jobs_out, results_in, spool))
    for fd in (go_out, results_in):
        os.close(fd)
    return Worker(pid, Pipes(go_in, jobs_out, results_out, spool), jobs_in)


def stop_worker(worker: Worker) -> int:
    """Let it end, and wait for that. Returns its exit code, 0 for success. Stopping it again changes nothing."""
    if worker.status is None:
        worker.close_all()
        _, status = os.waitpid(worker.pid, 0)
        worker.status = os.waitstatus_to_exitcode(status)
    return worker.status


def _why_not_fork() -> str | None:
    if not hasattr(os, "fork"):
        return "this system cannot fork"
    if threading.active_count() > 1:
        return "forking is not safe while other threads run"
    return None


def _run_worker(pipes: Pipes) -> NoReturn:
    """The worker process, to its end. Ctrl-C is for the main process: this one ends when its pipes close."""
    status = 1
    try:
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        from exporter.ingest.workers.loop import read_jobs  # while the main process looks for files

        if os.read(pipes.go, 8):
            read_jobs(pipes)
        status = 0
    except BrokenPipeError:  # the main process has ended
        pass
    except BaseException:  # noqa: BLE001 - a process's boundary: printed, and visible in its exit code
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def _unlinked_file() -> int:
    """A file that disappears with both processes."""
    folder = Path(os.environ.get("TMPDIR") or "/tmp")
    path = folder / f".claude-tracker-{os.getpid()}-{os.urandom(4).hex()}"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    path.unlink()
    return fd
