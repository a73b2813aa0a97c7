"""Loads the rows of an export into a new database, which is then merged like another machine's."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from exporter.domain.accounts import UNKNOWN, UNKNOWN_ACCOUNT, Owner
from exporter.domain.usage.activity import Conversation
from exporter.domain.usage.projects import plain_folder, project_folder
from exporter.store.accounts import Accounts
from exporter.store.merging.export_rows import (
    AccountRow,
    EventRow,
    HitRow,
    ReadingRow,
    ResponseRow,
    RunRow,
    SessionRow,
    ms,
    ms_or_none,
    nano,
)
from exporter.store.usage import conversations
from exporter.store.usage.marks import NO_MARK, mark_ids

T = TypeVar("T")

_RESPONSE = """
INSERT INTO tracker_responses (message_id, request_id, line, conversation, owner, sidechain, own_account, account,
    model, provider, input, output, cache_read, cache_write_5m, cache_write_1h, total, cost, reported_cost, incomplete,
    stop_reason, speed, geo, web_searches, requests, extras, mark, at, first_at, line_at, uuid, born_at, counted)
VALUES (?1, ?2, ?3, ?4, ?29, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
    ?23, ?24, ?30, ?25, ?26, ?27, ?28, ?31)
"""
_EVENTS = {
    "prompt": "INSERT INTO tracker_prompts (uuid, at, conversation, born_at) VALUES (?1, ?2, ?3, ?4)",
    "tool_call": "INSERT INTO tracker_tool_calls (id, at, conversation, born_at, tool) VALUES (?1, ?2, ?3, ?4, ?5)",
    "api_error": "INSERT INTO tracker_api_errors (uuid, at, conversation, born_at, kind, text)"
    " VALUES (?1, ?2, ?3, ?4, ?5, '')",
    "stop": "INSERT INTO tracker_stops (uuid, at, conversation, born_at) VALUES (?1, ?2, ?3, ?4)",
}
_RUN = """
INSERT INTO tracker_runs (session_id, session_type, source, started_at, ended_at, seen_at, observed, by_last_evidence,
    cwd, kind, entrypoint, client_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SESSION = """
INSERT INTO real_sessions (id, session_type, start_time, end_time, project_path, conversation_id, total_messages,
    models_used, estimated_tokens) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_READING = """
INSERT INTO tracker_readings (account, window, source, observed_at, last_at, utilization, resets_at, used, binds,
    begun_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_LAST_READINGS = """
INSERT OR REPLACE INTO tracker_last_readings (account, window, source, last_at, utilization, resets_at, binds)
    SELECT account, window, source, max(last_at), utilization, resets_at, binds FROM tracker_readings WHERE used
    GROUP BY account, window, source
"""


class Loader:
    """Loads into an empty database, in the caller's transaction. `skipped`: how many rows did not fit, by table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._accounts = {UNKNOWN: UNKNOWN_ACCOUNT}
        self._ids: dict[str, int] = {}
        self._spans: dict[str, tuple[int, int]] = {}
        self.skipped: Counter[str] = Counter()

    def load(self, table: str, rows: Iterable[Mapping[str, Any] | None]) -> None:
        """Load the rows of a table, as objects; None for what is none. `accounts` and `sessions` come first."""
        kind, take = self._takers()[table]
        for row in rows:
            try:
                take(msgspec.convert(row, kind))
            except (msgspec.MsgspecError, sqlite3.IntegrityError):
                self.skipped[table] += 1

    def finish(self) -> None:
        """After all tables: sessions of which only responses or events are known last from the first to the last."""
        for session_id, (first, last) in self._spans.items():
            conversations.merge(self._connection, session_id, Conversation(session_id, first, last))
        self._connection.execute(_LAST_READINGS)

    def _takers(self) -> dict[str, tuple[Any, Callable[[Any], None]]]:
        return {
            "accounts": (AccountRow, self._take_account),
            "sessions": (SessionRow, self._take_session),
            "responses": (ResponseRow, self._take_response),
            "events": (EventRow, self._take_event),
            "runs": (RunRow, self._take_run),
            "limits_reached": (HitRow, self._take_hit),
            "limit_readings": (ReadingRow, self._take_reading),
        }

    def _take_account(self, row: AccountRow) -> None:
        account = Accounts(self._connection).of_owner(Owner(row.organization_hash, row.account_hash))
        self._connection.execute("UPDATE tracker_accounts SET plan = ? WHERE id = ?", (row.plan, account))
        self._accounts[row.account] = account

    def _account(self, name: str) -> int:
        return self._accounts.get(name, UNKNOWN_ACCOUNT)

    def _take_session(self, row: SessionRow) -> None:
        if row.first_line_time is None:
            if row.basis == "estimated":
                values = (row.messages, row.models, row.tokens)
                head = (row.session_id, row.session_type, row.start_time, row.end_time, row.project_path)
                self._connection.execute(_SESSION, (*head, row.conversation_id, *values))
            return
        first, last = ms(row.first_line_time), ms(row.last_line_time or row.first_line_time)
        cwd = row.project_path if row.project_folder is not None else None
        cwd_at = ms_or_none(row.folder_time) or first
        more = (row.entrypoint, row.client_version, row.git_branch)
        known = Conversation(row.session_id, first, max(first, last), cwd, cwd_at, *more)
        conversation = conversations.merge(self._connection, row.session_id, known)
        self._ids[row.session_id] = conversation
        self._connection.execute(
            "UPDATE tracker_conversations SET repository = ?, pull_request = ? WHERE id = ?",
            (row.repository, row.pull_request, conversation),
        )
        if cwd is not None and row.project_folder not in (None, project_folder(cwd)):
            self._connection.execute(
                "INSERT OR IGNORE INTO tracker_worktrees (path, original) VALUES (?, ?)",
                (plain_folder(cwd), row.project_folder),
            )

    def _conversation(self, session_id: str, at: int) -> int:
        if session_id not in self._ids:
            self._ids[session_id] = conversations.merge(self._connection, session_id, None)
            self._spans[session_id] = (at, at)
        if session_id in self._spans:
            first, last = self._spans[session_id]
            self._spans[session_id] = (min(first, at), max(last, at))
        return self._ids[session_id]

    def _take_response(self, row: ResponseRow) -> None:
        row.check()
        at = ms(row.copy_time)
        mark = None if row.marks is None else NO_MARK
        if row.marks not in (None, "[]"):
            mark = mark_ids(self._connection, {row.marks})[row.marks]
        account = self._account(row.copy_account)
        counts = (row.input_tokens, row.output_tokens, row.cache_read_tokens, row.cache_write_5m_tokens)
        values = (
            row.message_id, row.request_id or "", row.line_id or "", self._conversation(row.copy_session_id, at),
            int(row.chain == "subagent"), account, row.model, row.provider, *counts, row.cache_write_1h_tokens,
            row.total_tokens, nano(row.cost_usd), nano(row.reported_cost_usd), row.is_incomplete, row.stop_reason,
            row.speed, row.geo, row.web_searches, row.requests, row.extras, mark, at, ms(row.line_time), row.uuid,
            ms(row.file_time), self._conversation(row.session_id, at), ms(row.time), row.counts,
        )  # fmt: skip
        self._connection.execute(_RESPONSE, values)

    def _take_event(self, row: EventRow) -> None:
        at = ms_or_none(row.time)
        conversation = self._conversation(row.session_id, at) if at is not None else self._ids.get(row.session_id)
        if row.kind == "subagent":
            self._connection.execute("INSERT INTO tracker_subagents VALUES (?, ?)", (conversation, row.id))
            return
        values = (row.id, at, conversation, ms(row.file_time or ""), row.name)
        self._connection.execute(_EVENTS[row.kind], values if "?5" in _EVENTS[row.kind] else values[:4])

    def _take_run(self, row: RunRow) -> None:
        length = None if row.length_seconds is None else round(row.length_seconds * 1e3)
        times = (ms(row.start_time), ms_or_none(row.end_time), ms(row.last_seen_at), length, row.is_estimated_end)
        texts = (row.folder, row.kind, row.entrypoint, row.client_version)
        self._connection.execute(_RUN, (row.session_id, row.session_type, row.source, *times, *texts))

    def _take_hit(self, row: HitRow) -> None:
        reports = {ms(row.time)}
        if row.reported_at is not None:
            reports |= {ms(text) for text in msgspec.json.decode(row.reported_at, type=list[str])}
        cursor = self._connection.execute(
            "INSERT INTO tracker_limit_hits (window, at, resets_at, source, account, is_overage)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                row.window,
                ms(row.time),
                ms_or_none(row.resets_at),
                row.source,
                self._account(row.account),
                row.is_overage,
            ),
        )
        self._connection.executemany(
            "INSERT INTO tracker_limit_reports (hit, at) VALUES (?, ?)", [(cursor.lastrowid, at) for at in reports]
        )

    def _take_reading(self, row: ReadingRow) -> None:
        times = (ms(row.observed_at), ms(row.last_at))
        values = (row.utilization_ratio, ms_or_none(row.resets_at), row.is_used, row.binds)
        key = (self._account(row.account), row.window, row.source)
        self._connection.execute(_READING, (*key, *times, *values, ms_or_none(row.window_started_at)))
