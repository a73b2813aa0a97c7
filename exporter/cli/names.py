"""The names of the program and its database."""

from __future__ import annotations

import os

NAME = "claude-tracker"
DATABASE_NAME = "claude_usage.db"


def spool_folder(database: str) -> str:
    """The folder next to a database with input that waits for the tracker."""
    return f"{os.path.realpath(database)}.spool"
