"""`claude-tracker describe`."""

from __future__ import annotations

from typing import Any

import click

from exporter import __version__
from exporter.cli.help import SECTIONS
from exporter.cli.names import NAME, called_as
from exporter.cli.options import common, config_file
from exporter.cli.output import print_json
from exporter.cli.setup.skill import QUESTIONS
from exporter.cli.wiring.environment import config_file_in_use
from exporter.domain.sync import PRIVACY

Json = dict[str, Any]
READING = frozenset(("status", "limits", "sessions", "report", "doctor", "describe", "completion"))
"""The commands that change no file of the user, nor start anything."""
SETUP = (
    ("setup --yes", "status line, hook, service and test notification, all at once", "uninstall --yes"),
    ("setup statusline --yes", "makes the official limits known", "setup statusline --undo --yes"),
    ("setup hooks --yes", "reports limits that no transcript has", "setup hooks --undo --yes"),
    ("setup skill --yes", "lets Claude Code answer how much is left", "setup skill --undo --yes"),
    ("service install --yes", "starts the tracker at each login", "service uninstall --yes"),
    ("run", "tracks and serves until it is stopped; not needed with the service", "stop"),
)
"""Steps that ask nobody: the command, what it does, and what undoes it."""


@click.command()
@click.pass_context
def describe(context: click.Context) -> None:
    """Print as JSON what this is, its commands, and how to set it up without a person."""
    print_json(description(context.find_root()))


def description(root: click.Context) -> Json:
    """What a program needs to know to use this one. `root`: the context of the program."""
    program = called_as()
    return {
        "name": NAME,
        "version": __version__,
        "summary": "Counts every response of Claude Code on this machine, keeps limits and history, and warns in time.",
        "program": program,
        "files": {"database": str(common.default_database()), "configuration": str(config_file_in_use())},
        "privacy": {
            "leaves_the_machine": "nothing, unless publishing is configured",
            "levels_of_publishing": list(PRIVACY),
            "credentials": "never read",
        },
        "server": {
            "address": "http://127.0.0.1:3001/", "started_by": f"{program} run", "api_description": "/openapi.json",
            "metrics": "/metrics", "current": "/api/analytics/current", "ready": "/-/ready",
        },
        "answers": [
            {"question": what, "command": f"{program} {does}", "where": where} for what, does, where in QUESTIONS
        ],
        "setup": [
            {"command": f"{program} {does}", "what": what, "undo": f"{program} {undo}"} for does, what, undo in SETUP
        ],
        "commands": [_command(root, name, section) for section, rows in SECTIONS.items() for name in rows],
        "documentation": "https://github.com/claude-tracker/claude-tracker/tree/main/docs",
    }  # fmt: skip


def _command(root: click.Context, name: str, section: str) -> Json:
    assert isinstance(root.command, click.Group)
    command = root.command.get_command(root, name)
    assert command is not None
    shown = SECTIONS[section][name]
    return {
        "name": name,
        "section": section,
        "summary": shown.summary,
        "help": (command.help or "").partition("\f")[0].strip(),
        "only_reads": name in READING,
        "examples": [f"{called_as()} {example}" for example in shown.examples],
        "options": [_option(one) for one in command.params if isinstance(one, click.Option) and not one.hidden],
        "parts": sorted(_parts(root, command)),
    }


def _parts(root: click.Context, command: click.Command) -> list[str]:
    return command.list_commands(root) if isinstance(command, click.Group) else []


def _option(option: click.Option) -> Json:
    choices = list(option.type.choices) if isinstance(option.type, click.Choice) else None
    default = config_file.default_text(option) or option.default
    plain = default if isinstance(default, str | int | float | bool) else None
    return {
        "flags": [*option.opts, *option.secondary_opts],
        "help": option.help,
        "variable": config_file.variable_of(option),
        "takes_value": not option.is_flag,
        "repeatable": option.multiple,
        "required": option.required,
        "choices": choices,
        "default": plain,
    }
