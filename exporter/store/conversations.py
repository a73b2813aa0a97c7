"""What is known of each session id from its lines."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from exporter.domain.activity import Conversation
from exporter.store.labels import Labels


def ids_of(connection: sqlite3.Connection, session_ids: Iterable[str]) -> dict[str, int]:
    """The row ids of session ids, made where they are new."""
    found: dict[str, int] = {}
    for session_id in session_ids:
        connection.execute(
            "INSERT INTO tracker_conversations (session_id) VALUES (?) ON CONFLICT DO NOTHING", (session_id,)
        )
        row = connection.execute("SELECT id FROM tracker_conversations WHERE session_id = ?", (session_id,)).fetchone()
        found[session_id] = row[0]
    return found


def load(connection: sqlite3.Connection, session_id: str) -> Conversation | None:
    """What is known so far; None where no line with a time was seen."""
    row = connection.execute(
        "SELECT session_id, first_at, last_at, cwd, coalesce(cwd_at, 0), entrypoint, client_version, git_branch"
        " FROM tracker_conversations WHERE session_id = ? AND first_at IS NOT NULL",
        (session_id,),
    ).fetchone()
    return Conversation(*row) if row else None


def save(connection: sqlite3.Connection, conversation: Conversation) -> None:
    """Keep it, but for the project, which `give_projects` sets. Its row must be there (`ids_of`)."""
    connection.execute(
        "UPDATE tracker_conversations SET first_at = ?, last_at = ?, cwd = ?, cwd_at = ?, entrypoint = ?,"
        " client_version = ?, git_branch = ? WHERE session_id = ?",
        (
            conversation.first_at,
            conversation.last_at,
            conversation.cwd,
            conversation.cwd_at,
            conversation.entrypoint,
            conversation.client_version,
            conversation.git_branch,
            conversation.session_id,
        ),
    )


def give_projects(connection: sqlite3.Connection, labels: Labels, among: Iterable[int] | None = None) -> None:
    """Set the project of every conversation, or of some, whose first folder is new or changed; the earliest first."""
    where, parameters = "", []
    if among is not None:
        where, parameters = "AND c.id IN (SELECT value FROM json_each(?))", [str(sorted(among))]
    rows = connection.execute(
        "SELECT c.id, c.cwd FROM tracker_conversations c LEFT JOIN tracker_projects p ON p.id = c.project"
        f" WHERE c.cwd IS NOT NULL AND p.path IS NOT c.cwd {where} ORDER BY c.first_at, c.session_id",
        parameters,
    ).fetchall()
    for conversation, cwd in rows:
        connection.execute(
            "UPDATE tracker_conversations SET project = ? WHERE id = ?",
            (labels.project_id(cwd), conversation),
        )


def messages_of(connection: sqlite3.Connection, conversation: int) -> list[str]:
    """The message ids of the responses credited to a conversation."""
    rows = connection.execute(
        "SELECT DISTINCT message_id FROM tracker_responses WHERE counted AND owner = ?", (conversation,)
    )
    return [row[0] for row in rows]
