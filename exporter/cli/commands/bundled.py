"""`claude-tracker grafana` and `claude-tracker prometheus`, which write files for programs that the user runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from exporter.cli.options.common import add_options
from exporter.cli.options.types import UserPath
from exporter.cli.output import count, say
from exporter.stack.files import copy

F = TypeVar("F", bound=Callable[..., Any])


def _options(command: F) -> F:
    """`output` and `force`."""
    decorated: F = add_options(
        command,
        click.option(
            "-o",
            "--output",
            type=UserPath(file_okay=False, path_type=Path),
            required=True,
            help="Folder to write to; created if it does not exist.",
        ),
        click.option("--force", is_flag=True, help="Overwrite files in the folder."),
    )
    return decorated


def _write(part: str, output: Path, *, force: bool) -> Path:
    """Copy the files and say which. Returns the folder's absolute path."""
    folder = output.absolute()
    names = copy(part, folder, force=force)
    say(f"Wrote {count(len(names), 'file')} to {folder}:")
    for name in names:
        say(f"  {name}")
    return folder


@click.command()
@_options
def grafana(output: Path, force: bool) -> None:
    """Write the dashboards, and the provisioning for your own Grafana."""
    folder = _write("grafana", output, force=force)
    say("Next: start Grafana with these variables, or import the dashboards by hand:")
    say(f"  GF_PATHS_PROVISIONING={folder / 'provisioning'}")
    say(f"  CLAUDE_TRACKER_DASHBOARDS={folder / 'dashboards'}")
    say("  CLAUDE_TRACKER_PROMETHEUS_URL=http://127.0.0.1:9090")


@click.command()
@_options
def prometheus(output: Path, force: bool) -> None:
    """Write the configurations of Prometheus and Alertmanager, the rules and their runbook."""
    folder = _write("prometheus", output, force=force)
    say("Next: start Prometheus with this configuration, or copy its parts into yours:")
    say(f"  prometheus --config.file={folder / 'prometheus.yml'} --storage.tsdb.retention.time=400d")
