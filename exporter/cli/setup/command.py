"""`claude-tracker setup`."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import NamedTuple

import click

from exporter.cli.options import common
from exporter.cli.options.sync import SyncSettings, sync_options
from exporter.cli.options.types import UserPath
from exporter.cli.output import say, say_lines
from exporter.cli.setup import settings_file
from exporter.cli.setup.prompts import ask_to_write, difference
from exporter.domain.claude_settings import hook_settings, status_line
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.errors import SettingsError


def _status_line_manual_steps(program: Sequence[str], database: str | None) -> tuple[str, str]:
    message = status_line.settings_lines(status_line.build_command(program, database, None))
    return "add this by hand, with the current command after --previous:", message


def _hook_manual_steps(program: Sequence[str], database: str | None) -> tuple[str, str]:
    lines = hook_settings.settings_lines(hook_settings.build_command(program, database))
    return "add this by hand, next to the existing hooks:", lines


NETLIFY = "netlify"


class Part(NamedTuple):
    """A part of the settings that is ours. `manual_steps`, `manual_undo`: what the user does if we cannot."""

    put_in: Callable[[str, Sequence[str], str | None], str]
    take_out: Callable[[str], str]
    manual_steps: Callable[[Sequence[str], str | None], tuple[str, str]]
    manual_undo: str


PARTS = {
    "statusline": Part(
        status_line.add_status_line,
        status_line.remove_status_line,
        _status_line_manual_steps,
        f"remove its {status_line.KEY} by hand",
    ),
    "hooks": Part(
        hook_settings.add_hook,
        hook_settings.remove_hook,
        _hook_manual_steps,
        "remove our command from its hooks by hand",
    ),
}


@click.command()
@click.argument("what", type=click.Choice(sorted([*PARTS, NETLIFY])))
@common.database_option
@common.display_options
@sync_options
@click.option(
    "--settings",
    "file",
    type=UserPath(dir_okay=False, path_type=Path),
    default=settings_file.default_file,
    show_default="settings.json in Claude's folder",
    help="Claude Code's settings file.",
)
@click.option("--undo", is_flag=True, help="Undo the setup, and restore what was there before.")
@click.option("--dry-run", is_flag=True, help="Show the change without making it.")
@click.option("--yes", is_flag=True, help="Make the change without confirmation.")
@click.pass_context
def setup(
    context: click.Context,
    what: str,
    database: Path,
    zone: tzinfo | None,
    plan: PlanSettings,
    sync_settings: SyncSettings,
    file: Path,
    undo: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Add the status line or the hook to Claude Code's settings, after showing the change.

    `setup netlify` asks for your site, checks it, shows what would be sent, and saves it to the configuration file.
    """
    if what == NETLIFY:
        from exporter.cli.setup import netlify

        config = context.find_root().params.get("config")
        if undo:
            netlify.take_out(config, database, dry_run=dry_run, yes=yes)
        else:
            netlify.set_up(config, database, zone, plan, sync_settings, dry_run=dry_run, yes=yes)
        return
    _change_settings(PARTS[what], database, file, undo=undo, dry_run=dry_run, yes=yes)


def _change_settings(part: Part, database: Path, file: Path, *, undo: bool, dry_run: bool, yes: bool) -> None:
    program, named = own_program(sys.argv[0]), _unless_default(database)
    before = settings_file.read(file)

    def change(text: str) -> str:
        return part.take_out(text) if undo else part.put_in(text, program, named)

    try:
        text = before.decode("utf-8")
        after = change(text)
        content = after.encode("utf-8")
    except ValueError as error:
        steps, lines = (part.manual_undo, "") if undo else part.manual_steps(program, named)
        raise SettingsError(f"{file} was not changed: {_describe(error)}; {steps}", lines) from error
    if after == text:
        say(f"{file} is already up to date.")
        return
    say_lines(difference(file, text, after))
    if dry_run:
        say("Dry run: nothing was written.")
        return
    ask_to_write(file, yes=yes)
    settings_file.replace(file, before, content)
    say(f"Wrote {file}.")


def own_program(argv0: str) -> list[str]:
    """The command that starts this program from any folder: the console command, or Python with the package."""
    if os.path.basename(argv0) == "__main__.py":
        return [sys.executable, "-m", "exporter"]
    return [os.path.abspath(shutil.which(argv0) or argv0)]


def _unless_default(database: Path) -> str | None:
    return None if database == common.default_database().resolve() else str(database)


def _describe(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    return f"it is not plain JSON ({error})" if isinstance(error, json.JSONDecodeError) else str(error)
