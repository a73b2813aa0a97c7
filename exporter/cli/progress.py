"""Progress bars: shown on a terminal, silent in a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from exporter.ingest.transcripts.scan import Progress, no_progress

SLOW_BYTES = 4 << 20
"""Reading less than this is too quick for a bar."""


@contextmanager
def steps_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yields `report(done, total)`, which moves the bar."""
    import sys

    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich import progress
    from rich.console import Console

    with progress.Progress(
        progress.TextColumn(what),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def reading_bar() -> Iterator[Progress]:
    """Yields a `Progress` that draws a bar on standard error, if that is a terminal and there is much to read."""
    import sys

    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich import progress
    from rich.console import Console

    bar = progress.Progress(
        progress.TextColumn("reading transcripts"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("reading", total=None, start=True)

    def show(done: int, total: int) -> None:
        if total >= SLOW_BYTES:
            bar.start()
            bar.update(task, completed=done, total=total)

    try:
        yield show
    finally:
        bar.stop()
