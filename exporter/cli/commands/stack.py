"""`claude-tracker stack`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import click

from exporter.cli import output
from exporter.cli.clock import clock
from exporter.cli.options.common import default_database
from exporter.cli.options.types import UserPath
from exporter.cli.wiring.environment import named_config
from exporter.errors import AddressError, LockedError, TrackerError, reason
from exporter.ingest.lock import COMMAND, Holder, acquire
from exporter.stack.plan import Ports, alertmanager_config, plan, prometheus_config
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
@click.argument("tracker_options", nargs=-1, type=click.UNPROCESSED)
def stack(
    port: int,
    prometheus_port: int,
    alertmanager_port: int,
    grafana_port: int,
    data: Path | None,
    tracker_options: tuple[str, ...],
) -> None:
    """Start the tracker, Prometheus, Alertmanager and Grafana; Ctrl-C stops them all.

    Uses the installed programs, or Docker. If a program is missing, names it and starts the others.
    TRACKER_OPTIONS go to the tracker.
    """
    ports = Ports(port, prometheus_port, alertmanager_port, grafana_port)
    folder = (data or default_database().parent / "stack").absolute()
    if not is_free(port) and not is_tracker(port):
        raise AddressError(f"another program is using port {port} of 127.0.0.1; set another with --port")
    _prepare(folder, ports)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopped.set())
    found = plan(folder, ports, named_config(), tracker_options, shutil.which, working_docker)
    for line in found.missing:
        say(line)
    say(f"data and logs are in {folder}")
    sys.exit(1 if run(found.programs, folder, stopped, say) else 0)


def _prepare(folder: Path, ports: Ports) -> None:
    """Take the folder and write the configurations into it. Raises LockedError, TrackerError."""
    holder = Holder(os.getpid(), COMMAND, "claude-tracker stack", clock())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if acquire(folder / "stack", holder) is None:
            raise LockedError(f"another stack is using {folder}; set another folder with --data")
        (folder / "prometheus.yml").write_text(prometheus_config(ports), encoding="utf-8")
        (folder / "alertmanager.yml").write_text(alertmanager_config(ports), encoding="utf-8")
    except OSError as error:
        raise TrackerError(f"cannot write to {folder}: {reason(error)}; set another folder with --data") from error
