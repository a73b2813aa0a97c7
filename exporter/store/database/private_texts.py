"""The texts in a database that name somebody's work: they are removed from what is written for others."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple

from exporter.errors import DatabaseError, reason
from exporter.store.database.connection import open_untouched

_PATHS = """
SELECT path FROM tracker_projects UNION SELECT cwd FROM tracker_conversations WHERE cwd IS NOT NULL
UNION SELECT project_path FROM real_sessions WHERE project_path IS NOT NULL
"""
_NAMES = """
SELECT label FROM tracker_projects UNION SELECT git_branch FROM tracker_conversations WHERE git_branch IS NOT NULL
UNION SELECT session_id FROM tracker_conversations UNION SELECT id FROM real_sessions
UNION SELECT label FROM tracker_accounts UNION SELECT hash FROM tracker_accounts
UNION SELECT value FROM tracker_meta WHERE key = 'tracker'
"""


class PrivateTexts(NamedTuple):
    """`names`: of projects and branches, and the ids of sessions and accounts. `models`: all that were used."""

    paths: list[str]
    names: list[str]
    models: list[str]


def private_texts(path: Path) -> PrivateTexts:
    """Read them all. Raises DatabaseError."""
    try:
        with open_untouched(path) as connection:
            paths = [row[0] for row in connection.execute(_PATHS)]
            names = [row[0] for row in connection.execute(_NAMES) if row[0] not in ("unknown", "other")]
            models = [row[0] for row in connection.execute("SELECT name FROM tracker_models")]
            return PrivateTexts(paths, names, models)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error


def sqlite_version() -> str:
    """The version of the SQLite library."""
    return sqlite3.sqlite_version
