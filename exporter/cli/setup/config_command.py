"""`claude-tracker config`: shows each value with the place it came from, and changes the configuration file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from exporter.cli.help import near
from exporter.cli.names import short_path
from exporter.cli.options import common, config_file
from exporter.cli.options.config_values import HIDDEN, Value, command_values, read_values, split_key, table_values
from exporter.cli.output import print_json, print_report, say
from exporter.cli.setup import settings_file, toml_edit
from exporter.cli.wiring.environment import config_file_in_use
from exporter.errors import ConfigurationError, SettingsError

TRUTHS = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False, "1": True, "0": False}
STARTING_TEXT = """# claude-tracker's configuration. `claude-tracker config list` shows every key and its value.
#
# timezone = "Europe/Berlin"
#
# [run]
# listen = "127.0.0.1:3001"
#
# [budgets.daily]
# cost_usd = 25
# per = "day"
"""


@click.group()
def config() -> None:
    """Show and change the configuration: where each value comes from, and the file."""


@config.command("list", context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@common.json_option("Print JSON.")
@click.argument("command", default="run")
@click.argument("flags", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def list_values(context: click.Context, as_json: bool, command: str, flags: tuple[str, ...]) -> None:
    """List every value that COMMAND would use with FLAGS, and where it comes from. By default those of `run`.

    A flag overrides a variable, which overrides the file, which overrides the default.
    """
    root, file = context.find_root(), config_file_in_use()
    values = command_values(root, command, _command(root, command), flags, file)
    values += table_values(read_values(file), file)
    if as_json:
        print_json({"file": str(file), "exists": file.exists(), "command": command, "items": values})
    else:
        from exporter.report.configuration import configuration

        print_report(lambda width: configuration(values, short_path(str(file)), file.exists(), width))
    _fail_if_broken(root)


@config.command("get")
@common.json_option("Print JSON.")
@click.argument("key")
@click.pass_context
def get_value(context: click.Context, as_json: bool, key: str) -> None:
    """Print one value. KEY is such as `listen`, `run.listen` or `budgets.daily.cost_usd`."""
    root = context.find_root()
    found = _find(root, key)
    if as_json:
        print_json(found)
    else:
        say(found.default or "" if found.value is None else _text(found.value))
    _fail_if_broken(root)


@config.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("key")
@click.argument("values", nargs=-1, required=True)
@click.pass_context
def set_value(context: click.Context, key: str, values: tuple[str, ...]) -> None:
    """Set KEY to VALUES in the file. Comments and order stay; a value that cannot be used is refused.

    Several values make a list. A budget is set as a whole: budgets.daily '{cost_usd = 25, per = "day"}'.
    """
    root, names = context.find_root(), split_key(key)
    value = _typed(root, names, values)
    _change(root, lambda text: toml_edit.set_key(text, names, value))
    say(f"{key} = {' '.join(values) if isinstance(value, dict) else _text(value)}")
    if not config_file.is_own(names):
        _warn_if_overridden(root, names, value)


@config.command("unset")
@click.argument("key")
@click.pass_context
def unset_value(context: click.Context, key: str) -> None:
    """Remove KEY from the file, so that its default holds again."""
    names = split_key(key)
    changed = _change(context.find_root(), lambda text: toml_edit.set_key(text, names, None))
    say(f"{key} is removed." if changed else f"{key} is not in {short_path(str(config_file_in_use()))}.")


@config.command("edit")
@click.pass_context
def edit(context: click.Context) -> None:
    """Open the file in your editor, and check it afterwards. A new one begins with examples."""
    file = config_file_in_use()
    if not file.exists():
        settings_file.replace(file, b"", STARTING_TEXT.encode())
    click.edit(filename=str(file))
    config_file.load_content(click.Context(context.find_root().command), settings_file.read(file), file)
    say(f"{short_path(str(file))} can be used. Restart a running tracker.")


@config.command("schema")
@click.pass_context
def print_schema(context: click.Context) -> None:
    """Print the JSON schema of the file, for editors that check and complete TOML."""
    from exporter.cli.options.config_schema import schema

    print_json(schema(context.find_root().command))


def _fail_if_broken(root: click.Context) -> None:
    if (problem := root.meta.get(config_file.PROBLEM)) is not None:
        raise ConfigurationError(problem)


def _warn_if_overridden(root: click.Context, names: Sequence[str], value: Any) -> None:
    command, key = _option(root, names)
    found = _option_value(root, command, key)
    if found.source == "variable":
        say(f"warning: the variable {found.where} overrides it", err=True)
    elif found.value not in (value, HIDDEN):
        say(f"warning: {command}.{key} in the file overrides it for `claude-tracker {command}`", err=True)


def _command(root: click.Context, name: str) -> click.Command:
    assert isinstance(root.command, click.Group)
    if (found := root.command.get_command(root, name)) is None:
        raise ConfigurationError(f"there is no command {name!r}.{near(name, root.command.list_commands(root))}")
    return found


def _find(root: click.Context, key: str) -> Value:
    """Raises ConfigurationError for an unknown key."""
    names, file = split_key(key), config_file_in_use()
    if config_file.is_own(names):
        for value in table_values(read_values(file), file):
            if split_key(value.key) == names:
                return value
    if len(names) <= 2:
        return _option_value(root, *_option(root, names))
    raise ConfigurationError(f"{key} is not set")


def _option_value(root: click.Context, command: str, key: str) -> Value:
    """What a command uses without flags."""
    values = command_values(root, command, _command(root, command), (), config_file_in_use())
    return next(value for value in values if value.key == key)


def _option(root: click.Context, names: Sequence[str]) -> tuple[str, str]:
    """The command and the option of a key. Without a command, `run` if it has the option. Raises ConfigurationError."""
    assert isinstance(root.command, click.Group)
    known = root.command.list_commands(root)
    candidates = [names[0]] if len(names) == 2 else sorted(known, key=lambda name: name != "run")
    for name in candidates:
        if name in known and names[-1] in config_file.own_options(_command(root, name)):
            return name, names[-1]
    every, _ = config_file.known_names(root)
    raise ConfigurationError(f"there is no key {'.'.join(names)!r}.{near(names[-1], every)}")


def _typed(root: click.Context, names: Sequence[str], texts: Sequence[str]) -> Any:
    """The value as the file has it. Raises ConfigurationError for one that the option does not take."""
    if config_file.is_own(names):
        found = [_toml(text) for text in texts]
        return found if len(found) > 1 else found[0]
    command, key = _option(root, names)
    option = config_file.own_options(_command(root, command))[key]
    if option.is_flag:
        if len(texts) > 1 or texts[0].lower() not in TRUTHS:
            raise ConfigurationError(f"{key} is true or false, not {' '.join(texts)!r}")
        return TRUTHS[texts[0].lower()]
    if len(texts) > 1 and not option.multiple:
        raise ConfigurationError(f"{key} takes one value; quote it if it has spaces")
    value = list(texts) if option.multiple else texts[0]
    try:
        option.type_cast_value(root, value)
    except click.BadParameter as error:
        raise ConfigurationError(f"{key}: {error.message}") from error
    return value


def _toml(text: str) -> Any:
    """A number, truth, list or table as TOML writes it; else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _change(root: click.Context, edit_text: Callable[[str], str]) -> bool:
    """Change the file if the result can be used. Returns whether anything changed. Raises ConfigurationError."""
    file = config_file_in_use()
    _fail_if_broken(root)
    before = settings_file.read(file)
    _check_writable(file)
    try:
        after = edit_text(before.decode("utf-8")).encode("utf-8")
    except ValueError as error:
        raise ConfigurationError(f"{file} was not changed: {error}") from error
    config_file.load_content(click.Context(root.command), after, file)
    if after == before:
        return False
    settings_file.replace(file, before, after)
    config_file.load_content(root, after, file)
    return True


def _check_writable(file: Path) -> None:
    """A file that its owner made read-only is not replaced."""
    if file.exists() and not os.access(file, os.W_OK):
        raise SettingsError(f"{file} was not changed: it is read-only")
