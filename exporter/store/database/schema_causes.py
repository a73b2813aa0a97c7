"""Migration 6: what caused a response, and what the transcripts do not hold. Times are ms, money is nano-dollars."""

from __future__ import annotations

from exporter.store.database.schema_cache import CACHE_TABLES

_MARKS = """
-- What a response ran under: a JSON array of skill, agent, plugin, MCP server, MCP tool and effort.
CREATE TABLE tracker_marks (
    id INTEGER PRIMARY KEY,
    marks TEXT NOT NULL UNIQUE
);
ALTER TABLE tracker_responses ADD COLUMN mark INTEGER; -- 0: none; NULL: read by a version that did not look

-- The bounded labels of the names in them, by kind, assigned once.
CREATE TABLE tracker_mark_labels (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
"""

_COST_STATES = """
-- The client's own running total of a session: the last that it wrote.
CREATE TABLE tracker_cost_states (
    conversation INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,              -- the last entry with a time before it
    started_at INTEGER NOT NULL,      -- of the client; a session that goes on from another has the same
    cost INTEGER NOT NULL,
    models TEXT NOT NULL,             -- JSON {model as written: [[four token counts], cost]}
    compared INTEGER NOT NULL         -- 0: not yet, or not with the entries of today
);
CREATE INDEX tracker_cost_states_by_start ON tracker_cost_states (started_at);
CREATE INDEX tracker_cost_states_due ON tracker_cost_states (at) WHERE NOT compared;
CREATE INDEX tracker_responses_credited ON tracker_responses (conversation) WHERE counted AND owner <> conversation;

-- What it has more than the entries of the session.
CREATE TABLE tracker_unwritten (
    conversation INTEGER NOT NULL,
    model TEXT NOT NULL,              -- label
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY (conversation, model)
) WITHOUT ROWID;
"""

_READ_AGAIN = """
UPDATE tracker_files SET again = 1;
INSERT OR IGNORE INTO tracker_meta
    SELECT 'reads_again', coalesce((SELECT value FROM tracker_meta WHERE key = 'committed_at'), '0')
    WHERE EXISTS (SELECT 1 FROM tracker_responses) OR EXISTS (SELECT 1 FROM tracker_files);
"""

MIGRATION_6 = _MARKS + _COST_STATES + CACHE_TABLES + _READ_AGAIN
