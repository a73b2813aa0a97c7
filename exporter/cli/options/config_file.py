"""Options shared by the commands: flags over environment over a TOML file over defaults, by click's own means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import platformdirs

from exporter.cli.names import NAME
from exporter.errors import ConfigurationError


def default_config_file() -> Path:
    return Path(platformdirs.user_config_dir(NAME, appauthor=False)) / "config.toml"


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
