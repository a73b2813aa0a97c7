"""The stored metadata of each session id, from its lines."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterable

import msgspec

from exporter.domain.blocks.block import END_OF_TIME
from exporter.domain.sessions.session import Transcript
from exporter.domain.transcripts.batch import SessionBatch
from exporter.domain.usage.activity import Conversation, SessionFacts
from exporter.domain.usage.projects import plain_folder, project_folder
from exporter.store.accounts import Span, Spans
from exporter.store.usage.labels import Labels

_COLUMNS = ("first_at", "last_at", "cwd", "cwd_at", "entrypoint", "client_version", "git_branch")
_LOAD = f"SELECT id, {', '.join(_COLUMNS)} FROM tracker_conversations WHERE session_id = ?"
_ADD = f"INSERT INTO tracker_conversations (session_id, {', '.join(_COLUMNS)}) VALUES (?{', ?' * len(_COLUMNS)})"
_SAVE = f"UPDATE tracker_conversations SET {', '.join(f'{name} = ?' for name in _COLUMNS)} WHERE id = ?"


def merge(connection: sqlite3.Connection, session_id: str, new: Conversation | None) -> int:
    """Merge new metadata into the known; `assign_projects` sets the project later.

    Creates a row for a new session id. Returns the row id. `new`: None if no line had a time.
    """
    row_id, known = load(connection, session_id)
    if row_id is None:
        values = _values(new) if new is not None else (None,) * len(_COLUMNS)
        return int(connection.execute(_ADD, (session_id, *values)).lastrowid or 0)
    if new is not None:
        merge = known.merge(new) if known is not None else new
        if merge != known:
            connection.execute(_SAVE, (*_values(merge), row_id))
    return row_id


def account_spans(connection: sqlite3.Connection, conversation: int) -> list[Span]:
    """Whose the session is by its own lines, from when on; empty if it does not say."""
    rows = connection.execute(
        "SELECT since, account FROM tracker_conversation_accounts WHERE conversation = ? ORDER BY since",
        (conversation,),
    )
    return [Span(*row) for row in rows]


def save_account_spans(connection: sqlite3.Connection, conversation: int, spans: Spans) -> None:
    """Save whose the session is, and give its responses to the account of their time.

    Also those credited to it of which a copy in another session counts.
    """
    connection.executemany(
        "INSERT OR REPLACE INTO tracker_conversation_accounts (conversation, since, account) VALUES (?, ?, ?)",
        [(conversation, span.since, span.account) for span in spans],
    )
    ends = [*(span.since for span in spans[1:]), END_OF_TIME]
    values = [(span.account, conversation, span.since, end) for span, end in zip(spans, ends, strict=True)]
    for column, whose, time in (("own_account", "conversation", "first_at"), ("account", "counted AND owner", "at")):
        connection.executemany(
            f"UPDATE tracker_responses SET {column} = ? WHERE {whose} = ? AND {time} >= ? AND {time} < ?", values
        )


def save_facts(connection: sqlite3.Connection, conversation: int, facts: SessionFacts) -> None:
    """Save what is known of a session, where it says anything."""
    made = [tuple(map(plain_folder, worktree)) for worktree in facts.worktrees]
    connection.executemany("INSERT OR IGNORE INTO tracker_worktrees (path, original) VALUES (?, ?)", made)
    connection.execute(
        "UPDATE tracker_conversations SET repository = coalesce(?, repository),"
        " pull_request = coalesce(?, pull_request) WHERE id = ?",
        (facts.repository, facts.pull_request, conversation),
    )


def in_new_worktrees(connection: sqlite3.Connection, batches: Iterable[SessionBatch]) -> set[int]:
    """The sessions in folders of which these batches say for the first time that they are worktrees."""
    named = {worktree.path for batch in batches for worktree in batch.facts.worktrees}
    if not named:
        return set()
    new = set(map(plain_folder, named)) - worktrees(connection).keys()
    rows = connection.execute("SELECT id, cwd FROM tracker_conversations WHERE cwd IS NOT NULL").fetchall()
    return {row_id for row_id, cwd in rows if project_folder(cwd, dict.fromkeys(new, "")) == ""}


def worktrees(connection: sqlite3.Connection) -> dict[str, str]:
    """The folders from which the client made worktrees, by their paths."""
    return dict(connection.execute("SELECT path, original FROM tracker_worktrees"))


def has_new_facts(connection: sqlite3.Connection, session_id: str, facts: SessionFacts) -> bool:
    """Whether a session with lines has another repository or pull request."""
    query = "SELECT repository, pull_request FROM tracker_conversations WHERE session_id = ?"
    row = connection.execute(query, (session_id,)).fetchone()
    new = (facts.repository, facts.pull_request)
    return row is not None and any(now is not None and now != known for known, now in zip(row, new, strict=True))


def load(connection: sqlite3.Connection, session_id: str) -> tuple[int | None, Conversation | None]:
    """The row id, None if the session id is unknown, and its metadata, None if no line had a time."""
    row = connection.execute(_LOAD, (session_id,)).fetchone()
    if row is None:
        return None, None
    row_id, first_at, last_at, cwd, cwd_at, *rest = row
    return row_id, Conversation(
        session_id, first_at, last_at, cwd, cwd_at or 0, *rest
    ) if first_at is not None else None


def _values(conversation: Conversation) -> tuple[object, ...]:
    return msgspec.structs.astuple(conversation)[1:]


def assign_projects(connection: sqlite3.Connection, labels: Labels, among: Iterable[int] | None = None) -> None:
    """Set the project of every conversation (or of some) whose first folder is new or changed, the earliest first."""
    where, parameters = "", []
    if among is not None:
        where, parameters = "AND c.id IN (SELECT value FROM json_each(?))", [str(sorted(among))]
    rows = connection.execute(
        "SELECT c.id, p.path, c.cwd"
        " FROM tracker_conversations c LEFT JOIN tracker_projects p ON p.id = c.project"
        f" WHERE c.cwd IS NOT NULL {where} ORDER BY c.first_at, c.session_id",
        parameters,
    ).fetchall()
    made = worktrees(connection)
    for conversation, known, cwd in rows:
        folder = project_folder(cwd, made)
        if folder != known:
            connection.execute(
                "UPDATE tracker_conversations SET project = ? WHERE id = ?",
                (labels.projects.id_of(folder), conversation),
            )


def projects(connection: sqlite3.Connection) -> dict[int, int | None]:
    """The project of each conversation."""
    return dict(connection.execute("SELECT id, project FROM tracker_conversations"))


def session_ids(connection: sqlite3.Connection) -> dict[int, str]:
    """The session id of each conversation."""
    return dict(connection.execute("SELECT id, session_id FROM tracker_conversations"))


def may_move(known: Conversation | None, new: SessionBatch) -> bool:
    """Whether a session's project may change, because an earlier line has another folder."""
    seen = new.conversation
    if seen is None or seen.cwd is None:
        return False
    return known is None or (known.cwd != seen.cwd and not (known.cwd and known.cwd_at < seen.cwd_at))


