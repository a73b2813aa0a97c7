"""Recomputes everything derived from the rows (totals, blocks, sessions), in one pass over the responses.

The responses are summed by conversation, model as written, chain and block; every figure is a sum of those sums.
Extras' tokens, which are few, are read separately.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from exporter.domain.blocks.block import Block, Windows
from exporter.domain.blocks.figures import active_ms, efficiency_score
from exporter.domain.usage.bounds import join_cost
from exporter.domain.usage.counting import decode_extras
from exporter.domain.usage.pricing import Price
from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import (
    CACHE_FAMILIES,
    EVENT_FAMILIES,
    HIT_FAMILIES,
    RUN_FAMILIES,
    USAGE_FAMILIES,
    LabelSet,
    UsageSum,
    by_model,
    chain_label,
    sum_contributions,
)
from exporter.store.blocks import block_updates, recent
from exporter.store.limits import hits, lockouts
from exporter.store.sessions import runs, session_sums, session_use, sessions
from exporter.store.sessions.session_sums import SessionSum
from exporter.store.usage import changes, client_totals, conversations, responses, rewriting, settling, totals
from exporter.store.usage.event_totals import sum_events
from exporter.store.usage.labels import Labels
from exporter.store.usage.projects import take_places
from exporter.store.usage.responses import OTHER_PROVIDERS

BlockKey = tuple[int, int]
"""An account and a start."""


class Part(msgspec.Struct, frozen=True, gc=False):
    """The usage of one model by one conversation, in one chain and block. `block`: None of another provider."""

    owner: int
    block: BlockKey | None
    model: str
    usage: UsageSum


def recompute(
    connection: sqlite3.Connection,
    windows: Windows,
    now: int,
    first_seen_at: int,
    price: Price | None = None,
    conclude: Callable[[], object] = tuple,
) -> None:
    """Recompute everything derived from the rows. Peaks, labels and `first_seen_at` stay as they are.

    `price`: for what was written to the cache again; it has no cost without it. `conclude`: makes the runs of sessions,
    once it is settled to whom responses belong.
    """
    labels = Labels(connection)
    conversations.assign_projects(connection, labels)
    settling.settle(connection, None)
    times = responses.times(connection)
    layout = block_updates.rebuild_all(connection, windows, sorted(times))
    projects = conversations.projects(connection)
    used = {project for project in projects.values() if project is not None}
    labels.projects.free_unused(used)
    take_places(connection, labels.projects, used)
    parts = [*_parts(connection, labels, projects), *_extra(connection, labels, projects)]
    totals.put_families(connection, USAGE_FAMILIES, sum_contributions(part.usage for part in parts), first_seen_at)
    totals.put_families(connection, EVENT_FAMILIES, sum_events(connection), first_seen_at)
    rewritten = rewriting.derive_all(connection, price)
    cached: dict[LabelSet, int] = {("cache_rewritten", ()): rewritten} if rewritten else {}
    totals.put_families(connection, CACHE_FAMILIES, cached, first_seen_at)
    conclude()
    totals.put_families(connection, RUN_FAMILIES, runs.sum_runs(connection), first_seen_at)
    lockouts.settle_all(connection, now, first_seen_at)
    totals.put_families(connection, HIT_FAMILIES, hits.sum_hits(connection), first_seen_at)
    _save_blocks(connection, layout, times, parts, now)
    recent.derive(connection, labels)
    changes.note_all(connection)
    block_updates.save_completed_total(connection, now, first_seen_at)
    _save_sessions(connection, layout, parts)
    client_totals.disturb_all(connection)
    client_totals.compare(connection, now)


_PARTS = """
SELECT r.owner, r.account, iif(r.provider IS NULL,
       (SELECT max(start_at) FROM tracker_blocks b WHERE b.account = r.account AND start_at <= r.at), NULL) AS block,
       r.provider, r.model, r.sidechain, {since} AS since, coalesce(r.mark, 0) AS marked, count(*), sum(r.incomplete),
       sum(r.input), sum(r.output), sum(r.cache_read), sum(r.cache_write_5m), sum(r.cache_write_1h),
       sum(r.cost / 1000000000), sum(r.cost % 1000000000),
       sum(iif(r.cost IS NULL, r.input + r.output + r.cache_read + r.cache_write_5m + r.cache_write_1h, 0))
FROM tracker_responses r WHERE r.counted GROUP BY r.owner, r.account, block, r.provider, r.model, r.sidechain, since,
         marked
