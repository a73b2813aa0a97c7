"""The JSON schema of the configuration file, for editors: made from the options of the commands."""

from __future__ import annotations

from typing import Any

import click

from exporter.cli.options import asking, budgets, config_file, page, prices
from exporter.domain.limits.budget import PERIODS
from exporter.domain.usage.tokens import TOKEN_TYPES

Json = dict[str, Any]
DRAFT = "http://json-schema.org/draft-07/schema#"


def schema(group: click.Command) -> Json:
    """Of the file: options at its top level, one table for each command, and those that are no command's."""
    context = click.Context(group)
    assert isinstance(group, click.Group)
    commands = {name: group.get_command(context, name) for name in group.list_commands(context)}
    options = {name: config_file.options_by_name(command) for name, command in commands.items() if command is not None}
    general = {key: _option(option) for own in options.values() for key, option in own.items()}
    tables = {
        name: _table({key: _option(option) for key, option in own.items()}, f"Only for `claude-tracker {name}`.")
        for name, own in options.items()
        if own
    }
    tables["limits"] = _table(tables["limits"]["properties"] | {asking.KEY: _ASK}, tables["limits"]["description"])
    return {"$schema": DRAFT, "title": "claude-tracker", **_table(general | tables | _OWN)}


def _option(option: click.Option) -> Json:
    kind: Json = {"type": "boolean"} if option.is_flag else {"type": "string"}
    if isinstance(option.type, click.Choice) and not option.is_flag:
        kind = {"enum": list(option.type.choices)}
    if option.multiple:
        kind = {"anyOf": [kind, {"type": "array", "items": kind}]}
    default = config_file.default_text(option)
    about = f"{option.help or ''}{f' Default: {default}.' if default else ''}".strip()
    return kind | ({"description": about} if about else {})


def _table(properties: Json, description: str | None = None) -> Json:
    found: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    return found | ({"description": description} if description else {})


def _each(of: Json, description: str) -> Json:
    """Tables with any names."""
    return {"type": "object", "additionalProperties": of, "description": description}


_DOLLARS: Json = {"type": "number", "minimum": 0}
_TYPES: Json = dict.fromkeys(TOKEN_TYPES, _DOLLARS)
_TIERS: Json = {"type": "array", "items": _table({"above": {"type": "integer", "minimum": 1}, **_TYPES})}
_FAST = _table({**_TYPES, "tiers": _TIERS}, "Prices of fast mode.")
_MODEL = _table({**_TYPES, "tiers": _TIERS, "web_search": _DOLLARS, "fast": _FAST})
_BUDGET = _table(
    {
        "cost_usd": {"type": "number", "exclusiveMinimum": 0, "maximum": budgets.MAX_DOLLARS},
        "per": {"enum": list(PERIODS)},
        "project": {"type": "string", "description": "Only this project, as `report projects` names it."},
    }
) | {"required": ["cost_usd", "per"]}
_ASK: Json = {
    "type": "string",
    "pattern": "^[0-9]{1,5}[mh]$",
    "description": "How often to ask for limits, such as 15m.",
}
_OWN: Json = {
    prices.TABLE: _each(_MODEL, "Your own prices by model: dollars per million tokens."),
    budgets.TABLE: _each(_BUDGET, "Your budgets by name.") | {"maxProperties": budgets.MAX_BUDGETS},
    page.TABLE: _table({page.TEXTS: {"type": "boolean", "description": "Whether the API may show texts."}}),
}
