"""Our parts of Claude Code's settings: the status line and the hook."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from exporter.cli.options import common
from exporter.cli.output import say
from exporter.cli.setup import settings_file
from exporter.cli.setup.prompts import is_to_be_written
from exporter.cli.setup.record import Record
from exporter.domain.claude_settings import hook_settings, status_line
from exporter.errors import SettingsError


def _status_line_manual_steps(program: Sequence[str], database: str | None) -> tuple[str, str]:
    message = status_line.settings_lines(status_line.build_command(program, database, None))
    return "add this by hand, with the current command after --previous:", message


def _hook_manual_steps(program: Sequence[str], database: str | None) -> tuple[str, str]:
    lines = hook_settings.settings_lines(hook_settings.build_command(program, database))
    return "add this by hand, next to the existing hooks:", lines


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


def change(name: str, database: Path, file: Path, record: Record, *, undo: bool, dry_run: bool, yes: bool) -> bool:
    """Put a part into the settings, or take it out, after showing the change and asking. Returns whether it is done.

    A file that we made goes with the last part in it. Raises SettingsError.
    """
    part, program, named = PARTS[name], own_program(sys.argv[0]), _unless_default(database)
    before = settings_file.read(file)

    def changed(text: str) -> str:
        return part.take_out(text) if undo else part.put_in(text, program, named)

    try:
        text = before.decode("utf-8")
        after = changed(text)
        content = after.encode("utf-8")
    except ValueError as error:
        steps, lines = (part.manual_undo, "") if undo else part.manual_steps(program, named)
        raise SettingsError(f"{file} was not changed: {_describe(error)}; {steps}", lines) from error
    wanted = is_to_be_written(file, text, text if undo and not before else after, dry_run=dry_run, yes=yes)
    if not wanted:
        return wanted is None
    is_new = not file.exists()
    record.make_folder(file.parent, 0o700)
    settings_file.replace(file, before, content)
    if undo and after.strip() == "{}" and record.has(file):
        file.unlink()
        say(f"Removed {file}, which setup had made.")
        record.forget(file)
        return True
    if is_new:
        record.add(file)
    say(f"Wrote {file}.")
    return True


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
