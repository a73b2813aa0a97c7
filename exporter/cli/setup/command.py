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
from exporter.cli.options.sync import Syncing, sync_options
from exporter.cli.options.types import UserPath
from exporter.cli.setup import settings_file
from exporter.cli.setup.prompts import ask_to_write, difference
from exporter.domain.claude_settings import hook_settings, status_line
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.errors import SettingsError


def _status_line_by_hand(program: Sequence[str], database: str | None) -> str:
    told = status_line.lines(status_line.command(program, database, None))
    return f"put this into it, and behind --previous the command it has now:\n\n{told}"


def _hook_by_hand(program: Sequence[str], database: str | None) -> str:
    return (
        f"put this into it, beside the hooks it has:\n\n{hook_settings.lines(hook_settings.command(program, database))}"
    )


NETLIFY = "netlify"


class Part(NamedTuple):
    """Something of ours in the settings. `by_hand`: how to put it in where we may not."""

    put_in: Callable[[str, Sequence[str], str | None], str]
    take_out: Callable[[str], str]
    by_hand: Callable[[Sequence[str], str | None], str]
    undone_by_hand: str


PARTS = {
    "statusline": Part(
        status_line.put_in, status_line.take_out, _status_line_by_hand, f"take its {status_line.KEY} out by hand"
    ),
    "hooks": Part(
        hook_settings.put_in, hook_settings.take_out, _hook_by_hand, "take our command out of its hooks by hand"
    ),
}


@click.command()
@click.argument("what", type=click.Choice(sorted([*PARTS, NETLIFY])))
@common.database_option
@common.timezone_option
@common.plan_options
@sync_options
@click.option(
    "--settings",
    "file",
    type=UserPath(dir_okay=False, path_type=Path),
    default=settings_file.default_file,
    show_default="settings.json in Claude's folder",
    help="Claude Code's settings file.",
)
@click.option("--undo", is_flag=True, help="Take it out again; what was there before comes back.")
@click.option("--dry-run", is_flag=True, help="Only show the change.")
@click.option("--yes", is_flag=True, help="Make the change without asking.")
@click.pass_context
def setup(
    context: click.Context,
    what: str,
    database: Path,
    zone: tzinfo | None,
    plan: PlanSettings,
    syncing: Syncing,
    file: Path,
    undo: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Put the status line or our hook into Claude Code's settings, after showing the change.

    `setup netlify` asks for your site, checks it, shows what would be sent to it, and keeps that in our configuration.
    """
    if what == NETLIFY:
        from exporter.cli.setup import netlify

        config = context.find_root().params.get("config")
        if undo:
            netlify.take_out(config, database, dry_run=dry_run, yes=yes)
        else:
            netlify.set_up(config, database, zone, plan, syncing, dry_run=dry_run, yes=yes)
        return
    part = PARTS[what]
    program, named = own_program(sys.argv[0]), _unless_default(database)
    before = settings_file.read(file)

    def change(text: str) -> str:
        return part.take_out(text) if undo else part.put_in(text, program, named)

    try:
        text = before.decode("utf-8")
        after = change(text)
        content = after.encode("utf-8")
    except ValueError as error:
        by_hand = part.undone_by_hand if undo else part.by_hand(program, named)
        raise SettingsError(f"{file} was left untouched: {_in_words(error)}; {by_hand}") from error
    if after == text:
        click.echo(f"{file} needs no change.")
        return
    click.echo(difference(file, text, after))
    if dry_run:
        click.echo("Nothing was written.")
        return
    ask_to_write(file, yes=yes)
    settings_file.replace(file, before, content)
    click.echo(f"{file} was written.")


def own_program(argv0: str) -> list[str]:
    """What starts this program from any folder: the console command, or Python with the package."""
    if os.path.basename(argv0) == "__main__.py":
        return [sys.executable, "-m", "exporter"]
    return [os.path.abspath(shutil.which(argv0) or argv0)]


def _unless_default(database: Path) -> str | None:
    return None if database == common.default_database().resolve() else str(database)


def _in_words(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is no UTF-8"
    return f"it is not plain JSON ({error})" if isinstance(error, json.JSONDecodeError) else str(error)
