"""Asks the installed client for the limits: once for a command, or regularly while a tracker runs."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.clock import clock
from exporter.cli.names import spool_folder
from exporter.cli.options import config_file

if TYPE_CHECKING:
    from exporter.engine.jobs import Job
    from exporter.ingest.limits.asking import Asking

CHECK_SECONDS = 30.0
TAKEN_SECONDS = 3.0
"""A running tracker reads an answer at once."""


def asking_of(database: Path, config_dirs: Sequence[Path], every: int = 0) -> Asking:
    """`every`: ms between regular questions, 0 for a single one."""
    from exporter.ingest.limits.asking import Asking
    from exporter.sources.limits.client import ask

    folder = config_dirs[0].absolute() if config_dirs else None
    name = hashlib.sha256(os.fsencode(os.path.realpath(database))).hexdigest()[:12]

    def answer(stopping: threading.Event) -> bytes:
        return ask(os.environ, folder, name=name, stopping=stopping)

    return Asking(database, Path(spool_folder(str(database))), answer, clock, every)


def ask_once(database: Path, config_dirs: Sequence[Path]) -> None:
    """Ask, and give a running tracker the time to take the answer. Raises ClientError."""
    from exporter.sources.limits.spool import has_spooled

    asking = asking_of(database, config_dirs)
    with _ended_by_signals(asking.stop):
        asking.ask()
    until = time.monotonic() + TAKEN_SECONDS
    while has_spooled(Path(spool_folder(str(database)))) and time.monotonic() < until:
        time.sleep(0.05)


@contextmanager
def _ended_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Have a signal that would end this process call `stop` first, and end it after the block."""
    caught: list[int] = []

    def note(number: int, frame: object) -> None:
        caught.append(number)
        threading.Thread(target=stop, daemon=True).start()  # what this thread waits for must not be locked by it

    names = (getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
    before = {number: signal.signal(number, note) for number in names if signal.getsignal(number) != signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if caught:
            os.kill(os.getpid(), caught[0])


def regular_of(database: Path, config_dirs: Sequence[Path]) -> tuple[list[Job], Callable[[], None]]:
    """The regular question, if the configuration asks for it, and what ends it."""
    context = click.get_current_context(silent=True)
    every: int = context.meta.get(config_file.ASK_EVERY, 0) if context is not None else 0
    if not every:
        return [], lambda: None
    from exporter.engine.jobs import BackgroundTask

    asking = asking_of(database, config_dirs, every)
    return [(BackgroundTask("limits", asking.ask_when_due), CHECK_SECONDS)], asking.stop
