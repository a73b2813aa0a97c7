"""`claude-tracker stack`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from exporter.cli import output
from exporter.cli.clock import clock
from exporter.cli.options.common import default_database
from exporter.cli.options.types import UserPath
from exporter.cli.wiring.demo_history import load_history
from exporter.cli.wiring.environment import named_config
from exporter.errors import AddressError, LockedError, TrackerError, reason
from exporter.ingest.lock import COMMAND, Holder, acquire
from exporter.stack.plan import Ports, files, plan
from exporter.stack.run import is_free, is_tracker, run

DEFAULT = Ports()


def say(text: str) -> None:
    output.say(f"stack: {text}", err=True)


def working_docker() -> str | None:
    """Docker's path, if it has Compose and its engine answers."""
    docker = shutil.which("docker")
    checks = (["compose", "version"], ["info"])
    try:
        works = docker and all(
            subprocess.run([docker, *words], capture_output=True, check=False, timeout=20).returncode == 0
            for words in checks
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return docker if works else None


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--port", default=DEFAULT.tracker, help="Port of the tracker on 127.0.0.1.", show_default=True)
@click.option("--prometheus-port", default=DEFAULT.prometheus, show_default=True)
@click.option("--alertmanager-port", default=DEFAULT.alertmanager, show_default=True)
@click.option("--grafana-port", default=DEFAULT.grafana, show_default=True)
@click.option(
    "--data",
    type=UserPath(file_okay=False, path_type=Path),
    show_default="stack in the platform's data folder",
    help="Folder for data and logs.",
)
@click.option("--demo", "is_demo", is_flag=True, help="With the demo instead of your tracker, in a temporary folder.")
@click.argument("tracker_options", nargs=-1, type=click.UNPROCESSED)
def stack(
    port: int,
    prometheus_port: int,
    alertmanager_port: int,
    grafana_port: int,
    data: Path | None,
    is_demo: bool,
    tracker_options: tuple[str, ...],
) -> None:
    """Start the tracker, Prometheus, Alertmanager and Grafana; Ctrl-C stops them all.

    Uses the installed programs, or Docker. If a program is missing, names it and starts the others.
    TRACKER_OPTIONS go to the tracker, or to the demo.
    """
    ports = Ports(port, prometheus_port, alertmanager_port, grafana_port)
    if not is_free(port) and (is_demo or not is_tracker(port)):
        raise AddressError(f"another program is using port {port} of 127.0.0.1; set another with --port")
    with _folder(data, is_demo=is_demo) as folder:
        sys.exit(1 if _run(folder, ports, tracker_options, is_demo=is_demo) else 0)


@contextmanager
def _folder(data: Path | None, *, is_demo: bool) -> Iterator[Path]:
    """For data and logs; without a name that of a demo goes at the end."""
    if is_demo and data is None:
        with tempfile.TemporaryDirectory(prefix="claude-tracker-demo-stack-", ignore_cleanup_errors=True) as made:
            yield Path(made)
    else:
        yield (data or default_database().parent / "stack").absolute()


def _run(folder: Path, ports: Ports, options: Sequence[str], *, is_demo: bool) -> int:
    """Returns how many programs failed."""
    _prepare(folder, ports)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopped.set())
    config = None if is_demo else named_config()
    found = plan(folder, ports, config, options, shutil.which, working_docker, is_demo=is_demo)
    for line in found.missing:
        say(line)
    say(f"data and logs are in {folder}")
    starts_prometheus = any(program.name == "prometheus" for program in found.programs)
    if not is_demo or not starts_prometheus:
        return run(found.programs, folder, stopped, say)
    load = partial(load_history, folder / "prometheus", ports.prometheus, stopped, say)
    return run(found.programs, folder, stopped, say, load)


def _prepare(folder: Path, ports: Ports) -> None:
    """Take the folder and write the configurations into it. Raises LockedError, TrackerError."""
    holder = Holder(os.getpid(), COMMAND, "claude-tracker stack", clock())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if acquire(folder / "stack", holder) is None:
            raise LockedError(f"another stack is using {folder}; set another folder with --data")
        for name, text in files(ports, folder).items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise TrackerError(f"cannot write to {folder}: {reason(error)}; set another folder with --data") from error