"""
_PROJECT = "(SELECT project FROM tracker_conversations c WHERE c.id = r.owner)"
_EXTRA = """
SELECT owner, at, account, iif(provider IS NULL,
    (SELECT max(start_at) FROM tracker_blocks b WHERE b.account = r.account AND start_at <= at), NULL),
    sidechain, mark, extras
FROM tracker_responses r INDEXED BY tracker_responses_advised WHERE counted AND extras IS NOT NULL
"""


Projects = Mapping[int, int | None]
"""The project of each conversation."""


def _parts(connection: sqlite3.Connection, labels: Labels, projects: Projects) -> Iterator[Part]:
    rows = connection.execute(_PARTS.format(since=responses.label_since(labels, _PROJECT))).fetchall()
    for model in sorted({row[4] for row in rows}):
        labels.model(model)  # a fixed order, in case there are more models than labels
    labels.forget_providers()
    labels.note_providers((row[4], row[3]) for row in rows)
    for owner, account, block, _, model, sidechain, since, mark, count, incomplete, *figures in rows:
        *counts, billions, rest, unpriced = figures
        project, chain = labels.projects.ref(projects[owner], since), chain_label(sidechain)
        usage = UsageSum(
            labels.model(model), chain, project, count, incomplete, Tokens(*counts), join_cost(billions, rest),
            unpriced, labels.marks.of(mark),
        )  # fmt: skip
        yield Part(owner, _key(account, block), model, usage)


def _key(account: int, block: int | None) -> BlockKey | None:
    return (account, block) if block is not None else None


def _extra(connection: sqlite3.Connection, labels: Labels, projects: Projects) -> Iterator[Part]:
    """The extras inside responses."""
    for owner, at, account, block, sidechain, mark, text in connection.execute(_EXTRA):
        project, chain = labels.projects.ref(projects[owner], at), chain_label(sidechain)
        for extra in decode_extras(text):
            usage = responses.extra_usage(extra, labels, chain, project, labels.marks.of(mark))
            yield Part(owner, _key(account, block), extra.model, usage)


def _save_blocks(
    connection: sqlite3.Connection,
    layout: Sequence[Block],
    times: Mapping[int, Sequence[int]],
    parts: Sequence[Part],
    now: int,
) -> None:
    by_block: defaultdict[BlockKey, list[Part]] = defaultdict(list)
    for part in parts:
        if part.block is not None:
            by_block[part.block].append(part)
    for block in layout:
        own, all_times = by_block[block.account, block.start], times[block.account]
        use = by_model(part.usage for part in own)
        answered = all_times[bisect_left(all_times, block.start) : bisect_left(all_times, block.end)]
        score = efficiency_score(block, active_ms(block, answered, now), now)
        block_updates.save_block(connection, block, use, len({part.owner for part in own}), score, now)


def _save_sessions(connection: sqlite3.Connection, layout: Sequence[Block], parts: Sequence[Part]) -> None:
    used: defaultdict[int, list[Part]] = defaultdict(list)
    for part in parts:
        used[part.owner].append(part)
    by_key = {(block.account, block.start): block for block in layout}
    prompts = session_use.prompts_by_conversation(connection)
    subagents = session_use.subagents_by_conversation(connection)
    started = session_use.first_own_activity_by_conversation(connection)
    flawed = session_use.flawed_by_conversation(connection)

    def use_of(conversation: int) -> session_use.Use:
        own = used.get(conversation, ())
        responses = sum(part.usage.responses for part in own)
        blocks = [part.block for part in own if part.block is not None]
        return session_use.Use(
            models=frozenset(part.model for part in own),
            messages=prompts.get(conversation, 0) + responses,
            tokens=sum(part.usage.tokens.total for part in own),
            is_lower_bound=any(part.usage.incomplete for part in own),
            last_block=by_key[max(blocks, key=lambda key: key[::-1])] if blocks else None,
            subagents=subagents.get(conversation, 0),
            started_at=started.get(conversation),
            responses=responses,
            effective=responses - flawed.get(conversation, 0),
        )

    sessions.save_all(connection, use_of)
    session_sums.forget_all(connection)
    for owner, own in used.items():
        session_sums.put(connection, owner, session_sums.add_up(map(_session_sum, own)))


def _session_sum(part: Part) -> SessionSum:
    usage = part.usage
    whose = part.block[0] if part.block is not None else OTHER_PROVIDERS
    return SessionSum(whose, part.model, usage.responses or 1, usage.responses, usage.incomplete, usage.tokens.total)
