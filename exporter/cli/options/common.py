"""The options that several commands share. Precedence: flag, environment variable, TOML file, default (by click)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import platformdirs

from exporter.cli.names import DATABASE_NAME, NAME
from exporter.cli.options.config_file import USER_BUDGETS
from exporter.cli.options.types import AccountName, Listen, Token, UserPath, WeekDay, Zone
from exporter.domain.limits.plan_settings import PlanSettings, WeekStart
from exporter.errors import FolderError

F = TypeVar("F", bound=Callable[..., Any])


def default_database() -> Path:
    return Path(platformdirs.user_data_dir(NAME, appauthor=False)) / DATABASE_NAME


def add_options(command: Any, *options: Callable[[Any], Any]) -> Any:
    """The command with these options, which `--help` lists in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def _require_folders(_: click.Context, __: click.Parameter, named: tuple[Path, ...]) -> tuple[Path, ...]:
    """Raises FolderError."""
    for folder in named:
        if not folder.is_dir():
            raise FolderError(f"the folder {folder} does not exist; check --config-dir")
    return named


database_option = click.option(
    "--database",
    # Links are resolved, since other files are placed next to the database. Opening it reports unreadable files better.
    type=UserPath(dir_okay=False, readable=False, resolve_path=True, path_type=Path),
    envvar="CLAUDE_TRACKER_DATABASE",
    default=default_database,
    show_default=f"{DATABASE_NAME} in the platform's data folder",
    help="SQLite database that stores everything.",
)
_config_dir = functools.partial(
    click.option,
    "--config-dir",
    "config_dirs",
    type=UserPath(file_okay=False, path_type=Path),
    multiple=True,
    envvar="CLAUDE_TRACKER_CONFIG_DIR",
    show_default="Claude's own rules",
    help="Folder in which Claude keeps its state; transcripts are in its projects/ subfolder. Repeatable.",
)
config_dir_option = _config_dir(callback=_require_folders)
named_folders_option = _config_dir()
"""The same, also of folders that do not exist."""
timezone_option = click.option(
    "--timezone",
    "zone",
    type=Zone(),
    envvar="CLAUDE_TRACKER_TIMEZONE",
    show_default="the machine's",
    help="Time zone that decides where a day starts.",
)
processes_option = click.option(
    "--processes/--no-processes",
    "processes",
    default=True,
    show_default=True,
    envvar="CLAUDE_TRACKER_PROCESSES",
    help="Whether to sample the process list to find active sessions.",
)
sample_option = click.option(
    "--sample-seconds",
    type=click.FloatRange(0.2, 60),
    default=2.0,
    show_default=True,
    envvar="CLAUDE_TRACKER_SAMPLE_SECONDS",
    help="Seconds between two samples of the process list.",
)
names_option = click.option(
    "--custom-names/--no-custom-names",
    envvar="CLAUDE_TRACKER_CUSTOM_NAMES",
    default=False,
    show_default=True,
    help="Name your own skills, agents, plugins and MCP servers on /metrics, instead of `custom`.",
)
_LIMIT = click.option(
    "--block-token-limit",
    type=click.IntRange(min=1),
    envvar="CLAUDE_TRACKER_BLOCK_TOKEN_LIMIT",
    show_default="estimated from usage reports",
    help="Tokens of all types that fit into a 5-hour block.",
)
_WEEK = click.option(
    "--week-start",
    type=WeekDay(),
    envvar="CLAUDE_TRACKER_WEEK_START",
    show_default="the official reset, else the last seven days",
    help="When your week starts, such as 'monday 09:00'. Used while the official reset is not known.",
)
_ACCOUNT_NAME = click.option(
    "--account-name",
    "account_names",
    type=AccountName(),
    multiple=True,
    metavar="ACCOUNT=NAME",
    envvar="CLAUDE_TRACKER_ACCOUNT_NAME",
    help="Your name for an account, such as 3f2a91c07d=work; `limits` shows its ten digits. Repeatable.",
)
_TOKEN = click.option(
    "--token",
    type=Token(),
    envvar="CLAUDE_TRACKER_TOKEN",
    show_default="none",
    help="Token that every request must send; required for non-loopback addresses. Prefer $CLAUDE_TRACKER_TOKEN.",
)
_ALLOW_HOST = click.option(
    "--allow-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    envvar="CLAUDE_TRACKER_ALLOW_HOST",
    help="Host name, in addition to localhost, that requests may be addressed to. Repeatable.",
)
_LISTEN = click.option(
    "--listen",
    type=Listen(),
    default="127.0.0.1:3001",
    show_default=True,
    envvar="CLAUDE_TRACKER_LISTEN",
    help="Address to serve on. Must be a loopback address unless --token is set.",
)


log_option = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    envvar="CLAUDE_TRACKER_LOG_FORMAT",
    help="Form of the log on standard error. On a terminal it has only warnings and errors.",
)


def reading_options(command: F) -> F:
    """For commands that read new transcript entries: `database`, `config_dirs` and `processes`."""
    decorated: F = add_options(command, database_option, config_dir_option, processes_option)
    return decorated


def display_options(command: F) -> F:
    """For commands that compute what they show: `zone`, and the user's plan as `plan`."""
    decorated: F = add_options(_with_plan(command), timezone_option, _LIMIT, _WEEK, _ACCOUNT_NAME)
    return decorated


def serving_options(command: F) -> F:
    """For commands that serve: `listen`, `allowed_hosts` and `token`."""
    decorated: F = add_options(command, _LISTEN, _ALLOW_HOST, _TOKEN)
    return decorated


def address_options(command: F) -> F:
    """For commands that ask a running tracker: `listen` and `token`."""
    decorated: F = add_options(command, _LISTEN, _TOKEN)
    return decorated


def json_option(help_text: str) -> Callable[[F], F]:
    """`--json`, as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help=help_text)


def _with_plan(command: Callable[..., Any]) -> Callable[..., Any]:
    """Combines `block_token_limit`, `week_start`, `account_names` and the budgets into the parameter `plan`."""

    @functools.wraps(command)
    def decorated(
        *arguments: Any,
        block_token_limit: int | None,
        week_start: WeekStart | None,
        account_names: tuple[tuple[str, str], ...],
        **named: Any,
    ) -> Any:
        budgets = click.get_current_context().meta.get(USER_BUDGETS, ())
        return command(*arguments, plan=PlanSettings(block_token_limit, week_start, account_names, budgets), **named)

    return decorated
