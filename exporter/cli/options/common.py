"""Options shared by the commands: flags over environment over a TOML file over defaults, by click's own means."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import platformdirs

from exporter.cli.names import DATABASE_NAME, NAME
from exporter.cli.options.types import Listen, UserPath, WeekDay, Zone
from exporter.domain.limits.plan_settings import PlanSettings, WeekStart

F = TypeVar("F", bound=Callable[..., Any])


def default_database() -> Path:
    return Path(platformdirs.user_data_dir(NAME, appauthor=False)) / DATABASE_NAME


def database_option(command: F) -> F:
    return click.option(
        "--database",
        # A link is followed, since more lies beside the file; whether it can be read, opening it tells better.
        type=UserPath(dir_okay=False, readable=False, resolve_path=True, path_type=Path),
        envvar="CLAUDE_TRACKER_DATABASE",
        default=default_database,
        show_default=f"{DATABASE_NAME} in the platform's data folder",
        help="The SQLite database that keeps everything.",
    )(command)


def config_dir_option(command: F) -> F:
    return click.option(
        "--config-dir",
        "config_dirs",
        type=UserPath(file_okay=False, path_type=Path),
        multiple=True,
        envvar="CLAUDE_TRACKER_CONFIG_DIR",
        show_default="Claude's own rules",
        help="A folder Claude keeps its state in; its transcripts are below projects/. Repeatable.",
    )(command)


timezone_option = click.option(
    "--timezone",
    "zone",
    type=Zone(),
    envvar="CLAUDE_TRACKER_TIMEZONE",
    show_default="the machine's",
    help="Whose midnight begins a day.",
)


def processes_option(command: F) -> F:
    return click.option(
        "--processes/--no-processes",
        "processes",
        default=True,
        show_default=True,
        envvar="CLAUDE_TRACKER_PROCESSES",
        help="Whether to look for the processes of running sessions.",
    )(command)


def sample_option(command: F) -> F:
    return click.option(
        "--sample-seconds",
        type=click.FloatRange(0.2, 60),
        default=2.0,
        show_default=True,
        envvar="CLAUDE_TRACKER_SAMPLE_SECONDS",
        help="How often to look for them.",
    )(command)


def serving_options(command: F) -> F:
    """Where to serve, and to whom."""
    for option in (
        click.option(
            "--token",
            metavar="TOKEN",
            envvar="CLAUDE_TRACKER_TOKEN",
            show_default="none",
            help="What everybody has to bear; needed to listen beyond loopback. Better set by its variable.",
        ),
        click.option(
            "--allow-host",
            "allowed_hosts",
            multiple=True,
            metavar="NAME",
            envvar="CLAUDE_TRACKER_ALLOW_HOST",
            help="A name beside localhost that requests may be addressed to. Repeatable.",
        ),
        click.option(
            "--listen",
            type=Listen(),
            default="127.0.0.1:3001",
            show_default=True,
            envvar="CLAUDE_TRACKER_LISTEN",
            help="Where to serve; a loopback address, unless there is a token.",
        ),
    ):
        command = option(command)
    return command


def plan_options(command: F) -> F:
    """What the user knows of their plan, as the parameter `plan`."""

    @functools.wraps(command)
    def planned(*arguments: Any, block_token_limit: int | None, week_start: WeekStart | None, **named: Any) -> Any:
        return command(*arguments, plan=PlanSettings(block_token_limit, week_start), **named)

    limit = click.option(
        "--block-token-limit",
        type=click.IntRange(min=1),
        envvar="CLAUDE_TRACKER_BLOCK_TOKEN_LIMIT",
        show_default="estimated from official readings",
        help="Tokens of all types that a five-hour block holds.",
    )
    week = click.option(
        "--week-start",
        type=WeekDay(),
        envvar="CLAUDE_TRACKER_WEEK_START",
        show_default="the official reset, else the last seven days",
        help="When your week begins, as in 'monday 09:00', while no official reset is known.",
    )
    return limit(week(planned))  # type: ignore[return-value]
