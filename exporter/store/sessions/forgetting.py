"""Forgotten sessions: their tokens, times and models stay, their names, paths and texts do not, nor come back.

A session is kept under a name made of a hash of its id, which also recognizes what is read of it later.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from exporter.domain.sessions.session import ObservedSession
from exporter.domain.transcripts.batch import SessionBatch
from exporter.domain.transcripts.file_state import FileState
from exporter.domain.usage.activity import NO_FACTS
from exporter.domain.usage.labels import OTHER, UNKNOWN
from exporter.domain.usage.projects import plain_folder, with_parents
from exporter.domain.usage.totals import PROJECT_FAMILIES
from exporter.store import backfills
from exporter.store.transcripts import files, held
from exporter.store.transcripts.file_read import FileRead
from exporter.store.usage import conversations

PREFIX = "forgotten"


def hash_of(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()


class Forgotten:
    """The forgotten sessions of a database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._names: dict[str, str] = dict(connection.execute("SELECT hash, name FROM tracker_forgotten"))

    def name_of(self, session_id: str) -> str | None:
        """The name under which a session is kept; None if it is not forgotten."""
        return self._names.get(hash_of(session_id)) if self._names else None

    def mask_reads(self, reads: Sequence[FileRead]) -> Sequence[FileRead]:
        """The reads without names, paths and texts of forgotten sessions."""
        return [self._mask_read(read) for read in reads] if self._names else reads

    def mask_state(self, state: FileState) -> FileState:
        """A file's state, as it is stored: the path of a forgotten session's transcript only as a hash."""
        return replace(state, path=files.forgotten_key(state.path)) if self.has_file(state.path) else state

    def mask_observed(self, observed: Sequence[ObservedSession] | None) -> Sequence[ObservedSession] | None:
        """The running sessions without names and paths of forgotten ones."""
        if observed is None or not self._names:
            return observed
        return [self._mask_one(session) for session in observed]

    def _mask_one(self, session: ObservedSession) -> ObservedSession:
        name = self.name_of(session.session_id)
        if name is None:
            return session
        process = replace(session.process, cwd=None)
        return replace(session, session_id=name, cwd=None, waiting_for=None, needs=None, process=process)

    def mask_held(self, read: FileRead) -> FileRead:
        """What is held of a file, without names, paths and texts of forgotten sessions."""
        return replace(self._mask_read(read), state=self.mask_state(read.state))

    def _mask_read(self, read: FileRead) -> FileRead:
        batch = read.batch
        held = [replace(one, sessions=list(map(self._mask_session, one.sessions))) for one in batch.held]
        masked = replace(batch, sessions=list(map(self._mask_session, batch.sessions)), held=held)
        return replace(read, batch=masked)

    def _mask_session(self, batch: SessionBatch) -> SessionBatch:
        name = self.name_of(batch.session_id)
        if name is None:
            return batch
        known = batch.conversation
        masked = replace(known, session_id=name, cwd=None, git_branch=None) if known is not None else None
        errors = [(*error[:3], "", *error[4:]) for error in batch.api_errors]
        return replace(batch, session_id=name, conversation=masked, api_errors=errors, facts=NO_FACTS)

    def has_file(self, path: str) -> bool:
        """Whether a file belongs to a forgotten session, by its name or a folder's above it: an id, or a project's."""
        return bool(self._names) and any(self.name_of(part.removesuffix(".jsonl")) for part in re.split(r"[/\\]", path))


def find(connection: sqlite3.Connection, wanted: str) -> list[str]:
    """The ids of the sessions that have this id, or start with it."""
    rows = connection.execute(
        "SELECT session_id FROM tracker_conversations UNION SELECT id FROM real_sessions ORDER BY 1"
    ).fetchall()
    return [row[0] for row in rows if row[0].startswith(wanted) and not row[0].startswith(f"{PREFIX}-")]


def find_by_project(connection: sqlite3.Connection, project: str) -> list[str]:
    """The ids of the sessions in a folder or below it, or with this label of a project."""
    rows = connection.execute(
        "SELECT c.session_id, c.cwd, p.label FROM tracker_conversations c"
        " LEFT JOIN tracker_projects p ON p.id = c.project"
        " UNION SELECT id, project_path, NULL FROM real_sessions"
    ).fetchall()
    folder = project.rstrip("/\\")
    found = {
        session_id
        for session_id, cwd, label in rows
        if label == project or (cwd and f"{cwd}/".replace("\\", "/").startswith(f"{folder}/".replace("\\", "/")))
    }
    return sorted(session_id for session_id in found if not session_id.startswith(f"{PREFIX}-"))


def running(connection: sqlite3.Connection, session_ids: Collection[str]) -> list[str]:
    """Those of the sessions that run."""
    rows = connection.execute("SELECT DISTINCT session_id FROM tracker_runs WHERE ended_at IS NULL ORDER BY 1")
    return [row[0] for row in rows if row[0] in session_ids]


def forget(connection: sqlite3.Connection, session_ids: Sequence[str], now: int) -> None:
    """Forget sessions, in the caller's transaction. No counter moves."""
    connection.execute("PRAGMA secure_delete = ON")
    folders = {folder for session_id in session_ids for folder in _forget_session(connection, session_id, now)}
    for folder in folders:
        _forget_folder(connection, folder, now)
    forgotten = Forgotten(connection)
    for (path,) in connection.execute("SELECT path FROM tracker_files").fetchall():
        if forgotten.has_file(path):
            connection.execute("UPDATE tracker_files SET path = ? WHERE path = ?", (files.forgotten_key(path), path))
    held.replace(connection, forgotten.mask_held)
    _forget_unused_projects(connection)
    _forget_unused_worktrees(connection)


