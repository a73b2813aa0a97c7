"""What follows from the rows: totals, blocks and sessions, kept up to date by differences. `anew` computes all of it.

Both ways give the same exact figures; `rebuild` relies on it and a property test holds it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from exporter.domain.blocks.block import Block, Window
from exporter.domain.transcripts.batch import Batch, SessionBatch
from exporter.domain.usage.activity import Conversation, tool_label
from exporter.domain.usage.totals import LabelSet, difference, sums
from exporter.store.blocks import blocks
from exporter.store.sessions import sessions
from exporter.store.usage import conversations, responses, totals
from exporter.store.usage.labels import Labels


class Before(NamedTuple):
    """What counted before a batch is merged."""

    messages: frozenset[str]
    rows: set[responses.Row]
    events: dict[LabelSet, int]
    """What the batch's events add: those not stored yet."""
    credited: set[int]
    """The conversations that its events were credited to: an older file may take them away."""


def before(connection: sqlite3.Connection, batches: Collection[Batch]) -> Before:
    """Look at what a merge of these batches may change, before it does."""
    sessions_told = [told for batch in batches for told in batch.sessions]
    messages = {message for told in sessions_told for message in told.message_ids()}
    for told in sessions_told:
        if told.conversation is not None and told.conversation.cwd is not None:
            messages.update(_messages_that_move(connection, told.conversation))
    return Before(
        frozenset(messages),
        responses.counted(connection, messages),
        _new_events(connection, sessions_told),
        _credited(connection, sessions_told),
    )


def _messages_that_move(connection: sqlite3.Connection, told: Conversation) -> list[str]:
    """The messages of a conversation whose project changes because an earlier line names another folder."""
    row_id, known = conversations.load(connection, told.session_id)
    if row_id is None or (known and (known.cwd == told.cwd or (known.cwd and known.cwd_at < told.cwd_at))):
        return []
    return conversations.messages_of(connection, row_id)


def _credited(connection: sqlite3.Connection, sessions_told: Sequence[SessionBatch]) -> set[int]:
    """The conversations that the events of which sessions' rows tell are credited to, as far as they are stored."""
    found: set[int] = set()
    for table, uuids in (
        ("tracker_prompts", {str(row[0]) for told in sessions_told for row in told.prompts}),
        ("tracker_api_errors", {str(row[0]) for told in sessions_told for row in told.api_errors}),
        ("tracker_stops", {str(row[0]) for told in sessions_told for row in told.stops}),
    ):
        if uuids:
            query = f"SELECT DISTINCT conversation FROM {table} WHERE uuid IN (SELECT value FROM json_each(?))"
            found.update(row[0] for row in connection.execute(query, (responses.scope(uuids),)))
    return found


def _new_events(connection: sqlite3.Connection, sessions_told: Iterable[SessionBatch]) -> dict[LabelSet, int]:
    """The label sets of the events that are in none of our tables yet, each event once."""
    prompts: dict[str, LabelSet] = {}
    tools: dict[str, LabelSet] = {}
    errors: dict[str, LabelSet] = {}
    for told in sessions_told:
        prompts.update((str(row[0]), ("prompts", ())) for row in told.prompts)
        tools.update((str(row[0]), ("tool_calls", (tool_label(str(row[2])),))) for row in told.tool_calls)
        errors.update((str(row[0]), ("api_errors", (str(row[2]),))) for row in told.api_errors)
    found: Counter[LabelSet] = Counter()
    for table, key, events in (
        ("tracker_prompts", "uuid", prompts),
        ("tracker_tool_calls", "id", tools),
        ("tracker_api_errors", "uuid", errors),
    ):
        if events:
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
    touched = touched | seen.credited
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
        touched = touched | _owners_in(connection, removed)
        blocks.count_completed(connection, now, met_at)
    sessions.refresh(connection, sorted(touched | {row.owner for row in come | gone}))


def follow_windows(
    connection: sqlite3.Connection, windows: Sequence[Window], before: Sequence[Window], now: int, met_at: int
) -> None:
    """Lay the blocks anew where official windows came, went or moved."""
    changed = set(windows) ^ set(before)
    if not changed:
        return
    start, end = min(window.start for window in changed) - 1, max(window.end for window in changed)
    removed = blocks.lay_out_between(connection, Labels(connection), windows, start, end, now)
    blocks.count_completed(connection, now, met_at)
    sessions.refresh(connection, sorted(_owners_in(connection, removed)))


def _owners_in(connection: sqlite3.Connection, removed: Iterable[Block]) -> set[int]:
    """The conversations that took part in blocks that are no more."""
    found = (sessions.owners_between(connection, block.start, block.end) for block in removed)
    return set().union(*found)
