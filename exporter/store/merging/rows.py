"""Merges responses and events. A copy that both sides have is one, as if both had been read here."""

from __future__ import annotations

import sqlite3

from exporter.domain.transcripts.batch import RARE_COLUMNS
from exporter.domain.usage.prompt_cache import CacheLine, CacheTotals
from exporter.store.accounts import Span, account_at
from exporter.store.merging.source import Names
from exporter.store.usage import cache_lines, conversations
from exporter.store.usage.cache_lines import SessionLine, decode_causes
from exporter.store.usage.merge import ON_KNOWN_EVENT, on_known_response

_MARK = "iif(r.mark > 0, (SELECT ours FROM temp.merged_marks WHERE theirs = r.mark), r.mark)"
_COPIED = tuple(column for column in RARE_COLUMNS if column != "mark")
_RESPONSES = f"""
INSERT INTO tracker_responses ({", ".join(_COPIED)}, incomplete, born_at, mark, conversation, own_account, counted, at,
    owner, account)
SELECT {", ".join(f"r.{column}" for column in _COPIED)}, r.incomplete, r.born_at, {_MARK}, c.ours, a.ours, 1,
    r.first_at, c.ours, a.ours
FROM source.tracker_responses r JOIN temp.merged_conversations c ON c.theirs = r.conversation
JOIN temp.merged_accounts a ON a.theirs = r.own_account
WHERE true ORDER BY r.id {on_known_response()}
"""
_OF_SESSION = "JOIN temp.merged_conversations c ON c.theirs = e.conversation WHERE true"
_EVENTS = (
    "INSERT INTO tracker_prompts (uuid, at, conversation, born_at)"
    f" SELECT e.uuid, e.at, c.ours, e.born_at FROM source.tracker_prompts e {_OF_SESSION} {ON_KNOWN_EVENT}",
    "INSERT INTO tracker_tool_calls (id, at, tool, conversation, born_at)"
    f" SELECT e.id, e.at, e.tool, c.ours, e.born_at FROM source.tracker_tool_calls e {_OF_SESSION} {ON_KNOWN_EVENT}",
    "INSERT INTO tracker_api_errors (uuid, at, kind, text, conversation, born_at)"
    " SELECT e.uuid, e.at, e.kind, iif(c.masked, '', e.text), c.ours, e.born_at"
    f" FROM source.tracker_api_errors e {_OF_SESSION} {ON_KNOWN_EVENT}",
    "INSERT INTO tracker_stops (uuid, at, conversation, born_at)"
    f" SELECT e.uuid, e.at, c.ours, e.born_at FROM source.tracker_stops e {_OF_SESSION} {ON_KNOWN_EVENT}",
)
_TRAITS = (
    "INSERT OR IGNORE INTO tracker_subagents (conversation, agent)"
    f" SELECT c.ours, e.agent FROM source.tracker_subagents e {_OF_SESSION}",
    "INSERT OR IGNORE INTO tracker_detailed_ends (conversation, version)"
    f" SELECT c.ours, e.version FROM source.tracker_detailed_ends e {_OF_SESSION}",
    "INSERT INTO tracker_cost_states (conversation, at, started_at, cost, models, compared)"
    f" SELECT c.ours, e.at, e.started_at, e.cost, e.models, 0 FROM source.tracker_cost_states e {_OF_SESSION}"
    " ON CONFLICT DO UPDATE SET at = excluded.at, started_at = excluded.started_at, cost = excluded.cost,"
    " models = excluded.models, compared = 0 WHERE excluded.at > at",
)
_SPANS = (
    "SELECT c.ours, e.since, a.ours FROM source.tracker_conversation_accounts e"
    f" JOIN temp.merged_accounts a ON a.theirs = e.account {_OF_SESSION} ORDER BY c.ours, e.since"
)
_CACHE_LINES = """
SELECT session, answered_at, seen_at, requests, misses, rewritten, causes, started_at
FROM source.tracker_cache_lines WHERE place > 0
"""


def merge_rows(connection: sqlite3.Connection, names: Names, now: int, first_seen_at: int) -> None:
    """Merge all responses and events, in the caller's transaction, who derives all data again. `now`: ms."""
    for statement in (_RESPONSES, *_EVENTS, *_TRAITS):
        connection.execute(statement)
    _merge_spans(connection)
    cache_lines.save(connection, _cache_lines(connection, names), now, first_seen_at)


def _merge_spans(connection: sqlite3.Connection) -> None:
    """Whose sessions are, where their lines say so: also of those responses here that did not know."""
    theirs: dict[int, list[Span]] = {}
    for conversation, since, account in connection.execute(_SPANS).fetchall():
        theirs.setdefault(conversation, []).append(Span(since, account))
    for conversation, found in theirs.items():
        spans = conversations.account_spans(connection, conversation)
        new = [span for span in found if not spans or account_at(spans, span.since) != span.account]
        if new:
            merged = sorted([*spans, *new], key=lambda span: span.since)
            conversations.save_account_spans(connection, conversation, merged)


def _cache_lines(connection: sqlite3.Connection, names: Names) -> list[SessionLine]:
    found = []
    for session, answered_at, seen_at, requests, misses, rewritten, causes, started_at in connection.execute(
        _CACHE_LINES
    ):
        totals = CacheTotals(requests, misses, rewritten, decode_causes(causes))
        found.append((names.of(session), CacheLine(answered_at, seen_at, totals, started_at)))
    return found
