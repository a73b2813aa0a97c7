"""The prompt cache, and the days before the first transcript. Part of migration 6."""

from __future__ import annotations

CACHE_TABLES = """
ALTER TABLE tracker_responses ADD COLUMN rewritten INTEGER; -- tokens written to the cache again; NULL: none
ALTER TABLE tracker_responses ADD COLUMN rewritten_cost INTEGER; -- of them, above that of reading; NULL: unpriced
CREATE INDEX tracker_responses_rewritten ON tracker_responses (at, rewritten, rewritten_cost)
    WHERE counted AND rewritten IS NOT NULL;

-- The totals of the cache in the status lines of a session. They start at 0 in each process of the session.
CREATE TABLE tracker_cache_lines (
    session TEXT NOT NULL,
    answered_at INTEGER NOT NULL,     -- the last answer in them
    requests INTEGER NOT NULL,
    misses INTEGER NOT NULL,
    rewritten INTEGER NOT NULL,       -- tokens that misses wrote again
    causes TEXT NOT NULL,             -- JSON [[cause, misses], ...], sorted
    seen_at INTEGER NOT NULL,         -- when the line was first written
    started_at INTEGER,               -- about when the process started
    place INTEGER NOT NULL DEFAULT 0, -- 1: the first of its process, 2: the last, 3: both; others are kept for a day
    PRIMARY KEY (session, answered_at, requests, misses, rewritten, causes)
) WITHOUT ROWID;
CREATE INDEX tracker_cache_lines_between ON tracker_cache_lines (seen_at) WHERE place = 0;
CREATE INDEX tracker_cache_lines_last ON tracker_cache_lines (answered_at) WHERE place >= 2;

-- Tokens by day and model from Claude Code's own statistics: not exact, without types.
CREATE TABLE tracker_imported_days (
    folder TEXT NOT NULL,             -- the configuration folder with the statistics
    date TEXT NOT NULL,               -- 2026-11-22
    model TEXT NOT NULL,              -- its normalized name
    tokens INTEGER NOT NULL,
    PRIMARY KEY (folder, date, model)
) WITHOUT ROWID;
"""
