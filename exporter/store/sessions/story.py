"""Everything that the store keeps of one session, for its story."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from exporter.domain.blocks.block import Block
from exporter.domain.calendar import timestamp
from exporter.domain.sessions.session import SessionRow
from exporter.domain.sessions.story.parts import (
    StoredCall,
    StoredPrompt,
    StoredResponse,
    StoredSession,
)
from exporter.domain.sessions.story.story import ApiError, Head, LimitMet, Run
from exporter.store import accounts
from exporter.store.sessions import forgetting, runs, session_rows
from exporter.store.sessions.session_use import first_own_activity, has_copies
from exporter.store.usage import client_totals, responses, rewriting
from exporter.store.usage.labels import Labels, window_labels

_IDS = "SELECT session_id FROM tracker_conversations UNION SELECT id FROM real_sessions ORDER BY 1"


def find(connection: sqlite3.Connection, wanted: str) -> list[str]:
    """The session with this id, else those whose id starts with it. Forgotten ones have their made-up names."""
    found = [row[0] for row in connection.execute(_IDS) if str(row[0]).startswith(wanted)]
    return [wanted] if wanted in found else found


def load(connection: sqlite3.Connection, session_id: str) -> StoredSession | None:
    """What is kept of a session; None if it is unknown."""
    row = session_rows.by_id(connection, session_id)
    if row is None:
        return None
    query = "SELECT id FROM tracker_conversations WHERE session_id = ? AND first_at IS NOT NULL"
    known = connection.execute(query, (session_id,)).fetchone()
    own_runs = tuple(Run(run.started_at, run.ended_at) for run in runs.of_session(connection, session_id))
    if known is None:
        return StoredSession(_bare_head(row, own_runs))
    return _load_conversation(connection, row, own_runs, known[0])


def _bare_head(row: SessionRow, own_runs: tuple[Run, ...]) -> Head:
    """Of a session without entries, such as Claude Desktop's."""
    return Head(
        row.id,
        row.session_type,
        row.state if row.is_active else "ended",
        folder=row.project_path,
        first_at=timestamp.parse(row.start_time),
        last_at=timestamp.parse(row.end_time) if row.end_time else None,
        runs=own_runs,
    )


_CONVERSATION = """
SELECT first_at, last_at, cwd, project, entrypoint, client_version, git_branch, repository, pull_request
FROM tracker_conversations WHERE id = ?
"""


def _load_conversation(
    connection: sqlite3.Connection, row: SessionRow, own_runs: tuple[Run, ...], conversation: int
) -> StoredSession:
    first_at, last_at, cwd, project, entrypoint, version, branch, repository, pull_request = connection.execute(
        _CONVERSATION, (conversation,)
    ).fetchone()
    labels, names = Labels(connection, read_only=True), accounts.labels(connection)
    counted, prompts = _responses(connection, labels, conversation), _prompts(connection, conversation)
    is_copy = not counted and not prompts and has_copies(connection, conversation)
    since = last_at + 1 if is_copy else first_own_activity(connection, conversation) or first_at
    used = list(dict.fromkeys(account for _, account in counted))
    head = Head(
        row.id,
        row.session_type,
        row.state if row.is_active else "ended",
        labels.projects.ref(project, last_at).name if project is not None and cwd is not None else None,
        cwd,
        branch,
        version,
        entrypoint,
        tuple(names[account] for account in used),
        min(since, last_at),
        last_at,
        repository,
        pull_request,
        own_runs,
    )
    is_forgotten = row.id.startswith(f"{forgetting.PREFIX}-")
    query = "SELECT agent FROM tracker_subagents WHERE conversation = ? ORDER BY 1"
    agents = _column(connection, query, conversation) if not is_forgotten else []
    return StoredSession(
        head,
        tuple(response for response, _ in counted),
        prompts,
        _calls(connection, conversation, first_at, last_at),
        _errors(connection, conversation),
        tuple(_column(connection, "SELECT at FROM tracker_stops WHERE conversation = ? ORDER BY at", conversation)),
        _limits(connection, conversation),
        _blocks(connection, [response for response, _ in counted]),
        names,
        tuple(agents),
        _paths(connection, row.id, agents) if not is_forgotten else (),
        since,
        is_forgotten,
        client_totals.of_session(connection, conversation),
        rewriting.rewritten_of(connection, conversation).tokens,
    )