def messages_of(connection: sqlite3.Connection, conversation: int) -> list[str]:
    """The message ids of the responses credited to a conversation."""
    rows = connection.execute(
        "SELECT DISTINCT message_id FROM tracker_responses WHERE counted AND owner = ?", (conversation,)
    )
    return [row[0] for row in rows]


_SUBAGENT = re.compile(r"[/\\]agent-(?!acompact)([^/\\]+)\.jsonl$")


def save_subagents(connection: sqlite3.Connection, new: Iterable[tuple[str, str]]) -> None:
    """Save the subagents of sessions, from files (path, session id). A compaction does not count as a subagent."""
    found = {(match[1], session_id) for path, session_id in new if (match := _SUBAGENT.search(path)) is not None}
    connection.executemany(
        "INSERT OR IGNORE INTO tracker_subagents (agent, conversation)"
        " SELECT ?, id FROM tracker_conversations WHERE session_id = ?",
        sorted(found),
    )


_IN_FOLDERS = """
SELECT c.session_id, c.cwd, c.first_at, c.last_at, max(r.ended_at), r.pid, r.process_started_at
FROM tracker_conversations c LEFT JOIN tracker_runs r
    ON r.session_id = c.session_id AND r.pid IS NOT NULL AND r.ended_at IS NOT NULL
WHERE c.cwd IN (SELECT value FROM json_each(?)) AND c.last_at >= ? GROUP BY c.id
"""


def in_folders(connection: sqlite3.Connection, cwds: Collection[str], since: int) -> list[Transcript]:
    """The conversations in these folders written since `since` (ms), with the last process that left them and when."""
    rows = connection.execute(_IN_FOLDERS, (msgspec.json.encode(sorted(cwds)).decode(), since))
    return [
        Transcript(session_id, cwd, first_at, last_at, False, left_at, (pid, started_at) if pid is not None else None)
        for session_id, cwd, first_at, last_at, left_at, pid, started_at in rows
    ]