def _forget_unused_worktrees(connection: sqlite3.Connection) -> None:
    """Those in which only forgotten sessions were."""
    rows = connection.execute("SELECT DISTINCT cwd FROM tracker_conversations WHERE cwd IS NOT NULL").fetchall()
    used = {path for (cwd,) in rows for path in with_parents(plain_folder(cwd))}
    unused = [(path,) for path in conversations.worktrees(connection) if path not in used]
    connection.executemany("DELETE FROM tracker_worktrees WHERE path = ?", unused)


def _forget_session(connection: sqlite3.Connection, session_id: str, now: int) -> list[str]:
    """Returns its working folder, if known."""
    name = _remember(connection, session_id, now)
    row = connection.execute("SELECT id, cwd FROM tracker_conversations WHERE session_id = ?", (session_id,)).fetchone()
    conversation, folder = row or (None, None)
    connection.execute("UPDATE tracker_api_errors SET text = '' WHERE conversation = ?", (conversation,))
    for statement in (
        "UPDATE tracker_conversations SET session_id = ?1, cwd = NULL, git_branch = NULL,"
        " repository = NULL, pull_request = NULL WHERE session_id = ?2",
        "UPDATE tracker_runs SET session_id = ?1, cwd = NULL, waiting_for = NULL, needs = NULL WHERE session_id = ?2",
        "UPDATE tracker_cache_lines SET session = ?1 WHERE session = ?2",
        "UPDATE OR REPLACE tracker_imported_sessions SET session_id = ?1 WHERE session_id = ?2",
        "UPDATE tracker_effectiveness SET session_id = ?1 WHERE session_id = ?2",
        "UPDATE tracker_warnings SET subject = ?1, title = '', text = '' WHERE subject = ?2",
        "UPDATE real_sessions SET id = ?1, project_path = NULL,"
        " conversation_id = iif(conversation_id IS NULL, NULL, ?1),"
        " metadata = iif(json_valid(metadata), json_remove(metadata, '$.git_branch', '$.waiting_for', '$.needs',"
        " '$.repository', '$.pull_request'), NULL)"
        " WHERE id = ?2",
    ):
        connection.execute(statement, (name, session_id))
    return [folder] if folder is not None else []


def _remember(connection: sqlite3.Connection, forgotten: str, now: int) -> str:
    """Store the hash of an id, or of a folder's name. Returns the made-up name."""
    hashed = hash_of(forgotten)
    name = f"{PREFIX}-{hashed[:16]}"
    connection.execute("INSERT OR IGNORE INTO tracker_forgotten (hash, name, at) VALUES (?, ?, ?)", (hashed, name, now))
    return name


def _forget_folder(connection: sqlite3.Connection, folder: str, now: int) -> None:
    """Recognize the transcripts of a folder by its name, as Claude Code writes it, if no other session has it."""
    if connection.execute("SELECT 1 FROM tracker_conversations WHERE cwd = ? LIMIT 1", (folder,)).fetchone() is None:
        _remember(connection, re.sub(r"[^A-Za-z0-9]", "-", folder), now)


def _forget_unused_projects(connection: sqlite3.Connection) -> None:
    """Rename projects that only forgotten sessions have: the series with the new label continues the old one."""
    rows = connection.execute(
        "SELECT id, label FROM tracker_projects p WHERE path NOT LIKE ? AND NOT EXISTS"
        " (SELECT 1 FROM tracker_conversations c WHERE c.project = p.id AND c.cwd IS NOT NULL)",
        (f"{PREFIX}:%",),
    ).fetchall()
    for project, label in rows:
        connection.execute(
            "UPDATE tracker_projects SET path = ? || hex(randomblob(16)) WHERE id = ?", (f"{PREFIX}:", project)
        )
        (others,) = connection.execute(
            "SELECT count(*) FROM tracker_projects WHERE label = ? AND id <> ?", (label, project)
        ).fetchone()
        if not others and label not in (OTHER, UNKNOWN):
            _rename_label(connection, project, label)


def _rename_label(connection: sqlite3.Connection, project: int, label: str) -> None:
    taken = {row[0] for row in connection.execute("SELECT label FROM tracker_projects")}
    numbered = (f"{PREFIX}-{number}" for number in range(2, len(taken) + 3))
    new = next(name for name in (PREFIX, *numbered) if name not in taken)
    connection.execute("UPDATE tracker_projects SET label = ? WHERE id = ?", (new, project))
    connection.execute(
        "UPDATE tracker_project_labels SET label = ? WHERE label = ? AND project = ?", (new, label, project)
    )
    for family in sorted(PROJECT_FAMILIES):
        connection.execute(
            "UPDATE tracker_totals SET labels = json_set(labels, '$[0]', ?)"
            " WHERE family = ? AND json_extract(labels, '$[0]') = ?",
            (new, family, label),
        )
    records = backfills.load_records(connection)
    if records:
        backfills.put_records(connection, [_renamed(record, label, new) for record in records])


def _renamed(record: backfills.LoadedHistory, label: str, new: str) -> backfills.LoadedHistory:
    """A backfill's record with another label of a project."""
    sums = [
        (family, (new, *labels[1:]) if family in PROJECT_FAMILIES and labels[0] == label else labels, value)
        for family, labels, value in record.sums
    ]
    return replace(record, sums=sums)
