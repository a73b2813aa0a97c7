"""Migration 8: sums that are kept while a block runs. Times are ms since the epoch.

All of it is made from the responses, and can be made again: `exporter.store.blocks.recent`, and
`exporter.store.sessions.session_sums`.
"""

from __future__ import annotations

MIGRATION_8 = """
-- The usage since 'recent_since' in tracker_meta, by hour, minute and second; nothing without that.
CREATE TABLE tracker_recent_usage (
    unit INTEGER NOT NULL,            -- the length of the span, ms
    at INTEGER NOT NULL,              -- its start
    whose INTEGER NOT NULL,           -- the account; -1: of another provider
    model TEXT NOT NULL,              -- label
    parts INTEGER NOT NULL,           -- responses, and what they contain of other models
    responses INTEGER NOT NULL,
    incomplete INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    dollars INTEGER NOT NULL,         -- of each response the whole dollars; a sum of nano-dollars could exceed 63 bits
    nanos INTEGER NOT NULL,           -- and the rest
    unpriced INTEGER NOT NULL,
    PRIMARY KEY (unit, at, whose, model)
) WITHOUT ROWID;

-- The cost of each project in each hour since then.
CREATE TABLE tracker_recent_projects (
    at INTEGER NOT NULL,              -- the start of the hour
    project INTEGER NOT NULL,         -- 0: unknown
    parts INTEGER NOT NULL,
    dollars INTEGER NOT NULL,
    nanos INTEGER NOT NULL,
    PRIMARY KEY (at, project)
) WITHOUT ROWID;

-- The responses of an account in each ten seconds since then: the first and the last.
CREATE TABLE tracker_recent_times (
    account INTEGER NOT NULL,
    at INTEGER NOT NULL,              -- the start of the ten seconds
    first_at INTEGER,                 -- NULL: none is left
    last_at INTEGER,
    changed INTEGER NOT NULL,         -- the number of the last commit that changed a response in them
    PRIMARY KEY (account, at)
) WITHOUT ROWID;
CREATE INDEX tracker_recent_times_changed ON tracker_recent_times (account, changed);

-- From when on each of the last commits changed prompts, tool calls and responses.
CREATE TABLE tracker_recent_changes (
    number INTEGER PRIMARY KEY,       -- of the commit
    at INTEGER NOT NULL
);

-- The usage credited to a session, by model as written. One without rows here is summed when it changes.
CREATE TABLE tracker_session_usage (
    conversation INTEGER NOT NULL,
    whose INTEGER NOT NULL,           -- the account; -1: of another provider
    model TEXT NOT NULL,
    parts INTEGER NOT NULL,
    responses INTEGER NOT NULL,
    incomplete INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    PRIMARY KEY (conversation, whose, model)
) WITHOUT ROWID;

INSERT INTO tracker_meta SELECT 'makes_sums', '1' WHERE EXISTS (SELECT 1 FROM tracker_responses);
"""
