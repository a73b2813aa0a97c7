"""Where each value that a command uses comes from: a flag, a variable, the configuration file, or the default."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import msgspec
from click.core import ParameterSource

from exporter.cli.options import config_file
from exporter.errors import ConfigurationError
from exporter.files import read_file

SECRETS = frozenset(("token",))
HIDDEN = "(hidden)"
_UNSET = getattr(click.core, "UNSET", None)
"""What newer versions of click have for a value that nobody gave."""
SOURCES = {
    ParameterSource.COMMANDLINE: "flag",
    ParameterSource.ENVIRONMENT: "variable",
    ParameterSource.DEFAULT_MAP: "file",
}


class Value(msgspec.Struct, frozen=True):
    """A key of the configuration, and its value as JSON. `default`: what holds where it is null.

    `source`: flag, variable, file or default; `where`: its flag, variable or file; None for a default. `problem`: why
    the value cannot be used.
    """

    key: str
    value: Any
    source: str
    where: str | None = None
    default: str | None = None
    problem: str | None = None


def command_values(
    context: click.Context, name: str, command: click.Command, flags: Sequence[str], file: Path
) -> list[Value]:
    """What a command would use with these flags, by its options. `context`: of the program.

    Raises click.UsageError for flags that it does not have.
    """
    inner = click.Context(command, parent=context, info_name=name)
    given, _, _ = command.make_parser(inner).parse_args(list(flags))
    options = config_file.own_options(command)
    values = (_value(inner, key, option, given, file) for key, option in options.items())
    return sorted(values, key=lambda value: value.key)


def table_values(tables: Mapping[str, Any], file: Path) -> list[Value]:
    """What stands in the tables of the file that are no command's: budgets, prices, limits, page."""
    own = {name: table for name, table in tables.items() if name in config_file.OWN_TABLES}
    return [Value(dotted(path), _plain(value), "file", str(file)) for path, value in _leaves(own, [])]


def read_values(file: Path) -> dict[str, Any]:
    """All that the file says; empty if it does not exist or cannot be read, which `config_file.load_file` reports."""
    try:
        return tomllib.loads(read_file(file, config_file.MAX_BYTES).decode(), parse_float=Decimal)
    except (OSError, ValueError, RecursionError):
        return {}


def split_key(key: str) -> list[str]:
    """`run.listen`, `prices."glm-5.2".input` as a list of names. Raises ConfigurationError."""
    try:
        found: Any = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"{key!r} is not a key; write one such as run.listen, a name with dots in quotes"
        ) from error
    names: list[str] = []
    while isinstance(found, dict):
        ((name, found),) = found.items()
        names.append(name)
    return names


def dotted(names: Sequence[str]) -> str:
    """The names as one key, those with other letters in quotes."""
    return ".".join(name if name.replace("-", "").replace("_", "").isalnum() else f'"{name}"' for name in names)


def _value(context: click.Context, key: str, option: click.Option, given: Mapping[str, Any], file: Path) -> Value:
    raw, source = option.consume_value(context, given)
    raw = None if raw is _UNSET else raw
    named = SOURCES.get(source, "default")
    where = {"flag": option.opts[-1], "variable": config_file.variable_of(option), "file": str(file)}.get(named)
    shown = _plain(raw)
    is_secret = key in SECRETS and shown is not None
    default = config_file.default_text(option)
    return Value(key, HIDDEN if is_secret else shown, named, where, default, _problem(context, option, raw))


def _problem(context: click.Context, option: click.Option, raw: Any) -> str | None:
    try:
        if raw is not None:
            option.type_cast_value(context, raw)
    except click.BadParameter as error:
        return error.message
    return None


def _leaves(table: Mapping[str, Any], path: list[str]) -> Iterator[tuple[list[str], Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, [*path, name])
        else:
            yield [*path, name], value


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, Decimal | float):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)
