"""What `setup` shows and asks before it changes a file."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import click

from exporter.domain.text import visible
from exporter.errors import SettingsError


def difference(file: Path, before: str, after: str) -> str:
    """The change as a unified diff."""
    name = str(file)
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="")
    return "\n".join(map(visible, lines))


def ask_to_write(file: Path, *, yes: bool) -> None:
    """Raises SettingsError without a terminal, and click's Abort if the answer is no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise SettingsError(f"nothing was written to {file}: no terminal to confirm on (use --yes)")
    click.confirm(f"Write this to {visible(file)}?", default=True, abort=True)
