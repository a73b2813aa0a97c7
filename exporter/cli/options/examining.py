"""The options of `doctor` and `support`, which work with a configuration that no other command accepts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from exporter.cli.options.addresses import require_safe_url
from exporter.cli.options.common import (
    add_options,
    address_options,
    database_option,
    named_folders_option,
    timezone_option,
)
from exporter.cli.options.config_file import PROBLEM
from exporter.cli.options.sync import NETLIFY_API, sync_options
from exporter.domain.text import visible
from exporter.errors import ConfigurationError

F = TypeVar("F", bound=Callable[..., Any])
INVALID = "exporter.invalid_values"
"""The key in click's `meta` of the problems of single values, by text."""
PROMETHEUS_URL, GRAFANA_URL = "http://127.0.0.1:9090", "http://127.0.0.1:3000"

_PROMETHEUS = click.option(
    "--prometheus-url",
    metavar="URL",
    default=PROMETHEUS_URL,
    show_default=True,
    envvar="CLAUDE_TRACKER_PROMETHEUS_URL",
    help="Prometheus that should scrape the tracker. The default is only checked if it is there.",
)
_GRAFANA = click.option(
    "--grafana-url",
    metavar="URL",
    default=GRAFANA_URL,
    show_default=True,
    envvar="CLAUDE_TRACKER_GRAFANA_URL",
    help="Grafana that should have the dashboards. The default is only checked if it is there.",
)


class ExaminingCommand(click.Command):
    """A command that reports invalid values of the configuration file, instead of ending with the first of them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        invalid = ctx.meta.setdefault(INVALID, {})
        while True:
            try:
                return super().parse_args(ctx, list(args))
            except click.BadParameter as error:
                name = error.param.name if error.param is not None else None
                if name is None or not ctx.default_map or name not in ctx.default_map:
                    raise
                ctx.default_map = {key: value for key, value in ctx.default_map.items() if key != name}
                invalid[_described(error.param, error)] = None

    def invoke(self, ctx: click.Context) -> Any:
        for name, default in (("webhook_url", None), ("netlify_api", NETLIFY_API)):
            try:
                require_safe_url(f"--{name.replace('_', '-')}", ctx.params[name] or NETLIFY_API)
            except ConfigurationError as error:
                ctx.meta[INVALID][str(error)] = None
                ctx.params[name] = default
        return super().invoke(ctx)


def examining_options(command: F) -> F:
    """`database`, `config_dirs`, `listen`, `token`, `zone`, `sync_settings`, `prometheus_url` and `grafana_url`."""
    options = (database_option, named_folders_option, address_options, timezone_option, sync_options)
    decorated: F = add_options(command, *options, _PROMETHEUS, _GRAFANA)
    return decorated


def config_problem(context: click.Context) -> str | None:
    """Why the configuration file cannot be used."""
    found: str | None = context.meta.get(PROBLEM)
    return found


def invalid_values(context: click.Context) -> list[str]:
    """The problems of single values in the configuration file, of all commands."""
    found = dict(context.meta.get(INVALID, {}))
    root = context.find_root()
    group = root.command
    for name, defaults in (root.default_map or {}).items():
        command = group.get_command(root, name) if isinstance(group, click.Group) else None
        for option in command.params if command is not None else ():
            if option.name in defaults:
                found |= _problem_of(option, defaults[option.name], root)
    return list(found)


def _problem_of(option: click.Parameter, value: Any, context: click.Context) -> dict[str, None]:
    try:
        option.type_cast_value(context, value)
    except click.UsageError as error:
        return {_described(option, error): None}
    return {}


def _described(option: click.Parameter | None, error: click.UsageError) -> str:
    name = option.opts[-1].removeprefix("--") if option is not None else "a value"
    return visible(f"{name}: {error.message}")
