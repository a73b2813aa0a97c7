"""The options of `status --json` without click, whose import takes as long as the answer.

Whatever is not plainly valid is left to click, which accepts it or says what is wrong.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import platformdirs

from exporter.cli.names import DATABASE_NAME, NAME
from exporter.cli.options import config_file
from exporter.cli.options.values import account_name
from exporter.domain.limits.plan_settings import PlanSettings, WeekStart, parse_week_start
from exporter.errors import ConfigurationError
from exporter.files import read_file

if TYPE_CHECKING:
    from exporter.domain.limits.budget import Budget
    from exporter.domain.usage.price_table import Table

COMMAND = "status"
_VALUES = ("--database", "--config-dir", "--timezone", "--config")
_FLAGS = {"--json": ("json", True), "--processes": ("processes", True), "--no-processes": ("processes", False)}
_REPEATED = ("account-name", "config-dir")
_VARIABLES = {
    "database": "CLAUDE_TRACKER_DATABASE", "config-dir": "CLAUDE_TRACKER_CONFIG_DIR",
    "timezone": "CLAUDE_TRACKER_TIMEZONE", "processes": "CLAUDE_TRACKER_PROCESSES",
    "block-token-limit": "CLAUDE_TRACKER_BLOCK_TOKEN_LIMIT", "week-start": "CLAUDE_TRACKER_WEEK_START",
    "account-name": "CLAUDE_TRACKER_ACCOUNT_NAME", "config": "CLAUDE_TRACKER_CONFIG",
}  # fmt: skip
_TRUTH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_COMPLETION = "_CLAUDE_TRACKER_COMPLETE"


class StatusOptions(NamedTuple):
    """What `status --json` was asked for. `is_named`: the user named the database. `prices`: the user's own."""

    database: Path
    is_named: bool
    config_dirs: tuple[Path, ...]
    zone: tzinfo | None
    processes: bool
    plan: PlanSettings
    prices: Table


class _LeftToClick(Exception):
    """It is not plainly valid."""


def status_options(arguments: Sequence[str], environment: Mapping[str, str]) -> StatusOptions | None:
    """Of `arguments` after the program's name; None if click has to judge them, or another command is meant."""
    try:
        return _options(arguments, environment)
    except (_LeftToClick, ConfigurationError, OSError, ValueError, KeyError, RecursionError):
        return None


def _options(arguments: Sequence[str], environment: Mapping[str, str]) -> StatusOptions:
    given = _given(arguments)
    if _COMPLETION in environment or not given.get("json"):
        raise _LeftToClick
    variables = _from_variables(environment)
    in_file, prices, budgets = _in_file(given.get("config", variables.get("config")))
    found = in_file | variables | given
    if found.get("full"):
        raise _LeftToClick
    database = found.get("database", os.path.join(platformdirs.user_data_dir(NAME, appauthor=False), DATABASE_NAME))
    zone = found.get("timezone")
    return StatusOptions(
        _database(database),
        "database" in found,
        tuple(_folder(one) for one in found.get("config-dir", ())),
        _zone(zone) if zone is not None else None,
        found.get("processes", True),
        _plan(found, budgets),
        prices,
    )


def _given(arguments: Sequence[str]) -> dict[str, Any]:
    """The options on the command line, by their names in the file. Raises _LeftToClick."""
    found: dict[str, Any] = {}
    words: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        name, is_joined, value = argument.partition("=")
        if argument in _FLAGS:
            key, is_on = _FLAGS[argument]
            found[key] = is_on
        elif name in _VALUES:
            _add(found, name.removeprefix("--"), value if is_joined else next(waiting, ""))
        else:
            words.append(argument)
    if words != [COMMAND] or not _is_after(arguments):
        raise _LeftToClick
    return found


def _is_after(arguments: Sequence[str]) -> bool:
    """Whether the options of the command come after it; only the file may stand before."""
    before = arguments[: arguments.index(COMMAND)]
    return all(one.startswith("--config=") for one in before) or (len(before) == 2 and before[0] == "--config")


def _add(found: dict[str, Any], key: str, value: str) -> None:
    if not value or value.startswith("-"):
        raise _LeftToClick
    if key in _REPEATED:
        found[key] = [*found.get(key, ()), value]
    else:
        found[key] = value


def _from_variables(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {key: text for key, name in _VARIABLES.items() if (text := environment.get(name))}
    if "processes" in found:
        found["processes"] = _TRUTH[found["processes"].lower()]
    if "config-dir" in found:
        found["config-dir"] = found["config-dir"].split(os.pathsep)
    if "account-name" in found:
        found["account-name"] = found["account-name"].split()
    return found


def _in_file(named: str | None) -> tuple[dict[str, Any], Table, tuple[Budget, ...]]:
    """The values of the configuration file for the command, the user's prices and budgets."""
    default = config_file.default_config_file()
    file = Path(_expanded(named)) if named is not None else default
    if named is None and not file.exists():
        return {}, {}, ()
    import tomllib
    from decimal import Decimal

    from exporter.cli.options.file_keys import values_of
    from exporter.cli.options.own_tables import take_own_tables

    content = tomllib.loads(read_file(file, config_file.MAX_BYTES).decode("utf-8"), parse_float=Decimal)
    own = take_own_tables(content, str(file))
    values = values_of(content, COMMAND)
    if values is None:
        raise _LeftToClick
    for key in _REPEATED:
        if isinstance(values.get(key), str):
            values[key] = [values[key]]
    return values, own.prices or {}, own.budgets or ()


def _plan(found: Mapping[str, Any], budgets: tuple[Budget, ...]) -> PlanSettings:
    limit, week = found.get("block-token-limit"), found.get("week-start")
    names = tuple(_names(found.get("account-name", ())))
    return PlanSettings(_count(limit) if limit is not None else None, _week_start(week), names, budgets)


def _names(values: Sequence[str]) -> Iterator[tuple[str, str]]:
    for value in values:
        name = account_name(value)
        if name is None:
            raise _LeftToClick
        yield name


def _week_start(value: str | None) -> WeekStart | None:
    return parse_week_start(value) if value is not None else None


def _count(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and int(value) >= 1):
        raise _LeftToClick
    return int(value)


def _zone(value: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    return ZoneInfo(value)


def _expanded(path: str) -> str:
    if "\0" in path or not path:
        raise _LeftToClick
    return os.path.expanduser(path)


def _database(path: str) -> Path:
    found = os.path.realpath(_expanded(path))
    if os.path.isdir(found):
        raise _LeftToClick
    return Path(found)


def _folder(path: str) -> Path:
    found = _expanded(path)
    if not os.path.isdir(found) or not os.access(found, os.R_OK):
        raise _LeftToClick
    return Path(found)
