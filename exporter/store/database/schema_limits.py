"""The tables for limits: readings, window sizes, hits and warnings. Times are ms since the epoch."""

from __future__ import annotations

LIMIT_TABLES = """
-- Readings of how much of an official window was used. A reading that repeats the previous one from the same source
-- only extends its time.
CREATE TABLE tracker_readings (
    id INTEGER PRIMARY KEY,
    window TEXT NOT NULL,             -- five_hour, seven_day, ...
    source TEXT NOT NULL,             -- statusline, desktop or account
    observed_at INTEGER NOT NULL,     -- when it was first reported
    last_at INTEGER NOT NULL,         -- and when last
    utilization REAL NOT NULL,        -- 0 to 1.01
    resets_at INTEGER,                -- NULL: not reported
    organization TEXT,                -- NULL: not reported
    used INTEGER NOT NULL,            -- 0: of another organization than the first
    begun_at INTEGER                  -- when its window started; NULL: unknown, or a model family's window
);
CREATE INDEX tracker_readings_by_source ON tracker_readings (window, source, observed_at);
CREATE INDEX tracker_readings_by_reset ON tracker_readings (window, resets_at) WHERE used;
-- The last used reading of each source, so that a scrape need not search for it.
CREATE TABLE tracker_last_readings (
    window TEXT NOT NULL,
    source TEXT NOT NULL,
    last_at INTEGER NOT NULL,
    utilization REAL NOT NULL,
    resets_at INTEGER,
    organization TEXT,
    PRIMARY KEY (window, source)
) WITHOUT ROWID;

-- The size of each window, estimated from its readings.
CREATE TABLE tracker_calibrations (
    window TEXT PRIMARY KEY,
    size INTEGER NOT NULL,            -- nano-dollars
    low INTEGER NOT NULL,             -- its quartiles
    high INTEGER NOT NULL,
    observations INTEGER NOT NULL
) WITHOUT ROWID;

-- Limits that were reached, each once.
CREATE TABLE tracker_limit_hits (
    id INTEGER PRIMARY KEY,
    window TEXT NOT NULL,
    at INTEGER NOT NULL,              -- when it was first seen
    resets_at INTEGER,                -- NULL: unknown
    source TEXT NOT NULL,             -- transcript, hook or reading: where it was first reported
    locked_ms INTEGER                 -- from then to the reset, counted once the reset has passed
);
CREATE INDEX tracker_limit_hits_by_window ON tracker_limit_hits (window, at);
CREATE INDEX tracker_limit_hits_locked ON tracker_limit_hits (resets_at) WHERE locked_ms IS NULL;

-- Warnings that were sent, each once for its window, block or wait.
CREATE TABLE tracker_warnings (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,            -- a window, 'block', a session id, or an alert's fingerprint
    until INTEGER NOT NULL,           -- the window's reset, the block's end, or the start of the wait or alert
    certain INTEGER NOT NULL,         -- 0: the reset was unknown, and `until` is the latest possible one
    at INTEGER NOT NULL,              -- when it was sent
    severity TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX tracker_warnings_by_until ON tracker_warnings (until);

-- The bounded labels of windows, assigned once.
CREATE TABLE tracker_windows (
    name TEXT PRIMARY KEY,
    label TEXT NOT NULL               -- the name, or 'other' beyond the cap
) WITHOUT ROWID;
"""
