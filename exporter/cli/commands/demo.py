"""`claude-tracker demo`."""

from __future__ import annotations

import sys
from datetime import datetime, tzinfo
from pathlib import Path

import click

from exporter.cli.clock import real_clock
from exporter.cli.options import common
from exporter.cli.options.types import Moment, UserPath
from exporter.cli.wiring import demo as place_of_demo
from exporter.cli.wiring.demo_run import RELIVED_DAYS, Wanted, run_command, run_demo


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--port", type=click.IntRange(1, 65_535), default=3002, show_default=True, help="Port on 127.0.0.1.")
@common.timezone_option
@click.option("--days", type=click.IntRange(1, 365), default=60, show_default=True, help="Days of history.")
@click.option(
    "--speed",
    type=click.FloatRange(1, 1_000_000),
    default=1.0,
    show_default=True,
    help=f"How fast to go. Above 1 the last {RELIVED_DAYS} days are lived again, then it goes on in real time.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another user with each number.")
@click.option("--at", type=Moment(), show_default="now", help="When the demo begins, in the past.")
@click.option(
    "--folder",
    type=UserPath(file_okay=False, path_type=Path),
    show_default="one in the system's temporary folder",
    help="Folder for the demo's files.",
)
@click.option("--keep", is_flag=True, help="Keep the folder at the end.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def demo(
    port: int,
    zone: tzinfo | None,
    days: int,
    speed: float,
    seed: int,
    at: datetime | None,
    folder: Path | None,
    keep: bool,
    command: tuple[str, ...],
) -> None:
    """Show everything with a made-up user, who works while you watch; Ctrl-C ends it.

    COMMAND, such as `status`, runs on the demo that another terminal started. Nothing of yours is read or changed.
    """
    folder = (folder or place_of_demo.default_folder()).absolute()
    if command:
        sys.exit(run_command(place_of_demo.running_place(folder), command))
    begin = None if at is None else round(at.replace(tzinfo=at.tzinfo or zone).timestamp() * 1_000)
    run_demo(Wanted(port, zone, days, speed, seed, begin, keep), folder, real_clock)
