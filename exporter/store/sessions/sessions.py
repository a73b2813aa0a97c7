"""The rows of `real_sessions`: one per session, built from its lines and its runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from exporter.domain.blocks.block import END_OF_TIME, Block
from exporter.domain.calendar import timestamp
from exporter.domain.sessions.process import Kind
from exporter.domain.usage.pricing import normalize_model
from exporter.store.accounts import suffixes
from exporter.store.blocks.blocks import format_block_id
from exporter.store.sessions import imported, runs
from exporter.store.sessions.runs import Run
from exporter.store.sessions.session_use import NO_USE, Use, use_of

_CONVERSATIONS = """
SELECT id, session_id, first_at, last_at, cwd, entrypoint, client_version, git_branch, repository, pull_request
FROM tracker_conversations WHERE first_at IS NOT NULL
"""
# Other programs' keys in the metadata stay; keys of ours that are null are removed.
_SAVE = """
INSERT INTO real_sessions (id, session_type, start_time, end_time, process_id, project_path, conversation_id,
                           total_messages, models_used, estimated_tokens, is_active, metadata, five_hour_block_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, json_patch('{}', ?), ?)
ON CONFLICT DO UPDATE SET
    session_type = excluded.session_type, start_time = excluded.start_time, end_time = excluded.end_time,
    process_id = excluded.process_id, project_path = excluded.project_path,
    conversation_id = excluded.conversation_id, total_messages = excluded.total_messages,
    models_used = excluded.models_used, estimated_tokens = excluded.estimated_tokens,
    is_active = excluded.is_active, five_hour_block_id = excluded.five_hour_block_id,
    metadata = json_patch(iif(json_valid(metadata), metadata, '{}'), ?12)
"""


_SAVE_EFFECTIVENESS = """
INSERT OR REPLACE INTO tracker_effectiveness (session_id, ended_at, responses, effective) VALUES (?, ?, ?, ?)
"""

Known = tuple[int, str, int, int, str | None, str | None, str | None, str | None, str | None, str | None]
"""A row of `_CONVERSATIONS`."""


def refresh(connection: sqlite3.Connection, conversations: Iterable[int]) -> None:
    """Update the rows of these conversations."""
    for conversation in conversations:
        known = connection.execute(f"{_CONVERSATIONS} AND id = ?", (conversation,)).fetchone()
        if known is not None:
            _save_row(connection, known, use_of(connection, conversation), runs.of_session(connection, known[1]))


def refresh_session(connection: sqlite3.Connection, session_id: str) -> None:
    """Update a session's row, whether it has lines or not; a row without any run or line is deleted."""
    own = runs.of_session(connection, session_id)
    known = connection.execute(f"{_CONVERSATIONS} AND session_id = ?", (session_id,)).fetchone()
    if known is not None or own:
        _save_row(connection, known, use_of(connection, known[0]) if known else NO_USE, own)
    else:
        connection.execute("DELETE FROM real_sessions WHERE id = ?", (session_id,))


def save_all(connection: sqlite3.Connection, used: Callable[[int], Use]) -> None:
    """Update the rows of all sessions with lines. `used`: returns the usage of a conversation."""
    rows = connection.execute(f"{_CONVERSATIONS} ORDER BY id").fetchall()
    own = runs.by_session(runs.load_all(connection))
    kept = [(row, used(row[0]), own.get(row[1], ())) for row in rows]
    after_start, others = suffixes(connection), imported.ids(connection)
    connection.executemany(_SAVE, [_values(*one, after_start, is_imported=one[0][1] in others) for one in kept])
    connection.execute("DELETE FROM tracker_effectiveness")
    connection.executemany(_SAVE_EFFECTIVENESS, [row for one in kept if (row := _effectiveness(*one)) is not None])


def _save_row(connection: sqlite3.Connection, known: Known | None, use: Use, own: Sequence[Run]) -> None:
    session_id = known[1] if known is not None else own[0].session_id
    is_imported = imported.is_imported(connection, session_id)
    values = _values(known, use, own, suffixes(connection), is_imported=is_imported)
    connection.execute(_SAVE, values)
    if (row := _effectiveness(known, use, own)) is not None:
        connection.execute(_SAVE_EFFECTIVENESS, row)
    else:
        connection.execute("DELETE FROM tracker_effectiveness WHERE session_id = ?", (values[0],))


def _effectiveness(known: Known | None, use: Use, own: Sequence[Run]) -> tuple[str, int, int, int] | None:
    """The row for `tracker_effectiveness`; None for a running session, or one without responses."""
    if known is None or not use.responses or any(run.ended_at is None for run in own):
        return None
    return known[1], max(known[3], *(run.ended_at or 0 for run in own), 0), use.responses, use.effective


