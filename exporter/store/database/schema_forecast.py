"""Migration 5: what a forecast needs. Times are ms since the epoch, money is nano-dollars."""

from __future__ import annotations

MIGRATION_5 = """
-- Of each window that is over, the last that is known: its share, and what was spent here until then. The size of the
-- next windows follows from them.
CREATE TABLE tracker_window_ends (
    account INTEGER NOT NULL,
    window TEXT NOT NULL,
    start_at INTEGER NOT NULL,        -- later than its length before its end, where it was reset early
    end_at INTEGER NOT NULL,
    share REAL NOT NULL,
    spent INTEGER NOT NULL,
    is_hit INTEGER NOT NULL,          -- 1: its limit was reached; 0: by its last reading
    PRIMARY KEY (account, window, end_at)
) WITHOUT ROWID;
ALTER TABLE tracker_calibrations ADD COLUMN error REAL NOT NULL DEFAULT 0.05; -- relative, a standard deviation
DELETE FROM tracker_calibrations; -- by another rule
DELETE FROM tracker_meta WHERE key = 'calibrated_at';

-- When a limit's size changed, as the windows before and after show.
CREATE TABLE tracker_limit_changes (
    account INTEGER NOT NULL,
    window TEXT NOT NULL,
    at INTEGER NOT NULL,              -- the end of the last window before it
    before INTEGER NOT NULL,
    after INTEGER NOT NULL,
    PRIMARY KEY (account, window, at)
) WITHOUT ROWID;

-- How the user of an account works, learnt from the last eight weeks.
CREATE TABLE tracker_rhythms (
    account INTEGER NOT NULL,
    window TEXT NOT NULL,             -- whose models count
    stop REAL NOT NULL,               -- chances per minute: to stop while working, to go on while pausing
    go REAL NOT NULL,
    usual REAL,                       -- the usual pace at work, per minute; NULL: not known
    hourly REAL,                      -- the mean per hour; NULL: not known
    daily_deviation REAL NOT NULL,
    hours INTEGER NOT NULL,           -- how long this history is
    PRIMARY KEY (account, window)
) WITHOUT ROWID;

-- What was said of the running window: a warning stands until a clearly lower chance.
CREATE TABLE tracker_said (
    account INTEGER NOT NULL,
    window TEXT NOT NULL,
    resets_at INTEGER NOT NULL,
    is_warned INTEGER NOT NULL,
    is_lasting INTEGER NOT NULL,
    PRIMARY KEY (account, window)
) WITHOUT ROWID;

ALTER TABLE tracker_warnings ADD COLUMN withdrawn_at INTEGER; -- when it did not hold any more; NULL: it holds
"""
