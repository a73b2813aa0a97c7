"""The command behind `./start.sh stack`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import click
import platformdirs

from exporter.domain.text import visible
from exporter.errors import AddressError, LockedError
from exporter.ingest.lock import COMMAND, Holder, acquire
from grafana.stack.plan import Ports, alertmanager_config, plan, prometheus_config
from grafana.stack.run import is_free, is_tracker, run

DEFAULT = Ports()


def say(text: str) -> None:
    click.echo(visible(f"stack: {text}"), err=True)


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
    "--data", type=click.Path(path_type=Path), help="Folder for data and logs. Default: the platform's data folder."
)
@click.argument("tracker_options", nargs=-1, type=click.UNPROCESSED)
def main(
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
    folder = (data or platformdirs.user_data_path("claude-tracker", appauthor=False) / "stack").absolute()
    if not is_free(port) and not is_tracker(port):
        say(f"another program is using port {port} of 127.0.0.1; set another with --port")
        sys.exit(AddressError.exit_code)
    folder.mkdir(parents=True, exist_ok=True)
    holder = Holder(os.getpid(), COMMAND, "stack", int(time.time() * 1_000))
    if acquire(folder / "stack", holder) is None:
        say(f"another stack is using {folder}; set another folder with --data")
        sys.exit(LockedError.exit_code)
    (folder / "prometheus.yml").write_text(prometheus_config(ports), encoding="utf-8")
    (folder / "alertmanager.yml").write_text(alertmanager_config(ports), encoding="utf-8")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopped.set())
    found = plan(folder, ports, tracker_options, shutil.which, working_docker)
    for line in found.missing:
        say(line)
    say(f"data and logs are in {folder}")
    sys.exit(1 if run(found.programs, folder, stopped, say) else 0)


if __name__ == "__main__":
    main()
