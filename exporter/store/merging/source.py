"""The database that is merged: attached to the connection that writes, and who is who in the two."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from exporter.domain.accounts import Owner
from exporter.domain.usage.activity import Conversation
from exporter.domain.usage.projects import plain_folder, with_parents
from exporter.store.accounts import Accounts
from exporter.store.sessions.forgetting import Forgotten, hash_of
from exporter.store.usage import conversations

SOURCE = "source"
"""The name of the attached database in SQL."""

_MAPS = """
CREATE TEMP TABLE merged_accounts (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL);
CREATE TEMP TABLE merged_conversations (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL, masked INTEGER NOT NULL);
CREATE TEMP TABLE merged_marks (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL);
"""
_THEIRS = """
SELECT id, session_id, first_at, last_at, cwd, cwd_at, entrypoint, client_version, git_branch,
       repository, pull_request, covered_until
FROM source.tracker_conversations ORDER BY id
"""
_SAVE_FACTS = """
UPDATE tracker_conversations SET repository = coalesce(repository, ?1), pull_request = coalesce(pull_request, ?2),
    covered_until = iif(?3 IS NULL, covered_until, max(coalesce(covered_until, ?3), ?3)) WHERE id = ?4
"""
# What a session was called there before it was forgotten is not known: only of sessions, not of folders.
_THEIR_FORGOTTEN = """
SELECT hash, name, at FROM source.tracker_forgotten
WHERE name IN (SELECT session_id FROM source.tracker_conversations UNION SELECT id FROM source.real_sessions)
"""


@contextmanager
def attached(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Attach a database, read-only. Outside a transaction. Raises sqlite3.Error."""
    connection.execute(f"ATTACH ? AS {SOURCE}", (f"file:{quote(str(path))}?mode=ro",))
    try:
        yield
    finally:
        connection.execute(f"DETACH {SOURCE}")


class Names:
    """What their sessions are called here. One that either side has forgotten keeps no name of its own."""

    def __init__(self, connection: sqlite3.Connection, forgotten: Forgotten) -> None:
        self._forgotten = forgotten
        self._known: dict[str, str] = {}
        theirs = connection.execute(_THEIR_FORGOTTEN).fetchall()
        if theirs:
            rows = connection.execute("SELECT session_id FROM tracker_conversations UNION SELECT id FROM real_sessions")
            by_hash = {hash_of(session_id): session_id for (session_id,) in rows}
            self._known = {name: by_hash[hashed] for hashed, name, _ in theirs if hashed in by_hash}
            connection.executemany(
                "INSERT OR IGNORE INTO tracker_forgotten (hash, name, at) VALUES (?, ?, ?)",
                [row for row in theirs if row[0] not in by_hash],
            )

    def of(self, session_id: str) -> str:
        """The id under which a session of theirs is kept here."""
        return self._forgotten.name_of(session_id) or self._known.get(session_id, session_id)

    def is_masked(self, session_id: str) -> bool:
        """Whether the session is forgotten here."""
        return self._forgotten.name_of(session_id) is not None


def map_accounts(connection: sqlite3.Connection) -> None:
    """Find or add their accounts. A plan that is not known here is taken over."""
    for statement in filter(str.strip, _MAPS.split(";")):  # a script would commit the transaction
        connection.execute(statement)
    accounts = Accounts(connection)
    rows = connection.execute("SELECT id, organization, account, plan FROM source.tracker_accounts").fetchall()
    for theirs, organization, account, plan in rows:
        ours = accounts.of_owner(Owner(organization, account))
        connection.execute("INSERT INTO temp.merged_accounts VALUES (?, ?)", (theirs, ours))
        connection.execute("UPDATE tracker_accounts SET plan = coalesce(plan, ?) WHERE id = ?", (plan, ours))


def map_marks(connection: sqlite3.Connection) -> None:
    """Find or add their marks."""
    connection.execute("INSERT OR IGNORE INTO tracker_marks (marks) SELECT marks FROM source.tracker_marks")
    connection.execute(
        "INSERT INTO temp.merged_marks SELECT t.id, o.id FROM source.tracker_marks t"
        " JOIN main.tracker_marks o ON o.marks = t.marks"
    )


def map_conversations(connection: sqlite3.Connection, names: Names) -> None:
    """Find or add their sessions, with what is known of each from its lines."""
    folders: set[str] = set()
    for theirs, session_id, *known in connection.execute(_THEIRS).fetchall():
        name, masked = names.of(session_id), names.is_masked(session_id)
        first_at, last_at, *of_lines, repository, pull_request, covered_until = _masked(known) if masked else known
        cwd, cwd_at, entrypoint, version, branch = of_lines
        folders.update(with_parents(plain_folder(cwd)) if cwd else ())
        lines = Conversation(name, first_at, last_at, cwd, cwd_at or 0, entrypoint, version, branch)
        ours = conversations.merge(connection, name, lines if first_at is not None else None)
        connection.execute(_SAVE_FACTS, (repository, pull_request, covered_until, ours))
        connection.execute("INSERT INTO temp.merged_conversations VALUES (?, ?, ?)", (theirs, ours, int(masked)))
    made = connection.execute("SELECT path, original FROM source.tracker_worktrees").fetchall()
    used = [worktree for worktree in made if worktree[0] in folders]
    connection.executemany("INSERT OR IGNORE INTO tracker_worktrees (path, original) VALUES (?, ?)", used)


def _masked(known: list[Any]) -> list[Any]:
    """What is known of a session, without its folder, branch, repository and pull request."""
    first_at, last_at, _, cwd_at, entrypoint, version, _, _, _, covered_until = known
    return [first_at, last_at, None, cwd_at, entrypoint, version, None, None, None, covered_until]


def drop_maps(connection: sqlite3.Connection) -> None:
    """Remove what `map_accounts` made."""
    for name in ("merged_accounts", "merged_conversations", "merged_marks"):
        connection.execute(f"DROP TABLE temp.{name}")
