"""Decides which stored copies of responses count, and which responses are incomplete."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from exporter.domain.usage.counting import Prompts, ResponseCopy, resolve_copies
from exporter.store.usage.scope import Scope, encoded

_COPIES = """
SELECT message_id, id, request_id, conversation, sidechain, first_at, born_at, line,
       input, cache_read, cache_write_5m + cache_write_1h,
       stop_reason IS NOT NULL, total, line_at, uuid, coalesce(reported_cost, -1), own_account,
       counted, at, owner, account
FROM tracker_responses WHERE {where} ORDER BY message_id
"""
_SEVERAL = "message_id IN (SELECT message_id FROM tracker_responses {where} GROUP BY message_id HAVING count(*) > 1)"

# The copies of a session: those that count for it, those that count for another, and those that do not count.
_DOUBTED = " UNION ".join(
    f"SELECT message_id FROM tracker_responses WHERE {whose} AND conversation = ?1 AND doubt = ?2"
    for whose in ("counted AND owner = ?1", "counted AND owner <> conversation", "NOT counted")
)


def settle(connection: sqlite3.Connection, scope: Scope | None) -> None:
    """Mark which copies count, in the scope or in all. Most messages have one copy, which needs no resolution."""
    if scope is None:
        _settle(connection, _SEVERAL.format(where=""), ())
        _doubt(connection, "1", ())
        return
    for condition, parameters in scope.conditions():
        is_whole = len(parameters) == 1
        _settle(connection, _SEVERAL.format(where=f"WHERE {condition}") if is_whole else condition, parameters)
        _doubt(connection, condition, parameters)


def _settle(connection: sqlite3.Connection, where: str, parameters: tuple[str, ...]) -> None:
    rows = connection.execute(_COPIES.format(where=where), parameters).fetchall()
    prompts = _prompts(connection, {row[3] for row in rows if row[7]})
    changed: list[tuple[int, int, int, int, int]] = []
    for _, grouped in groupby(rows, key=lambda row: row[0]):
        group = list(grouped)
        own = {row[3]: row[-5] for row in sorted(group, key=lambda row: (-row[5], row[1]))}
        results = resolve_copies([_copy(*row[1:-5]) for row in group], prompts)
        counted = {result.copy: (1, result.at, result.owner, own[result.owner]) for result in results}
        for copy_id, was_counted, at, owner, account in ((row[1], *row[-4:]) for row in group):
            now = counted.get(copy_id, (0, at, owner, account))
            if now != (was_counted, at, owner, account):
                changed.append((*now, copy_id))
    connection.executemany(
        "UPDATE tracker_responses SET counted = ?, at = ?, owner = ?, account = ? WHERE id = ?", changed
    )


def _copy(
    copy_id: int,
    request_id: str,
    conversation: int,
    sidechain: int,
    first_at: int,
    born_at: int,
    line: str,
    uncached: int,
    read: int,
    written: int,
    *rank: Any,
) -> ResponseCopy:
    input_side = (uncached, read, written)
    return ResponseCopy(copy_id, request_id, conversation, bool(sidechain), rank, first_at, born_at, line, input_side)


def _prompts(connection: sqlite3.Connection, conversations: Iterable[int]) -> Prompts:
    rows = connection.execute(
        "SELECT conversation, at FROM tracker_prompts WHERE conversation IN (SELECT value FROM json_each(?))"
        " ORDER BY at",
        (encoded(conversations),),
    )
    found: dict[int, list[int]] = {}
    for conversation, at in rows:
        found.setdefault(conversation, []).append(at)
    return found


def _doubt(connection: sqlite3.Connection, where: str, parameters: tuple[str, ...]) -> None:
    """An end without details was made up by the client if it wrote details with others in the same session.

    Older clients and other providers never write any: there nothing is concluded.
    """
    if connection.execute("SELECT 1 FROM tracker_detailed_ends LIMIT 1").fetchone() is None:
        return
    connection.execute(
        "UPDATE tracker_responses SET incomplete = 1 WHERE NOT incomplete AND doubt IS NOT NULL AND EXISTS"
        " (SELECT 1 FROM tracker_detailed_ends d WHERE d.conversation = tracker_responses.conversation"
        f" AND d.version = doubt) AND {where}",
        parameters,
    )


def doubted_with(connection: sqlite3.Connection, conversation: int, versions: Iterable[str]) -> Iterator[str]:
    """The messages of a session that become incomplete with the first details of these client versions."""
    known = "SELECT 1 FROM tracker_detailed_ends WHERE conversation = ? AND version = ?"
    for version in versions:
        if connection.execute(known, (conversation, version)).fetchone() is None:
            rows = connection.execute(_DOUBTED, (conversation, version))
            yield from (message_id for (message_id,) in rows)
