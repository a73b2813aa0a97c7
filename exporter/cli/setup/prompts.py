"""What `setup` shows and asks before it changes a file."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import click

from exporter.cli.output import say, say_lines
from exporter.domain.text import visible
from exporter.errors import SettingsError


def difference(file: Path, before: str, after: str) -> str:
    """The change as a unified diff."""
    name = str(file)
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="")
    return "\n".join(map(visible, lines))


def is_to_be_written(file: Path, before: str, after: str, *, dry_run: bool, yes: bool) -> bool | None:
    """Show the change and ask. True: write it; None: there is nothing to write; False: it is not wanted.

    Raises SettingsError without a terminal.
    """
    if before == after:
        say(f"{file} is already up to date.")
        return None
    say_lines(difference(file, before, after))
    if dry_run:
        say("Dry run: nothing was written.")
        return None
    return ask_to_write(file, yes=yes)


def ask_to_write(file: Path, *, yes: bool) -> bool:
    """Whether to write it. Raises SettingsError without a terminal."""
    return ask(f"Write this to {visible(file)}?", f"nothing was written to {file}", yes=yes)


def ask(question: str, otherwise: str, *, yes: bool, default: bool = True) -> bool:
    """The answer to a question; yes without asking if `yes`. `otherwise`: what has not happened, for the error.

    Raises SettingsError without a terminal.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise SettingsError(f"{otherwise}: no terminal to confirm on (use --yes)")
    return click.confirm(visible(question), default=default)
