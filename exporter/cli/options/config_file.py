"""The TOML configuration file, whose values become click's defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from exporter.cli.names import NAME
from exporter.cli.options.own_tables import take_own_tables
from exporter.errors import ConfigurationError, reason
from exporter.files import read_file

if TYPE_CHECKING:  # a light command imports this without it
    import click

MAX_BYTES = 1 << 20
OWN_TABLES = ("prices", "budgets", "limits", "page", "fleet")
"""Those that are no command's alone."""
_ASK = ["limits", "ask"]
"""In the table of a command, and no option of it."""
USER_PRICES = "exporter.user_prices"
"""The key in click's `meta` of the prices in the file."""
USER_BUDGETS = "exporter.user_budgets"
"""The same of the budgets."""
ASK_EVERY = "exporter.ask_every"
"""How often a tracker asks for the limits, ms."""
PROBLEM = "exporter.config_problem"
"""Why the file cannot be used, for the commands that report it."""
PAGE_TEXTS = "exporter.page_texts"
"""Whether the API may show texts."""
FLEET = "exporter.fleet"
"""The store of many machines."""


def default_config_file() -> Path:
    return Path(platformdirs.user_config_dir(NAME, appauthor=False)) / "config.toml"


def load_file(context: click.Context, path: Path | None) -> None:
    """Make the TOML file's values the defaults of every command. An explicitly named file must exist."""
    file = path or default_config_file()
    if path is None and not file.exists():
        return
    try:
        content = read_file(file, MAX_BYTES)
    except OSError as error:
        raise ConfigurationError(_unreadable(file, error)) from error
    load_content(context, content, file)


def load_content(context: click.Context, content: bytes, file: Path) -> None:
    """The same of the content of a file. Raises ConfigurationError."""
    import tomllib
    from decimal import Decimal

    try:
        values = tomllib.loads(content.decode("utf-8"), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(_unreadable(file, error)) from error
    own = take_own_tables(values, str(file))
    found = {
        USER_PRICES: own.prices,
        USER_BUDGETS: own.budgets,
        ASK_EVERY: own.ask_every,
        PAGE_TEXTS: own.texts,
        FLEET: own.fleet,
    }
    context.meta.update({key: value for key, value in found.items() if value is not None})
    context.default_map = build_default_map(values, context.command, file)


def _unreadable(file: Path, error: Exception) -> str:
    return f"cannot read the configuration {file}: {reason(error)}; correct it, or choose another with --config"


def build_default_map(values: dict[str, Any], group: click.Command, file: Path) -> dict[str, dict[str, Any]]:
    """click's default map: `listen = "…"` applies to every command with --listen, `listen` below `[run]` only to run.

    Raises ConfigurationError for an unknown key, and for a value of the wrong type.
    """
    names = {name: options_by_name(command) for name, command in _commands(group)}
    general = {key: value for key, value in values.items() if not isinstance(value, dict)}
    _reject_unknown_keys(values, general, names, file)
    return {name: _defaults(file, command, general | values.get(name, {})) for name, command in _commands(group)}


def _defaults(file: Path, command: click.Command, values: Mapping[str, Any]) -> dict[str, Any]:
    """Of a command, and below its name of each command in it."""
    options = own_options(command)
    found = dict(_default(file, options[key], key, value) for key, value in values.items() if key in options)
    return found | {name: _defaults(file, part, values) for name, part in _commands(command)}


def is_own(names: Sequence[str]) -> bool:
    """Whether a key, by its names, stands in a table that is not a command's."""
    return list(names) == _ASK or (len(names) > 1 and names[0] in OWN_TABLES and names[0] != _ASK[0])


def known_names(context: click.Context) -> tuple[frozenset[str], list[str]]:
    """The names that a configuration file may have, of options and commands, and the environment variables."""
    commands = dict(_commands(context.command))
    options = [option for command in commands.values() for option in options_by_name(command).items()]
    variables = {name for _, option in options if (name := variable_of(option)) is not None}
    own = (*OWN_TABLES, "ask", "texts")
    return frozenset((*commands, *own, *(name for name, _ in options))), sorted(variables)


def _commands(group: click.Command) -> Iterator[tuple[str, click.Command]]:
    import click

    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            if (command := group.get_command(context, name)) is not None:
                yield name, command


def _reject_unknown_keys(
    values: dict[str, Any], general: dict[str, Any], names: dict[str, dict[str, click.Option]], file: Path
) -> None:
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


def _default(file: Path, option: click.Option, key: str, value: Any) -> tuple[str, Any]:
    """The parameter's name and value. A repeatable option also takes a single value."""
    values = value if option.multiple and isinstance(value, list) else [value]
    expected_type, description = (bool, "true or false") if option.is_flag else (str, "a quoted string")
    if not all(isinstance(one, expected_type) for one in values):
        raise ConfigurationError(f"{file}: {key} must be {description}, not {value}")
    return str(option.name), values if option.multiple else value


def options_by_name(command: click.Command) -> dict[str, click.Option]:
    """The options of a command and of the commands in it, by their names in the file."""
    found = {key: option for _, part in _commands(command) for key, option in options_by_name(part).items()}
    return found | own_options(command)


def variable_of(option: click.Option) -> str | None:
    """The environment variable of an option."""
    return option.envvar if isinstance(option.envvar, str) else None


def default_text(option: click.Option) -> str | None:
    """The words of `--help` for its default, if it has words for it."""
    return option.show_default if isinstance(option.show_default, str) else None


def own_options(command: click.Command) -> dict[str, click.Option]:
    """The options by their names in the file: the flags without the dashes."""
    import click

    options = (parameter for parameter in command.params if isinstance(parameter, click.Option))
    return {
        flag.removeprefix("--"): option
        for option in options
        for flag in option.opts
        if flag.startswith("--") and not option.hidden
    }
