"""Updates the data derived from the rows (totals, blocks, sessions) incrementally. `recompute` computes all of it.

Both give the same exact figures; `rebuild` relies on this, and a property test checks it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import NamedTuple

from exporter.domain.blocks.block import Block, Windows
from exporter.domain.transcripts.batch import Batch
from exporter.domain.usage.labels import OTHER
from exporter.domain.usage.pricing import Price
from exporter.domain.usage.totals import PROJECT_FAMILIES, LabelSet, difference, sum_contributions
from exporter.store.blocks import block_updates, recent
from exporter.store.blocks.blocks import unsettled_since
from exporter.store.database import meta
from exporter.store.limits import lockouts
from exporter.store.sessions import session_sums, sessions
from exporter.store.usage import changes as noted
from exporter.store.usage import client_totals, conversations, responses, rewriting, totals
from exporter.store.usage.batch_events import BatchEvents, events_of
from exporter.store.usage.labels import Labels
from exporter.store.usage.projects import hidden_labels
from exporter.store.usage.scope import Scope, scope_of
from exporter.store.usage.settling import doubted_with, settle


class MergeState(NamedTuple):
    """What was counted before a batch is merged."""

    scope: Scope
    rows: set[responses.Row]
    events: BatchEvents
    credited: set[int]
    """The conversations its events were credited to, and those that move to another project."""


def capture_before(connection: sqlite3.Connection, batches: Collection[Batch], *, again: bool = False) -> MergeState:
    """Capture everything that merging these batches may change, before the merge. `again`: they were read before."""
    session_batches = [session_batch for batch in batches for session_batch in batch.sessions]
    moved: set[str] = set()
    known: set[int] = set()
    for session_batch in session_batches:
        row_id, conversation = conversations.load(connection, session_batch.session_id)
        if row_id is None:
            continue
        known.add(row_id)
        if session_batch.owners or conversations.may_move(conversation, session_batch):
            moved.update(conversations.messages_of(connection, row_id))
        moved.update(doubted_with(connection, row_id, session_batch.detailed))
    moving = conversations.in_new_worktrees(connection, session_batches)
    moved.update(message for row_id in moving for message in conversations.messages_of(connection, row_id))
    events = events_of(connection, session_batches, again=again)
    credited = events.credited | moving
    scope = scope_of(connection, session_batches, known | credited, moved, again=again)
    return MergeState(scope, responses.counted(connection, scope), events, credited)


def update_after(
    connection: sqlite3.Connection,
    state: MergeState,
    touched: set[int],
    windows: Windows,
    now: int,
    first_seen_at: int,
    price: Price | None = None,
) -> None:
    """Update derived data after a merge: resolve the messages, then apply the changes to totals, blocks and sessions.

    `touched`: the conversations in the batches. `first_seen_at`: stored for new label sets. `price`: for what was
    written to the cache again; it has no cost without it.
    """
    labels = Labels(connection)
    scope = state.scope.with_conversations(touched)  # of those, only new sessions are not in it yet
    touched = touched | state.credited
    conversations.assign_projects(connection, labels, touched)
    settle(connection, scope)
    rows = responses.counted(connection, scope)
    added, removed = rows - state.rows, state.rows - rows
    for row in sorted(added, key=lambda row: row.at):
        labels.projects.use(row.project, row.at, now)
    changes = difference(
        sum_contributions(part for row in added for part in responses.usage(row, labels)),
        sum_contributions(part for row in removed for part in responses.usage(row, labels)),
    )
    if more := rewriting.update(connection, added, removed, price):
        changes["cache_rewritten", ()] = more
    _add_usage(connection, changes, now, first_seen_at)
    totals.add(connection, state.events.totals, first_seen_at)
    labels.note_providers((row.model, row.provider) for row in added)
    noted.note(connection, [*state.events.times, *(row.at for row in added | removed)])
    recent.update(connection, labels, added, removed)
    session_sums.update(connection, added, removed)
    limited = {row for row in added | removed if row.provider is None}
    if limited:
        for account in sorted({row.account for row in limited}):
            own = {row for row in limited if row.account == account}
            removed_blocks = block_updates.update(
                connection, labels, account, windows.get(account, ()), added & own, removed & own, now
            )
            touched = touched | _owners_in(connection, removed_blocks)
        block_updates.save_completed_total(connection, now, first_seen_at)
        models = {row.model for row in limited}
        lockouts.settle_between(connection, *_span_of(limited), models, now, first_seen_at)
    if any(row.at < unsettled_since(connection) for row in (added | removed) - limited):
        meta.mark_past_changed(connection)
    recent.follow(connection, labels)
    client_totals.disturb(connection, touched | {row.owner for row in added | removed})
    client_totals.compare(connection, now)
    sessions.refresh(connection, sorted(touched | {row.owner for row in added | removed}))


def _add_usage(connection: sqlite3.Connection, changes: dict[LabelSet, int], now: int, first_seen_at: int) -> None:
    """Add to the totals. What is found of a project whose label is not exposed raises the counter of the others."""
    hidden = hidden_labels(connection, now)
    late = {key: value for key, value in changes.items() if key[0] in PROJECT_FAMILIES and key[1] in hidden}
    if late:
        totals.add_hidden(connection, late, (OTHER,), first_seen_at)
    totals.add(connection, {key: value for key, value in changes.items() if key not in late}, first_seen_at)


def _span_of(rows: Iterable[responses.Row]) -> tuple[int, int]:
    times = [row.at for row in rows]
    return min(times), max(times)


def follow_windows(
    connection: sqlite3.Connection, windows: Windows, previous: Windows, now: int, first_seen_at: int
) -> None:
    """Rebuild the blocks where official windows were added, removed or moved."""
    touched: set[int] = set()
    for account in windows.keys() | previous.keys():
        own = windows.get(account, ())
        changed = set(own) ^ set(previous.get(account, ()))
        if not changed:
            continue
        start, end = min(window.start for window in changed) - 1, max(window.end for window in changed)
        removed = block_updates.rebuild_between(connection, Labels(connection), account, own, start, end, now)
        touched |= _owners_in(connection, removed)
    if windows != previous:
        recent.follow(connection, Labels(connection))
        block_updates.save_completed_total(connection, now, first_seen_at)
        sessions.refresh(connection, sorted(touched))


def _owners_in(connection: sqlite3.Connection, removed_blocks: Iterable[Block]) -> set[int]:
    """The conversations that took part in the removed blocks."""
    found = (sessions.owners_between(connection, block) for block in removed_blocks)
    return set().union(*found)
