"""Options shared by the commands: flags over environment over a TOML file over defaults, by click's own means."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import platformdirs

from exporter.cli.names import DATABASE_NAME, NAME
from exporter.cli.types import Listen, UserPath, WeekDay, Zone
from exporter.domain.configured import Plan, WeekStart
from exporter.errors import ConfigurationError

F = TypeVar("F", bound=Callable[..., Any])


def default_database() -> Path:
    return Path(platformdirs.user_data_dir(NAME, appauthor=False)) / DATABASE_NAME


def default_config_file() -> Path:
    return Path(platformdirs.user_config_dir(NAME, appauthor=False)) / "config.toml"


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
        return command(*arguments, plan=Plan(block_token_limit, week_start), **named)

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


def load_file(context: click.Context, path: Path | None) -> None:
    """Make the TOML file's values the defaults of every command. A file that is named must exist."""
    file = path or default_config_file()
    if path is None and not file.exists():
        return
    import tomllib

    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"cannot read the configuration {file}: {error}") from error
    context.default_map = defaults_of(values, context.command, file)


def defaults_of(values: dict[str, Any], group: click.Command, file: Path) -> dict[str, dict[str, Any]]:
    """click's default map from the file's: `listen = "…"` holds for every command that takes --listen,
    `[run]` with `listen = "…"` for that command alone.

    Raises ConfigurationError for a key that no command knows, and for a value of another type than its option's.
    """
    commands = group.commands if isinstance(group, click.Group) else {}
    names = {name: _options_of(command) for name, command in commands.items()}
    general = {key: value for key, value in values.items() if not isinstance(value, dict)}
    known = {option for options in names.values() for option in options}
    for key in general:
        if key not in known:
            raise ConfigurationError(f"{file}: no command has an option {key!r}")
    for key in values.keys() - general.keys():
        if key not in names:
            raise ConfigurationError(f"{file}: there is no command [{key}]")
        for option in values[key]:
            if option not in names[key]:
                raise ConfigurationError(f"{file}: the command {key} has no option {option!r}")
    return {
        name: dict(
            _default(file, options[key], key, value)
            for key, value in (general | values.get(name, {})).items()
            if key in options
        )
        for name, options in names.items()
    }


def _default(file: Path, option: click.Option, key: str, value: Any) -> tuple[str, Any]:
    """The parameter's name and value; one value is enough for an option that may be repeated."""
    several = value if option.multiple and isinstance(value, list) else [value]
    wanted, words = (bool, "true or false") if option.is_flag else (str, "a text in quotes")
    if not all(isinstance(one, wanted) for one in several):
        raise ConfigurationError(f"{file}: {key} takes {words}, not {value}")
    return str(option.name), several if option.multiple else value


def _options_of(command: click.Command) -> dict[str, click.Option]:
    """The options by their names in the file, the flags' without the dashes."""
    options = (parameter for parameter in command.params if isinstance(parameter, click.Option))
    return {
        flag.removeprefix("--"): option
        for option in options
        for flag in option.opts
        if flag.startswith("--") and not option.hidden
    }


_SYNCED = (
    "dropbox",
    "onedrive",
    "google drive",
    "googledrive",
    "icloud",
    "mobile documents",
    "nextcloud",
    "syncthing",
)


def warn_of_sync(database: Path) -> None:
    """A synced folder may replace a database while it is written."""
    if any(name in part.lower() for part in database.parts for name in _SYNCED):
        click.echo(
            f"warning: {database} lies in a synced folder, which can damage it; name another with --database",
            err=True,
        )


def rates_file() -> Path:
    """Where prices are kept between runs."""
    return Path(platformdirs.user_cache_dir(NAME, appauthor=False)) / "rates.json"


def log_to_stderr() -> None:
    """For what runs long, or for what does: every message with its time."""
    import logging

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    for chatty in ("apscheduler", "watchdog"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