def _column(connection: sqlite3.Connection, query: str, conversation: int) -> list[Any]:
    return [value for (value,) in connection.execute(query, (conversation,))]


def _responses(connection: sqlite3.Connection, labels: Labels, conversation: int) -> list[tuple[StoredResponse, int]]:
    """The responses credited to the session, each with its account."""
    query = "SELECT id, line FROM tracker_responses WHERE counted AND owner = ? AND line <> ''"
    lines = dict(connection.execute(query, (conversation,)))
    return [
        (
            StoredResponse(
                (row.message_id, row.request_id, lines.get(row.id, "")),
                row.at,
                bool(row.sidechain),
                row.account if row.provider is None else None,
                tuple(responses.usage(row, labels)),
            ),
            row.account,
        )
        for row in responses.of_owner(connection, conversation)
    ]


def _prompts(connection: sqlite3.Connection, conversation: int) -> tuple[StoredPrompt, ...]:
    query = "SELECT at, uuid FROM tracker_prompts WHERE conversation = ? ORDER BY at, uuid"
    return tuple(StoredPrompt(*row) for row in connection.execute(query, (conversation,)))


def _calls(connection: sqlite3.Connection, conversation: int, first_at: int, last_at: int) -> tuple[StoredCall, ...]:
    """Only an index by time finds them fast."""
    query = "SELECT at, id, tool FROM tracker_tool_calls WHERE at BETWEEN ? AND ? AND conversation = ? ORDER BY at, id"
    return tuple(StoredCall(*row) for row in connection.execute(query, (first_at, last_at, conversation)))


def _errors(connection: sqlite3.Connection, conversation: int) -> tuple[ApiError, ...]:
    query = "SELECT kind, at FROM tracker_api_errors WHERE conversation = ? ORDER BY at, uuid"
    return tuple(ApiError(*row) for row in connection.execute(query, (conversation,)))


# A limit is reported at the time of the entry that says so.
_LIMITS = """
SELECT h.window, min(e.at), h.resets_at
FROM tracker_api_errors e CROSS JOIN tracker_limit_reports r ON r.at = e.at JOIN tracker_limit_hits h ON h.id = r.hit
WHERE e.conversation = ? GROUP BY h.id ORDER BY 2, 1
"""


def _limits(connection: sqlite3.Connection, conversation: int) -> tuple[LimitMet, ...]:
    names = window_labels(connection)
    rows = connection.execute(_LIMITS, (conversation,))
    return tuple(LimitMet(names.get(window, window), at, resets_at) for window, at, resets_at in rows)


def _blocks(connection: sqlite3.Connection, counted: Sequence[StoredResponse]) -> tuple[Block, ...]:
    times = [response.at for response in counted if response.account is not None]
    if not times:
        return ()
    query = (
        "SELECT start_at, end_at, basis, account FROM tracker_blocks WHERE account = ? AND start_at <= ? AND end_at > ?"
        " ORDER BY start_at"
    )
    used = sorted({response.account for response in counted if response.account is not None})
    return tuple(
        Block(*row) for account in used for row in connection.execute(query, (account, max(times), min(times)))
    )


def _paths(connection: sqlite3.Connection, session_id: str, agents: Sequence[str]) -> tuple[str, ...]:
    """The files that may be the session's, by its id or an agent's in their paths."""
    names = {f"agent-{agent}.jsonl" for agent in agents}
    rows = connection.execute("SELECT path FROM tracker_files ORDER BY path").fetchall()
    return tuple(path for (path,) in rows if session_id in path or path.replace("\\", "/").rpartition("/")[2] in names)
