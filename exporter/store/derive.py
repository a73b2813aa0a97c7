"""What follows from the rows: totals, blocks and sessions. Kept up to date by differences, or computed anew.

Both ways give the same exact figures; `rebuild` relies on it and a property test holds it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from exporter.domain.activity import tool_label
from exporter.domain.batch import Batch
from exporter.domain.block import Window
from exporter.domain.totals import EVENT_FAMILIES, USAGE_FAMILIES, LabelSet, difference, sums
from exporter.store import blocks, conversations, responses, sessions, totals
from exporter.store.labels import Labels


class Before(NamedTuple):
    """What counted before a batch is merged."""

    messages: frozenset[str]
    rows: set[responses.Row]
    events: dict[LabelSet, int]
    """What the batch's events add: those not stored yet."""
    prompted: set[int]
    """The conversations that its prompts were credited to: an older file may take them away."""


def before(connection: sqlite3.Connection, batches: Collection[Batch]) -> Before:
    """Look at what a merge of these batches may change, before it does."""
    messages = {key[0] for batch in batches for key in batch.responses}
    for batch in batches:
        for told in batch.conversations():
            messages.update(_messages_that_move(connection, told.session_id, told.cwd, told.cwd_at))
    return Before(
        frozenset(messages),
        responses.counted(connection, messages),
        _new_events(connection, batches),
        _prompted(connection, {uuid for batch in batches for uuid in batch.prompts}),
    )


def _messages_that_move(connection: sqlite3.Connection, session_id: str, cwd: str | None, cwd_at: int) -> list[str]:
    """The messages of a conversation whose project changes because an earlier line names another folder."""
    known = conversations.load(connection, session_id)  # None also where only lines without a time named it
    if cwd is None or (known and (known.cwd == cwd or (known.cwd and known.cwd_at < cwd_at))):
        return []
    return conversations.messages_of(connection, conversations.ids_of(connection, [session_id])[session_id])


def _prompted(connection: sqlite3.Connection, uuids: Collection[str]) -> set[int]:
    """The conversations that these prompts are credited to, as far as they are stored."""
    rows = connection.execute(
        "SELECT DISTINCT conversation FROM tracker_prompts WHERE uuid IN (SELECT value FROM json_each(?))",
        (responses.scope(uuids),),
    )
    return {row[0] for row in rows}


def _new_events(connection: sqlite3.Connection, batches: Iterable[Batch]) -> dict[LabelSet, int]:
    """The label sets of the events that are in none of our tables yet, each event once."""
    prompts: dict[str, LabelSet] = {}
    tools: dict[str, LabelSet] = {}
    errors: dict[str, LabelSet] = {}
    for batch in batches:
        prompts.update((uuid, ("prompts", ())) for uuid in batch.prompts)
        tools.update((call.id, ("tool_calls", (tool_label(call.tool),))) for call in batch.tool_calls.values())
        errors.update((error.uuid, ("api_errors", (error.kind,))) for error in batch.api_errors.values())
    found: Counter[LabelSet] = Counter()
    for table, key, events in (
        ("tracker_prompts", "uuid", prompts),
        ("tracker_tool_calls", "id", tools),
        ("tracker_api_errors", "uuid", errors),
    ):
        known = f"SELECT {key} FROM {table} WHERE {key} IN (SELECT value FROM json_each(?))"
        stored = {row[0] for row in connection.execute(known, (responses.scope(events),))}
        found.update(label_set for event, label_set in events.items() if event not in stored)
    return dict(found)


def after(
    connection: sqlite3.Connection, seen: Before, touched: set[int], windows: Sequence[Window], now: int, met_at: int
) -> None:
    """Follow a merge: settle the messages, then move totals, blocks and sessions by what changed.

    `touched`: the conversations the batches named. `met_at`: kept for label sets that are new.
    """
    labels = Labels(connection)
    touched = touched | seen.prompted
    conversations.give_projects(connection, labels, touched)
    responses.settle_messages(connection, seen.messages)
    rows = responses.counted(connection, seen.messages)
    come, gone = rows - seen.rows, seen.rows - rows
    changes = difference(
        sums(part for row in come for part in responses.usage(row, labels)),
        sums(part for row in gone for part in responses.usage(row, labels)),
    )
    totals.add(connection, changes | seen.events, met_at)
    if come or gone:
        left = {(row.message_id, row.request_id, row.at) for row in come}
        emptied = [row.at for row in gone if (row.message_id, row.request_id, row.at) not in left]
        removed = blocks.update(connection, labels, windows, sorted({row.at for row in come | gone}), emptied, now)
        for block in removed:
            touched = touched | sessions.owners_between(connection, block.start, block.end)
        blocks.count_completed(connection, now, met_at)
    sessions.refresh(connection, sorted(touched | {row.owner for row in come | gone}))


def anew(connection: sqlite3.Connection, windows: Sequence[Window], now: int, met_at: int) -> None:
    """Compute everything derived from the rows alone. Peaks, labels and first meetings stay as they are."""
    labels = Labels(connection)
    conversations.give_projects(connection, labels)
    responses.settle_messages(connection, None)
    usage = sums(responses.usage_between(connection, labels))
    totals.put_families(connection, USAGE_FAMILIES, usage, met_at)
    totals.put_families(connection, EVENT_FAMILIES, _all_events(connection), met_at)
    blocks.lay_all(connection, labels, windows, now)
    blocks.count_completed(connection, now, met_at)
    sessions.refresh(connection, sessions.all_conversations(connection))


def _all_events(connection: sqlite3.Connection) -> dict[LabelSet, int]:
    found: Counter[LabelSet] = Counter()
    (prompts,) = connection.execute("SELECT count(*) FROM tracker_prompts").fetchone()
    found["prompts", ()] = prompts
    for tool, count in connection.execute("SELECT tool, count(*) FROM tracker_tool_calls GROUP BY tool"):
        found["tool_calls", (tool_label(tool),)] += count
    for kind, count in connection.execute("SELECT kind, count(*) FROM tracker_api_errors GROUP BY kind"):
        found["api_errors", (kind,)] += count
    return dict(found)