def effectiveness_since(connection: sqlite3.Connection, since: int, until: int = END_OF_TIME) -> float | None:
    """Effective responses ÷ responses of the sessions that ended in `[since, until]` ms; None if there are none."""
    responses, effective = connection.execute(
        "SELECT sum(responses), sum(effective) FROM tracker_effectiveness WHERE ended_at BETWEEN ? AND ?",
        (since, until),
    ).fetchone()
    return effective / responses if responses else None


def has_lines(connection: sqlite3.Connection, session_id: str) -> bool:
    """Whether the session has any line with a time."""
    return first_line(connection, session_id) is not None


def first_line(connection: sqlite3.Connection, session_id: str) -> int | None:
    """The time of the session's first line; None if it has none."""
    found = connection.execute("SELECT first_at FROM tracker_conversations WHERE session_id = ?", (session_id,))
    return (found.fetchone() or (None,))[0]


def last_line_until(connection: sqlite3.Connection, session_id: str, moment: int) -> int | None:
    """The time of the session's last line until `moment`; if it has later lines, of its last prompt or response."""
    query = "SELECT id, last_at FROM tracker_conversations WHERE session_id = ?"
    conversation, last_at = connection.execute(query, (session_id,)).fetchone() or (None, None)
    if last_at is None or last_at <= moment:
        return last_at
    (found,) = connection.execute(
        "SELECT max(at) FROM (SELECT max(at) AS at FROM tracker_prompts WHERE conversation = ?1 AND at <= ?2"
        " UNION ALL SELECT max(at) FROM tracker_responses WHERE counted AND owner = ?1 AND at <= ?2)",
        (conversation, moment),
    ).fetchone()
    return None if found is None else int(found)


def _values(
    known: Known | None, use: Use, own: Sequence[Run], after_start: Mapping[int, str], *, is_imported: bool
) -> tuple[object, ...]:
    """The row: the combined span of lines and runs; active while a run is open. `after_start`: of block ids."""
    conversation, session_id, first_at, last_at, cwd, entrypoint, version, *more = known or (None,) * 10
    branch, repository, pull_request = more
    last = max(own, key=lambda run: (run.ended_at or 0, run.started_at), default=None)
    active = next((run for run in reversed(own) if run.ended_at is None), None)
    started_at = first_at if use.started_at is None else use.started_at
    starts = [moment for moment in (started_at, *(run.started_at for run in own)) if moment is not None]
    ends = [moment for moment in (last_at, *(run.ended_at for run in own)) if moment is not None]
    with_process = active or (last if last and last.pid is not None else None) or _with_process(own)
    metadata = {
        "source": (active or last).source if last is not None else "transcript",
        "tokens": None if conversation is None else "lower_bound" if use.is_lower_bound else "exact",
        "entrypoint": entrypoint or (last.entrypoint if last else None),
        "client_version": (active.client_version if active else None) or version or _version(last),
        "git_branch": branch,
        "repository": repository,
        "pull_request": pull_request,
        "state": active.state if active else None,
        "waiting_for": active.waiting_for if active else None,
        "kind": (active or last).kind if last is not None else None,
        "needs": active.needs if active else None,
        "tempo": active.tempo if active else None,
        "subagents": use.subagents or None,
        "skip_permissions": _flag(with_process.skip_permissions) if with_process else None,
        "effectiveness": use.effectiveness,
        "end": "last_evidence" if last and not active and last.by_last_evidence else None,
        "imported": is_imported or None,
    }
    return (
        session_id or own[0].session_id,
        last.session_type if last else Kind.CODE.value,
        timestamp.to_iso(min(starts)),
        None if active else timestamp.to_iso(max(ends)),
        with_process.pid if with_process else None,
        cwd or next((run.cwd for run in own if run.cwd), None),
        session_id,
        use.messages,
        _json(sorted({normalize_model(model) for model in use.models})),
        use.tokens,
        int(active is not None),
        _json(metadata),
        format_block_id(use.last_block, after_start) if use.last_block else None,
    )


def _with_process(own: Sequence[Run]) -> Run | None:
    return next((run for run in reversed(own) if run.pid is not None), None)


def _version(run: Run | None) -> str | None:
    return run.client_version if run else None


def _flag(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def owners_between(connection: sqlite3.Connection, block: Block) -> set[int]:
    """The conversations that responses in the time of a block are credited to, of its account."""
    rows = connection.execute(
        "SELECT DISTINCT owner FROM tracker_responses"
        " WHERE counted AND at >= ? AND at < ? AND account = ? AND provider IS NULL",
        (block.start, block.end, block.account),
    )
    return {row[0] for row in rows}
