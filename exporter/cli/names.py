"""The names of the program and its database."""

from __future__ import annotations

import os
import sys

NAME = "claude-tracker"
DATABASE_NAME = "claude_usage.db"
CALLED_AS = "CLAUDE_TRACKER_CALLED_AS"
"""The variable in which start.sh says how it was called."""


def spool_folder(database: str) -> str:
    """The folder next to a database with input that waits for the tracker."""
    return f"{os.path.realpath(database)}.spool"


def own_command(*words: str) -> list[str]:
    """A command line of this program. -P: do not import a folder `exporter` in the user's working directory."""
    return [sys.executable, "-P", "-m", "exporter", *words]


def called_as() -> str:
    """How the user called the program, for messages that say what to type."""
    return os.environ.get(CALLED_AS) or NAME


def as_called(text: str) -> str:
    """A text with its commands, such as `claude-tracker run` in backticks, in the form in which the user called it."""
    return text.replace(f"`{NAME} ", f"`{called_as()} ")


def short_path(path: str) -> str:
    """A path with `~` for the home folder."""
    home = os.path.expanduser("~")
    return f"~{path[len(home) :]}" if home != "/" and path.startswith(f"{home}{os.sep}") else path
