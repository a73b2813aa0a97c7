"""A second process that helps to read transcripts, forked early, while the program is small and has one thread.

It waits until it is given work. Until then it costs next to nothing, and it ends when its pipes do: with the
process that made it, however that ends. What it does is told in `shared`, imported only where it is needed.

    numbers   a pipe with the numbers of the jobs, written once, from which both processes take what they read next
    spool     an unlinked file: the jobs first, behind them the results as they come
    results   a pipe of short notes: where in the spool a part of a job's result lies, or that a job is done
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import NamedTuple, NoReturn


class Pipes(NamedTuple):
    """What both processes share; of each pipe the end that the process in question uses."""

    go: int
    """A note from the first process that the jobs are there."""
    numbers: int
    results: int
    spool: int


class Worker:
    """The second process, as the first sees it. `numbers_in`: the end of `numbers` that is written."""

    def __init__(self, pid: int, pipes: Pipes, numbers_in: int) -> None:
        self.pid = pid
        self.pipes = pipes
        self.numbers_in = numbers_in
        self.status: int | None = None
        """What it ended with, as `os.waitstatus_to_exitcode` has it; None until it is dismissed."""
        self._open = {*pipes, numbers_in}

    def close(self, fd: int) -> None:
        """Close one of its ends; again changes nothing."""
        if fd in self._open:
            self._open.remove(fd)
            os.close(fd)

    def close_all(self) -> None:
        for fd in list(self._open):
            self.close(fd)


def start_worker() -> Worker | None:
    """Fork it; None, with the reason in the log, where that cannot be done or is not safe."""
    reason = _unsafe()
    if reason is None:
        try:
            return _fork()
        except OSError as error:
            reason = str(error)
    import logging

    logging.getLogger(__name__).info("reading with one process: %s", reason)
    return None


def _fork() -> Worker:
    spool = _unlinked_file()
    go_out, go_in = os.pipe()
    numbers_out, numbers_in = os.pipe()
    results_out, results_in = os.pipe()
    pid = os.fork()
    if pid == 0:
        for fd in (go_in, numbers_in, results_out):
            os.close(fd)
        _work(Pipes(go_out, numbers_out, results_in, spool))
    for fd in (go_out, results_in):
        os.close(fd)
    return Worker(pid, Pipes(go_in, numbers_out, results_out, spool), numbers_in)


def stop_worker(hand: Worker) -> int:
    """Let it end, and wait for that. Its status: 0 where all went well. Dismissing it again changes nothing."""
    if hand.status is None:
        hand.close_all()
        _, status = os.waitpid(hand.pid, 0)
        hand.status = os.waitstatus_to_exitcode(status)
    return hand.status


def _unsafe() -> str | None:
    if not hasattr(os, "fork"):
        return "this system cannot fork"
    if threading.active_count() > 1:
        return "threads run already, beside which forking is not safe"
    return None


def _work(pipes: Pipes) -> NoReturn:
    """The second process, to its end. A signal from the terminal is for the first: this one ends with its pipes."""
    status = 1
    try:
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if os.read(pipes.go, 8):
            from exporter.ingest.workers.parallel import work

            work(pipes)
        status = 0
    except BrokenPipeError:  # the first process is gone
        pass
    except BaseException:  # noqa: BLE001 - a process's boundary: told, and seen by its status
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def _unlinked_file() -> int:
    """A file that goes when both processes do."""
    folder = Path(os.environ.get("TMPDIR") or "/tmp")
    path = folder / f".claude-tracker-{os.getpid()}-{os.urandom(4).hex()}"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    path.unlink()
    return fd
