"""The tables of official windows: readings, how large windows are, and hits. Times are ms since the epoch."""

from __future__ import annotations

LIMIT_TABLES = """
-- How much of an official window was used, as something told it. A reading that repeats the one before it from the
-- same source widens that one's time.
CREATE TABLE tracker_readings (
    id INTEGER PRIMARY KEY,
    window TEXT NOT NULL,             -- five_hour, seven_day, ...
    source TEXT NOT NULL,             -- statusline, desktop or account
    observed_at INTEGER NOT NULL,     -- when it was told first
    last_at INTEGER NOT NULL,         -- and last
    utilization REAL NOT NULL,        -- 0 to 1.01
    resets_at INTEGER,                -- NULL: not told
    organization TEXT,                -- NULL: not told
    used INTEGER NOT NULL,            -- 0: of another organization than the first
    begun_at INTEGER                  -- when its window began; NULL: unknown, or one of a family of models
);
CREATE INDEX tracker_readings_by_source ON tracker_readings (window, source, observed_at);
CREATE INDEX tracker_readings_by_reset ON tracker_readings (window, resets_at) WHERE used;
-- The last of each source that is used, so that a scrape need not look for it.
CREATE TABLE tracker_last_readings (
    window TEXT NOT NULL,
    source TEXT NOT NULL,
    last_at INTEGER NOT NULL,
    utilization REAL NOT NULL,
    resets_at INTEGER,
    organization TEXT,
    PRIMARY KEY (window, source)
) WITHOUT ROWID;

-- How large each window is, as estimated from all of them.
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
    at INTEGER NOT NULL,              -- when it was seen first
    resets_at INTEGER,                -- NULL: nothing told
    source TEXT NOT NULL,             -- transcript, hook or reading: what told of it first
    locked_ms INTEGER                 -- from then to the reset, as counted once that has passed
);
CREATE INDEX tracker_limit_hits_by_window ON tracker_limit_hits (window, at);
CREATE INDEX tracker_limit_hits_locked ON tracker_limit_hits (resets_at) WHERE locked_ms IS NULL;

-- Warnings that were told, each once for its window, block or wait.
CREATE TABLE tracker_warnings (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,            -- a window, 'block', a session id, or an alert's fingerprint
    until INTEGER NOT NULL,           -- the window's reset, the block's end, or since when it waits or fires
    certain INTEGER NOT NULL,         -- 0: no reset was known, and `until` is the latest that may be
    at INTEGER NOT NULL,              -- when it was told
    severity TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX tracker_warnings_by_until ON tracker_warnings (until);

-- The bounded labels of windows, given once.
CREATE TABLE tracker_windows (
    name TEXT PRIMARY KEY,
    label TEXT NOT NULL               -- the name, or 'other' beyond the cap
) WITHOUT ROWID;
"""
