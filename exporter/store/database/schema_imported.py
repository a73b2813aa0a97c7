"""Migration 7: sessions that came from another database. Times are ms since the epoch."""

from __future__ import annotations

MIGRATION_7 = """
-- The responses of most of these are stored like all others. Of a session of an earlier tracker only an estimate is
-- known, which is in no total.
CREATE TABLE tracker_imported_sessions (
    session_id TEXT PRIMARY KEY,      -- as in real_sessions
    source TEXT NOT NULL,             -- 'merge', 'export', or 'earlier' for an earlier tracker's database
    at INTEGER NOT NULL,              -- when it was imported
    start_at INTEGER,                 -- of an estimate; NULL: its responses are stored
    tokens INTEGER,                   -- of an estimate, without types
    model TEXT                        -- of an estimate: its normalized name; NULL: several, or not known
) WITHOUT ROWID;
CREATE INDEX tracker_imported_estimates ON tracker_imported_sessions (start_at) WHERE start_at IS NOT NULL;
"""
